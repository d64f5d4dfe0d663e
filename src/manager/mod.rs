//! The page's machine: what it shows is the confirmed sessions with its own pending writes laid over them.

mod access;
mod asking;
mod assembly;
mod bounds;
mod check;
mod chore;
mod chores;
mod connect;
mod counting;
mod delta;
mod detail;
mod expiries;
mod expiry;
mod facts;
mod inbound;
mod io;
mod link;
mod machine;
mod showing;
mod submit;
mod tallies;
mod text;
mod waiters;
mod waiting;
mod writes;

#[cfg(test)]
mod tests;

pub use self::io::{
    About, Config, Detail, Event, Failure, FrameId, Input, Metrics, Operation, Output, PageLifecycle, Reason, Settled,
    Shown, Snapshot, Status, Token,
};
pub use self::machine::Manager;
pub use self::text::write as write_shown;
