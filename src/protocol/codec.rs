//! One message per `postMessage`: a version byte, then the message as `bytes.rs` lays it out. The schema of a version is frozen;
//! a new field or variant is a new version.

use alloc::vec::Vec;

use super::bytes::{Reader, Wire, Writer};
use super::hello::PROTOCOL;
use super::{ToManager, ToService};

/// The longest message that a page takes: far above what a service sends, far below what hurts.
pub const MAX_MESSAGE_BYTES: usize = 16 << 20;

/// Why bytes are not a message of this version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DecodeError {
    /// Longer than the receiver takes.
    TooLong,
    /// The version byte is another than the one agreed on.
    Version,
    /// Not one whole message.
    Malformed,
}

/// What is said in one direction.
pub trait Message: Wire {}

impl Message for ToManager {}
impl Message for ToService {}

/// The bytes of `message` in protocol version `version`, with what that version says in place of what it lacks. `None` if it has
/// nothing of the kind.
pub fn encode<T: Message>(version: u8, message: &T) -> Option<Vec<u8>> {
    let mut to = Writer::new(version);
    to.byte(version);
    message.put(&mut to);
    to.finish()
}

/// How many bytes [`encode`] makes of a part of a message in the newest version.
pub fn encoded_len<T: Wire>(part: &T) -> usize {
    let mut to = Writer::new(*PROTOCOL.end());
    part.put(&mut to);
    to.finish().map_or(usize::MAX, |bytes| bytes.len())
}

/// The message in `bytes`, which must be of exactly protocol version `version` and at most `limit` bytes.
pub fn decode<T: Message>(version: u8, bytes: &[u8], limit: usize) -> Result<T, DecodeError> {
    if bytes.len() > limit {
        return Err(DecodeError::TooLong);
    }
    let (first, rest) = bytes.split_first().ok_or(DecodeError::Malformed)?;
    if *first != version {
        return Err(DecodeError::Version);
    }
    let mut from = Reader::new(version, rest);
    T::take(&mut from).filter(|_| from.is_done()).ok_or(DecodeError::Malformed)
}
