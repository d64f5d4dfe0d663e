//! What can be done to sessions. The page shows it at once and the service makes it true by this same code.

use alloc::string::String;

use super::{Json, Lifetime, Requests, Session, SessionId, SessionRules, Tally, Terms};
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
    /// The session of this user is to have this data, whole, and a full lifetime from now. `id`: which one that is, or what it is to be
    /// called where the user has none. If it is another one, the authority does nothing, and the page looks again.
    Upsert {
        id: SessionId,
        user_id: String,
        data: Json,
        terms: Terms,
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
            | Self::Upsert { id, .. }
            | Self::Count { id, .. }
            | Self::Recover(id) => Some(id),
            Self::Activate(id) => id.as_ref(),
        }
    }

    /// The same, on the session of this id.
    pub fn on(&self, session: SessionId) -> Self {
        let mut mutation = self.clone();
        match &mut mutation {
            Self::Add { id, .. }
            | Self::Update { id, .. }
            | Self::Replace { id, .. }
            | Self::Remove { id, .. }
            | Self::Configure { id, .. }
            | Self::Upsert { id, .. }
            | Self::Count { id, .. }
            | Self::Recover(id) => *id = session,
            Self::Activate(id) => *id = Some(session),
        }
        mutation
    }

    /// Whether it removes a session.
    pub fn removes(&self) -> bool {
        matches!(self, Self::Remove { .. })
    }

    /// Whose session it adds, if it may add one.
    pub fn user_id(&self) -> Option<&str> {
        match self {
            Self::Add { user_id, .. } | Self::Upsert { user_id, .. } => Some(user_id),
            _ => None,
        }
    }

    /// For whom it puts a session, if it does.
    pub fn puts_for(&self) -> Option<&str> {
        self.user_id().filter(|_| matches!(self, Self::Upsert { .. }))
    }

    /// What it sets of a session's data, if it does.
    pub fn data(&self) -> Option<&Json> {
        match self {
            Self::Add { data, .. }
            | Self::Update { patch: data, .. }
            | Self::Replace { data, .. }
            | Self::Upsert { data, .. } => Some(data),
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
            Self::Add { terms, .. } | Self::Configure { terms, .. } | Self::Upsert { terms, .. } => Some(terms),
            _ => None,
        }
    }

    /// Whether an expired session takes it.
    pub fn revives(&self) -> bool {
        matches!(
            self,
            Self::Add { .. } | Self::Upsert { .. } | Self::Remove { .. } | Self::Configure { .. } | Self::Recover(_)
        )
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
            Self::Add { .. }
            | Self::Activate(_)
            | Self::Configure { .. }
            | Self::Recover(_)
            | Self::Upsert { .. }
            | Self::Count { .. } => None,
        }
    }
}

/// Sessions that a mutation can be applied to.
pub trait View {
    fn get(&self, id: &SessionId) -> Option<&Session>;
    /// The newest session of this user: the one that was created last, and of several such the one with the last id.
    fn newest_of(&self, user_id: &str) -> Option<&Session>;
    fn put(&mut self, session: Session);
    fn remove(&mut self, id: &SessionId);
    fn active(&self) -> Option<&SessionId>;
    fn activate(&mut self, id: Option<SessionId>);
    /// What the owner of the store decided about lifetimes.
    fn rules(&self) -> SessionRules;
}

/// The session that is put for this user: of several the active one, else the newest.
pub fn session_of<'a>(view: &'a impl View, user_id: &str) -> Option<&'a Session> {
    let is_theirs = |session: &&Session| session.user_id == user_id;
    let active = view.active().and_then(|id| view.get(id)).filter(is_theirs);
    active.or_else(|| view.newest_of(user_id))
}

/// The newest of these that are this user's.
pub fn newest<'a>(sessions: impl Iterator<Item = &'a Session>, user_id: &str) -> Option<&'a Session> {
    let theirs = sessions.filter(|session| session.user_id == user_id);
    theirs.max_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)))
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
            let session = Session::new(id.clone(), user_id.clone(), data.clone(), at, version);
            let session = begun(session, terms, at, view.rules());
            view.put(session);
        }
        Mutation::Upsert { id, user_id, data, terms } => {
            let known = session_of(view, user_id);
            if known.is_none() && view.get(id).is_some() {
                return Err(Code::AlreadyExists);
            }
            let mut session = match known.cloned() {
                Some(session) => session,
                None => {
                    return apply(
                        view,
                        &Mutation::Add { id: id.clone(), user_id: user_id.clone(), data: data.clone(), terms: *terms },
                        at,
                        version,
                    );
                }
            };
            let rules = view.rules();
            session.data = data.clone();
            session.last_active_at = at;
            session.version = version.or(session.version);
            // What is not asked for stays, but for one whose longest life is over: another one begins in its place.
            let terms = Terms { ttl: terms.ttl.or(Some(session.lifetime.ttl)), ..*terms };
            change(&mut session, &Mutation::Configure { id: id.clone(), terms }, at, rules);
            if session.lifetime.is_over(at) {
                let (ttl, renews) = (Some(session.lifetime.ttl), Some(session.lifetime.renews));
                let terms = Terms { ttl, renews, limit: Some(session.requests.limit), resets: false };
                session = begun(session, &terms, at, rules);
            }
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

/// A session that begins now, on these terms.
fn begun(session: Session, terms: &Terms, at: UnixMillis, rules: SessionRules) -> Session {
    let lifetime =
        Lifetime { ttl: terms.ttl.unwrap_or(rules.default), renews: terms.renews.unwrap_or(true), expires_at: None };
    let requests = Requests { limit: terms.limit.flatten(), ..Requests::default() };
    Session { created_at: at, last_active_at: at, lifetime: lifetime.renewed(at, at, rules), requests, ..session }
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
        | Mutation::Upsert { .. }
        | Mutation::Remove { .. }
        | Mutation::Count { .. }
        | Mutation::Activate(_) => {}
    }
}
