//! What the service says to a page.

use alloc::vec::Vec;

use core::fmt;
use core::marker::PhantomData;

use serde::de::{Error, SeqAccess, Visitor, value::SeqAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

use super::codec::Message;
use crate::error::Code;
use crate::session::{Change, Outcome, Session, SessionId, StorageStatus, Version};

/// Entries of one list. Those of a service are 64 KiB of sessions, none below ten bytes, or 256 KiB of changes, of which no more
/// than 56 000 can be about different sessions: the shortest ids give out.
const MOST: usize = 65_536;

/// A message from service to page. Its schema is frozen with the protocol version.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ToManager {
    /// Answers a hello. Data that brings the page up to date follows, then `Synced` with id 0.
    Welcome {
        /// Digest of what this page is granted.
        grant: u64,
        storage: StorageStatus,
        limits: PageLimits,
    },
    /// One commit, or several that are contiguous for this page. A data message.
    Event {
        /// The state that it applies to, exactly.
        follows: Version,
        /// The state that it leads to.
        version: Version,
        #[serde(deserialize_with = "bounded")]
        changes: Vec<Change>,
        /// Outcomes of the receiver's own writes that are contained in `version`.
        #[serde(deserialize_with = "bounded")]
        mine: Vec<(u64, Outcome)>,
    },
    /// Part of a snapshot, all of one version. A data message.
    Page {
        /// The `Sync` that it answers; 0 for the hello or on the service's own account.
        sync: u64,
        version: Version,
        /// Counts the pages of one snapshot from 0.
        index: u64,
        #[serde(deserialize_with = "bounded")]
        sessions: Vec<Session>,
        /// Present on the last page only.
        end: Option<End>,
    },
    /// Answers `Sync` at once, without looking at the store.
    Pong(u64),
    /// Ends the answer to `Sync`: the store stood at this version when it was looked at.
    Synced { id: u64, version: Version },
    /// Outcomes that no event carries: of writes sent again, and of refusals that the store does not keep.
    Outcomes(#[serde(deserialize_with = "bounded")] Vec<(u64, Outcome)>),
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
}

impl ToManager {
    /// The outcomes that it tells, if it is a message that tells any.
    fn outcomes(&self) -> Option<&[(u64, Outcome)]> {
        match self {
            Self::Event { mine, .. } | Self::Outcomes(mine) => Some(mine),
            Self::Page { end, .. } => end.as_ref().map(|end| &end.mine[..]),
            _ => None,
        }
    }

    /// The end of a connection for this reason, as this version of the protocol says it. In version 1 no goodbye asks the
    /// page to come again at once: after `Closed` it does so soon, and raises no alarm.
    pub fn goodbye(version: u8, code: Code) -> Self {
        Self::Goodbye(if version == 1 && code == Code::Disconnected { Code::Closed } else { code })
    }
}

impl Message for ToManager {
    fn since(&self) -> u8 {
        match self {
            Self::Welcome { .. }
            | Self::Event { .. }
            | Self::Page { .. }
            | Self::Pong(_)
            | Self::Synced { .. }
            | Self::Outcomes(_)
            | Self::Storage(_)
            | Self::Goodbye(_) => self.outcomes().map_or(1, |outcomes| if outcomes.iter().any(denied) { 3 } else { 1 }),
            Self::ShowFrame(_) | Self::AccessDone(_) | Self::Trouble(_) => 2,
            Self::Quiet(_) => 3,
        }
    }

    /// A refusal says its code alone, and no session holds null members.
    fn to_older(&self, version: u8) -> Option<Self> {
        let mut message = self.clone();
        match &mut message {
            Self::Event { changes, mine, .. } => {
                for change in changes {
                    if let Change::Put(session) = change {
                        session.data = session.data.without_nulls();
                    }
                }
                plain(mine);
            }
            Self::Page { sessions, end, .. } => {
                sessions.iter_mut().for_each(|session| session.data = session.data.without_nulls());
                end.iter_mut().for_each(|end| plain(&mut end.mine));
            }
            Self::Outcomes(outcomes) => plain(outcomes),
            _ => {}
        }
        (message.since() <= version).then_some(message)
    }

    fn of_older(self) -> Self {
        self
    }
}

fn denied((_, outcome): &(u64, Outcome)) -> bool {
    matches!(outcome, Outcome::Denied(_))
}

/// Makes of each refusal what versions before 3 have.
fn plain(outcomes: &mut [(u64, Outcome)]) {
    for (_, outcome) in outcomes {
        if let Some(code) = outcome.refusal() {
            *outcome = Outcome::Refused(code);
        }
    }
}

/// What only the end of a snapshot can say.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct End {
    pub active: Option<SessionId>,
    /// Outcomes of the receiver's own writes that are contained in the snapshot's version.
    #[serde(deserialize_with = "bounded")]
    pub mine: Vec<(u64, Outcome)>,
}

/// A list of at most [`MOST`] entries. Two bytes of one may be seventy in memory: a longer one is not even read.
fn bounded<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_seq(Bounded(PhantomData))
}

struct Bounded<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list that is not too long")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<T>, A::Error> {
        // No hint: it says more than there is.
        match list.size_hint() {
            Some(length) if length <= MOST => Vec::deserialize(SeqAccessDeserializer::new(list)),
            _ => Err(A::Error::custom("")),
        }
    }
}

/// What the service takes from one page.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PageLimits {
    /// Bytes of one message.
    pub message_bytes: u32,
    /// Writes of this page whose outcome is not known yet.
    pub unsettled_writes: u32,
}
