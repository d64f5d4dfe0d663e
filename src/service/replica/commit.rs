//! A commit as changes, and as what the store is given and its log keeps.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::encoding::{read, write};
use super::record::RecordChange;
use crate::error::Code;
use crate::session::{SortedMap, Version};
use crate::storage::{Durability, Operation, StoreCommit};

/// How many commits the store's log goes back, at most and at least.
pub const LOGGED: u64 = 1_024;
const LOGGED_AT_LEAST: u64 = 8;
/// About how many bytes of commits it keeps: each makes room for as many as would be, were all of its size. So a store is not
/// filled by what its sessions once were, and whoever reads on from long ago is not given more than memory holds.
const LOG_BYTES: u64 = 1 << 20;

/// Everything that one commit changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Commit {
    pub version: Version,
    pub changes: Vec<RecordChange>,
}

/// A log entry: the commit's own puts and deletes.
#[derive(Deserialize, Serialize)]
struct LogEntry {
    version: Version,
    puts: SortedMap<String, String>,
    deletes: Vec<String>,
}

/// How many commits the log keeps after one of so many bytes.
fn logged(bytes: usize) -> u64 {
    let as_large = LOG_BYTES.checked_div(u64::try_from(bytes).unwrap_or(u64::MAX)).unwrap_or(LOGGED);
    as_large.clamp(LOGGED_AT_LEAST, LOGGED)
}

impl Commit {
    /// The commit that follows `head`, of these changes; `tag` is drawn for it.
    pub fn after(head: Version, tag: u64, changes: Vec<RecordChange>) -> Self {
        Self { version: Version { seq: head.seq.saturating_add(1), tag, ..head }, changes }
    }

    /// The operation that makes it, strictly, if the store stands at `head`.
    pub fn operation(&self, head: Version) -> Option<Operation> {
        Some(Operation::Commit { expect: Some(head), commit: self.to_store(Durability::Strict).ok()? })
    }

    /// What the store is asked to do. A commit that holds a removal is strict, whatever the owner chose.
    ///
    /// Errors: `internal` if it cannot be written, which does not happen.
    pub fn to_store(&self, durability: Durability) -> Result<StoreCommit, Code> {
        let mut entry = LogEntry { version: self.version, puts: SortedMap::new(), deletes: Vec::new() };
        for change in &self.changes {
            match change.entry()? {
                (key, Some(value)) => drop(entry.puts.insert(key, value)),
                (key, None) => entry.deletes.push(key),
            }
        }
        let removes = self.changes.iter().any(|change| matches!(change, RecordChange::Tombstone(..)));
        let text = write(&entry)?;
        // Nobody can follow from one identity of a store to the next.
        let logged = if self.changes.iter().any(|change| matches!(change, RecordChange::Moved(_))) {
            1
        } else {
            logged(text.len())
        };
        Ok(StoreCommit {
            version: self.version,
            entry: text,
            puts: entry.puts.into_iter().collect(),
            deletes: entry.deletes,
            horizon: self.version.seq.saturating_sub(logged),
            durability: if removes { Durability::Strict } else { durability },
        })
    }

    /// Reads a log entry.
    ///
    /// Errors: `storage_failed` for what this code never wrote, or a newer version of it did.
    pub fn of_entry(text: &str) -> Result<Self, Code> {
        let entry: LogEntry = read(text)?;
        let puts = entry.puts.iter().map(|(key, value)| RecordChange::of_put(key, value));
        let deletes = entry.deletes.iter().map(|key| RecordChange::of_delete(key));
        let changes = puts.chain(deletes).filter_map(Result::transpose).collect::<Result<_, _>>()?;
        Ok(Self { version: entry.version, changes })
    }

    /// Reads log entries that must lead on from `version`, one by one.
    ///
    /// Errors: `storage_failed` if one cannot be read or does not follow.
    pub fn chain(version: Version, entries: &[String]) -> Result<Vec<Self>, Code> {
        let mut last = version;
        let mut commits = Vec::with_capacity(entries.len());
        for text in entries {
            let commit = Self::of_entry(text)?;
            if commit.version.epoch != last.epoch || Some(commit.version.seq) != last.seq.checked_add(1) {
                return Err(Code::StorageFailed);
            }
            last = commit.version;
            commits.push(commit);
        }
        Ok(commits)
    }
}

#[cfg(test)]
mod tests {
    use super::super::author::Author;
    use super::super::record::Record;
    use super::*;
    use crate::ambient::UnixMillis;
    use crate::session::{ClientId, Json, Session, SessionId};
    use alloc::rc::Rc;
    use alloc::string::ToString;

    #[test]
    fn the_larger_a_commit_the_fewer_the_log_keeps_after_it() {
        let author = Author { origin: "https://a.example".to_string(), client: ClientId(1, 1) };
        let horizon = |bytes: usize| {
            let data = Json::try_from(["{\"x\":\"", &"x".repeat(bytes), "\"}"].concat()).unwrap();
            let id = SessionId::try_from("s".to_string()).unwrap();
            let (created_at, user_id) = (UnixMillis(1), "u".to_string());
            let session = Session { id, user_id, created_at, last_active_at: created_at, version: Some(1), data };
            let (creator, by) = (author.clone(), author.clone());
            let record = Record { session, created: 1, creator, by, others: 0, below: None };
            let version = Version { epoch: 1, seq: 5_000, tag: 1 };
            let commit = Commit { version, changes: Vec::from([RecordChange::Session(Rc::new(record))]) };
            5_000 - commit.to_store(Durability::Strict).unwrap().horizon
        };
        assert_eq!([10, 60_000, 500_000, 4_000_000].map(horizon), [LOGGED, 17, 8, 8]);
    }
}
