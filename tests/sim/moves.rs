//! What a store may take in of another one below it, by the table of `docs/storage.md`, written here anew.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use session_bridge::error::Code;
use session_bridge::session::{ClientId, OpId, Outcome, Requests, Session, SessionId, Version, Write};
use session_bridge::storage::StoreCommit;

use crate::history::{Decided, History, Writes};
use crate::lifetimes::lasting;
use crate::model::laid_over;
use crate::observe;
use crate::state::{Gone, Life, State};

/// Which states of which stores were ever taken in by another one: epoch and number.
pub type TakenIn = BTreeSet<(u64, u64)>;

/// How far another store was taken in.
#[derive(Clone, Copy, Debug)]
pub struct Absorbed {
    /// The last commit there.
    pub seq: u64,
    /// Up to where something was forgotten there.
    pub horizon: u64,
    /// The commit here.
    pub at: u64,
    /// The last commit there the time before; 0 if there was none.
    pub before: u64,
    /// The commit here the first time.
    pub first: u64,
}

/// What a write was made on, in the numbers of the store that judges it.
#[derive(Clone, Copy, Debug)]
pub struct Base {
    pub seq: u64,
    /// It was made on another store, which commit `seq` took in: at this number there.
    below: Option<u64>,
    /// And that is just what was taken in.
    exact: bool,
}

impl Base {
    /// Whether the removal of a session by commit `seq` was known.
    pub fn knew_removal(self, seq: u64) -> bool {
        if self.below.is_some() { self.exact && seq == self.seq } else { seq <= self.seq }
    }

    /// Whether this session was there.
    pub fn has(self, life: &Life) -> bool {
        match (self.below, life.below) {
            (Some(base), Some((at, created))) if at == self.seq => created <= base,
            _ => life.created <= self.seq,
        }
    }

    /// Whether nothing that depends on versions may hold: the session did not come up alone, or not just as it was seen.
    pub fn misses(self, life: &Life) -> bool {
        self.below.is_some() && !(self.exact && life.below.is_some_and(|(at, _)| at == self.seq))
    }

    pub fn is_below(self) -> bool {
        self.below.is_some()
    }
}

impl State {
    /// The place of a write's base in this store, if it is a state of it or of one that it took in, and all is known that
    /// happened since.
    pub fn base(&self, base: Version, epoch: u64) -> Option<Base> {
        if let Some(absorbed) = self.absorbed.get(&base.epoch).filter(|it| base.seq <= it.seq) {
            let place = Base { seq: absorbed.at, below: Some(base.seq), exact: base.seq == absorbed.seq };
            return Some(place).filter(|_| self.knows_since(absorbed, base.seq));
        }
        (base.epoch == epoch && base.seq >= self.horizon).then_some(Base { seq: base.seq, below: None, exact: true })
    }

