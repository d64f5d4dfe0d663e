//! What can be done to sessions. The page shows it at once and the service makes it true by this same code.

use alloc::string::String;

use super::{Json, Session, SessionId};
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
}

impl Mutation {
    /// The session it is about; `None` where nothing is to be active.
    pub fn id(&self) -> Option<&SessionId> {
        match self {
            Self::Add { id, .. } | Self::Update { id, .. } | Self::Replace { id, .. } | Self::Remove { id, .. } => {
                Some(id)
            }
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
            Self::Remove { .. } | Self::Activate(_) => None,
        }
    }

    /// The version that its author insists on, if any.
    pub fn if_version(&self) -> Option<u64> {
        match self {
            Self::Update { if_version, .. } | Self::Replace { if_version, .. } | Self::Remove { if_version, .. } => {
                *if_version
            }
            Self::Add { .. } | Self::Activate(_) => None,
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
}

/// Applies one mutation, made at `at`. Sessions that it changes carry `version` afterwards
/// (`None`: they keep the one they had, as nothing is confirmed yet).
///
/// Errors: `already_exists`, `not_found`; the view is then as it was.
pub fn apply(view: &mut impl View, mutation: &Mutation, at: UnixMillis, version: Option<u64>) -> Result<(), Code> {
    match mutation {
        Mutation::Add { id, user_id, data } => {
            if view.get(id).is_some() {
                return Err(Code::AlreadyExists);
            }
            view.put(Session::new(id.clone(), user_id.clone(), data.clone(), at, version));
        }
        Mutation::Update { id, patch, .. } => {
            let data = view.get(id).ok_or(Code::NotFound)?.data.merged(patch);
            change(view, id, data, at, version)?;
        }
        Mutation::Replace { id, data, .. } => change(view, id, data.clone(), at, version)?,
        Mutation::Remove { id, .. } => {
            view.get(id).ok_or(Code::NotFound)?;
            view.remove(id);
            if view.active() == Some(id) {
                view.activate(None);
            }
        }
        Mutation::Activate(None) => view.activate(None),
        Mutation::Activate(Some(id)) => {
            view.get(id).ok_or(Code::NotFound)?;
            view.activate(Some(id.clone()));
        }
    }
    Ok(())
}

fn change(view: &mut impl View, id: &SessionId, data: Json, at: UnixMillis, version: Option<u64>) -> Result<(), Code> {
    let mut session = view.get(id).ok_or(Code::NotFound)?.clone();
    session.data = data;
    session.last_active_at = at;
    session.version = version.or(session.version);
    view.put(session);
    Ok(())
}
