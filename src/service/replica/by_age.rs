//! A map that knows which of its entries are oldest.

use crate::session::{SortedMap, SortedSet};

/// Entries by key, each with the sequence number that it dates from.
#[derive(Clone, Debug)]
pub struct ByAge<K, V> {
    entries: SortedMap<K, (u64, V)>,
    by_age: SortedSet<(u64, K)>,
}

impl<K: Ord, V> Default for ByAge<K, V> {
    fn default() -> Self {
        Self { entries: SortedMap::new(), by_age: SortedSet::new() }
    }
}

impl<K: Clone + Ord, V> ByAge<K, V> {
    /// Puts an entry in place of the one under this key.
    pub fn put(&mut self, key: K, seq: u64, value: V) {
        self.remove(&key);
        self.by_age.insert((seq, key.clone()));
        self.entries.insert(key, (seq, value));
    }

    /// Takes an entry out, if it is there.
    pub fn remove(&mut self, key: &K) {
        if let Some((key, (seq, _))) = self.entries.remove_entry(key) {
            self.by_age.remove(&(seq, key));
        }
    }

    /// The entry under this key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    /// All entries, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, (_, value))| (key, value))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The entries from the oldest on.
    pub fn oldest(&self) -> impl Iterator<Item = (u64, &K)> {
        self.by_age.iter().map(|(seq, key)| (*seq, key))
    }
}
