//! A page's life: its manager, and what its promises, events and messages must keep to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::RangeInclusive;
use std::rc::Rc;

use session_bridge::error::Code;
use session_bridge::machine::Machine;
use session_bridge::manager::{Config, Event, Input, Manager, Output, Settled, Shown, Snapshot, Token};
use session_bridge::protocol::{PROTOCOL, ToService, decode};
use session_bridge::session::{ClientId, Json, OpId, Outcome, Session, SessionId, Version};

use crate::faults::Fault;
use crate::freshness::Freshness;
use crate::ledger::Ledger;
use crate::lifetimes::same_version;
use crate::observe;
use crate::promises::{Kind, Promises};
use crate::queue::{End, FrameId, Happening, MILLI, Payload, SECOND, Time};
use crate::rng::Seeded;
use crate::world::World;

pub struct Page {
    pub manager: Manager,
    /// Counts the lives of this tab's pages.
    pub life: u64,
    pub client: Option<ClientId>,
    pub promises: Promises,
    /// What the events that were raised so far amount to.
    pub known: BTreeMap<SessionId, Rc<Session>>,
    pub known_version: Option<Version>,
    pub closed: bool,
    pub freshness: Freshness,
    /// The frame whose service welcomed it last.
    pub welcomed_by: Option<FrameId>,
    /// Its writes that lost against somebody else, and no store knows.
    pub contended: BTreeSet<u64>,
    /// Its writes of which it heard that they were accepted before it heard of the store that accepted them.
    pub told_early: BTreeSet<u64>,
    /// The ends of sessions that it told of.
    pub ends: BTreeSet<(SessionId, u64)>,
    /// Its requests.
    pub requests: BTreeMap<SessionId, Ledger>,
    /// What it showed when it was last driven.
    pub shown: Snapshot,
    /// What is drawn, as a browser keeps it.
    pub drawn: BTreeMap<SessionId, Shown>,
    pub wake: Time,
    pub offset: u64,
    /// The versions of the protocol that it speaks.
    pub versions: RangeInclusive<u8>,
}

impl Page {
    pub fn new(options: Config, rng: &mut Seeded, life: u64) -> Self {
        let manager = Manager::new(options, Box::new(rng.fork()));
        Self {
            shown: manager.snapshot(),
            drawn: BTreeMap::new(),
            manager,
            life,
            client: None,
            promises: Promises::default(),
            known: BTreeMap::new(),
            known_version: None,
            closed: false,
            freshness: Freshness::default(),
            welcomed_by: None,
            contended: BTreeSet::new(),
            told_early: BTreeSet::new(),
            ends: BTreeSet::new(),
            requests: BTreeMap::new(),
            versions: PROTOCOL,
            wake: Time::MAX,
            offset: rng.below(1_000) * SECOND,
        }
    }
}

impl World {
    /// The tab's page is loaded anew: what was in memory is gone, and so is its iframe.
    pub fn reload_page(&mut self, tab: usize) {
        self.trace.note(self.now, || format!("tab {tab}: page reloaded"));
        self.end_ledgers(tab);
        let life = self.tabs[tab].page.life + 1;
        let page = Page::new(self.tabs[tab].options, &mut self.rng, life);
        self.tabs[tab].page = page;
        self.tabs[tab].page.versions = self.draw_versions(Fault::PageOlder);
        self.tabs[tab].frames.clear();
        let begins = self.now + self.rng.between(1, 50) * MILLI;
        self.begin_page(tab, begins);
    }

    /// The page's script comes to run.
    pub fn begin_page(&mut self, tab: usize, at: Time) {
        let page = &mut self.tabs[tab].page;
        page.wake = at;
        self.queue.at(at, Happening::WakePage { tab, life: page.life });
    }

    pub fn reopen_if_closed(&mut self, tab: usize) {
        if self.tabs[tab].page.closed {
            self.reload_page(tab);
        }
    }

    pub fn wake_page(&mut self, tab: usize, life: u64) {
        let page = &mut self.tabs[tab].page;
        // An earlier waking was arranged since, and after it another: this one is nobody's any more.
        if page.life != life || page.wake > self.now {
            return;
        }
        page.wake = Time::MAX;
        let offset = page.offset;
        let clock = self.clock(tab, offset);
        self.with_page(tab, |page| {
            if page.manager.poll_timeout().is_some_and(|due| due <= clock.instant) {
                page.manager.handle_timeout(clock);
            }
        });
        self.check_overdue(tab);
    }

    /// Something happens to the tab's page.
    pub fn drive_page(&mut self, tab: usize, input: Input) {
        let clock = self.clock(tab, self.tabs[tab].page.offset);
        self.with_page(tab, |page| page.manager.handle(clock, input));
    }

