//! What shows, and what is said to show otherwise: the sessions that changed, and no other.

use alloc::format;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::*;
use crate::ambient::Span;

/// The sessions that may show otherwise since this was last asked, each with what shows of it: whether a write of it is pending.
fn touched(page: &mut Page) -> Vec<(alloc::string::String, Option<bool>)> {
    let mut ids = page.manager.take_touched();
    ids.sort();
    ids.dedup();
    let shown = |id: SessionId| {
        let shown = page.manager.shown(&id);
        (id.as_str().to_string(), shown.map(|(_, pending)| pending))
    };
    ids.into_iter().map(shown).collect()
}

fn part(index: u64, names: &[&str], end: Option<End>) -> ToManager {
    let sessions = names.iter().map(|name| session(name, 3, "{}")).collect();
    ToManager::Page { sync: 0, version: version(10), index, sessions, end }
}

fn end(active: Option<&str>) -> Option<End> {
    Some(End { active: active.map(id), mine: Vec::new() })
}

fn names(page: &Page) -> Vec<alloc::string::String> {
    page.manager.snapshot().sessions.iter().map(|(session, _)| session.id.as_str().to_string()).collect()
}

fn arriving() -> Page {
    let mut page = Page::new();
    page.loads();
    page.welcomed();
    assert!(page.manager.snapshot().complete, "nothing is there that could be in part");
    page.says(part(0, &["a", "b"], None));
    page
}

