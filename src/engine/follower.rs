//! Keeps versioned events in order: duplicates are dropped, reordering is undone, gaps and foreign histories are found.

use alloc::vec::Vec;

use crate::machine::mutants::{self, Mutant};
use crate::session::{SortedMap, Version};

/// How many events wait behind a gap, and about how many bytes. Those beyond are dropped: filling the gap brings them again.
const PARKED: usize = 64;
const PARKED_BYTES: usize = 32 << 20;

/// An event that leads from one exact version to another.
pub trait Increment {
    /// The version that it applies to.
    fn follows(&self) -> Version;
    /// The version that it leads to.
    fn version(&self) -> Version;
    /// About how much memory it takes.
    fn bytes(&self) -> usize;
}

/// What to do about an event that was offered.
#[derive(Debug, Eq, PartialEq)]
pub enum Delivery<E> {
    /// Apply these, in this order.
    Deliver(Vec<E>),
    /// It was applied before.
    Duplicate,
    /// Something before it is missing; it waits, if there was room.
    Gap,
    /// It belongs to another history than the one held: only a snapshot helps.
    Foreign,
}

/// Follows one history.
#[derive(Clone, Debug)]
pub struct Follower<E> {
    held: Option<Version>,
    parked: SortedMap<u64, E>,
    /// Events that were offered again.
    pub duplicates: u64,
    /// Events that had to wait for an earlier one.
    pub reordered: u64,
    /// Times that something was found missing.
    pub gaps: u64,
}

impl<E> Default for Follower<E> {
    fn default() -> Self {
        Self { held: None, parked: SortedMap::new(), duplicates: 0, reordered: 0, gaps: 0 }
    }
}

impl<E: Increment> Follower<E> {
    /// The version that everything delivered so far leads to.
    pub fn held(&self) -> Option<Version> {
        self.held
    }

    /// Whether events wait behind a gap.
    pub fn has_gap(&self) -> bool {
        !self.parked.is_empty()
    }

    /// Takes in one event.
    pub fn offer(&mut self, event: E) -> Delivery<E> {
        let (follows, version) = (event.follows(), event.version());
        let Some(held) = self.held else { return Delivery::Foreign };
        let tag_ignored = mutants::has(Mutant::TagIgnored) && (follows.epoch, follows.seq) == (held.epoch, held.seq);
        let gap_ignored = mutants::has(Mutant::GapIgnored) && follows.epoch == held.epoch && follows.seq > held.seq;
        if follows == held || tag_ignored || gap_ignored {
            self.held = Some(version);
            let mut ready = Vec::from([event]);
            ready.extend(self.unpark());
            return Delivery::Deliver(ready);
        }
        let known = version.seq < held.seq || version == held || self.parked.contains_key(&follows.seq);
        if version.epoch != held.epoch || (!known && follows.seq <= held.seq) {
            return Delivery::Foreign;
        }
        if known {
            self.duplicates += 1;
            return Delivery::Duplicate;
        }
        if self.parked.is_empty() {
            self.gaps += 1;
        }
        let bytes = self.parked.values().fold(event.bytes(), |sum, parked| sum.saturating_add(parked.bytes()));
        if self.parked.len() < PARKED && bytes <= PARKED_BYTES {
            self.parked.insert(follows.seq, event);
        }
        Delivery::Gap
    }

    /// A snapshot replaced what was held. Gives the parked events that go on from there.
    pub fn replace(&mut self, version: Version) -> Vec<E> {
        self.held = Some(version);
        self.unpark()
    }

