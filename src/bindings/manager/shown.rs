//! What the page is given to show: the same objects for as long as nothing in them changed.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use js_sys::Array;
use wasm_bindgen::JsValue;

use super::host::Host;
use crate::ambient::{UnixMillis, name};
use crate::bindings::names;
use crate::browser::{Record, number, optional};
use crate::manager::{Reason, Snapshot, Status};
use crate::session::{Session, StorageStatus, Version};

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
            *self.snapshot.borrow_mut() = made;
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
        let mut active = JsValue::NULL;
        let mut sessions = Vec::with_capacity(snapshot.sessions.len());
        for (session, pending) in &snapshot.sessions {
            let object = self.session(host, session, *pending);
            list.push(&object);
            if snapshot.active.as_ref() == Some(&session.id) {
                active = object.clone();
            }
            sessions.push(Made { session: Rc::clone(session), pending: *pending, object });
        }
        *self.sessions.borrow_mut() = sessions;

        let object = Record::new();
        object.set("sessions", list.into());
        object.set("activeSession", active);
        object.set("version", snapshot.version.map_or(JsValue::NULL, |version| store_version(host, version)));
        object.set("status", status(snapshot.status).into());
        object.set("reason", snapshot.reason.map_or(JsValue::NULL, |why| reason(why).into()));
        object.set("storage", storage(host, snapshot.storage, snapshot.declined_until));
        object.set("pendingWrites", number(snapshot.pending_writes as u64));
        object.set("stale", snapshot.stale.into());
        object.set("lastError", snapshot.last_error.as_ref().map_or(JsValue::NULL, |failure| host.failure(failure)));
        host.freeze(object)
    }
}

/// The frozen `StorageStatus`.
pub fn storage(host: &Host, storage: StorageStatus, declined_until: Option<UnixMillis>) -> JsValue {
    let object = Record::new();
    object.set("level", names::level(storage.level).into());
    object.set("shared", storage.shared.into());
    object.set("upgrade", names::upgrade(storage.upgrade).into());
    object.set("declinedUntil", optional(declined_until.map(|at| at.0)));
    host.freeze(object)
}

fn store_version(host: &Host, version: Version) -> JsValue {
    let object = Record::new();
    object.set("epoch", name(version.epoch).into());
    object.set("seq", number(version.seq));
    object.set("tag", name(version.tag).into());
    host.freeze(object)
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

fn status(status: Status) -> &'static str {
    match status {
        Status::Connecting => "connecting",
        Status::Live => "live",
        Status::Reconnecting => "reconnecting",
        Status::Closed => "closed",
    }
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Offline => "offline",
        Reason::Unreachable => "unreachable",
        Reason::Withheld => "withheld",
    }
}
