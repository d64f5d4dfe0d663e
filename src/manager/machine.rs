//! The manager's state and its doors.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::access::Access;
use super::assembly::Assembly;
use super::chores::{Chore, PendingChore};
use super::delta::Delta;
use super::expiries::Expiries;
use super::io::{Config, Event, Failure, Input, Metrics, Operation, Output, PageLifecycle, Settled, Token};
use super::link::{Link, LinkState, Timer};
use super::tallies::Tallies;
use super::waiters::Waiters;
use super::writes::{Call, PendingWrite, Writes};
use crate::ambient::{Instant, Now, Rng, UnixMillis};
use crate::engine::backoff::Backoff;
use crate::engine::cache::Cache;
use crate::engine::follower::Follower;
use crate::engine::overlay::{Confirmed, Overlay};
use crate::engine::percentiles::Percentiles;
use crate::engine::timers::Timers;
use crate::error::Code;
use crate::machine::Machine;
use crate::session::{ClientId, SessionId, SortedMap, StorageStatus};

/// The page's machine. It starts connecting at its first [`handle_timeout`](Machine::handle_timeout).
///
/// Its methods are in seven places: the doors here; what the page may show in `showing`; calls of the page in `submit`, the one for
/// better storage in `asking`; the life of the connection in `connect`, checks of it in `check`; messages of the service in
/// `inbound`.
pub struct Manager {
    /// The pause between two checks, in microseconds.
    pub(super) heartbeat: u64,
    /// The request timeout in microseconds.
    pub(super) timeout: u64,
    pub(super) rng: Box<dyn Rng>,
    pub(super) client: ClientId,
    pub(super) link: Link,
    pub(super) timers: Timers<Timer>,
    pub(super) confirmed: Confirmed,
    pub(super) follower: Follower<Delta>,
    pub(super) assembly: Option<Assembly>,
    /// About how many bytes of sessions are held, at most.
    pub(super) weight: usize,
    pub(super) overlay: Overlay,
    /// Sessions that may show otherwise than when they were last drawn.
    pub(super) touched: Vec<SessionId>,
    pub(super) writes: Writes,
    pub(super) expiries: Expiries,
    /// Uses of sessions that the service has not taken in.
    pub(super) chores: Vec<PendingChore>,
    /// Requests that the authority has not counted.
    pub(super) tallies: SortedMap<SessionId, Tallies>,
    /// Updates by function that are not a write yet: their function runs, or their session is not known yet.
    pub(super) calls: Vec<Call>,
    /// How long function updates hold back after losing against somebody else.
    pub(super) contention: Backoff,
    pub(super) contended_until: Instant,
    pub(super) cache: Cache,
    pub(super) waiters: Waiters,
    pub(super) closing: Option<Vec<Token>>,
    pub(super) access: Access,
    pub(super) storage: StorageStatus,
    pub(super) declined_until: Option<UnixMillis>,
    pub(super) seen: Seen,
    /// How many milliseconds the wall clock was ahead of the one that only runs forward, when anything happened last.
    pub(super) ahead: u64,
    pub(super) stale: bool,
    pub(super) last_error: Option<Failure>,
    pub(super) round_trips: Percentiles<128>,
    pub(super) write_times: Percentiles<128>,
    pub(super) metrics: Metrics,
    pub(super) changed: bool,
    pub(super) outputs: VecDeque<Output>,
    /// The calls whose function is to run, in this order.
    runs: VecDeque<Token>,
}

/// What the browser last said of page and network.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub hidden: bool,
    pub offline: bool,
    /// Was suspended, and what is held was not verified since.
    pub withheld: bool,
}

