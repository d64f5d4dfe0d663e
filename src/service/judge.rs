//! What becomes of one write, judged on the draft of the commit that it would be part of.

use super::author::Author;
use super::draft::{BYTES, Draft};
use super::fact::Record;
use super::grants::{Grant, Read};
use super::{Limits, queue::Pending};
use crate::ambient::UnixMillis;
use crate::error::Code;
use crate::machine::planted::{self, Bug};
use crate::session::{Mutation, Outcome, SessionId, Version, View as _, Write, apply};

/// What judging a write came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Its outcome was known, or its client has settled it: there is nothing to do.
    Known,
    /// The draft holds it, or at least this outcome of it.
    New(Outcome),
}

/// The rules that writes are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Judge<'a> {
    pub limits: &'a Limits,
    pub grants: &'a [Grant],
    /// Where the replica stands.
    pub head: Version,
    /// When the commit is made.
    pub at: UnixMillis,
}

/// What a write was made on, in the numbers of this store.
#[derive(Clone, Copy)]
struct Base {
    seq: u64,
    /// For one made on a store that was absorbed by commit `seq`.
    below: Option<Below>,
}

/// What a write was made on in a store that was absorbed.
#[derive(Clone, Copy)]
struct Below {
    seq: u64,
    /// Whether that is just what was absorbed.
    exact: bool,
}

impl Base {
    /// Whether this session was there: another one of the same name, created since, is not the one that was meant.
    fn has(self, record: &Record) -> bool {
        match (self.below, record.below) {
            (Some(base), Some(below)) if below.at == self.seq => below.created <= base.seq,
            _ => record.created <= self.seq,
        }
    }

    /// Whether somebody else changed this session since. A session that another store had too was changed by being merged.
    fn misses(self, record: &Record, author: &Author) -> bool {
        let as_it_was = record.below.is_some_and(|below| below.at == self.seq);
        record.changed_by_others(author) > self.seq || self.below.is_some_and(|base| !base.exact || !as_it_was)
    }

    /// Whether the removal of a session by commit `seq` was known.
    fn knew_removal(self, seq: u64) -> bool {
        // What a store had removed before it absorbed the other one, nobody knew there.
        self.below.map_or(seq <= self.seq, |base| base.exact && seq == self.seq)
    }
}

/// A write that does not take effect.
enum No {
    Refused(Code),
    Contended,
}

impl From<Code> for No {
    fn from(code: Code) -> Self {
        Self::Refused(code)
    }
}

