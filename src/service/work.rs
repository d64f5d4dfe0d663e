//! What the store is asked to do: one thing at a time, each with a deadline.

use alloc::vec::Vec;
use core::time::Duration;

use super::commit::Commit;
use super::group::Group;
use super::judge::Judge;
use super::load::{Load, Step};
use super::machine::{Phase, Replica, Service, Timer};
use super::{ChannelId, Output, TaskId};
use crate::ambient::{Instant, Now};
use crate::engine::backoff::Backoff;
use crate::error::Code;
use crate::protocol::ToManager;
use crate::session::{Outcome, Version};
use crate::storage::{Answer, Failure, Operation};

/// How long the store may take to answer.
const DEADLINE: Duration = Duration::from_secs(10);

/// What is being done, and what is to be done next.
#[derive(Debug)]
pub(super) struct Work {
    running: Option<Running>,
    last: u64,
    /// How often a look at the store was asked for.
    wanted: u64,
    /// All looks asked for up to this one were taken.
    looked: u64,
    /// The replica is known to be behind: nothing is committed before the next look.
    behind: bool,
    /// A page that lacks commits of the log goes before the next commit, so that no stream of writes shuts it out.
    log_first: bool,
    backoff: Backoff,
}

#[derive(Debug)]
struct Running {
    task: TaskId,
    started: Instant,
    /// The looks at the store that it serves as.
    covers: u64,
    doing: Doing,
}

#[derive(Debug)]
enum Doing {
    Load(Load),
    Commit(Commit, Group),
    CatchUp,
    Log { channel: ChannelId, from: Version },
}

