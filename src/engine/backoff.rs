//! Exponential backoff with jitter: pauses that grow, and that many clients do not take in step.

use crate::ambient::{DRAWS, Span};

/// How long to wait before each of a row of attempts.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// In microseconds, as `max`.
    initial: u64,
    max: u64,
    jitter: f64,
    attempt: u32,
}

impl Backoff {
    /// Pauses from `initial`, doubling, to `max`; chance takes up to the share `jitter` (0 to 1) off each.
    pub fn new(initial: Span, max: Span, jitter: f64) -> Self {
        Self { initial: initial.0, max: max.0, jitter: jitter.clamp(0.0, 1.0), attempt: 0 }
    }

    /// The same with no pause longer than so many microseconds.
    pub fn at_most(self, max: u64) -> Self {
        Self { max: self.max.min(max), ..self }
    }

    /// Pauses of a sixteenth, off each of which chance takes up to all.
    pub fn short(self) -> Self {
        Self { initial: self.initial / 16, max: self.max / 16, jitter: 1.0, ..self }
    }

    /// The next pause, in microseconds; `draw` is a number from [`Rng::draw`](crate::ambient::Rng::draw).
    #[expect(clippy::cast_precision_loss, reason = "draws are below 2^53")]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of what was a number of this type"
    )]
    pub fn next(&mut self, draw: u64) -> u64 {
        let doubled = self.attempt.min(31);
        let full = if self.initial > self.max >> doubled { self.max } else { self.initial << doubled };
        self.attempt = self.attempt.saturating_add(1);
        let chance = (draw % DRAWS) as f64 / DRAWS as f64;
        (full as f64 * (1.0 - self.jitter * chance)) as u64
    }

    /// How many pauses were taken since the last success.
    pub fn attempts(&self) -> u32 {
        self.attempt
    }

    /// It worked: the next row starts from the initial pause.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_to_the_longest_and_keeps_within_the_jitter() {
        let second = Span::from_secs(1);
        let mut plain = Backoff::new(second, second * 5, 0.0);
        let pauses: [_; 4] = core::array::from_fn(|_| plain.next(7));
        assert_eq!(pauses, [1, 2, 4, 5].map(|seconds| seconds * 1_000_000));
        plain.reset();
        assert_eq!(plain.next(7), 1_000_000);
        let mut jittered = Backoff::new(second, second * 5, 0.5);
        assert_eq!(jittered.next(0), 1_000_000);
        let least = jittered.next(DRAWS - 1);
        assert!((1_000_000..1_001_000).contains(&least), "{least}");
        let mut many = Backoff::new(second, second * 5, 0.5);
        for _ in 0..100 {
            assert!(many.next(1) <= 5_000_000);
        }
    }
}
