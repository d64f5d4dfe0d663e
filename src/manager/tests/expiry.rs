//! Which sessions a page shows as expired, what it tells of that, and uses of sessions.

use super::*;
use crate::manager::PageLifecycle;
use crate::session::{Lifetime, SessionRules, Terms};

const HOUR: u64 = 3_600_000;

/// Added at 1, for so many milliseconds.
fn lives(name: &str, seq: u64, ms: u64) -> Session {
    let lifetime = Lifetime { ttl: Some(ms), renews: true, expires_at: Some(UnixMillis(1 + ms)) };
    Session { lifetime, ..session(name, seq, "{}") }
}

/// The ids that show as expired: by the texts that are drawn.
fn expired(page: &mut Page) -> Vec<SessionId> {
    let shown = page.manager.snapshot().sessions;
    let at = page.manager.as_of();
    shown
        .into_iter()
        .filter(|(session, _)| session.lifetime.is_over(at))
        .map(|(session, _)| session.id.clone())
        .collect()
}

fn told(page: &Page) -> Vec<SessionId> {
    let event = |event| if let Event::Expired(session) = event { Some(session.id.clone()) } else { None };
    page.events().into_iter().filter_map(event).collect()
}

fn changes(page: &Page) -> bool {
    page.outputs.contains(&Output::Changed)
}

/// The wall clock alone is set.
fn set(page: &mut Page, wall: u64) {
    page.now.wall = UnixMillis(wall);
    page.input(Input::RefreshIfStale);
}

#[test]
fn it_shows_and_is_told_once_when_its_time_comes_and_not_before() {
    let mut page = Page::live(&[lives("a", 3, HOUR), lives("b", 3, 2 * HOUR), session("c", 3, "{}")]);
    page.pass_answered(Span::from_millis(HOUR - 1_000));
    page.take();
    assert_eq!((expired(&mut page), told(&page)), (Vec::new(), Vec::new()));
    page.pass(Span::from_millis(1_001));
    assert_eq!((expired(&mut page), told(&page), changes(&page)), (Vec::from([id("a")]), Vec::from([id("a")]), true));
    assert!(page.manager.take_touched().contains(&id("a")), "it is drawn anew");
    page.take();
    page.pass_answered(Span::from_millis(HOUR / 2));
    assert_eq!(told(&page), []);
}

#[test]
fn the_exact_moment_counts() {
    let mut page = Page::live(&[lives("a", 3, HOUR)]);
    set(&mut page, HOUR);
    assert_eq!(expired(&mut page), []);
    set(&mut page, HOUR + 1);
    assert_eq!(expired(&mut page), [id("a")]);
}

#[test]
fn hostile_42_a_clock_that_is_set_back_takes_it_back_and_it_is_told_once() {
    let mut page = Page::live(&[lives("a", 3, HOUR), lives("b", 3, 3 * HOUR)]);
    page.take();
    set(&mut page, 2 * HOUR);
    assert_eq!((expired(&mut page), told(&page), changes(&page)), (Vec::from([id("a")]), Vec::from([id("a")]), true));
    page.take();
    set(&mut page, HOUR / 2);
    assert_eq!((expired(&mut page), changes(&page)), (Vec::new(), true));
    assert!(page.manager.take_touched().contains(&id("a")));
    page.take();
    set(&mut page, 4 * HOUR);
    assert_eq!((expired(&mut page), told(&page)), (Vec::from([id("a"), id("b")]), Vec::from([id("b")])));
}

#[test]
fn hostile_42_after_a_sleep_it_shows_as_expired_before_anything_else() {
    let mut page = Page::live(&[lives("a", 3, HOUR)]);
    // The clock that only runs forward has stood still.
    page.now.wall = UnixMillis(9 * HOUR);
    assert!(page.manager.mind_expiry(page.now), "whoever looks first finds it so");
    assert_eq!(expired(&mut page), [id("a")]);
    assert!(!page.manager.mind_expiry(page.now));
    page.drain();
    assert_eq!((told(&page), changes(&page)), (Vec::from([id("a")]), true));
}

