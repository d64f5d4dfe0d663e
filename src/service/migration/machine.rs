//! Moving to a better store, one storage operation at a time: seal the lower one, read the upper one, have it absorb the
//! lower one in one commit, go over to it, and empty the lower one. Until the upper one is home, pages are served from
//! the lower one and writes wait. Whoever is interrupted, or somebody else, begins anew: what was absorbed is recorded in
//! the upper store by the very commit that absorbed it.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;
use core::time::Duration;

use super::merge::absorb;
use crate::ambient::Now;
use crate::engine::backoff::Backoff;
use crate::service::io::StoreId;
use crate::service::machine::{Phase, Service, Timer};
use crate::service::replica::Replica;
use crate::service::replica::commit::Commit;
use crate::service::replica::record::{Fact, SCHEMA};
use crate::service::replica::state::Keep;
use crate::service::store::load::{Load, Step};
use crate::service::store::scheduler::Doing;
use crate::session::{StorageLevel, StorageStatus};
use crate::storage::{Answer, Failure, Operation};

/// Lost races of one stage before it is given up.
const PATIENCE: u32 = 8;
/// An operation of which nobody knows what became of it counts as so many.
const DOUBT: u32 = 3;

/// A move under way.
#[derive(Debug)]
pub(in crate::service) struct Move {
    lower: StoreId,
    upper: StoreId,
    /// Of the upper store.
    status: StorageStatus,
    stage: Stage,
    /// The store that is not home: the upper one until the switch, the lower one after it.
    other: Option<Replica>,
    /// The upper store is home.
    switched: bool,
    /// The looks at the store that reading the upper one served as.
    covers: u64,
    attempts: u32,
    backoff: Backoff,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// Finding out whether the lower store, which is not home yet, holds anything.
    Look,
    Seal,
    /// Reading the store that is not home.
    Read,
    Absorb,
    Empty,
}

/// One storage operation of a move.
#[derive(Debug)]
pub(in crate::service) enum Errand {
    Read(Box<Load>),
    /// What the stage says.
    Commit(Commit),
}

impl Service {
    /// Whether home is being left: nothing is committed there but the seal.
    pub(in crate::service) fn leaves_home(&self) -> bool {
        self.moving.as_ref().is_some_and(|moving| !moving.switched)
    }

    /// Whether this store is asked what others wait for though it may well be of no use: one that will be home only if it
    /// holds something, or one that was left.
    pub(in crate::service) fn is_in_the_way(&self, store: StoreId) -> bool {
        let moving = self.moving.as_ref().filter(|moving| moving.lower == store);
        moving.is_some_and(|moving| moving.switched || moving.stage == Stage::Look)
    }

    /// The status of the store that is to be home.
    pub(in crate::service) fn moving_to(&mut self) -> Option<&mut StorageStatus> {
        self.moving.as_mut().filter(|moving| !moving.switched).map(|moving| &mut moving.status)
    }

    /// Moves from home to a better store.
    pub(in crate::service) fn begin_move(&mut self, upper: StoreId, status: StorageStatus) {
        self.start_move((self.home, upper), status, Stage::Seal);
    }

    /// Moves what is below to the store that will be home, if there is anything.
    pub(in crate::service) fn look_below(&mut self, lower: StoreId, upper: StoreId, status: StorageStatus) {
        self.settle_in(lower, self.storage);
        self.start_move((lower, upper), status, Stage::Look);
    }

    fn start_move(&mut self, (lower, upper): (StoreId, StoreId), status: StorageStatus, stage: Stage) {
        let backoff = Backoff::new(Duration::from_millis(20), Duration::from_secs(2), 0.5);
        let (other, switched, covers, attempts) = (None, false, 0, 0);
        self.moving = Some(Move { lower, upper, status, stage, other, switched, covers, attempts, backoff });
    }

    /// Something else is to be done about stores. What was begun is as if a crash had interrupted it.
    pub(in crate::service) fn call_off_move(&mut self) {
        self.timers.clear(Timer::Move);
        if let Some(moving) = self.moving.take() {
            self.release(if moving.switched { moving.lower } else { moving.upper });
            self.drop_errand();
        }
    }

