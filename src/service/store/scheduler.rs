//! What the store is asked to do: one thing at a time, each with a deadline.

use alloc::vec::Vec;
use core::time::Duration;

use super::load::Load;
use crate::ambient::{Instant, Now};
use crate::engine::backoff::Backoff;
use crate::error::Code;
use crate::machine::planted::{self, Bug};
use crate::protocol::ToManager;
use crate::service::commits::group::{Group, Pace};
use crate::service::commits::judge::Judge;
use crate::service::io::{ChannelId, Output, StoreId, TaskId};
use crate::service::machine::{Phase, Service, Timer};
use crate::service::migration::machine::Errand;
use crate::service::replica::commit::Commit;
use crate::session::{Outcome, Version};
use crate::storage::{Answer, Failure, Operation};

/// How long the store may take to answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// As long, if others wait for a store that may well be of no use.
const SHORT_DEADLINE: Duration = Duration::from_secs(2);

/// What is being done, and what is to be done next.
#[derive(Debug)]
pub(in crate::service) struct Work {
    pub(in crate::service) running: Option<Running>,
    last: u64,
    /// How often a look at the store was asked for.
    wanted: u64,
    /// All looks asked for up to this one were taken.
    pub(in crate::service) looked: u64,
    /// The replica is known to be behind: nothing is committed before the next look.
    pub(in crate::service) behind: bool,
    /// Answers in a row that contradict one another.
    pub(in crate::service) nowhere: u32,
    /// A page that lacks commits of the log goes before the next commit, so that no stream of writes shuts it out.
    log_first: bool,
    pub(in crate::service) backoff: Backoff,
}

#[derive(Debug)]
pub(in crate::service) struct Running {
    task: TaskId,
    started: Instant,
    /// The looks at the store that it serves as.
    covers: u64,
    doing: Doing,
}

#[derive(Debug)]
pub(in crate::service) enum Doing {
    Load(Load),
    Commit(Commit, Group),
    CatchUp,
    Log {
        channel: ChannelId,
        from: Version,
    },
    /// A step of a move, on this store.
    Errand(StoreId, Errand),
}

impl Default for Work {
    fn default() -> Self {
        let backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5), 0.5);
        Self { running: None, last: 0, wanted: 0, looked: 0, behind: false, nowhere: 0, log_first: false, backoff }
    }
}

impl Work {
    /// The ticket of the last look that was taken.
    pub fn last_look(&self) -> u64 {
        self.looked
    }

    /// Asks for a look at the store that begins after this moment; gives the ticket of that look.
    pub fn look(&mut self) -> u64 {
        self.wanted = self.wanted.saturating_add(1);
        self.wanted
    }
}

impl Service {
    /// Whether home is known to have moved on.
    pub(in crate::service) fn is_behind(&self) -> bool {
        self.work.behind
    }

    /// Home has moved on.
    pub(in crate::service) fn fall_behind(&mut self) {
        self.work.behind = true;
    }

    /// The step of a move that is under way is of no interest any more. Whatever it may have changed at home makes the next
    /// commit there stale.
    pub(in crate::service) fn drop_errand(&mut self) {
        if self.work.running.take_if(|running| matches!(running.doing, Doing::Errand(..))).is_some() {
            self.timers.clear(Timer::Answer);
        }
    }

    /// What became of earlier commits is certain, or does not matter any more.
    pub(in crate::service) fn forget_pace(&mut self) {
        self.pace = Pace::default();
        self.timers.clear(Timer::Commit);
    }

    /// Starts the next thing to do, if the store is free.
    pub(in crate::service) fn start_work(&mut self, now: Now) {
        if self.work.running.is_none()
            && let Some((doing, operation)) = self.next_work(now)
        {
            self.start(now, doing, operation);
        }
    }

    pub(in crate::service) fn start(&mut self, now: Now, doing: Doing, operation: Operation) {
        self.work.last = self.work.last.saturating_add(1);
        let task = TaskId(self.work.last);
        let store = if let Doing::Errand(store, _) = &doing { *store } else { self.home };
        self.work.running = Some(Running { task, started: now.instant, covers: self.work.wanted, doing });
        let deadline = if self.is_in_the_way(store) { SHORT_DEADLINE } else { DEADLINE };
        self.timers.set(Timer::Answer, now.instant.after(deadline));
        self.out.push_back(Output::Store { store, task, operation });
    }

