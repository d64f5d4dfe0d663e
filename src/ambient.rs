//! What the world supplies: time and randomness. The machines never fetch either; they are handed them.

use core::ops::{Add, Mul, Sub};

/// A point on a clock that only runs forward, in microseconds from an origin of the world's choosing.
/// It never leaves the page it was read on: durations cross the wire, instants do not.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Instant(pub u64);

impl Instant {
    /// This instant moved on by `span`; stops at the end of time instead of wrapping.
    pub fn after(self, span: Span) -> Self {
        self.after_micros(span.0)
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
    pub fn since(self, earlier: Self) -> Span {
        Span(self.micros_since(earlier))
    }
}

/// A length of time, in microseconds. `core::time::Duration` counts seconds and nanoseconds apart, and every sum of two of them
/// is a carry that each visitor downloads.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Span(pub u64);

impl Span {
    /// None at all.
    pub const ZERO: Self = Self(0);

    /// So many milliseconds; the longest span if that is more.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// So many seconds; the longest span if that is more.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }
}

// As the instants do, they stop at the ends of what there is.

impl Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Mul<u64> for Span {
    type Output = Self;

    fn mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

/// Wall-clock time: milliseconds since 1970-01-01T00:00:00Z, as in ECMAScript's `Date.now()`.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_spans_stop_at_the_ends_of_what_there_is() {
        let longest = Span(u64::MAX);
        assert_eq!([Span::from_secs(u64::MAX), longest + Span(1), longest * 2], [longest; 3]);
        assert_eq!(Instant(7).after(longest), Instant(u64::MAX));
        assert_eq!([Span(3) - Span(5), Instant(3).since(Instant(5))], [Span::ZERO; 2]);
        assert_eq!(Span::from_secs(2) - Span::from_millis(500), Span(1_500) * 1_000);
    }
}
