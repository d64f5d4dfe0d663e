//! Values of the store as text: bytes laid out as messages are, one character from U+0000 to U+00FF for each. ASCII in it stays
//! legible where a browser shows what it stores.
//!
//! Each value begins with a header that names the schema it was written in: the byte 0x80 + schema, then a zero. That is the schema
//! as a number with a byte too many. Schemas 1 and 2 had no headers, and began each value with a number in its fewest bytes, or
//! with 0 or 1: so what begins with a header is of none of them.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Code;
use crate::protocol::{Format, Reader, Wire, Writer};

/// The layout of keys and values that this build writes. It reads all up to this one.
pub const SCHEMA: u64 = 4;

/// The first schema whose values have a header.
const HEADED: u64 = 3;
/// Those before it, the newest first. Where a value differs between them, none of one is one of the other: neither ends where
/// the other does.
const BARE: [u8; 2] = [2, 1];
/// What the schema is added to in the header.
const HEADER: u8 = 0x80;

/// The values of a store, and the entries of its log. The version is the schema.
pub struct Records;

impl Format for Records {
    /// One commit may put as many entries as there are.
    const MOST: u64 = u64::MAX;
}

/// The text of `value`, in the schema of this build.
pub fn write<T: Wire<Records>>(value: &T) -> String {
    written(&|to| value.put(to))
}

// Of this and of what reads there is one each, whatever is written: the frame downloads it.
fn written(put: &dyn Fn(&mut Writer<Records>)) -> String {
    let mut to = Writer::new(SCHEMA as u8);
    to.byte(HEADER | to.version());
    to.byte(0);
    put(&mut to);
    text(to)
}

/// The value in `text`, in whatever schema it was written.
///
/// Errors: `protocol_mismatch` for a newer schema, `storage_failed` for what no build ever wrote.
pub fn read<T: Wire<Records>>(text: &str) -> Result<T, Code> {
    let mut value = None;
    try_schemas(text, &mut |from| {
        value = T::take(from);
        value.is_some()
    })?;
    value.ok_or(Code::StorageFailed)
}

/// Has `take` read the text in each schema that it may be of, until that reads all of it.
fn try_schemas(text: &str, take: &mut dyn FnMut(&mut Reader<'_, Records>) -> bool) -> Result<(), Code> {
    let mut reads = |schema, bytes| {
        let mut from = Reader::new(schema, bytes);
        take(&mut from) && from.is_done()
    };
    let bytes = bytes(text)?;
    let is_read = match bytes.as_slice() {
        [header @ HEADER..=u8::MAX, 0, rest @ ..] => match header & !HEADER {
            schema if u64::from(schema) > SCHEMA => return Err(Code::ProtocolMismatch),
            schema => u64::from(schema) >= HEADED && reads(schema, rest),
        },
        bare => BARE.into_iter().any(|schema| reads(schema, bare)),
    };
    if is_read { Ok(()) } else { Err(Code::StorageFailed) }
}

/// The text of `meta`: the schema that a store is in, and its horizon. It is the same in all schemas, without a header, so that
/// each build finds there whether it can read the store.
pub fn write_meta(schema: u64, horizon: u64) -> String {
    let mut to = Writer::<Records>::new(SCHEMA as u8);
    (schema, horizon).put(&mut to);
    text(to)
}

/// The schema that a store is in, and its horizon.
///
/// Errors: as [`read`].
pub fn read_meta(text: &str) -> Result<(u64, u64), Code> {
    let bytes = bytes(text)?;
    let mut from = Reader::<Records>::new(SCHEMA as u8, &bytes);
    let read = Wire::take(&mut from).filter(|_| from.is_done());
    let (schema, horizon) = read.ok_or(Code::StorageFailed)?;
    if schema > SCHEMA { Err(Code::ProtocolMismatch) } else { Ok((schema, horizon)) }
}

fn text(written: Writer<Records>) -> String {
    written.finish().into_iter().flatten().map(char::from).collect()
}

fn bytes(text: &str) -> Result<Vec<u8>, Code> {
    // A store holds many values: the room is made once for each.
    let mut bytes = Vec::with_capacity(text.len());
    for one in text.chars() {
        bytes.push(u8::try_from(one).map_err(|_| Code::StorageFailed)?);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;

    /// As builds before the headers wrote it.
    fn bare<T: Wire<Records>>(value: &T) -> String {
        let text = write(value);
        text.strip_prefix("\u{84}\0").unwrap().to_owned()
    }

    #[test]
    fn ascii_stays_legible_and_every_byte_comes_back() {
        assert_eq!(write(&(3_u64, "alice".to_owned())), "\u{84}\0\u{3}\u{5}alice");
        let all = (u64::MAX, ("é😀\0".to_owned(), (0..=255).collect::<Vec<u64>>()));
        assert_eq!(read(&write(&all)), Ok(all.clone()));
        assert_eq!(read(&bare(&all)), Ok(all));
    }

    #[test]
    fn no_number_that_a_build_ever_wrote_begins_as_a_header_does() {
        for shift in 0..64 {
            for number in [1_u64 << shift, (1 << shift) - 1, u64::MAX >> shift] {
                let bytes = postcard::to_allocvec(&number).unwrap();
                assert!(!matches!(bytes[..], [HEADER..=u8::MAX, 0, ..]), "{number}");
                assert_eq!(read(&bytes.into_iter().map(char::from).collect::<String>()), Ok(number));
            }
        }
    }

    #[test]
    fn a_store_tells_every_build_its_schema() {
        assert_eq!(write_meta(1, 300), "\u{1}\u{ac}\u{2}");
        assert_eq!(read_meta(&write_meta(1, 300)), Ok((1, 300)));
        assert_eq!(read_meta(&write_meta(SCHEMA, 0)), Ok((SCHEMA, 0)));
        for newer in ["\u{5}\0", "\u{5}\u{ac}\u{2}", "\u{80}\u{1}\0"] {
            assert_eq!(read_meta(newer), Err(Code::ProtocolMismatch), "{newer:?}");
        }
    }

    #[test]
    fn hostile_45_what_was_never_written_is_refused() {
        for text in ["", "\u{3}", "\u{3}\u{5}alic", "\u{3}\u{5}alice!", "\u{3}\u{5}alicĀ", "\u{3}\u{2}Ã("] {
            for text in [text.to_owned(), ["\u{84}\0", text].concat(), ["\u{82}\0", text].concat()] {
                assert_eq!(read::<(u64, String)>(&text), Err(Code::StorageFailed), "{text:?}");
            }
            assert_eq!(read_meta(text), Err(Code::StorageFailed), "{text:?}");
        }
        for text in ["\u{84}", "\u{84}\0", "\u{80}\0\u{3}\u{5}alice", "\u{82}\0\u{3}\u{5}alice"] {
            assert_eq!(read::<(u64, String)>(text), Err(Code::StorageFailed), "{text:?}");
        }
        assert_eq!(
            read::<(u64, String)>("\u{85}\0\u{3}\u{5}alice"),
            Err(Code::ProtocolMismatch),
            "of a schema to come"
        );
    }
}