    /// The next operation of the move.
    pub(in crate::service) fn next_errand(&mut self, now: Now) -> Option<(Doing, Operation)> {
        if self.moving.is_none() || self.timers.get(Timer::Move).is_some() {
            return None;
        }
        loop {
            let tag = self.rng.draw();
            let moving = self.moving.as_ref()?;
            let (lower, upper) = match (&moving.other, moving.switched) {
                (other, false) => (Some(&self.replica), other.as_ref()),
                (other, true) => (other.as_ref(), Some(&self.replica)),
            };
            let commit = match (moving.stage, lower, upper) {
                // A seal or what was absorbed is looked up before it is tried again.
                (Stage::Seal, ..) if !moving.switched && self.is_behind() => return None,
                (Stage::Absorb, ..) if moving.switched && self.is_behind() => return None,
                (Stage::Seal, Some(lower), _) if lower.state.moving() => {
                    self.go_on(Stage::Read);
                    continue;
                }
                (Stage::Seal, Some(lower), _) => {
                    let commit = Commit::after(lower.head, tag, Vec::from([Fact::Moving(true)]));
                    Some((moving.lower, lower.head, commit))
                }
                // One store under two names: there is nothing to be moved, and nothing to be emptied.
                (Stage::Absorb, Some(lower), Some(upper)) if lower.head.epoch == upper.head.epoch => {
                    self.switch(now);
                    self.finish_move();
                    self.reopen();
                    return None;
                }
                (Stage::Absorb, Some(lower), Some(upper)) => {
                    let mut commit = Commit::after(upper.head, tag, Vec::new());
                    match absorb(lower, &upper.state, commit.version.seq, Keep::of(&self.config.limits)) {
                        None if moving.switched => {
                            self.go_on(Stage::Empty);
                            continue;
                        }
                        None => {
                            self.switch(now);
                            return None;
                        }
                        Some(facts) => commit.facts = facts,
                    }
                    Some((moving.upper, upper.head, commit))
                }
                (Stage::Empty, Some(lower), Some(upper)) if lower.state.moving() => {
                    // A new store, so that nobody takes what is gone for removed.
                    let mut commit = Commit::after(lower.head, tag, lower.state.cleared());
                    commit.version.epoch = self.rng.draw();
                    commit.facts.extend([Fact::Horizon(commit.version.seq, SCHEMA), Fact::Moved(upper.head.epoch)]);
                    Some((moving.lower, lower.head, commit))
                }
                (Stage::Empty, ..) => {
                    // Somebody else works there.
                    self.finish_move();
                    return None;
                }
                _ => None,
            };
            return Some(match commit {
                Some((store, head, commit)) => {
                    let operation = commit.operation(head)?;
                    (Doing::Errand(store, Errand::Commit(commit)), operation)
                }
                None => {
                    let other = moving.switched || moving.stage == Stage::Look;
                    let store = if other { moving.lower } else { moving.upper };
                    (Doing::Errand(store, Errand::Read(Box::new(Load::Head))), Operation::Head)
                }
            });
        }
    }

    fn go_on(&mut self, stage: Stage) {
        if let Some(moving) = &mut self.moving {
            let read = stage == Stage::Read && moving.switched;
            // After the switch both are known.
            moving.stage = if read { Stage::Absorb } else { stage };
            if !moving.switched {
                moving.attempts = 0;
            }
        }
    }

    /// An operation of the move was answered.
    pub(in crate::service) fn errand_done(
        &mut self,
        now: Now,
        covers: u64,
        (store, errand): (StoreId, Errand),
        answer: Answer,
    ) {
        let Some(moving) = &mut self.moving else { return };
        let (stage, switched) = (moving.stage, moving.switched);
        let commit = match errand {
            Errand::Read(load) => return self.read_other(now, covers, store, *load, answer),
            Errand::Commit(commit) => commit,
        };
        let at_home = (stage == Stage::Absorb) == switched && stage != Stage::Empty;
        match answer {
            Answer::Committed if stage == Stage::Empty => return self.finish_move(),
            Answer::Committed => {
                match &mut moving.other {
                    Some(other) if !at_home => {
                        moving.covers = covers;
                        other.advance(&commit);
                    }
                    _ => {
                        self.replica.advance(&commit);
                        self.looked(covers);
                        self.forget_pace();
                    }
                }
                if stage == Stage::Seal {
                    self.go_on(Stage::Read);
                }
                return;
            }
            // It will not be sealed, or not take more in.
            Answer::Failed(Failure { unknown: false, .. }) => return self.try_again(now, PATIENCE),
            // At home the log tells what became of it.
            Answer::Stale if at_home => {
                self.forget_pace();
                self.fall_behind();
            }
            Answer::Stale => moving.stage = Stage::Read,
            // Nobody knows: the same expected version is tried again.
            _ if stage == Stage::Seal || at_home => return self.try_again(now, DOUBT),
            _ => {
                moving.stage = Stage::Read;
                return self.try_again(now, DOUBT);
            }
        }
        self.try_again(now, 1);
    }

