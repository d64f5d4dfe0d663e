//! The last few durations of something, for people who look at percentiles.

use alloc::vec::Vec;

/// The last `N` samples.
#[derive(Clone, Debug, Default)]
pub struct Percentiles<const N: usize> {
    samples: Vec<u32>,
    /// Where the next one goes: in place of the oldest, once there are `N`.
    next: usize,
}

impl<const N: usize> Percentiles<N> {
    /// Adds a sample of so many microseconds; up to 71 minutes are kept.
    pub fn add(&mut self, sample: u64) {
        let sample = u32::try_from(sample).unwrap_or(u32::MAX);
        match self.samples.get_mut(self.next) {
            Some(oldest) => *oldest = sample,
            None => self.samples.push(sample),
        }
        self.next = (self.next + 1) % N;
    }

    /// The 50th, 95th and 99th percentile by nearest rank, in microseconds, if there is a sample.
    pub fn micros(&self) -> Option<[u32; 3]> {
        let sorted = self.sorted();
        (!sorted.is_empty()).then(|| {
            [50, 95, 99].map(|percent| {
                let rank = (sorted.len() * percent).div_ceil(100);
                sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
            })
        })
    }

    /// How many microseconds all samples but one keep to. Of 128 that is the 99th percentile; of a few, one that took
    /// unusually long says nothing.
    pub fn usual(&self) -> u64 {
        let sorted = self.sorted();
        let usual = sorted.len().checked_sub(2).and_then(|at| sorted.get(at));
        usual.copied().unwrap_or_default().into()
    }

    fn sorted(&self) -> Vec<u32> {
        let mut sorted = self.samples.clone();
        sorted.sort_unstable();
        sorted
    }

    /// The percentiles in milliseconds; zeros without samples.
    pub fn milliseconds(&self) -> [f64; 3] {
        self.micros().unwrap_or_default().map(|micros| f64::from(micros) / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_rank_of_the_last_samples() {
        let mut of_a_hundred = Percentiles::<100>::default();
        assert_eq!(of_a_hundred.milliseconds(), [0.0; 3]);
        for ms in 1..=150 {
            of_a_hundred.add(ms * 1_000);
        }
        assert_eq!(of_a_hundred.milliseconds(), [100.0, 145.0, 149.0]);
        assert_eq!(of_a_hundred.usual(), 149_000);
        assert_eq!(of_a_hundred.micros(), Some([100_000, 145_000, 149_000]));
    }
}
