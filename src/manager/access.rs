//! Asking for better storage: the service puts the question to the person, the page gives its frame room for that.

use alloc::vec::Vec;
use core::mem;

use super::io::{Output, Settled, Status, Token};
use super::link::{Stage, Timer};
use super::machine::Manager;
use super::waiting::{ALL, Wait};
use crate::ambient::{DRAWS, Now, UnixMillis};
use crate::error::Code;
use crate::protocol::ToService;
use crate::session::Upgrade;

/// Two ends of a rest that are nearer than this are one.
const NEAR_MS: u64 = 2_000;

/// Who waits for the end of a prompt. Several share one question.
#[derive(Debug, Default)]
pub struct Access {
    /// Asked: the question of this id is open for as long as somebody waits here. A person takes as long as it takes.
    asking: Vec<Token>,
    id: u64,
    /// The frame is shown.
    room: bool,
}

impl Manager {
    pub(super) fn ask_access(&mut self, now: Now, token: Token) {
        if self.is_ending() {
            return self.settle(token, Err(Code::Closed));
        }
        if self.link.status() != Status::Live {
            return self.wait(now, Wait::Prompt, token);
        }
        if self.access.asking.is_empty() {
            self.access.id += 1;
            let id = self.access.id;
            // A service that knows of no prompt shows none, as one that has nothing to gain by it.
            if self.storage.upgrade == Upgrade::None || !self.send(&ToService::AskAccess { id }) {
                return self.settle(token, Ok(Settled::Done));
            }
        }
        self.access.asking.push(token);
    }

    /// The connection is live: what waited for it is asked.
    pub(super) fn ask_early(&mut self, now: Now) {
        for token in self.take_waiting(Wait::Prompt, ALL) {
            self.ask_access(now, token);
        }
    }

    /// The service's frame wants to be seen, or no longer. Only a page that asked gives it room.
    pub(super) fn room(&mut self, wanted: bool) {
        let room = wanted && !self.access.asking.is_empty();
        if mem::replace(&mut self.access.room, room) != room {
            self.outputs.push_back(Output::Room(room));
        }
    }

    pub(super) fn asked(&mut self, id: u64) {
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
        if self.access.room {
            self.leave_prompt(declined);
        }
    }

    /// The frame is hidden at once: the service may be past answering.
    fn leave_prompt(&mut self, declined: bool) {
        if !self.access.asking.is_empty() {
            self.room(false);
            self.send(&ToService::LeavePrompt { declined });
        }
    }

    /// One caller does not wait any more. With the last one the prompt goes.
    pub(super) fn withdraw_access(&mut self, token: Token) {
        self.waiting.retain(|(what, waits, _)| (*what, *waits) != (Wait::Prompt, token));
        if self.access.asking.contains(&token) {
            if self.access.asking.len() == 1 {
                self.leave_prompt(false);
            }
            self.access.asking.retain(|asking| *asking != token);
        }
    }

    /// The question is closed.
    pub(super) fn end_prompt(&mut self, result: Result<Settled, Code>) {
        self.room(false);
        for token in mem::take(&mut self.access.asking) {
            self.settle(token, result.clone());
        }
    }

    /// Nobody is to be asked any more.
    pub(super) fn close_access(&mut self) {
        if matches!(self.link.stage, Stage::Open(_)) {
            self.leave_prompt(false);
        }
        self.end_prompt(Err(Code::Closed));
        self.settle_waiting(Wait::Prompt, ALL, Err(Code::Closed));
    }
}
