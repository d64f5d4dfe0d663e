//! Requests are told of in batches, each exactly once, and nobody waits for one that is sure to be counted.

use alloc::vec::Vec;

use super::*;
use crate::manager::PageLifecycle;
use crate::session::{Lifetime, Requests, SessionRules, Terms, Write};

const INTERVAL: Span = Span::from_secs(5);

fn limited(limit: u64, count: u64, seq: u64) -> Session {
    let requests = Requests { count, limit: Some(limit), ..Requests::default() };
    Session { requests, ..session("a", seq, "{}") }
}

fn record(page: &mut Page, token: u64) {
    page.input(Input::Record { token: Token(token), id: id("a"), micros: 1_000, url: None });
}

/// What was told since somebody looked: number of the write, how many requests, and whether the service is asked.
fn told(page: &mut Page) -> Vec<(u64, u64, bool)> {
    page.pass(Span::ZERO);
    let mut told = Vec::new();
    for message in page.sent() {
        let ToService::Writes { writes, .. } = message else { continue };
        for Write { n, mutations, .. } in writes {
            if let [Mutation::Count { tally, asks, .. }] = &mutations[..] {
                told.push((n, tally.count, *asks));
            }
        }
    }
    told
}

/// The service has counted the first request, so that those that follow are let through. The next write is 2.
fn counting(session: Session) -> Page {
    let mut page = Page::live(&[session]);
    record(&mut page, 1);
    assert_eq!(told(&mut page), [(1, 1, true)]);
    confirmed(&mut page, 10, Vec::new(), &[(1, Outcome::Accepted(11))]);
    assert_eq!(page.settled(1), Some(Ok(Settled::Done)));
    page.take();
    page
}

/// What is confirmed is acted on at once.
fn confirmed(page: &mut Page, from: u64, changes: Vec<Change>, mine: &[(u64, Outcome)]) {
    page.event(from, changes, mine);
    page.pass(Span::ZERO);
}

fn is_done(page: &Page, token: u64) -> bool {
    page.settled(token) == Some(Ok(Settled::Done))
}

#[test]
fn the_first_is_a_question_and_what_follows_is_told_together() {
    let mut page = counting(session("a", 3, "{}"));
    for token in 2..=1_001 {
        record(&mut page, token);
        assert!(is_done(&page, token));
    }
    page.pass_answered(Span::from_millis(200));
    assert_eq!(told(&mut page), []);
    page.pass_answered(Span::from_millis(100));
    assert_eq!(told(&mut page), [(2, 1_000, false)]);
    page.pass_answered(Span::from_secs(1));
    record(&mut page, 1_002);
    assert_eq!(
        (told(&mut page), page.settled(1_002)),
        (Vec::from([(3, 1, true)]), None),
        "the next interval asks again"
    );
}

#[test]
fn an_interval_is_twice_as_long_as_the_one_before_up_to_five_seconds() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    let (mut seq, mut at) = (10, Vec::new());
    for tenth in 0..600 {
        record(&mut page, tenth + 1);
        for (n, ..) in told(&mut page) {
            at.push(tenth);
            confirmed(&mut page, seq, Vec::new(), &[(n, Outcome::Accepted(seq + 1))]);
            seq += 1;
        }
        page.pass_answered(Span::from_millis(100));
    }
    // What was let through is told of just before the next question.
    let pauses = at.windows(2).map(|two| two[1] - two[0]).filter(|pause| *pause > 0);
    assert_eq!(pauses.collect::<Vec<u64>>(), [&[3, 5, 10, 20, 40][..], &[50; 10]].concat());
}

#[test]
fn a_slow_service_is_not_asked_about_each() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    record(&mut page, 1);
    assert_eq!(told(&mut page), [(1, 1, true)]);
    page.pass_answered(Span::from_secs(1));
    confirmed(&mut page, 10, Vec::new(), &[(1, Outcome::Accepted(11))]);
    record(&mut page, 2);
    assert!(is_done(&page, 2));
}

#[test]
fn calls_wait_for_the_question_that_is_under_way_and_no_second_one_is_asked() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    (1..=10).for_each(|token| record(&mut page, token));
    assert_eq!(told(&mut page), [(1, 1, true)]);
    confirmed(&mut page, 10, Vec::new(), &[(1, Outcome::Accepted(11))]);
    assert!((1..=10).all(|token| is_done(&page, token)));
    assert_eq!(told(&mut page), []);
}

