//! What a store takes in of a lower one that it replaces. Nothing that the upper one holds is overwritten, nothing that
//! was removed comes back, and whatever was taken in before is not taken in again.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::machine::mutants::{self, Mutant};
use crate::service::replica::Replica;
use crate::service::replica::author::Remover;
use crate::service::replica::record::{Absorbed, AbsorbedFrom, Client, Record, RecordChange, TakenRequests, Tombstone};
use crate::service::replica::state::{Keep, State};
use crate::session::{Lifetime, Requests, SessionId, Tally};

/// The changes of commit `at` of the upper store, by which it takes in the lower one. `None`: it has all of it already.
pub fn absorb(lower: &Replica, upper: &State, at: u64, keep: Keep) -> Option<Vec<RecordChange>> {
    let before = upper.absorbed(lower.head.epoch).copied();
    if before.is_some_and(|before| before.seq >= lower.head.seq) {
        return None;
    }
    let absorption = Absorption { lower: &lower.state, epoch: lower.head.epoch, upper, at, before };
    let mut changes = Vec::new();
    absorption.sessions(&mut changes);
    absorption.removals(&mut changes);
    absorption.choice(&mut changes);
    absorption.outcomes(&mut changes);
    changes.push(RecordChange::Absorbed(lower.head.epoch, absorption.record(lower.head.seq)));
    if upper.moving() {
        // Whoever began to move it finds that it went on, and begins anew.
        changes.push(RecordChange::Moving(false));
    }
    changes.extend(upper.forget(keep, &changes));
    Some(changes)
}

/// One store takes in another.
struct Absorption<'a> {
    lower: &'a State,
    epoch: u64,
    upper: &'a State,
    /// The commit of the upper store that takes it in.
    at: u64,
    /// How far it was taken in before.
    before: Option<Absorbed>,
}

