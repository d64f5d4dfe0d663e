//! A table of named deadlines, so that a machine has one next wake-up and every deadline has a name.

use alloc::vec::Vec;

use crate::ambient::Instant;

/// At most one deadline for each name `T`.
#[derive(Clone, Debug)]
pub struct Timers<T> {
    set: Vec<(T, Instant)>,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self { set: Vec::new() }
    }
}

impl<T: Copy + Eq> Timers<T> {
    /// Sets the deadline of `timer`, in place of the one that it had.
    pub fn set(&mut self, timer: T, at: Instant) {
        self.clear(timer);
        self.set.push((timer, at));
    }

    /// Sets the deadline of `timer` unless it has an earlier one.
    pub fn set_no_later(&mut self, timer: T, at: Instant) {
        if self.get(timer).is_none_or(|set| at < set) {
            self.set(timer, at);
        }
    }

    /// Sets the deadline of `timer` unless it has one.
    pub fn start(&mut self, timer: T, at: Instant) {
        if self.get(timer).is_none() {
            self.set(timer, at);
        }
    }

    /// Moves the deadline of `timer` if it has one.
    pub fn postpone(&mut self, timer: T, at: Instant) {
        for (_, due) in self.set.iter_mut().filter(|(name, _)| *name == timer) {
            *due = at;
        }
    }

    /// Forgets the deadline of `timer`.
    pub fn clear(&mut self, timer: T) {
        self.set.retain(|(name, _)| *name != timer);
    }

    /// The deadline of `timer`, if it has one.
    fn get(&self, timer: T) -> Option<Instant> {
        self.set.iter().find(|(name, _)| *name == timer).map(|(_, at)| *at)
    }

    /// The earliest deadline.
    pub fn next(&self) -> Option<Instant> {
        self.set.iter().map(|(_, at)| *at).min()
    }

    /// Takes out the earliest timer that is due at `now`, with the deadline that it had.
    pub fn expire(&mut self, now: Instant) -> Option<(T, Instant)> {
        let (timer, at) = *self.set.iter().filter(|(_, at)| *at <= now).min_by_key(|(_, at)| *at)?;
        self.clear(timer);
        Some((timer, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expires_in_the_order_of_the_deadlines() {
        let mut timers = Timers::default();
        timers.set('b', Instant(2));
        timers.set('a', Instant(1));
        timers.set('c', Instant(9));
        timers.set('a', Instant(3));
        timers.set_no_later('c', Instant(10));
        assert_eq!(timers.next(), Some(Instant(2)));
        assert_eq!(timers.expire(Instant(3)), Some(('b', Instant(2))));
        assert_eq!(timers.expire(Instant(3)), Some(('a', Instant(3))));
        assert_eq!(timers.expire(Instant(3)), None);
        assert_eq!(timers.get('c'), Some(Instant(9)));
    }
}
