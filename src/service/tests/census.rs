//! How the sessions of the store stand, by the authority's clock.

use alloc::string::ToString;

use super::world::{A, World, id, json, remove};
use crate::ambient::UnixMillis;
use crate::service::Census;
use crate::session::{Mutation, Terms};

const MINUTE: u64 = 60_000;
const START: u64 = 1_000;

fn adds(name: &str, ttl: Option<u64>) -> Mutation {
    let terms = Terms { ttl: Some(ttl), renews: None, ..Terms::default() };
    Mutation::Add { id: id(name), user_id: "u".to_string(), data: json("{}"), terms }
}

/// So long after the start, as `[valid, expired, mean_age]`.
fn stands(world: &World, after: u64) -> [u64; 3] {
    let Census { valid, expired, mean_age, .. } = world.service.census(UnixMillis(START + after));
    [valid, expired, mean_age]
}

#[test]
fn sessions_are_counted_by_whether_they_are_expired_at_that_time() {
    let mut world = World::new();
    world.connect(1, A);
    assert_eq!(stands(&world, MINUTE), [0, 0, 0], "of none, the mean is 0");
    world.write(1, 1, adds("short", Some(MINUTE)));
    world.write(1, 2, adds("endless", None));
    world.now.wall = UnixMillis(START + MINUTE);
    world.write(1, 3, adds("later", Some(MINUTE)));
    assert_eq!(world.service.metrics().sessions, 3);
    assert_eq!(stands(&world, MINUTE - 1)[..2], [3, 0]);
    assert_eq!(stands(&world, MINUTE)[..2], [2, 1], "from its end on it is expired");
    assert_eq!(stands(&world, 2 * MINUTE)[..2], [1, 2]);
    assert_eq!(stands(&world, MINUTE - 1)[..2], [3, 0], "the clock may be set back");
    assert_eq!(stands(&world.reread(), 2 * MINUTE)[..2], [1, 2]);
}

#[test]
fn ages_count_from_when_a_session_was_added() {
    let mut world = World::new();
    world.connect(1, A);
    world.write(1, 1, adds("first", None));
    world.now.wall = UnixMillis(START + MINUTE);
    world.write(1, 2, adds("second", None));
    world.write(1, 3, Mutation::Recover(id("first")));
    assert_eq!(stands(&world, MINUTE)[2], MINUTE / 2);
    assert_eq!(stands(&world, 3 * MINUTE + 1)[2], 2 * MINUTE + MINUTE / 2 + 1, "a use makes none younger");
    assert_eq!(stands(&world, MINUTE / 2)[2], MINUTE / 4, "the clock was set back: the second is new, and no younger");
    world.write(1, 4, remove("first"));
    assert_eq!(stands(&world, 3 * MINUTE)[2], 2 * MINUTE);
}
