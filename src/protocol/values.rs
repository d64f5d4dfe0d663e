//! How the domain's values stand in messages, in each version of the protocol. A field that a version does not have is dropped
//! or defaulted here, and nowhere else; so a new field of the domain changes nothing on the wire until it is named here.

use alloc::string::String;

use super::bytes::{Messages, Reader, Wire, Writer, fields};
use crate::ambient::UnixMillis;
use crate::error::Code;
use crate::session::{
    Change, Json, Lifetime, Mutation, Outcome, Requests, Session, SessionId, SessionRules, StorageLevel, StorageStatus,
    Tally, Terms, Upgrade, Version, Why, Write,
};

/// The first version that says what about a write was refused, keeps null members of data that is added, and replaces data.
const DETAILED: u8 = 3;
/// The first version of the protocol that knows lifetimes.
pub const LIFETIMES: u8 = 4;
/// The first version of either format that has the code of what is expired.
const EXPIRY: u8 = 4;

/// Enums without fields, all of whose variants exist since version 1 of every format. The number of a variant is its place in
/// this list.
macro_rules! plain {
    ($($name:ident { $($variant:ident),* $(,)? })*) => {$(
        impl<F> Wire<F> for $name {
            fn put(&self, to: &mut Writer<F>) {
                // A variant that is missing from the list does not compile.
                match self { $(Self::$variant => {})* }
                to.number([$(Self::$variant),*].into_iter().take_while(|other| other != self).count() as u64);
            }

            fn take(from: &mut Reader<'_, F>) -> Option<Self> {
                [$(Self::$variant),*].get(u32::take(from)? as usize).copied()
            }
        }
    )*};
}

fields! { Messages:
    Version { epoch, seq, tag }
    StorageStatus { level, shared, upgrade }
    SessionRules { default, longest, recovery, counts }
    Terms { ttl, renews, limit, resets }
    Tally { count, micros, url }
}

impl<F> Wire<F> for Requests {
    fn put(&self, to: &mut Writer<F>) {
        self.count.put(to);
        self.micros.put(to);
        self.limit.put(to);
        self.last_url.put(to);
    }

    fn take(from: &mut Reader<'_, F>) -> Option<Self> {
        let (count, micros) = Wire::take(from)?;
        Some(Self { count, micros, limit: Wire::take(from)?, last_url: Wire::take(from)? })
    }
}

impl<F> Wire<F> for Lifetime {
    fn put(&self, to: &mut Writer<F>) {
        self.ttl.put(to);
        self.renews.put(to);
        self.expires_at.put(to);
    }

    fn take(from: &mut Reader<'_, F>) -> Option<Self> {
        Some(Self { ttl: Wire::take(from)?, renews: Wire::take(from)?, expires_at: Wire::take(from)? })
    }
}

/// Those of the first version, in order.
const CODES: [Code; 16] = [
    Code::InvalidArgument,
    Code::NotFound,
    Code::AlreadyExists,
    Code::Conflict,
    Code::LimitExceeded,
    Code::Forbidden,
    Code::Timeout,
    Code::Aborted,
    Code::Unreachable,
    Code::Disconnected,
    Code::Closed,
    Code::ProtocolMismatch,
    Code::StorageDenied,
    Code::StorageFull,
    Code::StorageFailed,
    Code::Internal,
];

impl<F> Wire<F> for Code {
    /// To a version that knows of no expiry, what is expired is not there.
    fn put(&self, to: &mut Writer<F>) {
        let known = if *self == Self::Expired && to.version() < EXPIRY { &Self::NotFound } else { self };
        to.number(CODES.iter().take_while(|code| *code != known).count() as u64);
    }

    fn take(from: &mut Reader<'_, F>) -> Option<Self> {
        let place = u32::take(from)? as usize;
        let newer = (place == CODES.len() && from.version() >= EXPIRY).then_some(Self::Expired);
        CODES.get(place).copied().or(newer)
    }
}

plain! {
    StorageLevel { Unknown, SameSite, Handle, Server, Partitioned, Memory }
    Upgrade { None, Gesture, Visit }
}

impl<F> Wire<F> for UnixMillis {
    fn put(&self, to: &mut Writer<F>) {
        self.0.put(to);
    }

    fn take(from: &mut Reader<'_, F>) -> Option<Self> {
        Wire::take(from).map(Self)
    }
}

