//! A token bucket: so many a second, after a burst of as many.

use core::time::Duration;

use crate::ambient::{Instant, micros};

/// One token, in the unit that the level is kept in.
const TOKEN: u64 = 1_000_000;

/// Allows `rate` takes a second.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    rate: u64,
    /// Millionths of a token.
    level: u64,
    at: Instant,
}

impl Bucket {
    /// A full bucket. A rate of 0 counts as 1.
    pub fn new(rate: u32, now: Instant) -> Self {
        let rate = u64::from(rate.max(1));
        Self { rate, level: rate.saturating_mul(TOKEN), at: now }
    }

    /// Takes one token, if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        let grown = micros(now.since(self.at)).saturating_mul(self.rate);
        self.level = self.level.saturating_add(grown).min(self.rate.saturating_mul(TOKEN));
        self.at = now.max(self.at);
        let had = self.level >= TOKEN;
        if had {
            self.level = self.level.saturating_sub(TOKEN);
        }
        had
    }

    /// When there is a token again, as far as the last take shows.
    pub fn next(&self) -> Instant {
        self.at.after(Duration::from_micros(TOKEN.saturating_sub(self.level).div_ceil(self.rate)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_24_gives_a_burst_and_then_so_many_a_second() {
        let mut bucket = Bucket::new(4, Instant(0));
        let taken = |bucket: &mut Bucket, at| (0..9).filter(|_| bucket.take(Instant(at))).count();
        assert_eq!(taken(&mut bucket, 0), 4);
        assert_eq!(bucket.next(), Instant(250_000));
        assert_eq!(taken(&mut bucket, 249_999), 0);
        assert_eq!(taken(&mut bucket, 250_000), 1);
        assert_eq!(taken(&mut bucket, 1_000_000), 3);
        assert_eq!(taken(&mut bucket, 900_000_000), 4);
    }
}
