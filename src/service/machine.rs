//! The service as a machine: what it holds, and where each input goes.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;

use super::io::{ChannelId, Config, Input, Metrics, Output, StoreId};
use crate::ambient::{Instant, Now, Rng, UnixMillis};
use crate::engine::agreement::Agreement;
use crate::engine::percentiles::Percentiles;
use crate::engine::timers::Timers;
use crate::error::Code;
use crate::machine::Machine;
use crate::protocol::ToManager;
use crate::service::commits::pace::Pace;
use crate::service::commits::queue::Queue;
use crate::service::commits::touches::Touch;
use crate::service::connections::connection::{Connection, Source};
use crate::service::connections::origin_limits::OriginLimiters;
use crate::service::connections::prompt::Prompt;
use crate::service::connections::waiting_hello::WaitingHello;
use crate::service::migration::foreign_move::ForeignMove;
use crate::service::migration::moving::Move;
use crate::service::replica::Replica;
use crate::service::replica::author::Author;
use crate::service::replica::census::Census;
use crate::service::replica::state::State;
use crate::service::store::cleaning::Cleaning;
use crate::service::store::reselection::Reselection;
use crate::service::store::scheduler::Scheduler;
use crate::session::{SortedMap, StorageStatus, Version};

/// Messages after which other work comes first.
const TOLD_AT_ONCE: usize = 256;

/// The authority's machine.
pub struct Service {
    pub(super) config: Config,
    pub(super) rng: Box<dyn Rng>,
    pub(super) storage: StorageStatus,
    /// Where sessions are kept.
    pub(super) home: StoreId,
    /// On the way from one store to another.
    pub(super) moving: Option<Move>,
    pub(super) reselection: Reselection,
    pub(super) foreign_move: ForeignMove,
    pub(super) phase: Phase,
    pub(super) out: VecDeque<Output>,
    pub(super) timers: Timers<Timer>,
    pub(super) replica: Replica,
    pub(super) queue: Queue,
    pub(super) touches: Vec<Touch>,
    pub(super) pace: Pace,
    pub(super) clocks: Agreement,
    pub(super) cleaning: Cleaning,
    pub(super) scheduler: Scheduler,
    pub(super) hellos: Vec<WaitingHello>,
    pub(super) origin_limits: OriginLimiters,
    pub(super) connections: SortedMap<ChannelId, Connection>,
    pub(super) prompt: Option<Prompt>,
    /// What is wrong with the store, though it has cost nothing yet.
    pub(super) trouble: Option<Code>,
    pub(super) metrics: Metrics,
    pub(super) commit_times: Percentiles<256>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Phase {
    /// No store yet.
    Unopened,
    /// The store is being read.
    Loading,
    /// A newer build has written to the store. What to do about it was asked of the frame.
    Outdated,
    Ready,
    Stopped,
}

/// What it waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Timer {
    /// The answer of the store.
    Answer,
    /// The next attempt to read the store.
    Read,
    /// The next attempt to commit.
    Commit,
    /// Writes that are held back by the rate.
    Rate,
    /// The next attempt of a step of a move.
    Move,
    /// The one who began to move this store seems not to go on.
    Reopen,
    /// Whether what was moved away can be reached seems not to be found out.
    ForeignMove,
    /// The store is not reselected again before.
    Reselect,
    /// Nothing is forgotten for its own sake before.
    Gc,
    /// Nobody looks for what has expired for good before.
    CleanUp,
    /// There is more to be told than is told at once.
    Feed,
}

impl Service {
    /// A service without a store yet: [`Input::Opened`] follows.
    pub fn new(config: Config, rng: Box<dyn Rng>) -> Self {
        Self {
            config,
            rng,
            storage: StorageStatus::UNKNOWN,
            home: StoreId(0),
            moving: None,
            reselection: Reselection::default(),
            foreign_move: ForeignMove::default(),
            phase: Phase::Unopened,
            out: VecDeque::new(),
            timers: Timers::default(),
            replica: Replica::new(Version { epoch: 0, seq: 0, tag: 0 }, State::default()),
            queue: Queue::default(),
            touches: Vec::new(),
            pace: Pace::default(),
            clocks: Agreement::default(),
            cleaning: Cleaning::default(),
            scheduler: Scheduler::default(),
            hellos: Vec::new(),
            origin_limits: OriginLimiters::default(),
            connections: SortedMap::new(),
            prompt: None,
            trouble: None,
            metrics: Metrics::default(),
            commit_times: Percentiles::default(),
        }
    }

    /// Counts since the start.
    pub fn metrics(&self) -> Metrics {
        Metrics {
            connections: self.connections.len(),
            sessions: self.replica.state.sessions().len(),
            commit_ms: self.commit_times.milliseconds(),
            ..self.metrics
        }
    }

    /// How the sessions of the store stand at this time. Looks at each of them.
    pub fn census(&self, at: UnixMillis) -> Census {
        Census::of(&self.replica.state, at)
    }

