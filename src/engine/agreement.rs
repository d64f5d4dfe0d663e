//! Whether the wall clock can be believed. Somebody may set it, and a machine that sleeps may stop the other clock. So what cannot be
//! taken back waits until both have run alike for a while.

use crate::ambient::{Now, Span};

/// Clocks that differ by no more than so many milliseconds run alike: a clock that is kept right is moved by little.
const APART: u64 = 10_000;

/// For how long two clocks have run alike.
#[derive(Clone, Copy, Debug, Default)]
pub struct Agreement {
    since: Option<Now>,
}

impl Agreement {
    /// Both clocks show this. It has to be told of often: of a clock that was set and set back in between nobody knows.
    pub fn look(&mut self, now: Now) {
        let alike = |since: Now| {
            let ran = now.instant.micros_since(since.instant) / 1_000;
            now.instant >= since.instant && since.wall.0.saturating_add(ran).abs_diff(now.wall.0) <= APART
        };
        if !self.since.is_some_and(alike) {
            self.since = Some(now);
        }
    }

    /// Whether they have run alike for so long, up to the last look.
    pub fn lasts(&self, now: Now, span: Span) -> bool {
        self.since.is_some_and(|since| now.instant.since(since.instant) >= span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::{Instant, UnixMillis};

    /// Seconds on the clock that only runs forward, and on the other one.
    fn lasts(looks: &[(u64, u64)], secs: u64) -> bool {
        let mut agreement = Agreement::default();
        let now = |(instant, wall): (u64, u64)| Now {
            instant: Instant(instant * 1_000_000),
            wall: UnixMillis(1_700_000_000_000 + wall * 1_000),
        };
        looks.iter().for_each(|look| agreement.look(now(*look)));
        looks.last().is_some_and(|last| agreement.lasts(now(*last), Span::from_secs(secs)))
    }

    #[test]
    fn clocks_that_run_alike_agree_for_as_long_as_they_were_looked_at() {
        assert!(!lasts(&[], 0), "nobody looked");
        assert!(lasts(&[(5, 0), (65, 60)], 60));
        assert!(!lasts(&[(5, 0), (64, 59)], 60));
        assert!(lasts(&[(5, 0), (35, 40), (65, 60)], 60), "a clock is moved a little to be right");
    }

    #[test]
    fn a_clock_that_was_set_or_stood_still_begins_anew() {
        assert!(!lasts(&[(0, 0), (60, 120)], 60), "set forward, or the machine slept");
        assert!(!lasts(&[(0, 500), (60, 500)], 60), "set back");
        assert!(!lasts(&[(0, 0), (30, 90), (60, 60)], 60), "set, and set back");
        assert!(lasts(&[(0, 0), (60, 120), (120, 180)], 60), "and have run alike since");
        let creeping: [(u64, u64); 4] = [(0, 0), (20, 28), (40, 56), (60, 84)];
        assert!(!lasts(&creeping, 60), "many small steps are a large one");
    }
}