    fn next_work(&mut self, now: Now) -> Option<(Doing, Operation)> {
        if self.stranded.moved {
            return None;
        }
        if self.leaves_home()
            && let Some(errand) = self.next_errand(now)
        {
            return Some(errand);
        }
        let may_read = self.timers.get(Timer::Read).is_none();
        match self.phase {
            Phase::Loading if self.leaves_home() => (may_read && self.work.behind).then(|| self.catch_up()),
            Phase::Loading if may_read => Some((Doing::Load(Load::Head), Operation::Head)),
            Phase::Ready => {
                let log = |service: &Self| service.next_log().filter(|_| may_read);
                if self.work.log_first
                    && let Some(log) = log(self)
                {
                    return Some(log);
                }
                self.next_commit(now).or_else(|| {
                    let look = may_read && (self.work.looked < self.work.wanted || self.work.behind);
                    let catch_up = look.then(|| self.catch_up());
                    catch_up.or_else(|| log(self)).or_else(|| self.next_aside(now))
                })
            }
            _ => None,
        }
    }

    fn catch_up(&self) -> (Doing, Operation) {
        (Doing::CatchUp, Operation::Since(self.replica.head))
    }

    /// What nobody waits for.
    fn next_aside(&mut self, now: Now) -> Option<(Doing, Operation)> {
        if self.leaves_home() {
            return None;
        }
        self.next_errand(now).or_else(|| {
            let rests = self.work.behind || self.timers.get(Timer::Commit).is_some() || self.replica.state.moving();
            let commit = if rests { None } else { self.clearing(now.instant) };
            commit.and_then(|commit| self.aside(commit))
        })
    }

    /// A commit of no writes.
    fn aside(&self, commit: Commit) -> Option<(Doing, Operation)> {
        let operation = commit.operation(self.replica.head)?;
        Some((Doing::Commit(commit, Group::none()), operation))
    }

    fn next_log(&self) -> Option<(Doing, Operation)> {
        self.connections.values().find_map(|connection| {
            let from = connection.wants_log()?;
            Some((Doing::Log { channel: connection.channel, from }, Operation::Since(from)))
        })
    }

    fn next_commit(&mut self, now: Now) -> Option<(Doing, Operation)> {
        if self.work.behind || self.timers.get(Timer::Commit).is_some() || self.leaves_home() {
            return None;
        }
        if self.replica.state.moving() {
            return self.reopening().and_then(|commit| self.aside(commit));
        }
        self.queue.ready().next()?;
        let (head, durability) = (self.replica.head, self.config.durability);
        let judge = Judge { limits: &self.config.limits, grants: &self.config.grants, head, at: now.wall };
        loop {
            let empty = Commit::after(head, self.rng.draw(), Vec::new());
            let version = empty.version;
            if self.pace.probes() {
                return self.aside(empty);
            }
            let replica = &self.replica;
            let tag = |seq| replica.tag(seq);
            let mut group = Group::form(&self.queue, &replica.state, &judge, version, self.pace.room(), tag)?;
            let Some(commit) = group.commit.take() else {
                // Nothing new in it: all of it was found in the store.
                for _ in 0..group.taken {
                    self.queue.pop();
                }
                continue;
            };
            let operation = Operation::Commit { expect: Some(head), commit: commit.to_store(durability).ok()? };
            return Some((Doing::Commit(commit, group), operation));
        }
    }

    /// The store answered. An answer that came too late is none.
    pub(in crate::service) fn answered(&mut self, now: Now, task: TaskId, answer: Answer) {
        if let Some(running) = self.work.running.take_if(|running| running.task == task) {
            self.timers.clear(Timer::Answer);
            self.finish(now, running, answer);
        }
    }

    /// The store did not answer in time: nobody knows what became of it.
    pub(in crate::service) fn unanswered(&mut self, now: Now) {
        if let Some(running) = self.work.running.take() {
            self.finish(now, running, Answer::Failed(Failure { code: Code::StorageFailed, unknown: true }));
        }
    }

