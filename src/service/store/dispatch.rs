//! Which task comes next, and where its answer goes. One at a time, each with a deadline.

use super::load::Load;
use super::scheduler::{Running, Task};
use crate::ambient::{Now, Span};
use crate::error::Code;
use crate::service::commits::group::Group;
use crate::service::io::{ChannelId, Output, TaskId};
use crate::service::machine::{Phase, Service, Timer};
use crate::service::replica::commit::Commit;
use crate::session::Version;
use crate::storage::{Answer, Failure, Operation};

/// How long the store may take to answer.
const DEADLINE: Span = Span::from_secs(10);
/// As long, if others wait for a store that may well be of no use.
const SHORT_DEADLINE: Span = Span::from_secs(2);

impl Service {
    /// The step of a move that is under way is of no interest any more. Whatever it may have changed at home makes the next
    /// commit there stale.
    pub(in crate::service) fn drop_move_task(&mut self) {
        if self.scheduler.running.take_if(|running| matches!(running.task, Task::Move(..))).is_some() {
            self.timers.clear(Timer::Answer);
        }
    }

    /// Starts the next task, if the store is free.
    pub(in crate::service) fn start_next(&mut self, now: Now) {
        if self.scheduler.running.is_none()
            && let Some((task, operation)) = self.next_task(now)
        {
            self.start(now, task, operation);
        }
    }

    pub(in crate::service) fn start(&mut self, now: Now, task: Task, operation: Operation) {
        let store = if let Task::Move(store, _) = &task { *store } else { self.home };
        let task = self.scheduler.run(now.instant, task);
        let deadline = if self.is_in_the_way(store) { SHORT_DEADLINE } else { DEADLINE };
        self.timers.set(Timer::Answer, now.instant.after(deadline));
        self.out.push_back(Output::Store { store, task, operation });
    }

    fn next_task(&mut self, now: Now) -> Option<(Task, Operation)> {
        if self.foreign_move.is_moved_away() {
            return None;
        }
        if self.leaves_home()
            && let Some(task) = self.next_move_task(now)
        {
            return Some(task);
        }
        let may_read = now.instant >= self.scheduler.read_at;
        match self.phase {
            Phase::Loading if self.leaves_home() => (may_read && self.scheduler.behind).then(|| self.catch_up()),
            Phase::Loading if may_read => Some((Task::Load(Load::Head), Operation::Head)),
            Phase::Ready => self.next_when_ready(now, may_read),
            _ => None,
        }
    }

    fn next_when_ready(&mut self, now: Now, may_read: bool) -> Option<(Task, Operation)> {
        let log = |service: &Self| service.next_log().filter(|_| may_read);
        if self.scheduler.log_first
            && let Some(log) = log(self)
        {
            return Some(log);
        }
        self.next_commit(now).or_else(|| {
            let catch_up = (may_read && self.scheduler.wants_refresh()).then(|| self.catch_up());
            catch_up.or_else(|| log(self)).or_else(|| self.next_background(now))
        })
    }

    fn catch_up(&self) -> (Task, Operation) {
        (Task::CatchUp, Operation::Since(self.replica.head))
    }

    fn next_log(&self) -> Option<(Task, Operation)> {
        self.connections.values().find_map(|connection| {
            let from = connection.wants_log()?;
            Some((Task::Log { channel: connection.channel, from }, Operation::Since(from)))
        })
    }

    /// What nobody waits for.
    fn next_background(&mut self, now: Now) -> Option<(Task, Operation)> {
        if self.leaves_home() {
            return None;
        }
        self.next_move_task(now).or_else(|| {
            let rests = self.scheduler.behind || !self.pace.allows(now.instant) || self.replica.state.moving();
            let commit = if rests { None } else { self.collect_garbage(now.instant).or_else(|| self.clean_up(now)) };
            commit.map(|commit| self.background(commit))
        })
    }

    /// A commit of no writes.
    pub(in crate::service) fn background(&self, commit: Commit) -> (Task, Operation) {
        let operation = commit.operation(self.replica.head);
        (Task::Commit(commit, Group::none()), operation)
    }

    /// The store answered. An answer that came too late is none.
    pub(in crate::service) fn answered(&mut self, now: Now, task: TaskId, answer: Answer) {
        if let Some(running) = self.scheduler.running.take_if(|running| running.id == task) {
            self.timers.clear(Timer::Answer);
            self.finish(now, running, answer);
        }
    }

    /// The store did not answer in time: nobody knows what became of it.
    pub(in crate::service) fn unanswered(&mut self, now: Now) {
        if let Some(running) = self.scheduler.running.take() {
            self.finish(now, running, Answer::Failed(Failure { code: Code::StorageFailed, unknown: true }));
        }
    }

    fn finish(&mut self, now: Now, running: Running, answer: Answer) {
        let Running { started, covers, task, .. } = running;
        let newer = matches!(answer, Answer::Failed(Failure { code: Code::ProtocolMismatch, .. }));
        match task {
            Task::Commit(..) | Task::CatchUp | Task::Log { .. } if newer => self.is_outdated(),
            Task::Load(load) => self.loaded(now, covers, load, answer),
            Task::Commit(commit, group) => self.committed(now, (started, covers), &commit, &group, answer),
            Task::CatchUp => self.caught_up(now, covers, answer),
            Task::Move(store, task) => self.move_task_done(now, covers, (store, task), answer),
            Task::Log { channel, from } => self.log_is_read(channel, from, answer),
        }
    }

    /// The log was read for a page that lacks commits of it.
    fn log_is_read(&mut self, channel: ChannelId, from: Version, answer: Answer) {
        let commits = match answer {
            Answer::Log(Some(entries)) => Commit::chain(from, &entries).ok(),
            _ => None,
        };
        self.scheduler.log_first = false;
        if let Some(connection) = self.connections.get_mut(&channel) {
            connection.log_read(from, commits, self.replica.head);
        }
    }
}