    /// This state, after commit `at` took in what is in `lower` up to commit `seq` there.
    fn taking_in(&self, lower: &Self, epoch: u64, seq: u64, at: u64) -> Self {
        let before = self.absorbed.get(&epoch).copied();
        let is_news = |seq| before.is_none_or(|before| seq > before.seq);
        let mut state = self.clone();
        state.moving = false;
        for (id, session) in &lower.sessions {
            if !is_news(session.version.unwrap_or_default()) {
                state.lives_on(session);
                state.counts_on(self, session, lower, (epoch, before));
                continue;
            }
            if self.gone.contains_key(id) {
                continue;
            }
            let Some(below) = lower.lives.get(id) else { continue };
            // It was here, and was removed so long ago that this is forgotten, or nobody knows that it had only expired.
            let is_forgotten = self.forgotten.contains(id) || self.cleaned.contains(id) && self.horizon > 0;
            if is_forgotten && before.is_some_and(|before| below.created <= before.seq) {
                continue;
            }
            match self.sessions.get(id) {
                None => {
                    let session = Session { version: Some(at), ..(**session).clone() };
                    let requests = session.requests.clone();
                    state.sessions.insert(id.clone(), Rc::new(session));
                    state.forgotten.remove(id);
                    let mut life = below.clone();
                    (life.below, life.created) = (Some((at, below.created)), at);
                    life.changes = vec![(at, None)];
                    life.counted.takes_in(&below.counted, &requests, epoch);
                    state.lives.insert(id.clone(), life);
                }
                Some(above) if above.user_id == session.user_id => {
                    let known = before.is_some_and(|before| below.created <= before.seq);
                    state.merge(above, (session, below), at, (epoch, known));
                }
                Some(_) => {}
            }
        }
        for (id, gone) in lower.gone.iter().filter(|(_, gone)| is_news(gone.at)) {
            debug_assert!(gone.at <= seq);
            if let Some(above) = self.gone.get(id) {
                state.gone.insert(id.clone(), above.together(gone, at));
                continue;
            }
            if !is_news(gone.seq) {
                continue;
            }
            let was_there = |before: Absorbed| self.lives.get(id).is_some_and(|life| life.created <= before.at);
            if self.sessions.contains_key(id) && before.is_some_and(was_there) {
                state.sessions.remove(id);
                state.lives.remove(id);
                if state.active.as_ref() == Some(id) {
                    state.active = None;
                }
            } else if self.sessions.contains_key(id) {
                continue;
            }
            state.forgotten.remove(id);
            state.gone.insert(id.clone(), Gone { seq: at, by: gone.by.clone(), at });
        }
        if before.is_none() && self.active.is_none() {
            let same = |id: &&SessionId| {
                let (below, here) = (lower.sessions.get(*id), state.sessions.get(*id));
                below.zip(here).is_some_and(|(below, here)| below.user_id == here.user_id)
            };
            state.active = lower.active.as_ref().filter(same).cloned();
        }
        let first = before.map_or(at, |before| before.first);
        let before = before.map_or(0, |before| before.seq);
        state.absorbed.insert(epoch, Absorbed { seq, horizon: lower.horizon, at, before, first });
        state
    }

    /// The older data patched by the newer.
    fn merge(&mut self, above: &Session, (below, there): (&Session, &Life), at: u64, (epoch, known): (u64, bool)) {
        let below_is_newer = below.last_active_at > above.last_active_at;
        let (older, newer) = if below_is_newer { (above, below) } else { (below, above) };
        let Some(mut life) = self.lives.get(&above.id).cloned() else { return };
        let mut requests = Requests { limit: above.requests.limit.or(below.requests.limit), ..above.requests.clone() };
        life.counts_below(&mut requests, (&below.requests, there), epoch, known);
        let merged = Session {
            created_at: above.created_at.min(below.created_at),
            last_active_at: newer.last_active_at,
            lifetime: lasting(newer.lifetime, older.lifetime),
            data: laid_over(&older.data, &newer.data),
            requests,
            ..above.clone()
        };
        if merged == *above {
            return;
        }
        // More requests alone are no change; another limit is one.
        let as_above = Requests { limit: merged.requests.limit, ..above.requests.clone() };
        let changes = Session { requests: as_above, ..merged.clone() } != *above;
        let version = if changes { Some(at) } else { above.version };
        if changes {
            life.changes.push((at, None));
            life.below = None;
            // Two counts of one thing are no sum: what is counted from here on is.
            life.increments = observe::counter(&merged.data);
        }
        self.lives.insert(above.id.clone(), life);
        self.sessions.insert(above.id.clone(), Rc::new(Session { version, ..merged }));
    }
}

/// Another store at the commit up to which it is taken in, and the history that led there.
pub struct Lower {
    pub state: Rc<State>,
    /// What became of which writes there.
    pub decided: Vec<(OpId, Outcome)>,
    pub rolled_back: bool,
}

