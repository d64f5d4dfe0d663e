//! Machines and stores that break a rule, to see that the simulation notices.

use session_bridge::machine::planted::Bug;
use session_bridge::manager::Manager;
use session_bridge::service::Service;
use session_bridge::storage::Memory;

#[cfg(feature = "planted")]
pub fn manager(manager: &mut Manager, bug: Option<Bug>) {
    if let Some(bug) = bug {
        manager.plant(bug);
    }
}

#[cfg(feature = "planted")]
pub fn service(service: &mut Service, bug: Option<Bug>) {
    if let Some(bug) = bug {
        service.plant(bug);
    }
}

/// An empty store.
#[cfg(feature = "planted")]
pub fn memory(bug: Option<Bug>) -> Memory {
    let memory = Memory::new();
    if let Some(bug) = bug {
        memory.plant(bug);
    }
    memory
}

#[cfg(not(feature = "planted"))]
pub fn manager(_: &mut Manager, _: Option<Bug>) {}

#[cfg(not(feature = "planted"))]
pub fn service(_: &mut Service, _: Option<Bug>) {}

/// An empty store.
#[cfg(not(feature = "planted"))]
pub fn memory(_: Option<Bug>) -> Memory {
    Memory::new()
}

/// `cargo test --features planted --test sim planted`
#[cfg(feature = "planted")]
mod tests {
    use session_bridge::machine::planted::Bug;

    use crate::plan::Plan;
    use crate::run::run;

    /// A batch that does not find a bug within so many runs would miss rarer ones, too.
    const RUNS: u64 = 1_000;

    fn is_found(bug: Bug) {
        let found =
            (0..RUNS).find_map(|seed| Some((seed, run(&Plan { bug: Some(bug), ..Plan::of(seed) }, false).violation?)));
        let (seed, violation) = found.unwrap_or_else(|| panic!("{bug:?} was not noticed in {RUNS} runs"));
        println!("{bug:?} was noticed in run {}: {violation}", seed + 1);
    }

    #[test]
    fn writes_sent_again_and_applied_again_are_noticed() {
        is_found(Bug::NoDedupe);
    }

    #[test]
    fn a_write_released_at_the_acknowledgement_is_noticed() {
        is_found(Bug::ReleasedAtAcknowledgement);
    }

    #[test]
    fn a_commit_without_an_expected_version_is_noticed() {
        is_found(Bug::NoExpectedVersion);
    }

    #[test]
    fn an_ignored_epoch_is_noticed() {
        is_found(Bug::EpochIgnored);
    }

    #[test]
    fn a_forgotten_tombstone_is_noticed() {
        is_found(Bug::TombstoneForgotten);
    }

    #[test]
    fn what_is_noticed_is_the_bug_and_nothing_else() {
        let clean = (0..RUNS / 10).find_map(|seed| run(&Plan::of(seed), false).violation);
        assert_eq!(clean, None);
    }
}
