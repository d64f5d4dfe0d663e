//! The last commits, ready to be told to pages that are a little behind.

use alloc::collections::VecDeque;
use alloc::rc::Rc;

use super::changes::CommitChanges;
use crate::session::Version;

/// How many commits are kept.
const KEPT: usize = 256;

/// The last commits of one history, without a hole.
#[derive(Debug, Default)]
pub struct RecentCommits {
    /// Oldest first.
    changes: VecDeque<Rc<CommitChanges>>,
}

impl RecentCommits {
    /// Adds the newest commit.
    pub fn push(&mut self, changes: CommitChanges) {
        if self.changes.len() >= KEPT {
            self.changes.pop_front();
        }
        self.changes.push_back(Rc::new(changes));
    }

    /// The commit that follows exactly this version.
    pub fn after(&self, version: Version) -> Option<&Rc<CommitChanges>> {
        let first = self.changes.front()?.follows.seq;
        let index = usize::try_from(version.seq.checked_sub(first)?).ok()?;
        self.changes.get(index).filter(|changes| changes.follows == version)
    }

    /// The tag of the commit of this sequence number, if it is remembered.
    pub fn tag(&self, seq: u64) -> Option<u64> {
        let first = self.changes.front()?.follows;
        if first.seq == seq {
            return Some(first.tag);
        }
        let index = usize::try_from(seq.checked_sub(first.seq)?.checked_sub(1)?).ok()?;
        self.changes.get(index).map(|changes| changes.version.tag)
    }
}
