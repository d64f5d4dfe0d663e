//! A commit in the making: what it would change, laid over the replica. A write that is refused leaves nothing in it.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::mem;

use crate::ambient::UnixMillis;
use crate::engine::outcomes::Outcomes;
use crate::error::Code;
use crate::machine::mutants::{self, Mutant};
use crate::service::replica::author::{Author, Remover};
use crate::service::replica::record::{Client, Record, RecordChange, Tombstone};
use crate::service::replica::state::State;
use crate::session::{Session, SessionId, SessionRules, SortedMap, SortedSet, Tally, View};

/// A write that put so many bytes of data may do nothing else, and a commit takes no further write. A session counts as
/// often as it is put, as each time costs as much: few bytes of a page must not make the service lay out all that there is.
pub(in crate::service) const BYTES: usize = 4_194_304;

/// Changes over something. Nothing in it means: as below.
#[derive(Debug, Default)]
struct DraftChanges {
    /// `None`: removed.
    sessions: SortedMap<SessionId, Option<Rc<Record>>>,
    /// Removals: the commit that made them, and whose they are.
    removed: SortedMap<SessionId, (u64, Remover)>,
    active: Option<Option<SessionId>>,
    /// How many sessions more there are.
    growth: i64,
    /// How much more they weigh.
    gain: i64,
}

/// What the next commit would change.
#[derive(Debug)]
pub struct Draft<'a> {
    state: &'a State,
    rules: SessionRules,
    /// Sequence number of the commit.
    seq: u64,
    /// Changes of the writes that were kept.
    kept: DraftChanges,
    /// Changes of the write at hand.
    trial: DraftChanges,
    /// Bytes of data that were put, whatever became of it.
    laid: usize,
    /// Whose the write at hand is, and its number.
    author: Author,
    n: u64,
    clients: SortedMap<Author, Outcomes>,
    /// Those of `clients` that the commit has something new about.
    told: SortedSet<Author>,
}

impl<'a> Draft<'a> {
    /// Nothing yet, over `state`, for the commit of this sequence number.
    pub fn new(state: &'a State, rules: SessionRules, seq: u64, author: Author) -> Self {
        let (kept, trial) = (DraftChanges::default(), DraftChanges::default());
        let (clients, told) = (SortedMap::new(), SortedSet::new());
        Self { state, rules, seq, kept, trial, laid: 0, author, n: 0, clients, told }
    }

