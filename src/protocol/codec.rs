//! One message per `postMessage`: a version byte, then the message in postcard (<https://postcard.jamesmunns.com>).
//!
//! Postcard has no recursion and no length that can exceed what is left of the input, so the check of the length
//! bounds the whole decode. The schema of a version is frozen; a new field or variant is a new version. A message says itself
//! since which version it exists with all that is in it, and what is said in its place in an older one. That is asked here and
//! nowhere else, so that what a version does not have is neither written nor read in it.

use alloc::vec::Vec;

use serde::{Serialize, de::DeserializeOwned};

use super::hello::PROTOCOL;

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
pub trait Message: Clone + Serialize + DeserializeOwned {
    /// The first version of the protocol that has this message and all that is in it.
    fn since(&self) -> u8;

    /// What is said in its place in this older version. `None` if that has nothing of the kind.
    fn to_older(&self, version: u8) -> Option<Self>;

    /// What this message of an older version means.
    fn of_older(self) -> Self;
}

/// The bytes of `message` in protocol version `version`. `None` if that version has nothing of the kind.
pub fn encode<T: Message>(version: u8, message: &T) -> Option<Vec<u8>> {
    let bytes = Vec::from([version]);
    if version < *PROTOCOL.end() {
        postcard::to_extend(&message.to_older(version)?, bytes).ok()
    } else {
        postcard::to_extend(message, bytes).ok()
    }
}

/// How many bytes [`encode`] makes of a part of a message, without the version byte.
pub fn encoded_len<T: Serialize>(part: &T) -> usize {
    postcard::to_extend(part, Vec::new()).map_or(usize::MAX, |bytes| bytes.len())
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
    match postcard::take_from_bytes::<T>(rest) {
        Ok((message, [])) if version >= *PROTOCOL.end() => Ok(message),
        Ok((message, [])) if message.since() <= version => Ok(message.of_older()),
        _ => Err(DecodeError::Malformed),
    }
}
