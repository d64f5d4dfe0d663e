//! Checks of an open connection: heartbeat, refresh and repair are one question to the service.

use alloc::vec::Vec;

use super::io::{Event, Output, Settled};
use super::link::{Asked, LinkState, Timer};
use super::machine::Manager;
use super::waiters::{ALL, Wait};
use crate::ambient::{Instant, Now};
use crate::machine::mutants::{self, Mutant};
use crate::protocol::{ResumeFrom, ToService, encode};
use crate::session::StorageStatus;

/// So many milliseconds on the wall clock alone are a sleep: more than the two drift apart between two heartbeats.
const NAP: u64 = 5_000;

/// The least time for which a service may say nothing, unless that is more than half of the request timeout.
const LEAST_PATIENCE: u64 = 1_000_000;

fn ahead(now: Now) -> u64 {
    now.wall.0.saturating_sub(now.instant.0 / 1_000)
}

impl Manager {
    /// Asks the service to look at the store, unless an answer is on its way.
    pub(super) fn ask_unless_asking(&mut self, now: Now) {
        if self.link.asked.is_none_or(|asked| now.instant.micros_since(asked.at) >= self.timeout) {
            self.ask(now, ResumeFrom::LastSent);
        }
    }

    /// Asks the service to look at the store and to send what this page lacks.
    pub(super) fn ask(&mut self, now: Now, from: ResumeFrom) {
        let LinkState::Open(open) = &mut self.link.state else { return };
        if !open.live && from == ResumeFrom::LastSent {
            return;
        }
        self.link.last_id += 1;
        let id = self.link.last_id;
        open.took_told = open.took;
        let message = ToService::Sync { id, from, took: open.took };
        self.await_word(now);
        self.link.asked = Some(Asked { id, at: now.instant, ponged: false, target: None });
        self.send(&message);
        self.beat(now);
    }

    /// Asks whether the service lives. While it owes an answer that question stands: asking anew would put off, beat
    /// after beat, the moment at which its silence is noticed.
    pub(super) fn heartbeat(&mut self, now: Now) {
        if self.is_asking() {
            self.beat(now);
        } else {
            self.ask(now, ResumeFrom::LastSent);
        }
    }

    /// The page is looked at again, or the network is back: the connection has to show that it lives.
    pub(super) fn probe(&mut self, now: Now) {
        match self.link.state {
            LinkState::Open(_) => self.ask(now, ResumeFrom::LastSent),
            LinkState::Closed => {}
            _ if self.link.mounts_another => {
                self.link.mounts.reset();
                self.mount_at(now.instant.max(self.link.cut_off_until));
            }
            _ => {}
        }
    }

    pub(super) fn beat(&mut self, now: Now) {
        if !self.seen.hidden && !mutants::has(Mutant::NoHeartbeat) {
            self.timers.set(Timer::Beat, now.instant.after_micros(self.heartbeat));
        }
    }

    /// `late`: of a service that was taken for dead.
    pub(super) fn pong(&mut self, now: Now, id: u64, late: bool) {
        if let Some(asked) = self.link.asked.as_mut().filter(|asked| asked.id == id && !asked.ponged) {
            asked.ponged = true;
            let took = now.instant.micros_since(asked.at);
            // One that took longer than answers may was asked for before a sleep. That, or one of a frame that was busy, would have
            // every gap and every death waited for as long as that.
            if !late && took <= self.timeout {
                self.round_trips.add(took);
            }
        }
    }

    fn is_asking(&self) -> bool {
        self.link.asked.is_some_and(|asked| !asked.ponged)
    }

    /// Something is about to wait for a word of the service. Silence counts from here, unless something waits already.
    pub(super) fn await_word(&mut self, now: Now) {
        if !self.is_waiting() {
            self.link.silent_since = now.instant;
        }
        self.timers.start(Timer::Silence, now.instant.after_micros(self.patience(now) / 2));
    }

    fn is_waiting(&self) -> bool {
        let live = matches!(&self.link.state, LinkState::Open(open) if open.live);
        !live || self.is_asking() || self.writes.is_under_way()
    }

    /// The service said something. If it was taken for dead, it only was busy.
    /// Gives whether it was.
    pub(super) fn heard(&mut self, now: Now) -> bool {
        self.link.silent_since = now.instant;
        self.link.overslept = false;
        if let LinkState::Open(open) = &self.link.state
            && matches!(self.link.frames, [_, Some(_)])
        {
            let frame = open.frame;
            self.link.found_slow(now.instant);
            self.keep_frame(Some(frame));
            return true;
        }
        false
    }