#[test]
fn hostile_43_what_is_withheld_is_told_of_only_once_it_shows() {
    let mut page = Page::live(&[lives("a", 3, HOUR), lives("gone", 3, HOUR)]);
    page.input(Input::Lifecycle(PageLifecycle::Suspended));
    page.now.wall = UnixMillis(2 * HOUR);
    page.input(Input::Lifecycle(PageLifecycle::Resumed));
    assert_eq!(told(&page), [], "one of them may not be there any more");
    page.event(10, Vec::from([Change::Removed(id("gone"))]), &[]);
    let asked =
        page.sent().into_iter().rev().find_map(|it| if let ToService::Sync { id, .. } = it { Some(id) } else { None });
    page.says(ToManager::Synced { id: asked.unwrap(), version: version(11), time: None });
    assert_eq!((expired(&mut page), told(&page)), (Vec::from([id("a")]), Vec::from([id("a")])));
}

#[test]
fn what_had_ended_before_the_page_came_is_no_news() {
    let mut page = Page::with(config());
    page.now.wall = UnixMillis(2 * HOUR);
    page.loads();
    page.welcomed();
    page.snapshot(0, version(10), &[lives("a", 3, HOUR), lives("b", 3, 3 * HOUR)], &[]);
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    assert_eq!((expired(&mut page), told(&page)), (Vec::from([id("a")]), Vec::new()));
    page.pass_answered(Span::from_millis(HOUR + 1_000));
    assert_eq!(told(&page), [id("b")]);
}

#[test]
fn the_clock_of_the_authority_decides() {
    let mut page = Page::live(&[lives("a", 3, HOUR)]);
    page.input(Input::Refresh(Token(9)));
    let asked =
        page.sent().into_iter().find_map(|it| if let ToService::Sync { id, .. } = it { Some(id) } else { None });
    page.says(ToManager::Synced { id: asked.unwrap(), version: version(10), time: Some(UnixMillis(HOUR + 1)) });
    assert_eq!((expired(&mut page), told(&page)), (Vec::from([id("a")]), Vec::from([id("a")])));
    page.input(Input::Refresh(Token(10)));
    let asked =
        page.sent().into_iter().find_map(|it| if let ToService::Sync { id, .. } = it { Some(id) } else { None });
    page.says(ToManager::Synced { id: asked.unwrap(), version: version(10), time: Some(page.now.wall) });
    assert_eq!(expired(&mut page), [], "it was mistaken, and says so");
}

#[test]
fn what_is_drawn_while_it_is_withheld_ends_on_time_as_well() {
    let mut page = Page::with(config());
    page.input(Input::Lifecycle(PageLifecycle::Suspended));
    page.input(Input::Lifecycle(PageLifecycle::Resumed));
    page.loads();
    page.welcomed();
    page.snapshot(0, version(10), &[lives("a", 3, HOUR)], &[]);
    page.manager.take_touched();
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    page.take();
    page.pass_answered(Span::from_millis(HOUR + 1_000));
    assert_eq!(told(&page), [id("a")]);
}

#[test]
fn a_renewed_session_goes_on_and_no_end_of_it_is_told() {
    let mut page = Page::live(&[lives("a", 3, HOUR)]);
    page.take();
    let mut renewed = lives("a", 3, HOUR);
    renewed.lifetime.expires_at = Some(UnixMillis(2 * HOUR));
    renewed.last_active_at = UnixMillis(HOUR / 2);
    page.event(10, Vec::from([Change::Put(renewed)]), &[]);
    assert_eq!(page.events(), [], "a use is no change of the session");
    assert!(changes(&page));
    page.pass_answered(Span::from_millis(HOUR + 1_000));
    assert_eq!((expired(&mut page), told(&page)), (Vec::new(), Vec::new()));
    page.pass_answered(Span::from_millis(HOUR));
    assert_eq!(told(&page), [id("a")]);
}

#[test]
fn an_expired_session_that_is_changed_or_comes_back_is_told_as_that_and_ends_anew() {
    let mut page = Page::live(&[lives("a", 3, HOUR)]);
    set(&mut page, HOUR + 1);
    page.take();
    let kept = Session { version: Some(11), ..lives("a", 3, HOUR) };
    page.event(10, Vec::from([Change::Put(kept)]), &[]);
    assert_eq!((told(&page), page.events().len()), (Vec::new(), 1));
    let mut back = Session { version: Some(12), ..lives("a", 3, HOUR) };
    back.lifetime.expires_at = Some(UnixMillis(2 * HOUR));
    page.event(11, Vec::from([Change::Put(back)]), &[]);
    assert_eq!(expired(&mut page), []);
    page.take();
    set(&mut page, 2 * HOUR);
    assert_eq!(told(&page), [id("a")]);
}

