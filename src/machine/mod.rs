//! The shape that both machines have, and the rules that a simulation can have them break.

pub mod mutants;

use crate::ambient::{Instant, Now};

/// A state machine without clock, timers, randomness of its own, browser types or `async`.
///
/// The law for whoever drives one: after every [`handle`](Machine::handle) and
/// [`handle_timeout`](Machine::handle_timeout), take outputs until [`poll_output`](Machine::poll_output) is empty,
/// then arrange to call `handle_timeout` at [`poll_timeout`](Machine::poll_timeout).
/// Outputs are taken in the order in which they are to happen. An early or repeated `handle_timeout` does no harm.
pub trait Machine {
    /// What can happen to it.
    type Input;
    /// What it wants done.
    type Output;

    /// Takes in one thing that happened.
    fn handle(&mut self, now: Now, input: Self::Input);
    /// Does what has become due.
    fn handle_timeout(&mut self, now: Now);
    /// The next thing to do, oldest first.
    fn poll_output(&mut self, now: Now) -> Option<Self::Output>;
    /// When it next wants to be woken, if at all.
    fn poll_timeout(&self) -> Option<Instant>;
}