#[test]
fn no_more_are_let_through_than_the_limit_has_room_for() {
    let mut page = counting(limited(5, 1, 3));
    // What it shows does not have the first one yet, so room is left for four.
    (2..=8).for_each(|token| record(&mut page, token));
    assert_eq!((2..=8).filter(|token| is_done(&page, *token)).count(), 4);
    assert_eq!(
        told(&mut page),
        [(2, 4, false), (3, 1, true)],
        "what was let through is counted before it is asked again"
    );
    let refused = Outcome::Refused(Code::LimitExceeded);
    confirmed(&mut page, 11, Vec::from([Change::Put(limited(5, 5, 3))]), &[(2, Outcome::Accepted(12)), (3, refused)]);
    let all = [6, 7, 8, 9];
    record(&mut page, 9);
    assert_eq!(all.map(|token| page.settled(token)), [const { Some(Err(Code::LimitExceeded)) }; 4]);
    let detail = page.outputs.iter().find_map(|output| match output {
        Output::Settle { result: Err(failure), .. } => failure.detail.clone(),
        _ => None,
    });
    assert_eq!(detail.unwrap().limit, 5);
    assert_eq!(page.events(), [], "nobody is told that a write was taken back");
    page.take();
    record(&mut page, 10);
    assert_eq!((page.settled(10), told(&mut page)), (Some(Err(Code::LimitExceeded)), Vec::new()), "it was answered");
    confirmed(&mut page, 12, Vec::from([Change::Put(limited(6, 5, 12))]), &[]);
    record(&mut page, 11);
    assert_eq!(told(&mut page), [(4, 1, true)], "there is room again");
}

#[test]
fn each_is_told_once_whatever_is_lost_and_it_comes_again_under_its_number() {
    let mut page = counting(session("a", 3, "{}"));
    (2..=4).for_each(|token| record(&mut page, token));
    page.pass_answered(INTERVAL);
    assert_eq!(told(&mut page), [(2, 3, false)]);
    page.loads();
    page.welcomed();
    page.says(ToManager::Synced { id: 0, version: version(11), time: None });
    assert_eq!(told(&mut page), [(2, 3, false)]);
    confirmed(&mut page, 11, Vec::new(), &[(2, Outcome::Accepted(12))]);
    page.pass_answered(Span::from_secs(60));
    assert_eq!(told(&mut page), []);
}

#[test]
fn a_page_that_goes_tells_of_what_it_holds() {
    for (lifecycle, n) in [(PageLifecycle::Hidden, 2), (PageLifecycle::Suspended, 2)] {
        let mut page = counting(session("a", 3, "{}"));
        record(&mut page, 2);
        page.input(Input::Lifecycle(lifecycle));
        assert_eq!(told(&mut page), [(n, 1, false)]);
    }
    let mut page = counting(session("a", 3, "{}"));
    record(&mut page, 2);
    page.input(Input::Close(Token(3)));
    page.pass(Span::ZERO);
    assert_eq!(told(&mut page), [(2, 1, false)]);
    assert_eq!(page.settled(3), None);
    confirmed(&mut page, 11, Vec::new(), &[(2, Outcome::Accepted(12))]);
    assert!(is_done(&page, 3));
}

#[test]
fn hostile_43_what_is_withheld_lets_nothing_through() {
    let mut page = counting(session("a", 3, "{}"));
    page.input(Input::Lifecycle(PageLifecycle::Suspended));
    record(&mut page, 2);
    assert_eq!(page.settled(2), None);
}

#[test]
fn a_refusal_reaches_all_who_wait_and_nothing_is_let_through_after_it() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    record(&mut page, 1);
    confirmed(&mut page, 10, Vec::new(), &[(1, Outcome::Refused(Code::Expired))]);
    assert_eq!(page.settled(1), Some(Err(Code::Expired)));
    page.take();
    record(&mut page, 2);
    assert_eq!((page.settled(2), told(&mut page)), (None, Vec::from([(2, 1, true)])));
}

#[test]
fn a_batch_that_is_refused_is_lost_and_the_next_one_asks() {
    let mut page = counting(session("a", 3, "{}"));
    record(&mut page, 2);
    page.pass_answered(INTERVAL);
    confirmed(&mut page, 11, Vec::from([Change::Removed(id("a"))]), &[(2, Outcome::Refused(Code::NotFound))]);
    page.take();
    record(&mut page, 3);
    assert_eq!(told(&mut page), [(3, 1, true)]);
}

