//! What becomes of one write, judged on the draft of the commit that it would be part of.

use super::draft::{BYTES, Draft};
use super::queue::QueuedWrite;
use crate::ambient::UnixMillis;
use crate::error::Code;
use crate::machine::mutants::{self, Mutant};
use crate::service::grants::{Grant, Read};
use crate::service::io::Limits;
use crate::service::replica::author::{Author, Remover};
use crate::service::replica::record::Record;
use crate::session::{Json, Mutation, Outcome, SessionId, SessionRules, Version, View as _, Why, apply};

/// What was decided about a write.
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
    pub rules: SessionRules,
    /// What every new session begins with.
    pub defaults: &'a Json,
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
    below: Option<AbsorbedBase>,
}

/// What a write was made on in a store that was absorbed.
#[derive(Clone, Copy)]
struct AbsorbedBase {
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
    Denied(Why),
    /// It was to remove what is not there.
    Gone(SessionId),
    Contended,
}

impl From<Code> for No {
    fn from(code: Code) -> Self {
        Self::Refused(code)
    }
}

impl From<Outcome> for No {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Denied(why) => Self::Denied(why),
            other => Self::Refused(other.refusal().unwrap_or(Code::Internal)),
        }
    }
}

impl Judge<'_> {
    /// Judges one write and lets the draft hold what comes of it. `tag` gives the tag of the commit of a sequence
    /// number, where that is remembered.
    pub fn judge(&self, draft: &mut Draft<'_>, pending: &QueuedWrite, tag: impl Fn(u64) -> Option<u64>) -> Verdict {
        let (author, write) = (&pending.author, &pending.write);
        let outcomes = draft.outcomes(author);
        outcomes.settle(pending.settled);
        let counts_again =
            mutants::has(Mutant::CountResent) && matches!(&write.mutations[..], [Mutation::Count { .. }]);
        let dedupe = !mutants::has(Mutant::NoDedupe) && !counts_again;
        if dedupe && (outcomes.is_settled(write.n) || outcomes.get(write.n).is_some()) {
            if mutants::has(Mutant::ResentTakesOver) {
                draft.begin(author, write.n);
                let removed = write.mutations.iter().filter(|it| it.removes()).filter_map(Mutation::id);
                removed.for_each(|id| draft.take_over(id));
            }
            return Verdict::Known;
        }
        draft.begin(author, write.n);
        let outcome = match self.attempt(draft, pending, tag) {
            Ok(()) => {
                draft.keep();
                Outcome::Accepted(draft.seq())
            }
            Err(no) => {
                if mutants::has(Mutant::RefusalLeavesParts) {
                    draft.keep();
                } else {
                    draft.discard();
                }
                if let No::Gone(id) = &no
                    && !mutants::has(Mutant::NotTakenOver)
                {
                    draft.take_over(id);
                }
                match no {
                    No::Gone(_) => Outcome::Refused(Code::NotFound),
                    No::Refused(code) => Outcome::Refused(code),
                    No::Denied(why) => Outcome::Denied(why),
                    No::Contended => Outcome::Contended,
                }
            }
        };
        let seq = draft.seq();
        draft.outcomes(author).record(write.n, outcome, seq);
        draft.tell(author);
        Verdict::New(outcome)
    }

    fn attempt(
        &self,
        draft: &mut Draft<'_>,
        pending: &QueuedWrite,
        tag: impl Fn(u64) -> Option<u64>,
    ) -> Result<(), No> {
        let (author, write) = (&pending.author, &pending.write);
        // What was granted when it arrived may not be any more.
        let grant = Grant::of(self.grants, &author.origin).ok_or(Code::Forbidden)?;
        if let Some(refusal) = grant.refuses(write) {
            return Err(refusal.into());
        }
        let base = self.base(draft, pending, tag)?;
        // A refusal that no commit holds may be known to another life of this service only: so each has to be known to
        // have taken effect.
        if write.reads_from.is_some_and(|saw| !draft.outcomes(author).all_accepted(saw..write.n)) {
            return Err(No::Contended);
        }
        let mut put = 0_usize;
        for mutation in &write.mutations {
            if put > BYTES {
                return Err(No::Refused(Code::LimitExceeded));
            }
            self.allowed(draft, pending, base, mutation)?;
            if let Mutation::Count { id, tally, asks } = mutation {
                draft.count_requests(id, tally, *asks, self.at)?;
                continue;
            }
            let whole = self.whole(draft, mutation, &grant.read);
            if mutants::has(Mutant::ExpiredTakesWrites) {
                ends_at(draft, mutation, None);
            }
            let end = mutation.id().and_then(|id| draft.get(id)).and_then(|session| session.lifetime.expires_at);
            apply(draft, whole.as_ref().unwrap_or(mutation), self.at, Some(draft.seq()))?;
            if mutants::has(Mutant::RecoveryKeepsEnd) && matches!(mutation, Mutation::Recover(_)) {
                ends_at(draft, mutation, end);
            }
            put = put.saturating_add(self.within_limits(draft, mutation, &grant.read)?);
        }
        Ok(())
    }

    /// What a mutation comes to, where it does not say all of the session: a new one has the owner's defaults in the keys that it lacks,
    /// and of what the site does not see, all stays.
    fn whole(&self, draft: &Draft<'_>, mutation: &Mutation, read: &Read) -> Option<Mutation> {
        match mutation {
            Mutation::Add { id, user_id, data, terms } if *self.defaults != Json::empty() => {
                let lacking = self.defaults.only(|key| data.position(|own| own == key).is_none());
                let (id, user_id, data) = (id.clone(), user_id.clone(), lacking.overlaid(data));
                Some(Mutation::Add { id, user_id, data, terms: *terms })
            }
            Mutation::Replace { id, data, if_version } => {
                let hidden = read.hidden(&draft.get(id)?.data)?;
                Some(Mutation::Replace { id: id.clone(), data: hidden.overlaid(data), if_version: *if_version })
            }
            _ => None,
        }
    }

    /// A base must be a state of this very store or of one that it absorbed, and not older than what was remembered.
    fn base(&self, draft: &Draft<'_>, pending: &QueuedWrite, tag: impl Fn(u64) -> Option<u64>) -> Result<Base, Code> {
        let base = pending.write.base;
        if let Some(absorbed) = draft.state().absorbed(base.epoch)
            && (absorbed.horizon..=absorbed.seq).contains(&base.seq)
            // What came along dates from that very commit: once the first of it is forgotten, that is where the horizon is.
            && Some(absorbed.holds_from(base.seq)) > draft.state().horizon()
        {
            let below = AbsorbedBase { seq: base.seq, exact: base.seq == absorbed.seq };
            return Ok(Base { seq: absorbed.at, below: Some(below) });
        }
        let lost = tag(base.seq).is_some_and(|tag| tag != base.tag) || base.seq > self.head.seq;
        let foreign = (base.epoch != self.head.epoch || lost) && !mutants::has(Mutant::EpochIgnored);
        let passes = || {
            let own =
                |id: &SessionId| draft.tombstone(id).is_some_and(|(_, by)| by.is_some_and(|by| is_own(by, pending)));
            let adds = |mutation: &Mutation| matches!(mutation, Mutation::Add { id, .. } if own(id));
            mutants::has(Mutant::HorizonIgnored)
                || mutants::has(Mutant::OwnRemovalBeforeHorizon) && pending.write.mutations.iter().any(adds)
        };
        if foreign || Some(base.seq) < draft.state().horizon() && !passes() {
            Err(Code::Conflict)
        } else {
            Ok(Base { seq: base.seq, below: None })
        }
    }

    /// Whether what others did since the base leaves room for this mutation.
    fn allowed(&self, draft: &Draft<'_>, pending: &QueuedWrite, base: Base, mutation: &Mutation) -> Result<(), No> {
        let QueuedWrite { author, write, .. } = pending;
        let Some(id) = mutation.id() else { return Ok(()) };
        if matches!(mutation, Mutation::Add { .. }) {
            return self.may_add(draft, pending, base, id);
        }
        let known = draft.record(id).filter(|record| base.has(record) || record.creator == *author);
        let Some(record) = known else {
            return Err(match mutation {
                _ if mutation.removes() => No::Gone(id.clone()),
                _ => No::Refused(Code::NotFound),
            });
        };
        // A number of another store says nothing here.
        let other_than = |version| {
            // One above the head says nothing either: it is of another store.
            let foreign = base.below.is_some() || version > self.head.seq;
            foreign || record.changed_by_others(author) > version
        };
        if mutation.if_version().is_some_and(other_than) {
            return Err(No::Refused(Code::Conflict));
        }
        if write.reads_from.is_some() && base.misses(record, author) && !mutants::has(Mutant::LostUpdate) {
            Err(No::Contended)
        } else {
            Ok(())
        }
    }

    /// A removal is a fence: past it comes only who knew of it, or who made it, if nobody removed it since.
    fn may_add(&self, draft: &Draft<'_>, pending: &QueuedWrite, base: Base, id: &SessionId) -> Result<(), No> {
        if draft.record(id).is_some() {
            return Err(No::Refused(Code::AlreadyExists));
        }
        let known = |seq| seq < draft.seq() || !mutants::has(Mutant::RemoverUnknownInGroup);
        let own = |seq, by: Option<&Remover>| by.is_some_and(|by| is_own(by, pending)) && known(seq);
        let fenced = draft.tombstone(id).is_some_and(|(seq, by)| !base.knew_removal(seq) && !own(seq, by));
        let in_same_write = draft.removes(id) && !mutants::has(Mutant::OwnBulkFenced);
        if fenced && !in_same_write && !mutants::has(Mutant::TombstoneForgotten) {
            return Err(No::Refused(Code::Conflict));
        }
        let limit = self.limits.sessions;
        if draft.count() >= limit { Err(No::Denied(Why::Sessions(limit as u64))) } else { Ok(()) }
    }

    /// How much the mutation costs. Of a session only what the site sees counts: a limit of its own must not tell it how much
    /// there is besides. So to put one costs a site that does not see all of it as much as the largest. That the store is full
    /// each site does learn.
    fn within_limits(&self, draft: &Draft<'_>, mutation: &Mutation, read: &Read) -> Result<usize, No> {
        let changed = match mutation {
            Mutation::Add { id, .. } | Mutation::Update { id, .. } | Mutation::Replace { id, .. } => draft.get(id),
            _ => None,
        };
        let bytes = changed.map_or(0, |session| read.bytes(&session.data));
        let Limits { data_bytes, total_bytes, .. } = *self.limits;
        if bytes > data_bytes {
            return Err(No::Denied(Why::DataBytes { bytes: bytes as u64, limit: data_bytes as u64 }));
        }
        if draft.outweighs(total_bytes) {
            return Err(No::Denied(Why::TotalBytes(total_bytes as u64)));
        }
        Ok(if read.is_all() { bytes } else { changed.map_or(0, |_| data_bytes) })
    }
}

/// Has the session that it is about end then, for the bugs that are planted.
fn ends_at(draft: &mut Draft<'_>, mutation: &Mutation, end: Option<UnixMillis>) {
    if let Some(mut session) = mutation.id().and_then(|id| draft.get(id)).cloned() {
        session.lifetime.expires_at = end;
        draft.put(session);
    }
}

/// Whether this removal was made by an earlier write of the same author.
fn is_own(by: &Remover, queued: &QueuedWrite) -> bool {
    let QueuedWrite { author, write, .. } = queued;
    let origin = by.author.origin == author.origin || mutants::has(Mutant::RemoverOriginIgnored);
    let client = by.author.client == author.client || mutants::has(Mutant::RemoverClientIgnored);
    let earlier = by.n < write.n || mutants::has(Mutant::RemoverNumberIgnored);
    origin && client && earlier && !mutants::has(Mutant::OwnRemovalFences)
}
