//! Who wrote something.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::session::ClientId;

/// A client bound to the origin that used it, so that one site cannot pass for a client of another.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Author {
    pub origin: String,
    pub client: ClientId,
}
