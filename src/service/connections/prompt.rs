//! The prompt: data, on which `prompting` acts.

use alloc::vec::Vec;

use crate::service::io::ChannelId;

/// The prompt that is open, and who hears of its end. The first asker gives it room.
#[derive(Debug)]
pub struct Prompt {
    pub askers: Vec<(ChannelId, u64)>,
    pub state: PromptState,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PromptState {
    /// Asked for, and not to be seen yet.
    Wanted,
    Shown,
    /// The person has answered; what follows from it may not have been done yet.
    Over,
}
