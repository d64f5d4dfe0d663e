//! What a store decides that appends its commits to a log and folds them into its entries later, so that a commit writes one
//! thing. Its tables, and which transaction touches what: `docs/storage.md`.

#[cfg(test)]
mod model;

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::session::Version;

/// A longer value (in UTF-16 units) is written once: not into a log first.
pub const LARGE: usize = 16 * 1024;

/// Each so many commits, and after about so many units of them, the log is folded.
const FOLDED_EACH: u64 = 256;
const FOLDED_AFTER: usize = 1 << 20;
/// Each so many commits, records that are of no use are deleted. A commit that leaves fewer is a large one, and deletes at once.
const CLEARED_EACH: u64 = 64;

/// The commits of a log that are not folded into the entries yet, as what they change.
#[derive(Clone, Debug)]
pub struct Tail<V> {
    /// The version that the entries are at; `None`: nothing was committed yet.
    pub folded: Option<Version>,
    /// The version that the store stands at.
    pub head: Option<Version>,
    /// Keys, and what each holds from then on (`None`: it is deleted), in the order of the commits.
    pub changes: Vec<(String, Option<V>)>,
}

impl<V> Tail<V> {
    /// Nothing yet, over entries that are at this version.
    pub const fn new(folded: Option<Version>) -> Self {
        Self { folded, head: folded, changes: Vec::new() }
    }

    /// What became of this key; `None`: nothing, what the entries say still holds.
    pub fn get(&self, key: &str) -> Option<&Option<V>> {
        self.changes.iter().rev().find(|(changed, _)| changed == key).map(|(_, value)| value)
    }

    /// How many entries have to be read for a page of `limit` to be full, whatever was deleted.
    pub fn wanted(&self, limit: usize) -> usize {
        self.changes.iter().filter(|(_, value)| value.is_none()).count().saturating_add(limit)
    }

    /// Lays the changes of keys that begin with `prefix` and come after `after` over the first entries there, and leaves
    /// `limit` of them at most. `entries` has to hold all that there are, or as many as are [`wanted`](Self::wanted).
    pub fn lay_over(self, entries: &mut Vec<(String, V)>, prefix: &str, after: Option<&str>, limit: usize) {
        for (key, value) in self.changes {
            if !key.starts_with(prefix) || after.is_some_and(|after| order(&key, after).is_le()) {
                continue;
            }
            let place = entries.binary_search_by(|(held, _)| order(held, &key));
            if let Ok(at) = place {
                entries.remove(at);
            }
            if let Some(value) = value {
                entries.insert(place.unwrap_or_else(|at| at), (key, value));
            }
        }
        entries.truncate(limit);
    }
}

/// The order of keys: that of their UTF-16 units, as JavaScript and IndexedDB have it.
pub fn order(one: &str, other: &str) -> Ordering {
    one.encode_utf16().cmp(other.encode_utf16())
}

/// Whether a commit to `version` is the next one of the history that stands at `expect`.
pub fn leads_on(expect: Option<Version>, version: Version) -> bool {
    expect.is_some_and(|expect| expect.epoch == version.epoch && expect.seq.checked_add(1) == Some(version.seq))
}

/// Whether the log is to be folded after commit `seq`. `length`: of the commits since it last was, about.
pub fn is_to_fold(seq: u64, length: usize) -> bool {
    seq.is_multiple_of(FOLDED_EACH) || length >= FOLDED_AFTER
}

/// Up to which record the log may be cleared by the commit to `version`, with the entries at `folded`. The record of that
/// one stays, and so does the last one: the next commit is compared with it.
pub fn cleared(folded: Version, version: Version, horizon: u64) -> Option<u64> {
    let due = version.seq.is_multiple_of(CLEARED_EACH) || version.seq.saturating_sub(horizon) < CLEARED_EACH;
    (due && horizon > 0 && folded.epoch == version.epoch).then(|| horizon.min(folded.seq.saturating_sub(1)))
}