    /// Looks how long the service has said nothing while something waited.
    ///
    /// After half of the patience it is asked, for it may be its store that lets a write wait, and it answers then. After
    /// all of it another frame is mounted beside it. After the request timeout the connection is lost, and both are asked
    /// by hellos.
    pub(super) fn silence(&mut self, now: Now, due: Instant) {
        let LinkState::Open(open) = &self.link.state else { return };
        let live = open.live;
        if !self.is_waiting() {
            return;
        }
        let timeout = self.timeout;
        let patience = self.patience(now);
        let half = patience / 2;
        // A timer that is this late tells of a page that slept or was busy, not of a service that is silent. One that is
        // late again tells of a hidden page, whose timers are slowed down: there silence counts.
        if now.instant.micros_since(due) > half && !core::mem::replace(&mut self.link.overslept, true) {
            self.link.silent_since = now.instant;
            self.ask(now, ResumeFrom::LastSent);
        }
        let silent = now.instant.micros_since(self.link.silent_since);
        if silent >= timeout {
            self.metrics.missed_heartbeats += 1;
            self.lose("silence");
            // The same frame may have a new service in it.
            self.start_connecting(now, timeout / 2);
            return self.send_hello(now);
        }
        if live && silent >= half && !self.is_asking() {
            self.ask_unless_asking(now);
        }
        if live && silent >= patience && (self.is_asking() || silent >= timeout / 2) {
            self.suspect(now);
        }
        let next = if silent < half { half } else { patience.max(silent + half) };
        self.timers.set(Timer::Silence, self.link.silent_since.after_micros(next.min(timeout)));
    }

    /// Mounts another frame beside the silent one, unless one is there that may still answer.
    fn suspect(&mut self, now: Now) {
        let patience = self.patience(now);
        let spare = match self.link.frames {
            [newest, Some(_)] => newest,
            _ => None,
        };
        if mutants::has(Mutant::BusyTakenForDead) {
            self.lose("silence");
            self.keep_frame(None);
            return self.mount(now);
        }
        // It has to start before it answers.
        let starts = patience.max(self.timeout / 2);
        let silent = spare.is_none_or(|spare| spare.loaded && now.instant.micros_since(spare.since) >= starts);
        if silent && !mutants::has(Mutant::SilenceTolerated) && self.link.takes_spare(now.instant) {
            self.metrics.missed_heartbeats += 1;
            self.link.hello_pauses.reset();
            self.mount(now);
        }
    }

    /// How long a service may say nothing while something waits: much longer than nearly all of its answers took.
    fn patience(&self, now: Now) -> u64 {
        let long = (self.round_trips.usual() * 8).max(LEAST_PATIENCE.min(self.timeout / 2));
        (long << self.link.slowness(now.instant)).min(self.timeout)
    }

    /// How long the answer to a check may take.
    fn answer_within(&self) -> u64 {
        self.timeout / 2
    }

    /// Something is missing: it may still be on its way for one round trip.
    pub(super) fn repair_soon(&mut self, now: Now) {
        self.timers.start(Timer::Repair, now.instant.after_micros(self.round_trip()));
    }

    pub(super) fn repair(&mut self, now: Now) {
        self.ask(now, ResumeFrom::Held(self.follower.held()));
        // The answer may be a long snapshot: asking again too soon would start it anew.
        let pause = self.link.repairs.next(self.rng.draw()).max(self.answer_within());
        self.timers.set(Timer::Repair, now.instant.after_micros(pause));
    }

    /// What was asked for is arriving: no reason to ask again yet.
    pub(super) fn repairing(&mut self, now: Now) {
        self.timers.postpone(Timer::Repair, now.instant.after_micros(self.answer_within()));
    }

    /// Nothing is missing any more.
    pub(super) fn repaired(&mut self) {
        self.link.repairs.reset();
        self.timers.clear(Timer::Repair);
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

    /// The median round trip; before there is one, how long the welcome took.
    pub(super) fn round_trip(&self) -> u64 {
        let median = self.round_trips.micros().map_or(self.link.greeted, |[p50, ..]| p50.into());
        median.min(self.timeout)
    }

    /// Posts a message. `false`: it was not sent, because it is larger than the service takes, or because the service is
    /// an older one that does not know it.
    pub(super) fn send(&mut self, message: &ToService) -> bool {
        let LinkState::Open(open) = &self.link.state else { return true };
        let fits = |bytes: &Vec<u8>| bytes.len() <= usize::try_from(open.limits.message_bytes).unwrap_or(usize::MAX);
        let Some(bytes) = encode(open.protocol, message).filter(fits) else { return false };
        self.outputs.push_back(Output::Send { attempt: open.attempt, bytes });
        true
    }

    pub(super) fn storage_is(&mut self, storage: StorageStatus) {
        if self.storage != storage {
            self.storage = storage;
            self.storage_changed();
        }
    }

    pub(super) fn storage_changed(&mut self) {
        self.changed = true;
        self.emit(Event::Storage { status: self.storage, declined_until: self.declined_until });
    }

    /// The service confirmed, for a question asked at `asked`, that what is held is what the store holds.
    pub(super) fn confirm_fresh(&mut self, now: Now, asked: Instant) {
        self.cache.confirm(asked);
        self.changed |= self.seen.withheld;
        self.seen.withheld = false;
        if self.cache.is_fresh(now.instant) {
            self.changed |= core::mem::take(&mut self.stale);
            if let Some(at) = self.cache.expires() {
                self.timers.set(Timer::Stale, at);
            }
        } else {
            self.mark_stale();
        }
        self.settle_waiting(Wait::Fresh, ALL, Ok(Settled::Fresh));
    }
}
