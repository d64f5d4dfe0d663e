//! A service that goes over a bound: it is cut off, its page says so, and what the page holds does not grow.

use super::*;
use crate::manager::{PageLifecycle, Reason, Status};

/// The page has given up on the service for now, and told of it once.
fn is_cut_off(page: &mut Page) {
    let told = page.events().iter().filter(|event| **event == Event::Failed(Code::LimitExceeded)).count();
    assert_eq!(told, 1, "{:?}", page.events());
    assert_eq!(page.manager.snapshot().last_error, Some(Code::LimitExceeded.into()));
    assert_eq!(page.manager.snapshot().status, Status::Reconnecting);
    assert!(page.take().contains(&Output::RemoveFrame(page.frame)), "the port is closed");
    page.input(Input::Lifecycle(PageLifecycle::Hidden));
    page.input(Input::Lifecycle(PageLifecycle::Visible));
    page.pass(Span::ZERO);
    assert_eq!(Page::mounts(&page.take()), 0, "nor is it let in again by a look at the page");
    // It hears nothing more, and says nothing, for a while.
    page.says(ToManager::Storage(StorageStatus { level: StorageLevel::Memory, ..STORAGE }));
    page.pass(Span::from_secs(59));
    assert!(page.take().iter().all(|output| *output == Output::Changed), "it is only marked stale");
    page.pass(Span::from_secs(2));
    assert_eq!(Page::mounts(&page.take()), 1);
    page.loads();
    assert_eq!(page.hellos().len(), 1);
    page.welcomed();
    page.says(ToManager::Synced { id: 0, version: page.manager.snapshot().version.unwrap(), time: None });
    assert_eq!((page.manager.snapshot().status, page.manager.snapshot().reason), (Status::Live, None::<Reason>));
}

#[test]
fn hostile_24_a_service_that_says_too_much_is_cut_off() {
    let mut page = Page::live(&[session("a", 10, "{}")]);
    page.pass(Span::from_secs(1));
    page.take();
    let mut heard = 0;
    while page.manager.snapshot().status == Status::Live && heard < 10_000 {
        page.says(ToManager::Pong(77));
        heard += 1;
    }
    assert_eq!(heard, 5_001);
    is_cut_off(&mut page);
    assert!(page.shows("a").is_some(), "what was held stays");
}

#[test]
fn hostile_24_what_is_no_message_counts_as_well() {
    let mut page = Page::live(&[]);
    page.take();
    for _ in 0..5_001 {
        page.input(Input::Message { attempt: page.attempt, bytes: Vec::from([9, 9]) });
    }
    is_cut_off(&mut page);
    for _ in 0..5_001 {
        page.input(Input::Malformed);
    }
    is_cut_off(&mut page);
}

#[test]
fn hostile_24_what_the_service_says_is_weighed() {
    let mut page = Page::live(&[]);
    page.pass(Span::from_secs(1));
    page.take();
    let mut heard = 0;
    while page.manager.snapshot().status == Status::Live && heard < 100 {
        page.input(Input::Message { attempt: page.attempt, bytes: alloc::vec![9; 1 << 20] });
        heard += 1;
    }
    assert_eq!(heard, 5_000 / 65 + 1);
    is_cut_off(&mut page);
}

#[test]
fn hostile_22_a_list_of_outcomes_is_bounded_in_every_message() {
    let outcomes = |count| (0..count).map(|n| (n, Outcome::Accepted(1))).collect::<Vec<_>>();
    let messages = |count| {
        let mine = outcomes(count);
        let end = Some(End { active: None, mine: mine.clone() });
        [
            ToManager::Event { follows: version(10), version: version(11), changes: Vec::new(), mine: mine.clone() },
            ToManager::Page { sync: 0, version: version(11), index: 0, sessions: Vec::new(), end },
            ToManager::Outcomes(mine),
        ]
    };
    for message in messages(4_096) {
        let mut page = Page::live(&[]);
        page.says(message);
        assert_eq!(page.manager.snapshot().last_error, None);
    }
    for message in messages(4_097) {
        let mut page = Page::live(&[]);
        page.says(message);
        is_cut_off(&mut page);
    }
}

