use super::*;
use crate::manager::Reason;
use crate::protocol::ResumeFrom;

#[test]
fn reads_within_the_time_to_live_never_cross_the_frame() {
    let mut page = Page::live(&[]);
    page.pass(Span::from_secs(9));
    page.input(Input::Read(Token(1)));
    assert_eq!(page.settled(1), Some(Ok(Settled::Fresh)));
    assert!(page.sent().is_empty());
    assert!(page.manager.is_cache_valid(page.now));
}

#[test]
fn misses_ask_once_for_all_who_wait() {
    let mut page = Page::live(&[]);
    page.input(Input::Invalidate);
    assert!(page.manager.snapshot().stale);
    page.input(Input::Read(Token(1)));
    page.input(Input::Read(Token(2)));
    page.input(Input::Refresh(Token(3)));
    assert_eq!(page.sent(), [ToService::Sync { id: 1, from: ResumeFrom::LastSent, took: 1 }]);
    page.says(ToManager::Pong(1));
    page.says(ToManager::Synced { id: 1, version: version(10), time: None });
    for token in 1..=3 {
        assert_eq!(page.settled(token), Some(Ok(Settled::Fresh)));
    }
    assert!(!page.manager.snapshot().stale);
    assert_eq!((page.manager.metrics().hits, page.manager.metrics().misses), (0, 2));
}

#[test]
fn a_heartbeat_that_confirms_the_version_renews_the_cache() {
    let mut page = Page::live(&[]);
    for beat in 1..=6 {
        page.pass(Span::from_secs(10));
        assert_eq!(page.sent(), [ToService::Sync { id: beat, from: ResumeFrom::LastSent, took: 1 }]);
        page.says(ToManager::Pong(beat));
        page.says(ToManager::Synced { id: beat, version: version(10), time: None });
        assert!(page.manager.is_cache_valid(page.now));
    }
}

#[test]
fn what_is_shown_past_its_time_is_refreshed_when_it_is_looked_at() {
    let mut page = Page::live_with(Config { heartbeat: Span::from_secs(300), ..config() }, &[]);
    page.input(Input::RefreshIfStale);
    assert!(page.sent().is_empty(), "it is fresh");
    page.pass(Span::from_secs(31));
    assert!(page.sent().is_empty() && page.manager.is_stale());
    page.input(Input::RefreshIfStale);
    assert_eq!(page.sent(), [ToService::Sync { id: 1, from: ResumeFrom::LastSent, took: 1 }]);
    page.says(ToManager::Synced { id: 1, version: version(10), time: None });
    assert!(!page.manager.snapshot().stale);
    assert_eq!(page.manager.metrics().stale_hits, 1);
}

#[test]
fn what_was_never_fresh_is_called_stale() {
    let page = Page::live_with(Config { ttl: Span::ZERO, ..config() }, &[]);
    assert!(page.manager.snapshot().stale && !page.manager.is_cache_valid(page.now));
}

