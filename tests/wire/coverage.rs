//! Every variant of every enum on the wire stands in a fixture.

use std::collections::BTreeSet;

use serde_json::Value;
use session_bridge::error::Code;
use session_bridge::protocol::{ResumeFrom, ToManager, ToService};
use session_bridge::session::{Change, Mutation, Outcome, StorageLevel, Upgrade, Why};

use crate::fixtures::{TO_MANAGER, TO_SERVICE, read};

/// The names of all variants of these enums. Each list is checked by a `match` without a wildcard, so that a variant
/// which is missing here does not compile, and one that is here needs a fixture.
macro_rules! variants {
    ($($type:ident { $($variant:ident),* $(,)? })*) => {{
        $({
            #[expect(dead_code, reason = "it is there for the compiler")]
            fn complete(value: &$type) {
                match value { $($type::$variant { .. } => {})* }
            }
        })*
        vec![$((stringify!($type), vec![$(stringify!($variant)),*])),*]
    }};
}

fn on_the_wire() -> Vec<(&'static str, Vec<&'static str>)> {
    variants! {
        ToService { Writes, Sync, Ack, Bye, AskAccess, LeavePrompt, Touch, CleanUp }
        ToManager {
            Welcome, Event, Page, Pong, Synced, Outcomes, Storage, Goodbye, ShowFrame, AccessDone, Trouble, Quiet, Touched,
            CleanedUp,
        }
        ResumeFrom { LastSent, Held }
        Mutation { Add, Update, Remove, Activate, Replace, Configure, Recover, Count }
        Change { Put, Removed, Active }
        Outcome { Accepted, Refused, Contended, Denied }
        Why { Operation, UserId, Key, DataBytes, Sessions, TotalBytes, Mutations }
        StorageLevel { Unknown, SameSite, Handle, Server, Partitioned, Memory }
        Upgrade { None, Gesture, Visit }
        Code {
            InvalidArgument, NotFound, AlreadyExists, Conflict, LimitExceeded, Forbidden, Timeout, Aborted,
            Unreachable, Disconnected, Closed, ProtocolMismatch, StorageDenied, StorageFull, StorageFailed, Internal,
            Expired,
        }
    }
}

#[test]
fn every_variant_has_a_fixture() {
    let mut seen = BTreeSet::new();
    for fixture in [read(TO_SERVICE), read(TO_MANAGER)].into_iter().flatten() {
        collect(&fixture.message, &mut seen);
    }
    for (type_name, variants) in on_the_wire() {
        for variant in variants {
            assert!(seen.contains(variant), "no fixture holds {type_name}::{variant}");
        }
    }
}

/// Fixtures are searched for names, so one name must not stand for two variants.
#[test]
fn variant_names_are_unambiguous() {
    let mut names = BTreeSet::new();
    for variant in on_the_wire().into_iter().flat_map(|(_, variants)| variants) {
        assert!(names.insert(variant), "two variants are named {variant}");
    }
}

/// Variants without fields are strings in the JSON, those with fields are keys.
fn collect(value: &Value, seen: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            seen.insert(text.clone());
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, seen)),
        Value::Object(members) => {
            for (key, value) in members {
                seen.insert(key.clone());
                collect(value, seen);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
