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

/// The writes that were sent since somebody looked: their numbers, bases and mutations.
fn writes(page: &mut Page) -> Vec<(u64, Version, Mutation)> {
    let sent = page.sent().into_iter();
    let all = sent.flat_map(|message| if let ToService::Writes { writes, .. } = message { writes } else { Vec::new() });
    all.map(|write| (write.n, write.base, write.mutations.into_iter().next().unwrap())).collect()
}

fn remove(name: &str) -> Mutation {
    Mutation::Remove { id: id(name), if_version: None }
}

#[test]
fn where_the_user_has_another_session_it_is_sent_again_for_that_one_and_the_ids_settle_in_one_step() {
    let mut page = Page::live(&[]);
    page.write(1, put("mine", "ada", r#"{"x":1}"#));
    page.pass(Span::ZERO);
    assert_eq!(shown(&mut page), [("mine".to_string(), true)]);
    let [(1, base, _)] = writes(&mut page)[..] else { panic!("not one write") };
    // Another page was first; its session shows beside nothing else.
    page.event(10, Vec::from([Change::Put(of("ada", "theirs", 11, r#"{"x":0}"#))]), &[]);
    assert_eq!(shown(&mut page), [("theirs".to_string(), true)]);
    assert_eq!(page.shows("theirs"), Some((r#"{"x":1}"#.to_string(), true)));
    page.event(11, Vec::new(), &[(1, Outcome::Contended)]);
    assert_eq!(shown(&mut page), [("theirs".to_string(), true)]);
    page.pass(Span::from_millis(100));
    // A removal that came after the call holds, so it is as old as it was.
    assert_eq!(writes(&mut page), [(2, base, put("theirs", "ada", r#"{"x":1}"#))]);
    let stored = of("ada", "theirs", 13, r#"{"x":1}"#);
    // Another session of the same user, with the same version, is not the one that was put.
    let other = of("ada", "other", 13, "{}");
    page.event(12, Vec::from([Change::Put(stored.clone()), Change::Put(other)]), &[(2, Outcome::Accepted(13))]);
    assert_eq!(page.shows("theirs"), Some((r#"{"x":1}"#.to_string(), false)));
    assert_eq!(given(&page, 1), Some(Rc::new(stored)));
}

#[test]
fn what_is_done_to_the_name_that_it_was_given_is_done_to_the_session_that_it_is() {
    let mut page = Page::live(&[]);
    page.write(1, put("mine", "ada", r#"{"x":1}"#));
    page.write(2, update("mine", r#"{"y":2}"#));
    page.input(Input::Write {
        token: Token(3),
        operation: Operation::Activate,
        mutations: Vec::from([Mutation::Activate(Some(id("mine")))]),
    });
    page.pass(Span::ZERO);
    assert_eq!(writes(&mut page).len(), 1, "the others wait for the first");
    page.event(10, Vec::from([Change::Put(of("ada", "theirs", 11, "{}"))]), &[(1, Outcome::Contended)]);
    assert_eq!(page.shows("theirs"), Some((r#"{"x":1,"y":2}"#.to_string(), true)));
    assert_eq!(page.manager.snapshot().active, Some(id("theirs")));
    page.pass(Span::from_millis(100));
    assert_eq!(writes(&mut page).len(), 1);
    // A sign-out amid it.
    page.write(4, remove("mine"));
    assert_eq!(shown(&mut page), []);
    let stored = of("ada", "theirs", 12, r#"{"x":1}"#);
    page.event(11, Vec::from([Change::Put(stored)]), &[(4, Outcome::Accepted(12))]);
    let sent: Vec<_> = writes(&mut page).into_iter().map(|(_, _, mutation)| mutation).collect();
    let theirs = Mutation::Activate(Some(id("theirs")));
    assert_eq!(sent, [update("theirs", r#"{"y":2}"#), theirs, remove("theirs")]);
    // And long after it is settled.
    page.event(
        12,
        Vec::from([Change::Removed(id("theirs"))]),
        &[(2, Outcome::Accepted(13)), (3, Outcome::Accepted(13)), (5, Outcome::Accepted(13))],
    );
    assert_eq!(shown(&mut page), []);
    page.write(6, remove("mine"));
    assert_eq!(page.settled(6), Some(Err(Code::NotFound)));
}

#[test]
fn a_name_is_that_of_a_session_again_once_there_is_one() {
    let mut page = Page::live(&[of("ada", "theirs", 3, "{}")]);
    page.write(1, put("login", "ada", r#"{"x":1}"#));
    page.pass(Span::ZERO);
    page.event(10, Vec::from([Change::Put(of("ada", "theirs", 11, "{}"))]), &[(1, Outcome::Accepted(11))]);
    page.event(11, Vec::from([Change::Put(of("bob", "login", 12, "{}"))]), &[]);
    page.take();
    page.write(2, remove("login"));
    page.pass(Span::ZERO);
    assert_eq!(writes(&mut page).last().map(|(_, _, mutation)| mutation.clone()), Some(remove("login")));
    assert_eq!(shown(&mut page), [("theirs".to_string(), false)]);
}

#[test]
fn a_function_that_saw_it_counts_on_its_taking_effect() {
    let mut page = Page::live(&[of("ada", "theirs", 3, r#"{"n":1}"#)]);
    page.write(1, put("mine", "ada", r#"{"n":5}"#));
    page.input(Input::Function { token: Token(2), id: id("theirs"), if_version: None, replace: false });
    let run = |page: &mut Page| {
        page.take().into_iter().find_map(|it| if let Output::Run { data, .. } = it { Some(data) } else { None })
    };
    assert_eq!(run(&mut page), Some(json(r#"{"n":5}"#)));
    page.input(Input::Ran { token: Token(2), patch: Some(json(r#"{"n":6}"#)) });
    page.pass(Span::ZERO);
    assert_eq!(writes(&mut page).len(), 1, "it waits");
    page.event(10, Vec::new(), &[(1, Outcome::Refused(Code::LimitExceeded))]);
    assert_eq!(run(&mut page), Some(json(r#"{"n":1}"#)), "it is run again on what is there");
}

#[test]
fn requests_and_uses_of_the_name_are_those_of_the_session() {
    let mut page = Page::live(&[of("ada", "theirs", 3, "{}")]);
    page.write(1, put("mine", "ada", "{}"));
    page.input(Input::Record { token: Token(2), id: id("mine"), micros: 5, url: None });
    page.input(Input::Touch { token: Token(3), id: id("mine") });
    page.pass(Span::ZERO);
    assert_eq!(page.settled(3), Some(Ok(Settled::Done)), "what was put just now is used");
    page.take();
    page.event(10, Vec::from([Change::Put(of("ada", "theirs", 11, "{}"))]), &[(1, Outcome::Accepted(11))]);
    let sent = writes(&mut page);
    assert!(matches!(&sent[..], [(2, _, Mutation::Count { id, .. })] if id.as_str() == "theirs"), "{sent:?}");
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
fn one_that_does_not_take_effect_gave_no_session_its_name() {
    let mut page = Page::live(&[of("ada", "theirs", 3, "{}")]);
    page.write(1, put("mine", "ada", "{}"));
    page.pass(Span::ZERO);
    page.event(10, Vec::new(), &[(1, Outcome::Refused(Code::LimitExceeded))]);
    page.write(2, remove("mine"));
    assert_eq!(page.settled(2), Some(Err(Code::NotFound)));
    page.write(3, put("mine", "ada", "{}"));
    page.input(Input::Withdraw(Token(3)));
    page.write(4, remove("mine"));
    assert_eq!(page.settled(4), Some(Err(Code::NotFound)));
    assert_eq!(shown(&mut page), [("theirs".to_string(), false)]);
}

#[test]
fn what_was_done_for_one_user_does_not_reach_the_next_of_the_same_name() {
    let mut page = Page::live(&[of("ada", "a", 3, "{}"), of("bob", "b", 3, "{}")]);
    page.write(1, put("login", "ada", "{}"));
    page.pass(Span::ZERO);
    let mut sent = writes(&mut page);
    page.write(2, update("login", r#"{"secret":"of ada"}"#));
    page.write(3, remove("login"));
    page.write(4, put("login", "bob", "{}"));
    page.event(10, Vec::from([Change::Put(of("ada", "a", 11, "{}"))]), &[(1, Outcome::Accepted(11))]);
    page.pass(Span::ZERO);
    sent.extend(writes(&mut page));
    let sent: Vec<_> = sent.into_iter().map(|(_, _, mutation)| mutation).collect();
    let of_ada = [put("a", "ada", "{}"), update("a", r#"{"secret":"of ada"}"#), remove("a")];
    assert_eq!(sent[..3], of_ada, "{sent:?}");
    assert_eq!(sent.get(3), Some(&put("b", "bob", "{}")));
}

#[test]
fn two_users_under_one_name_are_each_put_as_their_own() {
    let mut page = Page::live(&[of("ada", "a", 3, "{}"), of("bob", "b", 3, "{}")]);
    page.write(1, put("login", "ada", "{}"));
    page.write(2, put("login", "bob", "{}"));
    page.pass(Span::ZERO);
    page.says(ToManager::Outcomes(Vec::from([(1, Outcome::Contended)])));
    page.pass(Span::from_millis(100));
    let sent: Vec<_> = writes(&mut page).into_iter().map(|(_, _, mutation)| mutation).collect();
    assert_eq!(sent, [put("a", "ada", "{}"), put("a", "ada", "{}")], "bob waits");
}

#[test]
fn a_bulk_that_adds_a_session_of_that_name_is_about_that_one() {
    for is_gone in [false, true] {
        let mut page = Page::live(&[of("ada", "theirs", 3, "{}")]);
        page.write(1, put("login", "ada", "{}"));
        page.pass(Span::ZERO);
        page.event(10, Vec::from([Change::Put(of("ada", "theirs", 11, "{}"))]), &[(1, Outcome::Accepted(11))]);
        if is_gone {
            page.event(11, Vec::from([Change::Removed(id("theirs"))]), &[]);
        }
        let mutations = Vec::from([add("login"), update("login", r#"{"mine":1}"#)]);
        page.input(Input::Write { token: Token(2), operation: Operation::Bulk, mutations });
        assert_eq!(page.settled(2), None);
        assert_eq!(page.shows("login"), Some((r#"{"mine":1}"#.to_string(), true)));
        assert_eq!(page.shows("theirs"), (!is_gone).then(|| ("{}".to_string(), false)));
    }
}

#[test]
fn the_promise_gives_the_session_that_there_is() {
    let mut page = Page::live(&[of("ada", "theirs", 3, "{}")]);
    page.write(1, put("login", "ada", r#"{"n":1}"#));
    page.pass(Span::ZERO);
    assert_eq!(writes(&mut page)[0].2, put("theirs", "ada", r#"{"n":1}"#));
    // It had expired for good, and was cleaned up.
    page.event(10, Vec::from([Change::Removed(id("theirs"))]), &[]);
    let stored = of("ada", "theirs", 12, r#"{"n":1}"#);
    page.event(11, Vec::from([Change::Put(stored.clone())]), &[(1, Outcome::Accepted(12))]);
    assert_eq!(given(&page, 1), Some(Rc::new(stored)));
}

#[test]
fn a_use_waits_for_the_session_that_it_is_of() {
    let mut page = Page::live(&[]);
    page.write(1, put("mine", "ada", "{}"));
    page.pass_answered(Span::from_secs(61));
    page.take();
    page.input(Input::Touch { token: Token(2), id: id("mine") });
    page.pass(Span::ZERO);
    let touched = |page: &mut Page| {
        let touch = |message| if let ToService::Touch { session, .. } = message { Some(session) } else { None };
        page.sent().into_iter().find_map(touch)
    };
    assert_eq!(touched(&mut page), None);
    page.event(10, Vec::from([Change::Put(of("ada", "theirs", 11, "{}"))]), &[(1, Outcome::Contended)]);
    page.pass(Span::from_millis(100));
    let stored = of("ada", "theirs", 12, "{}");
    page.event(11, Vec::from([Change::Put(stored)]), &[(2, Outcome::Accepted(12))]);
    assert_eq!(touched(&mut page), Some(id("theirs")));
}

#[test]
fn the_pause_begins_anew_once_one_took_effect() {
    let mut page = Page::live(&[]);
    let mut at = 10;
    for round in 0..9_u64 {
        let (user, theirs) = (alloc::format!("u{round}"), alloc::format!("theirs{round}"));
        page.take();
        page.write(100 + round, put(&alloc::format!("mine{round}"), &user, "{}"));
        page.pass(Span::ZERO);
        let n = writes(&mut page)[0].0;
        page.event(at, Vec::from([Change::Put(of(&user, &theirs, at + 1, "{}"))]), &[(n, Outcome::Contended)]);
        page.pass(Span::from_millis(40));
        let again = writes(&mut page).first().expect("it is sent again at once").0;
        let stored = of(&user, &theirs, at + 2, "{}");
        page.event(at + 1, Vec::from([Change::Put(stored)]), &[(again, Outcome::Accepted(at + 2))]);
        at += 2;
    }
}
