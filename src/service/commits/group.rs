//! Group commit: all writes that wait when the store is free go into one commit, as far as they fit.

use alloc::vec::Vec;

use super::draft::Draft;
use super::judge::{Judge, Verdict};
use super::queue::Queue;
use crate::service::replica::commit::Commit;
use crate::service::replica::state::{Keep, State};
use crate::session::{Outcome, Version};

/// The most writes of one commit.
pub const WRITES: usize = 256;
/// A commit takes no further write once it weighs this much.
const BYTES: usize = 1_048_576;

/// A commit in the making, of the first `taken` writes of the queue.
#[derive(Clone, Debug)]
pub struct Group {
    /// `None`: nothing of it is new.
    pub commit: Option<Commit>,
    pub taken: usize,
    /// Their new outcomes.
    pub outcomes: Vec<Outcome>,
}

impl Group {
    /// Judges the writes that wait, at most `room` of them, as one commit to `version` over `state`.
    pub fn form(
        queue: &Queue,
        state: &State,
        judge: &Judge<'_>,
        version: Version,
        room: usize,
        tag: impl Fn(u64) -> Option<u64>,
    ) -> Option<Self> {
        let mut draft = Draft::new(state, judge.rules, version.seq, queue.ready().next()?.author.clone());
        let (mut taken, mut bytes) = (0_usize, 0_usize);
        let mut outcomes = Vec::new();
        for pending in queue.ready().take(room) {
            bytes = bytes.saturating_add(pending.bytes);
            if taken > 0 && (bytes > BYTES || draft.is_full()) {
                break;
            }
            taken = taken.saturating_add(1);
            if let Verdict::New(outcome) = judge.judge(&mut draft, pending, &tag) {
                outcomes.push(outcome);
            }
        }
        let mut changes = draft.into_changes();
        let commit = (!changes.is_empty()).then(|| {
            changes.extend(state.forget(Keep::of(judge.limits), &changes));
            Commit { version, changes }
        });
        Some(Self { commit, taken, outcomes })
    }

    /// Of no writes.
    pub fn none() -> Self {
        Self { commit: None, taken: 0, outcomes: Vec::new() }
    }
}
