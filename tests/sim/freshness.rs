//! How long what a page holds may be called fresh: for its time to live from when a question was asked that the service
//! answered, and no microsecond longer. The service's answers are counted where they arrive, not where they are believed.

use std::collections::BTreeMap;

use session_bridge::ambient::{Instant, Now};
use session_bridge::manager::Token;
use session_bridge::protocol::{ToManager, decode};
use session_bridge::session::Version;

use crate::world::World;

/// The number of `ToManager::Synced` on the wire.
const SYNCED: u8 = 4;

/// What one page life asked, and when, by its own clock.
#[derive(Debug, Default)]
pub struct Freshness {
    hailed: BTreeMap<u64, Instant>,
    asked: BTreeMap<u64, Instant>,
    until: Option<Instant>,
    /// Where the store stood by the last answer.
    target: Option<Version>,
    /// What the page held when that came, if what leads there was still on its way.
    ahead_of: Option<Option<Version>>,
    answered: Option<Instant>,
}

impl Freshness {
    /// A hello is a question, too: the one of number 0 on its channel.
    pub fn hails(&mut self, attempt: u64, now: Instant) {
        self.hailed.insert(attempt, now);
    }

    pub fn asks(&mut self, id: u64, now: Instant) {
        self.asked.insert(id, now);
    }

    /// What the page holds after a step: with it an answer comes into force that had to wait for what it is about.
    pub fn holds(&mut self, held: Option<Version>, now: Instant) {
        if self.ahead_of.is_some_and(|before| held != before) && is_there(held, self.target) {
            self.ahead_of = None;
            self.answered = Some(now);
        }
    }

    /// The user wants nothing that is `held` to count as fresh. An answer that leads further is still to come into force.
    pub fn invalidate(&mut self, held: Option<Version>) {
        if self.target.is_none() || self.target == held {
            self.until = None;
        }
    }
}

impl World {
    pub fn page_clock(&self, tab: usize) -> Now {
        self.clock(tab, self.tabs[tab].page.offset)
    }

    /// A message reaches the page on the channel of this attempt.
    pub fn hear_answer(&mut self, tab: usize, attempt: u64, bytes: &[u8]) {
        let (Some(version), Some(&SYNCED)) = (bytes.first(), bytes.get(1)) else { return };
        let Ok(ToManager::Synced { id, version: target, .. }) = decode(*version, bytes, usize::MAX) else {
            return;
        };
        let (now, ttl) = (self.page_clock(tab).instant, self.tabs[tab].options.ttl);
        let held = self.tabs[tab].page.manager.held();
        let fresh = &mut self.tabs[tab].page.freshness;
        let asked = if id == 0 { fresh.hailed.get(&attempt) } else { fresh.asked.get(&id) };
        fresh.until = fresh.until.max(asked.map(|asked| asked.after(ttl)));
        fresh.target = Some(target);
        fresh.ahead_of = (held != fresh.target).then_some(held);
        fresh.answered = Some(now);
    }

    /// Asked of the machine for the first moment at which it may not say so any more.
    pub fn check_fresh(&mut self, tab: usize) {
        let (now, page) = (self.page_clock(tab), &self.tabs[tab].page);
        let instant = page.freshness.until.unwrap_or(now.instant);
        if page.manager.is_cache_valid(Now { instant, ..now }) {
            self.violated(format!("tab {tab}: what it holds is called fresh past its time to live: at {instant:?}"));
        }
    }

    /// A read is answered: by what was fresh, or by an answer that has just come into force.
    pub fn check_read(&mut self, tab: usize, token: Token) {
        let now = self.page_clock(tab).instant;
        let fresh = &self.tabs[tab].page.freshness;
        if fresh.answered != Some(now) && fresh.until.is_none_or(|until| until <= now) {
            self.violated(format!("tab {tab}: a read is answered by what is not fresh: {token:?}, {:?}", fresh.until));
        }
    }
}

fn is_there(held: Option<Version>, target: Option<Version>) -> bool {
    held.zip(target).is_some_and(|(held, target)| held.epoch == target.epoch && held.seq >= target.seq)
}
