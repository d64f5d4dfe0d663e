//! What the service says to a page.

use alloc::vec::Vec;

use super::bytes::{Messages, Reader, Wire, Writer, fields};
use super::values::LIFETIMES;
use crate::ambient::UnixMillis;
use crate::error::Code;
use crate::session::{Change, Outcome, Session, SessionId, SessionRules, StorageStatus, Version};

/// A message from service to page. Its schema is frozen with the protocol version.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub enum ToManager {
    /// Answers a hello. Data that brings the page up to date follows, then `Synced` with id 0.
    Welcome {
        /// Digest of what this page is granted.
        grant: u64,
        storage: StorageStatus,
        limits: PageLimits,
        /// What the owner decided about lifetimes. The default from a service that knows none.
        #[cfg_attr(not(target_arch = "wasm32"), serde(default))]
        rules: SessionRules,
    },
    /// One commit, or several that are contiguous for this page. A data message.
    Event {
        /// The state that it applies to, exactly.
        follows: Version,
        /// The state that it leads to.
        version: Version,
        changes: Vec<Change>,
        /// Outcomes of the receiver's own writes that are contained in `version`.
        mine: Vec<(u64, Outcome)>,
    },
    /// Part of a snapshot, all of one version. A data message.
    Page {
        /// The `Sync` that it answers; 0 for the hello or on the service's own account.
        sync: u64,
        version: Version,
        /// Counts the pages of one snapshot from 0.
        index: u64,
        sessions: Vec<Session>,
        /// Present on the last page only.
        end: Option<End>,
    },
    /// Answers `Sync` at once, without looking at the store.
    Pong(u64),
    /// Ends the answer to `Sync`: the store stood at this version when it was looked at.
    /// At this time of its clock, by which sessions expire; `None` from a service that knows no lifetimes.
    Synced {
        id: u64,
        version: Version,
        #[cfg_attr(not(target_arch = "wasm32"), serde(default))]
        time: Option<UnixMillis>,
    },
    /// Outcomes that no event carries: of writes sent again, and of refusals that the store does not keep.
    Outcomes(Vec<(u64, Outcome)>),
    /// Where sessions are kept has changed.
    Storage(StorageStatus),
    /// The service ends this connection and will not speak on this port again.
    Goodbye(Code),
    /// Whether the service's frame wants to be seen: true while it has a prompt to show.
    ShowFrame(bool),
    /// The prompt that this `AskAccess` asked for is over. What became of storage was said by `Storage` before.
    AccessDone(u64),
    /// The store is in trouble, for one nearly full. Nothing is lost by it yet.
    Trouble(Code),
    /// The prompt is not shown for so many milliseconds from now on, because the person declined; 0: it can be shown. Until
    /// it is said, it can be.
    Quiet(u64),
    /// What became of the `Touch` of this id: why not, if not.
    Touched { id: u64, refusal: Option<Code> },
    /// Answers the `CleanUp` of this id: how many sessions were removed for it, or why none were.
    CleanedUp { id: u64, removed: u64, refusal: Option<Code> },
}

impl ToManager {
    const SINCE: &[u8] = &[1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, LIFETIMES, LIFETIMES];
}

impl Wire for ToManager {
    fn put(&self, to: &mut Writer) {
        match self {
            Self::Welcome { grant, storage, limits, rules } => {
                to.variant(0, Self::SINCE);
                grant.put(to);
                storage.put(to);
                limits.put(to);
                if to.version() >= LIFETIMES {
                    rules.put(to);
                }
            }
            Self::Event { follows, version, changes, mine } => {
                to.variant(1, Self::SINCE);
                follows.put(to);
                version.put(to);
                changes.put(to);
                mine.put(to);
            }
            Self::Page { sync, version, index, sessions, end } => {
                to.variant(2, Self::SINCE);
                sync.put(to);
                version.put(to);
                index.put(to);
                sessions.put(to);
                end.put(to);
            }
            Self::Pong(id) => {
                to.variant(3, Self::SINCE);
                id.put(to);
            }
            Self::Synced { id, version, time } => {
                to.variant(4, Self::SINCE);
                id.put(to);
                version.put(to);
                if to.version() >= LIFETIMES {
                    time.put(to);
                }
            }
            Self::Outcomes(outcomes) => {
                to.variant(5, Self::SINCE);
                outcomes.put(to);
            }
            Self::Storage(storage) => {
                to.variant(6, Self::SINCE);
                storage.put(to);
            }
            Self::Goodbye(code) => {
                to.variant(7, Self::SINCE);
                // In version 1 no goodbye asks the page to come again at once: after `Closed` it does so soon, and raises no alarm.
                let is_older = to.version() == 1 && *code == Code::Disconnected;
                (if is_older { Code::Closed } else { *code }).put(to);
            }
            Self::ShowFrame(shown) => {
                to.variant(8, Self::SINCE);
                shown.put(to);
            }
            Self::AccessDone(id) => {
                to.variant(9, Self::SINCE);
                id.put(to);
            }
            Self::Trouble(code) => {
                to.variant(10, Self::SINCE);
                code.put(to);
            }
            Self::Quiet(pause) => {
                to.variant(11, Self::SINCE);
                pause.put(to);
            }
            Self::Touched { id, refusal } => {
                to.variant(12, Self::SINCE);
                id.put(to);
                refusal.put(to);
            }
            Self::CleanedUp { id, removed, refusal } => {
                to.variant(13, Self::SINCE);
                id.put(to);
                removed.put(to);
                refusal.put(to);
            }
        }
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some(match from.variant(Self::SINCE)? {
            0 => Self::Welcome {
                grant: Wire::take(from)?,
                storage: Wire::take(from)?,
                limits: Wire::take(from)?,
                rules: if from.version() < LIFETIMES { SessionRules::default() } else { Wire::take(from)? },
            },
            1 => Self::Event {
                follows: Wire::take(from)?,
                version: Wire::take(from)?,
                changes: Wire::take(from)?,
                mine: Wire::take(from)?,
            },
            2 => Self::Page {
                sync: Wire::take(from)?,
                version: Wire::take(from)?,
                index: Wire::take(from)?,
                sessions: Wire::take(from)?,
                end: Wire::take(from)?,
            },
            3 => Self::Pong(Wire::take(from)?),
            4 => Self::Synced {
                id: Wire::take(from)?,
                version: Wire::take(from)?,
                time: if from.version() < LIFETIMES { None } else { Wire::take(from)? },
            },
            5 => Self::Outcomes(Wire::take(from)?),
            6 => Self::Storage(Wire::take(from)?),
            7 => Self::Goodbye(Wire::take(from)?),
            8 => Self::ShowFrame(Wire::take(from)?),
            9 => Self::AccessDone(Wire::take(from)?),
            10 => Self::Trouble(Wire::take(from)?),
            11 => Self::Quiet(Wire::take(from)?),
            12 => Self::Touched { id: Wire::take(from)?, refusal: Wire::take(from)? },
            _ => Self::CleanedUp { id: Wire::take(from)?, removed: Wire::take(from)?, refusal: Wire::take(from)? },
        })
    }
}

fields! { Messages:
    PageLimits { message_bytes, unsettled_writes }
    End { active, mine }
}

/// What only the end of a snapshot can say.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub struct End {
    pub active: Option<SessionId>,
    /// Outcomes of the receiver's own writes that are contained in the snapshot's version.
    pub mine: Vec<(u64, Outcome)>,
}

/// What the service takes from one page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub struct PageLimits {
    /// Bytes of one message.
    pub message_bytes: u32,
    /// Writes of this page whose outcome is not known yet.
    pub unsettled_writes: u32,
}
