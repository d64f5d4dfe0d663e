use super::*;

pub(super) fn numbers(sent: &[ToService]) -> Vec<Vec<u64>> {
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
    page.pass(Span::ZERO);
    assert_eq!(numbers(&page.sent()), [[1, 2]]);
}

#[test]
fn an_event_confirms_and_takes_the_write_off_in_one_step() {
    let mut page = Page::live(&[session("a", 3, r#"{"x":0}"#)]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.pass(Span::ZERO);
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
    page.pass(Span::ZERO);
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
    page.pass(Span::ZERO);
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
    page.pass(Span::ZERO);
    page.take();
    page.event(10, Vec::new(), &[(1, Outcome::Refused(Code::Conflict))]);
    assert_eq!(page.shows("a"), Some((r#"{"y":2,"z":3}"#.to_string(), true)));
    assert_eq!(page.settled(1), Some(Err(Code::Conflict)));
    assert_eq!(page.settled(2), None);
    let told = Event::RolledBack { failure: Code::Conflict.into(), operation: Operation::Update, id: Some(id("a")) };
    assert_eq!(page.events(), [told]);
}

#[test]
fn what_cannot_apply_is_refused_before_anything_is_sent() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.write(1, update("b", r#"{"x":1}"#));
    page.write(2, add("a"));
    assert_eq!(page.settled(1), Some(Err(Code::NotFound)));
    assert_eq!(page.settled(2), Some(Err(Code::AlreadyExists)));
    page.pass(Span::ZERO);
    assert!(page.sent().is_empty());
}

#[test]
fn a_write_without_an_answer_is_sent_again_unchanged() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.pass(Span::ZERO);
    let first = page.sent();
    page.pass_answered(Span::from_secs(5));
    assert!(page.sent().contains(&first[0]));
    assert_eq!(page.manager.metrics().resent, 1);
}

#[test]
fn a_write_made_on_another_history_is_sent_again_as_it_was() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.write(2, update("a", r#"{"y":1}"#));
    page.pass(Span::from_millis(1));
    let first = page.sent();
    assert_eq!(numbers(&first), [[1, 2]]);
    // The store moved: what it says of the first write counts there, the second one it has not seen.
    let moved = Version { epoch: 2, seq: 4, tag: 5 };
    page.snapshot(0, moved, &[session("a", 4, r#"{"x":1}"#)], &[(1, Outcome::Accepted(4))]);
    assert!(matches!(page.settled(1), Some(Ok(_))));
    assert_eq!(page.shows("a"), Some((r#"{"x":1,"y":1}"#.into(), true)));
    page.pass_answered(Span::from_secs(5));
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

/// Its event was lost, and then the store went back to what it was before.
#[test]
fn a_write_that_was_acknowledged_and_is_nowhere_is_sent_again() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.pass(Span::ZERO);
    page.says(ToManager::Outcomes(Vec::from([(1, Outcome::Accepted(11))])));
    page.take();
    page.pass_answered(config().request_timeout);
    assert_eq!(numbers(&page.sent()).concat(), [1]);
    page.event(10, Vec::new(), &[(1, Outcome::Refused(Code::Conflict))]);
    assert_eq!(page.settled(1), Some(Err(Code::Conflict)));
    assert_eq!(page.shows("a"), Some(("{}".to_string(), false)));
}

#[test]
fn writes_under_way_are_bounded() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    for token in 1..=300 {
        page.write(token, update("a", r#"{"x":1}"#));
    }
    page.pass(Span::ZERO);
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
    page.pass(Span::ZERO);
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
    page.pass(Span::ZERO);
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
    page.pass(Span::from_secs(5));
    assert_eq!(page.settled(1), Some(Err(Code::Closed)));
    assert_eq!(page.settled(9), Some(Ok(Settled::Done)));
    assert!(page.outputs.contains(&Output::RemoveFrame(page.frame)));
    assert_eq!(page.manager.poll_timeout(), None);
}
