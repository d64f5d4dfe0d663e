//! A commit as pages are told of it: what it changed, as each of them may see it.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::author::Author;
use super::commit::Commit;
use super::record::{Record, RecordChange};
use super::state::State;
use crate::machine::mutants::{self, Mutant};
use crate::service::grants::Read;
use crate::session::{Change, Outcome, SessionId, SortedMap, Version};

/// What a commit did to one thing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ChangeRecord {
    Put {
        /// As it was; `None` if it was not there, or nobody knows.
        before: Option<Rc<Record>>,
        after: Rc<Record>,
    },
    Removed(SessionId),
    Active(Option<SessionId>),
}

impl ChangeRecord {
    /// Whether a page that may read so much sees anything of it.
    fn shows(&self, read: &Read) -> bool {
        match self {
            Self::Put { before: Some(before), after } => !read.same(&before.session, &after.session),
            _ => true,
        }
    }

    /// As such a page is told of it.
    pub fn change(&self, read: &Read) -> Change {
        match self {
            Self::Put { after, .. } if mutants::has(Mutant::EventsLeak) => Change::Put(after.session.clone()),
            Self::Put { after, .. } => Change::Put(read.session(&after.session)),
            Self::Removed(id) => Change::Removed(id.clone()),
            Self::Active(id) => Change::Active(id.clone()),
        }
    }
}

/// A commit as pages are told of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CommitChanges {
    pub follows: Version,
    pub version: Version,
    pub records: Vec<ChangeRecord>,
    outcomes: SortedMap<Author, Vec<(u64, Outcome)>>,
}

impl CommitChanges {
    /// What pages that stand at `follows` are told of `commit`; `before` is what it changed, if that is known.
    pub fn of(follows: Version, commit: &Commit, before: Option<&State>) -> Self {
        let version = commit.version;
        let mut changes = Self { follows, version, records: Vec::new(), outcomes: SortedMap::new() };
        let mut active = None;
        for change in &commit.changes {
            match change {
                RecordChange::Session(record) => {
                    let before = before.and_then(|state| state.session(&record.session.id)).cloned();
                    changes.records.push(ChangeRecord::Put { before, after: Rc::clone(record) });
                }
                RecordChange::NoSession(id) => changes.records.push(ChangeRecord::Removed(id.clone())),
                RecordChange::Active(id) => active = Some(ChangeRecord::Active(id.clone())),
                RecordChange::Client(author, client) => {
                    changes.outcomes.insert(author.clone(), client.outcomes.of_commit(version.seq).collect());
                }
                // None of it shows.
                _ => {}
            }
        }
        // The choice of the active one comes last, when the session that it names is there.
        changes.records.extend(active);
        changes
    }

    /// Whether a page that may read so much sees anything of it.
    pub fn shows(&self, read: &Read) -> bool {
        // Whoever sees all data follows commit by commit: it is told of each but of those that count requests.
        let follows = read.is_all() && (read.requests || self.records.is_empty());
        follows || self.records.iter().any(|record| record.shows(read))
    }

    /// What became of the writes of `author` in this commit.
    pub fn outcomes_of(&self, author: &Author) -> Vec<(u64, Outcome)> {
        self.outcomes.get(author).cloned().unwrap_or_default()
    }
}
