//! Who wrote something.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::session::ClientId;

/// Who removed a session, and by which of its writes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Remover {
    pub author: Author,
    pub n: u64,
}

/// A client bound to the origin that used it, so that one site cannot pass for a client of another.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Author {
    pub origin: String,
    pub client: ClientId,
}
