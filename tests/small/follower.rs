//! Up to five events at the follower: each lost, once there or twice, in every order; with twins of another history among
//! them, and with a snapshot at any place.

use session_bridge::engine::follower::{Delivery, Follower, Increment};
use session_bridge::session::Version;

use crate::choices::{Choices, all};
use crate::version;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Event {
    follows: Version,
    version: Version,
}

impl Increment for Event {
    fn follows(&self) -> Version {
        self.follows
    }
    fn version(&self) -> Version {
        self.version
    }
    fn bytes(&self) -> usize {
        1
    }
}

/// The event that leads to number `seq`; all of one history, unless it is a twin, which follows another one's.
fn event(seq: u64, twin: bool) -> Event {
    let tag = |seq: u64| if seq == 0 { 0 } else { 10 + u64::from(twin) };
    Event { follows: version(seq - 1, tag(seq - 1)), version: version(seq, tag(seq)) }
}

/// The follower, and what it is held to.
struct Watched {
    follower: Follower<Event>,
    held: Version,
    offered: Vec<Event>,
}

impl Watched {
    fn new() -> Self {
        let mut follower = Follower::default();
        assert_eq!(follower.replace(version(0, 0)), []);
        Self { follower, held: version(0, 0), offered: Vec::new() }
    }

    /// What is delivered leads on from what is held, step by step, and was offered.
    fn deliver(&mut self, events: &[Event]) {
        for event in events {
            assert_eq!(event.follows, self.held, "{events:?} is delivered at {:?}", self.held);
            assert!(self.offered.contains(event), "{event:?} came from nowhere");
            self.held = event.version;
        }
        assert_eq!(self.follower.held(), Some(self.held));
        // Nothing waits that could go on.
        let waits = self.offered.iter().find(|event| event.follows == self.held);
        assert_eq!(waits, None, "at {:?}", self.held);
    }

    fn offer(&mut self, event: Event) {
        self.offered.push(event);
        let before = self.held;
        match self.follower.offer(event) {
            Delivery::Deliver(events) => {
                assert_eq!(events.first(), Some(&event));
                self.deliver(&events);
            }
            Delivery::Duplicate => {
                let known =
                    event.version.seq <= before.seq || self.offered.iter().filter(|it| **it == event).count() > 1;
                assert!(known, "{event:?} is no duplicate at {before:?}");
            }
            Delivery::Gap => assert!(event.follows.seq > before.seq, "{event:?} leaves no gap at {before:?}"),
            Delivery::Foreign => {
                let same = event.follows.tag == before.tag || before.seq == 0 || event.follows.seq == 0;
                assert!(!same, "{event:?} is not foreign at {before:?}");
            }
        }
    }
}

/// All orders of up to `events` events, each at most `times` times.
fn orders(events: u64, times: u64, mut run: impl FnMut(&[u64])) -> u64 {
    all(|choices| {
        let mut left: Vec<u64> = (1..=events).flat_map(|seq| vec![seq; choices.among(times as usize + 1)]).collect();
        let mut order = Vec::new();
        while !left.is_empty() {
            // Of two equal ones it makes no difference which comes first.
            let mut kinds = left.clone();
            kinds.dedup();
            let next = kinds[choices.among(kinds.len())];
            left.remove(left.iter().position(|seq| *seq == next).expect("it is there"));
            order.push(next);
        }
        run(&order);
    })
}

fn lost_repeated_and_reordered(events: u64) -> u64 {
    orders(events, 2, |order| {
        let mut watched = Watched::new();
        order.iter().for_each(|seq| watched.offer(event(*seq, false)));
        let reached = (1..=events).take_while(|seq| order.contains(seq)).count() as u64;
        assert_eq!(watched.held.seq, reached, "{order:?}");
        let again = order.len() - (1..=events).filter(|seq| order.contains(seq)).count();
        assert_eq!(watched.follower.duplicates, again as u64, "{order:?}");
        assert_eq!(watched.follower.has_gap(), order.iter().any(|seq| *seq > reached), "{order:?}");
    })
}

#[test]
fn every_loss_repetition_and_order_of_up_to_five_events() {
    let counts: Vec<u64> = (1..=5).map(lost_repeated_and_reordered).collect();
    println!("{} worlds of up to five events: {counts:?}", counts.iter().sum::<u64>());
    // Multisets of 1 to n, each at most twice, in every order.
    assert_eq!(counts, [3, 19, 271, 7365, 326011]);
}

fn with_a_snapshot(choices: &mut Choices) {
    let mut left: Vec<u64> = (1..=4).filter(|_| choices.yes()).collect();
    let mut snapshot = Some(choices.among(5) as u64);
    let mut watched = Watched::new();
    while !left.is_empty() || snapshot.is_some() {
        let next = choices.among(left.len() + usize::from(snapshot.is_some()));
        if next < left.len() {
            watched.offer(event(left.remove(next), false));
        } else if let Some(seq) = snapshot.take() {
            let base = event(seq.max(1), false);
            watched.held = if seq == 0 { base.follows } else { base.version };
            let held = watched.held;
            let parked = watched.follower.replace(held);
            watched.deliver_parked(&parked);
        }
    }
}

impl Watched {
    /// A snapshot may be older than what was held; what was delivered before it is gone with that.
    fn deliver_parked(&mut self, events: &[Event]) {
        for event in events {
            assert_eq!(event.follows, self.held, "{events:?} goes on from a snapshot of {:?}", self.held);
            self.held = event.version;
        }
        assert_eq!(self.follower.held(), Some(self.held));
        // What was taken before may be missing now; the page asks for it.
        self.offered.retain(|event| event.follows != self.held);
    }
}

#[test]
fn a_snapshot_at_any_place_among_four_events() {
    let count = all(with_a_snapshot);
    println!("{count} worlds with a snapshot");
    // Subsets of 4 in every order, with one of five snapshots at any place.
    assert_eq!(count, 5 * (1 + 4 * 2 + 6 * 6 + 4 * 24 + 120));
}

/// Two histories part after the first event: nothing of the one is ever applied to the other.
fn with_twins(choices: &mut Choices) {
    let mut left: Vec<Event> = (1..=3).map(|seq| event(seq, false)).collect();
    left.extend((2..=3).map(|seq| Event { follows: event(seq, true).follows, ..event(seq, true) }));
    let mut watched = Watched::new();
    while !left.is_empty() {
        let next = left.remove(choices.among(left.len()));
        watched.offered.push(next);
        let before = watched.held;
        if let Delivery::Deliver(events) = watched.follower.offer(next) {
            let mut held = before;
            for event in &events {
                assert_eq!(event.follows, held, "{events:?} at {before:?}");
                held = event.version;
            }
            watched.held = held;
        }
        assert_eq!(watched.follower.held(), Some(watched.held));
    }
}

#[test]
fn twins_of_another_history_in_every_order() {
    let count = all(with_twins);
    println!("{count} worlds with twins");
    assert_eq!(count, 120);
}

#[cfg(feature = "planted")]
#[test]
fn planted_bugs_of_the_follower_are_noticed() {
    use session_bridge::machine::mutants::Mutant;
    assert!(crate::is_noticed(Mutant::GapIgnored, || _ = lost_repeated_and_reordered(3)));
    assert!(crate::is_noticed(Mutant::TagIgnored, || _ = all(with_twins)));
}
