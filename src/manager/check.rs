//! Checks of an open connection: heartbeat, refresh and repair are one question to the service.

use alloc::vec::Vec;
use core::time::Duration;

use super::io::{Event, Output, Settled};
use super::link::{Asked, Stage, Timer};
use super::machine::Manager;
use crate::ambient::{Instant, Now};
use crate::machine::planted::{self, Bug};
use crate::protocol::{From, ToService, encode};
use crate::session::StorageStatus;

/// So many milliseconds on the wall clock alone are a sleep: more than the two drift apart between two heartbeats.
const NAP: u64 = 5_000;

fn ahead(now: Now) -> u64 {
    now.wall.0.saturating_sub(now.instant.0 / 1_000)
}

impl Manager {
    /// Asks the service to look at the store, unless an answer is on its way.
    pub(super) fn ask_unless_asking(&mut self, now: Now) {
        if self.link.asked.is_none_or(|asked| now.instant.since(asked.at) >= self.config.request_timeout) {
            self.ask(now, From::LastSent);
        }
    }

    /// Asks the service to look at the store and to send what this page lacks.
    pub(super) fn ask(&mut self, now: Now, from: From) {
        let Stage::Open(open) = &mut self.link.stage else { return };
        if !open.live && from == From::LastSent {
            return;
        }
        self.link.last_id += 1;
        let id = self.link.last_id;
        open.took_told = open.took;
        let message = ToService::Sync { id, from, took: open.took };
        self.link.asked = Some(Asked { id, at: now.instant, ponged: false, target: None });
        self.send(&message);
        self.timers.set(Timer::Answer, now.instant.after(self.answer_within()));
        self.beat(now);
    }

    /// Asks whether the service lives. While it owes an answer that question stands: asking anew would put off, beat
    /// after beat, the moment at which its silence is noticed.
    pub(super) fn heartbeat(&mut self, now: Now) {
        if self.timers.get(Timer::Answer).is_some() {
            self.beat(now);
        } else {
            self.ask(now, From::LastSent);
        }
    }

    /// The page is looked at again, or the network is back: the connection has to show that it lives.
    pub(super) fn probe(&mut self, now: Now) {
        match self.link.stage {
            Stage::Open(_) => self.ask(now, From::LastSent),
            Stage::Resting => {
                self.link.mounts.reset();
                self.timers.set(Timer::Mount, now.instant.max(self.link.cut_off_until));
            }
            Stage::Hailing | Stage::Closed => {}
        }
    }

    pub(super) fn beat(&mut self, now: Now) {
        if !self.presence.hidden && !planted::has(Bug::NoHeartbeat) {
            self.timers.set(Timer::Beat, now.instant.after(self.config.heartbeat));
        }
    }

    pub(super) fn pong(&mut self, now: Now, id: u64) {
        if let Some(asked) = self.link.asked.as_mut().filter(|asked| asked.id == id && !asked.ponged) {
            asked.ponged = true;
            let took = now.instant.since(asked.at);
            self.link.heard();
            self.timers.clear(Timer::Answer);
            self.took_a_round_trip(took);
        }
    }

    pub(super) fn unanswered(&mut self, now: Now, due: Instant) {
        // A timer that is this late tells of a machine that slept, not of a service that is silent. One that is late again
        // tells of a hidden page, whose timers are slowed down: there silence counts.
        let late = now.instant.since(due) > self.config.request_timeout;
        if !late || core::mem::replace(&mut self.link.overslept, true) {
            self.link.misses += 1;
            self.metrics.missed_heartbeats += 1;
        }
        let Stage::Open(open) = &self.link.stage else { return };
        if self.link.misses >= 2 || !open.live {
            self.lose("the service does not answer");
            // The same frame may have a new service in it; if not, a new frame will.
            self.start_hailing(now, self.answer_within());
            self.hail(now);
        } else {
            self.ask(now, From::LastSent);
        }
    }

    /// How long the answer to a check may take.
    pub(super) fn answer_within(&self) -> Duration {
        self.config.request_timeout / 2
    }

    /// Something is missing: it may still be on its way for one round trip.
    pub(super) fn repair_soon(&mut self, now: Now) {
        if self.timers.get(Timer::Repair).is_none() {
            self.timers.set(Timer::Repair, now.instant.after(self.round_trip()));
        }
    }

    pub(super) fn repair(&mut self, now: Now) {
        self.ask(now, From::Held(self.follower.held()));
        // The answer may be a long snapshot: asking again too soon would start it anew.
        let pause = self.link.repairs.next(self.rng.draw()).max(self.answer_within());
        self.timers.set(Timer::Repair, now.instant.after(pause));
    }

    /// What was asked for is arriving: no reason to ask again yet.
    pub(super) fn repairing(&mut self, now: Now) {
        if self.timers.get(Timer::Repair).is_some() {
            self.timers.set(Timer::Repair, now.instant.after(self.answer_within()));
        }
    }

    /// Nothing is missing any more.
    pub(super) fn repaired(&mut self) {
        self.link.repairs.reset();
        self.timers.clear(Timer::Repair);
    }

    /// Keeps how long an answer took. One that took longer than answers may was asked for before a sleep, and would have
    /// every gap waited for as long as that.
    pub(super) fn took_a_round_trip(&mut self, took: Duration) {
        if took <= self.config.request_timeout {
            self.round_trips.add(took);
        }
    }

    /// Some browsers stop the clock that only runs forward while the machine sleeps, and it alone would call fresh what is
    /// hours old. The wall clock runs on. Where it was only set, a question is asked in vain.
    pub(super) fn has_slept(&self, now: Now) -> bool {
        ahead(now) > self.ahead.saturating_add(NAP)
    }

    pub(super) fn notice_sleep(&mut self, now: Now) {
        if self.has_slept(now) {
            self.invalidate();
            self.ask_unless_asking(now);
        }
        self.ahead = ahead(now);
    }

    /// The median round trip; before there is one, a cautious guess.
    pub(super) fn round_trip(&self) -> Duration {
        self.round_trips.median().unwrap_or(self.config.request_timeout / 16)
    }

    /// Posts a message. `false`: it was not sent, because it is larger than the service takes, or because the service is
    /// an older one that does not know it.
    pub(super) fn send(&mut self, message: &ToService) -> bool {
        let Stage::Open(open) = &self.link.stage else { return true };
        let fits = |bytes: &Vec<u8>| bytes.len() <= usize::try_from(open.limits.message_bytes).unwrap_or(usize::MAX);
        let Some(bytes) = encode(open.protocol, message).filter(fits) else { return false };
        self.outputs.push_back(Output::Send { attempt: open.attempt, bytes });
        true
    }

    pub(super) fn storage_is(&mut self, storage: StorageStatus) {
        if self.storage != storage {
            self.storage = storage;
            self.changed = true;
            self.emit(Event::Storage(storage));
        }
    }

    /// The service confirmed, for a question asked at `asked`, that what is held is what the store holds.
    pub(super) fn confirm_fresh(&mut self, now: Now, asked: Instant) {
        self.cache.confirm(asked);
        self.changed |= self.presence.withheld;
        self.presence.withheld = false;
        if self.cache.is_fresh(now.instant) {
            self.changed |= core::mem::take(&mut self.stale);
            if let Some(at) = self.cache.expires() {
                self.timers.set(Timer::Stale, at);
            }
        } else {
            self.mark_stale();
        }
        for token in self.cache.release() {
            self.settle(token, Ok(Settled::Fresh));
        }
    }
}
