//! Updates by function: run at once, and again when somebody else was faster.

use alloc::format;

use super::writing::numbers;
use super::*;

#[test]
fn a_function_runs_at_once_and_again_when_it_lost() {
    let mut page = Page::live(&[session("a", 3, r#"{"n":1}"#)]);
    page.input(Input::Function { token: Token(1), id: id("a"), if_version: None, replace: false });
    assert!(page.take().contains(&Output::Run { token: Token(1), data: json(r#"{"n":1}"#) }));
    page.input(Input::Ran { token: Token(1), patch: Some(json(r#"{"n":2}"#)) });
    page.pass(Span::ZERO);
    let [ToService::Writes { writes, .. }] = &page.sent()[..] else { panic!("one message of writes") };
    assert_eq!((writes[0].n, writes[0].reads_from, writes[0].base), (1, Some(1), version(10)));

    page.event(10, Vec::from([Change::Put(session("a", 11, r#"{"n":5}"#))]), &[(1, Outcome::Contended)]);
    // It runs before the page is told that anything changed.
    assert_eq!(page.take().first(), Some(&Output::Run { token: Token(1), data: json(r#"{"n":5}"#) }));
    page.input(Input::Ran { token: Token(1), patch: Some(json(r#"{"n":6}"#)) });
    assert_eq!(page.shows("a"), Some((r#"{"n":6}"#.to_string(), true)));
    page.pass(Span::from_millis(400));
    let [ToService::Writes { writes, .. }] = &page.sent()[..] else { panic!("one message of writes") };
    assert_eq!((writes[0].n, writes[0].base), (2, version(11)));
    page.event(11, Vec::from([Change::Put(session("a", 12, r#"{"n":6}"#))]), &[(2, Outcome::Accepted(12))]);
    assert!(matches!(page.settled(1), Some(Ok(_))));
}

#[test]
fn hostile_39_functions_that_lost_together_run_one_upon_the_other() {
    let mut page = Page::live(&[session("a", 3, r#"{"n":1}"#)]);
    for token in 1..=3 {
        page.input(Input::Function { token: Token(token), id: id("a"), if_version: None, replace: false });
        page.input(Input::Ran { token: Token(token), patch: Some(json(&format!(r#"{{"n":{}}}"#, token + 1))) });
    }
    page.pass(Span::ZERO);
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
    page.input(Input::Function { token: Token(token), id: id(name), if_version: None, replace: false });
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
    page.pass(Span::ZERO);
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
    page.pass(Span::ZERO);
    // Losing over and over makes the pause long; one success makes the next pause short again.
    for (seq, n) in [(10, 1), (11, 4), (12, 5)] {
        page.event(seq, Vec::new(), &[(n, Outcome::Contended)]);
        ran(&mut page);
        if n < 5 {
            page.pass(Span::from_millis(32));
        }
    }
    page.take();
    page.event(13, Vec::new(), &[(2, Outcome::Accepted(14)), (3, Outcome::Contended)]);
    ran(&mut page);
    count(&mut page, 4, "a");
    page.pass(Span::from_millis(20));
    assert_eq!(numbers(&page.sent()), [[0; 0]; 0], "the later one of \"a\" overtakes the earlier one");
    page.pass(Span::from_secs(1));
    assert_eq!(numbers(&page.sent()).concat(), [6, 7, 8]);
}

/// A page on which a function on `a` has lost, run again as the second write, and waits for its pause.
fn pausing(sessions: &[Session]) -> Page {
    let mut page = Page::live(sessions);
    count(&mut page, 1, "a");
    page.pass(Span::ZERO);
    page.event(10, Vec::new(), &[(1, Outcome::Contended)]);
    ran(&mut page);
    page
}

#[test]
fn a_later_write_does_not_overtake_a_function_that_waits_for_its_pause() {
    let mut page = pausing(&[session("a", 3, r#"{"n":1}"#), session("b", 3, "{}")]);
    page.write(2, update("a", r#"{"n":100}"#));
    page.write(3, update("b", r#"{"x":1}"#));
    page.take();
    page.pass(Span::ZERO);
    assert_eq!(numbers(&page.sent()).concat(), [4], "only what is about another session");
    page.pass(Span::from_secs(1));
    assert_eq!(numbers(&page.sent()).concat(), [2, 3]);
    assert_eq!(page.shows("a"), Some((r#"{"n":100}"#.to_string(), true)));
}

#[test]
fn a_choice_of_the_active_session_does_not_overtake_an_earlier_one_that_waits() {
    for later in [None, Some(id("b"))] {
        let sessions = ["a", "b", "c"].map(|name| session(name, 3, r#"{"n":1}"#));
        let mut page = pausing(&sessions);
        page.write(2, Mutation::Activate(Some(id("a"))));
        page.write(3, Mutation::Activate(later.clone()));
        page.write(4, update("c", r#"{"x":1}"#));
        page.take();
        page.pass(Span::ZERO);
        assert_eq!(numbers(&page.sent()).concat(), [5], "the later choice would lose to the earlier one");
        page.pass(Span::from_secs(1));
        assert_eq!(numbers(&page.sent()).concat(), [2, 3, 4]);
        assert_eq!(page.manager.snapshot().active, later);
    }
}

#[test]
fn the_mark_stays_below_what_an_open_function_rests_on() {
    let mut page = Page::live(&[session("a", 3, r#"{"n":1}"#)]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.input(Input::Function { token: Token(2), id: id("a"), if_version: None, replace: false });
    page.input(Input::Ran { token: Token(2), patch: Some(json(r#"{"n":2}"#)) });
    page.pass(Span::ZERO);
    page.take();
    page.event(10, Vec::new(), &[(1, Outcome::Refused(Code::Conflict))]);
    page.write(3, update("a", r#"{"y":1}"#));
    page.pass(Span::ZERO);
    let [ToService::Writes { settled, writes }] = &page.sent()[..] else { panic!("one message of writes") };
    assert_eq!((*settled, writes[0].n, writes[0].predecessor), (0, 3, 2));
}

/// Those that were lost may yet be with the service, which counts them, too.
#[test]
fn what_is_new_comes_on_top_of_what_was_lost() {
    let mut page = pausing(&[session("a", 3, r#"{"n":1}"#), session("b", 3, "{}")]);
    for token in 2..=257 {
        page.write(token, update("b", r#"{"x":1}"#));
    }
    page.take();
    page.pass(Span::from_secs(1));
    let others: Vec<u64> = (3..=258).collect();
    assert_eq!(numbers(&page.sent()).concat(), others, "the function waits for its pause, and then for room");
    page.loads();
    page.welcomed();
    page.snapshot(0, version(11), &[session("a", 3, r#"{"n":1}"#), session("b", 3, "{}")], &[]);
    page.says(ToManager::Synced { id: 0, version: version(11), time: None });
    page.pass(Span::ZERO);
    assert_eq!(numbers(&page.sent()).concat(), others);
    page.event(11, Vec::new(), &[(3, Outcome::Accepted(12))]);
    assert_eq!(numbers(&page.sent()).concat(), [2]);
}

#[test]
fn a_function_that_has_nothing_to_run_on_any_more_does_not_hold_up_the_closing() {
    let mut page = Page::live(&[session("a", 3, r#"{"n":1}"#)]);
    count(&mut page, 1, "a");
    page.pass(Span::ZERO);
    page.input(Input::Close(Token(2)));
    page.take();
    page.event(10, Vec::from([Change::Removed(id("a"))]), &[(1, Outcome::Contended)]);
    assert_eq!(page.settled(1), Some(Err(Code::NotFound)));
    assert!(matches!(page.settled(2), Some(Ok(_))), "at once");
}