impl Judge<'_> {
    /// Judges one write and lets the draft hold what comes of it. `tag` gives the tag of the commit of a sequence
    /// number, where that is remembered.
    pub fn judge(&self, draft: &mut Draft<'_>, pending: &Pending, tag: impl Fn(u64) -> Option<u64>) -> Verdict {
        let (author, write) = (&pending.author, &pending.write);
        let outcomes = draft.outcomes(author);
        outcomes.settle(pending.settled);
        let dedupe = !planted::has(Bug::NoDedupe);
        if dedupe && (outcomes.is_settled(write.n) || outcomes.get(write.n).is_some()) {
            return Verdict::Known;
        }
        draft.begin(author);
        let outcome = match self.attempt(draft, pending, tag) {
            Ok(()) => {
                draft.keep();
                Outcome::Accepted(draft.seq())
            }
            Err(no) => {
                if planted::has(Bug::RefusalLeavesParts) {
                    draft.keep();
                } else {
                    draft.discard();
                }
                match no {
                    No::Refused(code) => Outcome::Refused(code),
                    No::Contended => Outcome::Contended,
                }
            }
        };
        let seq = draft.seq();
        draft.outcomes(author).record(write.n, outcome, seq);
        draft.tell(author);
        Verdict::New(outcome)
    }

    fn attempt(&self, draft: &mut Draft<'_>, pending: &Pending, tag: impl Fn(u64) -> Option<u64>) -> Result<(), No> {
        let (author, write) = (&pending.author, &pending.write);
        // What was granted when it arrived may not be any more.
        let grant =
            Grant::of(self.grants, &author.origin).filter(|grant| grant.permits(write)).ok_or(Code::Forbidden)?;
        let base = self.base(draft, write, tag)?;
        // A refusal that no commit holds may be known to another life of this service only: so each has to be known to
        // have taken effect.
        if write.saw.is_some_and(|saw| !draft.outcomes(author).all_accepted(saw..write.n)) {
            return Err(No::Contended);
        }
        let mut put = 0_usize;
        for mutation in &write.mutations {
            if put > BYTES {
                return Err(No::Refused(Code::LimitExceeded));
            }
            self.allowed(draft, pending, base, mutation)?;
            apply(draft, mutation, self.at, Some(draft.seq()))?;
            put = put.saturating_add(self.within_limits(draft, mutation, &grant.read)?);
        }
        Ok(())
    }

    /// A base must be a state of this very store or of one that it absorbed, and not older than what was remembered.
    fn base(&self, draft: &Draft<'_>, write: &Write, tag: impl Fn(u64) -> Option<u64>) -> Result<Base, Code> {
        let base = write.base;
        if let Some(absorbed) = draft.state().absorbed(base.epoch)
            && (absorbed.horizon..=absorbed.seq).contains(&base.seq)
            // What came along dates from that very commit: once the first of it is forgotten, that is where the horizon is.
            && Some(absorbed.holds_from(base.seq)) > draft.state().horizon()
        {
            let below = Below { seq: base.seq, exact: base.seq == absorbed.seq };
            return Ok(Base { seq: absorbed.at, below: Some(below) });
        }
        let lost = tag(base.seq).is_some_and(|tag| tag != base.tag) || base.seq > self.head.seq;
        let foreign = (base.epoch != self.head.epoch || lost) && !planted::has(Bug::EpochIgnored);
        if foreign || Some(base.seq) < draft.state().horizon() {
            Err(Code::Conflict)
        } else {
            Ok(Base { seq: base.seq, below: None })
        }
    }

    /// Whether what others did since the base leaves room for this mutation.
    fn allowed(&self, draft: &Draft<'_>, pending: &Pending, base: Base, mutation: &Mutation) -> Result<(), No> {
        let Pending { author, write, .. } = pending;
        let Some(id) = mutation.id() else { return Ok(()) };
        if matches!(mutation, Mutation::Add { .. }) {
            return self.may_add(draft, base, id).map_err(No::Refused);
        }
        let known = draft.record(id).filter(|record| base.has(record) || record.creator == *author);
        let record = known.ok_or(Code::NotFound)?;
        // A number of another store says nothing here.
        let other_than = |version| base.below.is_some() || record.changed_by_others(author) > version;
        if mutation.if_version().is_some_and(other_than) {
            return Err(No::Refused(Code::Conflict));
        }
        if write.saw.is_some() && base.misses(record, author) && !planted::has(Bug::LostUpdate) {
            Err(No::Contended)
        } else {
            Ok(())
        }
    }

    fn may_add(&self, draft: &Draft<'_>, base: Base, id: &SessionId) -> Result<(), Code> {
        if draft.record(id).is_some() {
            return Err(Code::AlreadyExists);
        }
        let removed_since = draft.tombstone(id).is_some_and(|removed| !base.knew_removal(removed));
        if removed_since && !planted::has(Bug::TombstoneForgotten) {
            return Err(Code::Conflict);
        }
        if draft.count() >= self.limits.sessions { Err(Code::LimitExceeded) } else { Ok(()) }
    }

    /// How much the mutation costs. Of a session only what the site sees counts: a limit of its own must not tell it how much
    /// there is besides. So to put one costs a site that does not see all of it as much as the largest. That the store is full
    /// each site does learn.
    fn within_limits(&self, draft: &Draft<'_>, mutation: &Mutation, read: &Read) -> Result<usize, Code> {
        let changed = match mutation {
            Mutation::Add { id, .. } | Mutation::Update { id, .. } => draft.get(id),
            Mutation::Remove { .. } | Mutation::Activate(_) => None,
        };
        let bytes = changed.map_or(0, |session| read.bytes(&session.data));
        let over = bytes > self.limits.data_bytes || draft.outweighs(self.limits.total_bytes);
        let cost = if read.is_all() { bytes } else { changed.map_or(0, |_| self.limits.data_bytes) };
        if over { Err(Code::LimitExceeded) } else { Ok(cost) }
    }
}
