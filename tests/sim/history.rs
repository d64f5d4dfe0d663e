//! What really happened to a store: every commit that took effect, judged by rules written here anew, so that the
//! service is not its own witness.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use session_bridge::error::Code;
use session_bridge::service::Read;
use session_bridge::session::{ClientId, OpId, Outcome, Requests, Version, Write};
use session_bridge::storage::StoreCommit;

use crate::authors::means_harm;
use crate::fence::{Fences, Removers};
use crate::moves::{Lower, TakenIn};
use crate::observe;
use crate::state::{State, compare};

/// Where and on which branches a write was decided.
#[derive(Clone, Copy, Debug)]
pub struct Decided {
    pub outcome: Outcome,
    /// Whether it was made on a state of this history, as far as that reached then. What came from another store
    /// stood, unless its base is a lost commit whose number is not below `seq`.
    pub stood: bool,
    pub seq: u64,
    pub first: u64,
    /// The last branch on which it holds; `None`: still.
    pub last: Option<u64>,
    /// The commit that forgot it.
    pub until: Option<u64>,
}

impl Decided {
    /// Whether it holds at this commit of this branch.
    pub fn holds(&self, seq: u64, branch: u64) -> bool {
        self.seq <= seq
            && self.first <= branch
            && self.last.is_none_or(|last| branch <= last)
            && self.until.is_none_or(|until| seq < until)
    }

    /// Whether the store knows it.
    pub fn is_known(&self) -> bool {
        self.last.is_none() && self.until.is_none()
    }
}

/// What each of those sees who may read a part.
type Parts = Vec<(Read, Rc<State>)>;
/// Epoch, number and tag of a version: those of one number lie together.
pub type Key = (u64, u64, u64);

/// The history of one store through all that befalls it.
#[derive(Default)]
pub struct History {
    pub states: BTreeMap<Key, Rc<State>>,
    /// The states that somebody was shown a part of, with who may read so much.
    parts: RefCell<BTreeMap<Key, Parts>>,
    /// The surviving commits of the present epoch.
    pub line: Vec<Version>,
    pub branch: u64,
    pub decided: BTreeMap<OpId, Vec<Decided>>,
    /// Accepted writes of the commits so far, whether they survived or not.
    pub accepted: u64,
    /// How often commits were lost.
    pub losses: u64,
    /// The last commits were lost and others took their numbers. A page may have told its functions of what is lost, and
    /// nobody can know: from then on they are not held to what they saw.
    pub rolled_back: bool,
}

fn key(version: Version) -> Key {
    (version.epoch, version.seq, version.tag)
}

/// Every write that any page ever sent, as it was first sent.
pub type Writes = BTreeMap<OpId, Write>;

impl History {
    pub fn head(&self) -> Option<Version> {
        self.line.last().copied()
    }

    pub fn at(&self, version: Version) -> Option<&Rc<State>> {
        self.states.get(&key(version))
    }

    /// What a site that may read so much is to see of it.
    pub fn part(&self, version: Version, read: &Read) -> Option<Rc<State>> {
        let whole = self.at(version)?;
        let counts = || whole.sessions.values().any(|session| session.requests != Requests::default());
        if read.is_all() && (read.requests || !counts()) {
            return Some(Rc::clone(whole));
        }
        let mut parts = self.parts.borrow_mut();
        let parts = parts.entry(key(version)).or_default();
        if let Some((_, part)) = parts.iter().find(|(by, _)| by == read) {
            return Some(Rc::clone(part));
        }
        let part = Rc::new(whole.shown_to(read));
        parts.push((read.clone(), Rc::clone(&part)));
        Some(part)
    }

    /// The state that the store is in.
    pub fn now(&self) -> Rc<State> {
        self.head().and_then(|head| self.at(head)).cloned().unwrap_or_default()
    }

    /// Sessions whose counter is not the number of increments that were accepted.
    pub fn miscounted(&self) -> Option<String> {
        self.now().miscounted().filter(|_| !self.rolled_back)
    }

