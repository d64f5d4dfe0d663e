//! Stable error codes: what programs test, and what people are told to do.

use serde::{Deserialize, Serialize};

/// Why something was refused or failed. The wire and the store carry them by position: append, never reorder.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum Code {
    InvalidArgument,
    NotFound,
    AlreadyExists,
    Conflict,
    LimitExceeded,
    Forbidden,
    Timeout,
    Aborted,
    Unreachable,
    Disconnected,
    Closed,
    ProtocolMismatch,
    StorageDenied,
    StorageFull,
    StorageFailed,
    Internal,
}

impl Code {
    /// The published name, as in `SessionError.code`.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid_argument",
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::Conflict => "conflict",
            Self::LimitExceeded => "limit_exceeded",
            Self::Forbidden => "forbidden",
            Self::Timeout => "timeout",
            Self::Aborted => "aborted",
            Self::Unreachable => "unreachable",
            Self::Disconnected => "disconnected",
            Self::Closed => "closed",
            Self::ProtocolMismatch => "protocol_mismatch",
            Self::StorageDenied => "storage_denied",
            Self::StorageFull => "storage_full",
            Self::StorageFailed => "storage_failed",
            Self::Internal => "internal",
        }
    }

    /// What happened and what to do about it, for people.
    pub fn advice(self) -> &'static str {
        match self {
            Self::InvalidArgument => "A value of this call is not acceptable. Correct it, and call again.",
            Self::NotFound => "No session has this id. Read the list again.",
            Self::AlreadyExists => "A session has this id already. Update it, or choose another id.",
            Self::Conflict => "Somebody else has changed this meanwhile. Read it again, and decide anew.",
            Self::LimitExceeded => {
                "This exceeds a limit of the service. Send less, or raise the limit in startSessionService."
            }
            Self::Forbidden => {
                "The service's grants do not let this page do that. Extend its grant in startSessionService."
            }
            Self::Timeout => "The service did not answer in time. Try again.",
            Self::Aborted => "The call was aborted.",
            Self::Unreachable => {
                "No service answers. Check serviceUrl, that a grant names this page's origin, and the policies frame-src and frame-ancestors."
            }
            Self::Disconnected => "The connection was lost before the answer. Try again.",
            Self::Closed => "This manager is closed. Create another.",
            Self::ProtocolMismatch => {
                "This script and the service page have no protocol version in common. Update the older one, and reload."
            }
            Self::StorageDenied => "The browser refuses storage to the service. Allow cookies and site data for it.",
            Self::StorageFull => "The service's storage is full. Remove sessions, and try again.",
            Self::StorageFailed => {
                "The service's storage failed, or a newer service page has written to it. Try again later."
            }
            Self::Internal => "session-bridge has a fault. Please report it.",
        }
    }

    /// Whether the same call may well succeed later.
    pub fn retryable(self) -> bool {
        matches!(
            self,
            Self::Conflict
                | Self::Timeout
                | Self::Unreachable
                | Self::Disconnected
                | Self::StorageFull
                | Self::StorageFailed
        )
    }
}
