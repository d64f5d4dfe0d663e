//! Who waits for something that the service brings about, each for the request timeout at most.

use alloc::vec::Vec;

use super::io::{Settled, Token};
use super::link::Timer;
use super::machine::Manager;
use crate::ambient::{Instant, Now};
use crate::error::Code;
use crate::machine::planted::{self, Bug};

/// What is waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wait {
    /// Reads: that what is held is fresh.
    Fresh,
    /// That the connection is live.
    Live,
    /// That it is live, to have the person asked then.
    Prompt,
}

/// Something that waits, with the end of its patience.
pub type Waiting = (Wait, Token, Instant);

/// For all, however long they would wait yet.
pub const ALL: Instant = Instant(u64::MAX);

impl Manager {
    /// Has it wait.
    pub(super) fn wait(&mut self, now: Now, what: Wait, token: Token) {
        self.waiting.push((what, token, now.instant.after_micros(self.timeout)));
        self.time_waiting();
    }

    /// Those who wait for this, and until then at most. They wait no more.
    pub(super) fn take_waiting(&mut self, what: Wait, until: Instant) -> Vec<Token> {
        let mut taken = Vec::new();
        self.waiting.retain(|(of, token, deadline)| {
            let stays = *of != what || *deadline > until;
            if !stays {
                taken.push(*token);
            }
            stays
        });
        taken
    }

    /// Settles those who wait for this, and until then at most.
    pub(super) fn settle_waiting(&mut self, what: Wait, until: Instant, result: Result<Settled, Code>) {
        for token in self.take_waiting(what, until) {
            self.settle(token, result.clone());
        }
    }

    /// The waiting whose time is over.
    pub(super) fn give_up_waiting(&mut self, now: Now) {
        let code = if self.metrics.opens == 0 { Code::Unreachable } else { Code::Timeout };
        self.settle_waiting(Wait::Fresh, now.instant, Err(code));
        let late = self.take_waiting(Wait::Live, now.instant);
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
        let fires = |what: Wait| what != Wait::Fresh || !planted::has(Bug::DeadlineNeverFires);
        let deadlines = self.waiting.iter().filter(|(what, ..)| fires(*what)).map(|(.., deadline)| *deadline);
        if let Some(at) = deadlines.min() {
            self.timers.set_no_later(Timer::Waiters, at);
        }
    }
}
