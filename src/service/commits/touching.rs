//! Uses of sessions are no writes: they change no version, nobody has to look again for them, and they may be told twice. The
//! first one of a minute is committed, along with the writes that wait. The others are answered from what the store holds.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::group::WRITES;
use super::touches::Touch;
use crate::ambient::{Now, UnixMillis};
use crate::error::Code;
use crate::machine::mutants::{self, Mutant};
use crate::protocol::ToManager;
use crate::service::io::ChannelId;
use crate::service::machine::{Phase, Service};
use crate::service::replica::commit::Commit;
use crate::service::replica::record::RecordChange;
use crate::service::store::scheduler::Task;
use crate::session::{Session, SessionId, SortedSet};
use crate::storage::Operation;

/// Uses that wait, of all pages.
const WAITING: usize = 4_096;

impl Service {
    /// A page has used a session. Errors: too many wait.
    pub(in crate::service) fn touch(&mut self, channel: ChannelId, id: u64, session: SessionId) -> Result<(), Code> {
        let Some(connection) = self.connections.get(&channel) else { return Ok(()) };
        if !connection.grant.touches() {
            connection.say(&ToManager::Touched { id, refusal: Some(Code::Forbidden) }, &mut self.out);
            return Ok(());
        }
        if self.touches.iter().any(|touch| (touch.channel, touch.id) == (channel, id)) {
            return Ok(());
        }
        if self.touches.len() >= WAITING {
            // Whoever is gone tells of them again, on another channel.
            let connections = &self.connections;
            self.touches.retain(|touch| connections.contains_key(&touch.channel));
        }
        let waiting = self.touches.iter().filter(|touch| touch.channel == channel).count();
        if waiting >= WRITES || self.touches.len() >= WAITING {
            return Err(Code::LimitExceeded);
        }
        let ticket = self.scheduler.request_refresh();
        self.touches.push(Touch { channel, id, session, ticket });
        Ok(())
    }

    /// Answers those that need no commit, or need one no more.
    pub(in crate::service) fn answer_touches(&mut self, now: Now) {
        if self.phase != Phase::Ready || self.foreign_move.is_moved_away() {
            return;
        }
        for touch in core::mem::take(&mut self.touches) {
            match self.judged(&touch, now.wall) {
                Some(refusal) => {
                    if let Some(connection) = self.connections.get(&touch.channel) {
                        connection.say(&ToManager::Touched { id: touch.id, refusal }, &mut self.out);
                    }
                }
                None => self.touches.push(touch),
            }
        }
    }

    /// A commit of nothing but uses, if one is due.
    pub(in crate::service) fn touched(&mut self, now: Now) -> Option<(Task, Operation)> {
        let mut changes = Vec::new();
        self.add_touches(now.wall, &mut changes);
        let commit = Commit::after(self.replica.head, self.rng.draw(), changes);
        (!commit.changes.is_empty()).then(|| self.background(commit))
    }

    fn takes_touch(&self, session: &Session, at: UnixMillis) -> bool {
        mutants::has(Mutant::TouchEachTime) || session.takes_touch(at, self.config.rules)
    }

    /// Why a use takes no effect, or `None` inside if it has; `None` if that is not known, or is to be made so.
    fn judged(&self, touch: &Touch, at: UnixMillis) -> Option<Option<Code>> {
        if touch.ticket > self.scheduler.last_refresh() {
            return None;
        }
        match self.replica.state.session(&touch.session) {
            None => Some(Some(Code::NotFound)),
            Some(record) if is_over(&record.session, at) => Some(Some(Code::Expired)),
            Some(record) if self.takes_touch(&record.session, at) => None,
            Some(_) => Some(None),
        }
    }

    /// What the uses that wait change, at most so many, beside what a commit changes already.
    pub(in crate::service) fn add_touches(&self, at: UnixMillis, changes: &mut Vec<RecordChange>) {
        let mut added = SortedSet::new();
        if mutants::has(Mutant::TouchForgotten) {
            return;
        }
        // A commit that is made anyway shows whether the replica is up to date. For a use alone that is looked up before.
        let done = if changes.is_empty() { self.scheduler.last_refresh() } else { u64::MAX };
        for Touch { session: id, .. } in self.touches.iter().filter(|touch| touch.ticket <= done) {
            let Some(known) = self.replica.state.session(id).filter(|record| self.takes_touch(&record.session, at))
            else {
                continue;
            };
            if is_over(&known.session, at) || added.len() >= WRITES || !added.insert(id.clone()) {
                continue;
            }
            let of_it = changes.iter_mut().find_map(|change| match change {
                RecordChange::Session(record) if record.session.id == *id => Some(Some(record)),
                RecordChange::NoSession(gone) if gone == id => Some(None),
                _ => None,
            });
            match of_it {
                Some(Some(record)) => Rc::make_mut(record).session.touch(at, self.config.rules),
                Some(None) => {}
                None => {
                    let mut record = Rc::clone(known);
                    Rc::make_mut(&mut record).session.touch(at, self.config.rules);
                    if mutants::has(Mutant::TouchIsChange) {
                        Rc::make_mut(&mut record).session.version = Some(self.replica.head.seq.saturating_add(1));
                    }
                    changes.push(RecordChange::Session(record));
                }
            }
        }
    }
}

fn is_over(session: &Session, at: UnixMillis) -> bool {
    session.lifetime.is_over(at) && !mutants::has(Mutant::TouchRevives)
}
