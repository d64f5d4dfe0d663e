//! Stores that are slow, fail, leave one in doubt, fill up, and lose what they had.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use session_bridge::error::Code;
use session_bridge::service::{StoreId, TaskId};
use session_bridge::session::Version;
use session_bridge::storage::{
    ANNOUNCED_BYTES, Announcement, Answer, Failure, Memory, Operation, Provider, StoreCommit,
};

use crate::faults::Fault;
use crate::history::History;
use crate::moves::Lower;
use crate::observe;
use crate::queue::{FrameId, Happening, MILLI, SECOND, Time};
use crate::world::World;

/// A shared store, what is known of its past, and its present troubles.
pub struct Store {
    memory: Memory,
    pub history: History,
    /// The surviving commits, to be able to lose the last of them.
    commits: Vec<(Option<Version>, StoreCommit)>,
    /// Until then no commit finds room.
    pub full_until: Time,
    /// Commits that contain this text find no room.
    pub poison: Option<String>,
    /// When it last refused a commit for a reason that was not the poison.
    pub last_refusal: Option<Time>,
    /// How often the machine lost power.
    pub cuts: u64,
    /// The newest frame of each tab that something was carried out for.
    newest: BTreeMap<usize, FrameId>,
}

/// What is to become of one storage operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    Done,
    /// No effect, and it says so.
    Failed,
    /// The same, and the browser's doing.
    Denied,
    /// No effect, and it does not say so.
    UnknownBefore,
    /// Effect, and it does not say so.
    UnknownAfter,
    /// Effect, after it said that it does not know.
    UnknownLate,
    /// Effect, and no word.
    Silent,
}

/// What an operation was good for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// It made writes of pages take effect.
    Writes,
    /// It is one of a store that is not home.
    Move,
    Other,
}

impl Store {
    pub fn new() -> Self {
        let (memory, history) = (Memory::new(), History::default());
        Self {
            memory,
            history,
            commits: Vec::new(),
            full_until: 0,
            poison: None,
            last_refusal: None,
            cuts: 0,
            newest: BTreeMap::new(),
        }
    }

    /// Carries out an operation, whole and at once.
    pub fn run(&mut self, operation: Operation) -> Answer {
        let made = match &operation {
            Operation::Commit { expect, commit } => Some((*expect, commit.clone())),
            _ => None,
        };
        let answer = perform(&self.memory, operation);
        if let (Some(made), Answer::Committed) = (made, &answer) {
            self.commits.push(made);
        }
        answer
    }

    /// Whether the frame is gone and the one that takes its place was served already. What one that is gone had asked for is
    /// carried out before that, or not at all: `docs/providers.md` asks it of every store.
    fn is_too_late(&mut self, tab: usize, frame: FrameId, is_gone: bool) -> bool {
        let newest = self.newest.entry(tab).or_insert(frame);
        *newest = frame.max(*newest);
        is_gone && *newest > frame
    }

    /// Whether there is room for this now.
    fn has_room(&mut self, now: Time, operation: &Operation) -> bool {
        let Operation::Commit { commit, .. } = operation else { return true };
        if now < self.full_until {
            self.last_refusal = Some(now);
            return false;
        }
        let poison = self.poison.as_deref();
        !poison.is_some_and(|poison| commit.puts.iter().any(|(_, value)| value.contains(poison)))
    }

    /// Loses all but this many commits of its present identity.
    pub fn lose(&mut self, kept: usize) {
        let lost = self.history.line.len().saturating_sub(kept);
        self.commits.truncate(if kept == 0 { 0 } else { self.commits.len().saturating_sub(lost) });
        self.memory = Memory::new();
        for (expect, commit) in &self.commits {
            perform(&self.memory, Operation::Commit { expect: *expect, commit: commit.clone() });
        }
        self.history.lose(kept);
    }
}

fn perform(memory: &Memory, operation: Operation) -> Answer {
    let answered = Rc::new(RefCell::new(None));
    let given = Rc::clone(&answered);
    memory.start(operation, Box::new(move |answer| *given.borrow_mut() = Some(answer)));
    let answer = answered.borrow_mut().take();
    answer.unwrap_or(Answer::Failed(Failure { code: Code::Internal, unknown: true }))
}

