//! What a store takes in of a lower one that it replaces. Nothing that the upper one holds is overwritten, nothing that
//! was removed comes back, and whatever was taken in before is not taken in again.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::machine::mutants::{self, Mutant};
use crate::service::replica::Replica;
use crate::service::replica::author::Remover;
use crate::service::replica::record::{Absorbed, AbsorbedFrom, Client, Record, RecordChange, Tombstone};
use crate::service::replica::state::{Keep, State};
use crate::session::SessionId;

/// The changes of commit `at` of the upper store, by which it takes in the lower one. `None`: it has all of it already.
pub fn absorb(lower: &Replica, upper: &State, at: u64, keep: Keep) -> Option<Vec<RecordChange>> {
    let epoch = lower.head.epoch;
    let before = upper.absorbed(epoch).copied();
    if before.is_some_and(|before| before.seq >= lower.head.seq) {
        return None;
    }
    let mut changes = Vec::new();
    let mut active = None;
    // What is as old as that was taken in then. If it is no longer here, it was removed here.
    let is_new = |seq| before.is_none_or(|before| seq > before.seq);
    for below in lower.state.sessions().filter(|record| is_new(record.session.version.unwrap_or_default())) {
        let id = &below.session.id;
        if upper.tombstone(id).is_some() && !mutants::has(Mutant::RemovedComesBack) {
            continue;
        }
        let taken = match upper.session(id) {
            // It was looked at then, and what is not here was removed, so long ago that this is forgotten.
            None if before.is_some_and(|it| below.created <= it.seq) && upper.horizon() > Some(0) => None,
            None => Some(as_it_is(below, at)),
            Some(above) => merged(above, below, at),
        };
        changes.extend(taken.map(|record| RecordChange::Session(Rc::new(record))));
    }
    for (id, below) in lower.state.tombstones().filter(|(_, below)| is_new(below.at)) {
        let by = below.by.as_ref();
        if let Some((seq, above)) = upper.tombstone(id) {
            let by = last_of(above, by);
            if by.as_ref() != above {
                changes.push(RecordChange::Tombstone(id.clone(), Tombstone { seq, by, at }));
            }
            continue;
        }
        if !is_new(below.seq) {
            // It was taken in then, and is no fence here any more: whoever else removed it since changes nothing.
            continue;
        }
        match (upper.session(id), before) {
            (None, _) => {}
            // The one that was removed there is the one that is here only if it was here when the other was taken in.
            (Some(above), Some(before)) if above.created <= before.at => {
                changes.push(RecordChange::NoSession(id.clone()));
                if upper.active() == Some(id) {
                    active = Some(None);
                }
            }
            (Some(_), _) => continue,
        }
        let by = by.filter(|_| !mutants::has(Mutant::RemoverLeftBelow)).cloned();
        changes.push(RecordChange::Tombstone(id.clone(), Tombstone { seq: at, by, at }));
    }
    if before.is_none() && upper.active().is_none() {
        let lives = |id: &&SessionId| match (lower.state.session(id), upper.session(id)) {
            (Some(below), Some(above)) => below.session.user_id == above.session.user_id,
            (Some(_), None) => upper.tombstone(id).is_none(),
            (None, _) => false,
        };
        active = lower.state.active().filter(lives).cloned().map(Some);
    }
    changes.extend(active.map(RecordChange::Active));
    for (author, below) in lower.state.clients().filter(|(_, client)| is_new(client.seq)) {
        let mut outcomes = upper.client(author).map(|client| client.outcomes.clone()).unwrap_or_default();
        if !mutants::has(Mutant::OutcomesLeftBelow) {
            outcomes.absorb(&below.outcomes, at);
        }
        changes.push(RecordChange::Client(author.clone(), Rc::new(Client { seq: at, outcomes })));
    }
    let horizon = lower.state.horizon().unwrap_or_default();
    // What came along then is not put anew, so it is forgotten before what comes along now.
    let (before, first) = before.map_or((0, at), |before| (before.seq, before.first));
    changes.push(RecordChange::Absorbed(epoch, Absorbed { seq: lower.head.seq, horizon, at, before, first }));
    if upper.moving() {
        // Whoever began to move it finds that it went on, and begins anew.
        changes.push(RecordChange::Moving(false));
    }
    changes.extend(upper.forget(keep, &changes));
    Some(changes)
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

fn as_it_is(below: &Record, at: u64) -> Record {
    let mut record = below.clone();
    record.below = Some(AbsorbedFrom { at, created: below.created });
    (record.session.version, record.created, record.others) = (Some(at), at, at);
    record
}

/// One session that both have: the newer data laid over the older. `None` if that changes nothing above, or if it is
/// somebody else's.
fn merged(above: &Record, below: &Record, at: u64) -> Option<Record> {
    let (upper, lower) = (&above.session, &below.session);
    if upper.user_id != lower.user_id {
        return None;
    }
    let (older, newer) = if lower.last_active_at > upper.last_active_at { (upper, lower) } else { (lower, upper) };
    let mut record = above.clone();
    record.session.created_at = upper.created_at.min(lower.created_at);
    record.session.last_active_at = newer.last_active_at;
    record.session.data = older.data.overlaid(&newer.data);
    if record.session == *upper {
        return None;
    }
    // Whoever changed it here last did not see this either.
    (record.session.version, record.others, record.below) = (Some(at), at, None);
    Some(record)
}
