//! What the service says.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::assembly::{Assembly, Progress, Sessions, SnapshotPart};
use super::delta::Delta;
use super::facts;
use super::io::{Detail, Failure, Operation, Output, Settled};
use super::link::LinkState;
use super::machine::Manager;
use super::writes::PendingWrite;
use crate::ambient::{Instant, Now};
use crate::engine::follower::Delivery;
use crate::error::Code;
use crate::machine::mutants::{self, Mutant};
use crate::protocol::{End, MAX_MESSAGE_BYTES, PROTOCOL, ToManager, ToService, decode};
use crate::session::{Outcome, Session, SessionId, Version};

/// Data messages after which credit is given back unasked.
const TOOK_STEP: u64 = 16;

impl Manager {
    pub(super) fn message(&mut self, now: Now, attempt: u64, bytes: &[u8]) {
        // The welcome settles the version for its channel; until then any that this build speaks will do.
        let (expected, newest) = match &self.link.state {
            LinkState::Open(open) if open.attempt == attempt => (Some(open.protocol), attempt),
            // What a frame said before it was lost, on the channel that it had then, is of the past.
            LinkState::Open(_) | LinkState::Connecting => (None, self.link.opened.saturating_add(1)),
            LinkState::BackingOff | LinkState::Closed => return,
        };
        if attempt < newest || !self.hears(now, bytes.len()) {
            return;
        }
        let spoken = bytes.first().copied().filter(|version| PROTOCOL.contains(version));
        let Some(protocol) = expected.or(spoken) else {
            self.metrics.malformed += 1;
            return;
        };
        match (decode(protocol, bytes, MAX_MESSAGE_BYTES), expected) {
            (Ok(ToManager::Welcome { grant, storage, limits, rules }), None) => {
                if self.welcome(now, (attempt, protocol), limits) {
                    self.confirmed.rules = rules;
                    self.link.grant = Some(grant);
                    self.storage_is(storage);
                    self.changed = true;
                }
            }
            // A service that cannot do its work says so in place of a welcome.
            (Ok(ToManager::Goodbye(code)), None) => self.dismissed(now, attempt, code),
            (Ok(message), Some(_)) => self.said(now, attempt, message, bytes.len()),
            // A welcome comes first and once.
            (Ok(_), None) | (Err(_), _) => self.metrics.malformed += 1,
        }
    }

    fn said(&mut self, now: Now, attempt: u64, message: ToManager, bytes: usize) {
        let late = self.heard(now);
        if self.is_too_much(&message, bytes) {
            return self.cut_off(now);
        }
        match message {
            ToManager::Welcome { .. } => self.metrics.malformed += 1,
            ToManager::Event { follows, version, changes, mine } => {
                self.take_data();
                self.event(now, Delta { follows, version, changes, mine, bytes });
            }
            ToManager::Page { sync, version, index, sessions, end } => {
                self.take_data();
                self.page(now, SnapshotPart { sync, version, index, sessions, end });
            }
            ToManager::Pong(id) => self.pong(now, id, late),
            ToManager::Synced { id, version, time } => {
                if let Some(time) = time {
                    self.time_is(now, time);
                }
                self.synced(now, id, version);
            }
            ToManager::Outcomes(outcomes) => {
                for (n, outcome) in outcomes {
                    self.acknowledged(now, n, outcome);
                }
                self.relay();
                self.flush(now);
            }
            ToManager::Storage(storage) => self.storage_is(storage),
            ToManager::Goodbye(code) => self.dismissed(now, attempt, code),
            ToManager::ShowFrame(wanted) => self.show_frame(wanted),
            ToManager::AccessDone(id) => self.access_done(id),
            ToManager::Trouble(code) => self.fail(code),
            ToManager::Quiet(ms) => self.quiet(now, ms),
            ToManager::Touched { id, refusal } => self.chore_done(now, id, refusal.map_or(Ok(Settled::Done), Err)),
            ToManager::CleanedUp { id, removed, refusal } => {
                self.chore_done(now, id, refusal.map_or(Ok(Settled::Removed(removed)), Err))
            }
        }
    }

    /// Counts a data message, and gives credit back from time to time.
    fn take_data(&mut self) {
        let LinkState::Open(open) = &mut self.link.state else { return };
        open.took += 1;
        if open.took.saturating_sub(open.took_told) >= TOOK_STEP {
            open.took_told = open.took;
            let message = ToService::Ack(open.took);
            self.send(&message);
        }
    }

    fn event(&mut self, now: Now, delta: Delta) {
        match self.follower.offer(delta) {
            Delivery::Deliver(deltas) => self.deliver(now, deltas),
            Delivery::Duplicate => {}
            Delivery::Gap | Delivery::Foreign => self.repair_soon(now),
        }
    }

