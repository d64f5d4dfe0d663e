//! How much a site may ask for, however many pages of it are connected and whatever they call themselves.

use alloc::string::String;
use alloc::vec::Vec;

use crate::ambient::Instant;
use crate::engine::bucket::Bucket;
use crate::service::io::Limits;

/// Hellos a second, after a burst.
const HELLOS: (u32, u32) = (4, 128);
/// Messages a second, and in a burst, or four times the writes if that is more.
const MESSAGES: u32 = 2_000;
/// So many bytes weigh as much as another message.
const WEIGHT: u64 = 16_384;
/// To be brought up to date from a version that the page names may take a whole snapshot: it weighs as much as these.
const START: u64 = 100;
/// Sites that are remembered; of more, the last one is forgotten.
const SITES: usize = 64;

/// What one origin has left.
#[derive(Debug)]
pub struct OriginLimiter {
    origin: String,
    hellos: Bucket,
    messages: Bucket,
    /// It was told that it asks too often.
    told: bool,
}

/// What becomes of a hello.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Admission {
    Open,
    /// It is one too many, and this is to be said.
    Refused,
    /// It is one too many, and that was said before.
    Ignored,
}

/// All sites that were here.
#[derive(Debug, Default)]
pub struct OriginLimiters(Vec<OriginLimiter>);

impl OriginLimiters {
    /// The limiter of this origin, new if it has to be.
    pub fn of(&mut self, origin: &str, limits: &Limits, now: Instant) -> Option<&mut OriginLimiter> {
        if self.known(origin).is_none() {
            self.0.truncate(SITES);
            let rate = limits.writes_per_second.saturating_mul(4).max(MESSAGES);
            let (hellos, messages) = (Bucket::new(HELLOS.0, HELLOS.1, now), Bucket::new(rate, rate, now));
            self.0.push(OriginLimiter { origin: origin.into(), hellos, messages, told: false });
        }
        self.known(origin)
    }

    /// This origin went over a bound: it has to wait before it is let in again.
    pub fn penalize(&mut self, origin: &str) {
        if let Some(limiter) = self.known(origin) {
            limiter.hellos.empty();
            limiter.told = true;
        }
    }

    fn known(&mut self, origin: &str) -> Option<&mut OriginLimiter> {
        self.0.iter_mut().find(|limiter| limiter.origin == origin)
    }
}

impl OriginLimiter {
    /// A hello.
    pub fn admit_hello(&mut self, now: Instant) -> Admission {
        let open = self.hellos.take(1, now);
        match core::mem::replace(&mut self.told, !open) {
            _ if open => Admission::Open,
            false => Admission::Refused,
            true => Admission::Ignored,
        }
    }

    /// A message of so many bytes. Whether that is not too much.
    pub fn admit_message(&mut self, bytes: usize, now: Instant) -> bool {
        let more = u64::try_from(bytes).unwrap_or(u64::MAX) / WEIGHT;
        self.messages.take(more.saturating_add(1), now)
    }

    /// Asks to be brought up to date from a version that it names.
    pub fn admit_snapshot(&mut self, now: Instant) -> bool {
        self.messages.take(START, now)
    }
}
