//! What every new session begins with.

use alloc::string::ToString;
use alloc::vec;

use crate::service::tests::connections::sight::{NARROW, narrow};
use crate::service::tests::world::{A, World, config, id, json, patch};
use crate::service::{Config, Grant, Limits, Operations};
use crate::session::{Mutation, Outcome, Why};
use crate::storage::Memory;

const DEFAULTS: &str = r#"{"theme":{"dark":true,"size":1},"plan":"free","none":null}"#;

fn adds(name: &str, data: &str) -> Mutation {
    Mutation::Add { id: id(name), user_id: "u".to_string(), data: json(data), terms: Default::default() }
}

/// Page 1 sees everything, page 2 the theme and the user.
fn world(limits: Limits) -> World {
    let grants = vec![Grant::plain(A.to_string(), true), narrow(&["theme", "userId"], Operations::ALL)];
    let mut world = World::with(Config { grants, limits, defaults: json(DEFAULTS), ..config() }, Memory::new());
    world.connect(1, A);
    world.connect(2, NARROW);
    world
}

#[test]
fn a_new_session_has_them_in_the_keys_that_it_lacks_and_no_other_session_does() {
    let mut world = world(Limits::default());
    for (n, data, expected) in [
        (1, "{}", DEFAULTS),
        (2, r#"{"plan":"paid","x":1}"#, r#"{"theme":{"dark":true,"size":1},"none":null,"plan":"paid","x":1}"#),
        (3, r#"{"theme":{"dark":false},"plan":null}"#, r#"{"none":null,"theme":{"dark":false},"plan":null}"#),
    ] {
        let name = n.to_string();
        world.write(1, n, adds(&name, data));
        assert_eq!(world.data(&name).as_deref(), Some(expected));
    }
    world.write(1, 4, patch("1", r#"{"plan":null}"#));
    world.write(1, 5, Mutation::Replace { id: id("2"), data: json("{}"), if_version: None });
    assert_eq!(world.data("1").as_deref(), Some(r#"{"theme":{"dark":true,"size":1},"none":null}"#));
    assert_eq!(world.data("2").as_deref(), Some("{}"));
}

#[test]
fn they_stand_in_keys_too_that_the_site_does_not_see_and_count_for_what_it_sees_only() {
    let mut world = world(Limits::default());
    world.write(2, 1, adds("a", r#"{"theme":"blue"}"#));
    assert_eq!(world.data("a").as_deref(), Some(r#"{"plan":"free","none":null,"theme":"blue"}"#));
    let mut small = self::world(Limits { data_bytes: 45, ..Limits::default() });
    small.write(2, 1, adds("b", "{}"));
    small.heard(2);
    small.write(2, 2, adds("c", r#"{"theme":{"dark":true,"x":"0123456789 0123456789"}}"#));
    assert!(matches!(small.outcome(2), Outcome::Denied(Why::DataBytes { limit: 45, .. })));
    assert_eq!(small.data("b").as_deref(), Some(DEFAULTS));
    assert_eq!(small.data("c"), None);
}
