//! A replica of the store in memory. Record changes are its one way in.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::author::{Author, Remover};
use super::by_age::ByAge;
use super::commit::Commit;
use super::encoding::SCHEMA;
use super::record::{Absorbed, Client, Record, RecordChange, Tombstone};
use crate::ambient::UnixMillis;
use crate::service::io::Limits;
use crate::session::{SessionId, SortedMap, SortedSet};

/// Tombstones, client records and records of absorbed stores beyond these numbers are forgotten, the oldest first.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    pub tombstones: usize,
    pub clients: usize,
    pub absorbed: usize,
    /// One commit forgets at most so many of each: after a large removal the next write must not pay for all of it.
    pub step: usize,
}

impl Keep {
    /// What a commit that is made for something else keeps.
    pub fn of(limits: &Limits) -> Self {
        Self { tombstones: limits.removals, clients: limits.clients, absorbed: 1_024, step: 64 }
    }
}

/// The store's contents at one version.
#[derive(Debug, Default)]
pub struct State {
    sessions: SortedMap<SessionId, Rc<Record>>,
    /// Of all sessions together.
    weight: usize,
    /// No session ends before; `None`: none ends at all.
    earliest: Option<UnixMillis>,
    active: Option<SessionId>,
    tombstones: ByAge<SessionId, Tombstone>,
    clients: ByAge<Author, Rc<Client>>,
    /// `None` until the store's own word on it was read: a store without one is none of ours.
    horizon: Option<u64>,
    /// The one that the store says it is in.
    schema: u64,
    /// Other stores that were absorbed: their epochs and how far, in the order in which they are to be forgotten.
    absorbed: Vec<(u64, Absorbed)>,
    moving: bool,
    moved: Option<u64>,
}

impl State {
    /// Takes one change in.
    pub fn learn(&mut self, change: &RecordChange) {
        match change {
            RecordChange::Horizon(horizon, schema) => (self.horizon, self.schema) = (Some(*horizon), *schema),
            RecordChange::Active(id) => self.active.clone_from(id),
            RecordChange::Session(record) => {
                let before = self.sessions.insert(record.session.id.clone(), Rc::clone(record));
                self.weight = self.weight.saturating_add(record.weight());
                self.earliest = [self.earliest, end(record)].into_iter().flatten().min();
                self.unburden(before);
            }
            RecordChange::NoSession(id) => {
                let before = self.sessions.remove(id);
                self.unburden(before);
            }
            RecordChange::Tombstone(id, tombstone) => self.tombstones.put(id.clone(), tombstone.seq, tombstone.clone()),
            RecordChange::NoTombstone(id) => self.tombstones.remove(id),
            RecordChange::Client(author, client) => self.clients.put(author.clone(), client.seq, Rc::clone(client)),
            RecordChange::NoClient(author) => self.clients.remove(author),
            RecordChange::Absorbed(epoch, absorbed) => {
                self.absorbed.retain(|(other, _)| other != epoch);
                let at = self.absorbed.partition_point(|(_, other)| other.at < absorbed.at);
                self.absorbed.insert(at, (*epoch, *absorbed));
            }
            RecordChange::NotAbsorbed(epoch) => self.absorbed.retain(|(other, _)| other != epoch),
            RecordChange::Moving(moving) => self.moving = *moving,
            RecordChange::Moved(epoch) => self.moved = Some(*epoch),
        }
    }

    fn unburden(&mut self, gone: Option<Rc<Record>>) {
        self.weight = self.weight.saturating_sub(gone.map_or(0, |record| record.weight()));
    }

    /// What all sessions count for together.
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// Takes all of a commit in.
    pub fn apply(&mut self, commit: &Commit) {
        commit.changes.iter().for_each(|change| self.learn(change));
    }

    /// The sessions, by id.
    pub fn sessions(&self) -> impl ExactSizeIterator<Item = &Rc<Record>> {
        self.sessions.values()
    }

    /// One session.
    pub fn session(&self, id: &SessionId) -> Option<&Rc<Record>> {
        self.sessions.get(id)
    }

