//! The requests of one page on one session, from the call until they are told of.

use session_bridge::session::OpId;

use crate::queue::Time;

/// A write that told of some.
#[derive(Clone, Debug)]
pub struct Told {
    pub op: OpId,
    pub count: u64,
    pub micros: u64,
    pub asks: bool,
    /// When it left for the first time.
    pub at: Time,
}

/// How many there were, and what became of their promises.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub recorded: u64,
    micros: u64,
    pub resolved: u64,
    pub rejected: u64,
    /// Taken back by the caller, before or after they were told of.
    pub dropped: u64,
    pub told: Vec<Told>,
    /// When a promise was resolved last.
    pub last: Time,
    /// How many the page let through by itself, as far as that shows.
    let_through: u64,
}

impl Ledger {
    /// One that took so many microseconds.
    pub fn records(&mut self, micros: u64) {
        self.recorded += 1;
        self.micros += micros;
    }

    /// How many were told of that the page had let through.
    fn let_and_told(&self) -> u64 {
        self.told.iter().filter(|told| !told.asks).map(|told| told.count).sum()
    }

    /// How many were let through, and not told of.
    pub fn held(&self) -> u64 {
        self.let_through.saturating_sub(self.let_and_told())
    }

    /// Whether some may be held that do not show for those that were taken back.
    pub fn may_hold(&self, accepted: u64) -> bool {
        self.resolved + self.dropped > accepted + self.let_and_told()
    }

    /// A promise was resolved. Whether it was the page that let its request through: no question that was `accepted` covers it.
    pub fn lets_through(&mut self, accepted: u64) -> bool {
        let by_itself = self.resolved.saturating_sub(accepted);
        let more = by_itself > self.let_through;
        self.let_through = self.let_through.max(by_itself);
        more
    }

    /// Whether more was told of than there was. `accepted`: how many were in questions that were.
    pub fn told_too_much(&self, accepted: u64) -> Option<String> {
        let count: u64 = self.told.iter().map(|told| told.count).sum();
        let micros: u64 = self.told.iter().map(|told| told.micros).sum();
        if count > self.recorded || micros > self.micros || count == self.recorded && micros != self.micros {
            return Some(format!("tells of {count} requests, {micros} µs, of {self:?}"));
        }
        // Of those that are open or rejected the store may have accepted a question that the page does not know of, and of those that
        // were taken back nobody knows whether they were in one.
        let sure = accepted.saturating_sub(self.recorded - self.resolved - self.dropped);
        let most = (self.resolved + self.dropped).saturating_sub(sure);
        let told = self.let_and_told();
        (told > most).then(|| format!("tells of {told} as let through, of {self:?}, {accepted} accepted"))
    }

    /// Of a page at rest: whether a promise is open, or one was resolved that nothing told of, or told of and not resolved.
    pub fn settled_short(&self, accepted: u64) -> Option<String> {
        let counts = accepted + self.let_and_told();
        let open = self.recorded != self.resolved + self.rejected + self.dropped;
        let wrong = open || self.resolved > counts || counts > self.resolved + self.dropped;
        wrong.then(|| format!("{accepted} were counted when asked for: {self:?}"))
    }
}
