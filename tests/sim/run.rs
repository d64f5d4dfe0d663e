//! One run: trouble, healing, rest.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::faults::Counts;
use crate::plan::{Plan, Strike};
use crate::planted;
use crate::queue::{SECOND, Time};
use crate::trace;
use crate::world::{PATIENCE, Violation, World};

/// What one run came to.
#[derive(Default)]
pub struct Report {
    pub violation: Option<Violation>,
    pub counts: Counts,
    /// Equal for equal runs.
    pub digest: u64,
    /// How many steps the users had, taken or not, until it ended or a rule was broken.
    pub steps: u64,
    pub tabs: usize,
    /// The faults that struck.
    pub struck: Vec<Strike>,
    pub commits: u64,
    pub accepted: u64,
    /// Of the faults healed to all at rest.
    pub rested_after: Time,
    /// How much virtual time it took.
    pub lasted: Time,
    /// What happened, if that was to be heard.
    pub lines: Vec<String>,
}

/// How many writes a second a service takes of one page, in the long run.
const WRITES_A_SECOND: u64 = 20;
/// How many steps a run has at least.
pub const STEPS: u64 = 40;

/// Runs a plan's world from beginning to end, and keeps what happens if it is to be `heard`. A panic is a violation like
/// any other.
pub fn run(plan: &Plan, heard: bool) -> Report {
    trace::begin();
    planted::plant(plan.bug);
    let report = catch_unwind(AssertUnwindSafe(|| live(plan, heard))).unwrap_or_else(|_| {
        let why = format!("it panicked: {}", trace::last_panic());
        Report { violation: Some(Violation { at: 0, why }), steps: STEPS, ..Report::default() }
    });
    planted::plant(None);
    Report { lines: trace::take(), ..report }
}

/// A few runs are long: there pages stay connected for more than a few messages.
fn steps(seed: u64) -> u64 {
    let steps = STEPS + seed % 20;
    if seed % 100 == 99 { steps * 10 } else { steps }
}

fn live(plan: &Plan, heard: bool) -> Report {
    let mut world = World::new(plan, steps(plan.seed), heard);
    while world.users.steps > 0 && world.violation.is_none() {
        world.run_until(world.now + SECOND);
    }
    let rested_after = if world.violation.is_none() { recover(&mut world) } else { 0 };
    Report {
        violation: world.violation,
        counts: world.counts,
        digest: world.trace.digest(),
        steps: world.users.taken(),
        tabs: world.tabs.len(),
        struck: world.luck.struck,
        commits: world.stores.iter().map(|store| store.history.line.len() as u64).sum(),
        accepted: world.stores.iter().map(|store| store.history.accepted).sum(),
        rested_after,
        lasted: world.now,
        lines: Vec::new(),
    }
}

/// Nothing goes wrong any more, and all has to come to rest. Gives how long that took.
fn recover(world: &mut World) -> Time {
    world.heal();
    let healed = world.now;
    // However many writes wait, they go at the pace of the service.
    let waiting: usize = world.tabs.iter().map(|tab| tab.page.shown.pending_writes).sum();
    let patience = PATIENCE + waiting as u64 * SECOND / WRITES_A_SECOND;
    let mut unrest = Some(String::from("never looked"));
    while (unrest.is_some() || world.now < world.last_word_due)
        && world.violation.is_none()
        && world.now < healed + patience
    {
        world.run_until(world.now + SECOND);
        // One that was asked to close before the healing is another page now.
        (0..world.tabs.len()).for_each(|tab| world.reopen_if_closed(tab));
        world.look_again();
        unrest = (0..world.tabs.len()).find_map(|tab| world.unrest(tab));
    }
    if let Some(why) = unrest {
        world.violated(format!("not at rest {} s after everything was healed: {why}", patience / SECOND));
    }
    let rested_after = world.now.saturating_sub(healed);
    world.check_end();
    stay(world);
    (0..world.tabs.len()).for_each(|tab| world.check_expired(tab));
    world.check_risen();
    rested_after
}

/// Whoever is at rest stays so: nobody commits anything any more.
fn stay(world: &mut World) {
    if world.violation.is_some() {
        return;
    }
    if world.cleans() {
        let began = world.now;
        world.run_until(began + 15 * SECOND);
        return world.check_all_cleaned(world.now - began);
    }
    let heads = |world: &World| world.stores.iter().map(|store| store.history.head()).collect::<Vec<_>>();
    let before = heads(world);
    world.rest();
    if heads(world) != before {
        world.violated(String::from("commits go on although nobody writes"));
    }
    if let Some(why) = (0..world.tabs.len()).find_map(|tab| world.unrest(tab)) {
        world.violated(format!("at rest, and then not: {why}"));
    }
}
