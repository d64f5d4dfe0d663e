//! Data that is given whole: kept as it is, null members too, and replaced where its site sees it.

use alloc::string::{String, ToString};
use alloc::vec;

use crate::error::Code;
use crate::protocol::{Hello, ToManager, encode};
use crate::service::tests::connections::sight::{NARROW, granted, world};
use crate::service::tests::world::{A, World, hello, id, json, patch};
use crate::service::{ChannelId, Input};
use crate::session::{Mutation, Outcome, Version, Why, Write};
use crate::storage::Memory;

/// As an identity provider gives it.
const USER: &str = r#"{"name":"Ada","email":null,"phone":null,"address":{"street":null,"geo":[null,{"lat":null}]}}"#;

fn adds(data: &str) -> Mutation {
    Mutation::Add { id: id("t"), user_id: "u".to_string(), data: json(data), terms: Default::default() }
}

fn replace(name: &str, data: &str) -> Mutation {
    Mutation::Replace { id: id(name), data: json(data), if_version: None }
}

fn plain() -> World {
    let mut world = World::new();
    world.connect(1, A);
    world.heard(1);
    world
}

#[test]
fn what_is_added_is_kept_as_it_is_and_patches_touch_what_they_name() {
    let mut world = plain();
    world.write(1, 1, adds(USER));
    assert_eq!(world.data("t").as_deref(), Some(USER));
    world.write(1, 2, patch("t", r#"{"name":"Ada L.","address":{"city":"London"}}"#));
    let patched = USER.replace(r#""Ada""#, r#""Ada L.""#).replace("}]}}", r#"}],"city":"London"}}"#);
    assert_eq!(world.data("t"), Some(patched));
    world.write(1, 3, patch("t", r#"{"email":null,"address":{"street":null,"geo":null}}"#));
    let left = r#"{"name":"Ada L.","phone":null,"address":{"city":"London"}}"#;
    assert_eq!(world.data("t").as_deref(), Some(left));
    assert_eq!(world.reread().data("t").as_deref(), Some(left), "and so it is stored");
}

#[test]
fn what_replaces_is_the_data_whole() {
    let mut world = plain();
    world.write(1, 1, adds(r#"{"a":1,"b":{"c":2}}"#));
    world.write(1, 2, replace("t", r#"{"b":{"d":null},"e":null}"#));
    assert_eq!(world.data("t").as_deref(), Some(r#"{"b":{"d":null},"e":null}"#));
    world.write(1, 3, replace("t", "{}"));
    assert_eq!(world.data("t").as_deref(), Some("{}"));
    world.heard(1);
    world.write(1, 4, replace("none", "{}"));
    assert_eq!(world.outcome(1), Outcome::Refused(Code::NotFound));
}

#[test]
fn hostile_28_of_a_site_that_sees_some_keys_only_those_are_replaced() {
    let mut world = world();
    world.write(2, 1, patch("s", r#"{"theme":"dark"}"#));
    world.heard(2);
    world.write(2, 2, replace("s", r#"{"theme":{"of":null}}"#));
    assert!(matches!(world.outcome(2), Outcome::Accepted(_)));
    assert_eq!(world.data("s").unwrap(), r#"{"CANARY key":"CANARY value","theme":{"of":null}}"#);
    world.write(2, 3, replace("s", "{}"));
    assert!(matches!(world.outcome(2), Outcome::Accepted(_)));
    assert_eq!(world.data("s").unwrap(), r#"{"CANARY key":"CANARY value"}"#);
    let head = world.head();
    for (n, data) in [(4, r#"{"CANARY key":1}"#), (5, r#"{"theme":1,"other":null}"#)] {
        world.write(2, n, replace("s", data));
        let member = u64::from(n == 5);
        assert_eq!(world.outcome(2), Outcome::Denied(Why::Key { mutation: 0, member }));
    }
    assert_eq!(world.head(), head);
}

#[test]
fn a_replacement_needs_what_an_update_needs_and_is_bounded_as_one() {
    let mut config = granted();
    config.limits.data_bytes = 40;
    let mut world = World::with(config, Memory::new());
    world.connect(1, A);
    world.connect(2, NARROW);
    world.write(1, 1, adds(r#"{"a":"0123456789012345678901234567"}"#));
    world.heard(1);
    world.write(1, 2, replace("t", r#"{"a":"01234567890123456789012345678901234567"}"#));
    assert_eq!(world.outcome(1), Outcome::Denied(Why::DataBytes { bytes: 46, limit: 40 }));
    // What the other site does not see does not count for it.
    world.heard(2);
    world.write(2, 1, replace("t", r#"{"theme":"0123456789012345678901"}"#));
    assert!(matches!(world.outcome(2), Outcome::Accepted(_)));
    world.take(Input::Grants(vec![crate::service::tests::connections::sight::narrow(
        &["theme"],
        crate::service::Operations::REMOVE,
    )]));
    world.hello(3, NARROW, Hello { attempt: 2, ..hello(2) });
    world.heard(3);
    world.write(3, 2, replace("t", "{}"));
    assert_eq!(world.outcome(3), Outcome::Denied(Why::Operation(0)));
}

#[test]
fn a_functions_result_replaces_only_what_the_function_saw() {
    let mut world = plain();
    world.connect(2, crate::service::tests::world::B);
    world.write(1, 1, adds("{}"));
    let base = world.head();
    let made = |base: Version, n| Write {
        n,
        predecessor: 0,
        base,
        reads_from: Some(n),
        mutations: vec![replace("t", r#"{"n":1}"#)],
    };
    world.write(2, 1, patch("t", r#"{"other":1}"#));
    world.heard(1);
    world.writes(1, 0, vec![made(base, 2)]);
    assert_eq!(world.outcome(1), Outcome::Contended);
    world.writes(1, 0, vec![made(world.head(), 3)]);
    assert!(matches!(world.outcome(1), Outcome::Accepted(_)));
    assert_eq!(world.data("t").as_deref(), Some(r#"{"n":1}"#));
}

/// A page of version 2 beside one of the newest.
fn both() -> World {
    let mut world = plain();
    world.hello(2, crate::service::tests::world::B, Hello { versions: 1..=2, ..hello(2) });
    world.heard(2);
    world
}

#[test]
fn an_older_page_adds_without_null_members_and_is_shown_none() {
    let mut world = both();
    world.write(2, 1, adds(USER));
    assert_eq!(world.data("t").as_deref(), Some(r#"{"name":"Ada","address":{"geo":[null,{"lat":null}]}}"#));
    world.heard(2);
    world.write(1, 1, replace("t", USER));
    let shown = |messages: &[ToManager]| -> Option<String> {
        messages.iter().rev().find_map(|message| match message {
            ToManager::Event { changes, .. } => changes.iter().find_map(|change| match change {
                crate::session::Change::Put(session) => Some(session.data.as_str().to_string()),
                _ => None,
            }),
            ToManager::Page { sessions, .. } => Some(sessions.first()?.data.as_str().to_string()),
            _ => None,
        })
    };
    assert_eq!(shown(&world.heard(1)).as_deref(), Some(USER));
    assert_eq!(shown(&world.heard(2)).as_deref(), Some(r#"{"name":"Ada","address":{"geo":[null,{"lat":null}]}}"#));
    // What it updates leaves what it was not shown.
    world.write(2, 2, patch("t", r#"{"name":"A."}"#));
    assert_eq!(world.data("t"), Some(USER.replace("Ada", "A.")));
    world.hello(3, A, Hello { versions: 1..=2, ..hello(3) });
    assert!(!shown(&world.heard(3)).unwrap().contains(r#""email""#), "nor in a snapshot");
}

#[test]
fn a_replacement_in_an_older_version_is_a_write_of_nothing() {
    let mut world = both();
    world.write(1, 1, adds("{}"));
    world.heard(2);
    world.write(2, 1, replace("t", r#"{"n":1}"#));
    assert_eq!(world.outcome(2), Outcome::Refused(Code::InvalidArgument));
    assert_eq!(world.data("t").as_deref(), Some("{}"));
    // Said in its own bytes it is malformed.
    let message =
        crate::protocol::ToService::Writes { settled: 0, writes: vec![world.made(2, vec![replace("t", "{}")])] };
    let mut bytes = encode(3, &message).unwrap();
    bytes[0] = 2;
    world.take(Input::Message { channel: ChannelId(2), bytes });
    assert_eq!((world.heard(2), world.service.metrics().malformed), (vec![], 1));
}

#[test]
fn what_became_of_a_replacement_is_told_in_an_older_version() {
    let mut world = both();
    world.write(1, 1, adds("{}"));
    let write = world.made(2, vec![replace("t", r#"{"n":1}"#)]);
    world.writes(1, 0, vec![write.clone()]);
    world.hello(4, A, Hello { versions: 1..=2, attempt: 2, ..hello(1) });
    world.heard(4);
    world.writes(4, 0, vec![write]);
    assert_eq!(world.outcome(4), Outcome::Accepted(3));
}