    /// The replica that it lies over.
    pub fn state(&self) -> &'a State {
        self.state
    }

    /// Sequence number of the commit.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Starts on the write of this author and number.
    pub fn begin(&mut self, author: &Author, n: u64) {
        self.trial = DraftChanges::default();
        self.author.clone_from(author);
        self.n = n;
    }

    /// Keeps the changes of the write at hand.
    pub fn keep(&mut self) {
        let trial = mem::take(&mut self.trial);
        self.kept.sessions.extend(trial.sessions);
        self.kept.removed.extend(trial.removed);
        self.kept.active = trial.active.or(self.kept.active.take());
        self.kept.growth = self.kept.growth.saturating_add(trial.growth);
        self.kept.gain = self.kept.gain.saturating_add(trial.gain);
    }

    /// Forgets the changes of the write at hand.
    pub fn discard(&mut self) {
        self.trial = DraftChanges::default();
    }

    /// A session as it would be.
    pub fn record(&self, id: &SessionId) -> Option<&Rc<Record>> {
        match self.trial.sessions.get(id).or_else(|| self.kept.sessions.get(id)) {
            Some(changed) => changed.as_ref(),
            None => self.state.session(id),
        }
    }

    /// The removal of the session of this id, if that is remembered: the commit, and whose it was. A later one of the same
    /// commit goes before what was there.
    pub fn tombstone(&self, id: &SessionId) -> Option<(u64, Option<&Remover>)> {
        match self.trial.removed.get(id).or_else(|| self.kept.removed.get(id)) {
            Some((seq, by)) => Some((*seq, Some(by))),
            None => self.state.tombstone(id),
        }
    }

    /// Whether the write at hand has removed the session of this id.
    pub fn removes(&self, id: &SessionId) -> bool {
        self.trial.removed.contains_key(id)
    }

    /// The write at hand, which is refused, was to remove what somebody else has removed already: that is its task from now
    /// on. It dates from when it was made.
    pub fn take_over(&mut self, id: &SessionId) {
        if self.record(id).is_none()
            && let Some((seq, by)) = self.tombstone(id)
            && by.is_none_or(|by| by.author != self.author)
        {
            self.kept.removed.insert(id.clone(), (seq, self.remover()));
        }
    }

    fn remover(&self) -> Remover {
        Remover { author: self.author.clone(), n: self.n }
    }

    /// How many sessions there would be.
    pub fn count(&self) -> usize {
        let growth = self.kept.growth.saturating_add(self.trial.growth);
        self.state.sessions().len().saturating_add_signed(isize::try_from(growth).unwrap_or(isize::MAX))
    }

    /// Whether all sessions together would weigh more than this, and the write at hand adds to it.
    pub fn outweighs(&self, limit: usize) -> bool {
        let gain = self.kept.gain.saturating_add(self.trial.gain);
        let weight = self.state.weight().saturating_add_signed(isize::try_from(gain).unwrap_or(isize::MAX));
        self.trial.gain > 0 && weight > limit
    }

    /// Counts these requests on a session. Nobody has to look again for that: what it changes is no change of the session.
    ///
    /// Errors: `not_found`; `expired`, at this time; `limit_exceeded` if it is asked whether there is room, and there is none.
    pub fn count_requests(&mut self, id: &SessionId, tally: &Tally, asks: bool, at: UnixMillis) -> Result<(), Code> {
        if !self.rules.counts {
            return Ok(());
        }
        let known = self.record(id).ok_or(Code::NotFound)?;
        let Session { lifetime, requests, .. } = &known.session;
        if lifetime.is_over(at) {
            return Err(Code::Expired);
        }
        if asks && requests.is_full() && !mutants::has(Mutant::LimitIgnored) {
            return Err(Code::LimitExceeded);
        }
        let mut record = Record::clone(known);
        record.session.requests.add(tally);
        if mutants::has(Mutant::CountIsChange) {
            record.session.version = Some(self.seq);
        }
        self.lay(record);
        Ok(())
    }

    /// The write at hand has this record stand there.
    fn lay(&mut self, record: Record) {
        self.laid = self.laid.saturating_add(record.session.data.as_str().len());
        self.replaced(&record.session.id, record.weight());
        self.trial.sessions.insert(record.session.id.clone(), Some(Rc::new(record)));
    }

    /// The record of a session changes.
    fn replaced(&mut self, id: &SessionId, weight: usize) {
        let before = self.record(id).map_or(0, |record| record.weight());
        let gain = weight as i64 - before as i64;
        self.trial.gain = self.trial.gain.saturating_add(gain);
    }

    /// Whether so much was put, by writes that were refused as well, that no further one is to be judged along.
    pub fn is_full(&self) -> bool {
        self.laid > BYTES
    }

    /// What is known of this client's writes, to be added to.
    pub fn outcomes(&mut self, author: &Author) -> &mut Outcomes {
        let state = self.state;
        self.clients.get_or_insert_with(author.clone(), || {
            state.client(author).map(|client| client.outcomes.clone()).unwrap_or_default()
        })
    }

    /// The commit is to hold this client's outcomes.
    pub fn tell(&mut self, author: &Author) {
        self.told.insert(author.clone());
    }

    /// All that the kept writes change. Empty: there is nothing to commit.
    pub fn into_changes(self) -> Vec<RecordChange> {
        let Self { state, seq, mut kept, mut clients, told, .. } = self;
        let mut changes = Vec::new();
        for (id, after) in kept.sessions {
            match after {
                Some(record) => {
                    changes.push(RecordChange::Session(record));
                    kept.removed.remove(&id);
                    if state.tombstone(&id).is_some() {
                        changes.push(RecordChange::NoTombstone(id));
                    }
                }
                None => changes.push(RecordChange::NoSession(id)),
            }
        }
        for (id, (removed, by)) in kept.removed {
            changes.push(RecordChange::Tombstone(id, Tombstone { seq: removed, by: Some(by), at: seq }));
        }
        changes.extend(kept.active.filter(|id| id.as_ref() != state.active()).map(RecordChange::Active));
        for author in told {
            if let Some(outcomes) = clients.remove(&author) {
                changes.push(RecordChange::Client(author, Rc::new(Client { seq, outcomes })));
            }
        }
        changes
    }
}

impl View for Draft<'_> {
    fn get(&self, id: &SessionId) -> Option<&Session> {
        self.record(id).map(|record| &record.session)
    }

    fn put(&mut self, session: Session) {
        let record = match self.record(&session.id) {
            Some(before) => Record {
                session,
                created: before.created,
                creator: before.creator.clone(),
                by: self.author.clone(),
                others: before.changed_by_others(&self.author),
                below: before.below,
                taken: before.taken,
            },
            None => {
                self.trial.growth = self.trial.growth.saturating_add(1);
                let (creator, by) = (self.author.clone(), self.author.clone());
                Record { session, created: self.seq, creator, by, others: 0, below: None, taken: None }
            }
        };
        self.lay(record);
    }

    fn remove(&mut self, id: &SessionId) {
        if self.record(id).is_some() {
            self.trial.growth = self.trial.growth.saturating_sub(1);
        }
        self.replaced(id, 0);
        self.trial.sessions.insert(id.clone(), None);
        self.trial.removed.insert(id.clone(), (self.seq, self.remover()));
    }

    fn active(&self) -> Option<&SessionId> {
        match self.trial.active.as_ref().or(self.kept.active.as_ref()) {
            Some(changed) => changed.as_ref(),
            None => self.state.active(),
        }
    }

    fn activate(&mut self, id: Option<SessionId>) {
        self.trial.active = Some(id);
    }

    fn rules(&self) -> SessionRules {
        self.rules
    }
}
