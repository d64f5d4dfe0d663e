//! A time to live over what the service said.

use crate::ambient::{Instant, Span};
use crate::machine::mutants::{self, Mutant};

/// Says whether what is held still counts as fresh.
#[derive(Clone, Debug)]
pub struct Cache {
    /// In microseconds.
    ttl: u64,
    fresh_until: Option<Instant>,
    /// Reads that were answered from the cache.
    pub hits: u64,
    /// Reads that had to wait for the service.
    pub misses: u64,
}

impl Cache {
    /// An empty cache: nothing is fresh.
    pub fn new(ttl: Span) -> Self {
        Self { ttl: ttl.0, fresh_until: None, hits: 0, misses: 0 }
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
        self.fresh_until.is_some_and(|until| now < until || (now == until && mutants::has(Mutant::TtlOffByOne)))
    }

    /// When it stops being fresh.
    pub fn expires(&self) -> Option<Instant> {
        self.fresh_until
    }

    /// A read: whether it can be answered at once. Else it is to wait for the service.
    pub fn read(&mut self, now: Instant) -> bool {
        let fresh = self.is_fresh(now);
        if fresh {
            self.hits += 1;
        } else {
            self.misses += 1;
        }
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Span = Span(10);

    #[test]
    fn is_fresh_for_its_time_to_live_from_when_it_was_asked_for() {
        let mut cache = Cache::new(TTL);
        assert!(!cache.read(Instant(0)));
        cache.confirm(Instant(5));
        assert!(cache.read(Instant(14)));
        assert!(!cache.read(Instant(15)));
        assert_eq!((cache.hits, cache.misses), (1, 2));
    }

    #[test]
    fn an_earlier_answer_that_comes_late_does_not_shorten_it() {
        let mut cache = Cache::new(TTL);
        cache.confirm(Instant(5));
        cache.confirm(Instant(2));
        assert!(cache.is_fresh(Instant(14)));
        cache.invalidate();
        assert!(!cache.is_fresh(Instant(6)));
    }
}
