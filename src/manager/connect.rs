//! The connection: mounting frames, saying hello, trying again.
//!
//! Nothing in a browser says that the other end of a port is gone: a reloaded, removed, crashed or hanging frame is
//! silence. So a connection lives by being asked. An iframe's `load` is no proof of a service either (an error page
//! fires it too); only a welcome is. Nor is silence a proof of death: a frame that is silent stays while another one is
//! tried beside it, and the first to answer stays.

use super::io::{Event, FrameId, Output, Settled, Status};
use super::link::{Asked, Frame, LinkState, Open, Timer};
use super::machine::Manager;
use super::waiters::{ALL, Wait};
use crate::ambient::{Instant, Now};
use crate::error::Code;
use crate::protocol::{Hello, PROTOCOL, PageLimits};

/// An answer of a frame that has loaded is waited for up to this power of two longer than that of the first frame.
const MOST_PATIENCE: u32 = 2;
/// A frame that loads is waited for so many times the request timeout.
const LOADING: u64 = 4;

impl Manager {
    pub(super) fn timer(&mut self, now: Now, timer: Timer, due: Instant) {
        match timer {
            Timer::Mount => {
                self.link.mounts_another = false;
                self.mount(now);
            }
            Timer::Hello => self.send_hello(now),
            Timer::GiveUp => self.mount_later(now),
            Timer::Unreachable => self.say_unreachable(),
            Timer::Beat => self.heartbeat(now),
            Timer::Silence => self.silence(now, due),
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
            Timer::Quiet => self.quiet(now, 0),
            Timer::Expiry => {}
            Timer::Chore => self.send_chores(now),
            Timer::Count => self.count_on(now, false),
        }
    }

    /// Mounts another frame, beside the one that is in use or was mounted last.
    pub(super) fn mount(&mut self, now: Now) {
        let stays = match &self.link.state {
            LinkState::Open(open) => Some(open.frame),
            LinkState::Connecting => self.newest().map(|frame| frame.id),
            LinkState::BackingOff | LinkState::Closed => None,
        };
        self.keep_frame(stays);
        let id = self.link.add_frame(now.instant);
        self.outputs.push_back(Output::MountFrame(id));
        if !matches!(self.link.state, LinkState::Open(_)) {
            self.start_connecting(now, 0);
        }
        let pause = self.link.hello_pauses.next(self.rng.draw());
        self.timers.set(Timer::Hello, now.instant.after_micros(pause));
    }

    /// Removes all frames but this one.
    pub(super) fn keep_frame(&mut self, stays: Option<FrameId>) {
        for frame in &mut self.link.frames {
            if let Some(gone) = frame.take_if(|frame| Some(frame.id) != stays) {
                self.outputs.push_back(Output::RemoveFrame(gone.id));
            }
        }
        let [newest, older] = self.link.frames;
        self.link.frames = [newest.or(older), newest.and(older)];
    }

    pub(super) fn newest(&self) -> Option<Frame> {
        let [newest, _] = self.link.frames;
        newest
    }

    /// From now on all frames are asked by hellos. Once the newest has loaded, another one is tried after this time.
    pub(super) fn start_connecting(&mut self, now: Now, give_up_after: u64) {
        self.link.state = LinkState::Connecting;
        self.link.hello_pauses.reset();
        let give_up = match self.newest() {
            Some(frame) if !frame.loaded => frame.since.after_micros(self.timeout * LOADING),
            _ => now.instant.after_micros(give_up_after),
        };
        self.timers.set(Timer::GiveUp, give_up);
        self.timers.set_no_later(Timer::Unreachable, now.instant.after_micros(self.timeout));
    }

    pub(super) fn send_hello(&mut self, now: Now) {
        let in_use = match &self.link.state {
            LinkState::Connecting => None,
            LinkState::Open(open) => Some(open.frame),
            LinkState::BackingOff | LinkState::Closed => return,
        };
        for frame in self.link.frames {
            let Some(frame) = frame.map(|frame| frame.id).filter(|frame| Some(*frame) != in_use) else { continue };
            let hello = Hello {
                versions: PROTOCOL,
                client: self.client,
                attempt: self.link.send_hello(now.instant, frame),
                held: self.follower.held(),
                grant: self.link.grant,
            };
            self.outputs.push_back(Output::Hello(frame, hello));
            let pause = self.link.hello_pauses.next(self.rng.draw());
            self.timers.set(Timer::Hello, now.instant.after_micros(pause));
        }
    }

    /// Shows that nothing answers, if nothing does and it is not shown yet. Before anybody is refused for it: who is told so
    /// and looks finds the same.
    pub(super) fn say_unreachable(&mut self) {
        if matches!(self.link.status(), Status::Connecting | Status::Reconnecting)
            && !core::mem::replace(&mut self.link.unreachable, true)
        {
            self.fail(Code::Unreachable);
        }
    }

    /// Waits before another frame is mounted. Those that are there go on being asked.
    fn mount_later(&mut self, now: Now) {
        let pause = self.link.mounts.next(self.rng.draw());
        self.mount_at(now.instant.after_micros(pause));
    }

    /// Another frame is mounted then.
    pub(super) fn mount_at(&mut self, at: Instant) {
        self.link.mounts_another = true;
        self.timers.set(Timer::Mount, at);
    }

    fn mount_no_more(&mut self) {
        self.link.mounts_another = false;
        self.timers.clear(Timer::Mount);
    }

