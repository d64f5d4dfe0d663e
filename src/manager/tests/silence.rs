//! Frames that say nothing: dead, busy, slow to load. Nobody can tell them apart but by waiting.

use super::*;
use crate::manager::{PageLifecycle, Reason, Status};

const MS: Span = Span::from_millis(1);
const FIRST: FrameId = FrameId(1);
const SECOND: FrameId = FrameId(2);
const THIRD: FrameId = FrameId(3);

/// A live page with a write under way, of which it hears nothing.
fn waiting() -> Page {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.pass(Span::ZERO);
    page.take();
    page
}

/// The frames that were mounted and removed since somebody looked.
fn frames(page: &mut Page) -> (Vec<u64>, Vec<u64>) {
    let (mut mounted, mut removed) = (Vec::new(), Vec::new());
    for output in page.take() {
        match output {
            Output::MountFrame(FrameId(id)) => mounted.push(id),
            Output::RemoveFrame(FrameId(id)) => removed.push(id),
            _ => {}
        }
    }
    (mounted, removed)
}

/// Who is asked by a hello.
fn hello_of(page: &mut Page) -> Vec<FrameId> {
    let hello_of = |output: &Output| if let Output::Hello(frame, _) = output { Some(*frame) } else { None };
    page.take().iter().filter_map(hello_of).collect()
}

fn goes_live(page: &mut Page) {
    page.welcomed();
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
}

fn old_says(page: &mut Page, attempt: u64, message: &ToManager) {
    page.input(Input::Message { attempt, bytes: encode(NEWEST, message).unwrap() });
}

#[test]
fn a_silent_frame_is_asked_and_then_another_is_tried_beside_it_and_the_first_to_answer_stays() {
    let mut page = waiting();
    page.pass(MS * 499);
    assert!(page.take().is_empty());
    page.pass(MS);
    assert!(matches!(page.sent()[..], [ToService::Sync { .. }]), "a service answers that whatever its store does");
    page.pass(MS * 499);
    assert!(page.take().is_empty());
    page.pass(MS);
    assert_eq!(frames(&mut page), (Vec::from([2]), Vec::new()));
    assert_eq!(page.manager.snapshot().status, Status::Live);
    page.pass(MS * 100);
    page.loads();
    assert_eq!(hello_of(&mut page).last(), Some(&SECOND));
    goes_live(&mut page);
    let lost = Event::Lost { reason: "silence" };
    assert!(matches!(&page.events()[..], [first, Event::Restored { replayed: 1, .. }] if *first == lost));
    assert!(page.now.instant.since(Instant(0)) < MS * 4_000);
    assert_eq!(frames(&mut page), (Vec::new(), Vec::from([1])));
}

