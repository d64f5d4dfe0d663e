//! Applies what the service confirmed, and says which facts that makes.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::io::Event;
use crate::engine::overlay::Confirmed;
use crate::session::{Change, Session, SessionId};

/// Applies one confirmed change and tells what happened. Returns the session that it was about.
pub fn apply(confirmed: &mut Confirmed, change: Change, tell: &mut impl FnMut(Event)) -> Option<SessionId> {
    match change {
        Change::Put(session) => {
            let session = Rc::new(session);
            let id = session.id.clone();
            let event = match confirmed.sessions.insert(id.clone(), Rc::clone(&session)) {
                Some(previous) if previous == session => return None,
                Some(previous) => Event::Updated { session, previous },
                None => Event::Created(session),
            };
            tell(event);
            Some(id)
        }
        Change::Removed(id) => {
            tell(Event::Terminated(confirmed.sessions.remove(&id)?));
            Some(id)
        }
        Change::Active(id) => {
            if confirmed.active != id {
                confirmed.active = id;
                tell(Event::Active(active(confirmed)));
            }
            None
        }
    }
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
    active_id: Option<SessionId>,
    replaced: Replaced,
    mut tell: impl FnMut(Event),
) -> Vec<SessionId> {
    let before = core::mem::take(confirmed);
    let mut changed = Vec::new();
    for session in sessions {
        let id = session.id.clone();
        // An equal session stays the same object, so that a page need not draw it again.
        let session = match before.sessions.get(&id).cloned() {
            Some(previous) if *previous == session => previous,
            Some(previous) => {
                let session = Rc::new(session);
                tell(Event::Updated { session: Rc::clone(&session), previous });
                changed.push(id.clone());
                session
            }
            None => {
                let session = Rc::new(session);
                if replaced != Replaced::Nothing {
                    tell(Event::Created(Rc::clone(&session)));
                }
                changed.push(id.clone());
                session
            }
        };
        confirmed.sessions.insert(id, session);
    }
    let stays = |id: &SessionId| confirmed.sessions.get(id).is_some();
    for (id, gone) in before.sessions.into_iter().filter(|(id, _)| !stays(id)) {
        if replaced == Replaced::SameHistory {
            tell(Event::Terminated(gone));
        }
        changed.push(id);
    }
    confirmed.active = active_id;
    if replaced != Replaced::Nothing && before.active != confirmed.active {
        tell(Event::Active(active(confirmed)));
    }
    changed
}

fn active(confirmed: &Confirmed) -> Option<Rc<Session>> {
    confirmed.sessions.get(confirmed.active.as_ref()?).cloned()
}
