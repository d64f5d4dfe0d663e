//! What the page is given to show: the same objects for as long as nothing in them changed.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use js_sys::Array;
use wasm_bindgen::JsValue;

use super::host::Host;
use crate::ambient::UnixMillis;
use crate::browser::optional;
use crate::manager::Snapshot;
use crate::session::{Session, StorageStatus};

/// One session as JavaScript has it.
#[derive(Clone)]
struct Made {
    session: Rc<Session>,
    pending: bool,
    object: JsValue,
}

/// The objects made last.
#[derive(Default)]
pub struct Shown {
    /// In the order of a snapshot: by `created_at`, then id.
    sessions: RefCell<Vec<Made>>,
    snapshot: RefCell<JsValue>,
    outdated: Cell<bool>,
}

impl Shown {
    /// Nothing is made yet.
    pub fn new() -> Self {
        Self { outdated: Cell::new(true), ..Self::default() }
    }

    /// What the page may show is another from now on.
    pub fn outdate(&self) {
        self.outdated.set(true);
    }

    /// The frozen snapshot object; `read` is asked only when it is outdated.
    pub fn snapshot(&self, host: &Host, read: impl FnOnce() -> Snapshot) -> JsValue {
        if self.outdated.replace(false) {
            let made = self.make(host, &read());
            // Something in the page has stopped it: the one before serves until it works again.
            self.outdated.set(made.is_undefined());
            if !made.is_undefined() {
                *self.snapshot.borrow_mut() = made;
            }
        }
        self.snapshot.borrow().clone()
    }

    /// The frozen object of one session.
    pub fn session(&self, host: &Host, session: &Rc<Session>, pending: bool) -> JsValue {
        self.made(session, pending).unwrap_or_else(|| make_session(host, session, pending))
    }

    fn made(&self, session: &Rc<Session>, pending: bool) -> Option<JsValue> {
        let made = self.sessions.borrow();
        let at = made.binary_search_by(|made| order(&made.session).cmp(&order(session))).ok()?;
        made.get(at)
            .filter(|made| made.pending == pending && Rc::ptr_eq(&made.session, session))
            .map(|made| made.object.clone())
    }

    fn make(&self, host: &Host, snapshot: &Snapshot) -> JsValue {
        let list = Array::new();
        let mut active = -1;
        let mut sessions = Vec::with_capacity(snapshot.sessions.len());
        for (at, (session, pending)) in (0..).zip(&snapshot.sessions) {
            let object = self.session(host, session, *pending);
            list.push(&object);
            if snapshot.active.as_ref() == Some(&session.id) {
                active = at;
            }
            sessions.push(Made { session: Rc::clone(session), pending: *pending, object });
        }
        *self.sessions.borrow_mut() = sessions;

        let version = snapshot.version;
        host.snapshot(
            list,
            active,
            version.map_or(0.0, |version| version.epoch as f64),
            optional(version.map(|version| version.seq)),
            version.map_or(0.0, |version| version.tag as f64),
            snapshot.status as u32,
            snapshot.reason.map_or(-1, |reason| reason as i32),
            storage(host, snapshot.storage, snapshot.declined_until),
            snapshot.pending_writes as u32,
            snapshot.stale,
            snapshot.last_error.as_ref().map_or(JsValue::NULL, |failure| host.failure(failure)),
        )
    }
}

/// The frozen `StorageStatus`.
pub fn storage(host: &Host, storage: StorageStatus, declined_until: Option<UnixMillis>) -> JsValue {
    host.storage(storage.level as u32, storage.shared, storage.upgrade as u32, optional(declined_until.map(|at| at.0)))
}

fn make_session(host: &Host, session: &Session, pending: bool) -> JsValue {
    host.session(
        session.id.as_str(),
        &session.user_id,
        session.created_at.0 as f64,
        session.last_active_at.0 as f64,
        optional(session.version),
        pending,
        session.data.as_str(),
    )
}

fn order(session: &Session) -> (u64, &str) {
    (session.created_at.0, session.id.as_str())
}