    fn with_page(&mut self, tab: usize, act: impl FnOnce(&mut Page)) {
        act(&mut self.tabs[tab].page);
        let held = self.tabs[tab].page.manager.held();
        let now = self.page_clock(tab).instant;
        self.tabs[tab].page.freshness.holds(held, now);
        let mut changed = false;
        let mut told = false;
        // As the pump does it: all that the machine wants is taken before the first of it is done.
        let mut waiting = VecDeque::new();
        loop {
            let clock = self.clock(tab, self.tabs[tab].page.offset);
            waiting.extend(std::iter::from_fn(|| self.tabs[tab].page.manager.poll_output(clock)));
            let Some(output) = waiting.pop_front() else { break };
            if self.page_breaks_off(tab) {
                return;
            }
            changed |= output == Output::Changed;
            told |= matches!(output, Output::Emit(_));
            self.page_output(tab, output, held);
        }
        let after = self.tabs[tab].page.manager.snapshot();
        if changed {
            self.check_shown(tab, &after);
            // Not after each change: several come together as well.
            if !self.now.is_multiple_of(3) {
                self.check_drawn(tab, &after);
            }
        } else if let Some(difference) = difference(&self.tabs[tab].page.shown, &after) {
            self.violated(format!("tab {tab}: what it shows changed without a word: {difference}"));
        }
        if told || after.version != self.tabs[tab].page.known_version {
            self.check_told(tab, after.version);
        }
        self.tabs[tab].page.shown = after;
        self.check_fresh(tab);
        self.check_deadlines(tab);
        self.arrange_waking(tab);
    }

    pub fn arrange_waking(&mut self, tab: usize) {
        let now = self.now;
        let page = &mut self.tabs[tab].page;
        let Some(due) = page.manager.poll_timeout() else { return };
        let due = due.0.saturating_sub(page.offset).max(now);
        if due < page.wake {
            page.wake = due;
            let life = page.life;
            self.queue.at(due, Happening::WakePage { tab, life });
        }
    }

    fn page_output(&mut self, tab: usize, output: Output, held: Option<Version>) {
        match output {
            Output::MountFrame(place) => self.load_frame(tab, place),
            Output::RemoveFrame(place) => self.take_out(tab, place),
            Output::Hello(place, hello) => {
                let now = self.page_clock(tab).instant;
                self.tabs[tab].page.freshness.hails(hello.attempt, now);
                self.tabs[tab].page.client = Some(hello.client);
                self.origins.entry(hello.client).or_insert_with(|| self.tabs[tab].origin.clone());
                self.greet(tab, place, hello);
            }
            Output::Send { attempt, bytes } => self.send(tab, attempt, bytes),
            Output::Run { token, data } => self.run_function(tab, token, &data),
            Output::Settle { token, result } => {
                if matches!(result, Ok(Settled::Fresh)) {
                    self.check_read(tab, token);
                }
                let ok = result.map(drop).map_err(|failure| failure.code);
                self.settled(tab, token, ok);
            }
            Output::Emit(event) => self.event(tab, event, held),
            Output::Changed | Output::ShowFrame(_) => {}
        }
    }

    fn send(&mut self, tab: usize, attempt: u64, bytes: Vec<u8>) {
        let Some(channel) = self.channel_of(tab, attempt) else {
            return self.violated(format!("tab {tab}: sent on a channel {attempt} that was never opened"));
        };
        match decode::<ToService>(self.spoken_on(channel), &bytes, usize::MAX) {
            Ok(ToService::Writes { settled, writes }) => {
                self.writes_leave(tab, settled, writes);
                self.check_window(tab);
            }
            Ok(ToService::Sync { id, .. }) => {
                let now = self.page_clock(tab).instant;
                self.tabs[tab].page.freshness.asks(id, now);
            }
            Ok(_) => {}
            Err(error) => self.violated(format!("tab {tab}: sent what is no message: {error:?}")),
        }
        self.post(channel, End::Service, Payload::Bytes(bytes));
    }

