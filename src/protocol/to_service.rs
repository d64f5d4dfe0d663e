//! What a page says to the service.

use alloc::vec::Vec;

use super::bytes::{Reader, Wire, Writer};
use super::values::LIFETIMES;
use crate::session::{SessionId, Version, Write};

/// A message from page to service. Its schema is frozen with the protocol version.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
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
    /// The session is used. Answered by `Touched` of the same id, once the store says so of a time within the last minute. It may be
    /// said again.
    Touch { id: u64, session: SessionId },
    /// Removes what has expired for good, as the service does by itself from time to time. Answered by `CleanedUp` of the same id. It
    /// may be said again.
    CleanUp { id: u64 },
}

impl ToService {
    const SINCE: &[u8] = &[1, 1, 1, 1, 2, 2, LIFETIMES, LIFETIMES];
}

impl Wire for ToService {
    fn put(&self, to: &mut Writer) {
        match self {
            Self::Writes { settled, writes } => {
                to.variant(0, Self::SINCE);
                settled.put(to);
                writes.put(to);
            }
            Self::Sync { id, from, took } => {
                to.variant(1, Self::SINCE);
                id.put(to);
                from.put(to);
                took.put(to);
            }
            Self::Ack(took) => {
                to.variant(2, Self::SINCE);
                took.put(to);
            }
            Self::Bye => to.variant(3, Self::SINCE),
            Self::AskAccess { id } => {
                to.variant(4, Self::SINCE);
                id.put(to);
            }
            Self::LeavePrompt { declined } => {
                to.variant(5, Self::SINCE);
                declined.put(to);
            }
            Self::Touch { id, session } => {
                to.variant(6, Self::SINCE);
                id.put(to);
                session.put(to);
            }
            Self::CleanUp { id } => {
                to.variant(7, Self::SINCE);
                id.put(to);
            }
        }
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some(match from.variant(Self::SINCE)? {
            0 => Self::Writes { settled: Wire::take(from)?, writes: Wire::take(from)? },
            1 => Self::Sync { id: Wire::take(from)?, from: Wire::take(from)?, took: Wire::take(from)? },
            2 => Self::Ack(Wire::take(from)?),
            3 => Self::Bye,
            4 => Self::AskAccess { id: Wire::take(from)? },
            5 => Self::LeavePrompt { declined: Wire::take(from)? },
            6 => Self::Touch { id: Wire::take(from)?, session: Wire::take(from)? },
            _ => Self::CleanUp { id: Wire::take(from)? },
        })
    }
}

/// From where a page wants to be brought up to date.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub enum ResumeFrom {
    /// From what the service sent last: nothing was missed.
    LastSent,
    /// From exactly this version, whatever was sent.
    Held(Option<Version>),
}

impl ResumeFrom {
    const SINCE: &[u8] = &[1; 2];
}

impl Wire for ResumeFrom {
    fn put(&self, to: &mut Writer) {
        match self {
            Self::LastSent => to.variant(0, Self::SINCE),
            Self::Held(version) => {
                to.variant(1, Self::SINCE);
                version.put(to);
            }
        }
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some(match from.variant(Self::SINCE)? {
            0 => Self::LastSent,
            _ => Self::Held(Wire::take(from)?),
        })
    }
}