#[test]
fn a_frame_that_only_was_busy_stays_and_is_given_more_time_for_ten_minutes() {
    let mut page = waiting();
    let attempt = page.attempt;
    page.pass(MS * 1_000);
    page.loads();
    page.pass(MS * 1_999);
    page.take();
    old_says(&mut page, attempt, &ToManager::Pong(1));
    assert_eq!(page.events(), []);
    assert_eq!(frames(&mut page), (Vec::new(), Vec::from([2])));
    old_says(&mut page, attempt, &ToManager::Synced { id: 1, version: version(10), time: None });
    assert_eq!((page.manager.snapshot().status, page.manager.metrics().losses), (Status::Live, 0));

    page.pass(MS * 1_999);
    assert_eq!(frames(&mut page), (Vec::new(), Vec::new()));
    page.pass(MS);
    assert_eq!(frames(&mut page), (Vec::from([3]), Vec::new()));
    old_says(&mut page, attempt, &ToManager::Pong(2));
    old_says(&mut page, attempt, &ToManager::Outcomes(Vec::from([(1, Outcome::Refused(Code::NotFound))])));
    old_says(&mut page, attempt, &ToManager::Synced { id: 2, version: version(10), time: None });
    page.attempt = attempt;
    page.pass_answered(Span::from_secs(600));
    page.take();
    page.write(2, update("a", r#"{"x":2}"#));
    page.pass(MS * 1_000);
    assert_eq!(frames(&mut page), (Vec::from([4]), Vec::new()));
}

#[test]
fn answers_that_always_took_long_are_waited_for() {
    let mut page = Page::live(&[]);
    for id in 1..=3 {
        page.input(Input::Refresh(Token(id)));
        page.pass(MS * 200);
        page.says(ToManager::Pong(id));
        page.says(ToManager::Synced { id, version: version(10), time: None });
    }
    page.input(Input::Refresh(Token(9)));
    page.take();
    page.pass(MS * 1_599);
    assert_eq!(frames(&mut page), (Vec::new(), Vec::new()));
    page.pass(MS);
    assert_eq!(frames(&mut page), (Vec::from([2]), Vec::new()));
}

#[test]
fn a_spare_frame_that_dies_too_is_replaced_and_at_most_three_are_mounted_in_a_minute() {
    let mut page = waiting();
    page.pass(MS * 1_000);
    page.loads();
    // It has to start before it answers.
    page.pass(MS * 2_499);
    assert_eq!(frames(&mut page), (Vec::from([2]), Vec::new()));
    page.pass(MS);
    assert_eq!(frames(&mut page), (Vec::from([3]), Vec::from([2])));
    page.loads();
    goes_live(&mut page);
    assert_eq!(page.manager.snapshot().status, Status::Live);
    assert!(page.now.instant.since(Instant(0)) < config().request_timeout * 2);
    assert_eq!(frames(&mut page), (Vec::new(), Vec::from([1])));

    page.write(2, update("a", r#"{"x":2}"#));
    page.pass(MS * 1_000);
    assert_eq!(frames(&mut page).0, [4]);
    page.loads();
    page.pass(MS * 3_999);
    assert_eq!(frames(&mut page), (Vec::new(), Vec::new()), "the fourth");
    // From then on it is an outage like any other.
    page.pass(MS);
    assert!(page.events().contains(&Event::Lost { reason: "silence" }));
    assert_eq!(hello_of(&mut page), [FrameId(4), THIRD]);
}

#[test]
fn silence_for_the_request_timeout_is_a_loss_and_the_silent_frame_may_still_come_back() {
    let mut page = waiting();
    page.pass(MS * 1_000);
    assert_eq!(frames(&mut page).0, [2]);
    page.pass(MS * 4_000);
    assert!(page.events().contains(&Event::Lost { reason: "silence" }));
    assert_eq!(page.manager.snapshot().status, Status::Reconnecting);
    let outputs = page.take();
    let hello = |output: &Output| matches!(output, Output::Hello(FIRST, _));
    let to_first = outputs.iter().position(hello).expect("it is asked, too");
    let Output::Hello(_, hello) = &outputs[to_first] else { panic!() };
    let attempt = hello.attempt;
    let limits = PageLimits { message_bytes: 1 << 20, unsettled_writes: 256 };
    old_says(&mut page, attempt, &ToManager::Welcome { grant: 7, storage: STORAGE, limits, rules: Default::default() });
    old_says(&mut page, attempt, &ToManager::Synced { id: 0, version: version(10), time: None });
    assert_eq!(page.manager.snapshot().status, Status::Live);
    assert_eq!(frames(&mut page), (Vec::new(), Vec::from([2])));
}

#[test]
fn a_frame_that_died_while_nothing_waited_is_found_by_the_heartbeat() {
    let mut page = Page::live(&[]);
    page.pass(config().heartbeat + MS * 999);
    assert_eq!(frames(&mut page), (Vec::new(), Vec::new()));
    page.pass(MS);
    assert_eq!(frames(&mut page), (Vec::from([2]), Vec::new()));
}

#[test]
fn a_store_that_is_slow_is_no_silence() {
    let mut page = waiting();
    let mut id = 0;
    for _ in 0..8 {
        page.pass(MS * 500);
        if page.sent().iter().any(|message| matches!(message, ToService::Sync { .. })) {
            id += 1;
            page.says(ToManager::Pong(id));
            page.says(ToManager::Synced { id, version: version(10), time: None });
        }
        assert_eq!(frames(&mut page), (Vec::new(), Vec::new()));
    }
    assert!(id >= 3);
}

#[test]
fn what_a_spare_frame_says_in_place_of_a_welcome_loses_nothing() {
    let mut page = waiting();
    let attempt = page.attempt;
    page.pass(MS * 1_000);
    page.loads();
    page.take();
    page.says(ToManager::Goodbye(Code::StorageFailed));
    assert_eq!((page.events(), frames(&mut page)), (Vec::new(), (Vec::new(), Vec::from([2]))));
    old_says(&mut page, attempt, &ToManager::Pong(1));
    assert_eq!((page.manager.snapshot().status, page.manager.snapshot().last_error), (Status::Live, None));
}

#[test]
fn a_spare_frame_that_is_taken_out_loses_nothing_and_one_in_use_leaves_its_place_to_it() {
    let mut page = waiting();
    page.pass(MS * 1_000);
    page.input(Input::FrameGone(SECOND));
    assert_eq!(page.manager.snapshot().status, Status::Live);
    page.pass(MS * 1_000);
    page.take();
    page.input(Input::FrameGone(FIRST));
    assert_eq!(page.events(), [Event::Lost { reason: "frame_gone" }]);
    assert_eq!(hello_of(&mut page), [THIRD], "no need for another");
}

#[test]
fn a_frame_that_loads_is_waited_for_four_times_as_long_as_an_answer() {
    let mut page = Page::new();
    page.input(Input::Ready(Token(1)));
    page.pass(MS * 5_000);
    assert_eq!(page.settled(1), Some(Err(Code::Unreachable)));
    assert_eq!(
        (page.manager.snapshot().reason, page.manager.snapshot().last_error),
        (Some(Reason::Unreachable), Some(Code::Unreachable.into()))
    );
    page.pass(MS * 2_000);
    page.loads();
    page.welcomed();
    page.snapshot(0, version(10), &[], &[]);
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    let snapshot = page.manager.snapshot();
    assert_eq!((snapshot.status, snapshot.reason, snapshot.last_error), (Status::Live, None, None));
    assert_eq!(frames(&mut page), (Vec::from([1]), Vec::new()));

    let mut page = Page::new();
    page.pass(MS * 20_249);
    assert_eq!(frames(&mut page), (Vec::from([1]), Vec::new()));
    page.pass(MS);
    assert_eq!(frames(&mut page), (Vec::from([2]), Vec::new()), "the first may come yet");
}

#[test]
fn a_frame_that_has_loaded_and_does_not_answer_may_still_be_starting_beside_the_next() {
    let mut page = Page::new();
    page.loads();
    page.pass(MS * 5_250);
    assert_eq!(frames(&mut page), (Vec::from([1, 2]), Vec::new()));
    page.pass(MS * 1_750);
    let outputs = page.take();
    let hello = |output: &Output| if let Output::Hello(FIRST, hello) = output { Some(hello.attempt) } else { None };
    // It is asked once a second, so that a service which is there at last is live at once.
    page.attempt = outputs.iter().filter_map(hello).next_back().expect("the first is still asked");
    page.welcomed();
    page.snapshot(0, version(10), &[], &[]);
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    assert_eq!(page.manager.snapshot().status, Status::Live);
    assert_eq!(frames(&mut page), (Vec::new(), Vec::from([2])));
}

#[test]
fn reconnect_cuts_a_pause_short_and_settles_as_readiness_does() {
    let mut page = Page::new();
    for _ in 0..4 {
        page.input(Input::FrameGone(page.frame));
        page.pass(MS * 4_000);
    }
    page.input(Input::FrameGone(page.frame));
    page.take();
    page.input(Input::Reconnect(Token(1)));
    page.pass(Span::ZERO);
    assert_eq!(frames(&mut page).0.len(), 1);
    page.pass(MS * 5_000);
    assert_eq!(page.settled(1), Some(Err(Code::Unreachable)));
    // What has loaded may still be starting. After the request timeout it is no longer waited for: it may be an error page.
    page.loads();
    page.pass(MS * 5_000);
    page.take();
    page.input(Input::Reconnect(Token(2)));
    page.pass(Span::ZERO);
    assert_eq!(frames(&mut page).0.len(), 1);
    // That one is under way.
    page.input(Input::Reconnect(Token(3)));
    page.pass(Span::ZERO);
    assert_eq!(frames(&mut page).0.len(), 0);
    page.loads();
    page.welcomed();
    page.snapshot(0, version(10), &[], &[]);
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    assert_eq!([page.settled(2), page.settled(3)], [(); 2].map(|()| Some(Ok(Settled::Done))));
    page.input(Input::Reconnect(Token(4)));
    assert_eq!(page.settled(4), Some(Ok(Settled::Done)));
    page.input(Input::Close(Token(5)));
    page.input(Input::Reconnect(Token(6)));
    assert_eq!(page.settled(6), Some(Err(Code::Closed)));
}

#[test]
fn a_frame_that_needs_four_seconds_after_it_has_loaded_gets_them_however_often_a_person_tries_again() {
    let mut page = Page::new();
    page.loads();
    page.take();
    let mut token = 0;
    for _ in 0..3 {
        page.pass(MS * 1_300);
        page.take();
        token += 1;
        page.input(Input::Reconnect(Token(token)));
        assert_eq!(hello_of(&mut page), [FIRST], "it stays, and is asked at once");
    }
    page.pass(MS * 100);
    assert_eq!(frames(&mut page), (Vec::new(), Vec::new()));
    page.welcomed();
    page.snapshot(0, version(10), &[], &[]);
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    assert_eq!(page.settled(token), Some(Ok(Settled::Done)));

    let mut page = Page::new();
    page.loads();
    page.pass(MS * 4_999);
    page.input(Input::Reconnect(Token(1)));
    page.pass(Span::ZERO);
    assert_eq!(frames(&mut page), (Vec::from([1]), Vec::new()));
    page.pass(MS);
    page.input(Input::Reconnect(Token(2)));
    page.pass(Span::ZERO);
    assert_eq!(frames(&mut page), (Vec::from([2]), Vec::new()), "beside the first, which may come yet");
}

#[test]
fn a_loss_says_why_by_a_code() {
    let mut page = Page::live(&[]);
    page.says(ToManager::Goodbye(Code::StorageFailed));
    assert_eq!(page.events()[..1], [Event::Lost { reason: "goodbye" }]);
    let mut page = Page::live(&[]);
    page.input(Input::Lifecycle(PageLifecycle::Offline));
    page.loads();
    assert_eq!(page.events(), [Event::Lost { reason: "offline" }]);
}

#[test]
fn what_went_wrong_while_there_was_no_connection_is_past_once_there_is_one() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.says(ToManager::Goodbye(Code::StorageFailed));
    assert_eq!(page.manager.snapshot().last_error, Some(Code::StorageFailed.into()));
    page.pass(MS * 300);
    page.loads();
    page.welcomed();
    page.says(ToManager::Trouble(Code::StorageFull));
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    assert_eq!(page.manager.snapshot().last_error, Some(Code::StorageFull.into()), "of this connection");
    page.loads();
    goes_live(&mut page);
    assert_eq!((page.manager.snapshot().status, page.manager.snapshot().last_error), (Status::Live, None));
}

#[test]
fn how_long_writes_took_is_counted_from_the_call() {
    let mut page = Page::live(&[session("a", 3, r#"{"n":1}"#)]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.pass(MS * 30);
    let put = |seq| Vec::from([Change::Put(session("a", seq, "{}"))]);
    page.event(10, put(11), &[(1, Outcome::Accepted(11))]);
    page.input(Input::Function { token: Token(2), id: id("a"), if_version: None, replace: false });
    for (n, seq, outcome) in [(2, 11, Outcome::Contended), (3, 12, Outcome::Accepted(13))] {
        page.input(Input::Ran { token: Token(2), patch: Some(json(r#"{"n":2}"#)) });
        page.pass(MS * 100);
        page.event(seq, put(seq + 1), &[(n, outcome)]);
    }
    assert_eq!(page.settled(2).map(|result| result.is_ok()), Some(true));
    assert_eq!(page.manager.metrics().write_ms, [30.0, 200.0, 200.0]);
}
