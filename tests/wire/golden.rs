//! Each fixture decodes to what its JSON says, and encodes to the same bytes again.

use std::collections::BTreeSet;
use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};
use session_bridge::protocol::{ToManager, ToService, decode, encode};

use crate::fixtures::{LIMIT, TO_MANAGER, TO_SERVICE, VERSION, read};

#[test]
fn messages_to_the_service_are_as_recorded() {
    as_recorded::<ToService>(TO_SERVICE);
}

#[test]
fn messages_to_the_manager_are_as_recorded() {
    as_recorded::<ToManager>(TO_MANAGER);
}

fn as_recorded<T: Serialize + DeserializeOwned + Debug + PartialEq>(file: &str) {
    let mut names = BTreeSet::new();
    for fixture in read(file) {
        let bytes = fixture.bytes();
        let message: T = decode(VERSION, &bytes, LIMIT).unwrap_or_else(|error| panic!("{}: {error:?}", fixture.name));
        assert_eq!(serde_json::to_value(&message).expect("any message has JSON"), fixture.message, "{}", fixture.name);
        assert_eq!(encode(VERSION, &message), bytes, "{}", fixture.name);
        assert!(names.insert(fixture.name.clone()), "two fixtures are named {:?}", fixture.name);
    }
    assert!(!names.is_empty(), "{file} holds nothing");
}
