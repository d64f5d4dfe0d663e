//! The last few durations of something, for people who look at percentiles.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

/// The last `N` samples.
#[derive(Clone, Debug, Default)]
pub struct Percentiles<const N: usize> {
    samples: VecDeque<u32>,
}

impl<const N: usize> Percentiles<N> {
    /// Adds a sample; microseconds are kept, up to 71 minutes.
    pub fn add(&mut self, sample: Duration) {
        if self.samples.len() >= N {
            self.samples.pop_front();
        }
        self.samples.push_back(u32::try_from(sample.as_micros()).unwrap_or(u32::MAX));
    }

    /// The 50th, 95th and 99th percentile by nearest rank, in milliseconds; zeros without samples.
    pub fn milliseconds(&self) -> [f64; 3] {
        let mut sorted: Vec<u32> = self.samples.iter().copied().collect();
        sorted.sort_unstable();
        [50, 95, 99].map(|percent| {
            let rank = (sorted.len() * percent).div_ceil(100);
            sorted.get(rank.saturating_sub(1)).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
        })
    }

    /// The median, if there is a sample.
    pub fn median(&self) -> Option<Duration> {
        let mut sorted: Vec<u32> = self.samples.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).map(|micros| Duration::from_micros(u64::from(*micros)))
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
            of_a_hundred.add(Duration::from_millis(ms));
        }
        assert_eq!(of_a_hundred.milliseconds(), [100.0, 145.0, 149.0]);
        assert_eq!(of_a_hundred.median(), Some(Duration::from_millis(101)));
    }
}