impl<F> Wire<F> for SessionId {
    fn put(&self, to: &mut Writer<F>) {
        to.text(self.as_str());
    }

    fn take(from: &mut Reader<'_, F>) -> Option<Self> {
        Self::try_from(String::take(from)?).ok()
    }
}

impl<F> Wire<F> for Json {
    fn put(&self, to: &mut Writer<F>) {
        to.text(self.as_str());
    }

    fn take(from: &mut Reader<'_, F>) -> Option<Self> {
        Self::try_from(String::take(from)?).ok()
    }
}

/// A service and a page of version 1 or 2 have sessions without null members, but for those inside of lists.
fn put_data(data: &Json, to: &mut Writer) {
    if to.version() < DETAILED {
        data.without_nulls().put(to);
    } else {
        data.put(to);
    }
}

impl Wire for Session {
    fn put(&self, to: &mut Writer) {
        self.id.put(to);
        self.user_id.put(to);
        self.created_at.put(to);
        self.last_active_at.put(to);
        self.version.put(to);
        put_data(&self.data, to);
        if to.version() >= LIFETIMES {
            self.lifetime.put(to);
            self.requests.put(to);
        }
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        let (id, user_id) = Wire::take(from)?;
        let (created_at, last_active_at) = Wire::take(from)?;
        let (version, data) = Wire::take(from)?;
        let (lifetime, requests) = if from.version() < LIFETIMES { Default::default() } else { Wire::take(from)? };
        Some(Self { last_active_at, lifetime, requests, ..Self::new(id, user_id, data, created_at, version) })
    }
}

impl Change {
    const SINCE: &[u8] = &[1; 3];
}

impl Wire for Change {
    fn put(&self, to: &mut Writer) {
        match self {
            Self::Put(session) => {
                to.variant(0, Self::SINCE);
                session.put(to);
            }
            Self::Removed(id) => {
                to.variant(1, Self::SINCE);
                id.put(to);
            }
            Self::Active(id) => {
                to.variant(2, Self::SINCE);
                id.put(to);
            }
        }
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some(match from.variant(Self::SINCE)? {
            0 => Self::Put(Wire::take(from)?),
            1 => Self::Removed(Wire::take(from)?),
            _ => Self::Active(Wire::take(from)?),
        })
    }
}

impl Outcome {
    const SINCE: &[u8] = &[1, 1, 1, DETAILED];
}

impl Wire for Outcome {
    /// A version that has no details is told the code alone.
    fn put(&self, to: &mut Writer) {
        match self {
            Self::Accepted(seq) => {
                to.variant(0, Self::SINCE);
                seq.put(to);
            }
            Self::Denied(why) if to.version() >= DETAILED => {
                to.variant(3, Self::SINCE);
                why.put(to);
            }
            Self::Contended => to.variant(2, Self::SINCE),
            Self::Refused(_) | Self::Denied(_) => {
                to.variant(1, Self::SINCE);
                if let Some(code) = self.refusal() {
                    code.put(to);
                }
            }
        }
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some(match from.variant(Self::SINCE)? {
            0 => Self::Accepted(Wire::take(from)?),
            1 => Self::Refused(Wire::take(from)?),
            2 => Self::Contended,
            _ => Self::Denied(Wire::take(from)?),
        })
    }
}

impl Why {
    const SINCE: &[u8] = &[DETAILED; 7];
}

impl Wire for Why {
    fn put(&self, to: &mut Writer) {
        let (variant, first, second) = match *self {
            Self::Operation(at) => (0, Some(at), None),
            Self::UserId => (1, None, None),
            Self::Key { mutation, member } => (2, Some(mutation), Some(member)),
            Self::DataBytes { bytes, limit } => (3, Some(bytes), Some(limit)),
            Self::Sessions(limit) => (4, Some(limit), None),
            Self::TotalBytes(limit) => (5, Some(limit), None),
            Self::Mutations(limit) => (6, Some(limit), None),
        };
        to.variant(variant, Self::SINCE);
        first.into_iter().chain(second).for_each(|number| number.put(to));
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some(match from.variant(Self::SINCE)? {
            0 => Self::Operation(Wire::take(from)?),
            1 => Self::UserId,
            2 => Self::Key { mutation: Wire::take(from)?, member: Wire::take(from)? },
            3 => Self::DataBytes { bytes: Wire::take(from)?, limit: Wire::take(from)? },
            4 => Self::Sessions(Wire::take(from)?),
            5 => Self::TotalBytes(Wire::take(from)?),
            _ => Self::Mutations(Wire::take(from)?),
        })
    }
}