#[test]
fn a_write_shows_with_the_lifetime_that_it_will_have() {
    let mut page = Page::with(config());
    page.loads();
    let limits = PageLimits { message_bytes: 1 << 20, unsettled_writes: 256 };
    let rules = SessionRules { default: Some(HOUR), longest: Some(2 * HOUR), ..SessionRules::default() };
    page.says(ToManager::Welcome { grant: 7, storage: STORAGE, limits, rules });
    page.snapshot(0, version(10), &[], &[]);
    page.write(1, add("a"));
    let terms = Terms { ttl: Some(Some(5 * HOUR)), renews: None, ..Terms::default() };
    page.write(2, Mutation::Add { id: id("b"), user_id: "u".to_string(), data: Json::empty(), terms });
    let ends = |name: &str| page.manager.shown(&id(name)).unwrap().0.lifetime.expires_at.unwrap().0;
    assert_eq!([ends("a"), ends("b")], [HOUR, 2 * HOUR]);
}

fn touches(page: &mut Page) -> Vec<(u64, SessionId)> {
    let touch = |it| if let ToService::Touch { id, session } = it { Some((id, session)) } else { None };
    page.sent().into_iter().filter_map(touch).collect()
}

fn touch(page: &mut Page, token: u64, name: &str) {
    page.input(Input::Touch { token: Token(token), id: id(name) });
}

#[test]
fn a_use_is_told_once_and_settles_all_who_told_of_it() {
    let mut page = Page::live(&[lives("a", 3, HOUR)]);
    page.now.wall = UnixMillis(2);
    for token in 1..=1_000 {
        touch(&mut page, token, "a");
    }
    assert!((1..=1_000).all(|token| page.settled(token) == Some(Ok(Settled::Done))), "it is as good as new");
    assert_eq!(touches(&mut page), []);
    page.pass_answered(Span::from_secs(61));
    page.take();
    for token in 2_001..=3_000 {
        touch(&mut page, token, "a");
    }
    assert_eq!(page.settled(2_001), None);
    assert_eq!(touches(&mut page), [(2_001, id("a"))]);
    page.says(ToManager::Touched { id: 2_001, refusal: None });
    assert!((2_001..=3_000).all(|token| page.settled(token) == Some(Ok(Settled::Done))));
}

#[test]
fn uses_of_many_sessions_are_told_as_the_service_takes_them() {
    let all: Vec<Session> = (0..300).map(|n| lives(&alloc::format!("s{n:03}"), 3, HOUR)).collect();
    let mut page = Page::live(&all);
    page.now.wall = UnixMillis(120_000);
    for n in 0..300 {
        touch(&mut page, 1 + n, &alloc::format!("s{n:03}"));
    }
    let told = touches(&mut page);
    assert_eq!(told.len(), 128);
    for (id, _) in told {
        page.says(ToManager::Touched { id, refusal: None });
    }
    assert_eq!(touches(&mut page).len(), 128);
    page.pass_answered(Span::from_secs(6));
    assert_eq!(touches(&mut page).len(), 128, "the same, as no answer came");
}

#[test]
fn a_use_is_refused_as_the_service_says_and_told_again_after_a_loss() {
    let mut page = Page::live(&[lives("a", 3, HOUR)]);
    touch(&mut page, 1, "none");
    assert_eq!(touches(&mut page), [(1, id("none"))]);
    page.says(ToManager::Touched { id: 1, refusal: Some(Code::NotFound) });
    assert_eq!(page.settled(1), Some(Err(Code::NotFound)));
    touch(&mut page, 2, "other");
    page.take();
    page.loads();
    page.welcomed();
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    assert_eq!(touches(&mut page), [(2, id("other"))]);
    page.input(Input::Withdraw(Token(2)));
    page.says(ToManager::Touched { id: 2, refusal: None });
    assert_eq!(page.settled(2), None, "nobody waits for it any more");
    touch(&mut page, 3, "other");
    page.input(Input::Close(Token(4)));
    assert_eq!(page.settled(3), Some(Err(Code::Closed)));
}

