//! What the world supplies: time and randomness. The machines never fetch either; they are handed them.

use core::time::Duration;

use serde::{Deserialize, Serialize};

/// A point on a clock that only runs forward, in microseconds from an origin of the world's choosing.
/// It never leaves the page it was read on: durations cross the wire, instants do not.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Instant(pub u64);

impl Instant {
    /// This instant moved on by `duration`; stops at the end of time instead of wrapping.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }

    /// This instant moved on by so many microseconds; stops at the end of time instead of wrapping.
    pub fn after_micros(self, micros: u64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// How many microseconds after `earlier` this is; zero when it is not after it.
    pub fn micros_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// Whole microseconds of a duration, capped at some ten thousand years.
pub fn micros(duration: Duration) -> u64 {
    duration.as_secs().min(1 << 40) * 1_000_000 + u64::from(duration.subsec_micros())
}

/// Wall-clock time: milliseconds since 1970-01-01T00:00:00Z, as in ECMAScript's `Date.now()`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct UnixMillis(pub u64);

/// The present, as handed to a machine with each input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Now {
    /// For everything that waits.
    pub instant: Instant,
    /// For what is recorded, and to notice a sleep that the other clock may not count. It may step backwards.
    pub wall: UnixMillis,
}

/// Reads the present. A browser has one, and so has a test.
pub trait Clock {
    /// The present moment on both clocks.
    fn now(&self) -> Now;
}

/// A source of unpredictable numbers (`crypto.getRandomValues` in a browser, a seeded generator in a test).
pub trait Rng {
    /// A uniformly drawn integer below 2^53, so that JavaScript can hold it exactly.
    fn draw(&mut self) -> u64;
}

/// The number of values that [`Rng::draw`] chooses from.
pub const DRAWS: u64 = 1 << 53;
