//! What the page asks for: writes, reads, readiness, the end.

use alloc::vec::Vec;

use super::io::{About, Detail, Event, Failure, Operation, Output, Settled, Status, Token};
use super::link::{LinkState, Timer};
use super::machine::Manager;
use super::waiters::{ALL, Wait};
use super::writes::{Call, PendingWrite};
use crate::ambient::Now;
use crate::error::Code;
use crate::protocol::{ToService, encoded_len};
use crate::session::{Json, Mutation, SessionId};

impl Manager {
    pub(super) fn write(&mut self, now: Now, token: Token, operation: Operation, mutations: Vec<Mutation>) {
        if self.is_ending() {
            return self.settle(token, Err(Code::Closed));
        }
        self.count_before(now, &mutations);
        let laid = self.lay(now, &mutations);
        // What cannot apply to what this page sees would be refused by the service too: it judges by the same version. While
        // that is withheld the refusal would tell of it: only the service may.
        if let Err(code) = laid
            && self.follower.held().is_some()
            && !self.seen.withheld
            && code != Code::Expired
        {
            return self.settle(token, Err(code));
        }
        self.changed = true;
        let made = laid.ok().and_then(|()| self.overlay.made(&self.confirmed, &mutations));
        let at = self.time(now);
        self.writes.push((token, operation, None), mutations, made, self.follower.held(), at, now.instant);
        self.timers.set_no_later(Timer::Flush, now.instant);
    }

    pub(super) fn function(&mut self, now: Now, token: Token, id: SessionId, if_version: Option<u64>, replace: bool) {
        if self.is_ending() {
            return self.settle(token, Err(Code::Closed));
        }
        self.changed = true;
        self.run(Call { token, id, if_version, replace, running: false, at: now.instant });
    }

    pub(super) fn ran(&mut self, now: Now, token: Token, patch: Option<Json>) {
        let Some(at) = self.calls.iter().position(|call| call.token == token) else { return };
        let call = self.calls.remove(at);
        self.changed = true;
        let Some(patch) = patch else { return };
        let mutations = call.mutations(patch);
        if let Err(code) = self.lay(now, &mutations) {
            return self.settle(token, Err(code));
        }
        let not_before = self.contended_until.max(now.instant);
        let made = self.overlay.made(&self.confirmed, &mutations);
        let called = (token, Operation::Update, Some(call));
        let at = self.time(now);
        self.writes.push(called, mutations, made, self.follower.held(), at, not_before);
        self.timers.set_no_later(Timer::Flush, not_before);
    }

    /// Has a write of these show, if it applies.
    fn lay(&mut self, now: Now, mutations: &[Mutation]) -> Result<(), Code> {
        self.touched.extend(mutations.iter().filter_map(Mutation::id).cloned());
        self.overlay.lay(&self.confirmed, mutations, self.time(now))
    }

    pub(super) fn withdraw(&mut self, token: Token) {
        self.withdraw_access(token);
        self.withdraw_chore(token);
        self.withdraw_count(token);
        let waiting = self.calls.len();
        self.calls.retain(|call| call.token != token);
        if self.writes.withdraw(token).is_some() || self.calls.len() < waiting {
            self.relay();
        }
    }

    /// Sends what may be sent now.
    pub(super) fn flush(&mut self, now: Now) {
        let LinkState::Open(open) = &self.link.state else { return };
        if !open.live {
            return;
        }
        let limits = open.limits;
        self.send_chores(now);
        if !self.writes.pending.is_empty() {
            self.await_word(now);
        }
        let window = usize::try_from(limits.unsettled_writes).unwrap_or(usize::MAX);
        let limit = usize::try_from(limits.message_bytes).unwrap_or(usize::MAX);
        loop {
            let (writes, again) = self.writes.batch(now.instant, window, limit);
            if writes.is_empty() {
                break;
            }
            self.metrics.resent += again;
            let numbers: Vec<u64> = writes.iter().map(|write| write.n).collect();
            let message = ToService::Writes { settled: self.writes.settled(), writes };
            // Many stay within the limit together; one alone may not.
            if !self.send(&message) {
                let bytes = encoded_len(&message) as u64;
                for n in numbers {
                    if let Some(pending) = self.writes.take(n) {
                        let detail = Detail::limit(About::MessageBytes, bytes, limit as u64);
                        self.roll_back(pending, Failure::of(Code::LimitExceeded, detail));
                    }
                }
                self.relay();
            }
        }
        if let Some(at) = self.writes.next_send(now.instant) {
            self.timers.set_no_later(Timer::Flush, at);
        }
        if let Some(at) = self.writes.next_resend(self.timeout) {
            self.timers.set(Timer::Resend, at);
        }
    }

