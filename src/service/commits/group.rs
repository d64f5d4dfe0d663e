//! Group commit: all writes that wait when the store is free go into one commit, and how many and how soon follows from
//! what became of the commits before.

use alloc::vec::Vec;
use core::time::Duration;

use super::draft::Draft;
use super::judge::{Judge, Verdict};
use super::queue::Queue;
use crate::ambient::Instant;
use crate::engine::backoff::Backoff;
use crate::service::replica::commit::Commit;
use crate::service::replica::state::{Keep, State};
use crate::session::{Outcome, Version};

/// The most writes of one commit.
const WRITES: usize = 256;
/// A commit takes no further write once it weighs this much.
const BYTES: usize = 1_048_576;
/// After so many lost races in a row, each further one is followed by a pause. Many: whoever tries again at once wins before
/// long, while the pauses of a hidden page last a second and more, after which it meets a busy store just once.
const RACES: u32 = 32;

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
        let mut draft = Draft::new(state, version.seq, queue.ready().next()?.author.clone());
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
        let mut facts = draft.into_facts();
        let commit = (!facts.is_empty()).then(|| {
            facts.extend(state.forget(Keep::of(judge.limits), &facts));
            Commit { version, facts }
        });
        Some(Self { commit, taken, outcomes })
    }

    /// Of no writes.
    pub fn none() -> Self {
        Self { commit: None, taken: 0, outcomes: Vec::new() }
    }
}

/// How many writes the next commit may take, and when.
#[derive(Debug)]
pub struct Pace {
    room: usize,
    races: u32,
    /// A commit failed without saying whether it took effect, and may yet do so.
    doubt: bool,
    /// The next commit holds nothing: the store has no room for more, and the doubt has to end.
    probe: bool,
    backoff: Backoff,
}

impl Default for Pace {
    fn default() -> Self {
        let backoff = Backoff::new(Duration::from_millis(10), Duration::from_secs(2), 0.5);
        Self { room: WRITES, races: 0, doubt: false, probe: false, backoff }
    }
}

impl Pace {
    /// How many writes the next commit may take.
    pub fn room(&self) -> usize {
        self.room
    }

    /// Whether the next commit is to hold nothing: it only finds out whether the one before it took effect.
    pub fn probes(&self) -> bool {
        self.probe
    }

    /// The store took it.
    pub fn committed(&mut self) {
        self.certain();
        self.races = 0;
        self.backoff.reset();
        self.room = self.room.saturating_mul(2).min(WRITES);
    }

    /// Somebody else was faster. Gives the time before which not to try again, if there is one.
    pub fn lost(&mut self, now: Instant, draw: u64) -> Option<Instant> {
        self.certain();
        self.races = self.races.saturating_add(1);
        (self.races > RACES).then(|| self.pause(now, draw))
    }

    /// The store moved on: whatever was in doubt is in its log or never will be.
    pub fn certain(&mut self) {
        self.doubt = false;
        self.probe = false;
    }

    /// Nobody knows what became of it. Gives the time before which not to try again.
    pub fn doubted(&mut self, now: Instant, draw: u64) -> Instant {
        self.doubt = true;
        self.pause(now, draw)
    }

    /// The store refused a commit. If one before it is in doubt, that has to end before anybody is told anything: gives
    /// the time before which not to try.
    pub fn refused_in_doubt(&mut self, now: Instant, draw: u64) -> Option<Instant> {
        self.probe = self.doubt;
        self.doubt.then(|| self.pause(now, draw))
    }

    /// The time before which not to try again, when there was no other reason.
    pub fn pause(&mut self, now: Instant, draw: u64) -> Instant {
        now.after_micros(self.backoff.next(draw))
    }

    /// The store refused a group of this many: the next one is half as large, until the culprit stands alone.
    pub fn refused(&mut self, taken: usize) {
        self.room = taken.div_euclid(2).max(1);
    }
}
