//! A replica of the store in memory. Facts are its one way in.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::aged::Aged;
use super::author::Author;
use super::commit::Commit;
use super::fact::{Client, Fact, Record};
use crate::session::{SessionId, SortedMap, SortedSet};

/// Tombstones and client records beyond these numbers are forgotten, the oldest first.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    pub tombstones: usize,
    pub clients: usize,
}

impl Keep {
    pub const DEFAULT: Self = Self { tombstones: 4_096, clients: 1_024 };
}

/// The store's contents at one version.
#[derive(Debug, Default)]
pub struct State {
    sessions: SortedMap<SessionId, Rc<Record>>,
    active: Option<SessionId>,
    tombstones: Aged<SessionId, ()>,
    clients: Aged<Author, Rc<Client>>,
    /// `None` until the store's own word on it was read: a store without one is none of ours.
    horizon: Option<u64>,
}

impl State {
    /// Takes one fact in.
    pub fn learn(&mut self, fact: &Fact) {
        match fact {
            Fact::Horizon(horizon) => self.horizon = Some(*horizon),
            Fact::Active(id) => self.active.clone_from(id),
            Fact::Session(record) => drop(self.sessions.insert(record.session.id.clone(), Rc::clone(record))),
            Fact::NoSession(id) => drop(self.sessions.remove(id)),
            Fact::Tombstone(id, seq) => self.tombstones.put(id.clone(), *seq, ()),
            Fact::NoTombstone(id) => self.tombstones.remove(id),
            Fact::Client(author, client) => self.clients.put(author.clone(), client.seq, Rc::clone(client)),
            Fact::NoClient(author) => self.clients.remove(author),
        }
    }

    /// Takes all of a commit in.
    pub fn apply(&mut self, commit: &Commit) {
        commit.facts.iter().for_each(|fact| self.learn(fact));
    }

    /// The sessions, by id.
    pub fn sessions(&self) -> impl ExactSizeIterator<Item = &Rc<Record>> {
        self.sessions.values()
    }

    /// One session.
    pub fn session(&self, id: &SessionId) -> Option<&Rc<Record>> {
        self.sessions.get(id)
    }

    /// The active session's id.
    pub fn active(&self) -> Option<&SessionId> {
        self.active.as_ref()
    }

    /// The commit that removed the session of this id, if that is remembered.
    pub fn tombstone(&self, id: &SessionId) -> Option<u64> {
        self.tombstones.seq(id)
    }

    /// What became of this client's writes.
    pub fn client(&self, author: &Author) -> Option<&Rc<Client>> {
        self.clients.get(author)
    }

    /// Up to here, tombstones and client records may have been forgotten.
    pub fn horizon(&self) -> Option<u64> {
        self.horizon
    }

    /// What a commit of these facts is to forget besides, so that no more stays than `keep` says, and the horizon that
    /// tells of it.
    pub fn forget(&self, keep: Keep, facts: &[Fact]) -> Vec<Fact> {
        let mut buried = SortedSet::new();
        let mut wrote = SortedSet::new();
        for fact in facts {
            match fact {
                Fact::Tombstone(id, _) => drop(buried.insert(id)),
                Fact::Client(author, _) => drop(wrote.insert(author)),
                _ => {}
            }
        }
        let (tombstones, seq_of_tombstones) = over(&self.tombstones, keep.tombstones, &buried);
        let (clients, seq_of_clients) = over(&self.clients, keep.clients, &wrote);
        let mut forgotten: Vec<_> = tombstones.into_iter().map(Fact::NoTombstone).collect();
        forgotten.extend(clients.into_iter().map(Fact::NoClient));
        let horizon = seq_of_tombstones.max(seq_of_clients).filter(|seq| Some(*seq) > self.horizon);
        forgotten.extend(horizon.map(Fact::Horizon));
        forgotten
    }
}

/// The oldest keys beyond `bound` once `fresh` ones are put, none of which is among them, and the newest age of those.
fn over<K: Clone + Ord, V>(aged: &Aged<K, V>, bound: usize, fresh: &SortedSet<&K>) -> (Vec<K>, Option<u64>) {
    let stay = aged.len().saturating_sub(fresh.iter().filter(|key| aged.get(key).is_some()).count());
    let count = stay.saturating_add(fresh.len()).saturating_sub(bound);
    let oldest = aged.oldest().filter(|(_, key)| !fresh.contains(key)).take(count);
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
        let client = |n, seq| Fact::Client(author(n), Rc::new(Client { seq, ..Client::default() }));
        let tomb = |name: &str, seq| Fact::Tombstone(SessionId::try_from(name.to_string()).unwrap(), seq);
        let keep = Keep { tombstones: 2, clients: 2 };
        let mut state = State::default();
        [Fact::Horizon(0), client(1, 2), client(2, 3), tomb("a", 2), tomb("b", 3)]
            .iter()
            .for_each(|fact| state.learn(fact));
        assert_eq!(state.forget(keep, &[client(1, 4), tomb("a", 4)]), []);
        let forgotten = state.forget(keep, &[client(1, 4), client(3, 4), tomb("a", 4), tomb("c", 4)]);
        let b = SessionId::try_from("b".to_string()).unwrap();
        assert_eq!(forgotten, vec![Fact::NoTombstone(b), Fact::NoClient(author(2)), Fact::Horizon(3)]);
    }
}
