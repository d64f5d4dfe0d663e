//! Several managers and services over shared stores and a network that loses, repeats and reorders, in virtual time.
//!
//! Each seed is a world of its own: what the users do, what breaks and when, all is drawn from it. In the end
//! everything is healed, all must come to rest, and every rule of `oracle` and `history` must have held throughout.
//!
//! `npm run sim` runs it and says what it takes; `docs/simulation.md` tells all about it.

#![cfg(not(target_arch = "wasm32"))]

mod authors;
mod batch;
mod bounds;
mod channel;
mod cleaning;
mod counted;
mod crashes;
mod deadlines;
mod faults;
mod fence;
mod forgetting;
mod frame;
mod freshness;
mod history;
mod hostile;
mod idle;
mod kept;
mod laid;
mod ledger;
mod lifetimes;
mod mishaps;
mod model;
mod moves;
mod observe;
mod oracle;
mod page;
mod patience;
mod places;
mod plan;
mod planted;
mod promises;
mod queue;
mod requests;
mod rng;
mod run;
mod scenes;
mod shrink;
mod sleep;
mod state;
mod store;
mod trace;
mod user;
mod versions;
mod world;

use std::time::Duration;

use batch::{Batch, Range, batch, twice};
use plan::Plan;
use run::run;
use shrink::shrink;
use world::Violation;

/// Seeds of a batch if nobody says how many.
const SEEDS: u64 = 1_000;
/// In so many each fault is met.
const ALL_FAULTS: u64 = 10_000;
/// How long a history is shrunk.
const SHRINKING: Duration = Duration::from_secs(30);

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// A broken rule, how to see it again, and the shortest history found that breaks it.
#[expect(clippy::disallowed_types, reason = "how long it takes is for whoever waits at the terminal")]
fn tell(plan: &Plan, violation: &Violation) -> String {
    let again =
        if *plan == Plan::of(plan.seed) { format!("--seed {}", plan.seed) } else { format!("--plan \"{plan}\"") };
    let mut text = format!("{plan} {violation}\n  again: npm run sim -- {again}\n");
    let began = std::time::Instant::now();
    if let Some(shrunk) = shrink(plan, |_| began.elapsed() >= SHRINKING) {
        let lines = shrunk.report.lines.join("\n");
        let (shorter, tried) = (shrunk.plan, shrunk.tried);
        text += &format!("{lines}\n  the shortest of {tried} histories: npm run sim -- --plan \"{shorter}\"\n");
    }
    text
}

fn judge(sum: &Batch) {
    // The first is told at length.
    let told = sum.violations.iter().enumerate().map(|(number, (plan, violation))| {
        if number == 0 { tell(plan, violation) } else { format!("{plan} {violation}\n") }
    });
    let told: Vec<_> = told.collect();
    assert!(told.is_empty(), "{} runs broke a rule:\n{}", told.len(), told.join(""));
}

/// What is asked for comes by the environment: `SIM_SEEDS` and `SIM_FROM`, `SIM_SECONDS` for so much time at least, or
/// `SIM_PLAN` for one history, told in full.
#[test]
fn every_history_ends_well() {
    if let Ok(plan) = std::env::var("SIM_PLAN") {
        let plan: Plan = plan.parse().expect("a plan");
        let report = run(&plan, true);
        println!("{}", report.lines.join("\n"));
        println!("{plan}: {} steps, {} commits, digest {:016x}", report.steps, report.commits, report.digest);
        return judge(&Batch {
            violations: twice(&plan).violation.map(|it| (plan, it)).into_iter().collect(),
            ..Batch::default()
        });
    }
    judge(&kept::run_kept());
    let seeds = asked("SIM_SEEDS").unwrap_or(SEEDS);
    let at_least = Duration::from_secs(asked("SIM_SECONDS").unwrap_or_default());
    let sum = batch(Range { from: asked("SIM_FROM").unwrap_or_default(), seeds, at_least });
    println!("{}", sum.tell());
    judge(&sum);
    let never = sum.never();
    assert!(never.is_empty() || sum.runs < ALL_FAULTS, "these faults never happened: {never:?}");
}