impl Default for Work {
    fn default() -> Self {
        let backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5), 0.5);
        Self { running: None, last: 0, wanted: 0, looked: 0, behind: false, log_first: false, backoff }
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
    /// Reads the store anew; what was running is of no interest any more.
    pub(super) fn reload(&mut self) {
        self.phase = Phase::Loading;
        self.work.running = None;
        self.timers.clear(Timer::Answer);
        self.timers.clear(Timer::Read);
    }

    /// Starts the next thing to do, if the store is free.
    pub(super) fn start_work(&mut self, now: Now) {
        if self.work.running.is_none()
            && let Some((doing, operation)) = self.next_work(now)
        {
            self.start(now, doing, operation);
        }
    }

    fn start(&mut self, now: Now, doing: Doing, operation: Operation) {
        self.work.last = self.work.last.saturating_add(1);
        let task = TaskId(self.work.last);
        self.work.running = Some(Running { task, started: now.instant, covers: self.work.wanted, doing });
        self.timers.set(Timer::Answer, now.instant.after(DEADLINE));
        self.out.push_back(Output::Store { store: self.home, task, operation });
    }

    fn next_work(&mut self, now: Now) -> Option<(Doing, Operation)> {
        let may_read = self.timers.get(Timer::Read).is_none();
        match self.phase {
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
                    let catch_up = look.then_some((Doing::CatchUp, Operation::Since(self.replica.head)));
                    catch_up.or_else(|| log(self))
                })
            }
            _ => None,
        }
    }

    fn next_log(&self) -> Option<(Doing, Operation)> {
        self.connections.values().find_map(|connection| {
            let from = connection.wants_log()?;
            Some((Doing::Log { channel: connection.channel, from }, Operation::Since(from)))
        })
    }

    fn next_commit(&mut self, now: Now) -> Option<(Doing, Operation)> {
        if self.work.behind || self.timers.get(Timer::Commit).is_some() {
            return None;
        }
        self.queue.ready().next()?;
        let (head, durability) = (self.replica.head, self.config.durability);
        let judge = Judge { limits: &self.config.limits, head, at: now.wall, planted: self.planted };
        loop {
            let version = Version { epoch: head.epoch, seq: head.seq.saturating_add(1), tag: self.rng.draw() };
            if self.pace.probes() {
                let (commit, group) = Group::probe(version);
                let operation = Operation::Commit { expect: Some(head), commit: commit.to_store(durability).ok()? };
                return Some((Doing::Commit(commit, group), operation));
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
    pub(super) fn answered(&mut self, now: Now, task: TaskId, answer: Answer) {
        if let Some(running) = self.work.running.take_if(|running| running.task == task) {
            self.timers.clear(Timer::Answer);
            self.finish(now, running, answer);
        }
    }

    /// The store did not answer in time: nobody knows what became of it.
    pub(super) fn unanswered(&mut self, now: Now) {
        if let Some(running) = self.work.running.take() {
            self.finish(now, running, Answer::Failed(Failure { code: Code::StorageFailed, unknown: true }));
        }
    }

    fn finish(&mut self, now: Now, running: Running, answer: Answer) {
        let Running { started, covers, doing, .. } = running;
        match doing {
            Doing::Load(load) => self.loaded(now, covers, load, answer),
            Doing::Commit(commit, group) => self.committed(now, started, covers, &commit, &group, answer),
            Doing::CatchUp => self.caught_up(now, covers, answer),
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

    fn loaded(&mut self, now: Now, covers: u64, load: Load, answer: Answer) {
        match load.answered(answer, &mut *self.rng) {
            Step::Ask(load) => match load.operation() {
                Ok(operation) => self.start(now, Doing::Load(load), operation),
                Err(code) => self.not_loaded(now, code),
            },
            Step::Again => self.retry_reading(now),
            Step::Failed(code) => self.not_loaded(now, code),
            Step::Done { head, state } => {
                self.phase = Phase::Ready;
                self.replica = Replica::new(head, state);
                self.work.behind = false;
                self.work.backoff.reset();
                self.connections.values_mut().for_each(|connection| connection.replaced(head));
                self.looked(covers);
                self.welcome_hellos(now);
            }
        }
    }

    fn not_loaded(&mut self, now: Now, code: Code) {
        for channel in self.connections.keys().copied().collect::<Vec<_>>() {
            self.part(channel, code);
        }
        self.dismiss_hellos(code);
        self.retry_reading(now);
    }

    fn retry_reading(&mut self, now: Now) {
        let pause = self.work.backoff.next(self.rng.draw());
        self.timers.set(Timer::Read, now.instant.after(pause));
    }

    /// All looks asked for up to this ticket were taken.
    pub(super) fn looked(&mut self, ticket: u64) {
        self.work.looked = self.work.looked.max(ticket);
        let head = self.replica.head;
        self.connections.values_mut().for_each(|connection| connection.looked(ticket, head));
    }

    fn caught_up(&mut self, now: Now, covers: u64, answer: Answer) {
        match answer {
            Answer::Log(Some(entries)) => match Commit::chain(self.replica.head, &entries) {
                Ok(commits) => {
                    commits.iter().for_each(|commit| self.replica.advance(commit));
                    self.work.behind = false;
                    self.work.backoff.reset();
                    self.looked(covers);
                }
                // What cannot be read may be a newer layout: reading anew will tell.
                Err(_) => self.reload(),
            },
            Answer::Log(None) => self.reload(),
            _ => self.retry_reading(now),
        }
    }

    fn committed(&mut self, now: Now, started: Instant, covers: u64, commit: &Commit, group: &Group, answer: Answer) {
        self.work.log_first = true;
        match answer {
            Answer::Committed => {
                self.pace.committed();
                self.metrics.commits = self.metrics.commits.saturating_add(1);
                let refused = group.outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Refused(_))).count();
                self.metrics.refused = self.metrics.refused.saturating_add(u64::try_from(refused).unwrap_or(u64::MAX));
                self.commit_times.add(now.instant.since(started));
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
            Some(outcome @ (Outcome::Refused(_) | Outcome::Contended)) => *outcome,
            _ => Outcome::Refused(code),
        };
        self.dismiss(&pending.author, pending.write.n, outcome);
        if let Some(connection) = self.connections.values().find(|connection| connection.author == pending.author) {
            connection.say(&ToManager::Outcomes(alloc::vec![(pending.write.n, outcome)]), &mut self.out);
        }
    }
}