impl Absorption<'_> {
    /// Whether what happened below in this commit was not taken in before. What is as old as that, and is no longer here, was
    /// removed here.
    fn is_new(&self, seq: u64) -> bool {
        self.before.is_none_or(|before| seq > before.seq)
    }

    fn sessions(&self, changes: &mut Vec<RecordChange>) {
        for below in self.lower.sessions() {
            let id = &below.session.id;
            if !self.is_new(below.session.version.unwrap_or_default()) {
                // What was used since then only lives longer, and has more requests.
                let above = self.upper.session(id);
                let used = above.and_then(|above| self.used_since(above, below));
                changes.extend(used.map(|record| RecordChange::Session(Rc::new(record))));
                continue;
            }
            if self.upper.tombstone(id).is_some() && !mutants::has(Mutant::RemovedComesBack) {
                continue;
            }
            let known = self.before.is_some_and(|before| below.created <= before.seq);
            let taken = match self.upper.session(id) {
                // It was looked at then, and what is not here was removed, so long ago that this is forgotten.
                None if known && self.upper.horizon() > Some(0) => None,
                None => Some(self.as_it_is(below)),
                Some(above) => self.merged(above, below),
            };
            changes.extend(taken.map(|record| RecordChange::Session(Rc::new(record))));
        }
    }

    fn removals(&self, changes: &mut Vec<RecordChange>) {
        let at = self.at;
        for (id, below) in self.lower.tombstones().filter(|(_, below)| self.is_new(below.at)) {
            let by = below.by.as_ref();
            if let Some((seq, above)) = self.upper.tombstone(id) {
                let by = last_of(above, by);
                if by.as_ref() != above {
                    changes.push(RecordChange::Tombstone(id.clone(), Tombstone { seq, by, at }));
                }
                continue;
            }
            if !self.is_new(below.seq) {
                // It was taken in then, and is no fence here any more: whoever else removed it since changes nothing.
                continue;
            }
            match (self.upper.session(id), self.before) {
                (None, _) => {}
                // The one that was removed there is the one that is here only if it was here when the other was taken in.
                (Some(above), Some(before)) if above.created <= before.at => {
                    changes.push(RecordChange::NoSession(id.clone()));
                }
                (Some(_), _) => continue,
            }
            let by = by.filter(|_| !mutants::has(Mutant::RemoverLeftBelow)).cloned();
            changes.push(RecordChange::Tombstone(id.clone(), Tombstone { seq: at, by, at }));
        }
    }

    /// The active session above stays, unless it goes. Where there is none, the first time takes the one below.
    fn choice(&self, changes: &mut Vec<RecordChange>) {
        let lives = |id: &&SessionId| match (self.lower.session(id), self.upper.session(id)) {
            (Some(below), Some(above)) => below.session.user_id == above.session.user_id,
            (Some(_), None) => self.upper.tombstone(id).is_none(),
            (None, _) => false,
        };
        let goes =
            |change: &RecordChange| matches!(change, RecordChange::NoSession(id) if self.upper.active() == Some(id));
        if changes.iter().any(goes) {
            changes.push(RecordChange::Active(None));
        } else if self.before.is_none() && self.upper.active().is_none() {
            let active = self.lower.active().filter(lives).cloned();
            changes.extend(active.map(|id| RecordChange::Active(Some(id))));
        }
    }

    /// What became of the writes of each client.
    fn outcomes(&self, changes: &mut Vec<RecordChange>) {
        for (author, below) in self.lower.clients().filter(|(_, client)| self.is_new(client.seq)) {
            let mut outcomes = self.upper.client(author).map(|client| client.outcomes.clone()).unwrap_or_default();
            if !mutants::has(Mutant::OutcomesLeftBelow) {
                outcomes.absorb(&below.outcomes, self.at);
            }
            changes.push(RecordChange::Client(author.clone(), Rc::new(Client { seq: self.at, outcomes })));
        }
    }

    /// That the lower store was taken in up to its commit `seq`.
    fn record(&self, seq: u64) -> Absorbed {
        let horizon = self.lower.horizon().unwrap_or_default();
        // What came along then is not put anew, so it is forgotten before what comes along now.
        let (before, first) = self.before.map_or((0, self.at), |before| (before.seq, before.first));
        Absorbed { seq, horizon, at: self.at, before, first }
    }

    fn as_it_is(&self, below: &Record) -> Record {
        let mut record = below.clone();
        record.below = Some(AbsorbedFrom { at: self.at, created: below.created });
        record.taken = self.taken(below);
        (record.session.version, record.created, record.others) = (Some(self.at), self.at, self.at);
        record
    }

    /// What one session that both have becomes, if below nothing but uses of it and requests came since it was taken in. No version
    /// changes by that.
    fn used_since(&self, above: &Record, below: &Record) -> Option<Record> {
        let (upper, lower) = (&above.session, &below.session);
        if upper.user_id != lower.user_id {
            return None;
        }
        let mut record = above.clone();
        self.count(&mut record, below);
        let lifetime = longer(upper.lifetime, lower.lifetime);
        if upper.last_active_at < lower.last_active_at && lifetime != upper.lifetime {
            record.session.last_active_at = lower.last_active_at;
            record.session.lifetime = lifetime;
        }
        (record.session != *upper).then_some(record)
    }

    /// One session that both have: the newer data laid over the older. `None` if that changes nothing above, or if it is
    /// somebody else's.
    fn merged(&self, above: &Record, below: &Record) -> Option<Record> {
        let (upper, lower) = (&above.session, &below.session);
        if upper.user_id != lower.user_id {
            return None;
        }
        let (older, newer) = if lower.last_active_at > upper.last_active_at { (upper, lower) } else { (lower, upper) };
        let mut record = above.clone();
        record.session.created_at = upper.created_at.min(lower.created_at);
        record.session.last_active_at = newer.last_active_at;
        record.session.lifetime = longer(newer.lifetime, older.lifetime);
        record.session.data = older.data.overlaid(&newer.data);
        record.session.requests.limit = upper.requests.limit.or(lower.requests.limit);
        // Whoever changed it here last did not see this either. Requests are no change.
        if record.session != *upper {
            (record.session.version, record.others, record.below) = (Some(self.at), self.at, None);
        }
        self.count(&mut record, below);
        (record.session != *upper).then_some(record)
    }

    /// Adds the requests that were counted below and are not counted here.
    fn count(&self, record: &mut Record, below: &Record) {
        let requests = &below.session.requests;
        let known = self.before.is_some_and(|before| below.created <= before.seq);
        let (count, micros) = match record.taken.filter(|_| known) {
            _ if mutants::has(Mutant::CountedTwice) => (0, 0),
            Some(taken) if taken.epoch == self.epoch => (taken.count, taken.micros),
            // Nobody knows how many of them were taken in then. Rather none than any twice.
            Some(_) => (requests.count, requests.micros),
            None => (0, 0),
        };
        let count = requests.count.saturating_sub(count);
        let url = requests.last_url.clone().filter(|_| count > 0);
        record.session.requests.add(&Tally { count, micros: requests.micros.saturating_sub(micros), url });
        record.taken = self.taken(below).or(record.taken);
    }

    /// None were taken in with one of which nothing is noted.
    fn taken(&self, below: &Record) -> Option<TakenRequests> {
        let Requests { count, micros, .. } = below.session.requests;
        (count > 0).then_some(TakenRequests { epoch: self.epoch, count, micros })
    }
}

/// Whose removal came last, where both stores had one. Of two authors nobody knows which: then it is nobody's own.
fn last_of(above: Option<&Remover>, below: Option<&Remover>) -> Option<Remover> {
    if mutants::has(Mutant::RemoverBelowWins) {
        return below.cloned();
    }
    if mutants::has(Mutant::RemoverAboveWins) {
        return above.cloned();
    }
    let (above, below) = above.zip(below).filter(|(above, below)| above.author == below.author)?;
    Some(if below.n > above.n { below } else { above }.clone())
}

/// The one that ends later; the first if they end at once.
fn longer(one: Lifetime, other: Lifetime) -> Lifetime {
    let is_later = one.expires_at.is_some_and(|end| other.expires_at.is_none_or(|later| later > end));
    if is_later { other } else { one }
}