    /// The ids of those that had ended by this time: of the session `from` and those after it, at most so many. It costs nothing
    /// where all is known to end later.
    pub fn ended_by(&self, time: UnixMillis, from: Option<&SessionId>, most: usize) -> Vec<SessionId> {
        if !self.may_have_ended_by(time) {
            return Vec::new();
        }
        let ended = self.sessions.iter_from(from).filter(|(_, record)| record.session.lifetime.is_over(time));
        ended.map(|(id, _)| id.clone()).take(most).collect()
    }

    /// Whether it is not known of all sessions that they end later than at this time.
    pub fn may_have_ended_by(&self, time: UnixMillis) -> bool {
        self.earliest.is_some_and(|earliest| earliest <= time)
    }

    /// Finds out when the first of all ends, so that it is known until when none does.
    pub fn find_earliest(&mut self) {
        self.earliest = self.sessions().filter_map(end).min();
    }

    /// Whether any session ends at all.
    pub fn is_mortal(&self) -> bool {
        self.earliest.is_some()
    }

    /// The active session's id.
    pub fn active(&self) -> Option<&SessionId> {
        self.active.as_ref()
    }

    /// The removal of the session of this id, if that is remembered: the commit, and whose it was.
    pub fn tombstone(&self, id: &SessionId) -> Option<(u64, Option<&Remover>)> {
        self.tombstones.get(id).map(|tombstone| (tombstone.seq, tombstone.by.as_ref()))
    }

    /// What became of this client's writes.
    pub fn client(&self, author: &Author) -> Option<&Rc<Client>> {
        self.clients.get(author)
    }

    /// Up to here, tombstones and client records may have been forgotten.
    pub fn horizon(&self) -> Option<u64> {
        self.horizon
    }

    /// The remembered removals, each with the id of its session.
    pub fn tombstones(&self) -> impl Iterator<Item = (&SessionId, &Tombstone)> {
        self.tombstones.iter()
    }

    /// What became of the writes of each client.
    pub fn clients(&self) -> impl Iterator<Item = (&Author, &Rc<Client>)> {
        self.clients.iter()
    }

    /// How far the store of this epoch was absorbed.
    pub fn absorbed(&self, epoch: u64) -> Option<&Absorbed> {
        self.absorbed.iter().find(|(other, _)| *other == epoch).map(|(_, absorbed)| absorbed)
    }

    /// Whether what is here is on its way to a better store.
    pub fn moving(&self) -> bool {
        self.moving
    }

    /// The epoch of the store that absorbed what was here before.
    pub fn moved(&self) -> Option<u64> {
        self.moved
    }

    /// Whether anybody ever wrote here.
    pub fn is_used(&self) -> bool {
        self.moving || !self.sessions.is_empty() || self.tombstones.len() > 0 || self.clients.len() > 0
    }

    /// What leaves nothing of it.
    pub fn cleared(&self) -> Vec<RecordChange> {
        let mut changes = Vec::from([RecordChange::Moving(false), RecordChange::Active(None)]);
        for id in self.sessions.keys() {
            changes.push(RecordChange::NoSession(id.clone()));
        }
        for (id, ..) in self.tombstones() {
            changes.push(RecordChange::NoTombstone(id.clone()));
        }
        for (author, _) in self.clients() {
            changes.push(RecordChange::NoClient(author.clone()));
        }
        for (epoch, _) in &self.absorbed {
            changes.push(RecordChange::NotAbsorbed(*epoch));
        }
        changes
    }