impl World {
    /// A service starts a storage operation.
    pub fn begin(&mut self, tab: usize, frame: FrameId, id: StoreId, task: TaskId, operation: Operation) {
        let opened = self.tabs[tab].document(frame).and_then(|it| it.opened.store(id));
        let Some(store) = opened else {
            return self.violated(format!("tab {tab}: asks something of {id:?}, which it let go"));
        };
        self.check_idle_store(&operation);
        self.makes(tab, frame, &operation);
        let fates = [
            (Fault::StoreFailed, Fate::Failed),
            (Fault::StoreDenied, Fate::Denied),
            (Fault::StoreUnknownBefore, Fate::UnknownBefore),
            (Fault::StoreUnknownAfter, Fate::UnknownAfter),
            (Fault::StoreUnknownLate, Fate::UnknownLate),
            (Fault::StoreSilent, Fate::Silent),
        ];
        let struck = fates.into_iter().find(|(fault, _)| self.luck.strikes(*fault));
        let mut fate = struck.map_or(Fate::Done, |(_, fate)| fate);
        let doubts = &mut self.tabs[tab].doubts;
        if matches!(operation, Operation::Commit { .. }) && *doubts > 0 {
            *doubts -= 1;
            fate = if fate == Fate::Done { Fate::UnknownAfter } else { fate };
        }
        let mut due = self.now + self.rng.between(20, 1_500);
        if self.luck.strikes(Fault::StoreSlow) {
            self.counts.happened(Fault::StoreSlow);
            due += self.rng.between(100, 15_000) * MILLI;
        }
        if fate == Fate::UnknownLate {
            let answer = Answer::Failed(Failure { code: Code::StorageFailed, unknown: true });
            self.queue.at(due, Happening::Answer { tab, frame, task, answer, kind: Kind::Other });
            due += self.rng.between(0, 2_000) * MILLI;
        }
        if matches!(operation, Operation::Commit { .. }) || due > self.now + SECOND {
            self.last_word_due = self.last_word_due.max(due);
        }
        if fate == Fate::Silent {
            // Until the service gives up waiting for it.
            self.last_word_due = self.last_word_due.max(due + 11 * SECOND);
        }
        let cuts = self.stores[store].cuts;
        self.queue.at(due, Happening::Turn { tab, frame, store, task, operation, fate, cuts });
    }

    /// The store comes to an operation.
    pub fn turn(&mut self, tab: usize, frame: FrameId, store: usize, task: TaskId, operation: Operation, fate: Fate) {
        let is_gone = self.tabs[tab].document(frame).is_none();
        if self.stores[store].is_too_late(tab, frame, is_gone) {
            return;
        }
        let failed = |unknown| Answer::Failed(Failure { code: Code::StorageFailed, unknown });
        let mut kind = if store == self.tabs[tab].home { Kind::Other } else { Kind::Move };
        let answer = if matches!(fate, Fate::Failed | Fate::Denied) {
            let denied = fate == Fate::Denied;
            self.counts.happened(if denied { Fault::StoreDenied } else { Fault::StoreFailed });
            if matches!(operation, Operation::Commit { .. }) {
                self.stores[store].last_refusal = Some(self.now);
            }
            let code = if denied { Code::StorageDenied } else { Code::StorageFailed };
            Answer::Failed(Failure { code, unknown: false })
        } else if fate == Fate::UnknownBefore {
            self.counts.happened(Fault::StoreUnknownBefore);
            failed(true)
        } else if !self.stores[store].has_room(self.now, &operation) {
            let full = self.now < self.stores[store].full_until;
            self.counts.happened(if full { Fault::StoreFull } else { Fault::StorePoison });
            Answer::Failed(Failure { code: Code::StorageFull, unknown: false })
        } else {
            let (answer, accepted) = self.effect(tab, store, operation);
            if accepted > 0 {
                kind = Kind::Writes;
            }
            let lucky = accepted > 0 && self.tabs[tab].has_service(frame);
            if lucky && fate == Fate::Done && self.luck.strikes(Fault::RestartedBeforeAnswer) {
                self.counts.happened(Fault::RestartedBeforeAnswer);
                self.reload_frame(tab, frame);
            }
            answer
        };
        let answer = match fate {
            Fate::UnknownAfter => {
                self.counts.happened(Fault::StoreUnknownAfter);
                failed(true)
            }
            Fate::UnknownLate => return self.counts.happened(Fault::StoreUnknownLate),
            Fate::Silent => return self.counts.happened(Fault::StoreSilent),
            Fate::Done | Fate::Failed | Fate::Denied | Fate::UnknownBefore => answer,
        };
        let due = self.now + self.rng.between(10, 500);
        self.queue.at(due, Happening::Answer { tab, frame, task, answer, kind });
    }

