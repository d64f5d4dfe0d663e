//! A move to a better store as data: what is being done, and what each step of it knows. `machine` takes the steps.

use alloc::boxed::Box;
use core::mem;

use crate::ambient::{Instant, Span};
use crate::engine::backoff::Backoff;
use crate::service::io::StoreId;
use crate::service::replica::Replica;
use crate::service::replica::commit::Commit;
use crate::service::store::load::Load;
use crate::session::{StorageStatus, Version};

/// A move under way.
#[derive(Debug)]
pub struct Move {
    pub lower: StoreId,
    pub upper: StoreId,
    /// Of the upper store.
    pub status: StorageStatus,
    pub state: MoveState,
    /// Of what is being done, those that came to nothing.
    pub attempts: u32,
    /// Nothing is tried before.
    pub not_before: Instant,
    backoff: Backoff,
}

/// What is being done. Until the upper store has taken everything in, the lower one is home.
#[derive(Debug)]
pub enum MoveState {
    /// Finding out whether the lower store, which was not read yet, holds anything.
    Inspect,
    Seal,
    ReadUpper,
    /// The upper store takes in the lower one. It was read by a task that served as all refreshes up to `covers`.
    Absorb {
        upper: Replica,
        covers: u64,
    },
    /// From here on the upper store is home. It takes in what was written to the lower one meanwhile.
    AbsorbRest {
        lower: Replica,
    },
    Empty {
        lower: Replica,
    },
    /// The lower store is another than was known.
    ReadLower {
        known: Version,
    },
    SealAgain {
        lower: Replica,
    },
}

/// One storage operation of a move.
#[derive(Debug)]
pub enum MoveTask {
    Read(Box<Load>),
    /// What the state says.
    Commit(Commit),
}

impl Move {
    /// From the lower store to the upper one, beginning with this.
    pub fn new((lower, upper): (StoreId, StoreId), status: StorageStatus, state: MoveState) -> Self {
        let backoff = Backoff::new(Span::from_millis(20), Span::from_secs(2), 0.5);
        Self { lower, upper, status, state, attempts: 0, not_before: Instant::default(), backoff }
    }

    /// Whether the upper store is home already.
    pub fn has_switched(&self) -> bool {
        match self.state {
            MoveState::Inspect | MoveState::Seal | MoveState::ReadUpper | MoveState::Absorb { .. } => false,
            MoveState::AbsorbRest { .. }
            | MoveState::Empty { .. }
            | MoveState::ReadLower { .. }
            | MoveState::SealAgain { .. } => true,
        }
    }

    /// Whether what is committed now is committed at home.
    pub fn commits_at_home(&self) -> bool {
        matches!(self.state, MoveState::Seal | MoveState::AbsorbRest { .. })
    }

    /// Goes on to something that was not tried yet.
    pub fn begin(&mut self, state: MoveState) {
        (self.state, self.attempts) = (state, 0);
    }

    /// The lower store is sealed.
    pub fn sealed(&mut self) {
        match mem::replace(&mut self.state, MoveState::ReadUpper) {
            MoveState::SealAgain { lower } => self.state = MoveState::AbsorbRest { lower },
            _ => self.attempts = 0,
        }
    }

    /// The upper store has taken in all of the lower one that is known.
    pub fn empty(&mut self) {
        self.state = match mem::replace(&mut self.state, MoveState::ReadUpper) {
            MoveState::AbsorbRest { lower } => MoveState::Empty { lower },
            other => other,
        };
    }

    /// The store that is not home is another than was known.
    pub fn read_again(&mut self) {
        self.state = match &self.state {
            MoveState::Empty { lower } | MoveState::SealAgain { lower } => MoveState::ReadLower { known: lower.head },
            _ => MoveState::ReadUpper,
        };
    }

    /// A step did not come about: nothing is tried before the time that this gives.
    pub fn pause(&mut self, now: Instant, draw: u64) -> Instant {
        self.not_before = now.after_micros(self.backoff.next(draw));
        self.not_before
    }
}
