//! Stable error codes: what programs test. What people are told to do stands in JavaScript, where errors are made.

/// Why something was refused or failed. The wire and the store carry them by position: append, never reorder.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
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
    Expired,
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
            Self::Expired => "expired",
        }
    }
}