impl Mutation {
    const SINCE: &[u8] = &[1, 1, 1, 1, DETAILED, LIFETIMES, LIFETIMES, LIFETIMES];

    /// Whether this version of the protocol has it.
    pub fn exists_in(&self, version: u8) -> bool {
        let since = match self {
            Self::Replace { .. } => DETAILED,
            Self::Configure { .. } | Self::Recover(_) | Self::Count { .. } => LIFETIMES,
            Self::Add { terms, .. } if !terms.is_default() => LIFETIMES,
            _ => 1,
        };
        version >= since
    }
}

impl Wire for Mutation {
    fn put(&self, to: &mut Writer) {
        match self {
            Self::Add { id, user_id, data, terms } => {
                to.variant(0, Self::SINCE);
                id.put(to);
                user_id.put(to);
                data.put(to);
                if to.version() >= LIFETIMES {
                    terms.put(to);
                }
            }
            Self::Update { id, patch, if_version } => {
                to.variant(1, Self::SINCE);
                id.put(to);
                patch.put(to);
                if_version.put(to);
            }
            Self::Remove { id, if_version } => {
                to.variant(2, Self::SINCE);
                id.put(to);
                if_version.put(to);
            }
            Self::Activate(id) => {
                to.variant(3, Self::SINCE);
                id.put(to);
            }
            Self::Replace { id, data, if_version } => {
                to.variant(4, Self::SINCE);
                id.put(to);
                data.put(to);
                if_version.put(to);
            }
            Self::Configure { id, terms } => {
                to.variant(5, Self::SINCE);
                id.put(to);
                terms.put(to);
            }
            Self::Recover(id) => {
                to.variant(6, Self::SINCE);
                id.put(to);
            }
            Self::Count { id, tally, asks } => {
                to.variant(7, Self::SINCE);
                id.put(to);
                tally.put(to);
                asks.put(to);
            }
        }
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some(match from.variant(Self::SINCE)? {
            0 => {
                let (id, user_id) = Wire::take(from)?;
                let data = added(from)?;
                let terms = if from.version() < LIFETIMES { Terms::default() } else { Wire::take(from)? };
                Self::Add { id, user_id, data, terms }
            }
            1 => Self::Update { id: Wire::take(from)?, patch: Wire::take(from)?, if_version: Wire::take(from)? },
            2 => Self::Remove { id: Wire::take(from)?, if_version: Wire::take(from)? },
            3 => Self::Activate(Wire::take(from)?),
            4 => Self::Replace { id: Wire::take(from)?, data: Wire::take(from)?, if_version: Wire::take(from)? },
            5 => Self::Configure { id: Wire::take(from)?, terms: Wire::take(from)? },
            6 => Self::Recover(Wire::take(from)?),
            _ => Self::Count { id: Wire::take(from)?, tally: Wire::take(from)?, asks: Wire::take(from)? },
        })
    }
}

/// Before its null members were kept, a session was added without them.
fn added(from: &mut Reader<'_>) -> Option<Json> {
    let data = Json::take(from)?;
    Some(if from.version() < DETAILED { data.without_nulls() } else { data })
}

impl Wire for Write {
    /// No merge patch says what a replacement does: it would leave what others have added meanwhile. Likewise nothing else says
    /// what a lifetime is. To a version that does not have all of a write it is sent empty. That is refused, unless what became of it is known from before: then
    /// that is told.
    fn put(&self, to: &mut Writer) {
        self.n.put(to);
        self.predecessor.put(to);
        self.base.put(to);
        self.reads_from.put(to);
        let version = to.version();
        let whole = self.mutations.iter().all(|mutation| mutation.exists_in(version));
        to.list(if whole { &self.mutations } else { &[] });
    }

    fn take(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            n: Wire::take(from)?,
            predecessor: Wire::take(from)?,
            base: Wire::take(from)?,
            reads_from: Wire::take(from)?,
            mutations: Wire::take(from)?,
        })
    }
}
