//! Applies what the service confirmed, and says which facts that makes.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::assembly::Sessions;
use super::io::Event;
use crate::engine::overlay::Confirmed;
use crate::session::{Change, Session, SessionId};

/// Applies one confirmed change and tells what happened. Returns the session that it was about. One that was only used is put to `used`.
pub fn apply(
    confirmed: &mut Confirmed,
    change: Change,
    used: &mut Vec<SessionId>,
    tell: &mut impl FnMut(Event),
) -> Option<SessionId> {
    match change {
        Change::Put(session) => {
            let session = Rc::new(session);
            let id = session.id.clone();
            let event = match confirmed.sessions.insert(id.clone(), Rc::clone(&session)) {
                Some(previous) if previous == session => return None,
                Some(previous) if session.was_only_used_since(&previous) => {
                    used.push(id);
                    return None;
                }
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

/// Puts a snapshot in place of what is held, and tells the difference. Returns the sessions that differ. Those that were only used are put to `used`. What is missing was not
/// terminated if it is not one of the same history: it only is not there.
pub fn replace(
    confirmed: &mut Confirmed,
    mut sessions: Sessions,
    active_id: Option<SessionId>,
    same_history: bool,
    used: &mut Vec<SessionId>,
    mut tell: impl FnMut(Event),
) -> Vec<SessionId> {
    let rules = confirmed.rules;
    let before = core::mem::take(confirmed);
    confirmed.rules = rules;
    let mut changed = Vec::new();
    for (id, session) in sessions.iter_mut() {
        let event = match before.sessions.get(id).cloned() {
            // An equal session stays the same object, so that a page need not draw it again.
            Some(previous) if previous == *session => {
                *session = previous;
                continue;
            }
            Some(previous) if session.was_only_used_since(&previous) => {
                used.push(id.clone());
                continue;
            }
            Some(previous) => Event::Updated { session: Rc::clone(session), previous },
            None => Event::Created(Rc::clone(session)),
        };
        tell(event);
        changed.push(id.clone());
    }
    confirmed.sessions = sessions;
    let stays = |id: &SessionId| confirmed.sessions.get(id).is_some();
    for (id, gone) in before.sessions.into_iter().filter(|(id, _)| !stays(id)) {
        if same_history {
            tell(Event::Terminated(gone));
        }
        changed.push(id);
    }
    confirmed.active = active_id;
    if before.active != confirmed.active {
        tell(Event::Active(active(confirmed)));
    }
    changed
}

fn active(confirmed: &Confirmed) -> Option<Rc<Session>> {
    confirmed.sessions.get(confirmed.active.as_ref()?).cloned()
}
