//! A store that somebody else moves to a better one: while it is sealed nobody commits, and when it was moved its pages
//! keep what they have until it is known where that went.

use alloc::vec::Vec;

use super::foreign_move::{Contents, Seal};
use crate::ambient::{Instant, Span};
use crate::engine::backoff::Backoff;
use crate::service::machine::{Phase, Service, Timer};
use crate::service::replica::commit::Commit;
use crate::service::replica::record::RecordChange;
use crate::service::replica::state::State;
use crate::session::Version;

/// A sealed store is reopened after this time, at most: whoever sealed it may be gone.
const SEALED: Span = Span::from_secs(15);
/// As soon, if it is known that there is no better store to move to: whoever sealed it may be about to finish.
const KNOWN: Span = Span::from_secs(2);
/// Pages see what was moved away for so long, if nobody finds it.
const MOVED_AWAY: Span = Span::from_secs(5);

impl Service {
    /// Whether somebody else began to move this store.
    fn is_sealed(&self) -> bool {
        self.phase == Phase::Ready && !self.leaves_home() && self.replica.state.moving()
    }

    /// Sees to it that a seal does not stay for good.
    pub(in crate::service) fn mind_seal(&mut self, now: Instant) {
        if !self.is_sealed() {
            self.timers.clear(Timer::Reopen);
            self.foreign_move.seal = Seal::None;
        } else if self.foreign_move.seal == Seal::None {
            self.foreign_move.seal = Seal::Respected;
            let at = self.soon(now, SEALED);
            self.timers.set(Timer::Reopen, at);
            self.reselect(now);
        }
    }

    /// Up to this time from now; chance keeps several services apart.
    fn soon(&mut self, now: Instant, most: Span) -> Instant {
        now.after_micros(Backoff::new(most, most, 0.4).next(self.rng.draw()))
    }

    /// The seal is our own, of a move that came to nothing.
    pub(in crate::service) fn reopen(&mut self) {
        self.foreign_move.seal = Seal::Overdue;
    }

    /// The commit that ends the seal, once it is time.
    pub(in crate::service) fn reopening(&mut self) -> Option<Commit> {
        let changes = Vec::from([RecordChange::Moving(false)]);
        (self.foreign_move.seal == Seal::Overdue).then(|| Commit::after(self.replica.head, self.rng.draw(), changes))
    }

    /// There is no better store for us.
    pub(in crate::service) fn no_better_store(&mut self, now: Instant) {
        if self.is_sealed() && self.foreign_move.seal != Seal::Overdue {
            self.foreign_move.seal = Seal::Respected;
            let at = self.soon(now, KNOWN);
            self.timers.set_no_later(Timer::Reopen, at);
        }
        self.give_in();
    }

    /// Whether what was read says that the contents known before were moved to a store that may be within reach.
    pub(in crate::service) fn was_moved_away(&mut self, now: Instant, head: Version, state: &State) -> bool {
        let moved = self.foreign_move.contents != Contents::Unread
            && head.epoch != self.replica.head.epoch
            && state.moved().is_some();
        if moved {
            self.foreign_move.contents = Contents::MovedAway;
            self.timers.set(Timer::ForeignMove, now.after(MOVED_AWAY));
            self.reselect(now);
        }
        moved
    }

    /// What was moved away is out of reach: the store is taken as it is now.
    pub(in crate::service) fn give_in(&mut self) {
        if self.foreign_move.is_moved_away() {
            self.stay();
            self.foreign_move.contents = Contents::Unread;
            self.reload();
        }
    }

    /// It does not matter any more what was moved away.
    pub(in crate::service) fn stay(&mut self) {
        if self.foreign_move.is_moved_away() {
            self.foreign_move.contents = Contents::Known;
        }
        self.timers.clear(Timer::ForeignMove);
    }
}