    fn finish(&mut self, now: Now, running: Running, answer: Answer) {
        let Running { started, covers, doing, .. } = running;
        let newer = matches!(answer, Answer::Failed(Failure { code: Code::ProtocolMismatch, .. }));
        match doing {
            Doing::Commit(..) | Doing::CatchUp | Doing::Log { .. } if newer => self.is_outdated(),
            Doing::Load(load) => self.loaded(now, covers, load, answer),
            Doing::Commit(commit, group) => self.committed(now, started, covers, &commit, &group, answer),
            Doing::CatchUp => self.caught_up(now, covers, answer),
            Doing::Errand(store, errand) => self.errand_done(now, covers, (store, errand), answer),
            Doing::Log { channel, from } => {
                let commits = match answer {
                    Answer::Log(Some(entries)) => Commit::chain(from, &entries).ok(),
                    _ => None,
                };
                self.work.log_first = false;
                if let Some(connection) = self.connections.get_mut(&channel) {
                    connection.log_read(from, commits, self.replica.head);
                }
            }
        }
    }

    fn committed(&mut self, now: Now, started: Instant, covers: u64, commit: &Commit, group: &Group, answer: Answer) {
        self.work.log_first = true;
        // A full store is as good as it was.
        let full = matches!(answer, Answer::Failed(Failure { code: Code::StorageFull, unknown: false }));
        self.commit_went(now.instant, full || matches!(answer, Answer::Committed | Answer::Stale));
        let doubtful = matches!(answer, Answer::Failed(Failure { unknown: true, .. }));
        match answer {
            _ if doubtful && planted::has(Bug::DoubtIsSuccess) => {
                for _ in 0..group.taken {
                    self.queue.pop();
                }
                self.replica.advance(commit);
            }
            Answer::Committed => {
                self.work.nowhere = 0;
                self.pace.committed();
                self.metrics.commits = self.metrics.commits.saturating_add(1);
                let refused = group.outcomes.iter().filter(|outcome| outcome.refusal().is_some()).count();
                self.metrics.refused = self.metrics.refused.saturating_add(u64::try_from(refused).unwrap_or(u64::MAX));
                self.commit_times.add(now.instant.micros_since(started));
                for _ in 0..group.taken {
                    self.queue.pop();
                }
                self.replica.advance(commit);
                // It stood where it was expected to stand.
                self.looked(covers);
            }
            Answer::Stale => {
                self.work.behind = true;
                let draw = self.rng.draw();
                if let Some(at) = self.pace.lost(now.instant, draw) {
                    self.timers.set(Timer::Commit, at);
                }
            }
            Answer::Failed(Failure { code, unknown: false }) => {
                let draw = self.rng.draw();
                if let Some(at) = self.pace.refused_in_doubt(now.instant, draw) {
                    self.timers.set(Timer::Commit, at);
                } else if group.taken == 0 {
                    let at = self.pace.pause(now.instant, draw);
                    self.timers.set(Timer::Commit, at);
                } else if planted::has(Bug::GroupRefusedWhole) {
                    for _ in 0..group.taken {
                        self.give_up(&Group::none(), code);
                    }
                } else if group.taken == 1 {
                    self.give_up(group, code);
                } else {
                    self.pace.refused(group.taken);
                }
            }
            // Of a failure that says nothing, and of an answer that is none.
            _ => {
                let at = self.pace.doubted(now.instant, self.rng.draw());
                self.timers.set(Timer::Commit, at);
            }
        }
    }

    /// The store will not take this one write, so it is refused, with its own code if it was to be refused anyway.
    fn give_up(&mut self, group: &Group, code: Code) {
        let Some(pending) = self.queue.pop() else { return };
        let outcome = match group.outcomes.first() {
            None | Some(Outcome::Accepted(_)) => Outcome::Refused(code),
            Some(outcome) => *outcome,
        };
        self.dismiss(&pending.author, pending.write.n, outcome);
        if let Some(connection) = self.connections.values().find(|connection| connection.author == pending.author) {
            connection.say(&ToManager::Outcomes(alloc::vec![(pending.write.n, outcome)]), &mut self.out);
        }
    }
}