    /// The store that is not home was read, a part of it at least.
    fn read_other(&mut self, now: Now, covers: u64, store: StoreId, load: Load, answer: Answer) {
        let Some(moving) = &mut self.moving else { return };
        let looking = moving.stage == Stage::Look;
        match load.answered(answer, &mut *self.rng) {
            // It is empty, and stays so.
            Step::Ask(Load::Genesis(_)) if looking => self.pass_over(),
            Step::Ask(Load::Genesis(_)) if moving.switched => self.finish_move(),
            Step::Ask(load) => match load.operation() {
                Ok(operation) => self.start(now, Doing::Errand(store, Errand::Read(Box::new(load))), operation),
                Err(_) => self.try_again(now, PATIENCE),
            },
            Step::Again => self.try_again(now, 1),
            Step::Failed(_) | Step::Newer => self.try_again(now, DOUBT),
            Step::Done { head, state } if looking => {
                if state.is_used() {
                    self.replica = Replica::new(head, state);
                    self.go_on(Stage::Seal);
                } else {
                    self.pass_over();
                }
            }
            Step::Done { head, state } => {
                let known = moving.other.as_ref().map(|other| other.head);
                if moving.switched && known != Some(head) && !state.is_used() {
                    // Somebody else has emptied it.
                    return self.finish_move();
                }
                moving.stage = if moving.switched { Stage::Seal } else { Stage::Absorb };
                moving.covers = covers;
                moving.other = Some(Replica::new(head, state));
            }
        }
    }

    /// A step did not come about: after a pause it is tried again, unless that was the last of `PATIENCE`.
    fn try_again(&mut self, now: Now, weight: u32) {
        let Some(moving) = &mut self.moving else { return };
        moving.attempts = moving.attempts.saturating_add(weight);
        if moving.attempts < PATIENCE {
            let pause = moving.backoff.next(self.rng.draw());
            return self.timers.set(Timer::Move, now.instant.after_micros(pause));
        }
        match moving.stage {
            Stage::Look => self.pass_over(),
            _ if moving.switched => self.finish_move(),
            // What cannot be written to can still be left; it is not emptied then.
            Stage::Seal => self.go_on(Stage::Read),
            _ => self.stay_below(now),
        }
    }

    /// Home could not be read while it is being left; `lost`: it is another store by now.
    pub(in crate::service) fn not_caught_up(&mut self, now: Now, lost: bool) {
        // What pages see is what is moved.
        self.try_again(now, if lost { PATIENCE } else { DOUBT });
    }

    /// There is nothing below.
    fn pass_over(&mut self) {
        if let Some(Move { lower, upper, status, .. }) = self.moving.take() {
            self.release(lower);
            self.settle_in(upper, status);
        }
    }

    /// The upper store took everything in: it is home.
    fn switch(&mut self, now: Now) {
        let Some(moving) = &mut self.moving else { return };
        let Some(upper) = moving.other.take() else { return };
        moving.other = Some(mem::replace(&mut self.replica, upper));
        moving.switched = true;
        (moving.attempts, moving.stage) = (0, Stage::Absorb);
        let (covers, status) = (moving.covers, moving.status);
        self.home = moving.upper;
        self.forget_pace();
        self.storage_is(status);
        self.home_is_read(now, covers);
        self.feed(now.instant);
        self.tend_prompt();
    }

    /// The upper store cannot take it in.
    fn stay_below(&mut self, now: Now) {
        let Some(Move { upper, status, .. }) = self.moving.take() else { return };
        self.release(upper);
        self.reopen();
        if self.phase == Phase::Loading {
            // Below a store that several sites could share lies one of this site alone.
            self.storage_is(StorageStatus { level: StorageLevel::Partitioned, shared: false, ..status });
            self.home_is_read(now, self.work.last_look());
        }
    }

    fn finish_move(&mut self) {
        if let Some(moving) = self.moving.take() {
            self.release(moving.lower);
        }
    }
}
