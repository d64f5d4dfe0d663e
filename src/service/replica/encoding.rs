//! Values of the store as text: postcard, as the wire has it, one character from U+0000 to U+00FF for each byte. ASCII
//! in it stays legible where a browser shows what it stores.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Code;

/// The text of `value`.
///
/// Errors: `internal` if it cannot be written, which does not happen.
pub fn write<T: Serialize>(value: &T) -> Result<String, Code> {
    let bytes = postcard::to_allocvec(value).map_err(|_| Code::Internal)?;
    Ok(bytes.into_iter().map(char::from).collect())
}

/// The value in `text`.
///
/// Errors: `storage_failed` for what [`write`] never wrote.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Code> {
    let bytes = text.chars().map(|one| u8::try_from(one).ok()).collect::<Option<Vec<u8>>>();
    match postcard::take_from_bytes(&bytes.ok_or(Code::StorageFailed)?) {
        Ok((value, [])) => Ok(value),
        _ => Err(Code::StorageFailed),
    }
}

#[cfg(test)]
mod tests {
    use super::{read, write};
    use crate::error::Code;
    use alloc::string::String;

    #[test]
    fn ascii_stays_legible_and_every_byte_comes_back() {
        assert_eq!(write(&(3_u8, "alice")).unwrap(), "\u{3}\u{5}alice");
        let all = (u64::MAX, String::from("é😀\0"), (0..=255).collect::<alloc::vec::Vec<u8>>());
        assert_eq!(read(&write(&all).unwrap()), Ok(all));
    }

    #[test]
    fn hostile_45_what_was_never_written_is_refused() {
        for text in ["", "\u{3}", "\u{3}\u{5}alic", "\u{3}\u{5}alice!", "\u{3}\u{5}alicĀ", "\u{3}\u{2}Ã("] {
            assert_eq!(read::<(u8, String)>(text), Err(Code::StorageFailed), "{text:?}");
        }
    }
}
