//! Asking for better storage: the service puts the question to the person, the page gives its frame room for that.

use core::mem;

use super::io::{Output, Settled, Status, Token};
use super::link::{LinkState, Timer};
use super::machine::Manager;
use super::waiters::{ALL, Wait};
use crate::ambient::{DRAWS, Now, UnixMillis};
use crate::error::Code;
use crate::protocol::ToService;
use crate::session::Upgrade;

/// Two ends of a rest that are nearer than this are one.
const NEAR_MS: u64 = 2_000;

impl Manager {
    pub(super) fn ask_access(&mut self, now: Now, token: Token) {
        if self.is_ending() {
            return self.settle(token, Err(Code::Closed));
        }
        if self.link.status() != Status::Live {
            return self.wait(now, Wait::Prompt, token);
        }
        if self.waiters.count(Wait::Answer) == 0 {
            self.access.id += 1;
            let id = self.access.id;
            // A service that knows of no prompt shows none, as one that has nothing to gain by it.
            if self.storage.upgrade == Upgrade::None || !self.send(&ToService::AskAccess { id }) {
                return self.settle(token, Ok(Settled::Done));
            }
        }
        self.waiters.add(Wait::Answer, token, ALL);
    }

    /// The connection is live: what waited for it is asked.
    pub(super) fn ask_early(&mut self, now: Now) {
        for token in self.waiters.take(Wait::Prompt, ALL) {
            self.ask_access(now, token);
        }
    }

    /// The service's frame wants to be seen, or no longer. Only a page that asked gives it room.
    pub(super) fn show_frame(&mut self, wanted: bool) {
        let shows = wanted && self.waiters.count(Wait::Answer) > 0;
        if mem::replace(&mut self.access.shows, shows) != shows {
            self.outputs.push_back(Output::ShowFrame(shows));
        }
    }

    pub(super) fn access_done(&mut self, id: u64) {
        if id == self.access.id {
            self.end_prompt(Ok(Settled::Done));
        }
    }

    /// The prompt rests for so many milliseconds from now on.
    pub(super) fn quiet(&mut self, now: Now, ms: u64) {
        let until = (ms > 0).then(|| UnixMillis(now.wall.0.saturating_add(ms)));
        self.timers.clear(Timer::Quiet);
        if ms > 0 {
            self.timers.set(Timer::Quiet, now.instant.after_micros(ms.min(DRAWS) * 1_000));
        }
        // Told anew by each connection, it is the same but for the time that the telling takes.
        let near = |(one, other): (UnixMillis, UnixMillis)| one.0.abs_diff(other.0) < NEAR_MS;
        if self.declined_until != until && !self.declined_until.zip(until).is_some_and(near) {
            self.declined_until = until;
            self.storage_changed();
        }
    }

    /// The person turned away (`declined`), or the frame cannot be shown.
    pub(super) fn turned_away(&mut self, declined: bool) {
        if self.access.shows {
            self.leave_prompt(declined);
        }
    }

    fn leave_prompt(&mut self, declined: bool) {
        if self.waiters.count(Wait::Answer) > 0 {
            self.drop_prompt(declined);
        }
    }

    /// The frame is hidden at once: the service may be past answering.
    fn drop_prompt(&mut self, declined: bool) {
        self.show_frame(false);
        self.send(&ToService::LeavePrompt { declined });
    }

    /// One caller does not wait any more. With the last one the prompt goes.
    pub(super) fn withdraw_access(&mut self, token: Token) {
        self.waiters.withdraw(Wait::Prompt, token);
        if self.waiters.withdraw(Wait::Answer, token) && self.waiters.count(Wait::Answer) == 0 {
            self.drop_prompt(false);
        }
    }

    /// The question is closed.
    pub(super) fn end_prompt(&mut self, result: Result<Settled, Code>) {
        self.show_frame(false);
        self.settle_waiting(Wait::Answer, ALL, result);
    }

    /// Nobody is to be asked any more.
    pub(super) fn close_access(&mut self) {
        if matches!(self.link.state, LinkState::Open(_)) {
            self.leave_prompt(false);
        }
        self.end_prompt(Err(Code::Closed));
        self.settle_waiting(Wait::Prompt, ALL, Err(Code::Closed));
    }
}
