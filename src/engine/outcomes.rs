//! What became of the writes of one client: the memory that makes a write which is sent twice happen once.

use core::ops::Range;

use crate::machine::mutants::{self, Mutant};
use crate::session::{Outcome, SortedMap};

/// Outcomes of one client's writes above the mark that it has settled.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Outcomes {
    settled: u64,
    above: SortedMap<u64, Recorded>,
}

/// One outcome and the sequence number of the commit that recorded it (0: none did).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Recorded {
    outcome: Outcome,
    seq: u64,
}

impl Outcomes {
    /// The client needs nothing about its writes up to `mark` any more. A lower mark than before changes nothing.
    pub fn settle(&mut self, mark: u64) {
        if mark > self.settled {
            self.settled = mark;
            let forgotten = mark.saturating_add(u64::from(mutants::has(Mutant::OutcomeForgotten)));
            self.above.retain(|n, _| *n > forgotten);
        }
    }

    /// Whether the client has settled this write; if so, nothing is known of it.
    pub fn is_settled(&self, n: u64) -> bool {
        n <= self.settled
    }

    /// What became of write `n`, if that is known and not settled.
    pub fn get(&self, n: u64) -> Option<Outcome> {
        self.above.get(&n).map(|recorded| recorded.outcome)
    }

    /// Remembers what became of write `n`, as recorded by commit `seq`; 0 if no commit holds it.
    pub fn record(&mut self, n: u64, outcome: Outcome, seq: u64) {
        if !self.is_settled(n) {
            self.above.insert(n, Recorded { outcome, seq });
        }
    }

    /// Takes in what another store knows of the same client. What is known here stays; there, whatever took effect did so
    /// before commit `seq` of this store, which takes it in.
    pub fn absorb(&mut self, other: &Self, seq: u64) {
        self.settle(other.settled);
        for (n, recorded) in other.above.iter().filter(|(n, _)| **n > self.settled) {
            let outcome = match recorded.outcome {
                Outcome::Accepted(_) => Outcome::Accepted(seq),
                other => other,
            };
            self.above.get_or_insert_with(*n, || Recorded { outcome, seq });
        }
    }

    /// How many outcomes are kept.
    pub fn len(&self) -> usize {
        self.above.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.above.is_empty()
    }

    /// All outcomes kept, by number.
    pub fn all(&self) -> impl Iterator<Item = (u64, Outcome)> {
        self.above.iter().map(|(n, recorded)| (*n, recorded.outcome))
    }

    /// The mark up to which the client has settled its writes.
    pub fn settled(&self) -> u64 {
        self.settled
    }

    /// All outcomes kept, by number, each with the commit that recorded it.
    pub fn recorded(&self) -> impl Iterator<Item = (u64, Outcome, u64)> {
        self.above.iter().map(|(n, recorded)| (*n, recorded.outcome, recorded.seq))
    }

    /// Those that commit `seq` recorded.
    pub fn of_commit(&self, seq: u64) -> impl Iterator<Item = (u64, Outcome)> {
        self.above.iter().filter(move |(_, recorded)| recorded.seq == seq).map(|(n, recorded)| (*n, recorded.outcome))
    }

    /// Whether each of these writes is known to have taken effect.
    pub fn all_accepted(&self, numbers: Range<u64>) -> bool {
        let wanted = numbers.end.saturating_sub(numbers.start);
        let accepted = |recorded: &Recorded| matches!(recorded.outcome, Outcome::Accepted(_));
        // As a loop over the numbers a hostile range would never end.
        let known = self.above.iter().filter(|(n, recorded)| numbers.contains(n) && accepted(recorded)).count();
        u64::try_from(known) == Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::Outcomes;
    use crate::error::Code;
    use crate::session::Outcome;
    use alloc::vec::Vec;

    #[test]
    fn the_mark_only_rises_and_takes_what_it_passes() {
        let mut outcomes = Outcomes::default();
        outcomes.record(1, Outcome::Accepted(7), 7);
        outcomes.record(3, Outcome::Refused(Code::Conflict), 8);
        outcomes.settle(2);
        outcomes.settle(1);
        assert!(outcomes.is_settled(2));
        assert_eq!(outcomes.get(1), None);
        assert_eq!(outcomes.get(3), Some(Outcome::Refused(Code::Conflict)));
        outcomes.record(2, Outcome::Accepted(9), 9);
        assert_eq!(outcomes.get(2), None);
    }

    #[test]
    fn takes_in_what_another_store_knows_and_keeps_its_own() {
        let (mut here, mut there) = (Outcomes::default(), Outcomes::default());
        here.record(2, Outcome::Refused(Code::Conflict), 5);
        there.record(1, Outcome::Accepted(90), 90);
        there.record(2, Outcome::Accepted(91), 91);
        there.record(3, Outcome::Accepted(92), 92);
        there.record(4, Outcome::Contended, 93);
        here.settle(1);
        here.absorb(&there, 6);
        let known = [(2, Outcome::Refused(Code::Conflict)), (3, Outcome::Accepted(6)), (4, Outcome::Contended)];
        assert_eq!(here.all().collect::<Vec<_>>(), known);
        there.settle(3);
        here.absorb(&there, 7);
        assert_eq!(here.all().collect::<Vec<_>>(), [(4, Outcome::Contended)]);
    }

    #[test]
    fn tells_what_a_commit_recorded_and_what_failed() {
        let mut outcomes = Outcomes::default();
        outcomes.record(1, Outcome::Accepted(7), 7);
        outcomes.record(2, Outcome::Contended, 8);
        assert_eq!(outcomes.of_commit(8).collect::<Vec<_>>(), [(2, Outcome::Contended)]);
        assert!(outcomes.all_accepted(1..2));
        assert!(!outcomes.all_accepted(1..3), "one failed");
        assert!(!outcomes.all_accepted(0..2), "one is not known");
        assert!(outcomes.all_accepted(1..1));
        #[expect(clippy::reversed_empty_ranges, reason = "a hostile page may say anything")]
        let reversed = outcomes.all_accepted(3..1);
        assert!(reversed, "of no writes, all took effect");
    }
}
