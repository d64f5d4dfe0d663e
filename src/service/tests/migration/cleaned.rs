//! A session that is cleaned up in one store, and lives in another.

use alloc::string::ToString;

use super::stores::{Stores, names, rises, wait};
use crate::ambient::{Span, UnixMillis};
use crate::service::tests::world::{A, B, World, id, json};
use crate::session::{Mutation, Terms};

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

/// Both clocks run for long enough that what has expired for good is removed.
fn cleans(world: &mut World) {
    for _ in 0..900 {
        world.now.wall.0 += 5_000;
        world.pass(Span::from_secs(5));
    }
}

/// The upper store had taken the session in, and the frame died before the lower one was emptied. Then the copy below expires for
/// good, while the one above is given a new life.
#[test]
fn what_is_cleaned_up_below_takes_nothing_that_lives_above() {
    let mut tried = 0;
    for step in 1..=16 {
        let stores = Stores::default();
        let mut below = stores.below();
        below.connect(1, A);
        let terms = Terms { ttl: Some(Some(HOUR)), renews: None, ..Terms::default() };
        below.write(1, 1, Mutation::Add { id: id("s"), user_id: "u".to_string(), data: json("{}"), terms });
        below.fuse = Some((step, true));
        below.take(rises());
        wait(&mut below);
        drop(below);
        // Somebody opens the lower store alone, which is reopened, and somebody the upper one.
        let mut lower = stores.below();
        wait(&mut lower);
        let mut upper = stores.above();
        if ![&lower, &upper].iter().all(|world| names(world).contains(&"s".to_string())) {
            continue;
        }
        tried += 1;
        upper.connect(2, B);
        let terms = Terms { ttl: Some(None), renews: None, ..Terms::default() };
        upper.write(2, 1, Mutation::Configure { id: id("s"), terms });
        drop((upper, lower));
        let mut lower = stores.below();
        lower.now.wall = UnixMillis(30 * DAY);
        lower.connect(3, A);
        cleans(&mut lower);
        assert!(names(&lower).is_empty(), "it is cleaned up");
        drop(lower);
        let mut both = stores.both();
        both.now.wall = UnixMillis(31 * DAY);
        wait(&mut both);
        assert!(names(&both).contains(&"s".to_string()), "step {step}: nobody signed it out, and it never expires");
    }
    assert!(tried > 0);
}
