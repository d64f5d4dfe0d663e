//! A small map. `BTreeMap` does the same for any size, and would be an eighth of what a page downloads.

use alloc::vec::{self, Vec};

/// A map kept as a list in the order of its keys: right for the hundreds of entries that a page or a store holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SortedMap<K, V> {
    entries: Vec<(K, V)>,
}

impl<K: Ord, V> SortedMap<K, V> {
    /// A map of nothing.
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// How many keys it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What is held under `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        let (_, value) = self.entries.get(self.place(key).ok()?)?;
        Some(value)
    }

    /// Whether anything is held under `key`.
    pub fn contains_key(&self, key: &K) -> bool {
        self.place(key).is_ok()
    }

    /// Puts `value` under `key`; gives back what was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let place = self.place(&key);
        if let Ok(at) = place
            && let Some((_, held)) = self.entries.get_mut(at)
        {
            return Some(core::mem::replace(held, value));
        }
        self.entries.insert(place.unwrap_or_else(|at| at), (key, value));
        None
    }

    /// Takes out what is held under `key`.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.place(key).ok()?;
        Some(self.entries.remove(at).1)
    }

    /// Takes out everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Keeps those that `keep` says yes to.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain_mut(|(key, value)| keep(key, value));
    }

    /// All entries, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// All entries, in the order of their keys; the values may be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// All values, in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// Where `key` is, or where it would go.
    fn place(&self, key: &K) -> Result<usize, usize> {
        self.entries.binary_search_by(|(held, _)| held.cmp(key))
    }
}

impl<K: Ord, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord, V> Extend<(K, V)> for SortedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SortedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::SortedMap;
    use alloc::collections::BTreeMap;
    use alloc::vec::Vec;

    /// Every sequence of five changes of three keys leaves what a `BTreeMap` is left with.
    #[test]
    fn it_does_what_a_tree_does() {
        const STEPS: u32 = 5;
        for sequence in 0..6_u32.pow(STEPS) {
            let (mut small, mut tree) = (SortedMap::new(), BTreeMap::new());
            for step in 0..STEPS {
                let choice = sequence / 6_u32.pow(step) % 6;
                let key = choice / 2;
                if choice % 2 == 0 {
                    assert_eq!(small.insert(key, step), tree.insert(key, step));
                } else {
                    assert_eq!(small.remove(&key), tree.remove(&key));
                }
                assert_eq!((small.len(), small.is_empty()), (tree.len(), tree.is_empty()));
            }
            assert!(small.iter().eq(tree.iter()));
            assert!(small.values().eq(tree.values()));
            for key in 0..3 {
                assert_eq!((small.get(&key), small.contains_key(&key)), (tree.get(&key), tree.contains_key(&key)));
            }
            small.iter_mut().for_each(|(key, value)| *value += key);
            tree.iter_mut().for_each(|(key, value)| *value += key);
            small.retain(|_, value| *value % 2 == 0);
            tree.retain(|_, value| *value % 2 == 0);
            assert_eq!(small.into_iter().collect::<Vec<_>>(), tree.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn it_is_filled_from_a_list_and_emptied() {
        let mut map: SortedMap<_, _> = [(2, 'b'), (1, 'a'), (2, 'c')].into_iter().collect();
        assert_eq!(map.iter().collect::<Vec<_>>(), [(&1, &'a'), (&2, &'c')]);
        map.clear();
        assert!(map.is_empty());
    }
}
