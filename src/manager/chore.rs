//! What is no write: uses of sessions, and the removal of what has expired for good. Coalesced here, so that a page may tell of one
//! as often as it likes.

use alloc::vec::Vec;

use super::chores::{Chore, PendingChore};
use super::io::{Settled, Token};
use super::link::{LinkState, Timer};
use super::machine::Manager;
use crate::ambient::Now;
use crate::error::Code;
use crate::protocol::ToService;
use crate::session::{Session, SessionId};

/// Chores that were told and not answered. A service takes twice as many of one page.
const UNDER_WAY: usize = 128;

impl Manager {
    /// A session is used. The first time in a minute the service is told; what it would not write is settled at once.
    pub(super) fn touch_session(&mut self, now: Now, token: Token, id: SessionId) {
        let time = self.time(now);
        let is_written =
            |session: &Session| !session.lifetime.is_over(time) && !session.takes_touch(time, self.confirmed.rules);
        let shown = || self.overlay.get(&self.confirmed, &id);
        if !self.is_ending() && !self.seen.withheld && shown().is_some_and(|(shown, _)| is_written(shown)) {
            return self.settle(token, Ok(Settled::Done));
        }
        self.have_done(now, token, Chore::Touch(id));
    }

    /// Has the service do this.
    pub(super) fn have_done(&mut self, now: Now, token: Token, chore: Chore) {
        if self.is_ending() {
            return self.settle(token, Err(Code::Closed));
        }
        self.chores.push(PendingChore { token, chore, withdrawn: false, sent: None });
        self.send_chores(now);
    }

    /// Tells the service of those that it was not told of on this connection, or so long ago that the word may be lost. Once for all
    /// that are the same.
    pub(super) fn send_chores(&mut self, now: Now) {
        let LinkState::Open(open) = &self.link.state else { return };
        let attempt = open.attempt;
        if !open.live || self.chores.is_empty() {
            return;
        }
        let timeout = self.timeout;
        let waits = |pending: &PendingChore| {
            pending.sent.is_some_and(|(on, at)| on == attempt && now.instant.micros_since(at) < timeout)
        };
        self.chores.retain(|pending| !pending.withdrawn || waits(pending));
        let mut room = UNDER_WAY.saturating_sub(self.chores.iter().filter(|pending| waits(pending)).count());
        for at in 0..self.chores.len() {
            let Some(pending) = self.chores.get(at).filter(|pending| !waits(pending)).cloned() else { continue };
            if room == 0 {
                break;
            }
            room -= 1;
            let id = pending.token.0;
            let message = match &pending.chore {
                Chore::Touch(session) => ToService::Touch { id, session: session.clone() },
                Chore::CleanUp => ToService::CleanUp { id },
            };
            if !self.chores.iter().any(|other| other.chore == pending.chore && waits(other)) && !self.send(&message) {
                return self.settle_chores(&pending.chore, Err(Code::ProtocolMismatch));
            }
            if let Some(pending) = self.chores.get_mut(at) {
                pending.sent = Some((attempt, now.instant));
            }
        }
        self.timers.start(Timer::Chore, now.instant.after_micros(timeout));
    }

    /// The service did what this promise stands for, or refused it.
    pub(super) fn chore_done(&mut self, now: Now, id: u64, result: Result<Settled, Code>) {
        let Some(pending) = self.chores.iter().find(|pending| pending.token.0 == id) else { return };
        self.settle_chores(&pending.chore.clone(), result);
        self.send_chores(now);
    }

    /// One caller does not wait any more. What was told is kept until it is answered: each asked anew, one page could have any number of
    /// them under way.
    pub(super) fn withdraw_chore(&mut self, token: Token) {
        self.chores.retain_mut(|pending| {
            pending.withdrawn |= pending.token == token;
            !pending.withdrawn || pending.sent.is_some()
        });
    }

    fn settle_chores(&mut self, chore: &Chore, result: Result<Settled, Code>) {
        let all: Vec<PendingChore> = core::mem::take(&mut self.chores);
        for pending in all {
            if pending.chore != *chore {
                self.chores.push(pending);
            } else if !pending.withdrawn {
                self.settle(pending.token, result.clone());
            }
        }
    }
}
