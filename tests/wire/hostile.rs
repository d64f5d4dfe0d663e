//! Bytes that are no message: each is refused, and nothing panics on the way.

use std::fmt::Debug;

use session_bridge::protocol::{DecodeError, Message, ToManager, ToService, decode};

use crate::fixtures::{LIMIT, TO_MANAGER, TO_SERVICE, VERSION, read, written};

#[test]
fn damaged_messages_to_the_service() {
    damaged::<ToService>(TO_SERVICE);
}

#[test]
fn damaged_messages_to_the_manager() {
    damaged::<ToManager>(TO_MANAGER);
}

fn damaged<T: Message + Debug + PartialEq>(file: &str) {
    for fixture in read(file) {
        let (name, bytes) = (&fixture.name, fixture.bytes());
        for length in 0..bytes.len() {
            let cut = decode::<T>(VERSION, &bytes[..length], LIMIT);
            assert_eq!(cut, Err(DecodeError::Malformed), "{name}, cut to {length} bytes");
        }
        for extra in [0, 1, 0x80, 0xff] {
            let longer = [&bytes[..], &[extra]].concat();
            assert_eq!(decode::<T>(VERSION, &longer, LIMIT), Err(DecodeError::Malformed), "{name}, and {extra:#x}");
        }
        for version in (0..=u8::MAX).filter(|version| *version != VERSION) {
            let mut other = bytes.clone();
            other[0] = version;
            assert_eq!(decode::<T>(VERSION, &other, LIMIT), Err(DecodeError::Version), "{name}, version {version}");
        }
        assert_eq!(decode::<T>(VERSION, &bytes, bytes.len() - 1), Err(DecodeError::TooLong), "{name}");
        for bit in 8..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            refused_or_a_message::<T>(&flipped);
        }
    }
}

/// What decodes is a message like any other: it can be encoded, and says the same again.
pub fn refused_or_a_message<T: Message + Debug + PartialEq>(bytes: &[u8]) {
    if let Ok(message) = decode::<T>(VERSION, bytes, LIMIT) {
        assert_eq!(decode::<T>(VERSION, &written(&message), LIMIT), Ok(message), "{bytes:?}");
    }
}

#[test]
fn lengths_beyond_the_end() {
    // `Writes` (variant 0) with nothing settled, and more writes than the message has bytes.
    for length in [&[0x01][..], &[0x7f], &[0xff, 0xff, 0xff, 0xff, 0x0f], &[0xff; 9]] {
        let bytes = [&[VERSION, 0, 0], length].concat();
        assert_eq!(decode::<ToService>(VERSION, &bytes, LIMIT), Err(DecodeError::Malformed), "{length:?}");
    }
}

#[test]
fn variants_that_do_not_exist() {
    for variant in 7..0x80 {
        assert_eq!(decode::<ToService>(VERSION, &[VERSION, variant], LIMIT), Err(DecodeError::Malformed), "{variant}");
    }
    for variant in 13..0x80 {
        assert_eq!(decode::<ToManager>(VERSION, &[VERSION, variant], LIMIT), Err(DecodeError::Malformed), "{variant}");
    }
}

#[test]
fn values_that_the_domain_does_not_know() {
    let change = |from: &str, to: &str| {
        let fixture = read(TO_SERVICE).into_iter().find(|fixture| fixture.name == "writes: an added session");
        let bytes = fixture.expect("the fixture is there").bytes();
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).expect("the text is in it");
        [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
    };
    assert!(decode::<ToService>(VERSION, &change("ada", "bob"), LIMIT).is_ok());
    for (from, to) in [
        ("ada", "a\0a"),
        ("ada", "a\na"),
        (r#"{"name""#, r#"["name""#),
        (r#":"Ada""#, r#": Ada""#),
        (r#""color""#, r#""co\xr""#),
        (r#""teal"}"#, r#""teal"]"#),
        (r#","color":"teal""#, r#","name":"teall""#),
    ] {
        assert_eq!(from.len(), to.len(), "the length before the text stays true");
        assert_eq!(decode::<ToService>(VERSION, &change(from, to), LIMIT), Err(DecodeError::Malformed), "{from} {to}");
    }
}
