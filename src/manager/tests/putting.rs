//! A session that is put shows at once, as that of its user, and is settled as the service decides which one that is.

use alloc::rc::Rc;

use super::*;
use crate::session::Terms;

fn put(name: &str, user: &str, data: &str) -> Mutation {
    Mutation::Upsert { id: id(name), user_id: user.to_string(), data: json(data), terms: Terms::default() }
}

/// A session of this user.
fn of(user: &str, name: &str, seq: u64, data: &str) -> Session {
    Session { user_id: user.to_string(), ..session(name, seq, data) }
}

/// The ids that show, and whether a pending write touches them.
fn shown(page: &mut Page) -> Vec<(String, bool)> {
    let sessions = page.manager.snapshot().sessions;
    sessions.into_iter().map(|(session, pending)| (session.id.as_str().to_string(), pending)).collect()
}

fn given(page: &Page, token: u64) -> Option<Rc<Session>> {
    match page.settled(token) {
        Some(Ok(Settled::Written(given))) => given,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_session_of_the_user_shows_with_the_new_data_and_is_drawn_anew() {
    let mut page = Page::live(&[of("ada", "a", 3, r#"{"x":0,"y":1}"#), of("bob", "b", 3, "{}")]);
    page.manager.take_touched();
    page.write(1, put("new", "ada", r#"{"x":1}"#));
    assert_eq!(page.shows("a"), Some((r#"{"x":1}"#.to_string(), true)));
    assert_eq!(shown(&mut page), [("a".to_string(), true), ("b".to_string(), false)]);
    assert!(page.manager.take_touched().contains(&id("a")));
    page.pass(Span::ZERO);
    let stored = of("ada", "a", 11, r#"{"x":1}"#);
    page.event(10, Vec::from([Change::Put(stored.clone())]), &[(1, Outcome::Accepted(11))]);
    assert_eq!(page.shows("a"), Some((r#"{"x":1}"#.to_string(), false)));
    assert_eq!(given(&page, 1), Some(Rc::new(stored)));
}

#[test]
fn where_the_service_knows_another_session_of_the_user_the_ids_settle_in_one_step() {
    let mut page = Page::live(&[]);
    page.write(1, put("mine", "ada", r#"{"x":1}"#));
    page.pass(Span::ZERO);
    assert_eq!(shown(&mut page), [("mine".to_string(), true)]);
    // Another page was first; its session shows beside nothing else.
    page.event(10, Vec::from([Change::Put(of("ada", "theirs", 11, r#"{"x":0}"#))]), &[]);
    assert_eq!(shown(&mut page), [("theirs".to_string(), true)]);
    assert_eq!(page.shows("theirs"), Some((r#"{"x":1}"#.to_string(), true)));
    let stored = of("ada", "theirs", 12, r#"{"x":1}"#);
    page.event(11, Vec::from([Change::Put(stored.clone())]), &[(1, Outcome::Accepted(12))]);
    assert_eq!(shown(&mut page), [("theirs".to_string(), false)]);
    assert_eq!(given(&page, 1), Some(Rc::new(stored)));
}

#[test]
fn one_that_is_refused_shows_what_was_there_before() {
    let mut page = Page::live(&[of("ada", "a", 3, r#"{"x":0}"#)]);
    page.write(1, put("new", "ada", "{}"));
    page.pass(Span::ZERO);
    page.event(10, Vec::from([Change::Removed(id("a"))]), &[(1, Outcome::Refused(Code::Conflict))]);
    assert_eq!(shown(&mut page), []);
    assert_eq!(page.settled(1), Some(Err(Code::Conflict)));
    let told = page.events().into_iter().any(|event| matches!(event, Event::RolledBack { .. }));
    assert!(told);
}

#[test]
fn later_writes_to_the_session_go_on_top_of_it() {
    let mut page = Page::live(&[of("ada", "a", 3, r#"{"x":0}"#)]);
    page.write(1, put("new", "ada", r#"{"y":1}"#));
    page.write(2, update("a", r#"{"x":2}"#));
    assert_eq!(page.shows("a"), Some((r#"{"y":1,"x":2}"#.to_string(), true)));
    page.write(3, Mutation::Remove { id: id("a"), if_version: None });
    page.write(4, put("again", "ada", "{}"));
    assert_eq!(shown(&mut page), [("again".to_string(), true)]);
}