    /// Whether this is a version of the history that the store now has.
    pub fn is_of_now(&self, version: Version) -> bool {
        let first = self.line.first().map_or(0, |first| first.seq);
        self.line.get(version.seq.wrapping_sub(first) as usize) == Some(&version)
    }

    /// What became of a write by this version.
    pub fn outcome_by(&self, op: OpId, version: Version) -> Option<Outcome> {
        let branch = self.at(version)?.branch;
        let decided = self.decided.get(&op)?;
        decided.iter().find(|it| it.holds(version.seq, branch)).map(|it| it.outcome)
    }

    /// What became of a write in the store as it now is.
    pub fn outcome(&self, op: OpId) -> Option<Outcome> {
        self.decided.get(&op)?.iter().find(|it| it.is_known()).map(|it| it.outcome)
    }

    /// Whether it was refused here because the state that it was made on was out of reach.
    pub fn was_out_of_reach(&self, op: OpId) -> bool {
        self.decided
            .get(&op)
            .is_some_and(|all| all.iter().any(|it| !it.stood && it.outcome == Outcome::Refused(Code::Conflict)))
    }

    /// Whether any commit ever decided it.
    pub fn was_decided(&self, op: OpId) -> bool {
        self.decided.contains_key(&op)
    }

    /// Whether anything of it was ever known in this history.
    pub fn decided_once(&self, op: OpId) -> bool {
        self.decided.get(&op).is_some_and(|all| all.iter().any(|it| it.last.is_none()))
    }

    /// Whether it was ever accepted, be it in a history that is lost.
    pub fn was_accepted(&self, op: OpId) -> bool {
        let decided = self.decided.get(&op);
        decided.is_some_and(|all| all.iter().any(|it| matches!(it.outcome, Outcome::Accepted(_))))
    }

    /// The last so many states.
    pub fn lately(&self, most: usize) -> impl Iterator<Item = &Rc<State>> {
        self.line.iter().rev().take(most).filter_map(|version| self.at(*version))
    }

    /// Whether it was ever refused so, be it in a history that is lost.
    pub fn was_refused(&self, op: OpId, code: Code) -> bool {
        self.decided.get(&op).is_some_and(|all| all.iter().any(|it| it.outcome == Outcome::Refused(code)))
    }

    /// The writes of which the last commit, of this number, says this for the first time.
    pub fn decided_at(&self, seq: u64, outcome: Outcome) -> impl Iterator<Item = OpId> {
        let here = move |it: &Decided| it.seq == seq && it.outcome == outcome && it.is_known();
        self.decided.iter().filter(move |(_, all)| all.iter().any(here)).map(|(op, _)| *op)
    }

    /// The commits beyond this number are lost; 0 for all of them.
    pub fn lose(&mut self, kept: usize) {
        let last = Some(self.branch);
        self.branch += 1;
        self.losses += 1;
        self.rolled_back = kept > 0;
        self.line.truncate(kept);
        let head = self.head();
        let is_lost = |seq: u64| head.is_none_or(|head| seq > head.seq);
        for all in self.decided.values_mut() {
            let mut again = Vec::new();
            for decided in all.iter_mut().filter(|it| it.last.is_none()) {
                let lost = is_lost(decided.seq);
                if lost || decided.until.is_some_and(is_lost) {
                    // What a lost commit forgot stays forgotten for whoever still holds that commit.
                    decided.last = last;
                    // The store knows it again if it lost the forgetting alone.
                    let known = Decided { first: self.branch, last: None, until: None, ..*decided };
                    again.extend((!lost).then_some(known));
                }
            }
            all.extend(again);
        }
    }

    /// All that was here is gone from here, without being lost.
    pub fn forget_all(&mut self) {
        let last = Some(self.branch);
        self.branch += 1;
        self.line.clear();
        for decided in self.decided.values_mut().flatten() {
            decided.last = decided.last.or(last);
        }
    }

    /// The store now stands at this version.
    pub fn keep(&mut self, version: Version, state: State) {
        self.line.push(version);
        self.states.insert(key(version), Rc::new(state));
    }

