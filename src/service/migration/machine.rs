//! Moving to a better store, one storage operation at a time: seal the lower one, read the upper one, have it absorb the
//! lower one in one commit, go over to it, and empty the lower one. Until the upper one is home, pages are served from
//! the lower one and writes wait. Whoever is interrupted, or somebody else, begins anew: what was absorbed is recorded in
//! the upper store by the very commit that absorbed it.

use alloc::boxed::Box;
use core::mem;

use super::moving::{Move, MoveState, MoveTask};
use crate::ambient::Now;
use crate::service::io::StoreId;
use crate::service::machine::{Phase, Service, Timer};
use crate::service::replica::Replica;
use crate::service::replica::commit::Commit;
use crate::service::store::load::{Load, LoadStep};
use crate::service::store::scheduler::Task;
use crate::session::{StorageLevel, StorageStatus};
use crate::storage::{Answer, Failure};

/// Lost races of one state before it is given up.
const PATIENCE: u32 = 8;
/// An operation of which nobody knows what became of it counts as so many.
const DOUBT: u32 = 3;

impl Service {
    /// Whether home is being left: nothing is committed there but the seal.
    pub(in crate::service) fn leaves_home(&self) -> bool {
        self.moving.as_ref().is_some_and(|moving| !moving.has_switched())
    }

    /// Whether this store is asked what others wait for though it may well be of no use: one that will be home only if it
    /// holds something, or one that was left.
    pub(in crate::service) fn is_in_the_way(&self, store: StoreId) -> bool {
        let moving = self.moving.as_ref().filter(|moving| moving.lower == store);
        moving.is_some_and(|moving| moving.has_switched() || matches!(moving.state, MoveState::Inspect))
    }

    /// The status of the store that is to be home.
    pub(in crate::service) fn moving_to(&mut self) -> Option<&mut StorageStatus> {
        self.moving.as_mut().filter(|moving| !moving.has_switched()).map(|moving| &mut moving.status)
    }

    /// Moves from home to a better store.
    pub(in crate::service) fn begin_move(&mut self, upper: StoreId, status: StorageStatus) {
        self.moving = Some(Move::new((self.home, upper), status, MoveState::Seal));
    }

    /// Moves what is below to the store that will be home, if there is anything.
    pub(in crate::service) fn inspect_below(&mut self, lower: StoreId, upper: StoreId, status: StorageStatus) {
        self.settle_in(lower, self.storage);
        self.moving = Some(Move::new((lower, upper), status, MoveState::Inspect));
    }

    /// Something else is to be done about stores. What was begun is as if a crash had interrupted it.
    pub(in crate::service) fn call_off_move(&mut self) {
        self.timers.clear(Timer::Move);
        if let Some(moving) = self.moving.take() {
            self.release(if moving.has_switched() { moving.lower } else { moving.upper });
            self.drop_move_task();
        }
    }

    /// An operation of the move was answered.
    pub(in crate::service) fn move_task_done(
        &mut self,
        now: Now,
        covers: u64,
        (store, task): (StoreId, MoveTask),
        answer: Answer,
    ) {
        let Some(moving) = &mut self.moving else { return };
        let commit = match task {
            MoveTask::Read(load) => return self.other_answered(now, covers, store, *load, answer),
            MoveTask::Commit(commit) => commit,
        };
        let seals = matches!(moving.state, MoveState::Seal | MoveState::SealAgain { .. });
        let at_home = moving.commits_at_home();
        let weight = match answer {
            Answer::Committed => return self.move_committed(covers, &commit),
            // It will not be sealed, or not take more in.
            Answer::Failed(Failure { unknown: false, .. }) => PATIENCE,
            // At home the log tells what became of it.
            Answer::Stale if at_home => {
                self.forget_pace();
                self.fall_behind();
                1
            }
            Answer::Stale => {
                moving.read_again();
                1
            }
            // Nobody knows: the same expected version is tried again.
            _ if seals || at_home => DOUBT,
            _ => {
                moving.read_again();
                DOUBT
            }
        };
        self.try_again(now, weight);
    }

