//! Which store is home: what an opened store is to the one that there is, and when to have one selected anew.

use crate::ambient::Instant;
use crate::protocol::ToManager;
use crate::service::io::{Output, StoreId};
use crate::service::machine::{Phase, Service, Timer};
use crate::service::migration::foreign_move::Contents;
use crate::session::{StorageLevel, StorageStatus};

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
    pub(in crate::service) fn opened(
        &mut self,
        now: Instant,
        store: StoreId,
        below: Option<StoreId>,
        status: StorageStatus,
    ) {
        self.reselection.answered();
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
        let failed = now < self.scheduler.read_at;
        let read = self.phase == Phase::Loading && home != StorageLevel::Unknown && !failed;
        if read && rank(status.level) > rank(home) {
            // Nobody knows yet what home holds.
            below.into_iter().for_each(|below| self.release(below));
            return self.inspect_below(self.home, store, status);
        }
        if self.phase != Phase::Unopened {
            self.release(self.home);
        }
        match below {
            Some(below) if !ready => self.inspect_below(below, store, status),
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
        self.foreign_move.contents = Contents::Unread;
        self.reload();
    }

    /// The present store is still the best.
    pub(in crate::service) fn reselected(&mut self, now: Instant, status: StorageStatus) {
        self.reselection.answered();
        let home = self.storage;
        match self.moving_to() {
            Some(upper) => *upper = status,
            None if status.level == home.level => self.storage_is(status),
            // Of a store that could not be moved to.
            None => self.storage_is(StorageStatus { upgrade: status.upgrade, ..home }),
        }
        self.no_better_store(now);
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
    pub(in crate::service) fn reselect(&mut self, now: Instant) {
        self.reselection.want();
        self.try_reselect(now);
    }

    /// Asks, if that is wanted and allowed.
    pub(in crate::service) fn try_reselect(&mut self, now: Instant) {
        if self.reselection.is_due(now) {
            let again = self.reselection.ask(now, self.rng.draw());
            self.timers.set(Timer::Reselect, again);
            self.out.push_back(Output::SelectStore);
        }
    }

    /// A commit took effect, or did not though there was no reason in the store's contents.
    pub(in crate::service) fn commit_went(&mut self, now: Instant, well: bool) {
        if self.reselection.commit_went(well) {
            self.reselect(now);
        }
    }
}