    fn unpark(&mut self) -> Vec<E> {
        let mut ready = Vec::new();
        while let Some(held) = self.held
            && let Some(event) = self.parked.remove(&held.seq)
            && event.follows() == held
        {
            self.held = Some(event.version());
            self.reordered += 1;
            ready.push(event);
        }
        // What is left below cannot follow any more; what is of another history never could.
        let held = self.held;
        self.parked.retain(|_, event| {
            held.is_some_and(|held| event.follows().epoch == held.epoch && event.follows().seq > held.seq)
        });
        ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, Eq, PartialEq)]
    struct Toy(Version, Version);

    impl Increment for Toy {
        fn follows(&self) -> Version {
            self.0
        }
        fn version(&self) -> Version {
            self.1
        }
        fn bytes(&self) -> usize {
            // One that leads further is larger.
            usize::try_from(self.1.seq - self.0.seq).unwrap()
        }
    }

    fn version(seq: u64) -> Version {
        Version { epoch: 1, seq, tag: seq + 100 }
    }

    fn event(from: u64, to: u64) -> Toy {
        Toy(version(from), version(to))
    }

    fn holding(seq: u64) -> Follower<Toy> {
        let mut follower = Follower::default();
        assert!(follower.replace(version(seq)).is_empty());
        follower
    }

    #[test]
    fn hostile_35_36_every_order_of_five_events_is_delivered_in_one() {
        let mut orders = Vec::from([Vec::from([0_u64])]);
        for next in 1..5 {
            orders = orders
                .iter()
                .flat_map(|order| {
                    (0..=order.len()).map(move |at| {
                        let mut longer = order.clone();
                        longer.insert(at, next);
                        longer
                    })
                })
                .collect();
        }
        assert_eq!(orders.len(), 120);
        for order in orders {
            let mut follower = holding(0);
            let mut delivered = Vec::new();
            for seq in order.iter().chain(&order) {
                if let Delivery::Deliver(events) = follower.offer(event(*seq, seq + 1)) {
                    delivered.extend(events);
                }
            }
            let expected: Vec<_> = (0..5).map(|seq| event(seq, seq + 1)).collect();
            assert_eq!(delivered, expected, "{order:?}");
            assert_eq!(follower.duplicates, 5, "{order:?}");
        }
    }

    #[test]
    fn hostile_36_a_gap_is_counted_once_and_a_snapshot_closes_it() {
        let mut follower = holding(1);
        assert_eq!(follower.offer(event(2, 3)), Delivery::Gap);
        assert_eq!(follower.offer(event(4, 5)), Delivery::Gap);
        assert_eq!(follower.offer(event(4, 5)), Delivery::Duplicate);
        assert_eq!(follower.gaps, 1);
        assert_eq!(follower.replace(version(4)), [event(4, 5)]);
        assert!(!follower.has_gap());
    }

    #[test]
    fn hostile_35_other_epochs_and_tags_are_foreign() {
        let mut follower = holding(4);
        let other_tag = Version { tag: 9, ..version(4) };
        let other_epoch = Version { epoch: 2, ..version(5) };
        assert_eq!(follower.offer(Toy(other_tag, version(5))), Delivery::Foreign);
        assert_eq!(follower.offer(Toy(version(3), other_tag)), Delivery::Foreign);
        assert_eq!(
            follower.offer(Toy(version(4), other_epoch)),
            Delivery::Deliver(Vec::from([Toy(version(4), other_epoch)]))
        );
        assert_eq!(follower.offer(event(4, 5)), Delivery::Foreign);
    }

    #[test]
    fn hostile_36_the_wait_behind_a_gap_is_bounded() {
        let mut follower = holding(0);
        for seq in 1..1000 {
            assert_eq!(follower.offer(event(seq, seq + 1)), Delivery::Gap);
        }
        let Delivery::Deliver(events) = follower.offer(event(0, 1)) else { panic!("it follows") };
        assert_eq!(events.len(), PARKED + 1);
        let mut follower = holding(0);
        let third = (PARKED_BYTES / 3) as u64;
        for at in 0..9 {
            assert_eq!(follower.offer(event(1 + at * third, 1 + (at + 1) * third)), Delivery::Gap);
        }
        let Delivery::Deliver(events) = follower.offer(event(0, 1)) else { panic!("it follows") };
        assert_eq!(events.len(), 4);
    }
}
