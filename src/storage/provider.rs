//! The storage contract: operations, their answers, and the trait that a store implements.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Code;
use crate::session::Version;

/// Something asked of a store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Operation {
    /// The version that the store stands at. Answer: [`Answer::Head`].
    Head,
    /// The values of these keys, in order. Answer: [`Answer::Values`].
    Get(Vec<String>),
    /// Entries whose key begins with `prefix`, in the order of their keys (by UTF-16 code units or by bytes, but always
    /// the same), after `after`, at most `limit`. Answer: [`Answer::Entries`].
    List { prefix: String, after: Option<String>, limit: usize },
    /// Takes effect, whole, only if the store stands exactly at `expect` (`None`: it is empty).
    /// Answer: [`Answer::Committed`] or [`Answer::Stale`].
    Commit { expect: Option<Version>, commit: StoreCommit },
    /// Log entries after this version, oldest first. Answer: [`Answer::Log`].
    Since(Version),
}

/// What a commit does to a store, all in one transaction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoreCommit {
    /// What the store stands at afterwards.
    pub version: Version,
    pub puts: Vec<(String, String)>,
    pub deletes: Vec<String>,
    /// What the log keeps of this commit.
    pub entry: String,
    /// Log entries up to this sequence number may go.
    pub horizon: u64,
    pub durability: Durability,
}

/// When a commit may be answered.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Durability {
    /// When the store believes it safe from a power cut.
    #[default]
    Strict,
    /// When the store has taken it over from the process.
    Relaxed,
}

/// What a store answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    Head(Option<Version>),
    Values(Vec<Option<String>>),
    Entries(Vec<(String, String)>),
    Committed,
    /// The store does not stand at the expected version. Nothing was changed.
    Stale,
    /// `None`: they are no longer kept, or the version is not one of this store.
    Log(Option<Vec<String>>),
    Failed(Failure),
}

/// An operation that did not come about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Failure {
    /// `storage_denied`, `storage_full` or `storage_failed`; `protocol_mismatch` if a newer build has changed the layout,
    /// so that this one can no longer use it.
    pub code: Code,
    /// Whether it may have taken effect all the same.
    pub unknown: bool,
}

/// Longer entries of the log are not announced: every frame would be given a copy, whether it needs one or not.
pub const ANNOUNCED_BYTES: usize = 16 << 10;

/// A commit, as whoever made it tells of it: enough to follow it without reading the store. It proves nothing about what the
/// store holds later.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Announcement {
    /// What the store stood at before.
    pub follows: Version,
    /// What the log keeps of it; of at most [`ANNOUNCED_BYTES`].
    pub entry: String,
}

/// What is called after somebody else committed: with the commit, if the store was told of one.
pub type Changed = dyn Fn(Option<Announcement>);

/// A store. Several handles to one store may exist, in one process or in many.
pub trait Provider {
    /// Starts an operation. `done` is called once with its answer, at once or later. A store that can no longer
    /// answer drops it; whoever asked sets a deadline.
    fn start(&self, operation: Operation, done: Box<dyn FnOnce(Answer)>);

    /// `changed` is called as far as the store can tell; a missed call costs time only.
    fn watch(&self, changed: Box<Changed>);
}