impl Manager {
    /// A manager for one page life.
    pub fn new(config: Config, mut rng: Box<dyn Rng>) -> Self {
        let (initial, max, jitter) = config.backoff;
        let pauses = Backoff::new(initial, max, jitter);
        let client = ClientId(rng.draw(), rng.draw());
        let mut timers = Timers::default();
        timers.set(Timer::Mount, Instant::default());
        Self {
            heartbeat: config.heartbeat.0,
            timeout: config.request_timeout.0,
            rng,
            client,
            link: Link::new(pauses),
            timers,
            confirmed: Confirmed::default(),
            follower: Follower::default(),
            assembly: None,
            weight: 0,
            overlay: Overlay::default(),
            touched: Vec::new(),
            writes: Writes::default(),
            expiries: Expiries::default(),
            chores: Vec::new(),
            tallies: SortedMap::new(),
            calls: Vec::new(),
            contention: pauses.short(),
            contended_until: Instant::default(),
            cache: Cache::new(config.ttl),
            waiters: Waiters::default(),
            closing: None,
            access: Access::default(),
            storage: StorageStatus::UNKNOWN,
            declined_until: None,
            seen: Seen::default(),
            ahead: 0,
            stale: false,
            last_error: None,
            round_trips: Percentiles::default(),
            write_times: Percentiles::default(),
            metrics: Metrics::default(),
            changed: false,
            outputs: VecDeque::new(),
            runs: VecDeque::new(),
        }
    }

    /// Whether a read would be answered without asking the service.
    pub fn is_cache_valid(&self, now: Now) -> bool {
        self.cache.is_fresh(now.instant) && !self.has_slept(now)
    }

    /// Counts since the start.
    pub fn metrics(&self) -> Metrics {
        Metrics {
            hits: self.cache.hits,
            misses: self.cache.misses,
            round_trip_ms: self.round_trips.milliseconds(),
            write_ms: self.write_times.milliseconds(),
            duplicates: self.follower.duplicates,
            reordered: self.follower.reordered,
            gaps: self.follower.gaps,
            ..self.metrics
        }
    }

    /// The name of this page's life.
    pub fn client(&self) -> ClientId {
        self.client
    }

    /// The protocol version that is spoken with the service, while there is a connection.
    pub fn protocol(&self) -> Option<u8> {
        match &self.link.state {
            LinkState::Open(open) => Some(open.protocol),
            LinkState::BackingOff | LinkState::Connecting | LinkState::Closed => None,
        }
    }

    /// Whether what is shown is older than it should be.
    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// How many writes of the caller's are not settled.
    pub(super) fn pending_writes(&self) -> usize {
        self.writes.pending.iter().filter(|pending| shows(pending)).count().saturating_add(self.calls.len())
    }

    pub(super) fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Emit(event));
    }

    /// Tells of something that went wrong and that no promise tells of.
    pub(super) fn fail(&mut self, code: Code) {
        self.note_error(code.into());
        self.changed = true;
        self.emit(Event::Failed(code));
    }

    /// Keeps an error for the snapshot, until the connection is live anew.
    pub(super) fn note_error(&mut self, failure: Failure) {
        self.last_error = Some(failure);
        if let LinkState::Open(open) = &mut self.link.state {
            open.failed = true;
        }
    }

    pub(super) fn settle(&mut self, token: Token, result: Result<Settled, Code>) {
        self.outputs.push_back(Output::Settle { token, result: result.map_err(Failure::from) });
    }

    /// Has the function of a call run when its turn comes; before anything is known it waits.
    pub(super) fn run(&mut self, call: Call) {
        if self.follower.held().is_some() || self.overlay.touches(&call.id) {
            self.runs.push_back(call.token);
        }
        self.calls.push(Call { running: false, ..call });
    }

    /// The next function to run. One at a time: each sees what those before it have made of the session. None sees what is
    /// withheld.
    fn next_run(&mut self) -> Option<Output> {
        if self.seen.withheld || self.calls.iter().any(|call| call.running) {
            return None;
        }
        while let Some(token) = self.runs.pop_front() {
            let Some(call) = self.calls.iter_mut().find(|call| call.token == token) else { continue };
            if let Some((session, _)) = self.overlay.get(&self.confirmed, &call.id) {
                call.running = true;
                return Some(Output::Run { token, data: session.data.clone() });
            }
            self.calls.retain(|call| call.token != token);
            self.settle(token, Err(Code::NotFound));
            self.finish_closing();
        }
        None
    }

    /// Lays the pending writes over the confirmed sessions anew.
    pub(super) fn relay(&mut self) {
        let pending = self.writes.pending.iter_mut().filter(|pending| shows(pending));
        let writes = pending.map(|pending| (pending.mutations.as_slice(), pending.at, &mut pending.made));
        self.overlay.relay(&self.confirmed, writes, &mut self.touched);
        self.changed = true;
    }

    fn lifecycle(&mut self, now: Now, event: PageLifecycle) {
        match event {
            PageLifecycle::Visible => self.seen.hidden = false,
            PageLifecycle::Hidden => self.seen.hidden = true,
            PageLifecycle::Suspended => {
                self.changed |= !self.seen.withheld;
                self.seen.withheld = true;
            }
            PageLifecycle::Resumed => self.seen.hidden = false,
            PageLifecycle::Online => {
                self.changed |= self.seen.offline;
                self.seen.offline = false;
            }
            PageLifecycle::Offline => {
                self.changed |= !self.seen.offline;
                self.seen.offline = true;
            }
        }
        match event {
            PageLifecycle::Hidden | PageLifecycle::Suspended => {
                self.timers.clear(Timer::Beat);
                // It may never be heard of again.
                self.count_on(now, true);
                self.flush(now);
            }
            PageLifecycle::Visible | PageLifecycle::Resumed | PageLifecycle::Online => self.probe(now),
            PageLifecycle::Offline => {}
        }
    }
}

