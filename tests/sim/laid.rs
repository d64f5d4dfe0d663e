//! What shows on a page: the sessions of a store, and the page's own pending writes over them.

use std::collections::BTreeMap;
use std::rc::Rc;

use session_bridge::session::{Session, SessionId};

use crate::model::Sessions;

/// Sessions with pending writes laid over them, done plainly.
#[derive(Clone)]
pub struct Laid<'a> {
    pub below: &'a BTreeMap<SessionId, Rc<Session>>,
    pub active: Option<SessionId>,
    /// What the writes made of the sessions that they touch; nothing of those that they remove.
    pub touched: BTreeMap<SessionId, Option<Rc<Session>>>,
}

impl Laid<'_> {
    pub fn session(&self, id: &SessionId) -> Option<&Rc<Session>> {
        self.touched.get(id).map_or_else(|| self.below.get(id), Option::as_ref)
    }
}

impl Sessions for Laid<'_> {
    fn find(&self, id: &SessionId) -> Option<Session> {
        self.session(id).map(|session| (**session).clone())
    }
    fn set(&mut self, id: &SessionId, session: Option<Session>) {
        self.touched.insert(id.clone(), session.map(Rc::new));
    }
    fn active(&mut self) -> &mut Option<SessionId> {
        &mut self.active
    }
}
