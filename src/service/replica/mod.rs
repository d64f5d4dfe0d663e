//! What is known of the store. Pure data: no clock, no questions, no connection.

pub mod author;
pub mod by_age;
pub mod census;
pub mod changes;
pub mod commit;
pub mod encoding;
pub mod keys;
mod layout;
pub mod recent_commits;
pub mod record;
pub mod state;

use self::changes::CommitChanges;
use self::commit::Commit;
use self::recent_commits::RecentCommits;
use self::state::State;
use crate::session::Version;

/// The store as far as it is known.
#[derive(Debug)]
pub struct Replica {
    pub head: Version,
    pub state: State,
    pub recent: RecentCommits,
}

impl Replica {
    /// What was read of a store that stood at `head`.
    pub fn new(head: Version, state: State) -> Self {
        Self { head, state, recent: RecentCommits::default() }
    }

    /// The store moved on by this commit.
    pub fn advance(&mut self, commit: &Commit) {
        self.recent.push(CommitChanges::of(self.head, commit, Some(&self.state)));
        self.state.apply(commit);
        self.head = commit.version;
    }

    /// The tag of the commit of this sequence number, if it is remembered.
    pub fn tag(&self, seq: u64) -> Option<u64> {
        if seq == self.head.seq { Some(self.head.tag) } else { self.recent.tag(seq) }
    }
}