    /// Applies events that follow exactly what is held. What they confirm leaves the overlay in this same step.
    fn deliver(&mut self, now: Now, deltas: Vec<Delta>) {
        let mut touched: Vec<SessionId> = Vec::new();
        let mut outcomes = Vec::new();
        for delta in deltas {
            self.metrics.applied += 1;
            outcomes.extend(delta.mine);
            for change in delta.changes {
                let outputs = &mut self.outputs;
                let mut tell = |event| outputs.push_back(Output::Emit(event));
                // It is drawn anew, but no function looks again for it.
                touched.extend(facts::apply(&mut self.confirmed, change, &mut self.touched, &mut tell));
            }
        }
        self.settle_into(now, &outcomes, &touched);
        self.progress(now);
    }

    fn page(&mut self, now: Now, page: SnapshotPart) {
        if !self.wants_snapshot(&page) {
            self.follower.duplicates += 1;
            // Should the store itself have gone back, the question will bring it out.
            return self.repair_soon(now);
        }
        if page.index == 0 {
            self.drop_assembly();
        }
        match Assembly::add(&mut self.assembly, page) {
            Progress::Partial => {
                self.show_arrived();
                self.repairing(now);
            }
            Progress::Broken => self.repair_soon(now),
            Progress::OutOfOrder => self.cut_off(now),
            Progress::Whole { version, sessions, end } => self.replace(now, version, sessions, end),
        }
    }

    /// A snapshot replaces what is held, unless it is an old one that comes late: one of the same epoch that is not
    /// newer is believed only in answer to the question just asked.
    fn wants_snapshot(&self, page: &SnapshotPart) -> bool {
        let newer = |held: Version| held.epoch != page.version.epoch || held.seq < page.version.seq;
        let asked_for = self.link.asked.is_some_and(|asked| asked.id == page.sync);
        asked_for || self.follower.held().is_none_or(newer)
    }

    /// What has arrived of the very first snapshot shows once it is twice what shows already: so to draw all of it takes a time in
    /// proportion to how much it is.
    fn show_arrived(&mut self) {
        if let Some(assembly) = self.assembly.as_ref().filter(|_| self.follower.held().is_none())
            && assembly.sessions.len() / 2 >= self.confirmed.sessions.len()
        {
            let arrived = assembly.sessions.clone();
            self.show_first(arrived);
        }
    }

    /// So much shows of the very first snapshot: more than before, or nothing any more. What is there was there before, so nothing
    /// happened.
    fn show_first(&mut self, sessions: Sessions) {
        let before = core::mem::replace(&mut self.confirmed.sessions, sessions);
        let now = &self.confirmed.sessions;
        // One is the beginning of the other.
        let (shorter, longer) = if before.len() < now.len() { (&before, now) } else { (now, &before) };
        self.touched.extend(longer.keys().skip(shorter.len()).cloned());
        self.relay();
    }

    /// The snapshot that was arriving is given up. What shows of the very first one does so no more.
    pub(super) fn drop_assembly(&mut self) {
        self.assembly = None;
        let shows = self.follower.held().is_none() && !self.confirmed.sessions.is_empty();
        if shows && !mutants::has(Mutant::GivenUpShows) {
            self.show_first(Sessions::new());
        }
    }

    fn replace(&mut self, now: Now, version: Version, sessions: Sessions, end: End) {
        let held = self.follower.held();
        let mut changed = Vec::new();
        if let Some(held) = held {
            self.metrics.resyncs += 1;
            let same_history = held.epoch == version.epoch;
            let outputs = &mut self.outputs;
            let tell = |event| outputs.push_back(Output::Emit(event));
            let used = &mut self.touched;
            changed = facts::replace(&mut self.confirmed, sessions, end.active, same_history, used, tell);
            if !same_history {
                // What the lost history had taken in is settled; only what it had not is open.
                self.confirm_those(now, &|pending| pending.accepted.is_some());
            }
        } else {
            self.show_first(sessions);
            self.confirmed.active = end.active;
            let about = self.writes.pending.iter().flat_map(PendingWrite::about);
            changed.extend(about.filter(|id| self.confirmed.sessions.contains_key(id)).cloned());
        }
        self.writes.found_base(version);
        let parked = self.follower.replace(version);
        self.settle_into(now, &end.mine, &changed);
        if held.is_none() {
            for call in core::mem::take(&mut self.calls) {
                self.run(call);
            }
        }
        if parked.is_empty() { self.progress(now) } else { self.deliver(now, parked) }
    }

