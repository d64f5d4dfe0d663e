//! How each value of the store lies in its bytes, in each schema. A field that a schema does not have is dropped or defaulted here,
//! and nowhere else; so a new field of the domain changes nothing in a store until it is named here.
//!
//! | schema | what came with it |
//! | --- | --- |
//! | 1 | |
//! | 2 | whose a removal is, and since when that is known; reasons of refusals |
//! | 3 | each value has a header that names its schema: see `encoding.rs` |
//! | 4 | lifetimes and requests of sessions |

use alloc::vec::Vec;

use super::author::{Author, Remover};
use super::encoding::Records;
use super::record::{Absorbed, AbsorbedFrom, Client, Record, TakenRequests, Tombstone};
use crate::engine::outcomes::Outcomes;
use crate::protocol::{Reader, Wire, Writer, fields};
use crate::session::{ClientId, Outcome, Session, Version, Why};

/// The first schema that says whose a removal is.
const AUTHORS: u8 = 2;
/// The first schema that has lifetimes, and counts requests. Until told otherwise, a session of an older one never expires.
const LIFETIMES: u8 = 4;

fields! { Records:
    Version { epoch, seq, tag }
    Author { origin, client }
    Remover { author, n }
    AbsorbedFrom { at, created }
    Absorbed { seq, horizon, at, before, first }
    Client { seq, outcomes }
    TakenRequests { epoch, count, micros }
}

impl Wire<Records> for Record {
    fn put(&self, to: &mut Writer<Records>) {
        self.session.put(to);
        self.created.put(to);
        self.creator.put(to);
        self.by.put(to);
        self.others.put(to);
        self.below.put(to);
        self.taken.put(to);
    }

    fn take(from: &mut Reader<'_, Records>) -> Option<Self> {
        let (session, created) = Wire::take(from)?;
        let (creator, by) = Wire::take(from)?;
        let (others, below) = Wire::take(from)?;
        let taken = if from.version() < LIFETIMES { None } else { Wire::take(from)? };
        Some(Self { session, created, creator, by, others, below, taken })
    }
}

impl Wire<Records> for Session {
    fn put(&self, to: &mut Writer<Records>) {
        self.id.put(to);
        self.user_id.put(to);
        self.created_at.put(to);
        self.last_active_at.put(to);
        self.version.put(to);
        self.data.put(to);
        self.lifetime.put(to);
        self.requests.put(to);
    }

    fn take(from: &mut Reader<'_, Records>) -> Option<Self> {
        let (id, user_id) = Wire::take(from)?;
        let (created_at, last_active_at) = Wire::take(from)?;
        let (version, data) = Wire::take(from)?;
        let (lifetime, requests) = if from.version() < LIFETIMES { Default::default() } else { Wire::take(from)? };
        Some(Self { last_active_at, lifetime, requests, ..Self::new(id, user_id, data, created_at, version) })
    }
}

impl Wire<Records> for Tombstone {
    fn put(&self, to: &mut Writer<Records>) {
        self.seq.put(to);
        self.by.put(to);
        self.at.put(to);
    }

    fn take(from: &mut Reader<'_, Records>) -> Option<Self> {
        let seq = Wire::take(from)?;
        let (by, at) = if from.version() < AUTHORS { (None, seq) } else { Wire::take(from)? };
        Some(Self { seq, by, at })
    }
}

impl Wire<Records> for ClientId {
    fn put(&self, to: &mut Writer<Records>) {
        self.0.put(to);
        self.1.put(to);
    }

    fn take(from: &mut Reader<'_, Records>) -> Option<Self> {
        Some(Self(Wire::take(from)?, Wire::take(from)?))
    }
}

impl Wire<Records> for Outcomes {
    fn put(&self, to: &mut Writer<Records>) {
        self.settled().put(to);
        to.number(self.len() as u64);
        for (n, outcome, seq) in self.recorded() {
            n.put(to);
            outcome.put(to);
            seq.put(to);
        }
    }

    fn take(from: &mut Reader<'_, Records>) -> Option<Self> {
        let mut outcomes = Self::default();
        outcomes.settle(Wire::take(from)?);
        for (n, (outcome, seq)) in Vec::take(from)? {
            outcomes.record(n, outcome, seq);
        }
        Some(outcomes)
    }
}

impl Wire<Records> for Outcome {
    fn put(&self, to: &mut Writer<Records>) {
        match self {
            Self::Accepted(seq) => {
                to.number(0);
                seq.put(to);
            }
            Self::Refused(code) => {
                to.number(1);
                code.put(to);
            }
            Self::Contended => to.number(2),
            Self::Denied(why) => {
                to.number(3);
                why.put(to);
            }
        }
    }

    fn take(from: &mut Reader<'_, Records>) -> Option<Self> {
        Some(match u64::take(from)? {
            0 => Self::Accepted(Wire::take(from)?),
            1 => Self::Refused(Wire::take(from)?),
            2 => Self::Contended,
            3 => Self::Denied(Wire::take(from)?),
            _ => return None,
        })
    }
}

impl Wire<Records> for Why {
    fn put(&self, to: &mut Writer<Records>) {
        let (variant, first, second) = match *self {
            Self::Operation(at) => (0, Some(at), None),
            Self::UserId => (1, None, None),
            Self::Key { mutation, member } => (2, Some(mutation), Some(member)),
            Self::DataBytes { bytes, limit } => (3, Some(bytes), Some(limit)),
            Self::Sessions(limit) => (4, Some(limit), None),
            Self::TotalBytes(limit) => (5, Some(limit), None),
            Self::Mutations(limit) => (6, Some(limit), None),
        };
        to.number(variant);
        first.into_iter().chain(second).for_each(|number| number.put(to));
    }

    fn take(from: &mut Reader<'_, Records>) -> Option<Self> {
        Some(match u64::take(from)? {
            0 => Self::Operation(Wire::take(from)?),
            1 => Self::UserId,
            2 => Self::Key { mutation: Wire::take(from)?, member: Wire::take(from)? },
            3 => Self::DataBytes { bytes: Wire::take(from)?, limit: Wire::take(from)? },
            4 => Self::Sessions(Wire::take(from)?),
            5 => Self::TotalBytes(Wire::take(from)?),
            6 => Self::Mutations(Wire::take(from)?),
            _ => return None,
        })
    }
}