    fn writes_leave(&mut self, tab: usize, settled: u64, writes: Vec<session_bridge::session::Write>) {
        let Some(client) = self.tabs[tab].page.client else {
            return self.violated(format!("tab {tab}: a write before the first hello"));
        };
        // In the one store it may have been refused, and in the other one have lost against somebody else.
        let outcomes = |n| self.stores.iter().filter_map(move |store| store.history.outcome(OpId { client, n }));
        let decided = |n| outcomes(n).count() > 0 && outcomes(n).all(|outcome| outcome != Outcome::Contended);
        // What the page was told counts, too: the store may be another one since.
        let page = &self.tabs[tab].page;
        if let Some(token) = page.promises.open_up_to(settled, |n| decided(n) && !page.contended.contains(&n)) {
            self.violated(format!("tab {tab}: says that all up to {settled} is settled, but {token:?} is not"));
        }
        for write in writes {
            let op = OpId { client, n: write.n };
            if let Some(first) = self.sent.get(&op) {
                let again = session_bridge::session::Write { predecessor: first.predecessor, ..write };
                // A replacement goes to an older service as a write of nothing.
                let whole = if first.mutations.is_empty() { again.clone() } else { first.clone() };
                let nothing = session_bridge::session::Write { mutations: Vec::new(), ..whole.clone() };
                let first = first.clone();
                self.sent.insert(op, whole.clone());
                if [&again, &first].into_iter().any(|it| *it != whole && *it != nothing) {
                    self.violated(format!("tab {tab}: {op:?} was sent again as another: {again:?}, first {first:?}"));
                }
                continue;
            }
            if !self.requests_leave(tab, op, &write) && !self.tabs[tab].page.promises.bind(&write) {
                self.violated(format!("tab {tab}: sent a write that nobody made or that was withdrawn: {write:?}"));
            }
            self.sent.insert(op, write);
        }
    }

    /// The user's function: counts one up. Now and then it throws.
    fn run_function(&mut self, tab: usize, token: Token, data: &Json) {
        let throws = self.users.throws(&mut self.rng);
        let patch = format!("{{\"n\":{},\"run\":{}}}", observe::counter(data) + 1, self.users.next_number());
        self.trace.note(self.now, || format!("tab {tab}: {token:?} runs on {data:?}: {patch}"));
        let patch = Json::try_from(patch).ok().filter(|_| !throws);
        if !self.tabs[tab].page.promises.ran(token, patch.clone()) {
            self.violated(format!("tab {tab}: {token:?} has no function to run, or is settled"));
        }
        let clock = self.clock(tab, self.tabs[tab].page.offset);
        self.tabs[tab].page.manager.handle(clock, Input::Ran { token, patch });
    }

    fn settled(&mut self, tab: usize, token: Token, result: Result<(), Code>) {
        self.trace.note(self.now, || format!("tab {tab}: {token:?} settles {result:?}"));
        if let Err(why) = self.tabs[tab].page.promises.settle(token, result) {
            return self.violated(format!("tab {tab}: {why}"));
        }
        self.check_settled(tab, token, result);
        self.check_recorded(tab, token, result);
        let closes = self.tabs[tab].page.promises.kind(token) == Some(Kind::Close);
        if closes {
            self.tabs[tab].page.closed = true;
            if let Some(open) = self.tabs[tab].page.promises.first_open() {
                self.violated(format!("tab {tab}: closed with {open:?} unsettled"));
            }
        }
    }

    /// Keeps account of what events say, and holds each against what was said before.
    fn event(&mut self, tab: usize, event: Event, held: Option<Version>) {
        self.trace.note(self.now, || format!("tab {tab}: {event:?}"));
        let page = &mut self.tabs[tab].page;
        let same_history = page.known_version.map(|version| version.epoch) == held.map(|version| version.epoch);
        let wrong = match event {
            Event::Created(session) => page.known.insert(session.id.clone(), session).filter(|_| same_history),
            Event::Updated { session, previous } => {
                let before = page.known.insert(session.id.clone(), Rc::clone(&session));
                let same = before.is_some_and(|before| same_version(&before, &previous));
                Some(session).filter(|session| !same || *session == previous)
            }
            Event::Terminated(session) => {
                let before = page.known.remove(&session.id);
                let same = before.is_some_and(|before| same_version(&before, &session));
                Some(session).filter(|_| !same || !same_history)
            }
            Event::Expired(session) => {
                self.check_end_told(tab, &session);
                None
            }
            _ => None,
        };
        if let Some(session) = wrong {
            self.violated(format!("tab {tab}: an event does not follow from those before it: {session:?}"));
        }
    }

    /// The iframe's element disappears from the page.
    pub fn remove_frame(&mut self, tab: usize) {
        if let Some(place) = self.tabs[tab].in_use().map(|it| it.place) {
            self.tabs[tab].frames.retain(|it| it.place != place);
            self.counts.happened(Fault::FrameRemoved);
            self.trace.note(self.now, || format!("tab {tab}: frame removed"));
            let life = self.tabs[tab].page.life;
            self.queue.at(self.now + self.rng.below(5) * MILLI, Happening::FrameGone { tab, life, place });
        }
    }
}

/// What differs between two snapshots, in a word.
fn difference(before: &Snapshot, after: &Snapshot) -> Option<String> {
    (before != after).then(|| format!("{before:?} became {after:?}"))
}
