//! Knowing what home holds: reading all of it, or what is new.

use alloc::vec::Vec;
use core::slice;

use super::load::{Load, LoadStep};
use super::scheduler::Task;
use crate::ambient::{Instant, Now};
use crate::error::Code;
use crate::machine::mutants::{self, Mutant};
use crate::protocol::ToManager;
use crate::service::io::{Output, StoreId};
use crate::service::machine::{Phase, Service, Timer};
use crate::service::migration::foreign_move::Contents;
use crate::service::replica::Replica;
use crate::service::replica::commit::Commit;
use crate::storage::{Announcement, Answer};

/// Answers in a row that contradict one another, before pages are told that the store fails.
const MOST_CONTRADICTIONS: u32 = 8;

impl Service {
    /// Home has moved on.
    pub(in crate::service) fn fall_behind(&mut self) {
        self.scheduler.behind = true;
    }

    /// Reads the store anew; what was running is of no interest any more.
    pub(in crate::service) fn reload(&mut self) {
        self.phase = Phase::Loading;
        self.scheduler.running = None;
        self.timers.clear(Timer::Answer);
        self.timers.clear(Timer::Read);
        self.scheduler.read_at = Instant::default();
    }

    /// Home was read, a part of it at least.
    pub(in crate::service) fn loaded(&mut self, now: Now, covers: u64, load: Load, answer: Answer) {
        match load.answered(answer, &mut *self.rng) {
            LoadStep::Ask(load) => {
                let operation = load.operation();
                self.start(now, Task::Load(load), operation);
            }
            LoadStep::Again if self.is_contradicted() => self.not_loaded(now, Code::StorageFailed),
            LoadStep::Again => self.retry_reading(now),
            LoadStep::Newer => self.is_outdated(),
            LoadStep::Failed(code) => self.not_loaded(now, code),
            LoadStep::Done { head, state } if self.was_moved_away(now.instant, head, &state) => {
                self.phase = Phase::Ready
            }
            LoadStep::Done { head, state } => {
                self.replica = Replica::new(head, state);
                self.home_is_read(now, covers);
            }
        }
    }

    /// Home was read, and the refreshes up to this ticket are done by it: pages are told what is there.
    pub(in crate::service) fn home_is_read(&mut self, now: Now, covers: u64) {
        self.phase = Phase::Ready;
        self.scheduler.contradictions = 0;
        self.scheduler.refusal = None;
        self.foreign_move.contents = Contents::Known;
        self.scheduler.behind = false;
        self.scheduler.backoff.reset();
        self.rest_from_gc(now.instant);
        let head = self.replica.head;
        self.connections.values_mut().for_each(|connection| connection.replaced(head));
        self.refreshed(covers);
        self.welcome_hellos(now);
    }

    /// A newer build has written to the store. There may be a newer service page, which can read it.
    pub(in crate::service) fn is_outdated(&mut self) {
        self.reload();
        self.phase = Phase::Outdated;
        self.out.push_back(Output::Outdated);
    }

    /// There is none.
    pub(in crate::service) fn stays_outdated(&mut self, now: Now) {
        if self.phase == Phase::Outdated {
            self.phase = Phase::Loading;
            self.not_loaded(now, Code::StorageFailed);
        }
    }

    fn not_loaded(&mut self, now: Now, code: Code) {
        for channel in self.connections.keys().copied().collect::<Vec<_>>() {
            self.part(channel, code);
        }
        self.dismiss_hellos(code);
        self.reselect(now.instant);
        self.retry_reading(now);
    }

    fn retry_reading(&mut self, now: Now) {
        let pause = self.scheduler.backoff.next(self.rng.draw());
        self.scheduler.read_at = now.instant.after_micros(pause);
        self.timers.set(Timer::Read, self.scheduler.read_at);
    }

    /// All refreshes up to this ticket are done: home stood where the replica stands.
    pub(in crate::service) fn refreshed(&mut self, ticket: u64) {
        self.scheduler.refreshed(ticket);
        let head = self.replica.head;
        self.connections.values_mut().for_each(|connection| connection.refreshed(ticket, head));
    }

    /// The log after what is known of home was read.
    pub(in crate::service) fn caught_up(&mut self, now: Now, covers: u64, answer: Answer) {
        let refusal = self.scheduler.refusal.take();
        match answer {
            Answer::Log(Some(entries)) => match Commit::chain(self.replica.head, &entries) {
                Ok(commits) => {
                    // A commit was stale, so there has to be something new.
                    if self.scheduler.behind && commits.is_empty() && self.is_contradicted() {
                        self.tell_all(&ToManager::Trouble(Code::StorageFailed));
                        self.reselect(now.instant);
                    }
                    if !commits.is_empty() {
                        self.pace.certain();
                    }
                    commits.iter().for_each(|commit| self.replica.advance(commit));
                    refusal.into_iter().for_each(|outcome| self.give_up(outcome));
                    self.scheduler.behind = false;
                    self.scheduler.backoff.reset();
                    self.refreshed(covers);
                }
                // What cannot be read may be a newer layout: reading anew will tell.
                Err(_) => self.lost_track(now),
            },
            Answer::Log(None) => self.lost_track(now),
            _ => {
                // A store that cannot be read either will not say more.
                refusal.into_iter().for_each(|outcome| self.give_up(outcome));
                self.retry_reading(now);
                if self.leaves_home() {
                    self.not_caught_up(now, false);
                }
            }
        }
    }

    /// Somebody else committed this to this store. If it follows just what is known of home, home need not be read.
    pub(in crate::service) fn announced(&mut self, store: StoreId, announced: &Announcement) {
        match self.follow(store, announced) {
            Some(commit) => self.replica.advance(&commit),
            None => drop(self.scheduler.request_refresh()),
        }
    }

    /// The commit that was announced, if it is the next one after the replica. While home is asked something, or what became
    /// of an own commit is in doubt, the replica stands still: the answer is about what it holds now.
    fn follow(&self, store: StoreId, announced: &Announcement) -> Option<Commit> {
        let at_rest = self.phase == Phase::Ready
            && self.scheduler.running.is_none()
            && !self.scheduler.behind
            && self.scheduler.refusal.is_none()
            && !self.leaves_home()
            && !self.foreign_move.is_moved_away()
            && self.pace.is_certain();
        let follows = announced.follows == self.replica.head || mutants::has(Mutant::AnnouncedOverGap);
        if !at_rest || store != self.home || !follows {
            return None;
        }
        Commit::chain(announced.follows, slice::from_ref(&announced.entry)).ok()?.pop()
    }

    /// One more answer that contradicts the one before it. Whether these are too many to be anything but a broken store.
    fn is_contradicted(&mut self) -> bool {
        self.scheduler.contradictions = self.scheduler.contradictions.saturating_add(1);
        let too_many = self.scheduler.contradictions >= MOST_CONTRADICTIONS;
        if too_many {
            self.scheduler.contradictions = 0;
        }
        too_many
    }

    /// What leads from here to where home stands is not to be had.
    fn lost_track(&mut self, now: Now) {
        if self.leaves_home() {
            self.scheduler.behind = false;
            self.retry_reading(now);
            self.not_caught_up(now, true);
        } else {
            self.reload();
        }
    }
}
