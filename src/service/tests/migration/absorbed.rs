//! Writes of pages that saw a store which was absorbed since.

use alloc::vec;

use super::stores::{activate, names, rises_at_once, state, two};
use crate::ambient::Span;
use crate::error::Code;
use crate::service::replica::encoding::SCHEMA;
use crate::service::replica::record::{Absorbed, RecordChange};
use crate::service::tests::world::{A, B, World, add, id, patch, remove};
use crate::session::{Mutation, Outcome, Version, Write};

#[test]
fn what_was_made_on_an_absorbed_store_is_judged_as_if_made_on_what_was_absorbed() {
    let outcome = |last: bool, prepare: fn(&mut World, &mut World), make: fn() -> Mutation, function: bool| {
        let stores = two();
        let mut below = stores.below();
        let mut above = stores.above();
        below.connect(5, A);
        above.connect(6, B);
        let mut base = below.head();
        prepare(&mut below, &mut above);
        let mut world = stores.service();
        world.prompt = false;
        world.take(rises_at_once());
        while !state(&world).moving() {
            world.serve();
        }
        if last {
            base = world.head();
        }
        world.resume();
        world.connect(7, A);
        world.heard(7);
        let write = Write { n: 1, predecessor: 0, base, reads_from: function.then_some(1), mutations: vec![make()] };
        world.writes(7, 0, vec![write]);
        world.outcome(7)
    };
    let nothing: fn(&mut World, &mut World) = |_, _| {};
    let [accepted, contended, conflict, missing] = [0, 1, 2, 3];
    let kind = |outcome| match outcome {
        Outcome::Accepted(_) => 0,
        Outcome::Contended => 1,
        Outcome::Refused(Code::Conflict) => 2,
        Outcome::Refused(Code::NotFound) => 3,
        Outcome::Refused(_) | Outcome::Denied(_) => 4,
    };
    let update = || patch("b", r#"{"n":2}"#);
    assert_eq!(kind(outcome(true, nothing, update, false)), accepted);
    assert_eq!(kind(outcome(false, nothing, update, false)), accepted);
    assert_eq!(kind(outcome(true, nothing, update, true)), accepted, "it saw just what was absorbed");
    assert_eq!(kind(outcome(false, nothing, update, true)), contended, "the seal came after it");
    let merged: fn(&mut World, &mut World) = |_, above| {
        above.write(6, 1, add("b"));
    };
    assert_eq!(kind(outcome(true, merged, update, true)), contended, "both stores had it");
    let if_version = || crate::service::tests::world::patch_if("b", "{}", 2);
    assert_eq!(kind(outcome(true, nothing, if_version, false)), conflict);
    let removed: fn(&mut World, &mut World) = |below, _| below.write(5, 1, remove("b"));
    assert_eq!(kind(outcome(true, removed, || add("b"), false)), accepted, "it saw the removal");
    assert_eq!(kind(outcome(false, removed, || add("b"), false)), conflict);
    assert_eq!(kind(outcome(false, removed, update, false)), missing);
    let removed_above: fn(&mut World, &mut World) = |_, above| above.write(6, 1, remove("a"));
    assert_eq!(kind(outcome(true, removed_above, || add("a"), false)), conflict, "of that nobody knew below");
    let another: fn(&mut World, &mut World) = |below, _| {
        below.write(5, 1, remove("b"));
        below.write(5, 2, add("b"));
    };
    assert_eq!(kind(outcome(false, another, update, false)), missing, "another one of the same name");
    assert_eq!(kind(outcome(true, another, update, false)), accepted);
    assert_eq!(kind(outcome(true, nothing, || activate("b"), false)), accepted);
}

#[test]
fn a_write_that_took_effect_below_is_not_repeated_above() {
    let stores = two();
    let mut below = stores.below();
    below.connect(5, A);
    let write = below.made(1, vec![patch("b", r#"{"n":1}"#)]);
    below.writes(5, 0, vec![write.clone()]);
    // Its page does not hear of it, and somebody undoes it above.
    let mut world = stores.both();
    world.connect(6, B);
    world.write(6, 1, patch("b", r#"{"n":null}"#));
    world.connect(5, A);
    world.heard(5);
    world.writes(5, 0, vec![write]);
    assert!(matches!(world.outcome(5), Outcome::Accepted(_)));
    assert_eq!(world.data("b").unwrap(), "{}");
}

#[test]
fn what_nobody_remembers_any_more_is_a_conflict() {
    let told_of = |seq: u64, horizon: u64, before: u64, first: u64| {
        let mut world = two().above();
        let at = world.head().seq;
        let first = first.min(at);
        let known = &mut world.service.replica.state;
        known.learn(&RecordChange::Absorbed(77, Absorbed { seq: 20, horizon: 10, at, before, first }));
        known.learn(&RecordChange::Horizon(horizon, SCHEMA));
        world.connect(7, A);
        world.heard(7);
        let base = Version { epoch: 77, seq, tag: 1 };
        let write = Write { base, ..world.made(1, vec![patch("a", r#"{"n":1}"#)]) };
        world.writes(7, 0, vec![write]);
        matches!(world.outcome(7), Outcome::Accepted(_))
    };
    let told = |seq, horizon| told_of(seq, horizon, 0, u64::MAX);
    assert_eq!([9, 10, 20, 21].map(|seq| told(seq, 0)), [false, true, true, false]);
    let at = two().above().head().seq;
    let told = [0, at - 1, at, at + 1].map(|horizon| told(20, horizon));
    assert_eq!(told, [true, true, false, false], "what came along with it dates from the commit that absorbed it");
    // Absorbed twice, first by the commit before, up to 15.
    let told = |seq| [0, at - 2, at - 1, at].map(|horizon| told_of(seq, horizon, 15, at - 1));
    assert_eq!(told(14), [true, true, false, false], "what came along the first time dates from then");
    assert_eq!(told(15), [true, true, true, false]);
}

#[test]
fn a_write_that_took_effect_below_is_not_repeated_above_when_its_outcome_is_forgotten() {
    let stores = two();
    let mut below = stores.below();
    below.connect(1, A);
    let write = below.made(3, vec![patch("b", r#"{"n":1}"#)]);
    below.writes(1, 0, vec![write.clone()]);
    let mut world = stores.both();
    let at = state(&world).absorbed(write.base.epoch).unwrap().at;
    world.connect(2, B);
    world.write(2, 2, patch("b", r#"{"n":null}"#));
    for client in 100.. {
        if state(&world).horizon() >= Some(at) {
            break;
        }
        world.pass(Span::from_millis(260));
        world.connect(client, B);
        world.write(client, 1, patch("a", "{}"));
    }
    assert_eq!(state(&world).horizon(), Some(at), "the first of what came along is forgotten");
    world.connect(1, A);
    world.heard(1);
    world.writes(1, 0, vec![write]);
    assert_eq!((world.outcome(1), world.data("b").unwrap()), (Outcome::Refused(Code::Conflict), "{}".into()));
}

#[test]
fn a_session_that_was_removed_below_is_not_back_when_its_removal_is_forgotten() {
    let stores = two();
    let mut below = stores.below();
    below.connect(1, A);
    below.write(1, 3, add("aa"));
    below.write(1, 4, remove("aa"));
    let late = below.made(1, vec![add("b")]);
    below.write(1, 5, remove("b"));
    let mut world = stores.both();
    let at = state(&world).absorbed(late.base.epoch).unwrap().at;
    // As when so many were removed since that the first that came along goes.
    let changes =
        [RecordChange::NoTombstone(id("aa")), RecordChange::NoTombstone(id("b")), RecordChange::Horizon(at, SCHEMA)];
    changes.iter().for_each(|change| world.service.replica.state.learn(change));
    world.connect(9, A);
    world.heard(9);
    world.writes(9, 0, vec![late]);
    assert_eq!((world.outcome(9), names(&world)), (Outcome::Refused(Code::Conflict), vec!["a".into()]));
}
