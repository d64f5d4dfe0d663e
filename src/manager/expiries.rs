//! When sessions expire, of those that show: data, on which `expiry` acts.

use alloc::collections::BinaryHeap;
use alloc::rc::Rc;
use core::cmp::Reverse;

use crate::ambient::UnixMillis;
use crate::session::{Session, SessionId, SortedMap};

/// When sessions expire.
#[derive(Debug, Default)]
pub struct Expiries {
    /// The time for which it shows which are expired.
    pub as_of: UnixMillis,
    /// How many milliseconds the authority's clock is ahead.
    pub ahead: i64,
    /// When sessions end that show as valid. What has another end by now stays until its turn comes.
    pub due: BinaryHeap<Reverse<(UnixMillis, SessionId)>>,
    /// How many of the manager's `touched` were looked at.
    pub seen: usize,
    /// Sessions whose end was told, as they were then.
    pub told: SortedMap<SessionId, Rc<Session>>,
    /// Something is held: what ends from now on is told.
    pub begun: bool,
}

impl Expiries {
    /// The sessions that may show otherwise were taken.
    pub fn taken(&mut self) {
        self.seen = 0;
    }
}
