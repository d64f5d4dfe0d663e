//! Who wrote something.

use alloc::string::String;

use crate::session::ClientId;

/// Who removed a session, and by which of its writes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remover {
    pub author: Author,
    pub n: u64,
}

/// A client bound to the origin that used it, so that one site cannot pass for a client of another.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Author {
    pub origin: String,
    pub client: ClientId,
}
