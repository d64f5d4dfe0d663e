//! A small map and a small set. `BTreeMap` does the same for any size, and would be an eighth of what a page downloads.

use alloc::vec::{self, Vec};

/// A map kept as a list in the order of its keys: right for the hundreds or few thousands of entries that there are.
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

    /// What is held under `key`, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.place(key).ok()?;
        self.entries.get_mut(at).map(|(_, value)| value)
    }

    /// What is held under `key`; if nothing is, what `make` gives is put there first.
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let at = match self.place(&key) {
            Ok(at) => at,
            Err(at) => {
                self.entries.insert(at, (key, make()));
                at
            }
        };
        #[expect(clippy::indexing_slicing, reason = "the entry was found there, or put there just now")]
        &mut self.entries[at].1
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

    /// Puts `value` under `key`, which must come behind all others: if it does not, nothing is changed and the answer is `false`.
    pub fn append(&mut self, key: K, value: V) -> bool {
        let fits = self.entries.last().is_none_or(|(last, _)| *last < key);
        if fits {
            self.entries.push((key, value));
        }
        fits
    }

    /// Takes out what is held under `key`.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.remove_entry(key).map(|(_, value)| value)
    }

    /// Takes out what is held under `key`, and the key with it.
    pub fn remove_entry(&mut self, key: &K) -> Option<(K, V)> {
        let at = self.place(key).ok()?;
        Some(self.entries.remove(at))
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

    /// All entries from this key on, or from the first, in the order of their keys.
    pub fn iter_from(&self, key: Option<&K>) -> impl Iterator<Item = (&K, &V)> {
        let place = key.map_or(0, |key| self.place(key).unwrap_or_else(|at| at));
        self.entries.get(place..).unwrap_or_default().iter().map(|(key, value)| (key, value))
    }

    /// All entries, in the order of their keys; the values may be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// All keys, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// All values, in the order of their keys.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// All values, in the order of their keys, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
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

/// A set kept as a list in order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SortedSet<T> {
    members: SortedMap<T, ()>,
}

impl<T: Ord> SortedSet<T> {
    /// A set of nothing.
    pub const fn new() -> Self {
        Self { members: SortedMap::new() }
    }

    /// How many members it has.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether it has no member.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether `member` is in it.
    pub fn contains(&self, member: &T) -> bool {
        self.members.contains_key(member)
    }

    /// Takes `member` in; `false` if it was there.
    pub fn insert(&mut self, member: T) -> bool {
        self.members.insert(member, ()).is_none()
    }

    /// Takes `member` out; `false` if it was not there.
    pub fn remove(&mut self, member: &T) -> bool {
        self.members.remove(member).is_some()
    }

    /// All members, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.members.keys()
    }
}

impl<T: Ord> Default for SortedSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Ord> Extend<T> for SortedSet<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, members: I) {
        for member in members {
            self.insert(member);
        }
    }
}

impl<T> IntoIterator for SortedSet<T> {
    type Item = T;
    type IntoIter = core::iter::Map<vec::IntoIter<(T, ())>, fn((T, ())) -> T>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter().map(|(member, ())| member)
    }
}

#[cfg(test)]
mod tests {
    use super::{SortedMap, SortedSet};
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
        assert!(map.append(3, 'd') && !map.append(3, 'e') && !map.append(0, 'e'));
        assert_eq!(map.iter().last(), Some((&3, &'d')));
        map.clear();
        assert!(map.is_empty());
    }

    #[test]
    fn a_value_is_made_once() {
        let mut map = SortedMap::new();
        *map.get_or_insert_with('a', || 1) += 1;
        *map.get_or_insert_with('a', || 7) += 1;
        assert_eq!(map.get_mut(&'a'), Some(&mut 3));
        assert_eq!(map.remove_entry(&'a'), Some(('a', 3)));
        assert_eq!(map.get_mut(&'a'), None);
    }

    #[test]
    fn a_set_has_each_member_once() {
        let mut set = SortedSet::new();
        set.extend([3, 1, 3]);
        assert!(!set.insert(1) && set.insert(2) && set.remove(&3) && !set.remove(&3));
        assert_eq!((set.len(), set.contains(&1), set.contains(&3), set.is_empty()), (2, true, false, false));
        assert!(set.iter().eq(&[1, 2]) && set.into_iter().eq([1, 2]));
    }
}
