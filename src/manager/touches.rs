//! Uses of sessions that the service has not taken in: data, on which `touching` acts.

use super::io::Token;
use crate::ambient::Instant;
use crate::session::SessionId;

/// A page's word that a session is used, until the service has taken that in.
#[derive(Clone, Debug)]
pub struct PendingTouch {
    pub token: Token,
    pub id: SessionId,
    /// The attempt of the connection that it was sent on, and when.
    pub sent: Option<(u64, Instant)>,
}
