//! What about a write was refused, beyond the code: enough for an integrator to mend it, and nothing that the site that made
//! the write may not know. Keys are named by their place in the write, so that it stays small and of a fixed size.

use crate::error::Code;

/// The part of a write, or the bound, that a refusal is about. The wire and the store carry them by position: append, never
/// reorder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub enum Why {
    /// `forbidden`: the grant's `write` does not list what the mutation at this place does.
    Operation(u64),
    /// `forbidden`: the grant's `read` does not list "userId", and the write adds a session.
    UserId,
    /// `forbidden`: the grant's `read` does not list this member of the data or the patch of this mutation.
    Key { mutation: u64, member: u64 },
    /// `limit_exceeded`: a session's data, as the site sees it, would have so many bytes.
    DataBytes { bytes: u64, limit: u64 },
    /// `limit_exceeded`: there would be more sessions than that.
    Sessions(u64),
    /// `limit_exceeded`: all sessions together would weigh more than that.
    TotalBytes(u64),
    /// `limit_exceeded`: it has more mutations than that.
    Mutations(u64),
}

impl Why {
    /// The code of a refusal for this reason.
    pub fn code(self) -> Code {
        match self {
            Self::Operation(_) | Self::UserId | Self::Key { .. } => Code::Forbidden,
            Self::DataBytes { .. } | Self::Sessions(_) | Self::TotalBytes(_) | Self::Mutations(_) => {
                Code::LimitExceeded
            }
        }
    }
}
