//! One state of a store, and which writes may change it, by rules written here anew.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use session_bridge::service::Read;
use session_bridge::session::{ClientId, Mutation, OpId, Session, SessionId, Write};
use session_bridge::storage::StoreCommit;

use crate::authors::{Author, NOBODY, author, means_harm};
use crate::counted::{Counted, missing};
use crate::fence::Removers;
use crate::forgetting::Records;
use crate::model::{Sessions, mutate, seen};
use crate::moves::{Absorbed, Base};
use crate::observe;

/// One state of a store.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub sessions: BTreeMap<SessionId, Rc<Session>>,
    pub active: Option<SessionId>,
    /// How each session came about and who changed it.
    pub lives: BTreeMap<SessionId, Life>,
    /// The removal of each session that is gone.
    pub gone: BTreeMap<SessionId, Gone>,
    /// Which of the parallel histories of this store it belongs to.
    pub branch: u64,
    /// The stores that were taken in, by epoch.
    pub absorbed: BTreeMap<u64, Absorbed>,
    /// It is sealed: what is here goes elsewhere.
    pub moving: bool,
    /// Up to this commit, removals and clients may have been forgotten.
    pub horizon: u64,
    /// Sessions whose removal was forgotten, and which were not added since.
    pub forgotten: BTreeSet<SessionId>,
    /// Sessions that were removed because they had expired for good.
    pub cleaned: BTreeSet<SessionId>,
    /// What is kept of clients.
    pub records: Records,
}

/// A session that was removed.
#[derive(Clone, Debug)]
pub struct Gone {
    /// The commit that removed it.
    pub seq: u64,
    /// The write that is the last to have removed it, or to have found it removed by another author. Several where one
    /// commit holds more than one: the order in it is the service's.
    pub by: Vec<OpId>,
    /// The commit since which that is known.
    pub at: u64,
}

impl Gone {
    /// The removal by any of these writes of commit `seq`.
    pub fn of(seq: u64, by: &[OpId]) -> Self {
        Self { seq, by: by.to_vec(), at: seq }
    }

    /// Whether it may be that no removal but an earlier one of the same author stands before this write, or for `always`
    /// whether that is certain.
    pub fn is_own(&self, op: OpId, always: bool) -> bool {
        let own = |by: &OpId| author(*by) == author(op) && by.n <= op.n;
        if always { self.by.iter().all(own) } else { self.by.iter().any(own) }
    }

    /// What a store knows that had this removal, and took in another store that had that one. Of two hands nobody knows which
    /// was the last: then it is nobody's.
    pub fn together(&self, below: &Self, at: u64) -> Self {
        let of = |by: &[OpId]| by.iter().map(|op| author(*op)).collect::<BTreeSet<_>>();
        let (here, there) = (of(&self.by), of(&below.by));
        let mut by: Vec<OpId> = self.by.iter().chain(&below.by).copied().collect();
        by.retain(|op| here.contains(&author(*op)) && there.contains(&author(*op)));
        if here.len() > 1 || there.len() > 1 || by.is_empty() {
            by.push(NOBODY);
        } else {
            by = by.into_iter().max_by_key(|op| op.n).into_iter().collect();
        }
        Self { seq: self.seq, at: if by == self.by { self.at } else { at }, by }
    }

    /// The same after these writes were to remove it as well, in commit `at`, and found it gone. Whose it is already, it stays; and
    /// where it may be that of several, it may be that of the one who comes again.
    fn taken_over(&self, too: &[OpId], at: u64) -> Self {
        let stays = |by: &&OpId| too.iter().all(|op| author(*op) == author(**by));
        let mut by: Vec<OpId> = self.by.iter().filter(stays).copied().collect();
        if by.len() == self.by.len() {
            return self.clone();
        }
        by.extend(too);
        Self { seq: self.seq, by, at }
    }
}

#[derive(Clone, Debug)]
pub struct Life {
    pub created: u64,
    pub creator: Author,
    /// Commit and author of each change, the creation included; no author of what came from another store.
    pub changes: Vec<(u64, Option<Author>)>,
    /// Accepted increments.
    pub increments: u64,
    /// The commit that took it in as it was in another store, and the one there that created it.
    pub below: Option<(u64, u64)>,
    pub counted: Counted,
}

