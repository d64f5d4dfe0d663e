//! A token bucket: so many a second, after a burst.

use crate::ambient::Instant;

/// One token, in the unit that the level is kept in.
const TOKEN: u64 = 1_000_000;

/// Gives out so many tokens a second.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    rate: u64,
    /// What it holds at most, in millionths of a token.
    most: u64,
    /// Millionths of a token.
    level: u64,
    at: Instant,
}

impl Bucket {
    /// A full bucket of `most` tokens, to which `rate` a second are added. 0 counts as 1.
    pub fn new(rate: u32, most: u32, now: Instant) -> Self {
        let most = u64::from(most.max(1)).saturating_mul(TOKEN);
        Self { rate: rate.max(1).into(), most, level: most, at: now }
    }

    /// Takes so many tokens, if they are there.
    pub fn take(&mut self, tokens: u64, now: Instant) -> bool {
        let grown = now.micros_since(self.at).saturating_mul(self.rate);
        self.level = self.level.saturating_add(grown).min(self.most);
        self.at = now.max(self.at);
        let left = self.level.checked_sub(tokens.saturating_mul(TOKEN));
        self.level = left.unwrap_or(self.level);
        left.is_some()
    }

    /// Takes whatever is there.
    pub fn empty(&mut self) {
        self.level = 0;
    }

    /// When there is a token again, as far as the last take shows.
    pub fn next(&self) -> Instant {
        self.at.after_micros(TOKEN.saturating_sub(self.level).div_ceil(self.rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_24_gives_a_burst_and_then_so_many_a_second() {
        let mut bucket = Bucket::new(4, 4, Instant(0));
        let taken = |bucket: &mut Bucket, at| (0..9).filter(|_| bucket.take(1, Instant(at))).count();
        assert_eq!(taken(&mut bucket, 0), 4);
        assert_eq!(bucket.next(), Instant(250_000));
        assert_eq!(taken(&mut bucket, 249_999), 0);
        assert_eq!(taken(&mut bucket, 250_000), 1);
        assert_eq!(taken(&mut bucket, 1_000_000), 3);
        assert_eq!(taken(&mut bucket, 900_000_000), 4);
    }

    #[test]
    fn several_are_taken_together_or_not_at_all() {
        let mut bucket = Bucket::new(2, 10, Instant(0));
        assert!(!bucket.take(11, Instant(0)));
        assert!(bucket.take(7, Instant(0)));
        assert!(!bucket.take(4, Instant(499_999)) && bucket.take(4, Instant(500_000)));
        bucket.empty();
        assert!(!bucket.take(u64::MAX, Instant(u64::MAX)) && bucket.take(10, Instant(u64::MAX)));
    }
}
