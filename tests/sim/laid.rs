//! What shows on a page: the sessions of a store, and the page's own pending writes over them.

use std::collections::BTreeMap;
use std::rc::Rc;

use session_bridge::session::{Mutation, Session, SessionId};

use crate::model::{Sessions, mutate};
use crate::puts::Names;

/// Sessions with pending writes laid over them, done plainly.
#[derive(Clone)]
pub struct Laid<'a> {
    pub below: &'a BTreeMap<SessionId, Rc<Session>>,
    pub active: Option<SessionId>,
    /// What the writes made of the sessions that they touch; nothing of those that they remove.
    pub touched: BTreeMap<SessionId, Option<Rc<Session>>>,
    pub names: Names,
}

impl<'a> Laid<'a> {
    /// Nothing yet.
    pub fn over(below: &'a BTreeMap<SessionId, Rc<Session>>, active: Option<SessionId>) -> Self {
        Self { below, active, touched: BTreeMap::new(), names: Names::default() }
    }

    /// Lays one mutation over this, on the session that its page means. False if it does not apply.
    pub fn lay(&mut self, mutation: &Mutation) -> bool {
        let Some(id) = mutation.id() else { return mutate(self, mutation, None).is_ok() };
        if let Mutation::Upsert { user_id, .. } = mutation {
            let known = self.of_user(user_id).map_or_else(|| id.clone(), |session| session.id);
            self.names.names(id, known);
            return mutate(self, mutation, None).is_ok();
        }
        let meant = self.meant(id);
        mutate(self, &mutation.on(meant), None).is_ok()
    }

    /// The session that the page means by this name: one of that name, and no other, if it knows one.
    pub fn meant(&self, id: &SessionId) -> SessionId {
        let is_there = self.touched.contains_key(id) || self.below.contains_key(id);
        self.names.meant(id).filter(|_| !is_there).unwrap_or(id).clone()
    }

    pub fn session(&self, id: &SessionId) -> Option<&Rc<Session>> {
        self.touched.get(id).map_or_else(|| self.below.get(id), Option::as_ref)
    }
}

impl Sessions for Laid<'_> {
    fn of_user(&self, user_id: &str) -> Option<Session> {
        let below = self.below.iter().filter(|(id, _)| !self.touched.contains_key(*id)).map(|(_, session)| session);
        let all = below.chain(self.touched.values().flatten()).filter(|session| session.user_id == user_id);
        // Those that nobody confirmed yet are the newest.
        let age = |session: &Session| (session.version.is_none(), session.created_at, session.id.clone());
        let is_active = |session: &Session| self.active.as_ref() == Some(&session.id);
        all.max_by_key(|session| (is_active(session), age(session))).map(|session| (**session).clone())
    }
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
