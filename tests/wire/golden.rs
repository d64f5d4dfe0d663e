//! Each fixture decodes to what its JSON says, and encodes to the same bytes again.

use std::collections::BTreeSet;
use std::fmt::Debug;

use serde::Serialize;
use session_bridge::protocol::{DecodeError, Message, ToManager, ToService, decode, encode};

use crate::fixtures::{LIMIT, OLDER, TO_MANAGER, TO_SERVICE, VERSION, described, described_in, lacks, read, written};

#[test]
fn messages_to_the_service_are_as_recorded() {
    as_recorded::<ToService>(TO_SERVICE);
}

#[test]
fn messages_to_the_manager_are_as_recorded() {
    as_recorded::<ToManager>(TO_MANAGER);
}

/// What an older version was is held still by the fixtures of the last build that spoke nothing newer.
#[test]
fn older_versions_are_as_they_were() {
    for version in OLDER {
        as_it_was::<ToService>(version, TO_SERVICE);
        as_it_was::<ToManager>(version, TO_MANAGER);
    }
}

fn as_it_was<T: Message + Serialize + Debug + PartialEq>(version: u8, file: &str) {
    let fixtures = read(&format!("version-{version}/{file}"));
    for fixture in &fixtures {
        let bytes = fixture.bytes();
        let message: T = decode(version, &bytes, LIMIT).unwrap_or_else(|error| panic!("{}: {error:?}", fixture.name));
        assert_eq!(described_in(version, &message), fixture.message, "{}", fixture.name);
        assert_eq!(encode(version, &message), Some(bytes), "{}", fixture.name);
    }
    // Of what came later it has nothing, whatever the first byte says.
    for fixture in read(file).into_iter().filter(|newer| fixtures.iter().all(|older| older.name != newer.name)) {
        let name = &fixture.name;
        let mut bytes = fixture.bytes();
        let message: T = decode(VERSION, &bytes, LIMIT).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let instead = encode(version, &message);
        bytes[0] = version;
        if lacks(version, &fixture.message) {
            assert_eq!(decode::<T>(version, &bytes, LIMIT), Err(DecodeError::Malformed), "{name}");
        } else {
            // It has all that is in it, but not that value.
            assert!(instead.is_some(), "{name}");
        }
        let Some(instead) = instead else { continue };
        assert_ne!(instead, bytes, "{name}");
        let instead: T = decode(version, &instead, LIMIT).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert!(!lacks(version, &described(&instead)), "{name}");
    }
    assert!(!fixtures.is_empty(), "{file} holds nothing");
}

fn as_recorded<T: Message + Serialize + Debug + PartialEq>(file: &str) {
    let mut names = BTreeSet::new();
    for fixture in read(file) {
        let bytes = fixture.bytes();
        let message: T = decode(VERSION, &bytes, LIMIT).unwrap_or_else(|error| panic!("{}: {error:?}", fixture.name));
        assert_eq!(described(&message), fixture.message, "{}", fixture.name);
        assert_eq!(written(&message), bytes, "{}", fixture.name);
        assert!(names.insert(fixture.name.clone()), "two fixtures are named {:?}", fixture.name);
    }
    assert!(!names.is_empty(), "{file} holds nothing");
}
