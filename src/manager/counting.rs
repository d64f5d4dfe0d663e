//! Requests on sessions are counted exactly, but not one by one. The first one of an interval is a question to the authority; once it
//! has counted that, those that follow are let through here, as far as the limit has room for them as this page knows it, and told of
//! together when the interval is over. So what was let through counts, also beyond a limit that others have reached meanwhile.

use alloc::string::String;
use alloc::vec::Vec;

use super::io::{About, Detail, Failure, Operation, Output, Settled, Token};
use super::link::Timer;
use super::machine::Manager;
use super::tallies::{Tallies, ToldTally};
use super::writes::PendingWrite;
use crate::ambient::{Instant, Now};
use crate::error::Code;
use crate::machine::mutants::{self, Mutant};
use crate::session::{MOST_REQUESTS, Mutation, SessionId, Tally};

/// How long those that were let through wait, in microseconds, at first and at most. A page that dies loses them, and many a page lives
/// for seconds alone: so an interval is twice as long as the one before.
const FIRST_INTERVAL: u64 = 250_000;
const INTERVAL: u64 = 5_000_000;

impl Manager {
    /// The application has made a request on this session.
    pub(super) fn record(&mut self, now: Now, token: Token, id: SessionId, micros: u64, url: Option<String>) {
        if self.is_ending() {
            return self.settle(token, Err(Code::Closed));
        }
        if self.follower.held().is_some() && !self.confirmed.rules.counts {
            return self.settle(token, Ok(Settled::Done));
        }
        let mut tallies = self.tallies.remove(&id).unwrap_or_default();
        tallies.waiting.push((token, micros, url));
        self.count(now, &id, &mut tallies, false);
        self.timers.set_no_later(Timer::Count, tallies.next.max(now.instant));
        self.tallies.insert(id, tallies);
    }

    /// Goes on with those on every session; `all`: tells of whatever is not told yet.
    pub(super) fn count_on(&mut self, now: Now, all: bool) {
        let mut every = core::mem::take(&mut self.tallies);
        for (id, tallies) in every.iter_mut() {
            self.count(now, id, tallies, all);
        }
        every.retain(|_, tallies| !tallies.is_over(now.instant, INTERVAL));
        if let Some(next) = every.values().map(|tallies| tallies.next).filter(|next| *next > now.instant).min() {
            self.timers.set_no_later(Timer::Count, next);
        }
        self.tallies = every;
    }

    /// These are to be done to sessions: what was let through on those that go, or whose count begins anew, is told of before.
    pub(super) fn count_before(&mut self, now: Now, mutations: &[Mutation]) {
        let ends = |mutation: &&Mutation| mutation.removes() || mutation.terms().is_some_and(|terms| terms.resets);
        for id in mutations.iter().filter(ends).filter_map(Mutation::id) {
            if let Some(mut tallies) = self.tallies.remove(id) {
                self.tell_held(now, id, &mut tallies);
                self.tallies.insert(id.clone(), tallies);
            }
        }
    }

    /// Lets through what may be, and tells of what is due.
    fn count(&mut self, now: Now, id: &SessionId, tallies: &mut Tallies, all: bool) {
        // A page that is hidden may never be heard of again, and its timers are late.
        let all = all || self.seen.hidden || self.closing.is_some();
        let room = self.room(now, id, tallies);
        let limit = self.confirmed.sessions.get(id).and_then(|session| session.requests.limit);
        tallies.full.take_if(|(_, seen)| now.instant >= tallies.next || *seen != limit || limit.is_some() && room > 0);
        if let Some((failure, _)) = &tallies.full {
            for (token, ..) in core::mem::take(&mut tallies.waiting) {
                self.outputs.push_back(Output::Settle { token, result: Err(failure.clone()) });
            }
        }
        // The next interval begins with a question.
        tallies.allowed &= now.instant < tallies.next;
        if tallies.allowed {
            if tallies.held.count == 0 {
                tallies.base = self.follower.held();
            }
            let (tally, tokens) = tallies.take(room);
            tallies.held.append(tally);
            for token in tokens {
                self.settle(token, Ok(Settled::Done));
            }
        }
        // A question comes after what was let through before it, so that it finds that counted.
        let asks = !tallies.waiting.is_empty() && !tallies.is_asking();
        if asks || all || tallies.next <= now.instant {
            self.tell_held(now, id, tallies);
        }
        if asks {
            let (tally, askers) = tallies.take(1);
            self.tell_count(now, id, tallies, tally, Some(askers));
        }
    }