impl State {
    /// Whether this mutation may be accepted on a store that stands at commit `head`. `removers`: writes of the same commit that were
    /// to remove this session, of which nobody knows whether they came before.
    pub fn judge(
        &self,
        op: OpId,
        write: &Write,
        base: Base,
        mutation: &Mutation,
        head: u64,
        removers: &Removers,
    ) -> Result<(), String> {
        let Some(id) = mutation.id() else { return Ok(()) };
        let life = self.lives.get(id);
        if let Mutation::Add { .. } = mutation {
            return match (life, self.gone.get(id)) {
                (Some(_), _) => Err(String::from("added although it exists")),
                (None, Some(gone)) if !base.knew_removal(gone.seq) && !gone.is_own(op, false) => {
                    let perhaps = removers.get(id).is_some_and(|them| Gone::of(0, them).is_own(op, false));
                    let Gone { seq, by, .. } = gone;
                    let why = format!("added anew from base {base:?}, before its removal in commit {seq} by {by:?}");
                    if perhaps { Ok(()) } else { Err(why) }
                }
                _ => Ok(()),
            };
        }
        let life = life.ok_or("accepted for a session that does not exist")?;
        if !base.has(life) && life.creator != author(op) {
            return Err(format!("accepted from base {base:?} for a session created in commit {}", life.created));
        }
        if base.is_below() && (mutation.if_version().is_some() || write.reads_from.is_some() && base.misses(life)) {
            return Err(format!("accepted from base {base:?} of another store"));
        }
        if mutation.if_version().is_some_and(|version| version > head) {
            return Err(format!("accepted though it insists on a version beyond commit {head}"));
        }
        let since = mutation.if_version().into_iter().chain(write.reads_from.map(|_| base.seq)).min();
        let by_other = |by: Option<Author>| by != Some(author(op));
        let other = life.changes.iter().rfind(|(seq, by)| by_other(*by) && since.is_some_and(|since| *seq > since));
        match other {
            Some((seq, _)) => Err(format!("accepted although another client changed it in commit {seq}")),
            None => Ok(()),
        }
    }

    pub fn apply(
        &mut self,
        op: OpId,
        write: &Write,
        mutation: &Mutation,
        seq: u64,
        rolled_back: bool,
    ) -> Result<(), String> {
        let counted = mutation.id().map(|id| self.counter(id)).unwrap_or_default();
        mutate(self, mutation, Some(seq)).map_err(|why| format!("does not apply: {why}"))?;
        match mutation {
            Mutation::Add { id, .. } => {
                let changes = vec![(seq, Some(author(op)))];
                let increments = self.counter(id);
                let (creator, counted) = (author(op), Counted::default());
                let life = Life { created: seq, creator, changes, increments, below: None, counted };
                self.lives.insert(id.clone(), life);
                self.gone.remove(id);
                self.forgotten.remove(id);
            }
            Mutation::Update { id, .. } | Mutation::Replace { id, .. } => {
                let counter = self.counter(id);
                let life = self.lives.get_mut(id).ok_or("no such session")?;
                life.changes.push((seq, Some(author(op))));
                if means_harm(op.client) || matches!(mutation, Mutation::Replace { .. }) {
                    // The count may be whatever it likes: what is counted from here on is.
                    life.increments = counter;
                } else if write.reads_from.is_some() {
                    life.increments += 1;
                    if counter != counted + 1 && !rolled_back {
                        return Err(format!("an increment took the counter from {counted} to {counter}"));
                    }
                }
            }
            Mutation::Configure { id, .. } | Mutation::Recover(id) => {
                let life = self.lives.get_mut(id).ok_or("no such session")?;
                life.changes.push((seq, Some(author(op))));
                life.counts(op, mutation);
            }
            Mutation::Count { id, .. } => self.lives.get_mut(id).ok_or("no such session")?.counts(op, mutation),
            Mutation::Remove { id, .. } => {
                self.lives.remove(id);
                self.gone.insert(id.clone(), Gone::of(seq, &[op]));
            }
            Mutation::Activate(_) => {}
        }
        Ok(())
    }

    /// This state with what the commit stores, whatever order these writes of it came in, and whatever else it holds `by`
    /// one who means harm.
    pub fn adopted(mut self, taken: &[(OpId, &Write)], by: ClientId, commit: &StoreCommit) -> Result<Self, String> {
        let mut authors: BTreeMap<SessionId, Vec<OpId>> = BTreeMap::new();
        let by = OpId { client: by, n: 0 };
        for (op, write) in taken {
            let is_change = |it: &&Mutation| !matches!(it, Mutation::Activate(_) | Mutation::Count { .. });
            let changes = write.mutations.iter().filter(is_change);
            for id in changes.filter_map(Mutation::id) {
                authors.entry(id.clone()).or_default().push(*op);
            }
        }
        for session in observe::sessions(&commit.puts)? {
            if session.version == Some(commit.version.seq) {
                authors.entry(session.id.clone()).or_insert_with(|| vec![by]);
            }
            self.gone.remove(&session.id);
            self.forgotten.remove(&session.id);
            self.sessions.insert(session.id.clone(), Rc::new(session));
        }
        for id in observe::removed(&commit.deletes) {
            self.sessions.remove(&id);
            authors.entry(id).or_insert_with(|| vec![by]);
        }
        self.active = observe::active(&commit.puts)?.unwrap_or(self.active);
        for (id, ops) in authors {
            ops.iter().for_each(|op| self.touched(&id, &ops, *op, commit.version.seq));
        }
        Ok(self)
    }