    /// Carries out an operation, judges the commit if it is one, and gives notice of it.
    pub fn effect(&mut self, tab: usize, store: usize, operation: Operation) -> (Answer, usize) {
        let commit = match &operation {
            Operation::Commit { expect, commit } => Some((*expect, commit.clone())),
            _ => None,
        };
        let answer = self.stores[store].run(operation);
        let (Some((expect, commit)), Answer::Committed) = (commit, &answer) else { return (answer, 0) };
        let lowers = self.lowers(&commit);
        let before = (self.mortal || self.recorded.on).then(|| self.stores[store].history.now());
        let observed = self.stores[store].history.observe(&commit, &self.sent, &lowers, &mut self.taken_in);
        let accepted = observed.unwrap_or_else(|why| {
            self.violated(format!("store {store}, commit {} by tab {tab}: {why}", commit.version.seq));
            0
        });
        if let Some(before) = before {
            if self.mortal {
                self.check_lifetimes(store, &before, &commit);
            }
            if self.recorded.on {
                self.check_counted(store, &before, &commit);
            }
        }
        if observe::horizon(&commit.puts).is_ok_and(|horizon| horizon > Some(0)) && commit.version.seq > 1 {
            self.counts.happened(Fault::Forgot);
        }
        if !lowers.is_empty() {
            self.counts.happened(Fault::TakenIn);
            self.leave_in_move(tab);
        } else if observe::puts(&commit.puts, "moved") {
            self.counts.happened(Fault::Emptied);
        }
        self.trace
            .note(self.now, || format!("store {store} is at {:?}, {accepted} writes of tab {tab}", commit.version));
        let announced = expect.filter(|_| commit.entry.len() <= ANNOUNCED_BYTES);
        self.give_notice(tab, store, announced.map(|follows| Announcement { follows, entry: commit.entry }));
        (answer, accepted)
    }

    /// What is known of the store that this commit takes in, if it does.
    fn lowers(&self, commit: &StoreCommit) -> Vec<Lower> {
        let Ok(Some((epoch, absorbed))) = observe::absorbed(&commit.puts) else { return Vec::new() };
        self.stores.iter().flat_map(|store| store.history.lower(epoch, absorbed.seq)).collect()
    }

    fn give_notice(&mut self, by: usize, store: usize, commit: Option<Announcement>) {
        for tab in 0..self.tabs.len() {
            if tab == by {
                continue;
            }
            let frames = self.tabs[tab].frames.iter();
            let watching = frames.filter_map(|frame| Some((frame.id, frame.opened.watches(store)?)));
            for (frame, store) in watching.collect::<Vec<_>>() {
                self.send_notice(tab, frame, store, commit.clone());
            }
        }
    }

    fn send_notice(&mut self, tab: usize, frame: FrameId, store: StoreId, mut commit: Option<Announcement>) {
        if self.luck.strikes(Fault::NoticeLost) {
            return self.counts.happened(Fault::NoticeLost);
        }
        if self.luck.strikes(Fault::NoticeBare) {
            self.counts.happened(Fault::NoticeBare);
            commit = None;
        }
        if let Some(commit) = &mut commit
            && self.luck.strikes(Fault::NoticeForeign)
        {
            self.counts.happened(Fault::NoticeForeign);
            // The next schema, in the header of every entry.
            commit.entry.replace_range(..'\u{84}'.len_utf8(), "\u{85}");
        }
        if self.luck.strikes(Fault::NoticeTwice) {
            self.counts.happened(Fault::NoticeTwice);
            let wait = self.rng.between(50, 5 * SECOND);
            let again = Happening::Notice { tab, frame, store, commit: commit.clone(), late: false };
            self.queue.at(self.now + wait, again);
        }
        let late = self.luck.strikes(Fault::NoticeLate);
        let wait = if late { self.rng.between(100 * MILLI, 5 * SECOND) } else { self.rng.between(50, 3 * MILLI) };
        self.queue.at(self.now + wait, Happening::Notice { tab, frame, store, commit, late });
    }
}