    /// The store that sessions are kept in.
    pub fn home(&self) -> StoreId {
        self.home
    }

    /// Where sessions are kept.
    pub fn status(&self) -> StorageStatus {
        self.storage
    }

    pub(super) fn tell_all(&mut self, message: &ToManager) {
        for connection in self.connections.values() {
            connection.say(message, &mut self.out);
        }
    }

    fn stop(&mut self) {
        for channel in self.connections.keys().copied().collect::<Vec<_>>() {
            self.part(channel, Code::Closed);
        }
        self.dismiss_hellos(Code::Closed);
        self.drop_prompt(false);
        self.timers = Timers::default();
        self.scheduler = Scheduler::default();
        self.moving = None;
        self.queue = Queue::default();
        self.touches = Vec::new();
        self.cleaning = Cleaning::default();
        self.phase = Phase::Stopped;
    }

    /// Says goodbye to a page and forgets it; what it wrote and what has its turn stays.
    pub(super) fn part(&mut self, channel: ChannelId, code: Code) {
        if let Some(connection) = self.connections.remove(&channel) {
            connection.say(&ToManager::Goodbye(code), &mut self.out);
            self.out.push_back(Output::Close(channel));
            self.queue.drop_held(&connection.author);
        }
    }

    /// The connection of this client, if it has one.
    pub(super) fn connection_of(&mut self, author: &Author) -> Option<&mut Connection> {
        self.connections.values_mut().find(|connection| connection.author == *author)
    }

    /// Everything that can go on now goes on.
    fn advance(&mut self, now: Now) {
        if self.phase == Phase::Stopped {
            return;
        }
        self.release_held(now.instant);
        self.tend_prompt();
        self.mind_seal(now.instant);
        if self.phase == Phase::Ready {
            self.feed(now);
        }
        // After the commits that hold them: who is told that a use was taken in finds it so.
        self.answer_touches(now);
        self.start_next(now);
    }

    /// Tells pages what they have credit for. Where many are to be told much, not all of it is laid out in memory at once.
    pub(super) fn feed(&mut self, now: Now) {
        self.timers.clear(Timer::Feed);
        let Replica { head, state, recent } = &self.replica;
        let source = Source { at: now.wall, head: *head, state, recent };
        for connection in self.connections.values_mut() {
            if self.out.len() >= TOLD_AT_ONCE {
                return self.timers.set(Timer::Feed, now.instant);
            }
            connection.feed(source, &mut self.out);
        }
    }

    /// Gives writes that the rate held back their turn, as far as it allows.
    fn release_held(&mut self, now: Instant) {
        let mut next: Option<Instant> = None;
        for connection in self.connections.values_mut() {
            while self.queue.holds(&connection.author) {
                if !connection.bucket.take(1, now) {
                    let at = connection.bucket.next();
                    next = Some(next.map_or(at, |next| next.min(at)));
                    break;
                }
                self.queue.release(&connection.author);
            }
        }
        match next {
            Some(at) => self.timers.set(Timer::Rate, at),
            None => self.timers.clear(Timer::Rate),
        }
    }
}

impl Machine for Service {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, now: Now, input: Input) {
        self.clocks.look(now);
        match input {
            Input::Opened { store, below, status } => self.opened(now.instant, store, below, status),
            Input::Reselected(status) => self.reselected(now.instant, status),
            Input::Hello { channel, origin, hello } => self.hello(now, channel, origin, hello),
            Input::Message { channel, bytes } => self.message(now, channel, &bytes),
            Input::Malformed => self.metrics.malformed = self.metrics.malformed.saturating_add(1),
            Input::Answered { task, answer } => self.answered(now, task, answer),
            Input::Grants(grants) => self.grants_are(grants),
            Input::StoreChanged => mem::drop(self.scheduler.request_refresh()),
            Input::Announced { store, commit } => self.announced(store, &commit),
            Input::PromptShown => self.prompt_shown(),
            Input::Prompted => self.prompted(),
            Input::Quiet { origin, lasts } => self.quiet(&origin, lasts),
            Input::Trouble(trouble) => {
                self.trouble = trouble;
                if let Some(code) = trouble {
                    self.tell_all(&ToManager::Trouble(code));
                }
            }
            Input::Outdated => self.stays_outdated(now),
            Input::Stop => self.stop(),
        }
        self.advance(now);
    }

    fn handle_timeout(&mut self, now: Now) {
        self.clocks.look(now);
        while let Some((timer, _)) = self.timers.expire(now.instant) {
            match timer {
                Timer::Answer => self.unanswered(now),
                Timer::Reselect => self.try_reselect(now.instant),
                Timer::Reopen => self.reopen(),
                Timer::ForeignMove => self.give_in(),
                Timer::Read | Timer::Commit | Timer::Rate | Timer::Move | Timer::Gc | Timer::CleanUp | Timer::Feed => {}
            }
        }
        self.advance(now);
    }

    fn poll_output(&mut self, _: Now) -> Option<Output> {
        self.out.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }
}
