//! What the store is being asked, and what it is to be asked next: data, on which `dispatch` acts.

use super::load::Load;
use crate::ambient::{Instant, Span};
use crate::engine::backoff::Backoff;
use crate::service::commits::group::Group;
use crate::service::io::{ChannelId, StoreId, TaskId};
use crate::service::migration::moving::MoveTask;
use crate::service::replica::commit::Commit;
use crate::session::{Outcome, Version};

/// One task at a time, and what decides on the next one.
#[derive(Debug)]
pub struct Scheduler {
    pub running: Option<Running>,
    last: u64,
    /// How often somebody asked for a refresh of the replica.
    requested: u64,
    /// All refreshes up to this one are done.
    refreshed: u64,
    /// The replica is known to be behind: nothing is committed before it is refreshed.
    pub behind: bool,
    /// The store refused the oldest write that waits, which is to be told so: unless a look at the store shows that another frame of
    /// its page has committed it. Nothing is committed before.
    pub refusal: Option<Outcome>,
    /// Answers in a row that contradict one another.
    pub contradictions: u32,
    /// A page that lacks commits of the log goes before the next commit, so that no stream of writes shuts it out.
    pub log_first: bool,
    /// Home is not read before.
    pub read_at: Instant,
    /// Nothing is forgotten for its own sake before.
    pub gc_at: Instant,
    pub backoff: Backoff,
}

/// The task that the store has not answered yet.
#[derive(Debug)]
pub struct Running {
    pub id: TaskId,
    pub started: Instant,
    /// All refreshes up to this one are done by it.
    pub covers: u64,
    pub task: Task,
}

/// One storage operation, and what its answer is for.
#[derive(Debug)]
pub enum Task {
    Load(Load),
    Commit(Commit, Group),
    CatchUp,
    Log {
        channel: ChannelId,
        from: Version,
    },
    /// A step of a move, on this store.
    Move(StoreId, MoveTask),
}

impl Default for Scheduler {
    fn default() -> Self {
        Self {
            running: None,
            last: 0,
            requested: 0,
            refreshed: 0,
            behind: false,
            refusal: None,
            contradictions: 0,
            log_first: false,
            read_at: Instant::default(),
            gc_at: Instant::default(),
            backoff: Backoff::new(Span::from_millis(100), Span::from_secs(5), 0.5),
        }
    }
}

impl Scheduler {
    /// Asks for a refresh that begins after this moment; gives its ticket.
    pub fn request_refresh(&mut self) -> u64 {
        self.requested = self.requested.saturating_add(1);
        self.requested
    }

    /// All refreshes up to this ticket are done.
    pub fn refreshed(&mut self, ticket: u64) {
        self.refreshed = self.refreshed.max(ticket);
    }

    /// The ticket of the last refresh that is done.
    pub fn last_refresh(&self) -> u64 {
        self.refreshed
    }

    /// Whether the replica is to be refreshed.
    pub fn wants_refresh(&self) -> bool {
        self.refreshed < self.requested || self.behind || self.refusal.is_some()
    }

    /// A task begins now.
    pub fn run(&mut self, now: Instant, task: Task) -> TaskId {
        self.last = self.last.saturating_add(1);
        let id = TaskId(self.last);
        self.running = Some(Running { id, started: now, covers: self.requested, task });
        id
    }
}