    /// Tells that a write will never take effect. The caller lays the rest anew.
    pub(super) fn roll_back(&mut self, pending: PendingWrite, failure: Failure) {
        if pending.operation == Operation::Count {
            return self.counted(&pending, Err(failure));
        }
        self.metrics.rolled_back += 1;
        self.note_error(failure.clone());
        let id = match pending.mutations.as_slice() {
            [mutation] => mutation.id().cloned(),
            _ => None,
        };
        self.emit(Event::RolledBack { failure: failure.clone(), operation: pending.operation, id });
        self.outputs.push_back(Output::Settle { token: pending.token, result: Err(failure) });
    }

    pub(super) fn read(&mut self, now: Now, token: Token) {
        if self.is_ending() {
            return self.settle(token, Err(Code::Closed));
        }
        if self.cache.read(now.instant) && !self.seen.withheld {
            return self.settle(token, Ok(Settled::Fresh));
        }
        self.await_refresh(now, token);
    }

    pub(super) fn refresh(&mut self, now: Now, token: Token) {
        if self.is_ending() {
            return self.settle(token, Err(Code::Closed));
        }
        self.await_refresh(now, token);
    }

    fn await_refresh(&mut self, now: Now, token: Token) {
        self.wait(now, Wait::Fresh, token);
        self.ask_unless_asking(now);
    }

    pub(super) fn refresh_if_stale(&mut self, now: Now) {
        if self.stale {
            self.metrics.stale_hits += 1;
            self.ask_unless_asking(now);
        }
    }

    pub(super) fn invalidate(&mut self) {
        self.cache.invalidate();
        self.timers.clear(Timer::Stale);
        self.mark_stale();
    }

    /// What is held is older than it should be: say so, unless that is said already or nothing is held.
    pub(super) fn mark_stale(&mut self) {
        if !self.stale && self.follower.held().is_some() {
            self.stale = true;
            self.changed = true;
        }
    }

    pub(super) fn wait_for_ready(&mut self, now: Now, token: Token) {
        match self.link.status() {
            Status::Live => self.settle(token, Ok(Settled::Done)),
            Status::Closed => self.settle(token, Err(Code::Closed)),
            Status::Connecting | Status::Reconnecting => self.wait(now, Wait::Live, token),
        }
    }

    /// Tries now. A frame that loads, or has loaded and may still be starting, stays for as long as an answer is waited for,
    /// however often this is called meanwhile: it is asked again at once.
    pub(super) fn reconnect(&mut self, now: Now, token: Token) {
        self.wait_for_ready(now, token);
        if matches!(self.link.state, LinkState::Connecting)
            && let Some(frame) = self.newest()
            && now.instant.micros_since(frame.since) >= self.timeout
        {
            self.mount_at(now.instant);
        }
        self.probe(now);
        self.link.hello_pauses.reset();
        self.send_hello(now);
    }

    pub(super) fn close(&mut self, now: Now, token: Token) {
        if matches!(self.link.state, LinkState::Closed) {
            return self.settle(token, Ok(Settled::Done));
        }
        self.close_access();
        self.closing.get_or_insert_default().push(token);
        self.count_on(now, true);
        self.timers.set_no_later(Timer::Close, now.instant.after_micros(self.timeout));
        self.flush(now);
    }

    pub(super) fn is_ending(&self) -> bool {
        self.closing.is_some() || matches!(self.link.state, LinkState::Closed)
    }

    /// Ends, once it is asked to and nothing is pending.
    pub(super) fn finish_closing(&mut self) {
        let is_done = self.writes.pending.is_empty() && self.calls.is_empty() && self.has_told_counts();
        if self.closing.is_some() && is_done {
            self.end();
        }
    }

    /// Ends now: what is pending is refused, everybody who waits is told.
    pub(super) fn end(&mut self) {
        let closing = self.closing.take().unwrap_or_default();
        self.close_access();
        self.send(&ToService::Bye);
        self.link.state = LinkState::Closed;
        for pending in core::mem::take(&mut self.writes.pending) {
            self.roll_back(pending, Code::Closed.into());
        }
        for call in core::mem::take(&mut self.calls) {
            self.settle(call.token, Err(Code::Closed));
        }
        for pending in core::mem::take(&mut self.chores).into_iter().filter(|pending| !pending.withdrawn) {
            self.settle(pending.token, Err(Code::Closed));
        }
        self.end_counting();
        self.settle_waiting(Wait::Fresh, ALL, Err(Code::Closed));
        self.settle_waiting(Wait::Live, ALL, Err(Code::Closed));
        self.keep_frame(None);
        self.relay();
        for token in closing {
            self.settle(token, Ok(Settled::Done));
        }
    }
}
