//! What the page is given to show. JavaScript keeps it: it is told which sessions show otherwise than before, and nothing of the
//! others, however many there are.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::{Cell, RefCell};

use wasm_bindgen::JsValue;

use super::host::Host;
use super::world::Running;
use crate::ambient::UnixMillis;
use crate::browser::optional;
use crate::manager::{Snapshot, write_shown};
use crate::session::{Session, SessionId, StorageStatus};

/// The snapshot that was made last.
#[derive(Default)]
pub struct Drawn {
    snapshot: RefCell<JsValue>,
    outdated: Cell<bool>,
    /// How many were made.
    made: Cell<u32>,
}

impl Drawn {
    /// Nothing is drawn yet.
    pub fn new() -> Self {
        Self { outdated: Cell::new(true), ..Self::default() }
    }

    /// What the page may show is another from now on.
    pub fn outdate(&self) {
        self.outdated.set(true);
    }

    /// The frozen snapshot object: the same until something in it changes.
    pub fn snapshot(&self, host: &Host, pump: &Running) -> JsValue {
        while self.outdated.replace(false) {
            let before = self.made.get();
            let drawn = draw(host, pump);
            // By itself: what is called to make an error may call in, and the machine must not be borrowed then.
            let shown = pump.machine().snapshot_without_sessions();
            let made = if drawn { make(host, &shown) } else { JsValue::UNDEFINED };
            if made.is_undefined() {
                // Something in the page has stopped it: the one before serves until it works again.
                self.outdated.set(true);
                break;
            }
            // Whoever called in may have had a newer one made, which stands.
            if self.made.get() == before {
                self.made.set(before.wrapping_add(1));
                *self.snapshot.borrow_mut() = made;
            }
        }
        self.snapshot.borrow().clone()
    }
}

/// The frozen object of a confirmed session.
pub fn session(host: &Host, pump: &Running, session: &Rc<Session>) -> JsValue {
    let shows = |(shown, pending): (Rc<Session>, bool)| !pending && Rc::ptr_eq(&shown, session);
    if draw(host, pump) && pump.machine().shown(&session.id).is_some_and(shows) {
        return host.drawn(session.id.as_str());
    }
    let mut text = String::new();
    write_shown(&mut text, &session.id, Some((session, false)), pump.machine().as_of());
    host.session(&text)
}

/// Tells JavaScript what shows otherwise. Whether it knows all of it: something in the page may have stopped it, such as a stack
/// that is full. Then the rest is told when it is next called.
fn draw(host: &Host, pump: &Running) -> bool {
    let touched = pump.machine_mut().take_touched();
    let mut ids = touched.iter();
    while !ids.as_slice().is_empty() {
        let these = ids.as_slice();
        let text = pump.machine().text_of(&mut ids);
        if host.draw(&text).is_undefined() {
            pump.machine_mut().touch(these);
            return false;
        }
    }
    true
}

fn make(host: &Host, snapshot: &Snapshot) -> JsValue {
    let version = snapshot.version;
    host.snapshot(
        snapshot.active.as_ref().map_or("", SessionId::as_str),
        version.map_or(0.0, |version| version.epoch as f64),
        optional(version.map(|version| version.seq)),
        version.map_or(0.0, |version| version.tag as f64),
        snapshot.status as u32,
        snapshot.reason.map_or(-1, |reason| reason as i32),
        storage(host, snapshot.storage, snapshot.declined_until),
        snapshot.pending_writes as u32,
        snapshot.stale,
        snapshot.complete,
        snapshot.last_error.as_ref().map_or(JsValue::NULL, |failure| host.failure(failure)),
    )
}

/// The frozen `StorageStatus`.
pub fn storage(host: &Host, storage: StorageStatus, declined_until: Option<UnixMillis>) -> JsValue {
    host.storage(storage.level as u32, storage.shared, storage.upgrade as u32, optional(declined_until.map(|at| at.0)))
}
