//! Who waits for something that the service brings about, each for the request timeout at most.

use super::io::{Settled, Token};
use super::link::Timer;
use super::machine::Manager;
use super::waiters::Wait;
use crate::ambient::{Instant, Now};
use crate::error::Code;

impl Manager {
    /// Has it wait.
    pub(super) fn wait(&mut self, now: Now, what: Wait, token: Token) {
        self.waiters.add(what, token, now.instant.after_micros(self.timeout));
        self.time_waiting();
    }

    /// Settles those who wait for this, and until then at most.
    pub(super) fn settle_waiting(&mut self, what: Wait, until: Instant, result: Result<Settled, Code>) {
        for token in self.waiters.take(what, until) {
            self.settle(token, result.clone());
        }
    }

    /// The waiting whose time is over.
    pub(super) fn give_up_waiting(&mut self, now: Now) {
        let code = if self.metrics.opens == 0 { Code::Unreachable } else { Code::Timeout };
        self.settle_waiting(Wait::Fresh, now.instant, Err(code));
        let late = self.waiters.take(Wait::Live, now.instant);
        if !late.is_empty() {
            self.say_unreachable();
        }
        for token in late {
            self.settle(token, Err(Code::Unreachable));
        }
        self.settle_waiting(Wait::Prompt, now.instant, Err(Code::Unreachable));
        self.time_waiting();
    }

    fn time_waiting(&mut self) {
        if let Some(at) = self.waiters.next() {
            self.timers.set_no_later(Timer::Waiters, at);
        }
    }
}