#[test]
fn hostile_36_a_gap_is_waited_for_then_asked_for_then_undone_in_order() {
    let mut page = Page::live(&[]);
    page.event(11, Vec::from([Change::Put(session("b", 12, "{}"))]), &[]);
    assert_eq!(page.shows("b"), None);
    assert!(page.sent().is_empty());
    page.pass(Span::from_secs(1));
    assert!(page.sent().contains(&ToService::Sync { id: 1, from: ResumeFrom::Held(Some(version(10))), took: 2 }));
    page.event(10, Vec::from([Change::Put(session("a", 11, "{}"))]), &[]);
    assert_eq!(page.manager.snapshot().version, Some(version(12)));
    let created: Vec<_> = page
        .events()
        .iter()
        .map(|event| match event {
            Event::Created(session) => session.id.as_str().to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(created, ["a", "b"]);
    assert_eq!((page.manager.metrics().gaps, page.manager.metrics().reordered), (1, 1));
}

/// What is held is as old as the question that was answered, however many were asked since.
#[test]
fn the_answer_to_an_earlier_hello_is_fresh_from_when_that_was_said() {
    let mut page = Page::new();
    page.loads();
    let (said, first) = (page.now.instant, page.attempt);
    page.pass(Span::from_secs(2));
    assert!(page.attempt > first);
    page.attempt = first;
    page.welcomed();
    page.snapshot(0, version(10), &[], &[]);
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    let end = said.after(config().ttl);
    assert!(!page.manager.is_cache_valid(Now { instant: end, ..page.now }));
    assert!(page.manager.is_cache_valid(Now { instant: Instant(end.0 - 1), ..page.now }));
    assert_eq!(page.manager.metrics().round_trip_ms, [0.0; 3], "the start of a service says nothing of its answers");
}

#[test]
fn hostile_36_42_a_sleep_between_question_and_answer_is_no_round_trip_to_wait_for_behind_a_gap() {
    let mut page = Page::new();
    page.loads();
    page.now.instant = page.now.instant.after(Span::from_secs(36_000));
    page.welcomed();
    page.snapshot(0, version(10), &[], &[]);
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    page.event(11, Vec::new(), &[]);
    page.take();
    page.pass(config().request_timeout);
    let repair = |sent: &ToService| matches!(sent, ToService::Sync { from: ResumeFrom::Held(Some(_)), .. });
    assert!(page.sent().iter().any(repair));
    assert_eq!(page.manager.metrics().round_trip_ms, [0.0; 3]);
}

#[test]
fn hostile_35_an_older_snapshot_is_believed_only_when_asked_for() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.snapshot(0, version(9), &[], &[]);
    assert!(page.shows("a").is_some());
    page.pass(Span::from_secs(1));
    assert!(page.sent().contains(&ToService::Sync { id: 1, from: ResumeFrom::Held(Some(version(10))), took: 2 }));
    let lost = Version { tag: 1, ..version(9) };
    page.snapshot(1, lost, &[], &[]);
    page.says(ToManager::Synced { id: 1, version: lost, time: None });
    assert!(page.shows("a").is_none());
    assert_eq!(page.manager.snapshot().version, Some(lost));
}

#[test]
fn sessions_of_a_lost_epoch_vanish_without_being_terminated() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    page.write(1, update("a", r#"{"x":1}"#));
    let other = Version { epoch: 2, seq: 0, tag: 5 };
    page.snapshot(0, other, &[session("b", 0, "{}")], &[]);
    assert_eq!((page.shows("a"), page.shows("b").is_some()), (None, true));
    assert!(!page.events().iter().any(|event| matches!(event, Event::Terminated(_))));
    assert_eq!(page.manager.snapshot().pending_writes, 1);
}

#[test]
fn a_read_that_nobody_answers_says_so_at_its_deadline() {
    let mut page = Page::live(&[]);
    page.input(Input::Refresh(Token(1)));
    page.says(ToManager::Pong(1));
    page.pass(Span::from_secs(5));
    assert_eq!(page.settled(1), Some(Err(Code::Timeout)));
    page.input(Input::Refresh(Token(2)));
    page.input(Input::FrameGone(page.frame));
    assert_eq!(page.settled(2), Some(Err(Code::Disconnected)));
}

#[test]
fn pages_make_a_snapshot_only_together() {
    let mut page = Page::live(&[]);
    let part = |index: u64, name: &str, end| ToManager::Page {
        sync: 0,
        version: version(20),
        index,
        sessions: Vec::from([session(name, 20, "{}")]),
        end,
    };
    page.says(part(0, "a", None));
    page.says(part(0, "a", None));
    assert_eq!(page.shows("a"), None);
    page.says(part(1, "b", Some(End { active: Some(id("b")), mine: Vec::new() })));
    let snapshot = page.manager.snapshot();
    assert_eq!((snapshot.sessions.len(), snapshot.active, snapshot.version), (2, Some(id("b")), Some(version(20))));
}

#[test]
fn who_is_told_that_nothing_answers_finds_it_shown() {
    // From before there was a manager.
    let mut page = Page::new();
    page.pass(Span::from_secs(4));
    page.input(Input::Late);
    let snapshot = page.manager.snapshot();
    assert_eq!((snapshot.reason, snapshot.last_error), (Some(Reason::Unreachable), Some(Code::Unreachable.into())));
    assert_eq!(page.events(), [Event::Failed(Code::Unreachable)]);
    page.take();
    page.pass(Span::from_secs(2));
    assert_eq!(page.events(), [], "once");
    // While the service is left alone nothing else would say it.
    let mut page = Page::new();
    page.input(Input::Ready(Token(1)));
    page.input(Input::FrameGone(page.frame));
    page.pass(Span::from_secs(5));
    let told = page.take();
    let at = |wanted: fn(&Output) -> bool| told.iter().position(wanted).unwrap();
    let failed = at(|output| matches!(output, Output::Emit(Event::Failed(Code::Unreachable))));
    assert!(failed < at(|output| matches!(output, Output::Settle { result: Err(_), .. })), "{told:?}");
    let mut live = Page::live(&[]);
    live.take();
    live.input(Input::Late);
    assert_eq!((live.manager.snapshot().last_error, live.events()), (None, Vec::new()));
}