    /// Leaves the service alone before the frame is mounted anew.
    pub(super) fn rest(&mut self, now: Now) {
        self.link.state = LinkState::BackingOff;
        self.timers.clear(Timer::Hello);
        self.timers.clear(Timer::GiveUp);
        self.mount_later(now);
    }

    pub(super) fn frame_loaded(&mut self, now: Now, id: FrameId) {
        let newest = self.newest().is_some_and(|frame| frame.id == id);
        let Some(frame) = self.link.frames.iter_mut().flatten().find(|frame| frame.id == id) else { return };
        frame.since = now.instant;
        let again = core::mem::replace(&mut frame.loaded, true);
        match &self.link.state {
            LinkState::Open(open) if open.frame == id => {
                if again {
                    self.lose("frame_gone");
                    self.start_connecting(now, self.timeout);
                    self.send_hello(now);
                }
            }
            LinkState::Connecting if newest && !again => {
                // On a slow machine or network what it loads may need longer than that to start. Were each one given up as
                // soon as the first, none would ever be through.
                let patience = self.timeout << self.link.mounts.attempts().min(MOST_PATIENCE);
                self.mount_no_more();
                self.timers.set(Timer::GiveUp, now.instant.after_micros(patience));
                self.send_hello(now);
            }
            _ => self.send_hello(now),
        }
    }

    pub(super) fn frame_gone(&mut self, now: Now, id: FrameId) {
        let other = match self.link.frames {
            [Some(frame), other] if frame.id == id => other,
            [other, Some(frame)] if frame.id == id => other,
            _ => return,
        };
        self.keep_frame(other.map(|frame| frame.id));
        match &self.link.state {
            LinkState::Open(open) if open.frame == id => self.lose("frame_gone"),
            LinkState::Connecting => {}
            _ => return,
        }
        if other.is_none() {
            return self.rest(now);
        }
        self.start_connecting(now, self.timeout);
        self.send_hello(now);
    }

    pub(super) fn refused(&mut self, now: Now, attempt: u64) {
        if matches!(self.link.state, LinkState::Connecting)
            && attempt > self.link.opened
            && self.link.hello_of(attempt).is_some()
        {
            self.fail(Code::ProtocolMismatch);
            self.settle_waiting(Wait::Live, ALL, Err(Code::ProtocolMismatch));
            self.rest(now);
        }
    }

    /// The service ended the connection of this hello, or did not begin one.
    pub(super) fn dismissed(&mut self, now: Now, attempt: u64, code: Code) {
        let was_open = match &self.link.state {
            // That of a spare frame. The one in use may answer yet.
            LinkState::Open(open) if open.attempt != attempt => return self.keep_frame(Some(open.frame)),
            state => matches!(state, LinkState::Open(_)),
        };
        self.lose("goodbye");
        if code == Code::Disconnected && was_open {
            // It is there, and starts anew: what this page is granted has changed. In place of a welcome it would be a
            // question without end.
            self.start_connecting(now, self.timeout);
            return self.send_hello(now);
        }
        if code != Code::Closed {
            self.fail(code);
        }
        self.rest(now);
    }

    /// A hello was answered. The frame that answered first stays. Whether that is a frame which is still there.
    pub(super) fn welcome(&mut self, now: Now, (attempt, protocol): (u64, u8), limits: PageLimits) -> bool {
        let Some((hello_at, frame)) = self.link.hello_of(attempt) else { return false };
        if matches!(&self.link.state, LinkState::Open(open) if open.frame != frame) {
            self.lose("silence");
        }
        self.keep_frame(Some(frame));
        for timer in [Timer::Hello, Timer::GiveUp, Timer::Repair] {
            self.timers.clear(timer);
        }
        self.mount_no_more();
        self.writes.lose();
        self.end_prompt(Err(Code::Disconnected));
        self.drop_assembly();
        self.link.repairs.reset();
        self.link.greeted = now.instant.micros_since(hello_at);
        self.link.opened = attempt;
        self.link.state = LinkState::Open(Open {
            attempt,
            frame,
            failed: false,
            protocol,
            limits,
            live: false,
            took: 0,
            took_told: 0,
        });
        self.link.asked = Some(Asked { id: 0, at: hello_at, ponged: true, target: None });
        self.link.silent_since = now.instant;
        self.await_word(now);
        true
    }

    /// Everything that was missed is here.
    pub(super) fn go_live(&mut self, now: Now) {
        let LinkState::Open(open) = &mut self.link.state else { return };
        open.live = true;
        if !open.failed {
            self.last_error = None;
        }
        self.link.was_live = true;
        self.link.unreachable = false;
        self.link.mounts.reset();
        self.timers.clear(Timer::Unreachable);
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
        self.settle_waiting(Wait::Live, ALL, Ok(Settled::Done));
        self.ask_early(now);
    }

    /// The connection is gone. Writes wait; reads that wait are told.
    pub(super) fn lose(&mut self, reason: &'static str) {
        if let LinkState::Open(open) = &self.link.state
            && open.live
        {
            self.metrics.losses += 1;
            self.emit(Event::Lost { reason: if self.seen.offline { "offline" } else { reason } });
        }
        for timer in [Timer::Silence, Timer::Beat, Timer::Repair, Timer::Resend] {
            self.timers.clear(timer);
        }
        self.link.state = LinkState::BackingOff;
        self.link.asked = None;
        self.drop_assembly();
        self.writes.lose();
        self.changed = true;
        self.end_prompt(Err(Code::Disconnected));
        self.settle_waiting(Wait::Fresh, ALL, Err(Code::Disconnected));
    }
}