    /// A commit took effect. Gives how many writes it accepted, or what is wrong with it. `lowers` is what is known of
    /// the store that it takes in, if it does.
    pub fn observe(
        &mut self,
        commit: &StoreCommit,
        writes: &Writes,
        lowers: &[Lower],
        taken_in: &mut TakenIn,
    ) -> Result<usize, String> {
        let version = commit.version;
        if self.states.contains_key(&key(version)) {
            return Err(format!("version {version:?} was given twice"));
        }
        if observe::puts(&commit.puts, "moved") {
            return self.emptied(commit, taken_in).map(|()| 0);
        }
        match self.head() {
            None if version.seq != 1 => return Err(format!("the first commit is number {}", version.seq)),
            Some(head) if version.epoch != head.epoch => return Err(String::from("a commit changed the epoch")),
            Some(head) if version.seq != head.seq + 1 => {
                return Err(format!("commit {} took effect after commit {}", version.seq, head.seq));
            }
            _ => {}
        }
        if let Some((epoch, absorbed)) = observe::absorbed(&commit.puts)? {
            self.take_in(commit, epoch, absorbed, lowers, writes)?;
            taken_in.insert((epoch, absorbed.seq));
            return Ok(0);
        }
        let before = self.now();
        let mut state = (*before).clone();
        state.branch = self.branch;
        let opens = commit.deletes.iter().any(|key| key == "moving");
        if before.moving && !opens {
            return Err(String::from("a commit to a sealed store"));
        }
        state.moving = observe::puts(&commit.puts, "moving");
        let fresh = self.decide(commit, writes, &before)?;
        let fences = Fences::of(&fresh, writes, &before);
        for (op, outcome) in &fresh {
            if let Some(write) = writes.get(op) {
                let rightly = self.refused_rightly((*op, write), *outcome, &before, (version, &fences));
                rightly.map_err(|why| format!("{op:?} {write:?}: {why}"))?;
            }
        }
        if fresh.is_empty() {
            state.clean_up(commit)?;
        }
        let mut taken = Vec::new();
        for (op, _) in fresh.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Accepted(_))) {
            taken.push((*op, writes.get(op).ok_or_else(|| format!("{op:?} was accepted and never sent"))?));
        }
        for (op, write) in &taken {
            if !self.rolled_back {
                fences.passed(*op, write, &before, version.epoch).map_err(|why| format!("{op:?} {write:?}: {why}"))?;
            }
        }
        let mut authors = observe::records(&commit.puts)?.into_iter().map(|(client, _)| client);
        let mixed = authors.find(|client| means_harm(*client)).map(|client| (client, state.clone()));
        let applied = self.apply_all(&before, &mut state, &taken, commit, &fences);
        match (applied, mixed) {
            (Ok(()), _) => {}
            // Whoever means harm numbers writes as it likes, so that nobody can tell in which order they came, and says that
            // they are settled before they are made, so that nobody can tell of all that they took effect.
            (Err(_), Some((by, unordered))) => state = unordered.adopted(&taken, by, commit)?,
            (Err(why), None) => return Err(why),
        }
        state.take_over(&fences.in_vain, version.seq);
        let forgotten = state.forget(commit)?;
        self.forget_writes(&forgotten, version.seq);
        self.keep(version, state);
        self.accepted += taken.len() as u64;
        Ok(taken.len())
    }

    /// Applies these writes in the order of their numbers; what comes of it is what the commit must store.
    fn apply_all(
        &self,
        before: &State,
        state: &mut State,
        taken: &[(OpId, &Write)],
        commit: &StoreCommit,
        fences: &Fences,
    ) -> Result<(), String> {
        for (op, write) in taken {
            self.apply(state, *op, write, commit.version, &fences.all)
                .map_err(|why| format!("{op:?} {write:?}: {why}"))?;
        }
        compare(before, state, commit)
    }

    /// Outcomes that the commit adds, by client and number.
    fn decide(
        &mut self,
        commit: &StoreCommit,
        writes: &Writes,
        before: &State,
    ) -> Result<Vec<(OpId, Outcome)>, String> {
        let fresh = self.fresh(commit)?;
        for (op, outcome) in &fresh {
            self.judged_anew(*op, *outcome)?;
            let seq = commit.version.seq;
            let stood = writes.get(op).is_none_or(|write| self.stands_on(write.base, before));
            let decided = Decided { outcome: *outcome, stood, seq, first: self.branch, last: None, until: None };
            self.decided.entry(*op).or_default().push(decided);
        }
        Ok(fresh)
    }

    /// Outcomes of the commit that were not known here. Those that were must be what they were.
    pub fn fresh(&self, commit: &StoreCommit) -> Result<Vec<(OpId, Outcome)>, String> {
        let mut fresh = Vec::new();
        for (op, outcome) in observe::outcomes(&commit.puts)? {
            let known = self.decided.get(&op);
            if let Some(decided) = known.and_then(|known| known.iter().find(|it| it.is_known())) {
                if decided.outcome != outcome {
                    return Err(format!("{op:?} was {:?} and became {outcome:?}", decided.outcome));
                }
                continue;
            }
            if matches!(outcome, Outcome::Accepted(seq) if seq != commit.version.seq) {
                return Err(format!("{op:?} is {outcome:?} in commit {}", commit.version.seq));
            }
            fresh.push((op, outcome));
        }
        fresh.sort_by_key(|(op, _)| (op.client, op.n));
        Ok(fresh)
    }

    /// Applies an accepted write to the model, if it may be accepted at all.
    fn apply(
        &self,
        state: &mut State,
        op: OpId,
        write: &Write,
        version: Version,
        removers: &Removers,
    ) -> Result<(), String> {
        let base = state.base(write.base, version.epoch);
        let base =
            base.ok_or("accepted in another epoch than the one it was made in, or from before what is remembered")?;
        if let Some(saw) = write.reads_from.filter(|_| !self.rolled_back) {
            let seen = self.decided.range(OpId { n: saw.min(op.n), ..op }..op);
            let failed = |it: &Decided| it.last.is_none() && !matches!(it.outcome, Outcome::Accepted(_));
            if let Some((op, _)) = seen.into_iter().find(|(_, all)| all.iter().any(failed)) {
                return Err(format!("accepted although write {}, which its function saw, was refused", op.n));
            }
        }
        for mutation in &write.mutations {
            if !self.rolled_back {
                state.judge(op, write, base, mutation, version.seq - 1, removers)?;
            }
            state.apply(op, write, mutation, version.seq, self.rolled_back)?;
        }
        Ok(())
    }
}