    /// This write, one of `all` in the commit, put or removed the session, whichever it was in the end.
    fn touched(&mut self, id: &SessionId, all: &[OpId], op: OpId, seq: u64) {
        if !self.sessions.contains_key(id) {
            self.lives.remove(id);
            self.gone.insert(id.clone(), Gone::of(seq, all));
            return;
        }
        let increments = self.counter(id);
        let (changes, counted) = (Vec::new(), Counted::default());
        let new = || Life { created: seq, creator: author(op), changes, increments, below: None, counted };
        let life = self.lives.entry(id.clone()).or_insert_with(new);
        life.changes.push((seq, Some(author(op))));
        life.increments = increments;
    }

    /// After a commit, these of its writes were to remove what they found removed.
    pub fn take_over(&mut self, refused: &Removers, at: u64) {
        for (id, too) in refused {
            if let Some(gone) = self.gone.get_mut(id) {
                *gone = gone.taken_over(too, at);
            }
        }
    }

    /// The same for a site that may read so much.
    pub fn shown_to(&self, read: &Read) -> Self {
        let shown = |(id, session): (&SessionId, &Rc<Session>)| (id.clone(), Rc::new(seen(session, read)));
        let sessions = self.sessions.iter().map(shown).collect();
        Self { sessions, active: self.active.clone(), branch: self.branch, ..Self::default() }
    }

    pub fn counter(&self, id: &SessionId) -> u64 {
        self.sessions.get(id).map_or(0, |session| observe::counter(&session.data))
    }

    /// Sessions whose counter is not the number of increments that were accepted.
    pub fn miscounted(&self) -> Option<String> {
        let wrong = self.lives.iter().find(|(id, life)| life.increments != self.counter(id))?;
        Some(format!("{} counts {} after {} increments", wrong.0.as_str(), self.counter(wrong.0), wrong.1.increments))
    }
}

impl Sessions for State {
    fn find(&self, id: &SessionId) -> Option<Session> {
        self.sessions.get(id).map(|session| (**session).clone())
    }
    fn set(&mut self, id: &SessionId, session: Option<Session>) {
        match session {
            Some(session) => drop(self.sessions.insert(id.clone(), Rc::new(session))),
            None => drop(self.sessions.remove(id)),
        }
    }
    fn active(&mut self) -> &mut Option<SessionId> {
        &mut self.active
    }
}

/// What the commit stores must be what its accepted writes make of the state before. Times are the service's to say.
pub fn compare(before: &State, state: &mut State, commit: &StoreCommit) -> Result<(), String> {
    let seq = commit.version.seq;
    let all = observe::sessions(&commit.puts)?;
    let ids: Vec<SessionId> = all.iter().map(|stored| stored.id.clone()).collect();
    if let Some(why) = missing(before, state, &ids) {
        return Err(why);
    }
    for stored in all {
        let expected = state.sessions.get(&stored.id).ok_or_else(|| format!("stored without a write: {stored:?}"))?;
        let mut timeless = (**expected).clone();
        (timeless.created_at, timeless.last_active_at) = (stored.created_at, stored.last_active_at);
        timeless.lifetime.expires_at = stored.lifetime.expires_at;
        // Writes of one commit are judged in the order of their arrival; that shows in the order of members only.
        let same = timeless == stored || observe::same_members(&timeless.data, &stored.data);
        if !same || (Session { data: stored.data.clone(), ..timeless }) != stored {
            return Err(format!("stored {stored:?}, expected {expected:?}"));
        }
        state.sessions.insert(stored.id.clone(), Rc::new(stored));
    }
    if let Some(session) = state.sessions.values().find(|it| it.version == Some(seq) && it.last_active_at.0 == 0) {
        return Err(format!("not stored: {session:?}"));
    }
    let deleted = observe::removed(&commit.deletes);
    if let Some(id) = deleted.iter().find(|id| state.sessions.contains_key(id)) {
        return Err(format!("deleted without a write: {}", id.as_str()));
    }
    let gone = before.sessions.keys().find(|id| !state.sessions.contains_key(id) && !deleted.contains(id));
    if let Some(id) = gone {
        return Err(format!("not deleted: {}", id.as_str()));
    }
    let active = observe::active(&commit.puts)?.unwrap_or_else(|| before.active.clone());
    if active == state.active { Ok(()) } else { Err(format!("active is {active:?}, expected {:?}", state.active)) }
}