    /// Takes in outcomes that are contained in what is now held, and lays what is still pending over it. `touched`: the sessions that
    /// have changed in what is held.
    fn settle_into(&mut self, now: Now, outcomes: &[(u64, Outcome)], touched: &[SessionId]) {
        let mut again = Vec::new();
        let mut lost = false;
        let mut withdrawn: Vec<SessionId> = Vec::new();
        for (n, outcome) in outcomes {
            let Some(mut pending) = self.writes.take(*n) else { continue };
            if !matches!(outcome, Outcome::Accepted(_)) && pending.operation != Operation::Count {
                withdrawn.extend(pending.about().cloned());
            }
            match (outcome, pending.call.clone()) {
                (Outcome::Accepted(seq), _) => {
                    pending.accepted = Some(*seq);
                    self.confirm(now, pending);
                }
                (Outcome::Contended, Some(call)) => {
                    lost = true;
                    again.push(call);
                }
                (Outcome::Contended, None) => self.roll_back(pending, Code::Conflict.into()),
                (Outcome::Refused(code), _) if mutants::has(Mutant::RefusedStillShows) => {
                    self.settle(pending.token, Err(*code));
                    self.writes.pending.push(pending);
                }
                (Outcome::Refused(code), _) => {
                    let failure = self.refusal(&pending, *code);
                    self.roll_back(pending, failure);
                }
                (Outcome::Denied(why), _) => {
                    let failure = Failure::of(why.code(), Detail::of(*why, &pending.mutations));
                    self.roll_back(pending, failure);
                }
            }
        }
        self.confirm_acknowledged(now);
        if lost {
            // Everybody who lost waits a moment of his own, so that not all meet again at once. Never a shorter one than
            // before: a later function would be sent ahead of an earlier one whose effect it saw.
            let pause = self.contention.next(self.rng.draw());
            self.contended_until = self.contended_until.max(now.instant.after_micros(pause));
        }
        if !mutants::has(Mutant::ChangedNotDrawn) {
            self.touched.extend_from_slice(touched);
        }
        for id in touched.iter().chain(&withdrawn) {
            again.extend(self.writes.unsent_calls(id));
        }
        self.relay();
        for call in again {
            self.run(call);
        }
    }

    /// The service knows what became of a write that was sent again, or refused it without the store.
    fn acknowledged(&mut self, now: Now, n: u64, outcome: Outcome) {
        if let Outcome::Accepted(seq) = outcome
            && !mutants::has(Mutant::ReleasedAtAcknowledgement)
        {
            // It shows until what is held contains it; else the old value would flash up.
            if let Some(pending) = self.writes.pending.iter_mut().find(|pending| pending.n == n) {
                pending.accepted = Some(seq);
                self.confirm_acknowledged(now);
            }
        } else {
            self.settle_into(now, &[(n, outcome)], &[]);
        }
    }

    /// Releases the acknowledged writes that are contained in what is held.
    fn confirm_acknowledged(&mut self, now: Now) {
        let held = self.follower.held();
        let contained = |accepted: Option<u64>| matches!((accepted, held), (Some(seq), Some(held)) if seq <= held.seq);
        self.confirm_those(now, &|pending| contained(pending.accepted));
    }

    fn confirm_those(&mut self, now: Now, which: &dyn Fn(&PendingWrite) -> bool) {
        for pending in self.writes.take_those(which) {
            self.confirm(now, pending);
        }
    }

    fn confirm(&mut self, now: Now, pending: PendingWrite) {
        if pending.operation == Operation::Count {
            return self.counted(&pending, Ok(now));
        }
        self.metrics.confirmed += 1;
        self.write_times.add(now.instant.micros_since(pending.called));
        if pending.call.is_some() {
            self.contention.reset();
        }
        let session = match pending.mutations.as_slice() {
            [mutation] => mutation.id().and_then(|id| self.confirmed.sessions.get(id)).cloned(),
            _ => None,
        };
        // What was removed since, perhaps by the same commit, is given as this write left it.
        let left = |made: Rc<Session>| Rc::new(Session { version: pending.accepted, ..(*made).clone() });
        let session = session.or_else(|| pending.made.map(left));
        self.settle(pending.token, Ok(Settled::Written(session)));
    }

    fn synced(&mut self, now: Now, id: u64, version: Version) {
        if let Some(asked) = self.link.asked.as_mut().filter(|asked| asked.id == id) {
            asked.target = Some(version);
            self.progress(now);
        }
    }

    /// Looks whether what is held is what the last answer leads to: then it is verified, else something is missing.
    fn progress(&mut self, now: Now) {
        if let Some((asked, target)) = self.link.asked.and_then(|asked| Some((asked, asked.target?))) {
            // Exactly that version: a higher number may be one that the store has lost.
            if self.follower.held() == Some(target) {
                self.repaired();
                self.verified(now, asked.at);
            } else {
                self.repair_soon(now);
            }
        } else if !self.follower.has_gap() && self.link.asked.is_none() {
            self.repaired();
        }
        self.flush(now);
    }

    fn verified(&mut self, now: Now, asked: Instant) {
        self.link.asked = None;
        let live = matches!(&self.link.state, LinkState::Open(open) if open.live);
        let asked = if mutants::has(Mutant::FreshFromAnswer) { now.instant } else { asked };
        self.confirm_fresh(now, asked);
        if !live {
            self.go_live(now);
        }
    }
}
