//! Histories that once broke a rule, run before all others.
//!
//! Each line of `kept.txt` is a plan and why it is kept. It names its steps and its faults, not only a seed: so it stays
//! what it was when a fault is added to the world or the odds change. It does not outlive every change of what a step
//! does; whatever a history showed has a test of its own beside the engine, and that is what lasts.

use crate::batch::{Batch, twice};
use crate::plan::Plan;

const KEPT: &str = include_str!("kept.txt");

/// The plans, with why each is kept.
pub fn kept() -> impl Iterator<Item = (Plan, &'static str)> {
    let lines = KEPT.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| {
        let (plan, why) = line.split_once(" # ").expect("a kept plan says why it is kept");
        (plan.parse().unwrap_or_else(|error| panic!("{line}: {error}")), why)
    })
}

/// Runs them all.
pub fn run_kept() -> Batch {
    let mut sum = Batch::default();
    for (plan, _) in kept() {
        let report = twice(&plan);
        sum.add(plan, report);
    }
    sum
}