impl History {
    /// What was here at this commit, in whichever of several histories.
    pub fn lower(&self, epoch: u64, seq: u64) -> Vec<Lower> {
        let states = self.states.range((epoch, seq, 0)..=(epoch, seq, u64::MAX));
        states
            .map(|(_, state)| Lower {
                state: Rc::clone(state),
                decided: self.decided_by(seq, state.branch),
                rolled_back: self.rolled_back,
            })
            .collect()
    }

    fn decided_by(&self, seq: u64, branch: u64) -> Vec<(OpId, Outcome)> {
        let held = self.decided.iter().filter_map(|(op, all)| {
            let holds = |it: &&Decided| it.holds(seq, branch);
            all.iter().find(holds).map(|it| (*op, it.outcome))
        });
        held.collect()
    }

    /// A commit took another store in. Tells what is wrong with it.
    pub fn take_in(
        &mut self,
        commit: &StoreCommit,
        epoch: u64,
        absorbed: Absorbed,
        lowers: &[Lower],
        writes: &Writes,
    ) -> Result<(), String> {
        let version = commit.version;
        if absorbed.at != version.seq {
            return Err(format!("takes in {absorbed:?} by commit {}", version.seq));
        }
        let before = self.now();
        let mut why = format!("takes in a state of a store that never was: {epoch} at {}", absorbed.seq);
        for lower in lowers {
            let mut state = before.taking_in(&lower.state, epoch, absorbed.seq, version.seq);
            let same = is_what_is_stored(&before, &state, commit);
            if same.is_ok() && absorbed.horizon != lower.state.horizon {
                return Err(format!("takes in {absorbed:?} of a store whose horizon is {}", lower.state.horizon));
            }
            match same.and_then(|()| self.carried(commit, lower)) {
                Ok(mut carried) => {
                    let told = self.fresh(commit)?;
                    let is_told = |op: &OpId| told.iter().any(|(it, _)| it == op);
                    // The store lost its last commits once, and nobody knows which of its states this one is.
                    let unsure = lowers.len() > 1;
                    // What came along before and was forgotten comes only with what is new of the same client.
                    carried.retain(|op, _| !unsure && !self.decided_once(*op) || is_told(op));
                    self.carry(version, carried, writes);
                    state.branch = self.branch;
                    let forgotten = state.forget(commit)?;
                    self.forget_writes(&forgotten, version.seq);
                    self.rolled_back |= lower.rolled_back;
                    self.keep(version, state);
                    return Ok(());
                }
                Err(wrong) => why = wrong,
            }
        }
        Err(why)
    }

    /// What became of writes there comes along: each that took effect did so by this commit.
    fn carried(&self, commit: &StoreCommit, lower: &Lower) -> Result<BTreeMap<OpId, Outcome>, String> {
        let seq = commit.version.seq;
        let carried = |outcome: &Outcome| match outcome {
            Outcome::Accepted(_) => Outcome::Accepted(seq),
            other => *other,
        };
        let below: BTreeMap<OpId, Outcome> = lower.decided.iter().map(|(op, it)| (*op, carried(it))).collect();
        for (op, outcome) in self.fresh(commit)? {
            if below.get(&op) != Some(&outcome) {
                return Err(format!("{op:?} came up as {outcome:?}, below it is {:?}", below.get(&op)));
            }
        }
        Ok(below)
    }

    fn carry(&mut self, version: Version, carried: BTreeMap<OpId, Outcome>, writes: &Writes) {
        for (op, outcome) in carried {
            // Only a lost commit of this store can have such a number already.
            let is_lost = |base: Version| base.epoch == version.epoch && base.seq >= version.seq;
            let stood = !writes.get(&op).is_some_and(|write| is_lost(write.base));
            let known = self.decided.entry(op).or_default();
            if !known.iter().any(Decided::is_known) {
                let seq = version.seq;
                known.push(Decided { outcome, stood, seq, first: self.branch, last: None, until: None });
            }
        }
    }

