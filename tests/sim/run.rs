//! One run: trouble, healing, rest.

use session_bridge::machine::planted::Bug;

use crate::faults::Counts;
use crate::queue::SECOND;
use crate::world::{PATIENCE, World};

/// What one run came to.
pub struct Report {
    /// What was wrong and how to see it again.
    pub violation: Option<String>,
    pub counts: Counts,
    /// Equal for equal runs.
    pub digest: u64,
    pub steps: u64,
    pub commits: u64,
    pub accepted: u64,
    /// Of the faults healed to all at rest, in virtual microseconds.
    pub rested_after: u64,
}

/// How many steps a run has at least.
pub const STEPS: u64 = 40;

/// Runs the world of this seed from beginning to end.
pub fn run(seed: u64, bug: Option<Bug>, loud: bool) -> Report {
    let steps = STEPS + seed % 20;
    let mut world = World::new(seed, steps, bug, loud);
    while world.users.steps > 0 && world.violation.is_none() {
        world.run_until(world.now + SECOND);
    }
    world.heal();
    let healed = world.now;
    let mut unrest = Some(String::from("never looked"));
    while (unrest.is_some() || world.now < world.last_commit_due)
        && world.violation.is_none()
        && world.now < healed + PATIENCE
    {
        world.run_until(world.now + SECOND);
        // One that was asked to close before the healing is another page now.
        (0..world.tabs.len()).for_each(|tab| world.reopen_if_closed(tab));
        unrest = (0..world.tabs.len()).find_map(|tab| world.unrest(tab));
    }
    if let Some(why) = unrest {
        world.violated(format!("not at rest {} s after everything was healed: {why}", PATIENCE / SECOND));
    }
    let rested_after = world.now.saturating_sub(healed);
    world.check_end();
    stay(&mut world);
    let commits = world.stores.iter().map(|store| store.history.line.len() as u64).sum();
    let accepted = world.stores.iter().map(|store| store.history.accepted).sum();
    let violation = world
        .violation
        .map(|why| format!("seed {seed}: {why}\n  again: SIM_SEED={seed} cargo test --test sim -- --nocapture"));
    Report { violation, counts: world.counts, digest: world.trace.digest(), steps, commits, accepted, rested_after }
}

/// Whoever is at rest stays so: nobody commits anything any more.
fn stay(world: &mut World) {
    let heads = |world: &World| world.stores.iter().map(|store| store.history.head()).collect::<Vec<_>>();
    let before = heads(world);
    world.run_until(world.now + 12 * SECOND);
    if heads(world) != before {
        world.violated(String::from("commits go on although nobody writes"));
    }
    if let Some(why) = (0..world.tabs.len()).find_map(|tab| world.unrest(tab)) {
        world.violated(format!("at rest, and then not: {why}"));
    }
}