#[test]
fn one_change_touches_one_session_however_many_there_are() {
    let sessions: Vec<_> = (0..1_000).map(|n| session(&format!("s{n:03}"), 3, "{}")).collect();
    let mut page = Page::live(&sessions);
    assert_eq!(touched(&mut page).len(), 1_000);
    page.event(10, Vec::from([Change::Put(session("s500", 11, r#"{"n":1}"#))]), &[]);
    assert_eq!(touched(&mut page), [("s500".to_string(), Some(false))]);
    page.write(1, update("s007", r#"{"n":1}"#));
    assert_eq!(touched(&mut page), [("s007".to_string(), Some(true))]);
    page.write(2, update("s008", r#"{"n":1}"#));
    touched(&mut page);
    // What becomes of one write leaves the other as it shows.
    page.event(11, Vec::from([Change::Put(session("s007", 12, r#"{"n":1}"#))]), &[(1, Outcome::Accepted(12))]);
    assert_eq!(touched(&mut page), [("s007".to_string(), Some(false))]);
    page.event(12, Vec::from([Change::Removed(id("s500"))]), &[(2, Outcome::Refused(Code::Conflict))]);
    assert_eq!(touched(&mut page), [("s008".to_string(), Some(false)), ("s500".to_string(), None)]);
    page.event(13, Vec::from([Change::Active(Some(id("s001")))]), &[]);
    assert_eq!(touched(&mut page), []);
    // A snapshot of what is there already, but for one.
    let mut newer = sessions;
    newer.retain(|session| session.id != id("s500"));
    newer[3] = session("s003", 15, r#"{"n":2}"#);
    newer[7] = session("s007", 12, r#"{"n":1}"#);
    page.snapshot(0, version(15), &newer, &[]);
    assert_eq!(touched(&mut page), [("s003".to_string(), Some(false))]);
}

#[test]
fn what_shows_is_told_in_texts_of_many_sessions_and_each_session_once() {
    let sessions: Vec<_> = (0..2_000).map(|n| session(&format!("s{n:04}"), 3, "{}")).collect();
    let mut page = Page::live(&sessions);
    let touched = page.manager.take_touched();
    let (mut ids, mut texts, mut told) = (touched.iter(), 0, 0);
    while ids.len() > 0 {
        let before = ids.len();
        let text = page.manager.text_of(&mut ids);
        let count = text.matches("{\"id\":").count();
        assert_eq!((text.starts_with('['), text.ends_with(']'), count), (true, true, before - ids.len()));
        assert!(count > 0 && text.len() < 66_000, "{count} in {}", text.len());
        (texts, told) = (texts + 1, told + count);
    }
    assert!(told == sessions.len() && texts < 6, "{told} in {texts}");
    page.event(10, Vec::from([Change::Put(session("s0007", 11, r#"{"n":1}"#)), Change::Removed(id("s0008"))]), &[]);
    let touched = page.manager.take_touched();
    let put = r#"[{"id":"s0007","userId":"u","createdAt":1,"lastActiveAt":1,"expiresAt":null,"status":"valid","version":11,"pending":false,"data":{"n":1}},"s0008"]"#;
    assert_eq!(page.manager.text_of(&mut touched.iter()), put);
}

#[test]
fn what_one_write_makes_possible_for_another_is_touched_too() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    touched(&mut page);
    // As a whole it does not apply yet: nobody has added "b".
    let both = ["a", "b"].map(|name| update(name, r#"{"n":1}"#));
    page.input(Input::Lifecycle(crate::manager::PageLifecycle::Suspended));
    page.input(Input::Write { token: Token(1), operation: Operation::Bulk, mutations: both.to_vec() });
    assert_eq!(page.shows("a"), Some(("{}".to_string(), false)));
    touched(&mut page);
    page.event(10, Vec::from([Change::Put(session("b", 11, "{}"))]), &[]);
    assert_eq!(touched(&mut page), ["a", "b"].map(|name| (name.to_string(), Some(true))));
}

#[test]
fn of_the_first_snapshot_what_has_arrived_shows_without_events_or_an_active_session() {
    let mut page = arriving();
    let snapshot = page.manager.snapshot();
    assert_eq!((names(&page), snapshot.complete), (Vec::from(["a", "b"].map(ToString::to_string)), false));
    assert_eq!((snapshot.version, snapshot.active), (None, None));
    assert_eq!(touched(&mut page).len(), 2);
    let (a, _) = page.manager.shown(&id("a")).unwrap();
    // More show once they are as many again.
    page.says(part(1, &["c"], None));
    assert_eq!((names(&page).len(), touched(&mut page)), (2, Vec::new()));
    page.says(part(2, &["d"], None));
    assert_eq!((names(&page).len(), touched(&mut page).len()), (4, 2));
    page.says(part(3, &["e"], end(Some("e"))));
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    let snapshot = page.manager.snapshot();
    assert_eq!((names(&page).len(), snapshot.complete, snapshot.active), (5, true, Some(id("e"))));
    assert_eq!(touched(&mut page), [("e".to_string(), Some(false))], "the others show already");
    assert!(Rc::ptr_eq(&a, &page.manager.shown(&id("a")).unwrap().0));
    let told = page.events();
    assert!(matches!(told[..], [Event::Storage { .. }, Event::Established { .. }]), "{told:?}");
}

#[test]
fn reads_and_functions_wait_for_all_of_the_first_snapshot_and_writes_show_over_what_is_there() {
    let mut page = arriving();
    page.take();
    page.input(Input::Read(Token(1)));
    page.input(Input::Function { token: Token(2), id: id("a"), if_version: None, replace: false });
    page.write(3, update("b", r#"{"n":1}"#));
    page.write(4, update("c", r#"{"n":1}"#));
    page.pass(Span::ZERO);
    let out = page.take();
    let waits = |output: &Output| !matches!(output, Output::Run { .. } | Output::Settle { .. } | Output::Send { .. });
    assert!(out.iter().all(waits), "{out:?}");
    let n = Some((r#"{"n":1}"#.to_string(), true));
    assert_eq!((page.shows("b"), page.shows("c")), (n.clone(), None));
    page.says(part(1, &["c"], end(None)));
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    assert_eq!((page.shows("b"), page.shows("c")), (n.clone(), n));
    let out = page.take();
    assert!(out.iter().any(|output| matches!(output, Output::Run { token: Token(2), .. })));
    assert!(out.iter().any(|output| matches!(output, Output::Settle { token: Token(1), .. })));
}

#[test]
fn a_first_snapshot_that_breaks_off_shows_no_more() {
    let breaks: [fn(&mut Page); 3] = [
        |page| page.says(part(0, &["c"], None)),
        |page| {
            page.input(Input::FrameLoaded(page.frame));
            page.welcomed();
        },
        |page| page.says(ToManager::Goodbye(Code::Disconnected)),
    ];
    for (at, breaks) in breaks.into_iter().enumerate() {
        let mut page = arriving();
        page.write(1, update("a", r#"{"n":1}"#));
        touched(&mut page);
        page.take();
        breaks(&mut page);
        let expected: &[&str] = if at == 0 { &["c"] } else { &[] };
        assert_eq!(names(&page), expected, "{at}");
        let gone = ["a", "b"].map(|name| (name.to_string(), None));
        assert_eq!(touched(&mut page).into_iter().take(2).collect::<Vec<_>>(), gone, "{at}");
        assert!(page.take().contains(&Output::Changed), "{at}");
        assert_eq!(page.manager.snapshot().complete, at != 0, "{at}");
    }
}

#[test]
fn hostile_22_parts_of_a_first_snapshot_that_are_out_of_order_are_not_put_in_order() {
    for out_of_order in [part(1, &["a", "c"], None), part(1, &["d", "c"], None), part(1, &["b"], end(None))] {
        let mut page = arriving();
        page.says(out_of_order);
        assert_eq!(page.manager.snapshot().last_error, Some(Code::LimitExceeded.into()));
        assert_eq!(names(&page), [""; 0]);
    }
}

#[test]
fn a_snapshot_that_replaces_what_is_held_shows_when_it_is_whole() {
    let mut page = Page::live(&[session("a", 3, "{}")]);
    touched(&mut page);
    let part = |index, name, end| {
        let sessions = Vec::from([session(name, 12, "{}")]);
        ToManager::Page { sync: 0, version: version(12), index, sessions, end }
    };
    page.says(part(0, "b", None));
    assert_eq!((names(&page), page.manager.snapshot().complete), (Vec::from(["a".to_string()]), true));
    page.says(part(1, "c", end(None)));
    assert_eq!(names(&page), ["b", "c"]);
    assert_eq!(touched(&mut page).len(), 3);
}
