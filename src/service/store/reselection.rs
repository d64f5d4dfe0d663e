//! Whether the frame is to find out anew which store is the best.

use crate::ambient::{Instant, Span};
use crate::engine::backoff::Backoff;

/// After so many commits in a row that failed, another store may be better.
const TROUBLE: u32 = 3;

/// To select a store takes a while and may ask the browser for much, so it is asked for once at a time, and ever less often.
#[derive(Debug)]
pub struct Reselection {
    state: State,
    /// It is not asked for before.
    not_before: Instant,
    /// Commits in a row that failed.
    failures: u32,
    backoff: Backoff,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Idle,
    /// It is to be asked for when that is allowed again.
    Wanted,
    /// It was asked for, and there is no answer yet.
    Asked,
}

impl Default for Reselection {
    fn default() -> Self {
        let backoff = Backoff::new(Span::from_secs(1), Span::from_secs(300), 0.5);
        Self { state: State::Idle, not_before: Instant::default(), failures: 0, backoff }
    }
}

impl Reselection {
    /// It is wanted. Whoever waits for an answer already will have it.
    pub fn want(&mut self) {
        if self.state == State::Idle {
            self.state = State::Wanted;
        }
    }

    /// Whether it is to be asked for now.
    pub fn is_due(&self, now: Instant) -> bool {
        self.state == State::Wanted && now >= self.not_before
    }

    /// It is asked for now. Gives the time before which it is not asked for again.
    pub fn ask(&mut self, now: Instant, draw: u64) -> Instant {
        self.state = State::Asked;
        self.not_before = now.after_micros(self.backoff.next(draw));
        self.not_before
    }

    /// A store was named.
    pub fn answered(&mut self) {
        self.state = State::Idle;
    }

    /// A commit took effect, or did not though there was no reason in the store's contents. Whether another store may be
    /// better.
    pub fn commit_went(&mut self, well: bool) -> bool {
        if well {
            self.failures = 0;
            self.backoff.reset();
        } else {
            self.failures = self.failures.saturating_add(1);
        }
        self.failures >= TROUBLE
    }
}
