//! A time to live over what the service said, with reads that wait for one refresh together.

use alloc::vec::Vec;
use core::time::Duration;

use crate::ambient::{Instant, micros};
use crate::machine::planted::{self, Bug};

/// Says whether what is held still counts as fresh, and keeps those who wait until it does again.
#[derive(Clone, Debug)]
pub struct Cache<W> {
    /// In microseconds.
    ttl: u64,
    fresh_until: Option<Instant>,
    waiting: Vec<(W, Instant)>,
    /// Reads that were answered from the cache.
    pub hits: u64,
    /// Reads that had to wait for the service.
    pub misses: u64,
}

impl<W> Cache<W> {
    /// An empty cache: nothing is fresh.
    pub fn new(ttl: Duration) -> Self {
        Self { ttl: micros(ttl), fresh_until: None, waiting: Vec::new(), hits: 0, misses: 0 }
    }

    /// The authority confirmed at `asked` or later what is held: it is fresh for the time to live from `asked` on.
    pub fn confirm(&mut self, asked: Instant) {
        let until = asked.after_micros(self.ttl);
        self.fresh_until = self.fresh_until.max(Some(until));
    }

    /// Nothing held counts as fresh any more.
    pub fn invalidate(&mut self) {
        self.fresh_until = None;
    }

    /// Whether what is held is fresh at `now`.
    pub fn is_fresh(&self, now: Instant) -> bool {
        self.fresh_until.is_some_and(|until| now < until || (now == until && planted::has(Bug::TtlOffByOne)))
    }

    /// When it stops being fresh.
    pub fn expires(&self) -> Option<Instant> {
        self.fresh_until
    }

    /// A read: gives `waiter` back if it can be answered at once. Else it waits until `deadline`, and a refresh is wanted.
    pub fn read(&mut self, now: Instant, waiter: W, deadline: Instant) -> Option<W> {
        if self.is_fresh(now) {
            self.hits += 1;
            return Some(waiter);
        }
        self.misses += 1;
        self.wait(waiter, deadline);
        None
    }

    /// Waits for the next refresh whatever is fresh now.
    pub fn wait(&mut self, waiter: W, deadline: Instant) {
        self.waiting.push((waiter, deadline));
    }

    /// Whether somebody waits for a refresh.
    pub fn is_awaited(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Those who waited: the refresh came, or will not come.
    pub fn release(&mut self) -> Vec<W> {
        self.waiting.drain(..).map(|(waiter, _)| waiter).collect()
    }

    /// Those whose deadline has passed at `now`.
    pub fn give_up(&mut self, now: Instant) -> Vec<W> {
        let (late, waiting) = self.waiting.drain(..).partition(|(_, deadline)| *deadline <= now);
        self.waiting = waiting;
        let late: Vec<(W, Instant)> = late;
        late.into_iter().map(|(waiter, _)| waiter).collect()
    }

    /// The earliest deadline of those who wait.
    pub fn next_deadline(&self) -> Option<Instant> {
        let earliest = self.waiting.iter().map(|(_, deadline)| *deadline).min();
        earliest.filter(|_| !planted::has(Bug::DeadlineNeverFires))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_micros(10);

    #[test]
    fn is_fresh_for_its_time_to_live_from_when_it_was_asked_for() {
        let mut cache = Cache::new(TTL);
        assert_eq!(cache.read(Instant(0), 'a', Instant(50)), None);
        cache.confirm(Instant(5));
        assert_eq!(cache.release(), ['a']);
        assert_eq!(cache.read(Instant(14), 'b', Instant(50)), Some('b'));
        assert_eq!(cache.read(Instant(15), 'c', Instant(50)), None);
        assert_eq!((cache.hits, cache.misses), (1, 2));
    }

    #[test]
    fn an_earlier_answer_that_comes_late_does_not_shorten_it() {
        let mut cache = Cache::<()>::new(TTL);
        cache.confirm(Instant(5));
        cache.confirm(Instant(2));
        assert!(cache.is_fresh(Instant(14)));
        cache.invalidate();
        assert!(!cache.is_fresh(Instant(6)));
    }

    #[test]
    fn only_the_late_give_up() {
        let mut cache = Cache::new(TTL);
        cache.wait('a', Instant(3));
        cache.wait('b', Instant(4));
        assert_eq!(cache.next_deadline(), Some(Instant(3)));
        assert_eq!(cache.give_up(Instant(3)), ['a']);
        assert_eq!(cache.release(), ['b']);
    }
}