    /// The store was emptied, after what was in it went elsewhere: it is another one now.
    pub fn emptied(&mut self, commit: &StoreCommit, taken_in: &TakenIn) -> Result<(), String> {
        let Some(head) = self.head() else { return Err(String::from("emptied, and there was nothing")) };
        let version = commit.version;
        if version.seq != head.seq + 1 || version.epoch == head.epoch {
            return Err(format!("emptied by {version:?} after {head:?}"));
        }
        if !self.now().moving {
            return Err(String::from("emptied without a seal"));
        }
        // One that lost its last commits after they were taken in, though they were to be safe, is taken for the older one
        // that it was.
        let older =
            self.rolled_back && taken_in.range((head.epoch, head.seq)..=(head.epoch, u64::MAX)).next().is_some();
        if !older && !taken_in.contains(&(head.epoch, head.seq)) {
            return Err(format!("emptied at {head:?}, and nobody took that in"));
        }
        self.forget_all();
        let horizon = observe::horizon(&commit.puts)?.unwrap_or_default();
        self.keep(version, State { branch: self.branch, horizon, ..State::default() });
        Ok(())
    }

    /// Whether this version is a state of this store as it is, or of one that it took in, and nothing since is forgotten.
    pub fn stands_on(&self, base: Version, now: &State) -> bool {
        let below = |it: &Absorbed| base.seq <= it.seq && now.knows_since(it, base.seq);
        self.is_of_now(base) && base.seq >= now.horizon || now.absorbed.get(&base.epoch).is_some_and(below)
    }
}

/// Whether the commit stores just what differs between these states.
fn is_what_is_stored(before: &State, after: &State, commit: &StoreCommit) -> Result<(), String> {
    let mut sessions = before.sessions.clone();
    for stored in observe::sessions(&commit.puts)? {
        sessions.insert(stored.id.clone(), Rc::new(stored));
    }
    for id in observe::removed(&commit.deletes) {
        sessions.remove(&id);
    }
    if sessions != after.sessions {
        return Err(format!("holds {sessions:?} then, expected {:?}", after.sessions));
    }
    let active = observe::active(&commit.puts)?.unwrap_or_else(|| before.active.clone());
    if active != after.active {
        return Err(format!("has {active:?} active then, expected {:?}", after.active));
    }
    Ok(())
}

#[test]
fn what_was_refused_below_is_judged_anew_above_only_if_a_lost_commit_hides_that_it_was_forgotten() {
    let version = |epoch, seq, tag| Version { epoch, seq, tag };
    // Commits 4 to 6 were lost. Another one has number 4, and commit 5 takes in the other store.
    let mut history = History::default();
    let op = OpId { client: ClientId(1 << 50, 1), n: 1 };
    let refused = Outcome::Refused(Code::Conflict);
    for (base, may) in [
        (version(1, 3, 0), false),
        // Once the refusal is forgotten, this is before the horizon.
        (version(1, 4, 0), false),
        (version(1, 4, 1), false),
        (version(1, 5, 0), true),
        (version(1, 6, 0), true),
        (version(2, 6, 0), false),
    ] {
        let write = Write { n: 1, predecessor: 0, base, reads_from: None, mutations: Vec::new() };
        history.decided.clear();
        history.carry(version(1, 5, 1), [(op, refused)].into(), &[(op, write)].into());
        assert_eq!(history.judged_anew(op, Outcome::Accepted(7)).is_ok(), may, "made on {base:?}");
        assert_eq!(history.judged_anew(op, refused), Ok(()));
    }
    // What took effect below takes effect no second time.
    let write = Write { n: 1, predecessor: 0, base: version(1, 5, 0), reads_from: None, mutations: Vec::new() };
    history.decided.clear();
    history.carry(version(1, 5, 1), [(op, Outcome::Accepted(5))].into(), &[(op, write)].into());
    assert!(history.judged_anew(op, Outcome::Accepted(7)).is_err());
}
