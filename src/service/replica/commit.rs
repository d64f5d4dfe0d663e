//! A commit as changes, and as what the store is given and its log keeps.

use alloc::string::String;
use alloc::vec::Vec;

use super::encoding::{Records, read, write};
use super::record::RecordChange;
use crate::error::Code;
use crate::protocol::{Reader, Wire, Writer, fields};
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
struct LogEntry {
    version: Version,
    puts: Vec<(String, String)>,
    deletes: Vec<String>,
}

fields! { Records:
    LogEntry { version, puts, deletes }
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
    pub fn operation(&self, head: Version) -> Operation {
        Operation::Commit { expect: Some(head), commit: self.to_store(Durability::Strict) }
    }

    /// What the store is asked to do. A commit that holds a removal is strict, whatever the owner chose.
    pub fn to_store(&self, durability: Durability) -> StoreCommit {
        let (mut puts, mut deletes) = (SortedMap::new(), Vec::new());
        for (key, value) in self.changes.iter().map(RecordChange::entry) {
            match value {
                Some(value) => drop(puts.insert(key, value)),
                None => deletes.push(key),
            }
        }
        let removes = self.changes.iter().any(|change| matches!(change, RecordChange::Tombstone(..)));
        let entry = LogEntry { version: self.version, puts: puts.into_iter().collect(), deletes };
        let text = write(&entry);
        // Nobody can follow from one identity of a store to the next.
        let logged = if self.changes.iter().any(|change| matches!(change, RecordChange::Moved(_))) {
            1
        } else {
            logged(text.len())
        };
        StoreCommit {
            version: self.version,
            entry: text,
            puts: entry.puts,
            deletes: entry.deletes,
            horizon: self.version.seq.saturating_sub(logged),
            durability: if removes { Durability::Strict } else { durability },
        }
    }

    /// Reads a log entry.
    ///
    /// Errors: `storage_failed` for what this code never wrote, `protocol_mismatch` for what a newer build did.
    pub fn of_entry(text: &str) -> Result<Self, Code> {
        let entry: LogEntry = read(text)?;
        let mut changes = Vec::new();
        for (key, value) in &entry.puts {
            changes.extend(RecordChange::of_put(key, value)?);
        }
        for key in &entry.deletes {
            changes.extend(RecordChange::of_delete(key)?);
        }
        Ok(Self { version: entry.version, changes })
    }

    /// Reads log entries that must lead on from `version`, one by one.
    ///
    /// Errors: `storage_failed` if one cannot be read or does not follow, `protocol_mismatch` if a newer build wrote one.
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
    fn an_entry_of_the_log_has_the_text_that_stores_hold_and_is_read_back() {
        let id = SessionId::try_from("s".to_string()).unwrap();
        let changes = Vec::from([RecordChange::Active(Some(id.clone())), RecordChange::NoSession(id)]);
        let commit = Commit { version: Version { epoch: 300, seq: 2, tag: 3 }, changes };
        let text = "\u{84}\0\u{ac}\u{2}\u{2}\u{3}\u{1}\u{6}active\u{6}\u{c2}\u{84}\0\u{1}\u{1}s\u{1}\u{3}s/s";
        assert_eq!(commit.to_store(Durability::Strict).entry, text);
        assert_eq!(Commit::of_entry(text), Ok(commit.clone()));
        // As schemas 1 and 2 had it.
        let text = "\u{ac}\u{2}\u{2}\u{3}\u{1}\u{6}active\u{3}\u{1}\u{1}s\u{1}\u{3}s/s";
        assert_eq!(Commit::of_entry(text), Ok(commit));
        assert_eq!(Commit::of_entry("\u{85}\0\u{ac}\u{2}"), Err(Code::ProtocolMismatch), "of a schema to come");
    }

    #[test]
    fn the_larger_a_commit_the_fewer_the_log_keeps_after_it() {
        let author = Author { origin: "https://a.example".to_string(), client: ClientId(1, 1) };
        let horizon = |bytes: usize| {
            let data = Json::try_from(["{\"x\":\"", &"x".repeat(bytes), "\"}"].concat()).unwrap();
            let id = SessionId::try_from("s".to_string()).unwrap();
            let session = Session::new(id, "u".to_string(), data, UnixMillis(1), Some(1));
            let (creator, by) = (author.clone(), author.clone());
            let record = Record { session, created: 1, creator, by, others: 0, below: None, taken: None };
            let version = Version { epoch: 1, seq: 5_000, tag: 1 };
            let commit = Commit { version, changes: Vec::from([RecordChange::Session(Rc::new(record))]) };
            5_000 - commit.to_store(Durability::Strict).horizon
        };
        assert_eq!([10, 60_000, 500_000, 4_000_000].map(horizon), [LOGGED, 17, 8, 8]);
    }
}
