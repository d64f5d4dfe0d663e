//! What a page says to the service.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::codec::Message;
use crate::session::{Mutation, Version, Write};

/// A message from page to service. Its schema is frozen with the protocol version.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ToService {
    /// Writes, oldest first. Sent again unchanged (but for `predecessor`) until their outcome is known.
    Writes {
        /// Every write of this client up to this number is settled; their outcomes may be forgotten.
        settled: u64,
        writes: Vec<Write>,
    },
    /// Asks the service to look at the store. It answers with `Pong` at once, then with whatever the page lacks, then
    /// with `Synced` of the same `id`. Heartbeat, refresh and repair of a gap are all this message.
    Sync {
        /// Rising with each of this client.
        id: u64,
        from: ResumeFrom,
        /// How many data messages (`Event`, `Page`) of this connection the page has taken in.
        took: u64,
    },
    /// Gives back credit between `Sync`s: how many data messages of this connection the page has taken in.
    Ack(u64),
    /// The page leaves. Nothing more will be said on this port.
    Bye,
    /// Ask the person to let this service share its storage with the page's site. Answered by `AccessDone` of the same id.
    AskAccess { id: u64 },
    /// The prompt is to go: `declined` if the person turned away, not if the page cannot show it or waits no more.
    LeavePrompt { declined: bool },
}

impl Message for ToService {
    fn since(&self) -> u8 {
        match self {
            Self::Writes { writes, .. } if writes.iter().any(replaces) => 3,
            Self::Writes { .. } | Self::Sync { .. } | Self::Ack(_) | Self::Bye => 1,
            Self::AskAccess { .. } | Self::LeavePrompt { .. } => 2,
        }
    }

    /// No merge patch says what a replacement does: it would leave what others have added meanwhile. A write that has one is
    /// sent empty. That is refused, unless what became of it is known from before: then that is told.
    fn to_older(&self, version: u8) -> Option<Self> {
        let mut message = self.clone();
        if let Self::Writes { writes, .. } = &mut message {
            writes.iter_mut().filter(|write| replaces(write)).for_each(|write| write.mutations.clear());
        }
        (message.since() <= version).then_some(message)
    }

    /// Before version 3 a session was added without the null members of its data.
    fn of_older(mut self) -> Self {
        if let Self::Writes { writes, .. } = &mut self {
            for mutation in writes.iter_mut().flat_map(|write| &mut write.mutations) {
                if let Mutation::Add { data, .. } = mutation {
                    *data = data.without_nulls();
                }
            }
        }
        self
    }
}

/// Whether anything in it is a replacement.
fn replaces(write: &Write) -> bool {
    write.mutations.iter().any(|mutation| matches!(mutation, Mutation::Replace { .. }))
}

/// From where a page wants to be brought up to date.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ResumeFrom {
    /// From what the service sent last: nothing was missed.
    LastSent,
    /// From exactly this version, whatever was sent.
    Held(Option<Version>),
}
