//! One commit as the page learns of it.

use alloc::vec::Vec;

use crate::engine::follower::Increment;
use crate::session::{Change, Outcome, Version};

/// One commit as the page learns of it.
#[derive(Clone, Debug)]
pub struct Delta {
    pub follows: Version,
    pub version: Version,
    pub changes: Vec<Change>,
    pub mine: Vec<(u64, Outcome)>,
    pub bytes: usize,
}

impl Increment for Delta {
    fn follows(&self) -> Version {
        self.follows
    }
    fn version(&self) -> Version {
        self.version
    }
    fn bytes(&self) -> usize {
        self.bytes
    }
}