fn clean_ups(page: &mut Page) -> Vec<u64> {
    let told = page.sent().into_iter();
    told.filter_map(|message| if let ToService::CleanUp { id } = message { Some(id) } else { None }).collect()
}

#[test]
fn a_clean_up_is_asked_for_once_for_all_who_wait_and_again_after_a_loss() {
    let mut page = Page::live(&[lives("a", 3, HOUR)]);
    page.take();
    page.input(Input::CleanUp(Token(1)));
    page.input(Input::CleanUp(Token(2)));
    assert_eq!(clean_ups(&mut page), [1]);
    page.take();
    page.loads();
    page.welcomed();
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    assert_eq!(clean_ups(&mut page), [1]);
    page.says(ToManager::CleanedUp { id: 1, removed: 3, refusal: None });
    assert_eq!([1, 2].map(|token| page.settled(token)), [Some(Ok(Settled::Removed(3))), Some(Ok(Settled::Removed(3)))]);
    page.input(Input::CleanUp(Token(3)));
    page.says(ToManager::CleanedUp { id: 3, removed: 0, refusal: Some(Code::Forbidden) });
    assert_eq!(page.settled(3), Some(Err(Code::Forbidden)));
}

#[test]
fn who_stops_waiting_for_a_clean_up_leaves_the_question_to_others_and_asks_no_second_one() {
    let mut page = Page::live(&[]);
    page.take();
    for token in 1..=17 {
        page.input(Input::CleanUp(Token(token)));
        page.input(Input::Withdraw(Token(token)));
    }
    page.input(Input::CleanUp(Token(18)));
    assert_eq!(clean_ups(&mut page), [1]);
    page.says(ToManager::CleanedUp { id: 1, removed: 5, refusal: None });
    assert_eq!(page.settled(18), Some(Ok(Settled::Removed(5))));
    assert!((1..=17).all(|token| page.settled(token).is_none()));
    page.input(Input::CleanUp(Token(19)));
    page.input(Input::Withdraw(Token(19)));
    page.take();
    page.pass_answered(Span::from_secs(20));
    assert_eq!(clean_ups(&mut page), [0_u64; 0], "nobody waits, so it is not told again");
}

#[test]
fn an_older_service_knows_no_uses() {
    let mut page = Page::with(config());
    page.loads();
    let limits = PageLimits { message_bytes: 1 << 20, unsettled_writes: 256 };
    page.says_in(3, ToManager::Welcome { grant: 7, storage: STORAGE, limits, rules: Default::default() });
    let end = Some(End { active: None, mine: Vec::new() });
    page.says_in(3, ToManager::Page { sync: 0, version: version(10), index: 0, sessions: Vec::new(), end });
    page.says_in(3, ToManager::Synced { id: 0, version: version(10), time: None });
    touch(&mut page, 1, "a");
    assert_eq!(page.settled(1), Some(Err(Code::ProtocolMismatch)));
}

#[test]
fn what_ends_costs_as_much_as_what_changes_and_what_is_past_is_let_go() {
    let mut page = Page::live(&[lives("a", 3, HOUR)]);
    for n in 0..1_000 {
        let mut renewed = lives("a", 3, HOUR);
        renewed.lifetime.expires_at = Some(UnixMillis(2 * HOUR + n));
        page.event(10 + n, Vec::from([Change::Put(renewed)]), &[]);
    }
    assert!(page.manager.waiting_ends() <= 64, "{}", page.manager.waiting_ends());
}

#[test]
fn another_lifetime_is_a_change_though_the_version_is_the_same() {
    // A store lost its last commit, which gave one lifetime, and another commit of that number gave another one.
    let mut page = Page::live(&[lives("a", 3, HOUR)]);
    let mut seq = 9;
    let mut told = |page: &mut Page, session: Session| {
        page.take();
        seq += 1;
        page.event(seq, Vec::from([Change::Put(session)]), &[]);
        page.events().iter().filter(|event| matches!(event, Event::Updated { .. })).count()
    };
    assert_eq!(told(&mut page, lives("a", 3, 2 * HOUR)), 1);
    let mut used = lives("a", 3, 2 * HOUR);
    used.lifetime.expires_at = Some(UnixMillis(3 * HOUR));
    assert_eq!(told(&mut page, used.clone()), 0, "it was only used");
    used.lifetime.renews = false;
    assert_eq!(told(&mut page, used), 1);
}
