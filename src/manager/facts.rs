//! Applies what the service confirmed, and says which facts that makes.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::io::Event;
use crate::engine::overlay::Confirmed;
use crate::session::{Change, Session, SessionId, SortedMap};

/// What becomes of sessions; `None`: it is gone.
type Changes = SortedMap<SessionId, Option<Session>>;

/// Applies the changes of one event and tells what happened: what becomes of each thing in the end, however often it changes.
/// Returns the sessions that differ.
pub fn apply(confirmed: &mut Confirmed, changes: Vec<Change>, tell: &mut impl FnMut(Event)) -> Vec<SessionId> {
    let mut active = None;
    let mut sessions = Vec::new();
    for change in changes {
        match change {
            Change::Put(session) => sessions.push((session.id.clone(), Some(session))),
            Change::Removed(id) => sessions.push((id, None)),
            Change::Active(id) => active = Some(id),
        }
    }
    let active = active.unwrap_or_else(|| confirmed.active.clone());
    take_in(confirmed, Changes::sorted(sessions), active, Replaced::SameHistory, tell)
}

/// What a snapshot replaces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Replaced {
    /// Nothing: it is the first. What is there was there before, so nothing happened.
    Nothing,
    /// An older state of the same history.
    SameHistory,
    /// A state of another history: what is missing was not terminated, it only is not there.
    OtherHistory,
}

/// Puts a snapshot in place of what is held, and tells the difference. Returns the sessions that differ.
pub fn replace(
    confirmed: &mut Confirmed,
    sessions: Vec<Session>,
    active: Option<SessionId>,
    replaced: Replaced,
    tell: &mut impl FnMut(Event),
) -> Vec<SessionId> {
    let gone = confirmed.sessions.keys().map(|id| (id.clone(), None));
    let here = sessions.into_iter().map(|session| (session.id.clone(), Some(session)));
    take_in(confirmed, Changes::sorted(gone.chain(here).collect()), active, replaced, tell)
}

fn take_in(
    confirmed: &mut Confirmed,
    changes: Changes,
    active: Option<SessionId>,
    replaced: Replaced,
    tell: &mut impl FnMut(Event),
) -> Vec<SessionId> {
    let mut touched = Vec::new();
    confirmed.sessions.merge(changes, |id, before, after| {
        let event = match (before, after) {
            (None, None) => return None,
            // An equal session stays the same object, so that a page need not draw it again.
            (Some(previous), Some(session)) if *previous == session => return Some(previous),
            (Some(previous), Some(session)) => Event::Updated { session: Rc::new(session), previous },
            (Some(previous), None) => Event::Terminated(previous),
            (None, Some(session)) => Event::Created(Rc::new(session)),
        };
        touched.push(id.clone());
        let (is_told, session) = match &event {
            Event::Created(session) => (replaced != Replaced::Nothing, Some(Rc::clone(session))),
            Event::Updated { session, .. } => (true, Some(Rc::clone(session))),
            _ => (replaced == Replaced::SameHistory, None),
        };
        if is_told {
            tell(event);
        }
        session
    });
    if confirmed.active != active {
        confirmed.active = active;
        if replaced != Replaced::Nothing {
            let session = confirmed.active.as_ref().and_then(|id| confirmed.sessions.get(id));
            tell(Event::Active(session.cloned()));
        }
    }
    touched
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::UnixMillis;
    use crate::session::Json;
    use alloc::string::String;
    use std::time::{Duration, Instant};

    const COUNT: u32 = 65_000;

    fn session(n: u32) -> Session {
        let id = SessionId::try_from(alloc::format!("{n:06}")).unwrap();
        let at = UnixMillis(1);
        Session { id, user_id: String::new(), created_at: at, last_active_at: at, version: None, data: Json::empty() }
    }

    /// Put one by one into a list each of these takes several seconds here.
    #[test]
    fn hostile_22_no_order_of_many_sessions_takes_a_time_that_grows_with_its_square() {
        let (mut confirmed, mut told) = (Confirmed::default(), 0);
        let mut quickly = |what: &str, step: &mut dyn FnMut(&mut Confirmed, &mut dyn FnMut(Event)) -> usize| {
            let start = Instant::now();
            assert_eq!(step(&mut confirmed, &mut |_| told += 1), COUNT as usize, "{what}");
            assert!(start.elapsed() < Duration::from_secs(2), "{what}: {:?}", start.elapsed());
        };
        quickly("falling", &mut |confirmed, mut tell| {
            let falling = (0..COUNT).rev().map(session).collect();
            replace(confirmed, falling, None, Replaced::SameHistory, &mut tell).len()
        });
        quickly("over what is held", &mut |confirmed, mut tell| {
            let other = |n| Session { version: Some(1), ..session(n) };
            replace(confirmed, (0..COUNT).map(other).collect(), None, Replaced::SameHistory, &mut tell).len()
        });
        quickly("removed", &mut |confirmed, mut tell| {
            let removed = (0..COUNT).map(|n| Change::Removed(session(n).id));
            apply(confirmed, removed.collect(), &mut tell).len()
        });
        quickly("put again", &mut |confirmed, mut tell| {
            let put = (0..COUNT).rev().map(|n| Change::Put(session(n)));
            apply(confirmed, put.collect(), &mut tell).len()
        });
        assert_eq!((told, confirmed.sessions.len()), (4 * COUNT, COUNT as usize));
    }
}
