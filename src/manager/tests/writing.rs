use alloc::format;

use super::*;

fn numbers(sent: &[ToService]) -> Vec<Vec<u64>> {
    let of = |message: &ToService| match message {
        ToService::Writes { writes, .. } => Some(writes.iter().map(|write| write.n).collect()),
        _ => None,
    };
    sent.iter().filter_map(of).collect()
}

#[test]
fn a_write_shows_in_the_same_step_and_is_sent_with_its_neighbours() {
    let mut page = Page::live(&[session("a", 3, r#"{"x":0}"#)]);
    page.write(1, update("a", r#"{"x":1}"#));
    assert_eq!(page.shows("a"), Some((r#"{"x":1}"#.to_string(), true)));
    page.write(2, add("b"));
    assert_eq!(page.manager.snapshot().pending_writes, 2);
    assert!(page.sent().is_empty());
    page.pass(Duration::ZERO);
    assert_eq!(numbers(&page.sent()), [[1, 2]]);
}

#[test]
fn an_event_confirms_and_takes_the_write_off_in_one_step() {
    let mut page = Page::live(&[session("a", 3, r#"{"x":0}"#)]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.pass(Duration::ZERO);
    let changed = session("a", 11, r#"{"x":1,"y":2}"#);
    page.event(10, Vec::from([Change::Put(changed.clone())]), &[(1, Outcome::Accepted(11))]);
    assert_eq!(page.shows("a"), Some((r#"{"x":1,"y":2}"#.to_string(), false)));
    assert_eq!(page.settled(1), Some(Ok(Settled::Written(Some(alloc::rc::Rc::new(changed))))));
    assert_eq!(page.manager.metrics().confirmed, 1);
}

#[test]
fn a_write_whose_session_went_in_the_same_commit_gives_it_as_the_write_left_it() {
    let mut page = Page::live(&[session("a", 3, r#"{"x":0}"#)]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.write(2, add("b"));
    page.write(3, Mutation::Remove { id: id("a"), if_version: None });
    page.write(4, Mutation::Remove { id: id("b"), if_version: None });
    page.pass(Duration::ZERO);
    let accepted = [1, 2, 3, 4].map(|n| (n, Outcome::Accepted(11)));
    page.event(10, Vec::from([Change::Removed(id("a"))]), &accepted);
    let given = |token| match page.settled(token) {
        Some(Ok(Settled::Written(given))) => given.map(|session| (session.data.as_str().to_string(), session.version)),
        other => panic!("{other:?}"),
    };
    assert_eq!(given(1), Some((r#"{"x":1}"#.to_string(), Some(11))));
    assert_eq!(given(2), Some(("{}".to_string(), Some(11))));
    assert_eq!(given(3), None);
}

#[test]
fn an_acknowledgement_before_its_event_leaves_the_write_showing() {
    let mut page = Page::live(&[session("a", 3, r#"{"x":0}"#)]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.pass(Duration::ZERO);
    page.says(ToManager::Outcomes(Vec::from([(1, Outcome::Accepted(11))])));
    assert_eq!(page.shows("a"), Some((r#"{"x":1}"#.to_string(), true)));
    page.event(10, Vec::from([Change::Put(session("a", 11, r#"{"x":1}"#))]), &[]);
    assert_eq!(page.shows("a"), Some((r#"{"x":1}"#.to_string(), false)));
    assert!(matches!(page.settled(1), Some(Ok(_))));
}

#[test]
fn hostile_38_a_refused_write_goes_and_the_later_ones_stay() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    for (token, patch) in [(1, r#"{"x":1}"#), (2, r#"{"y":2}"#), (3, r#"{"z":3}"#)] {
        page.write(token, update("a", patch));
    }
    page.pass(Duration::ZERO);
    page.take();
    page.event(10, Vec::new(), &[(1, Outcome::Refused(Code::Conflict))]);
    assert_eq!(page.shows("a"), Some((r#"{"y":2,"z":3}"#.to_string(), true)));
    assert_eq!(page.settled(1), Some(Err(Code::Conflict)));
    assert_eq!(page.settled(2), None);
    let told = Event::RolledBack { code: Code::Conflict, operation: Operation::Update, id: Some(id("a")) };
    assert_eq!(page.events(), [told]);
}

#[test]
fn what_cannot_apply_is_refused_before_anything_is_sent() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.write(1, update("b", r#"{"x":1}"#));
    page.write(2, add("a"));
    assert_eq!(page.settled(1), Some(Err(Code::NotFound)));
    assert_eq!(page.settled(2), Some(Err(Code::AlreadyExists)));
    page.pass(Duration::ZERO);
    assert!(page.sent().is_empty());
}

#[test]
fn a_function_runs_at_once_and_again_when_it_lost() {
    let mut page = Page::live(&[session("a", 3, r#"{"n":1}"#)]);
    page.input(Input::Function { token: Token(1), id: id("a"), if_version: None });
    assert!(page.take().contains(&Output::Run { token: Token(1), data: json(r#"{"n":1}"#) }));
    page.input(Input::Ran { token: Token(1), patch: Some(json(r#"{"n":2}"#)) });
    page.pass(Duration::ZERO);
    let [ToService::Writes { writes, .. }] = &page.sent()[..] else { panic!("one message of writes") };
    assert_eq!((writes[0].n, writes[0].saw, writes[0].base), (1, Some(1), version(10)));

    page.event(10, Vec::from([Change::Put(session("a", 11, r#"{"n":5}"#))]), &[(1, Outcome::Contended)]);
    // It runs before the page is told that anything changed.
    assert_eq!(page.take().first(), Some(&Output::Run { token: Token(1), data: json(r#"{"n":5}"#) }));
    page.input(Input::Ran { token: Token(1), patch: Some(json(r#"{"n":6}"#)) });
    assert_eq!(page.shows("a"), Some((r#"{"n":6}"#.to_string(), true)));
    page.pass(Duration::from_secs(1));
    let [ToService::Writes { writes, .. }] = &page.sent()[..] else { panic!("one message of writes") };
    assert_eq!((writes[0].n, writes[0].base), (2, version(11)));
    page.event(11, Vec::from([Change::Put(session("a", 12, r#"{"n":6}"#))]), &[(2, Outcome::Accepted(12))]);
    assert!(matches!(page.settled(1), Some(Ok(_))));
}

#[test]
fn hostile_39_functions_that_lost_together_run_one_upon_the_other() {
    let mut page = Page::live(&[session("a", 3, r#"{"n":1}"#)]);
    for token in 1..=3 {
        page.input(Input::Function { token: Token(token), id: id("a"), if_version: None });
        page.input(Input::Ran { token: Token(token), patch: Some(json(&format!(r#"{{"n":{}}}"#, token + 1))) });
    }
    page.pass(Duration::ZERO);
    page.take();
    let lost = [(1, Outcome::Contended), (2, Outcome::Contended), (3, Outcome::Contended)];
    page.event(10, Vec::from([Change::Put(session("a", 11, r#"{"n":50}"#))]), &lost);
    for token in 1..=3 {
        let seen = json(&format!(r#"{{"n":{}}}"#, token + 49));
        let outputs = page.take();
        assert_eq!(outputs.first(), Some(&Output::Run { token: Token(token), data: seen }));
        assert_eq!(outputs.contains(&Output::Changed), token == 3, "nobody is told before all have run");
        page.input(Input::Ran { token: Token(token), patch: Some(json(&format!(r#"{{"n":{}}}"#, token + 50))) });
    }
    assert_eq!(page.shows("a"), Some((r#"{"n":53}"#.to_string(), true)));
}

/// Calls a function that counts, and lets it run.
fn count(page: &mut Page, token: u64, name: &str) {
    page.input(Input::Function { token: Token(token), id: id(name), if_version: None });
    ran(page);
}

/// Lets every function that is asked for add one to `n`; gives what each of them saw.
fn ran(page: &mut Page) -> Vec<u64> {
    let mut seen = Vec::new();
    while let Some(at) = page.outputs.iter().position(|output| matches!(output, Output::Run { .. })) {
        let Output::Run { token, data } = page.outputs.remove(at) else { continue };
        let n: u64 = data.as_str().trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap();
        seen.push(n);
        page.input(Input::Ran { token, patch: Some(json(&format!(r#"{{"n":{}}}"#, n + 1))) });
    }
    seen
}

#[test]
fn a_function_that_saw_a_write_which_then_lost_looks_again_before_it_is_sent() {
    let mut page = Page::live(&[session("a", 3, r#"{"n":1}"#)]);
    count(&mut page, 1, "a");
    page.pass(Duration::ZERO);
    count(&mut page, 2, "a");
    page.take();
    page.event(10, Vec::new(), &[(1, Outcome::Contended)]);
    assert_eq!(ran(&mut page), [1, 2]);
}

#[test]
fn functions_of_one_session_are_sent_in_the_order_in_which_they_saw_one_another() {
    let sessions = ["a", "b", "c"].map(|name| session(name, 3, r#"{"n":1}"#));
    let mut page = Page::live(&sessions);
    for (token, name) in [(1, "a"), (2, "b"), (3, "c")] {
        count(&mut page, token, name);
    }
    page.pass(Duration::ZERO);
    // Losing over and over makes the pause long; one success makes the next pause short again.
    for (seq, n) in [(10, 1), (11, 4), (12, 5)] {
        page.event(seq, Vec::new(), &[(n, Outcome::Contended)]);
        ran(&mut page);
        if n < 5 {
            page.pass(Duration::from_millis(32));
        }
    }
    page.take();
    page.event(13, Vec::new(), &[(2, Outcome::Accepted(14)), (3, Outcome::Contended)]);
    ran(&mut page);
    count(&mut page, 4, "a");
    page.pass(Duration::from_millis(20));
    assert_eq!(numbers(&page.sent()), [[0; 0]; 0], "the later one of \"a\" overtakes the earlier one");
    page.pass(Duration::from_secs(1));
    assert_eq!(numbers(&page.sent()).concat(), [6, 7, 8]);
}

#[test]
fn a_later_write_does_not_overtake_a_function_that_waits_for_its_pause() {
    let mut page = Page::live(&[session("a", 3, r#"{"n":1}"#), session("b", 3, "{}")]);
    count(&mut page, 1, "a");
    page.pass(Duration::ZERO);
    page.event(10, Vec::new(), &[(1, Outcome::Contended)]);
    ran(&mut page);
    page.write(2, update("a", r#"{"n":100}"#));
    page.write(3, update("b", r#"{"x":1}"#));
    page.take();
    page.pass(Duration::ZERO);
    assert_eq!(numbers(&page.sent()).concat(), [4], "only what is about another session");
    page.pass(Duration::from_secs(1));
    assert_eq!(numbers(&page.sent()).concat(), [2, 3]);
    assert_eq!(page.shows("a"), Some((r#"{"n":100}"#.to_string(), true)));
}

#[test]
fn a_choice_of_the_active_session_does_not_overtake_an_earlier_one_that_waits() {
    for later in [None, Some(id("b"))] {
        let sessions = ["a", "b", "c"].map(|name| session(name, 3, r#"{"n":1}"#));
        let mut page = Page::live(&sessions);
        count(&mut page, 1, "a");
        page.pass(Duration::ZERO);
        page.event(10, Vec::new(), &[(1, Outcome::Contended)]);
        ran(&mut page);
        page.write(2, Mutation::Activate(Some(id("a"))));
        page.write(3, Mutation::Activate(later.clone()));
        page.write(4, update("c", r#"{"x":1}"#));
        page.take();
        page.pass(Duration::ZERO);
        assert_eq!(numbers(&page.sent()).concat(), [5], "the later choice would lose to the earlier one");
        page.pass(Duration::from_secs(1));
        assert_eq!(numbers(&page.sent()).concat(), [2, 3, 4]);
        assert_eq!(page.manager.snapshot().active, later);
    }
}

#[test]
fn the_mark_stays_below_what_an_open_function_rests_on() {
    let mut page = Page::live(&[session("a", 3, r#"{"n":1}"#)]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.input(Input::Function { token: Token(2), id: id("a"), if_version: None });
    page.input(Input::Ran { token: Token(2), patch: Some(json(r#"{"n":2}"#)) });
    page.pass(Duration::ZERO);
    page.take();
    page.event(10, Vec::new(), &[(1, Outcome::Refused(Code::Conflict))]);
    page.write(3, update("a", r#"{"y":1}"#));
    page.pass(Duration::ZERO);
    let [ToService::Writes { settled, writes }] = &page.sent()[..] else { panic!("one message of writes") };
    assert_eq!((*settled, writes[0].n, writes[0].behind), (0, 3, 2));
}

#[test]
fn a_write_without_an_answer_is_sent_again_unchanged() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.pass(Duration::ZERO);
    let first = page.sent();
    page.pass(Duration::from_secs(5));
    assert_eq!(page.sent().first(), first.first());
    assert_eq!(page.manager.metrics().resent, 1);
}

#[test]
fn a_write_made_on_another_history_is_sent_again_as_it_was() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.write(2, update("a", r#"{"y":1}"#));
    page.pass(Duration::from_millis(1));
    let first = page.sent();
    assert_eq!(numbers(&first), [[1, 2]]);
    // The store moved: what it says of the first write counts there, the second one it has not seen.
    let moved = Version { epoch: 2, seq: 4, tag: 5 };
    page.snapshot(0, moved, &[session("a", 4, r#"{"x":1}"#)], &[(1, Outcome::Accepted(4))]);
    assert!(matches!(page.settled(1), Some(Ok(_))));
    assert_eq!(page.shows("a"), Some((r#"{"x":1,"y":1}"#.into(), true)));
    page.pass(Duration::from_secs(5));
    let again = page.sent();
    let written = |sent: &[ToService], n: u64| {
        let writes = sent.iter().filter_map(|message| match message {
            ToService::Writes { writes, .. } => Some(writes.clone()),
            _ => None,
        });
        writes.flatten().find(|write| write.n == n)
    };
    let (before, after) = (written(&first, 2).unwrap(), written(&again, 2).unwrap());
    assert_eq!((after.base, after.mutations), (version(10), before.mutations));
    assert_eq!(written(&again, 1), None);
}

#[test]
fn writes_under_way_are_bounded() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    for token in 1..=300 {
        page.write(token, update("a", r#"{"x":1}"#));
    }
    page.pass(Duration::ZERO);
    assert_eq!(numbers(&page.sent()).concat().len(), 256);
    page.event(10, Vec::new(), &[(1, Outcome::Accepted(11)), (2, Outcome::Accepted(11))]);
    assert_eq!(numbers(&page.sent()), [[257, 258]]);
}

#[test]
fn hostile_22_a_write_larger_than_the_service_takes_is_refused_here_and_harms_no_other() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    let large = ["{\"x\":\"", &"x".repeat(1 << 20), "\"}"].concat();
    page.write(1, update("a", r#"{"y":1}"#));
    page.write(2, update("a", &large));
    page.write(3, update("a", r#"{"z":1}"#));
    page.pass(Duration::ZERO);
    assert_eq!(page.settled(2), Some(Err(Code::LimitExceeded)));
    assert_eq!(page.shows("a"), Some((r#"{"y":1,"z":1}"#.to_string(), true)));
    assert_eq!(numbers(&page.sent()).concat(), [1, 3]);
}

#[test]
fn a_withdrawn_write_is_never_sent() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.input(Input::Withdraw(Token(1)));
    assert_eq!(page.shows("a"), Some(("{}".to_string(), false)));
    page.write(2, update("a", r#"{"y":1}"#));
    page.pass(Duration::ZERO);
    page.input(Input::Withdraw(Token(2)));
    assert_eq!(page.shows("a"), Some((r#"{"y":1}"#.to_string(), true)));
    assert_eq!(numbers(&page.sent()), [[2]]);
}

#[test]
fn closing_waits_for_the_writes_and_refuses_what_is_left() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.input(Input::Close(Token(9)));
    page.write(2, update("a", r#"{"x":2}"#));
    assert_eq!(page.settled(2), Some(Err(Code::Closed)));
    assert_eq!(page.settled(9), None);
    page.pass(Duration::from_secs(5));
    assert_eq!(page.settled(1), Some(Err(Code::Closed)));
    assert_eq!(page.settled(9), Some(Ok(Settled::Done)));
    assert!(page.outputs.contains(&Output::RemoveFrame));
    assert_eq!(page.manager.poll_timeout(), None);
}
