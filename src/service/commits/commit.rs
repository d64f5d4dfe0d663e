//! Writes go into commits, as many as wait, and what the store says of a commit decides what becomes of them.

use alloc::vec::Vec;

use super::group::Group;
use super::judge::Judge;
use super::pace::Pace;
use crate::ambient::{Instant, Now};
use crate::error::Code;
use crate::machine::mutants::{self, Mutant};
use crate::protocol::ToManager;
use crate::service::machine::{Service, Timer};
use crate::service::replica::commit::Commit;
use crate::service::store::scheduler::Task;
use crate::session::Outcome;
use crate::storage::{Answer, Failure, Operation};

impl Service {
    /// What became of earlier commits is certain, or does not matter any more.
    pub(in crate::service) fn forget_pace(&mut self) {
        self.pace = Pace::default();
        self.timers.clear(Timer::Commit);
    }

    pub(in crate::service) fn next_commit(&mut self, now: Now) -> Option<(Task, Operation)> {
        if self.scheduler.behind
            || self.scheduler.refusal.is_some()
            || !self.pace.allows(now.instant)
            || self.leaves_home()
        {
            return None;
        }
        if self.replica.state.moving() {
            return self.reopening().map(|commit| self.background(commit));
        }
        if self.queue.ready().next().is_none() {
            return self.touched(now);
        }
        let (head, durability) = (self.replica.head, self.config.durability);
        let judge = Judge {
            limits: &self.config.limits,
            grants: &self.config.grants,
            rules: self.config.rules,
            defaults: &self.config.defaults,
            head,
            at: now.wall,
        };
        loop {
            let empty = Commit::after(head, self.rng.draw(), Vec::new());
            let version = empty.version;
            if self.pace.probes() {
                return Some(self.background(empty));
            }
            let replica = &self.replica;
            let tag = |seq| replica.tag(seq);
            let formed = Group::form(&self.queue, &replica.state, &judge, version, self.pace.room(), tag);
            let Some(mut group) = formed else { return self.touched(now) };
            let Some(mut commit) = group.commit.take() else {
                // Nothing new in it: all of it was found in the store.
                self.queue.drop_first(group.taken);
                continue;
            };
            self.add_touches(now.wall, &mut commit.changes);
            let operation = Operation::Commit { expect: Some(head), commit: commit.to_store(durability) };
            return Some((Task::Commit(commit, group), operation));
        }
    }

    /// The store answered a commit that was begun at `started` and serves as all refreshes up to `covers`.
    pub(in crate::service) fn committed(
        &mut self,
        now: Now,
        (started, covers): (Instant, u64),
        commit: &Commit,
        group: &Group,
        answer: Answer,
    ) {
        self.scheduler.log_first = true;
        // A full store is as good as it was.
        let full = matches!(answer, Answer::Failed(Failure { code: Code::StorageFull, unknown: false }));
        self.commit_went(now.instant, full || matches!(answer, Answer::Committed | Answer::Stale));
        match answer {
            Answer::Failed(Failure { unknown: true, .. }) if mutants::has(Mutant::DoubtIsSuccess) => {
                self.queue.drop_first(group.taken);
                self.replica.advance(commit);
            }
            Answer::Committed => self.took_effect(now, (started, covers), commit, group),
            Answer::Stale => {
                self.scheduler.behind = true;
                let draw = self.rng.draw();
                let pause = self.pace.lost(now.instant, draw);
                self.pause_commits(pause);
            }
            Answer::Failed(Failure { code, unknown: false }) => self.store_refused(now, group, code),
            // Of a failure that says nothing, and of an answer that is none.
            _ => {
                let at = self.pace.doubted(now.instant, self.rng.draw());
                self.pause_commits(Some(at));
            }
        }
    }

    fn took_effect(&mut self, now: Now, (started, covers): (Instant, u64), commit: &Commit, group: &Group) {
        self.scheduler.contradictions = 0;
        self.pace.committed();
        self.metrics.commits = self.metrics.commits.saturating_add(1);
        let refused = group.outcomes.iter().filter(|outcome| outcome.refusal().is_some()).count();
        self.metrics.refused = self.metrics.refused.saturating_add(u64::try_from(refused).unwrap_or(u64::MAX));
        self.commit_times.add(now.instant.micros_since(started));
        self.queue.drop_first(group.taken);
        self.replica.advance(commit);
        if group.taken == 0 {
            self.cleaned(commit);
        }
        // It stood where it was expected to stand.
        self.refreshed(covers);
    }

    /// The store will not take this commit, and says so: a group is made smaller until the culprit stands alone.
    fn store_refused(&mut self, now: Now, group: &Group, code: Code) {
        let draw = self.rng.draw();
        if let Some(at) = self.pace.refused_in_doubt(now.instant, draw) {
            self.pause_commits(Some(at));
        } else if group.taken == 0 {
            let at = self.pace.pause(now.instant, draw);
            self.pause_commits(Some(at));
        } else if mutants::has(Mutant::GroupRefusedWhole) {
            for _ in 0..group.taken {
                self.give_up(Outcome::Refused(code));
            }
        } else if group.taken == 1 {
            // With its own code if it was to be refused anyway.
            let own = group.outcomes.first().copied().filter(|own| !matches!(own, Outcome::Accepted(_)));
            self.scheduler.refusal = Some(own.unwrap_or(Outcome::Refused(code)));
        } else {
            self.pace.refused(group.taken);
        }
    }

    fn pause_commits(&mut self, until: Option<Instant>) {
        if let Some(at) = until {
            self.timers.set(Timer::Commit, at);
        }
    }

    /// The store will not take the oldest write that waits, and was looked at since. Of one that it holds the page is told with its commit.
    pub(in crate::service) fn give_up(&mut self, outcome: Outcome) {
        let Some(queued) = self.queue.pop() else { return };
        let n = queued.write.n;
        let client = self.replica.state.client(&queued.author);
        if client.is_some_and(|client| client.outcomes.is_settled(n) || client.outcomes.get(n).is_some()) {
            return;
        }
        self.dismiss(&queued.author, n, outcome);
        if let Some(connection) = self.connections.values().find(|connection| connection.author == queued.author) {
            connection.say(&ToManager::Outcomes(alloc::vec![(n, outcome)]), &mut self.out);
        }
    }
}
