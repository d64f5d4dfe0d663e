//! What a page has the service do that is no write, until it is answered: data, on which `chore` acts.

use super::io::Token;
use crate::ambient::Instant;
use crate::session::SessionId;

/// One of these. It is told again where the word may be lost: done twice it does no more than done once.
#[derive(Clone, Debug)]
pub struct PendingChore {
    pub token: Token,
    pub chore: Chore,
    /// Nobody waits for it any more. It was told already, so that the next one who asks for the same waits for its answer.
    pub withdrawn: bool,
    /// The attempt of the connection that it was sent on, and when.
    pub sent: Option<(u64, Instant)>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Chore {
    /// This session is used.
    Touch(SessionId),
    /// What has expired for good is to be removed.
    CleanUp,
}