    fn move_committed(&mut self, covers: u64, commit: &Commit) {
        let Some(moving) = &mut self.moving else { return };
        match &mut moving.state {
            MoveState::Empty { .. } => self.finish_move(),
            MoveState::Absorb { upper, covers: covered } => {
                *covered = covers;
                upper.advance(commit);
            }
            MoveState::SealAgain { lower } => {
                lower.advance(commit);
                moving.sealed();
            }
            _ => {
                if matches!(moving.state, MoveState::Seal) {
                    moving.sealed();
                }
                self.replica.advance(commit);
                self.refreshed(covers);
                self.forget_pace();
            }
        }
    }

    /// The store that is not home was read, a part of it at least.
    fn other_answered(&mut self, now: Now, covers: u64, store: StoreId, load: Load, answer: Answer) {
        let Some(moving) = &mut self.moving else { return };
        match load.answered(answer, &mut *self.rng) {
            // It is empty, and stays so.
            LoadStep::Ask(Load::Genesis(_)) if matches!(moving.state, MoveState::Inspect) => self.pass_over(),
            LoadStep::Ask(Load::Genesis(_)) if moving.has_switched() => self.finish_move(),
            LoadStep::Ask(load) => {
                let operation = load.operation();
                self.start(now, Task::Move(store, MoveTask::Read(Box::new(load))), operation);
            }
            LoadStep::Again => self.try_again(now, 1),
            LoadStep::Failed(_) | LoadStep::Newer => self.try_again(now, DOUBT),
            LoadStep::Done { head, state } => self.other_is_read(covers, Replica::new(head, state)),
        }
    }

    /// All of it was read.
    fn other_is_read(&mut self, covers: u64, other: Replica) {
        let Some(moving) = &mut self.moving else { return };
        match moving.state {
            MoveState::Inspect if other.state.is_used() => {
                self.replica = other;
                moving.begin(MoveState::Seal);
            }
            MoveState::Inspect => self.pass_over(),
            // Somebody else has emptied it.
            MoveState::ReadLower { known } if known != other.head && !other.state.is_used() => self.finish_move(),
            MoveState::ReadLower { .. } => moving.state = MoveState::SealAgain { lower: other },
            _ => moving.state = MoveState::Absorb { upper: other, covers },
        }
    }

    /// A step did not come about: after a pause it is tried again, unless that was the last of `PATIENCE`.
    fn try_again(&mut self, now: Now, weight: u32) {
        let Some(moving) = &mut self.moving else { return };
        moving.attempts = moving.attempts.saturating_add(weight);
        if moving.attempts < PATIENCE {
            let at = moving.pause(now.instant, self.rng.draw());
            return self.timers.set(Timer::Move, at);
        }
        match moving.state {
            MoveState::Inspect => self.pass_over(),
            _ if moving.has_switched() => self.finish_move(),
            // What cannot be written to can still be left; it is not emptied then.
            MoveState::Seal => moving.begin(MoveState::ReadUpper),
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
    pub(super) fn switch(&mut self, now: Now) {
        let Some(moving) = &mut self.moving else { return };
        let (upper, covers) = match mem::replace(&mut moving.state, MoveState::ReadUpper) {
            MoveState::Absorb { upper, covers } => (upper, covers),
            other => return moving.state = other,
        };
        let lower = mem::replace(&mut self.replica, upper);
        moving.begin(MoveState::AbsorbRest { lower });
        let status = moving.status;
        self.home = moving.upper;
        self.forget_pace();
        self.storage_is(status);
        self.home_is_read(now, covers);
        self.feed(now);
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
            self.home_is_read(now, self.scheduler.last_refresh());
        }
    }

    pub(super) fn finish_move(&mut self) {
        if let Some(moving) = self.moving.take() {
            self.release(moving.lower);
        }
    }
}