#[test]
fn hostile_22_changes_in_one_message_are_bounded() {
    let changes = |count: u32| (0..count).map(|n| Change::Active((n % 2 == 0).then(|| id("a")))).collect::<Vec<_>>();
    let mut page = Page::live(&[session("a", 10, "{}")]);
    page.take();
    page.event(10, changes(65_535), &[]);
    assert_eq!(page.manager.snapshot().status, Status::Live);
    page.take();
    page.event(11, changes(65_537), &[]);
    let seen = page.manager.snapshot().version.map(|version| version.seq);
    assert_eq!((page.manager.metrics().malformed, seen, page.events().len()), (1, Some(11), 0));
}

#[test]
fn hostile_22_a_snapshot_out_of_order_is_not_put_in_order() {
    for ids in [["b", "a"], ["a", "a"]] {
        let mut page = Page::live(&[]);
        let sessions = ids.map(|id| session(id, 11, "{}")).to_vec();
        let end = Some(End { active: None, mine: Vec::new() });
        page.says(ToManager::Page { sync: 0, version: version(11), index: 0, sessions, end });
        is_cut_off(&mut page);
    }
}

#[test]
fn hostile_22_small_sessions_weigh_more_than_their_bytes() {
    let mut page = Page::live(&[]);
    for index in 0..100_u32 {
        let sessions = (0..1_000).map(|n| session(&alloc::format!("{index:03}{n:03}"), 11, "{}")).collect();
        page.says(ToManager::Page { sync: 0, version: version(11), index: index.into(), sessions, end: None });
        if page.manager.snapshot().status != Status::Live {
            assert!((28..=62).contains(&index), "{index}");
            return is_cut_off(&mut page);
        }
    }
    panic!("it was never cut off");
}

#[test]
fn hostile_22_a_list_that_is_too_long_is_no_message() {
    let mut page = Page::live(&[]);
    let outcomes: Vec<_> = (0..65_537).map(|n| (n, Outcome::Accepted(1))).collect();
    let sessions = (0..65_537).map(|_| session("a", 11, "{}")).collect();
    let end = Some(End { active: None, mine: outcomes.clone() });
    for message in [
        ToManager::Event { follows: version(10), version: version(11), changes: Vec::new(), mine: outcomes.clone() },
        ToManager::Page { sync: 0, version: version(11), index: 0, sessions, end: None },
        ToManager::Page { sync: 0, version: version(11), index: 0, sessions: Vec::new(), end },
        ToManager::Outcomes(outcomes),
    ] {
        page.says(message);
    }
    assert_eq!((page.manager.metrics().malformed, page.manager.snapshot().status), (4, Status::Live));
}

/// A session of the 256th part of what is allowed here.
fn large(name: &str, seq: u64) -> Session {
    let data = ["{\"text\":\"", &"x".repeat(1 << 16), "\"}"].concat();
    session(name, seq, &data)
}

#[test]
fn hostile_22_a_snapshot_that_never_ends_does_not_fill_the_memory() {
    let mut page = Page::live(&[session("a", 10, "{}")]);
    for index in 0..1_000 {
        let sessions = Vec::from([large(&alloc::format!("s{index:04}"), 11)]);
        page.says(ToManager::Page { sync: 0, version: version(11), index, sessions, end: None });
        page.pass(Span::from_millis(1));
        if page.manager.snapshot().status != Status::Live {
            assert!((245..=256).contains(&index), "{index}");
            assert!(page.manager.assembly.is_none(), "what had arrived is let go");
            return is_cut_off(&mut page);
        }
    }
    panic!("it was never cut off");
}

#[test]
fn hostile_22_sessions_that_are_put_without_end_are_too_much_and_the_same_one_put_without_end_is_not() {
    let mut page = Page::live(&[]);
    for seq in 10..300 {
        page.event(seq, Vec::from([Change::Put(large("same", seq + 1))]), &[]);
        page.take();
        page.pass(Span::from_millis(1));
    }
    assert_eq!(page.manager.snapshot().status, Status::Live);
    for seq in 300..1_000 {
        page.event(seq, Vec::from([Change::Put(large(&alloc::format!("s{seq}"), seq + 1))]), &[]);
        page.pass(Span::from_millis(1));
        if page.manager.snapshot().status != Status::Live {
            let held = page.manager.snapshot().sessions.len();
            assert!((120..=256).contains(&held), "{held}");
            return;
        }
        page.take();
    }
    panic!("it was never cut off");
}