    /// What a commit of these changes is to forget besides, so that no more stays than `keep` says, and the horizon that
    /// tells of it.
    pub fn forget(&self, keep: Keep, changes: &[RecordChange]) -> Vec<RecordChange> {
        let mut buried = SortedSet::new();
        let mut wrote = SortedSet::new();
        for change in changes {
            match change {
                RecordChange::Tombstone(id, _) => drop(buried.insert(id)),
                RecordChange::Client(author, _) => drop(wrote.insert(author)),
                _ => {}
            }
        }
        let (tombstones, seq_of_tombstones) = over(&self.tombstones, keep.tombstones, keep.step, &buried);
        let (clients, seq_of_clients) = over(&self.clients, keep.clients, keep.step, &wrote);
        let mut forgotten: Vec<_> = tombstones.into_iter().map(RecordChange::NoTombstone).collect();
        forgotten.extend(clients.into_iter().map(RecordChange::NoClient));
        // Only ever one is added at a time.
        let oldest = self.absorbed.first().filter(|_| self.absorbed.len() > keep.absorbed);
        forgotten.extend(oldest.map(|(epoch, _)| RecordChange::NotAbsorbed(*epoch)));
        let horizon = seq_of_tombstones.max(seq_of_clients).filter(|seq| Some(*seq) > self.horizon);
        // A store of an older schema becomes one of this: what an older build could not read is not to be met by it.
        if horizon.is_some() || self.schema < SCHEMA && !changes.is_empty() {
            forgotten.push(RecordChange::Horizon(horizon.or(self.horizon).unwrap_or_default(), SCHEMA));
        }
        forgotten
    }
}

fn end(record: &Rc<Record>) -> Option<UnixMillis> {
    record.session.lifetime.expires_at
}

/// The oldest keys beyond `bound` once `fresh` ones are put, none of which is among them, at most `step`, and the newest
/// age of those.
fn over<K: Clone + Ord, V>(
    by_age: &ByAge<K, V>,
    bound: usize,
    step: usize,
    fresh: &SortedSet<&K>,
) -> (Vec<K>, Option<u64>) {
    let stay = by_age.len().saturating_sub(fresh.iter().filter(|key| by_age.get(key).is_some()).count());
    let count = stay.saturating_add(fresh.len()).saturating_sub(bound).min(step);
    let oldest = by_age.oldest().filter(|(_, key)| !fresh.contains(key)).take(count);
    oldest.fold((Vec::new(), None), |(mut keys, _), (seq, key)| {
        keys.push(key.clone());
        (keys, Some(seq))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::ClientId;
    use alloc::string::ToString;
    use alloc::vec;

    #[test]
    fn what_is_put_again_is_not_forgotten_though_it_was_oldest() {
        let author = |n| Author { origin: "o".to_string(), client: ClientId(n, n) };
        let client = |n, seq| RecordChange::Client(author(n), Rc::new(Client { seq, ..Client::default() }));
        let tomb = |name: &str, seq| {
            RecordChange::Tombstone(
                SessionId::try_from(name.to_string()).unwrap(),
                Tombstone { seq, by: None, at: seq },
            )
        };
        let keep = Keep { tombstones: 2, clients: 2, absorbed: 1, step: 64 };
        let mut state = State::default();
        [RecordChange::Horizon(0, SCHEMA), client(1, 2), client(2, 3), tomb("a", 2), tomb("b", 3)]
            .iter()
            .for_each(|change| state.learn(change));
        assert_eq!(state.forget(keep, &[client(1, 4), tomb("a", 4)]), []);
        let forgotten = state.forget(keep, &[client(1, 4), client(3, 4), tomb("a", 4), tomb("c", 4)]);
        let b = SessionId::try_from("b".to_string()).unwrap();
        assert_eq!(
            forgotten,
            vec![RecordChange::NoTombstone(b), RecordChange::NoClient(author(2)), RecordChange::Horizon(3, SCHEMA)]
        );
    }

    #[test]
    fn the_first_commit_to_a_store_of_an_older_schema_says_the_newer_one() {
        let tomb = RecordChange::Tombstone(
            SessionId::try_from("a".to_string()).unwrap(),
            Tombstone { seq: 8, by: None, at: 8 },
        );
        let mut state = State::default();
        state.learn(&RecordChange::Horizon(5, SCHEMA - 1));
        assert_eq!(state.forget(Keep::of(&Limits::default()), &[]), [], "nothing is written for that alone");
        let besides = state.forget(Keep::of(&Limits::default()), core::slice::from_ref(&tomb));
        assert_eq!(besides, [RecordChange::Horizon(5, SCHEMA)]);
        besides.iter().for_each(|change| state.learn(change));
        assert_eq!(state.forget(Keep::of(&Limits::default()), &[tomb]), []);
    }
}
