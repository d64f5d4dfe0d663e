//! Names of sessions, clients and writes.

use alloc::rc::Rc;
use alloc::string::String;

use crate::error::Code;

/// The longest session id or user id, in bytes of UTF-8.
pub const MAX_ID_BYTES: usize = 256;

/// Whether this can be a session id or a user id.
pub fn is_name(text: &str) -> bool {
    let fits = (1..=MAX_ID_BYTES).contains(&text.len());
    // Control characters would make keys of a store and lines of a log ambiguous.
    fits && !text.bytes().any(|byte| byte < b' ' || byte == 0x7f)
}

/// The name of a session: 1 to [`MAX_ID_BYTES`] bytes without control characters. Copies share the text: a session and the keys of
/// the maps that it is in hold it once.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(not(target_arch = "wasm32"), serde(try_from = "String", into = "String"))]
pub struct SessionId(Rc<str>);

impl SessionId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SessionId {
    type Error = Code;

    fn try_from(text: String) -> Result<Self, Code> {
        if is_name(&text) { Ok(Self(text.into())) } else { Err(Code::InvalidArgument) }
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> Self {
        (*id.0).into()
    }
}

impl core::fmt::Display for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

/// One life of one page: 106 bits drawn at its start, kept in memory only.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub struct ClientId(pub u64, pub u64);

/// Names one write among all writes ever made.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct OpId {
    pub client: ClientId,
    pub n: u64,
}
