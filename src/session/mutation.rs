//! What can be done to sessions. The page shows it at once and the service makes it true by this same code.

use alloc::string::String;

use super::{Json, Session, SessionId, SessionRules, Tally, Terms};
use crate::ambient::UnixMillis;
use crate::error::Code;

/// One thing done to one session, or to the choice of the active one.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub enum Mutation {
    Add {
        id: SessionId,
        user_id: String,
        data: Json,
        #[cfg_attr(not(target_arch = "wasm32"), serde(default))]
        terms: Terms,
    },
    /// `patch` is a JSON merge patch (RFC 7396) on `data`.
    /// With `if_version`: refused if another client changed the session after that sequence number.
    Update {
        id: SessionId,
        patch: Json,
        if_version: Option<u64>,
    },
    Remove {
        id: SessionId,
        if_version: Option<u64>,
    },
    Activate(Option<SessionId>),
    /// `data` is the new one, whole. `if_version` as above.
    Replace {
        id: SessionId,
        data: Json,
        if_version: Option<u64>,
    },
    /// Changes what a session was added with. A new lifetime counts from now.
    Configure {
        id: SessionId,
        terms: Terms,
    },
    /// A full lifetime from now, for one that is expired too, within the grace that the service gives.
    Recover(SessionId),
    /// Requests on a session. Nothing that is looked at changes by it, so its version stays.
    /// With `asks`: refused if no further one is to be counted. Otherwise they were let through already, and count.
    Count {
        id: SessionId,
        tally: Tally,
        asks: bool,
    },
}

impl Mutation {
    /// The session it is about; `None` where nothing is to be active.
    pub fn id(&self) -> Option<&SessionId> {
        match self {
            Self::Add { id, .. }
            | Self::Update { id, .. }
            | Self::Replace { id, .. }
            | Self::Remove { id, .. }
            | Self::Configure { id, .. }
            | Self::Count { id, .. }
            | Self::Recover(id) => Some(id),
            Self::Activate(id) => id.as_ref(),
        }
    }

    /// Whether it removes a session.
    pub fn removes(&self) -> bool {
        matches!(self, Self::Remove { .. })
    }

    /// What it sets of a session's data, if it does.
    pub fn data(&self) -> Option<&Json> {
        match self {
            Self::Add { data, .. } | Self::Update { patch: data, .. } | Self::Replace { data, .. } => Some(data),
            Self::Remove { .. }
            | Self::Activate(_)
            | Self::Configure { .. }
            | Self::Recover(_)
            | Self::Count { .. } => None,
        }
    }

    /// What it asks for the session's lifetime and requests, if it does.
    pub fn terms(&self) -> Option<&Terms> {
        match self {
            Self::Add { terms, .. } | Self::Configure { terms, .. } => Some(terms),
            _ => None,
        }
    }

    /// Whether an expired session takes it.
    pub fn revives(&self) -> bool {
        matches!(self, Self::Add { .. } | Self::Remove { .. } | Self::Configure { .. } | Self::Recover(_))
    }

    /// Whether it gives a session a lifetime from now on. It gives none if the session's grace or its longest life is over.
    fn renews(&self) -> bool {
        matches!(self, Self::Recover(_) | Self::Configure { terms: Terms { ttl: Some(_), .. }, .. })
    }

    /// The version that its author insists on, if any.
    pub fn if_version(&self) -> Option<u64> {
        match self {
            Self::Update { if_version, .. } | Self::Replace { if_version, .. } | Self::Remove { if_version, .. } => {
                *if_version
            }
            Self::Add { .. } | Self::Activate(_) | Self::Configure { .. } | Self::Recover(_) | Self::Count { .. } => {
                None
            }
        }
    }
}

/// Sessions that a mutation can be applied to.
pub trait View {
    fn get(&self, id: &SessionId) -> Option<&Session>;
    fn put(&mut self, session: Session);
    fn remove(&mut self, id: &SessionId);
    fn active(&self) -> Option<&SessionId>;
    fn activate(&mut self, id: Option<SessionId>);
    /// What the owner of the store decided about lifetimes.
    fn rules(&self) -> SessionRules;
}

/// Applies one mutation, made at `at`. Sessions that it changes carry `version` afterwards
/// (`None`: they keep the one they had, as nothing is confirmed yet).
///
/// Errors: `already_exists`, `not_found`, `expired` for what is, and cannot be brought back by it; the view is then as it was.
pub fn apply(view: &mut impl View, mutation: &Mutation, at: UnixMillis, version: Option<u64>) -> Result<(), Code> {
    match mutation {
        Mutation::Add { id, user_id, data, terms } => {
            if view.get(id).is_some() {
                return Err(Code::AlreadyExists);
            }
            let rules = view.rules();
            let mut session = Session::new(id.clone(), user_id.clone(), data.clone(), at, version);
            session.lifetime.ttl = terms.ttl.unwrap_or(rules.default);
            session.lifetime.renews = terms.renews.unwrap_or(true);
            session.lifetime = session.lifetime.renewed(at, at, rules);
            session.requests.limit = terms.limit.flatten();
            view.put(session);
        }
        Mutation::Update { id, .. }
        | Mutation::Replace { id, .. }
        | Mutation::Configure { id, .. }
        | Mutation::Recover(id) => {
            let mut session = view.get(id).ok_or(Code::NotFound)?.clone();
            // The page's clock may be wrong. So a page sends what this refuses there, without showing it, and the authority decides.
            if session.lifetime.is_over(at) && !mutation.revives() {
                return Err(Code::Expired);
            }
            change(&mut session, mutation, at, view.rules());
            if session.lifetime.is_over(at) && mutation.renews() {
                return Err(Code::Expired);
            }
            session.version = version.or(session.version);
            view.put(session);
        }
        Mutation::Remove { id, .. } => {
            view.get(id).ok_or(Code::NotFound)?;
            view.remove(id);
            if view.active() == Some(id) {
                view.activate(None);
            }
        }
        // The authority alone counts: it would be another snapshot for each.
        Mutation::Count { .. } => {}
        Mutation::Activate(None) => view.activate(None),
        Mutation::Activate(Some(id)) => {
            if view.get(id).ok_or(Code::NotFound)?.lifetime.is_over(at) {
                return Err(Code::Expired);
            }
            view.activate(Some(id.clone()));
        }
    }
    Ok(())
}

/// Changes a session that stays.
fn change(session: &mut Session, mutation: &Mutation, at: UnixMillis, rules: SessionRules) {
    match mutation {
        Mutation::Update { patch, .. } => {
            session.data = session.data.merged(patch);
            session.last_active_at = at;
        }
        Mutation::Replace { data, .. } => {
            session.data = data.clone();
            session.last_active_at = at;
        }
        Mutation::Configure { terms, .. } => {
            session.lifetime.renews = terms.renews.unwrap_or(session.lifetime.renews);
            if let Some(ttl) = terms.ttl {
                session.lifetime.ttl = ttl;
                session.lifetime = session.lifetime.renewed(session.created_at, at, rules);
            }
            session.requests.limit = terms.limit.unwrap_or(session.requests.limit);
            if terms.resets {
                session.requests.reset();
            }
        }
        Mutation::Recover(_) if rules.recovers(&session.lifetime, at) => session.renew(at, rules),
        Mutation::Recover(_)
        | Mutation::Add { .. }
        | Mutation::Remove { .. }
        | Mutation::Count { .. }
        | Mutation::Activate(_) => {}
    }
}
