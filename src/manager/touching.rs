//! Uses of sessions: coalesced here, so that a page may tell of one as often as it likes.

use alloc::vec::Vec;

use super::io::{Settled, Token};
use super::link::{LinkState, Timer};
use super::machine::Manager;
use super::touches::PendingTouch;
use crate::ambient::Now;
use crate::error::Code;
use crate::protocol::ToService;
use crate::session::{Session, SessionId};

/// Uses that were told and not answered. A service takes twice as many of one page.
const UNDER_WAY: usize = 128;

impl Manager {
    /// A session is used. The first time in a minute the service is told; what it would not write is settled at once.
    pub(super) fn touch_session(&mut self, now: Now, token: Token, id: SessionId) {
        if self.is_ending() {
            return self.settle(token, Err(Code::Closed));
        }
        let time = self.time(now);
        let is_written =
            |session: &Session| !session.lifetime.is_over(time) && !session.takes_touch(time, self.confirmed.rules);
        if !self.seen.withheld && self.overlay.get(&self.confirmed, &id).is_some_and(|(shown, _)| is_written(shown)) {
            return self.settle(token, Ok(Settled::Done));
        }
        self.touches.push(PendingTouch { token, id, sent: None });
        self.send_touches(now);
    }

    /// Tells the service of uses that it was not told of on this connection, or so long ago that the word may be lost. Once for all
    /// of the same session.
    pub(super) fn send_touches(&mut self, now: Now) {
        let LinkState::Open(open) = &self.link.state else { return };
        let attempt = open.attempt;
        if !open.live || self.touches.is_empty() {
            return;
        }
        let timeout = self.timeout;
        let waits = |touch: &PendingTouch| {
            touch.sent.is_some_and(|(on, at)| on == attempt && now.instant.micros_since(at) < timeout)
        };
        let mut room = UNDER_WAY.saturating_sub(self.touches.iter().filter(|touch| waits(touch)).count());
        for at in 0..self.touches.len() {
            let Some(touch) = self.touches.get(at).filter(|touch| !waits(touch)).cloned() else { continue };
            if room == 0 {
                break;
            }
            room -= 1;
            let message = ToService::Touch { id: touch.token.0, session: touch.id.clone() };
            if !self.touches.iter().any(|other| other.id == touch.id && waits(other)) && !self.send(&message) {
                return self.settle_touches(&touch.id, Err(Code::ProtocolMismatch));
            }
            if let Some(touch) = self.touches.get_mut(at) {
                touch.sent = Some((attempt, now.instant));
            }
        }
        self.timers.start(Timer::Touch, now.instant.after_micros(timeout));
    }

    /// The service took in the use that this promise stands for, or refused it.
    pub(super) fn touched(&mut self, now: Now, id: u64, refusal: Option<Code>) {
        let Some(session) = self.touches.iter().find(|touch| touch.token.0 == id).map(|touch| touch.id.clone()) else {
            return;
        };
        self.settle_touches(&session, refusal.map_or(Ok(Settled::Done), Err));
        self.send_touches(now);
    }

    fn settle_touches(&mut self, id: &SessionId, result: Result<Settled, Code>) {
        let all: Vec<PendingTouch> = core::mem::take(&mut self.touches);
        for touch in all {
            if touch.id == *id {
                self.settle(touch.token, result.clone());
            } else {
                self.touches.push(touch);
            }
        }
    }
}