    fn tell_held(&mut self, now: Now, id: &SessionId, tallies: &mut Tallies) {
        let held = core::mem::take(&mut tallies.held);
        if held.count > 0 && !mutants::has(Mutant::HeldForgotten) {
            self.tell_count(now, id, tallies, held, None);
        }
    }

    /// How many more one write takes, and the limit has room for, as far as this page knows. It may know of no limit.
    fn room(&self, now: Now, id: &SessionId, tallies: &Tallies) -> u64 {
        let Some(session) = self.confirmed.sessions.get(id) else { return 0 };
        // One that this page has removed is as good as gone.
        if self.overlay.get(&self.confirmed, id).is_none()
            || self.seen.withheld
            || session.lifetime.is_over(self.time(now))
        {
            return 0;
        }
        let left = |limit: u64| limit.saturating_sub(session.requests.count).saturating_sub(tallies.uncounted());
        let room = session.requests.limit.filter(|_| !mutants::has(Mutant::RoomIgnored)).map_or(u64::MAX, left);
        room.min(MOST_REQUESTS.saturating_sub(tallies.held.count))
    }

    /// Puts these into a write. Whoever waits for it, asks whether there is room.
    fn tell_count(
        &mut self,
        now: Now,
        id: &SessionId,
        tallies: &mut Tallies,
        tally: Tally,
        askers: Option<Vec<Token>>,
    ) {
        let (count, asks) = (tally.count, askers.is_some());
        let mutations = Vec::from([Mutation::Count { id: id.clone(), tally, asks }]);
        let called = (Token::default(), Operation::Count, None);
        let at = self.time(now);
        let base = if asks { self.follower.held() } else { tallies.base };
        // It is not laid over what is shown: that would be another snapshot for each.
        let n = self.writes.push(called, mutations, None, base, at, now.instant);
        tallies.told.push(ToldTally { n, count, askers: askers.unwrap_or_default(), asks });
        tallies.allowed = false;
        if asks {
            tallies.interval = tallies.interval.saturating_mul(2).clamp(FIRST_INTERVAL, INTERVAL);
        }
        tallies.next = now.instant.after_micros(tallies.interval);
        self.timers.set_no_later(Timer::Flush, now.instant);
    }

    /// The authority has counted what this write told of, or will never.
    pub(super) fn counted(&mut self, pending: &PendingWrite, result: Result<Now, Failure>) {
        let Some(id) = pending.about().next() else { return };
        let Some(tallies) = self.tallies.get_mut(id) else { return };
        let Some(at) = tallies.told.iter().position(|told| told.n == pending.n) else { return };
        let told = tallies.told.remove(at);
        tallies.allowed = result.is_ok() && (told.asks || tallies.allowed);
        if let (Ok(now), true) = (&result, told.asks) {
            // However long the answer took: else a slow service would be asked about each.
            let most = tallies.next.after_micros(INTERVAL.saturating_sub(tallies.interval));
            tallies.next = now.instant.after_micros(tallies.interval).min(most).max(tallies.next);
        }
        let limit = self.confirmed.sessions.get(id).and_then(|session| session.requests.limit);
        let result = result.map_err(|failure| match (failure.code, limit) {
            (Code::LimitExceeded, Some(limit)) => Failure::of(failure.code, Detail::limit(About::Requests, 0, limit)),
            _ => failure,
        });
        // All have asked the same.
        let askers = told.askers.into_iter();
        let others = if result.is_err() && told.asks { core::mem::take(&mut tallies.waiting) } else { Vec::new() };
        for token in askers.chain(others.into_iter().map(|(token, ..)| token)) {
            let result = result.clone().map(|_| Settled::Done);
            self.outputs.push_back(Output::Settle { token, result });
        }
        tallies.full =
            result.err().filter(|failure| failure.code == Code::LimitExceeded).map(|failure| (failure, limit));
        // What waits for this goes on from there.
        self.timers.set_no_later(Timer::Count, Instant::default());
    }

    /// One caller does not wait any more. What was told of counts.
    pub(super) fn withdraw_count(&mut self, token: Token) {
        for tallies in self.tallies.values_mut() {
            tallies.waiting.retain(|(waiting, ..)| *waiting != token);
            tallies.told.iter_mut().for_each(|told| told.askers.retain(|asker| *asker != token));
        }
    }

    /// Whether none waits to be told of.
    pub(super) fn has_told_counts(&self) -> bool {
        self.tallies.values().all(|tallies| tallies.waiting.is_empty() && tallies.held.count == 0)
    }

    /// There is no authority any more that could count.
    pub(super) fn end_counting(&mut self) {
        for (_, tallies) in core::mem::take(&mut self.tallies) {
            for (token, ..) in tallies.waiting {
                self.settle(token, Err(Code::Closed));
            }
        }
    }
}
