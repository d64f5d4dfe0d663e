//! The next storage operation of a move.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::merge::absorb;
use super::moving::{MoveState, MoveTask};
use crate::ambient::Now;
use crate::service::io::StoreId;
use crate::service::machine::Service;
use crate::service::replica::commit::Commit;
use crate::service::replica::encoding::SCHEMA;
use crate::service::replica::record::RecordChange;
use crate::service::replica::state::Keep;
use crate::service::store::load::Load;
use crate::service::store::scheduler::Task;
use crate::session::Version;
use crate::storage::Operation;

/// What comes next.
enum Next {
    /// This store is to be read.
    Read(StoreId),
    /// If it stands at this version, this store is to take this commit.
    Commit(StoreId, Version, Commit),
    /// The state has changed: look again.
    Proceed,
    /// Nothing, now.
    Rest,
}

impl Service {
    /// The next operation of the move.
    pub(in crate::service) fn next_move_task(&mut self, now: Now) -> Option<(Task, Operation)> {
        if now.instant < self.moving.as_ref()?.not_before {
            return None;
        }
        loop {
            let tag = self.rng.draw();
            return match self.next_step(now, tag) {
                Next::Proceed => continue,
                Next::Rest => None,
                Next::Read(store) => Some((Task::Move(store, MoveTask::Read(Box::new(Load::Head))), Operation::Head)),
                Next::Commit(store, head, commit) => {
                    let operation = commit.operation(head);
                    Some((Task::Move(store, MoveTask::Commit(commit)), operation))
                }
            };
        }
    }

    fn next_step(&mut self, now: Now, tag: u64) -> Next {
        let behind = self.scheduler.behind;
        let Some(moving) = &mut self.moving else { return Next::Rest };
        match &moving.state {
            MoveState::Inspect | MoveState::ReadLower { .. } => Next::Read(moving.lower),
            MoveState::ReadUpper => Next::Read(moving.upper),
            // A seal or what was absorbed is looked up before it is tried again.
            MoveState::Seal | MoveState::AbsorbRest { .. } if behind => Next::Rest,
            MoveState::Seal | MoveState::SealAgain { .. } => {
                let lower = if let MoveState::SealAgain { lower } = &moving.state { lower } else { &self.replica };
                if lower.state.moving() {
                    moving.sealed();
                    return Next::Proceed;
                }
                let seal = Commit::after(lower.head, tag, Vec::from([RecordChange::Moving(true)]));
                Next::Commit(moving.lower, lower.head, seal)
            }
            MoveState::Absorb { .. } | MoveState::AbsorbRest { .. } => self.next_absorption(now, tag),
            MoveState::Empty { lower } if lower.state.moving() => {
                // A new store, so that nobody takes what is gone for removed.
                let mut commit = Commit::after(lower.head, tag, lower.state.cleared());
                commit.version.epoch = self.rng.draw();
                let moved = RecordChange::Moved(self.replica.head.epoch);
                commit.changes.extend([RecordChange::Horizon(commit.version.seq, SCHEMA), moved]);
                Next::Commit(moving.lower, lower.head, commit)
            }
            MoveState::Empty { .. } => {
                // Somebody else works there.
                self.finish_move();
                Next::Rest
            }
        }
    }

    /// The upper store takes in what it lacks of the lower one. If it lacks nothing, it becomes home, or the lower one is
    /// emptied.
    fn next_absorption(&mut self, now: Now, tag: u64) -> Next {
        let Some(moving) = &mut self.moving else { return Next::Rest };
        let (lower, upper) = match &moving.state {
            MoveState::Absorb { upper, .. } => (&self.replica, upper),
            MoveState::AbsorbRest { lower } => (lower, &self.replica),
            _ => return Next::Rest,
        };
        if lower.head.epoch == upper.head.epoch {
            // One store under two names: there is nothing to be moved, and nothing to be emptied.
            self.switch(now);
            self.finish_move();
            self.reopen();
            return Next::Rest;
        }
        let mut commit = Commit::after(upper.head, tag, Vec::new());
        match absorb(lower, &upper.state, commit.version.seq, Keep::of(&self.config.limits)) {
            Some(changes) => {
                commit.changes = changes;
                Next::Commit(moving.upper, upper.head, commit)
            }
            None if moving.has_switched() => {
                moving.empty();
                Next::Proceed
            }
            None => {
                self.switch(now);
                Next::Rest
            }
        }
    }
}
