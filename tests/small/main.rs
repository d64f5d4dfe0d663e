//! Small worlds, all of them: not drawn at random as in `tests/sim`, but enumerated without a gap. Each says how many there
//! were, so that an enumeration that lost some fails; and each finds a rule that is broken on purpose, in builds with the
//! feature `planted`.

#![cfg(not(target_arch = "wasm32"))]

mod choices;
mod commit;
mod follower;
mod overlay;
mod writer;

use session_bridge::session::Version;

/// A version of the one store that there is.
fn version(seq: u64, tag: u64) -> Version {
    Version { epoch: 1, seq, tag }
}

/// Whether a rule that is broken on purpose is noticed.
#[cfg(feature = "planted")]
fn is_noticed(bug: session_bridge::machine::mutants::Mutant, look: impl FnOnce() + std::panic::UnwindSafe) -> bool {
    use session_bridge::machine::mutants::plant;
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    plant(Some(bug));
    let noticed = std::panic::catch_unwind(look).is_err();
    plant(None);
    std::panic::set_hook(usual);
    noticed
}