#[test]
fn it_is_no_write_of_the_callers_and_in_no_functions_way() {
    let mut page = Page::live(&[session("a", 3, r#"{"n":1}"#)]);
    record(&mut page, 1);
    assert_eq!((page.manager.snapshot().pending_writes, page.shows("a").unwrap().1), (0, false));
    page.input(Input::Function { token: Token(2), id: id("a"), if_version: None, replace: false });
    page.input(Input::Ran { token: Token(2), patch: Some(json(r#"{"n":2}"#)) });
    page.pass(Span::ZERO);
    let reads_from = page.sent().into_iter().find_map(|message| match message {
        ToService::Writes { writes, .. } => writes.into_iter().find_map(|write| write.reads_from),
        _ => None,
    });
    assert_eq!(reads_from, Some(2), "it saw nothing of the count before it");
    confirmed(&mut page, 10, Vec::new(), &[(1, Outcome::Refused(Code::Forbidden)), (2, Outcome::Accepted(11))]);
    assert!(matches!(page.settled(2), Some(Ok(Settled::Written(_)))));
}

#[test]
fn whoever_stops_waiting_in_time_is_not_counted() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    (1..=3).for_each(|token| record(&mut page, token));
    page.input(Input::Withdraw(Token(1)));
    page.input(Input::Withdraw(Token(3)));
    confirmed(&mut page, 10, Vec::new(), &[(1, Outcome::Accepted(11))]);
    assert_eq!([1, 2, 3].map(|token| is_done(&page, token)), [false, true, false]);
    told(&mut page);
    page.pass_answered(INTERVAL);
    assert_eq!(told(&mut page), [(2, 1, false)]);
}

#[test]
fn an_end_settles_all_who_wait() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    record(&mut page, 1);
    record(&mut page, 2);
    page.input(Input::Close(Token(3)));
    page.pass(Span::from_secs(6));
    assert_eq!([1, 2].map(|token| page.settled(token)), [Some(Err(Code::Closed)), Some(Err(Code::Closed))]);
    assert!(page.events().iter().all(|event| !matches!(event, Event::RolledBack { .. })));
    record(&mut page, 4);
    assert_eq!(page.settled(4), Some(Err(Code::Closed)));
}

#[test]
fn a_service_that_counts_none_is_told_of_none() {
    let mut page = Page::with(config());
    page.loads();
    let limits = PageLimits { message_bytes: 1 << 20, unsettled_writes: 256 };
    let rules = SessionRules { counts: false, ..SessionRules::default() };
    page.says(ToManager::Welcome { grant: 7, storage: STORAGE, limits, rules });
    page.snapshot(0, version(10), &[session("a", 3, "{}")], &[]);
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    page.take();
    record(&mut page, 1);
    assert!(is_done(&page, 1));
    assert_eq!(told(&mut page), []);
}

#[test]
fn what_is_expired_here_is_asked_about() {
    let lifetime = Lifetime { ttl: Some(60_000), renews: true, expires_at: Some(UnixMillis(2_000)) };
    let mut page = counting(Session { lifetime, ..session("a", 3, "{}") });
    page.pass_answered(Span::from_secs(3));
    record(&mut page, 2);
    assert_eq!((page.settled(2), told(&mut page)), (None, Vec::from([(2, 1, true)])));
}

#[test]
fn an_older_service_says_that_it_is_older() {
    let mut page = Page::with(config());
    page.loads();
    let limits = PageLimits { message_bytes: 1 << 20, unsettled_writes: 256 };
    page.says_in(3, ToManager::Welcome { grant: 7, storage: STORAGE, limits, rules: Default::default() });
    page.says_in(
        3,
        ToManager::Page {
            sync: 0,
            version: version(10),
            index: 0,
            sessions: Vec::new(),
            end: Some(End { active: None, mine: Vec::new() }),
        },
    );
    page.says_in(3, ToManager::Synced { id: 0, version: version(10), time: None });
    record(&mut page, 1);
    page.says_in(3, ToManager::Outcomes(Vec::from([(1, Outcome::Refused(Code::InvalidArgument))])));
    assert_eq!(page.settled(1), Some(Err(Code::ProtocolMismatch)));
}

#[test]
fn requests_alone_are_no_change_and_another_limit_is_one() {
    let mut page = Page::live(&[limited(5, 1, 3)]);
    confirmed(&mut page, 10, Vec::from([Change::Put(limited(5, 2, 3))]), &[]);
    assert_eq!(page.events(), []);
    assert_eq!(page.manager.shown(&id("a")).unwrap().0.requests.count, 2);
    confirmed(&mut page, 11, Vec::from([Change::Put(limited(6, 2, 3))]), &[]);
    assert!(matches!(page.events()[..], [Event::Updated { .. }]));
}

#[test]
fn a_page_that_does_not_see_the_limit_asks_again_in_the_next_interval() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    record(&mut page, 1);
    confirmed(&mut page, 10, Vec::new(), &[(1, Outcome::Refused(Code::LimitExceeded))]);
    page.take();
    record(&mut page, 2);
    assert_eq!(page.settled(2), Some(Err(Code::LimitExceeded)));
    page.pass_answered(INTERVAL);
    page.take();
    record(&mut page, 3);
    assert_eq!((page.settled(3), told(&mut page)), (None, Vec::from([(2, 1, true)])));
}

#[test]
fn what_was_let_through_is_told_of_before_the_session_goes_or_begins_anew() {
    let resets = Mutation::Configure { id: id("a"), terms: Terms { resets: true, ..Terms::default() } };
    let removes = Mutation::Remove { id: id("a"), if_version: None };
    for (mutation, is_told) in [(resets, true), (removes, true), (update("a", "{}"), false)] {
        let mut page = counting(session("a", 3, "{}"));
        record(&mut page, 2);
        page.write(3, mutation.clone());
        page.pass(Span::ZERO);
        let sent = page.sent().into_iter().find_map(|message| match message {
            ToService::Writes { writes, .. } => Some(writes),
            _ => None,
        });
        let counts = |write: &Write| matches!(write.mutations[..], [Mutation::Count { .. }]);
        assert_eq!(
            sent.unwrap().iter().map(counts).collect::<Vec<_>>()[..],
            [true, false][usize::from(!is_told)..],
            "{mutation:?}"
        );
    }
}

#[test]
fn what_was_let_through_is_meant_for_the_session_that_was_there_then() {
    let mut page = counting(session("a", 3, "{}"));
    record(&mut page, 2);
    confirmed(&mut page, 11, Vec::from([Change::Removed(id("a"))]), &[]);
    confirmed(&mut page, 12, Vec::from([Change::Put(session("a", 13, "{}"))]), &[]);
    page.pass_answered(INTERVAL);
    let base = page.sent().into_iter().find_map(|message| match message {
        ToService::Writes { writes, .. } => writes.first().map(|write| write.base),
        _ => None,
    });
    assert_eq!(base, Some(version(11)));
}

#[test]
fn a_hidden_page_tells_at_once_and_one_write_holds_a_thousand() {
    let mut page = counting(session("a", 3, "{}"));
    page.input(Input::Lifecycle(PageLifecycle::Hidden));
    record(&mut page, 2);
    assert_eq!(told(&mut page), [(2, 1, false)]);
    let mut page = counting(session("a", 3, "{}"));
    (2..=1_002).for_each(|token| record(&mut page, token));
    assert_eq!(told(&mut page), [(2, 1_000, false), (3, 1, true)]);
}

#[test]
fn closing_waits_for_all_that_wait_to_be_counted() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    (1..=3).for_each(|token| record(&mut page, token));
    page.input(Input::Close(Token(9)));
    confirmed(&mut page, 10, Vec::new(), &[(1, Outcome::Accepted(11))]);
    assert!((1..=3).all(|token| is_done(&page, token)));
    assert_eq!((page.settled(9), told(&mut page)), (None, Vec::from([(1, 1, true), (2, 2, false)])));
    confirmed(&mut page, 11, Vec::new(), &[(2, Outcome::Accepted(12))]);
    assert!(is_done(&page, 9));
}

#[test]
fn a_function_that_waits_does_not_run_again_as_requests_are_counted() {
    let mut page = counting(session("a", 3, "{}"));
    page.input(Input::Function { token: Token(2), id: id("a"), if_version: None, replace: false });
    page.input(Input::Ran { token: Token(2), patch: Some(json(r#"{"n":2}"#)) });
    page.take();
    let counted = Session { requests: Requests { count: 9, ..Requests::default() }, ..session("a", 3, "{}") };
    page.event(11, Vec::from([Change::Put(counted)]), &[]);
    assert!(!page.take().iter().any(|output| matches!(output, Output::Run { .. })));
}
