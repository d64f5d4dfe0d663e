//! What holds for the decoder of either direction, whatever the bytes.

use std::fmt::Debug;

use session_bridge::protocol::{Message, decode, encode};

use crate::memory::measured;

/// What decodes decodes to the same again, in little memory. Whether it is a message.
pub fn is_sound<T: Message + Debug + PartialEq>(bytes: &[u8], limit: usize) -> bool {
    let version = bytes.first().copied().unwrap_or_default();
    let (decoded, held) = measured(|| decode::<T>(version, bytes, limit));
    // An element of two bytes may take a hundred as a value, and twice that while its list grows.
    assert!(held <= bytes.len() * 256 + 1_024, "{held} bytes were held");
    let Ok(message) = decoded else { return false };
    let again = encode(version, &message).expect("it was said in this version");
    assert_eq!(decode(version, &again, limit), Ok(message));
    true
}