/// Whether a pending write shows.
fn shows(pending: &PendingWrite) -> bool {
    pending.operation != Operation::Count
}

impl Machine for Manager {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, now: Now, input: Input) {
        self.notice_sleep(now);
        match input {
            Input::FrameLoaded(frame) => self.frame_loaded(now, frame),
            Input::FrameGone(frame) => self.frame_gone(now, frame),
            Input::Message { attempt, bytes } => self.message(now, attempt, &bytes),
            Input::Refused { attempt, .. } => self.refused(now, attempt),
            Input::Malformed => self.metrics.malformed += u64::from(self.hears(now, 0)),
            Input::Write { token, operation, mutations } => self.write(now, token, operation, mutations),
            Input::Function { token, id, if_version, replace } => self.function(now, token, id, if_version, replace),
            Input::Ran { token, patch } => self.ran(now, token, patch),
            Input::Withdraw(token) => self.withdraw(token),
            Input::Read(token) => self.read(now, token),
            Input::Refresh(token) => self.refresh(now, token),
            Input::RefreshIfStale => self.refresh_if_stale(now),
            Input::Invalidate => self.invalidate(),
            Input::Ready(token) => self.wait_for_ready(now, token),
            Input::Late => self.say_unreachable(),
            Input::Reconnect(token) => self.reconnect(now, token),
            Input::AskAccess(token) => self.ask_access(now, token),
            Input::LeavePrompt { declined } => self.turned_away(declined),
            Input::Lifecycle(event) => self.lifecycle(now, event),
            Input::Touch { token, id } => self.touch_session(now, token, id),
            Input::Record { token, id, micros, url } => self.record(now, token, id, micros, url),
            Input::CleanUp(token) => self.have_done(now, token, Chore::CleanUp),
            Input::Close(token) => self.close(now, token),
        }
        self.finish_closing();
        self.mind_expiry(now);
    }

    fn handle_timeout(&mut self, now: Now) {
        while let Some((timer, due)) = self.timers.expire(now.instant) {
            self.timer(now, timer, due);
        }
        self.finish_closing();
        self.mind_expiry(now);
    }

    fn poll_output(&mut self, _now: Now) -> Option<Output> {
        // Functions that have to run again run before anybody is told, so that their effect does not flicker.
        if let Some(run) = self.next_run() {
            return Some(run);
        }
        if !self.runs.is_empty() && !self.seen.withheld {
            return None;
        }
        if core::mem::take(&mut self.changed) {
            return Some(Output::Changed);
        }
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if matches!(self.link.state, LinkState::Closed) { None } else { self.timers.next() }
    }
}
