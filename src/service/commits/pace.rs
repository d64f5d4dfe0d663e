//! How many writes the next commit may take, and how soon: that follows from what became of the commits before.

use super::group::WRITES;
use crate::ambient::{Instant, Span};
use crate::engine::backoff::Backoff;

/// After so many lost races in a row, each further one is followed by a pause. Many: whoever tries again at once wins before
/// long, while the pauses of a hidden page last a second and more, after which it meets a busy store just once.
const RACES: u32 = 32;

/// How many writes the next commit may take, and when.
#[derive(Debug)]
pub struct Pace {
    room: usize,
    races: u32,
    last: LastCommit,
    /// Nothing is committed before.
    not_before: Instant,
    backoff: Backoff,
}

/// What is known of the last commit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum LastCommit {
    /// It took effect, or never will.
    Certain,
    /// It failed without saying whether it took effect, and may yet do so.
    InDoubt,
    /// Likewise, and the store has no room for more: the next commit holds nothing, to end the doubt.
    Probed,
}

impl Default for Pace {
    fn default() -> Self {
        let backoff = Backoff::new(Span::from_millis(10), Span::from_secs(2), 0.5);
        Self { room: WRITES, races: 0, last: LastCommit::Certain, not_before: Instant::default(), backoff }
    }
}

impl Pace {
    /// Whether there may be a commit now.
    pub fn allows(&self, now: Instant) -> bool {
        now >= self.not_before
    }

    /// How many writes the next commit may take.
    pub fn room(&self) -> usize {
        self.room
    }

    /// Whether the next commit is to hold nothing: it only finds out whether the one before it took effect.
    pub fn probes(&self) -> bool {
        self.last == LastCommit::Probed
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
        self.last = LastCommit::Certain;
    }

    /// Whether it is known what became of the last commit.
    pub fn is_certain(&self) -> bool {
        self.last == LastCommit::Certain
    }

    /// Nobody knows what became of it. Gives the time before which not to try again.
    pub fn doubted(&mut self, now: Instant, draw: u64) -> Instant {
        if self.last == LastCommit::Certain {
            self.last = LastCommit::InDoubt;
        }
        self.pause(now, draw)
    }

    /// The store refused a commit. If one before it is in doubt, that has to end before anybody is told anything: gives
    /// the time before which not to try.
    pub fn refused_in_doubt(&mut self, now: Instant, draw: u64) -> Option<Instant> {
        if self.last == LastCommit::Certain {
            return None;
        }
        self.last = LastCommit::Probed;
        Some(self.pause(now, draw))
    }

    /// The time before which not to try again, when there was no other reason.
    pub fn pause(&mut self, now: Instant, draw: u64) -> Instant {
        self.not_before = now.after_micros(self.backoff.next(draw));
        self.not_before
    }

    /// The store refused a group of this many: the next one is half as large, until the culprit stands alone.
    pub fn refused(&mut self, taken: usize) {
        self.room = taken.div_euclid(2).max(1);
    }
}
