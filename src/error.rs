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
            Self::InvalidArgument => "A value is not acceptable; correct it and call again.",
            Self::NotFound => "There is no such session; read the list again.",
            Self::AlreadyExists => "A session with this id exists; update it or choose another id.",
            Self::Conflict => "Somebody else changed this meanwhile; read it again and decide anew.",
            Self::LimitExceeded => "This goes over a limit of the service; send less or raise the limit there.",
            Self::Forbidden => "The service's grants do not allow this page to do that.",
            Self::Timeout => "The service did not answer in time; try again.",
            Self::Aborted => "The call was aborted.",
            Self::Unreachable => {
                "The service page does not answer; check serviceUrl, that a grant names this page's origin, and frame-ancestors and frame-src."
            }
            Self::Disconnected => "The connection was lost before the answer; try again.",
            Self::Closed => "This manager is closed; create another.",
            Self::ProtocolMismatch => {
                "This package and the service page have no protocol version in common; update the older."
            }
            Self::StorageDenied => "The browser refuses storage to the service.",
            Self::StorageFull => "The service's storage is full; remove sessions and try again.",
            Self::StorageFailed => "The service's storage failed; try again.",
            Self::Internal => "A fault inside session-bridge; please report it.",
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
