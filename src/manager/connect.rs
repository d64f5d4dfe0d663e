//! The connection: mounting the frame, saying hello, noticing silence, trying again.
//!
//! Nothing in a browser says that the other end of a port is gone: a reloaded, removed, crashed or hanging frame is
//! silence. So a connection lives by being asked. An iframe's `load` is no proof of a service either (an error page
//! fires it too); only a welcome is.

use core::time::Duration;

use super::io::{Event, Output, Settled};
use super::link::{Asked, Open, Stage, Timer};
use super::machine::Manager;
use crate::ambient::{Instant, Now};
use crate::error::Code;
use crate::protocol::{Hello, Limits, PROTOCOL};

/// A frame is waited for up to this power of two longer than the first.
const MOST_PATIENCE: u32 = 2;

impl Manager {
    pub(super) fn timer(&mut self, now: Now, timer: Timer, due: Instant) {
        match timer {
            Timer::Mount => self.mount(now),
            Timer::Hail => self.hail(now),
            Timer::GiveUp => self.give_up_frame(now),
            Timer::Beat => self.heartbeat(now),
            Timer::Answer => self.unanswered(now, due),
            Timer::Repair => self.repair(now),
            Timer::Flush => self.flush(now),
            Timer::Resend => {
                self.writes.lose();
                self.flush(now);
                self.ask_unless_asking(now);
            }
            Timer::Stale => self.mark_stale(),
            Timer::Waiters => self.give_up_waiting(now),
            Timer::Close => self.end(),
        }
    }

    fn mount(&mut self, now: Now) {
        self.link.stage = Stage::Hailing;
        self.link.loaded = false;
        self.outputs.push_back(Output::MountFrame);
        // On a slow machine or network the frame may need longer than that to start. Were each one given up as soon as the
        // first, none would ever be through.
        let patience = 1_u32 << self.link.mounts.attempts().min(MOST_PATIENCE);
        self.start_hailing(now, self.config.request_timeout * patience);
        let pause = self.link.hails.next(self.rng.draw());
        self.timers.set(Timer::Hail, now.instant.after(pause));
    }

    pub(super) fn start_hailing(&mut self, now: Now, give_up_after: Duration) {
        self.link.stage = Stage::Hailing;
        self.link.hails.reset();
        self.timers.set(Timer::GiveUp, now.instant.after(give_up_after));
    }

    pub(super) fn hail(&mut self, now: Now) {
        if !matches!(self.link.stage, Stage::Hailing) {
            return;
        }
        let attempt = self.link.hail(now.instant);
        self.outputs.push_back(Output::Hello(Hello {
            versions: PROTOCOL,
            client: self.client,
            attempt,
            held: self.follower.held(),
            grant: self.link.grant,
        }));
        let pause = self.link.hails.next(self.rng.draw());
        self.timers.set(Timer::Hail, now.instant.after(pause));
    }

    fn give_up_frame(&mut self, now: Now) {
        if !self.link.unreachable {
            self.link.unreachable = true;
            self.fail(Code::Unreachable);
        }
        self.rest(now);
    }

    /// Waits before the frame is mounted anew.
    pub(super) fn rest(&mut self, now: Now) {
        self.link.stage = Stage::Resting;
        self.timers.clear(Timer::Hail);
        self.timers.clear(Timer::GiveUp);
        let pause = self.link.mounts.next(self.rng.draw());
        self.timers.set(Timer::Mount, now.instant.after(pause));
    }

    pub(super) fn frame_loaded(&mut self, now: Now) {
        let again = core::mem::replace(&mut self.link.loaded, true);
        match self.link.stage {
            Stage::Hailing => self.hail(now),
            Stage::Open(_) if again => {
                self.lose("the frame was loaded anew");
                self.start_hailing(now, self.config.request_timeout);
                self.hail(now);
            }
            Stage::Open(_) | Stage::Resting | Stage::Closed => {}
        }
    }

    pub(super) fn frame_gone(&mut self, now: Now) {
        match self.link.stage {
            Stage::Open(_) => self.lose("the frame was taken out of the page"),
            Stage::Hailing => {}
            Stage::Resting | Stage::Closed => return,
        }
        self.rest(now);
    }

    pub(super) fn refused(&mut self, now: Now, attempt: u64) {
        if matches!(self.link.stage, Stage::Hailing) && attempt == self.link.attempt {
            self.fail(Code::ProtocolMismatch);
            for (token, _) in core::mem::take(&mut self.ready) {
                self.settle(token, Err(Code::ProtocolMismatch));
            }
            self.rest(now);
        }
    }

    /// The service ended the connection.
    pub(super) fn dismissed(&mut self, now: Now, code: Code) {
        let was_open = matches!(self.link.stage, Stage::Open(_));
        self.lose("the service ended the connection");
        if code == Code::Disconnected && was_open {
            // It is there, and starts anew: what this page is granted has changed. In place of a welcome it would be a
            // question without end.
            self.start_hailing(now, self.config.request_timeout);
            return self.hail(now);
        }
        if code != Code::Closed {
            self.fail(code);
        }
        self.rest(now);
    }

    /// A hello was answered.
    pub(super) fn welcome(&mut self, now: Now, (attempt, protocol): (u64, u8), limits: Limits) {
        let hailed_at = self.link.hailed_at(attempt);
        self.took_a_round_trip(now.instant.since(hailed_at));
        for timer in [Timer::Hail, Timer::GiveUp, Timer::Repair] {
            self.timers.clear(timer);
        }
        self.writes.lose();
        self.end_prompt(Err(Code::Disconnected));
        self.assembly = None;
        self.link.heard();
        self.link.repairs.reset();
        self.link.stage = Stage::Open(Open { attempt, protocol, limits, live: false, took: 0, took_told: 0 });
        self.link.asked = Some(Asked { id: 0, at: hailed_at, ponged: true, target: None });
        self.timers.set(Timer::Answer, now.instant.after(self.config.request_timeout));
    }

    /// Everything that was missed is here.
    pub(super) fn go_live(&mut self, now: Now) {
        let Stage::Open(open) = &mut self.link.stage else { return };
        open.live = true;
        self.link.was_live = true;
        self.link.unreachable = false;
        self.link.mounts.reset();
        self.timers.clear(Timer::Answer);
        self.beat(now);
        let before = self.metrics.resent;
        self.flush(now);
        self.changed = true;
        self.metrics.opens += 1;
        let round_trip = self.round_trip();
        self.emit(if self.metrics.opens == 1 {
            Event::Established { round_trip }
        } else {
            Event::Restored { round_trip, replayed: self.metrics.resent.saturating_sub(before) }
        });
        for (token, _) in core::mem::take(&mut self.ready) {
            self.settle(token, Ok(Settled::Done));
        }
        self.ask_early(now);
    }

    /// The connection is gone. Writes wait; reads that wait are told.
    pub(super) fn lose(&mut self, reason: &'static str) {
        if let Stage::Open(open) = &self.link.stage
            && open.live
        {
            self.metrics.losses += 1;
            self.emit(Event::Lost { reason });
        }
        for timer in [Timer::Answer, Timer::Beat, Timer::Repair, Timer::Resend] {
            self.timers.clear(timer);
        }
        self.link.stage = Stage::Resting;
        self.link.asked = None;
        self.link.heard();
        self.assembly = None;
        self.writes.lose();
        self.changed = true;
        self.end_prompt(Err(Code::Disconnected));
        for token in self.cache.release() {
            self.settle(token, Err(Code::Disconnected));
        }
    }
}
