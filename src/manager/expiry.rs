//! Which sessions show as expired. That follows the authority's clock, as far as it is known here, and goes back with it. It costs
//! as much as what changes: sessions that expire later than now wait in a heap.

use alloc::rc::Rc;
use core::cmp::Reverse;

use super::io::Event;
use super::link::Timer;
use super::machine::Manager;
use crate::ambient::{Now, UnixMillis};
use crate::machine::mutants::{self, Mutant};
use crate::session::{Session, SessionId};

/// The clock of the authority and this page's own are one if they differ by no more than this: that is the way of a message.
const NEAR_MS: i64 = 1_000;

impl Manager {
    /// How many ends wait for their time.
    #[cfg(test)]
    pub(super) fn waiting_ends(&self) -> usize {
        self.expiries.due.len()
    }

    /// The time of the authority's clock, as far as it is known.
    pub(super) fn time(&self, now: Now) -> UnixMillis {
        UnixMillis(now.wall.0.saturating_add_signed(self.expiries.ahead))
    }

    /// The time for which it shows which sessions are expired.
    pub fn as_of(&self) -> UnixMillis {
        self.expiries.as_of
    }

    /// The authority said what time it is.
    pub(super) fn time_is(&mut self, now: Now, time: UnixMillis) {
        let ahead = time.0.cast_signed().saturating_sub(now.wall.0.cast_signed());
        if ahead.saturating_sub(self.expiries.ahead).saturating_abs() > NEAR_MS {
            self.expiries.ahead = ahead;
        }
    }

    /// Has those show as expired that are, and no others. Whether any shows otherwise than before.
    pub fn mind_expiry(&mut self, now: Now) -> bool {
        // Also of what is withheld: whoever draws it now is not told of it again once it shows.
        self.note_ends();
        // What is withheld does not show, and may not be told of.
        if self.seen.withheld {
            return false;
        }
        let time = self.time(now);
        let mut shown = self.take_back(time);
        let begins = !self.expiries.begun && self.follower.held().is_some();
        self.note_ends();
        while let Some(Reverse((end, _))) = self.expiries.due.peek()
            && *end <= time
            && let Some(Reverse((end, id))) = self.expiries.due.pop()
        {
            if self.end_of(&id) == Some(end) {
                shown |= end > self.expiries.as_of;
                self.touched.push(id.clone());
                self.tell_end(&id, end);
            }
        }
        self.expiries.as_of =
            if mutants::has(Mutant::ExpiryNotTakenBack) { time.max(self.expiries.as_of) } else { time };
        self.expiries.begun |= begins;
        self.expiries.seen = self.touched.len();
        self.changed |= shown;
        match self.expiries.due.peek() {
            Some(Reverse((end, _))) => {
                let micros = end.0.saturating_sub(time.0).saturating_mul(1_000);
                self.timers.set(Timer::Expiry, now.instant.after_micros(micros));
            }
            None => self.timers.clear(Timer::Expiry),
        }
        self.forget_old_ends();
        shown
    }

    /// Has the ends of those wait for their time that may show otherwise than before.
    fn note_ends(&mut self) {
        let from = core::mem::replace(&mut self.expiries.seen, self.touched.len());
        for id in self.touched.iter().skip(from) {
            if let Some(end) = self.end_of(id) {
                self.expiries.due.push(Reverse((end, id.clone())));
            }
        }
    }

    /// The clock was set back: what it has overtaken is to come once more.
    fn take_back(&mut self, time: UnixMillis) -> bool {
        if time >= self.expiries.as_of || mutants::has(Mutant::ExpiryNotTakenBack) {
            return false;
        }
        let again = time.0..=self.expiries.as_of.0;
        self.expiries.as_of = time;
        let before = self.touched.len();
        let shown = self.overlay.sessions(&self.confirmed).map(|(session, _)| session);
        let ends = shown.filter(|session| session.lifetime.expires_at.is_some_and(|end| again.contains(&end.0)));
        self.touched.extend(ends.map(|session| session.id.clone()));
        self.touched.len() > before
    }

    /// When this session ends, as it shows.
    fn end_of(&self, id: &SessionId) -> Option<UnixMillis> {
        self.overlay.get(&self.confirmed, id)?.0.lifetime.expires_at
    }

    /// Tells once of each end of a confirmed session. What had ended when the page came to know of it, is no news.
    fn tell_end(&mut self, id: &SessionId, end: UnixMillis) {
        let ends = |session: &&Rc<Session>| session.lifetime.expires_at == Some(end);
        let Some(session) = self.confirmed.sessions.get(id).filter(ends).cloned() else { return };
        let known = self.expiries.told.insert(id.clone(), Rc::clone(&session));
        let is_known = known.is_some_and(|known| ends(&&known)) && !mutants::has(Mutant::EndToldTwice);
        if self.expiries.begun && !is_known {
            self.emit(Event::Expired(session));
        }
    }

    /// What is held of the past stays in proportion to what there is.
    fn forget_old_ends(&mut self) {
        let most = self.confirmed.sessions.len().saturating_add(self.pending_writes()).saturating_mul(2).max(64);
        if self.expiries.told.len() > most {
            let confirmed = &self.confirmed.sessions;
            self.expiries.told.retain(|id, _| confirmed.contains_key(id));
        }
        if self.expiries.due.len() > most {
            let shown = self.overlay.sessions(&self.confirmed);
            let end = |session: &Rc<Session>| session.lifetime.expires_at.filter(|end| *end > self.expiries.as_of);
            self.expiries.due =
                shown.filter_map(|(session, _)| Some(Reverse((end(session)?, session.id.clone())))).collect();
        }
    }
}