#[test]
fn who_holds_what_a_store_lost_knows_what_was_known_there() {
    let version = |seq, tag| Version { epoch: 1, seq, tag };
    let op = OpId { client: ClientId(1, 1), n: 1 };
    let outcome = Outcome::Refused(Code::Conflict);
    // Decided by commit 2, forgotten by commit 4.
    let decided = Decided { outcome, stood: true, seq: 2, first: 0, last: None, until: Some(4) };
    let known = |seq| (2..4).contains(&seq).then_some(outcome);
    for kept in 0..=5 {
        let mut history = History::default();
        (1..=5).for_each(|seq| history.keep(version(seq, 0), State::default()));
        history.decided.insert(op, vec![decided]);
        history.lose(kept);
        // The store knows it again if it lost the forgetting alone.
        let again = known(kept as u64);
        assert_eq!(history.outcome(op), again, "{kept} commits are left");
        // Others take the numbers of those that are lost, and are lost, too.
        (kept as u64 + 1..=6).for_each(|seq| history.keep(version(seq, 1), State { branch: 1, ..State::default() }));
        for losses in 1..=2 {
            let by = |tag, seq| history.outcome_by(op, version(seq, tag));
            assert!((1..=5).all(|seq| by(0, seq) == known(seq)), "{kept} commits are left, {losses} losses");
            assert!((kept as u64 + 1..=6).all(|seq| by(1, seq) == again), "{kept} commits are left, {losses} losses");
            history.lose(0);
        }
    }
}
