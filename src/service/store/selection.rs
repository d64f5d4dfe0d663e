//! Which store is home: what an opened store is to the one that there is, and when to have it all judged anew.

use core::time::Duration;

use crate::ambient::Instant;
use crate::engine::backoff::Backoff;
use crate::protocol::ToManager;
use crate::service::io::{Output, StoreId};
use crate::service::machine::{Phase, Service, Timer};
use crate::session::{StorageLevel, StorageStatus};

/// After so many commits in a row that failed, the store is to be judged anew.
const TROUBLE: u32 = 3;

/// Judging takes a while and may ask the browser for much, so it is asked for once at a time, and ever less often.
#[derive(Debug)]
pub(in crate::service) struct Judging {
    asked: bool,
    /// It is to be asked for when that is allowed again.
    wanted: bool,
    /// Commits in a row that failed.
    failures: u32,
    backoff: Backoff,
}

impl Default for Judging {
    fn default() -> Self {
        let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(300), 0.5);
        Self { asked: false, wanted: false, failures: 0, backoff }
    }
}

/// Stores of a higher rank take in those of a lower one.
fn rank(level: StorageLevel) -> u8 {
    match level {
        StorageLevel::Unknown | StorageLevel::Memory => 0,
        StorageLevel::Partitioned => 1,
        StorageLevel::Handle | StorageLevel::SameSite => 2,
        StorageLevel::Server => 3,
    }
}

impl Service {
    /// A store was opened. A better one takes in what there is; any other one is gone over to as it is: what cannot be
    /// reached any more is not lost, and must not overwrite anything.
    pub(in crate::service) fn opened(&mut self, store: StoreId, below: Option<StoreId>, status: StorageStatus) {
        self.answered_judge();
        if self.phase == Phase::Stopped {
            self.release(store);
            return below.into_iter().for_each(|below| self.release(below));
        }
        self.call_off_move();
        self.stay();
        let ready = self.phase == Phase::Ready;
        if ready && rank(status.level) > rank(self.storage.level) {
            below.into_iter().for_each(|below| self.release(below));
            return self.begin_move(store, status);
        }
        let home = self.storage.level;
        let failed = self.timers.get(Timer::Read).is_some();
        let read = self.phase == Phase::Loading && home != StorageLevel::Unknown && !failed;
        if read && rank(status.level) > rank(home) {
            // Nobody knows yet what home holds.
            below.into_iter().for_each(|below| self.release(below));
            return self.look_below(self.home, store, status);
        }
        if self.phase != Phase::Unopened {
            self.release(self.home);
        }
        match below {
            Some(below) if !ready => self.look_below(below, store, status),
            _ => {
                below.into_iter().for_each(|below| self.release(below));
                self.settle_in(store, status);
            }
        }
    }

    /// This store is home, as it is.
    pub(in crate::service) fn settle_in(&mut self, store: StoreId, status: StorageStatus) {
        self.home = store;
        self.storage_is(status);
        self.forget_pace();
        self.stranded.at_home = false;
        self.reload();
    }

    /// The present store is still the best.
    pub(in crate::service) fn judged(&mut self, now: Instant, status: StorageStatus) {
        self.answered_judge();
        let home = self.storage;
        match self.moving_to() {
            Some(upper) => *upper = status,
            None if status.level == home.level => self.storage_is(status),
            // Of a store that could not be moved to.
            None => self.storage_is(StorageStatus { upgrade: status.upgrade, ..home }),
        }
        self.judged_best(now);
    }

    pub(in crate::service) fn storage_is(&mut self, status: StorageStatus) {
        if self.storage != status {
            self.storage = status;
            self.tell_all(&ToManager::Storage(status));
        }
    }

    /// Nothing more is asked of this store, unless it is home.
    pub(in crate::service) fn release(&mut self, store: StoreId) {
        self.out.push_back(Output::Release(store));
    }

    /// Wants to know which store is the best now.
    pub(in crate::service) fn judge(&mut self, now: Instant) {
        self.judging.wanted = true;
        self.may_judge(now);
    }

    /// Asks, if that is wanted and allowed.
    pub(in crate::service) fn may_judge(&mut self, now: Instant) {
        let judging = &mut self.judging;
        if judging.wanted && !judging.asked && self.timers.get(Timer::Judge).is_none() {
            (judging.asked, judging.wanted) = (true, false);
            self.timers.set(Timer::Judge, now.after_micros(judging.backoff.next(self.rng.draw())));
            self.out.push_back(Output::Judge);
        }
    }

    fn answered_judge(&mut self) {
        (self.judging.asked, self.judging.wanted) = (false, false);
    }

    /// A commit took effect, or did not though there was no reason in the store's contents.
    pub(in crate::service) fn commit_went(&mut self, now: Instant, well: bool) {
        if well {
            self.judging.failures = 0;
            self.judging.backoff.reset();
        } else {
            self.judging.failures = self.judging.failures.saturating_add(1);
            if self.judging.failures >= TROUBLE {
                self.judge(now);
            }
        }
    }
}
