//! Reads the fixture files, and writes their bytes anew when asked to.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use session_bridge::protocol::{Message, PROTOCOL, ToManager, ToService, encode};

pub const TO_SERVICE: &str = "to-service.json";
pub const TO_MANAGER: &str = "to-manager.json";

/// The version that the fixtures are written in.
pub const VERSION: u8 = *PROTOCOL.end();

/// The versions before it that are spoken too.
pub const OLDER: [u8; 3] = [1, 2, 3];

/// The variants that came with each version, by the names that they have in JSON.
const CAME_WITH: [(u8, &[&str]); 3] = [
    (2, &["AskAccess", "LeavePrompt", "ShowFrame", "AccessDone", "Trouble"]),
    (3, &["Replace", "Denied", "Quiet"]),
    (4, &["Touch", "Touched", "CleanUp", "CleanedUp", "Configure", "Recover", "Count", "Expired"]),
];

/// The fields that came with each version: their names, and what a message of an older version means by saying nothing of them.
fn fields_since() -> [(u8, &'static str, Value); 5] {
    [
        (4, "lifetime", json!({"ttl": null, "renews": true, "expires_at": null})),
        (4, "requests", json!({"count": 0, "micros": 0, "limit": null, "last_url": null})),
        (4, "terms", json!({"ttl": null, "renews": null, "limit": null, "resets": false})),
        (4, "rules", json!({"default": null, "longest": null, "recovery": 604_800_000, "counts": true})),
        (4, "time", Value::Null),
    ]
}

/// Whether this message, as JSON, has anything in it that the version lacks, down to its last part. A field that says no more than
/// its absence is nothing.
pub fn lacks(version: u8, message: &Value) -> bool {
    let newer = |name: &str| CAME_WITH.iter().any(|(with, names)| *with > version && names.contains(&name));
    let fields = fields_since();
    let says = |name: &str, value: &Value| {
        fields.iter().any(|(with, field, without)| *with > version && *field == name && value != without)
    };
    match message {
        Value::Object(members) => {
            members.iter().any(|(name, value)| newer(name) || says(name, value) || lacks(version, value))
        }
        Value::Array(all) => all.iter().any(|value| lacks(version, value)),
        Value::String(name) => newer(name),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A message of an older version as JSON, as the last build of that version wrote it: without the fields that came later. None of
/// these says anything.
pub fn described_in<T: Serialize>(version: u8, message: &T) -> Value {
    let mut json = described(message);
    for (_, field, without) in fields_since().into_iter().filter(|(with, ..)| *with > version) {
        forget(&mut json, field, &|value| assert_eq!(*value, without, "{field} in version {version}"));
    }
    json
}

/// A message as JSON. A field that only a test gives to sessions has none.
pub fn described<T: Serialize>(message: &T) -> Value {
    let mut json = serde_json::to_value(message).expect("any message has JSON");
    if cfg!(feature = "further") {
        forget(&mut json, "further", &|_| ());
    }
    json
}

fn forget(json: &mut Value, member: &str, look: &impl Fn(&Value)) {
    match json {
        Value::Object(members) => {
            if let Some(value) = members.remove(member) {
                look(&value);
            }
            members.values_mut().for_each(|value| forget(value, member, look));
        }
        Value::Array(all) => all.iter_mut().for_each(|value| forget(value, member, look)),
        _ => {}
    }
}

/// Longer than any fixture.
pub const LIMIT: usize = 1 << 20;

#[derive(Deserialize)]
pub struct Fixture {
    pub name: String,
    /// Hexadecimal.
    bytes: String,
    /// As serde's default (external) tagging writes the message in JSON.
    pub message: Value,
}

impl Fixture {
    pub fn bytes(&self) -> Vec<u8> {
        assert!(self.bytes.len().is_multiple_of(2), "{}: half a byte", self.name);
        (0..self.bytes.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&self.bytes[at..at + 2], 16).expect("hexadecimal digits"))
            .collect()
    }
}

pub fn read(file: &str) -> Vec<Fixture> {
    let text = std::fs::read_to_string(path(file)).expect("the fixture file can be read");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn path(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/wire/fixtures", file].iter().collect()
}

/// The bytes of a message in the newest version.
pub fn written<T: Message>(message: &T) -> Vec<u8> {
    encode(VERSION, message).expect("the newest version has every message")
}

/// Writes the bytes of each fixture as this build makes them. Changes nothing unless `WIRE_REGENERATE` is set.
#[test]
fn regenerate() {
    if std::env::var_os("WIRE_REGENERATE").is_some() {
        rewrite::<ToService>(TO_SERVICE);
        rewrite::<ToManager>(TO_MANAGER);
    }
}

fn rewrite<T: Message + Serialize + DeserializeOwned>(file: &str) {
    let mut entries = Vec::new();
    for fixture in read(file) {
        let message: T =
            serde_json::from_value(fixture.message).unwrap_or_else(|error| panic!("{file}: {}: {error}", fixture.name));
        let bytes = written(&message).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let (name, message) = (Value::from(fixture.name), serde_json::to_string(&message).expect("it came from JSON"));
        entries.push(format!(
            "  {{\n    \"name\": {name},\n    \"bytes\": \"{bytes}\",\n    \"message\": {message}\n  }}"
        ));
    }
    std::fs::write(path(file), format!("[\n{}\n]\n", entries.join(",\n"))).expect("the fixture file can be written");
}
