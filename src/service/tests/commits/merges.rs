//! Who wins when several write: merge, function updates, versions, and sign-out as a fence.

use alloc::vec;

use crate::error::Code;
use crate::service::tests::world::{A, B, World, add, id, patch, patch_if, remove};
use crate::session::{Mutation, Outcome, Version, Write};

/// Two pages of two sites, and session `s`, added by page 1 in commit 2.
fn two_pages() -> World {
    let mut world = World::new();
    world.connect(1, A);
    world.connect(2, B);
    world.write(1, 1, add("s"));
    world.outcome(1);
    world.heard(2);
    assert_eq!(world.head().seq, 2);
    world
}

/// A write made on an older state of this world.
fn on(base: Version, n: u64, mutation: Mutation) -> Write {
    Write { n, predecessor: 0, base, reads_from: None, mutations: vec![mutation] }
}

fn function(base: Version, n: u64, mutation: Mutation) -> Write {
    Write { reads_from: Some(n), ..on(base, n, mutation) }
}

#[test]
fn edits_of_different_keys_both_survive() {
    let mut world = two_pages();
    let base = world.head();
    world.writes(1, 0, vec![on(base, 2, patch("s", r#"{"a":1,"b":1}"#))]);
    world.writes(2, 0, vec![on(base, 1, patch("s", r#"{"b":2,"c":2}"#))]);
    assert_eq!(world.outcome(1), Outcome::Accepted(3));
    assert_eq!(world.outcome(2), Outcome::Accepted(4));
    assert_eq!(world.data("s").unwrap(), r#"{"a":1,"b":2,"c":2}"#);
}

#[test]
fn a_write_is_all_or_nothing() {
    let mut world = two_pages();
    let write =
        world.made(2, vec![patch("s", r#"{"a":1}"#), add("t"), Mutation::Activate(Some(id("s"))), patch("none", "{}")]);
    world.writes(1, 0, vec![write]);
    assert_eq!(world.outcome(1), Outcome::Refused(Code::NotFound));
    assert_eq!(world.data("s").unwrap(), "{}");
    assert_eq!(world.data("t"), None);
    assert_eq!(world.service.replica.state.active(), None);
    assert_eq!(world.reread().data("t"), None);
}

#[test]
fn a_function_update_is_run_again_only_if_another_client_was_there() {
    let mut world = two_pages();
    let base = world.head();
    // Its own changes since the base are the ones that it saw.
    world.writes(1, 0, vec![on(base, 2, patch("s", r#"{"n":1}"#)), function(base, 3, patch("s", r#"{"n":2}"#))]);
    assert_eq!(world.outcomes(1), [(2, Outcome::Accepted(3)), (3, Outcome::Accepted(3))]);
    world.writes(2, 0, vec![function(base, 1, patch("s", r#"{"n":1}"#))]);
    assert_eq!(world.outcome(2), Outcome::Contended);
    let base = world.head();
    world.writes(2, 0, vec![function(base, 2, patch("s", r#"{"n":3}"#))]);
    assert_eq!(world.outcome(2), Outcome::Accepted(5));
    // Now page 1 is the one that did not see it, though it wrote after.
    world.writes(1, 0, vec![on(base, 4, patch("s", r#"{"x":1}"#)), function(base, 5, patch("s", r#"{"n":3}"#))]);
    assert_eq!(world.outcomes(1), [(4, Outcome::Accepted(6)), (5, Outcome::Contended)]);
    assert_eq!(world.data("s").unwrap(), r#"{"n":3,"x":1}"#);
}

#[test]
fn a_function_update_that_saw_a_refused_write_is_run_again() {
    let mut world = two_pages();
    let saw = |saw, write: Write| Write { reads_from: Some(saw), predecessor: 0, ..write };
    let base = world.head();
    world.writes(
        1,
        0,
        vec![on(base, 2, add("s")), saw(2, on(base, 3, patch("s", "{}"))), saw(3, on(base, 4, patch("s", "{}")))],
    );
    let outcomes = world.outcomes(1);
    assert_eq!(
        outcomes,
        [(2, Outcome::Refused(Code::AlreadyExists)), (3, Outcome::Contended), (4, Outcome::Contended)]
    );
    let base = world.head();
    world.writes(1, 0, vec![saw(5, on(base, 5, patch("s", "{}")))]);
    assert!(matches!(world.outcome(1), Outcome::Accepted(_)));
}

#[test]
fn a_function_update_of_a_session_that_is_gone_is_not_found() {
    let mut world = two_pages();
    let base = world.head();
    world.write(2, 1, remove("s"));
    world.heard(1);
    world.writes(1, 0, vec![function(base, 2, patch("s", "{}"))]);
    assert_eq!(world.outcome(1), Outcome::Refused(Code::NotFound));
}

#[test]
fn a_version_that_is_insisted_on_counts_other_clients_only() {
    let mut world = two_pages();
    world.write(1, 2, patch("s", r#"{"a":1}"#));
    world.write(1, 3, patch_if("s", r#"{"a":2}"#, 2));
    assert_eq!(world.outcomes(1), [(2, Outcome::Accepted(3)), (3, Outcome::Accepted(4))]);
    world.write(2, 1, patch_if("s", r#"{"a":3}"#, 3));
    assert_eq!(world.outcome(2), Outcome::Refused(Code::Conflict));
    world.write(2, 2, Mutation::Remove { id: id("s"), if_version: Some(3) });
    assert_eq!(world.outcome(2), Outcome::Refused(Code::Conflict));
    world.write(2, 3, patch_if("s", r#"{"a":3}"#, 4));
    assert!(matches!(world.outcome(2), Outcome::Accepted(_)));
    world.write(1, 4, patch_if("s", r#"{"a":4}"#, 4));
    world.heard(2);
    assert_eq!(world.outcomes(1), [(4, Outcome::Refused(Code::Conflict))]);
}

#[test]
fn hostile_37_a_removed_session_is_added_again_only_by_who_knows_of_the_removal() {
    let mut world = two_pages();
    let before = world.head();
    world.write(2, 1, remove("s"));
    world.heard(1);
    world.writes(1, 0, vec![on(before, 2, add("s"))]);
    assert_eq!(world.outcome(1), Outcome::Refused(Code::Conflict));
    // The tombstone is in the store, not only in memory.
    let mut later = world.reread();
    later.connect(3, A);
    later.heard(3);
    later.writes(3, 0, vec![on(before, 1, add("s"))]);
    assert_eq!(later.outcome(3), Outcome::Refused(Code::Conflict));
    later.write(3, 2, add("s"));
    assert!(matches!(later.outcome(3), Outcome::Accepted(_)));
    assert_eq!(later.service.replica.state.tombstone(&id("s")), None);
}

#[test]
fn hostile_37_writes_from_before_a_session_was_created_do_not_reach_it() {
    let mut world = two_pages();
    let before = world.head();
    world.write(2, 1, remove("s"));
    world.write(2, 2, add("s"));
    world.heard(1);
    for (n, mutation) in [(2, patch("s", "{}")), (3, remove("s")), (4, Mutation::Activate(Some(id("s"))))] {
        world.writes(1, 0, vec![on(before, n, mutation)]);
        assert_eq!(world.outcome(1), Outcome::Refused(Code::NotFound), "{n}");
    }
    assert!(world.data("s").is_some());
    // Whoever created it may write to it before having heard so.
    world.writes(2, 0, vec![on(before, 3, patch("s", r#"{"a":1}"#))]);
    assert_eq!(world.data("s").unwrap(), r#"{"a":1}"#);
}

#[test]
fn hostile_35_a_base_of_another_store_is_a_conflict() {
    let mut world = two_pages();
    let head = world.head();
    let strange = [
        Version { epoch: head.epoch ^ 1, ..head },
        Version { tag: head.tag ^ 1, ..head },
        Version { seq: head.seq - 1, ..head },
        Version { seq: head.seq + 9, ..head },
    ];
    for (n, base) in (2..).zip(strange) {
        world.writes(1, 0, vec![on(base, n, patch("s", r#"{"a":1}"#))]);
        assert_eq!(world.outcome(1), Outcome::Refused(Code::Conflict), "{base:?}");
    }
    assert_eq!(world.data("s").unwrap(), "{}");
}

#[test]
fn removing_the_active_session_leaves_none_active() {
    let mut world = two_pages();
    world.write(1, 2, Mutation::Activate(Some(id("s"))));
    assert_eq!(world.reread().service.replica.state.active(), Some(&id("s")));
    world.write(2, 1, remove("s"));
    assert_eq!(world.service.replica.state.active(), None);
    assert_eq!(world.reread().service.replica.state.active(), None);
}
