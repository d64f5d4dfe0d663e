//! Requests of the application on sessions, from the call until the authority has counted them: data, on which `counting` acts.

use alloc::string::String;
use alloc::vec::Vec;

use super::io::{Failure, Token};
use crate::ambient::Instant;
use crate::session::{Tally, Version};

/// Those on one session.
#[derive(Debug, Default)]
pub struct Tallies {
    /// Let through, and not told of yet.
    pub held: Tally,
    /// What this page knew when the first of them was let through: what was added since under the same id is another session.
    pub base: Option<Version>,
    /// Each waits for the word of the authority, and was not told of yet: whose it is, how many microseconds it took, and its address.
    pub waiting: Vec<(Token, u64, Option<String>)>,
    /// The authority has refused the last one, as the limit that this page saw then was reached: until `next` that is the answer.
    pub full: Option<(Failure, Option<u64>)>,
    pub told: Vec<ToldTally>,
    /// The authority has counted the last one that it was asked about: until `next`, more are let through.
    pub allowed: bool,
    /// Before then those that were let through wait.
    pub next: Instant,
    /// How long they wait, in microseconds; 0 before the first.
    pub interval: u64,
}

/// Requests of which the authority was told, with the write of this number.
#[derive(Debug)]
pub struct ToldTally {
    pub n: u64,
    pub count: u64,
    /// Whoever waits for them. Nobody: they were let through.
    pub askers: Vec<Token>,
    pub asks: bool,
}

impl Tallies {
    /// Takes out the first of those that wait, at most so many.
    pub fn take(&mut self, most: u64) -> (Tally, Vec<Token>) {
        let count = usize::try_from(most).unwrap_or(usize::MAX).min(self.waiting.len());
        let (mut tally, mut askers) = (Tally::default(), Vec::new());
        for (token, micros, url) in self.waiting.drain(..count) {
            tally.append(Tally { count: 1, micros, url });
            askers.push(token);
        }
        (tally, askers)
    }

    /// Whether the authority is asked about some.
    pub fn is_asking(&self) -> bool {
        self.told.iter().any(|told| told.asks)
    }

    /// How many the authority has not counted yet, as far as is known.
    pub fn uncounted(&self) -> u64 {
        self.told.iter().fold(self.held.count, |sum, told| sum.saturating_add(told.count))
    }

    /// Whether nothing is left to be done, and has not been for so many microseconds. Until then it is known how long an interval is.
    pub fn is_over(&self, now: Instant, idle: u64) -> bool {
        self.held.count == 0 && self.waiting.is_empty() && self.told.is_empty() && self.next.after_micros(idle) <= now
    }
}
