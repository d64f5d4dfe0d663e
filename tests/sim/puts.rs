//! Sessions that are put: one for each of a few users, whoever puts it, and never past a sign-out. These users have no session but
//! those, so each has one at most.

use std::collections::BTreeSet;

use session_bridge::manager::Operation;
use session_bridge::session::{Json, Mutation, OpId, Session, SessionId, Terms};

use crate::fence::Removers;
use crate::moves::Base;
use crate::rng::Seeded;
use crate::state::{Gone, State};
use crate::world::World;

/// The user of a session that is only ever put.
fn is_put(session: &Session) -> bool {
    session.user_id.starts_with("user-put-")
}

impl State {
    /// A user who has two sessions, of those who may have one. Two stores may have one each, and then one takes in the other.
    pub fn doubled(&self) -> Option<String> {
        if !self.absorbed.is_empty() {
            return None;
        }
        let mut users = BTreeSet::new();
        let twice = self.sessions.values().filter(|session| is_put(session)).find(|it| !users.insert(&it.user_id));
        twice.map(|session| format!("{} has two sessions", session.user_id))
    }

    /// The session of this user that a put is about: the active one, else the newest.
    pub fn session_of(&self, user_id: &str) -> Option<&Session> {
        let of_user = |session: &&Session| session.user_id == user_id;
        let active =
            self.active.as_ref().and_then(|id| self.sessions.get(id)).map(|session| &**session).filter(of_user);
        let all = self.sessions.values().map(|session| &**session).filter(of_user);
        active.or_else(|| all.max_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id))))
    }

    /// Whether others have certainly signed this user out since this base, and the author of this write was not to do so as well in the
    /// same commit, where `removers` have removed or were to.
    pub fn is_signed_out(&self, user_id: &str, op: OpId, base: Base, removers: &Removers) -> bool {
        let too = |id: &SessionId| removers.get(id).is_some_and(|them| Gone::of(0, them).is_own(op, false));
        self.removed_of(user_id, base).any(|(id, gone)| !gone.is_own(op, false) && !too(id))
    }

    /// Whether others may have.
    pub fn may_be_signed_out(&self, user_id: &str, op: OpId, base: Base) -> bool {
        self.removed_of(user_id, base).any(|(_, gone)| !gone.is_own(op, true))
    }

    /// The removals of this user's sessions that were not known at this base.
    fn removed_of(&self, user_id: &str, base: Base) -> impl Iterator<Item = (&SessionId, &Gone)> {
        self.gone.iter().filter(move |(_, gone)| gone.user.as_deref() == Some(user_id) && !base.knew_removal(gone.seq))
    }
}

impl World {
    /// Now and then a page puts a session of one of these users, or signs one out. It draws from a stream of its own, so that it
    /// moves nothing else.
    pub fn put_session(&mut self, tab: usize, step: u64) {
        let mut rng = Seeded::of_step(self.plan.seed ^ 0x5055_5453, step);
        let user_id = format!("user-put-{}", rng.below(2));
        if rng.chance(0.15) {
            let id = SessionId::try_from(format!("brief-put-{step}")).expect("a good id");
            let data = Json::try_from(format!("{{\"n\":0,\"put\":{step}}}")).expect("good JSON");
            let ttl = rng.chance(0.5).then(|| rng.chance(0.8).then(|| rng.between(60_000, 180_000)));
            let terms = Terms { ttl, renews: None };
            self.write(tab, Operation::Put, vec![Mutation::Upsert { id, user_id, data, terms }]);
        } else if rng.chance(0.05) {
            let shown = self.tabs[tab].page.shown.sessions.iter().find(|(session, _)| session.user_id == user_id);
            if let Some(id) = shown.map(|(session, _)| session.id.clone()) {
                self.write(tab, Operation::Remove, vec![Mutation::Remove { id, if_version: None }]);
            }
        }
    }
}
