//! Each fixture decodes to what its JSON says, and encodes to the same bytes again.

use std::collections::BTreeSet;
use std::fmt::Debug;

use session_bridge::protocol::{DecodeError, Message, ToManager, ToService, decode, encode};

use crate::fixtures::{LIMIT, TO_MANAGER, TO_SERVICE, VERSION, read, written};

#[test]
fn messages_to_the_service_are_as_recorded() {
    as_recorded::<ToService>(TO_SERVICE);
}

#[test]
fn messages_to_the_manager_are_as_recorded() {
    as_recorded::<ToManager>(TO_MANAGER);
}

/// What version 1 was is held still by the fixtures of the build that spoke nothing else.
#[test]
fn version_1_is_as_it_was() {
    as_it_was::<ToService>(TO_SERVICE);
    as_it_was::<ToManager>(TO_MANAGER);
}

fn as_it_was<T: Message + Debug + PartialEq>(file: &str) {
    let fixtures = read(&format!("version-1/{file}"));
    for fixture in &fixtures {
        let bytes = fixture.bytes();
        let message: T = decode(1, &bytes, LIMIT).unwrap_or_else(|error| panic!("{}: {error:?}", fixture.name));
        assert_eq!(serde_json::to_value(&message).expect("any message has JSON"), fixture.message, "{}", fixture.name);
        assert_eq!(encode(1, &message), Some(bytes), "{}", fixture.name);
    }
    assert!(!fixtures.is_empty(), "{file} holds nothing");
    // Of what came later version 1 has nothing, whatever the first byte says.
    for fixture in read(file).into_iter().filter(|newer| fixtures.iter().all(|older| older.name != newer.name)) {
        let mut bytes = fixture.bytes();
        let message: T = decode(VERSION, &bytes, LIMIT).unwrap_or_else(|error| panic!("{}: {error:?}", fixture.name));
        assert_eq!(message.since(), VERSION, "{}", fixture.name);
        assert_eq!(encode(1, &message), None, "{}", fixture.name);
        bytes[0] = 1;
        assert_eq!(decode::<T>(1, &bytes, LIMIT), Err(DecodeError::Malformed), "{}", fixture.name);
    }
}

fn as_recorded<T: Message + Debug + PartialEq>(file: &str) {
    let mut names = BTreeSet::new();
    for fixture in read(file) {
        let bytes = fixture.bytes();
        let message: T = decode(VERSION, &bytes, LIMIT).unwrap_or_else(|error| panic!("{}: {error:?}", fixture.name));
        assert_eq!(serde_json::to_value(&message).expect("any message has JSON"), fixture.message, "{}", fixture.name);
        assert_eq!(written(&message), bytes, "{}", fixture.name);
        assert!(names.insert(fixture.name.clone()), "two fixtures are named {:?}", fixture.name);
    }
    assert!(!names.is_empty(), "{file} holds nothing");
}
