use super::*;
use crate::manager::{PageLifecycle, Reason, Status};
use crate::protocol::ResumeFrom;

#[test]
fn hellos_go_out_with_growing_pauses_until_one_is_answered() {
    let mut page = Page::new();
    assert_eq!(page.take(), [Output::MountFrame(FrameId(1))]);
    page.pass(Span::from_millis(250 + 500 + 1000));
    let attempts: Vec<_> = page.hellos().iter().map(|hello| hello.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    page.welcomed();
    assert_eq!(page.manager.snapshot().status, Status::Connecting);
    page.snapshot(0, version(10), &[], &[]);
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    let snapshot = page.manager.snapshot();
    assert_eq!((snapshot.status, snapshot.version, snapshot.storage), (Status::Live, Some(version(10)), STORAGE));
    page.pass(Span::from_secs(4));
    assert!(page.hellos().is_empty());
}

#[test]
fn a_frame_that_loads_without_a_welcome_is_unreachable_at_the_deadline() {
    let mut page = Page::new();
    page.loads();
    page.input(Input::Ready(Token(1)));
    page.pass(Span::from_millis(4999));
    assert_eq!(page.settled(1), None);
    page.pass(Span::from_millis(1));
    assert_eq!(page.settled(1), Some(Err(Code::Unreachable)));
    assert_eq!(page.manager.snapshot().reason, Some(Reason::Unreachable));
    // Trying goes on, with a new frame.
    page.take();
    page.pass(Span::from_secs(1));
    assert_eq!(Page::mounts(&page.take()), 1);
}

#[test]
fn a_frame_that_needs_longer_than_the_deadline_is_waited_for_in_the_end() {
    let pauses = (Span::from_millis(250), Span::from_secs(1), 0.0);
    let mut page = Page::with(Config { backoff: pauses, ..config() });
    // Three times as long as the deadline.
    let needs = Span::from_secs(15);
    let mut had = Span::ZERO;
    for _ in 0..90 {
        if Page::mounts(&page.take()) > 0 {
            had = Span::ZERO;
        }
        if had == needs {
            break;
        }
        page.pass(Span::from_secs(1));
        had = had + Span::from_secs(1);
    }
    assert_eq!(had, needs, "every frame was given up before it was there");
    page.loads();
    page.welcomed();
    page.snapshot(0, version(10), &[], &[]);
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    assert_eq!(page.manager.snapshot().status, Status::Live);
}

#[test]
fn hostile_11_35_only_the_newest_channel_is_listened_to() {
    let mut page = Page::live(&[]);
    page.loads();
    let old = page.attempt - 1;
    page.welcomed();
    let late = ToManager::Event {
        follows: version(10),
        version: version(11),
        changes: Vec::from([Change::Put(session("a", 11, "{}"))]),
        mine: Vec::new(),
    };
    page.input(Input::Message { attempt: old, bytes: encode(NEWEST, &late).unwrap() });
    assert_eq!(page.shows("a"), None);
}

#[test]
fn a_second_load_is_a_reload_and_reconnects_at_once() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.pass(Span::ZERO);
    page.take();
    page.loads();
    assert_eq!(page.shows("a"), Some((r#"{"x":1}"#.to_string(), true)));
    let [hello] = &page.hellos()[..] else { panic!("one hello") };
    assert_eq!((hello.held, hello.grant), (Some(version(10)), Some(7)));
    page.welcomed();
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    assert!(page.events().iter().any(|event| matches!(event, Event::Restored { replayed: 1, .. })));
    assert!(page.sent().iter().any(|message| matches!(message, ToService::Writes { writes, .. } if writes[0].n == 1)));
}

#[test]
fn heartbeats_closer_than_the_deadline_of_an_answer_do_not_put_off_the_loss() {
    let quick = Config { heartbeat: Span::from_secs(1), ..config() };
    let mut page = Page::live_with(quick, &[]);
    page.pass(Span::from_secs(1) + config().request_timeout);
    assert_eq!(page.events(), [Event::Lost { reason: "silence" }]);
}

#[test]
fn hostile_42_waking_late_is_a_reason_to_ask_and_not_a_miss() {
    let mut page = Page::live(&[]);
    page.pass(Span::from_secs(10));
    page.take();
    page.now.instant = page.now.instant.after(Span::from_secs(8 * 3600));
    page.manager.handle_timeout(page.now);
    page.drain();
    assert_eq!(page.manager.snapshot().status, Status::Live);
    assert_eq!(page.manager.metrics().missed_heartbeats, 0);
    assert!(page.sent().iter().any(|message| matches!(message, ToService::Sync { .. })));
}

#[test]
fn hostile_42_silence_is_noticed_by_timers_that_come_a_minute_late_each_time() {
    let mut page = Page::live(&[]);
    page.input(Input::Lifecycle(PageLifecycle::Resumed));
    let mut waking = || {
        page.now.instant = page.now.instant.after(Span::from_secs(60));
        page.manager.handle_timeout(page.now);
        page.drain();
        page.manager.snapshot().status
    };
    assert_eq!([waking(), waking(), waking()], [Status::Live, Status::Reconnecting, Status::Reconnecting]);
}

#[test]
fn hostile_42_a_wall_clock_that_is_set_loses_nothing_and_forward_it_is_a_question() {
    const DAY: u64 = 24 * 3600 * 1000;
    let mut page = Page::live(&[session("a", 3, "{}")]);
    for (wall, asks) in [(DAY * 20, 1), (DAY * 21, 2), (DAY * 19, 2), (0, 2)] {
        page.now.wall = UnixMillis(wall);
        page.input(Input::RefreshIfStale);
        let id = page.manager.link.last_id;
        page.says(ToManager::Pong(id));
        page.says(ToManager::Synced { id, version: version(10), time: None });
        page.pass(Span::from_secs(1));
        let snapshot = page.manager.snapshot();
        assert_eq!((snapshot.status, snapshot.sessions.len(), snapshot.stale), (Status::Live, 1, false), "{wall}");
        assert_eq!(page.manager.link.last_id, asks, "{wall}");
    }
    assert_eq!(page.manager.metrics().missed_heartbeats, 0);
}

#[test]
fn hostile_42_a_sleep_that_the_running_clock_does_not_count_is_noticed_by_the_other() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.now.wall = UnixMillis(page.now.wall.0 + 8 * 3600 * 1000);
    assert!(!page.manager.is_cache_valid(page.now));
    page.input(Input::Read(Token(1)));
    assert_eq!(page.settled(1), None, "not before the service was asked");
    assert!(page.manager.snapshot().stale);
    assert_eq!(page.sent(), [ToService::Sync { id: 1, from: ResumeFrom::LastSent, took: 1 }]);
    page.says(ToManager::Synced { id: 1, version: version(10), time: None });
    assert_eq!(page.settled(1), Some(Ok(Settled::Fresh)));
    assert!(page.manager.is_cache_valid(page.now));
}

#[test]
fn a_hidden_page_does_not_beat_and_a_seen_one_asks() {
    let mut page = Page::live(&[]);
    page.input(Input::Lifecycle(PageLifecycle::Hidden));
    page.pass(Span::from_secs(60));
    assert!(page.sent().is_empty());
    page.input(Input::Lifecycle(PageLifecycle::Visible));
    assert_eq!(page.sent(), [ToService::Sync { id: 1, from: ResumeFrom::LastSent, took: 1 }]);
}

#[test]
fn hostile_42_43_after_a_suspension_nothing_shows_until_it_is_verified() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.input(Input::Lifecycle(PageLifecycle::Suspended));
    page.input(Input::Lifecycle(PageLifecycle::Resumed));
    let snapshot = page.manager.snapshot();
    assert_eq!((snapshot.sessions.len(), snapshot.reason), (0, Some(Reason::Withheld)));
    page.event(10, Vec::from([Change::Removed(id("a"))]), &[]);
    assert_eq!(page.manager.snapshot().reason, Some(Reason::Withheld));
    page.says(ToManager::Pong(1));
    page.says(ToManager::Synced { id: 1, version: version(11), time: None });
    let snapshot = page.manager.snapshot();
    assert_eq!((snapshot.sessions.len(), snapshot.reason), (0, None));
}

#[test]
fn hostile_43_a_function_sees_nothing_withheld_and_runs_once_it_is_verified() {
    let mut page = Page::live(&[session("a", 3, r#"{"secret":1}"#)]);
    page.input(Input::Lifecycle(PageLifecycle::Suspended));
    page.input(Input::Lifecycle(PageLifecycle::Resumed));
    page.take();
    page.input(Input::Function { token: Token(1), id: id("a"), if_version: None, replace: false });
    page.input(Input::Function { token: Token(2), id: id("nobody"), if_version: None, replace: false });
    let is_run = |output: &Output| matches!(output, Output::Run { .. });
    let outputs = page.take();
    assert!(!outputs.iter().any(is_run) && outputs.contains(&Output::Changed), "others are told meanwhile");
    assert_eq!((page.settled(2), page.manager.snapshot().pending_writes), (None, 2));
    page.event(10, Vec::from([Change::Put(session("a", 11, r#"{"n":2}"#))]), &[]);
    assert!(!page.outputs.iter().any(is_run));
    page.says(ToManager::Synced { id: 1, version: version(11), time: None });
    assert_eq!(page.outputs.iter().filter(|output| is_run(output)).count(), 1);
    assert!(page.outputs.contains(&Output::Run { token: Token(1), data: json(r#"{"n":2}"#) }));
    page.input(Input::Ran { token: Token(1), patch: Some(json(r#"{"n":3}"#)) });
    assert_eq!(page.settled(2), Some(Err(Code::NotFound)));
    page.pass(Span::ZERO);
    let sent = page.sent();
    let Some(ToService::Writes { writes, .. }) = sent.last() else { panic!("{sent:?}") };
    assert_eq!((writes.len(), writes[0].base), (1, version(11)));
}

#[test]
fn hostile_43_what_is_withheld_is_not_told_by_a_refusal_of_the_page_itself() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.input(Input::Lifecycle(PageLifecycle::Suspended));
    page.input(Input::Lifecycle(PageLifecycle::Resumed));
    page.write(1, add("a"));
    page.write(2, Mutation::Remove { id: id("nobody"), if_version: None });
    assert_eq!((page.settled(1), page.settled(2)), (None, None));
    page.take();
    page.pass(Span::ZERO);
    let [ToService::Writes { writes, .. }] = &page.sent()[..] else { panic!("the service decides") };
    assert_eq!(writes.len(), 2);
    page.event(10, Vec::from([Change::Removed(id("a"))]), &[]);
    page.event(11, Vec::from([Change::Put(session("a", 12, "{}"))]), &[(1, Outcome::Accepted(12))]);
    page.says(ToManager::Outcomes(Vec::from([(2, Outcome::Refused(Code::NotFound))])));
    assert!(matches!(page.settled(1), Some(Ok(_))));
    assert_eq!(page.settled(2), Some(Err(Code::NotFound)));
}

/// All that there is may be much, and a page slow.
#[test]
fn a_first_snapshot_may_take_longer_than_an_answer_as_long_as_it_keeps_coming() {
    let mut page = Page::new();
    page.loads();
    page.welcomed();
    let attempt = page.attempt;
    let part = |index, end| {
        let name = alloc::format!("s{index}");
        ToManager::Page { sync: 0, version: version(10), index, sessions: Vec::from([session(&name, 3, "{}")]), end }
    };
    for index in 0..5 {
        page.says(part(index, None));
        page.pass(Span::from_secs(4));
    }
    page.says(part(5, Some(End { active: None, mine: Vec::new() })));
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    assert_eq!((page.attempt, page.manager.snapshot().sessions.len()), (attempt, 6));
    assert_eq!(page.manager.snapshot().status, Status::Live);
}

#[test]
fn no_common_version_is_said_and_tried_again() {
    let mut page = Page::new();
    page.loads();
    page.input(Input::Ready(Token(1)));
    page.input(Input::Refused { attempt: 1, refusal: crate::protocol::Refusal { versions: 3..=4 } });
    assert_eq!(page.settled(1), Some(Err(Code::ProtocolMismatch)));
    assert_eq!(page.manager.snapshot().last_error, Some(Code::ProtocolMismatch.into()));
    page.take();
    page.pass(Span::from_secs(1));
    assert_eq!(Page::mounts(&page.take()), 1);
}

#[test]
fn a_goodbye_in_place_of_a_welcome_says_why_and_another_frame_is_tried() {
    let mut page = Page::new();
    page.loads();
    page.take();
    page.says(ToManager::Goodbye(Code::StorageFailed));
    assert_eq!(page.manager.metrics().malformed, 0);
    assert_eq!(page.manager.snapshot().last_error, Some(Code::StorageFailed.into()));
    assert!(page.events().contains(&Event::Failed(Code::StorageFailed)));
    assert!(!page.events().iter().any(|event| matches!(event, Event::Lost { .. })));
    page.pass(Span::from_secs(1));
    assert_eq!(Page::mounts(&page.take()), 1);
}

#[test]
fn a_service_that_starts_anew_is_greeted_at_once_in_the_same_frame() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.write(1, update("a", r#"{"x":1}"#));
    page.pass(Span::ZERO);
    page.take();
    page.says(ToManager::Goodbye(Code::Disconnected));
    let outputs = page.take();
    let hellos =
        outputs.iter().filter(|output| matches!(output, Output::Hello(_, hello) if hello.held == Some(version(10))));
    assert_eq!((hellos.count(), Page::mounts(&outputs) > 0), (1, false));
    assert_eq!(page.manager.snapshot().last_error, None);
    page.welcomed();
    // What it may see is less now.
    page.snapshot(0, version(10), &[session("a", 3, r#"{"y":1}"#)], &[]);
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    assert_eq!(page.shows("a"), Some((r#"{"y":1,"x":1}"#.to_string(), true)));
    assert_eq!(page.manager.snapshot().status, Status::Live);
    assert!(page.sent().iter().any(|message| matches!(message, ToService::Writes { writes, .. } if writes[0].n == 1)));
    // Without a welcome in between it would go on without end.
    page.says(ToManager::Goodbye(Code::Disconnected));
    page.take();
    page.says(ToManager::Goodbye(Code::Disconnected));
    assert!(page.hellos().is_empty());
    page.pass(Span::from_secs(1));
    assert_eq!(Page::mounts(&page.take()), 1);
}

#[test]
fn hostile_19_malformed_messages_change_nothing_and_are_counted() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    let before = page.manager.snapshot();
    for bytes in [Vec::new(), Vec::from([1]), Vec::from([2, 0]), Vec::from([1, 99, 99]), Vec::from([1, 3, 1, 1])] {
        page.input(Input::Message { attempt: page.attempt, bytes });
    }
    page.welcomed();
    assert_eq!(page.manager.metrics().malformed, 6);
    assert_eq!(page.manager.snapshot(), before);
    assert!(page.take().is_empty());
    assert_eq!(start(), Instant(0));
}
