//! Exponential backoff with jitter: pauses that grow, and that many clients do not take in step.

use core::time::Duration;

use crate::ambient::DRAWS;

/// How long to wait before each of a row of attempts.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    initial: Duration,
    max: Duration,
    jitter: f64,
    attempt: u32,
}

impl Backoff {
    /// Pauses from `initial`, doubling, to `max`; chance takes up to the share `jitter` (0 to 1) off each.
    pub fn new(initial: Duration, max: Duration, jitter: f64) -> Self {
        Self { initial, max, jitter: jitter.clamp(0.0, 1.0), attempt: 0 }
    }

    /// The next pause; `draw` is a number from [`Rng::draw`](crate::ambient::Rng::draw).
    #[expect(clippy::cast_precision_loss, reason = "draws are below 2^53")]
    pub fn next(&mut self, draw: u64) -> Duration {
        let factor = 1_u32.checked_shl(self.attempt.min(31)).unwrap_or(u32::MAX);
        self.attempt = self.attempt.saturating_add(1);
        let full = self.initial.saturating_mul(factor).min(self.max);
        let chance = (draw % DRAWS) as f64 / DRAWS as f64;
        full.mul_f64(1.0 - self.jitter * chance)
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
        let second = Duration::from_secs(1);
        let mut plain = Backoff::new(second, second * 5, 0.0);
        let pauses: [_; 4] = core::array::from_fn(|_| plain.next(7));
        assert_eq!(pauses, [second, second * 2, second * 4, second * 5]);
        plain.reset();
        assert_eq!(plain.next(7), second);
        let mut jittered = Backoff::new(second, second * 5, 0.5);
        assert_eq!(jittered.next(0), second);
        let least = jittered.next(DRAWS - 1);
        assert!(least >= second && least < second + Duration::from_millis(1), "{least:?}");
        let mut many = Backoff::new(second, second * 5, 0.5);
        for _ in 0..100 {
            assert!(many.next(1) <= second * 5);
        }
    }
}
