//! A service, its store and its pages.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};
use core::cell::{Cell, RefCell};

use crate::ambient::{DRAWS, Instant, Now, Rng, Span, UnixMillis};
use crate::machine::Machine;
use crate::protocol::{Hello, PROTOCOL, ResumeFrom, ToManager, ToService, decode, encode};
use crate::service::{ChannelId, Config, Grant, Input, Limits, Output, Rejection, Service, StoreId, TaskId};
use crate::session::{
    ClientId, Json, Mutation, Outcome, SessionId, StorageLevel, StorageStatus, Upgrade, Version, Write,
};
use crate::storage::{Answer, Durability, Failure, Memory, Operation, Provider};

/// The version of the protocol that is spoken unless a test says otherwise.
pub const NEWEST: u8 = *PROTOCOL.end();
pub const A: &str = "https://a.example";
pub const B: &str = "https://b.example";
pub const READER: &str = "https://reader.example";
pub const STATUS: StorageStatus = StorageStatus { level: StorageLevel::SameSite, shared: true, upgrade: Upgrade::None };

std::thread_local! {
    /// How many services this test has made. Each draws other numbers, and each run of the test the same.
    static SERVICES: Cell<u64> = const { Cell::new(0) };
}

/// Numbers that follow from a seed.
pub struct Seeded(pub u64);

impl Rng for Seeded {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) % DRAWS
    }
}

pub struct World {
    pub service: Service,
    pub store: Memory,
    pub now: Now,
    /// While true, the store does at once what it is asked.
    pub prompt: bool,
    /// A commit that puts this key fails so.
    pub failing: Option<(&'static str, Failure)>,
    /// Stores besides `store`, which is number 1.
    pub others: Vec<(StoreId, Memory)>,
    /// Stores that fail whatever they are asked.
    pub broken: Vec<(StoreId, Failure)>,
    /// After so many more operations the service is gone; whether the last of them took effect.
    pub fuse: Option<(usize, bool)>,
    /// How often the stores were to be judged anew.
    pub judged: usize,
    /// Whose pages were welcomed: each is to be told how long its prompt rests.
    pub welcomed: Vec<String>,
    pub released: Vec<u64>,
    /// Which store was asked.
    asked_of: Vec<(TaskId, StoreId)>,
    /// What the store was asked and has not done.
    pub asked: VecDeque<(TaskId, Operation)>,
    /// All operations there ever were.
    pub history: Vec<Operation>,
    /// What pages heard and nobody refreshed at yet.
    heard: Vec<(u64, ToManager)>,
    pub closed: Vec<u64>,
    pub refused: Vec<u64>,
    /// What was to be shown to the person, or taken away.
    pub shown: Vec<Output>,
    /// Whose hello was not welcomed, and why.
    pub rejected: Vec<(String, Rejection)>,
    /// How often the page was to be loaded anew.
    pub outdated: usize,
    /// Whether it is.
    pub renews: bool,
}

pub fn config() -> Config {
    let grant = |origin: &str, write| Grant::plain(origin.to_string(), write);
    Config {
        grants: vec![grant(A, true), grant(B, true), grant(READER, false)],
        rules: Default::default(),
        defaults: Json::empty(),
        limits: Limits::default(),
        durability: Durability::Relaxed,
    }
}

impl World {
    /// A service that stands ready over a new store.
    pub fn new() -> Self {
        Self::with(config(), Memory::new())
    }

    /// A service that stands ready over this store.
    pub fn with(config: Config, store: Memory) -> Self {
        let mut world = Self::unopened(config, store);
        world.take(opened(STATUS));
        world
    }

    /// A service without a store yet.
    pub fn unopened(config: Config, store: Memory) -> Self {
        // Two services over one store must not draw the same tags.
        SERVICES.set(SERVICES.get() + 1);
        let seed = SERVICES.get();
        let now = Now { instant: Instant(1), wall: UnixMillis(1_000) };
        let service = Service::new(config, Box::new(Seeded(seed)));
        let (asked, history, heard) = (VecDeque::new(), Vec::new(), Vec::new());
        let (closed, refused, shown) = (Vec::new(), Vec::new(), Vec::new());
        let (others, broken, released, asked_of) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self {
            service,
            store,
            now,
            prompt: true,
            failing: None,
            others,
            broken,
            rejected: Vec::new(),
            outdated: 0,
            renews: false,
            fuse: None,
            judged: 0,
            welcomed: Vec::new(),
            released,
            asked_of,
            asked,
            history,
            heard,
            closed,
            refused,
            shown,
        }
    }

    pub fn take(&mut self, input: Input) {
        if self.is_gone() {
            return;
        }
        self.service.handle(self.now, input);
        self.settle();
    }

    /// Whether its fuse has blown.
    pub fn is_gone(&self) -> bool {
        self.fuse.is_some_and(|(left, _)| left == 0)
    }

    /// Virtual time goes on, from one timer to the next.
    pub fn pass(&mut self, duration: Span) {
        let end = self.now.instant.after(duration);
        while let Some(at) = self.service.poll_timeout().filter(|at| *at <= end && !self.is_gone()) {
            self.now.instant = at.max(self.now.instant);
            self.service.handle_timeout(self.now);
            self.settle();
        }
        self.now.instant = end;
    }

    fn settle(&mut self) {
        while let Some(output) = self.service.poll_output(self.now) {
            match output {
                Output::Send { channel, bytes } => {
                    self.heard.push((channel.0, decode(bytes[0], &bytes, usize::MAX).unwrap()))
                }
                Output::Refuse { channel, .. } => self.refused.push(channel.0),
                Output::Close(channel) => self.closed.push(channel.0),
                Output::Store { store, task, operation } => {
                    self.history.push(operation.clone());
                    self.asked_of.push((task, store));
                    if let Some((left, effect)) = &mut self.fuse {
                        *left = left.saturating_sub(1);
                        if *left == 0 {
                            return if *effect {
                                drop(self.perform_of(task, operation))
                            };
                        }
                    }
                    if self.prompt {
                        let answer = self.perform_of(task, operation);
                        self.service.handle(self.now, Input::Answered { task, answer });
                    } else {
                        self.asked.push_back((task, operation));
                    }
                }
                Output::Prompt { .. } | Output::DropPrompt { .. } => self.shown.push(output),
                Output::AskQuiet { origin } => self.welcomed.push(origin),
                Output::SelectStore => self.judged += 1,
                Output::Rejected { origin, why } => self.rejected.push((origin, why)),
                Output::Outdated => {
                    self.outdated += 1;
                    if !self.renews {
                        self.service.handle(self.now, Input::Outdated);
                    }
                }
                Output::Release(store) => self.released.push(store.0),
            }
        }
    }

    /// What the store says to this.
    pub fn perform(&self, operation: Operation) -> Answer {
        self.perform_in(StoreId(1), operation)
    }

    /// What the store that was asked says.
    fn perform_of(&self, task: TaskId, operation: Operation) -> Answer {
        let asked = self.asked_of.iter().rev().find(|(asked, _)| *asked == task);
        self.perform_in(asked.unwrap().1, operation)
    }

    fn perform_in(&self, store: StoreId, operation: Operation) -> Answer {
        if let Some((_, failure)) = self.broken.iter().find(|(broken, _)| *broken == store) {
            return Answer::Failed(*failure);
        }
        let other = self.others.iter().find(|(other, _)| *other == store).map(|(_, memory)| memory);
        if let (Some((key, failure)), Operation::Commit { commit, .. }) = (&self.failing, &operation)
            && commit.puts.iter().any(|(put, _)| put == key)
        {
            return Answer::Failed(*failure);
        }
        let answered = Rc::new(RefCell::new(None));
        let keep = Rc::clone(&answered);
        other.unwrap_or(&self.store).start(operation, Box::new(move |answer| *keep.borrow_mut() = Some(answer)));
        answered.take().unwrap()
    }

    /// The store gives this answer to the oldest question, and did nothing.
    pub fn answer(&mut self, answer: Answer) {
        let (task, _) = self.asked.pop_front().unwrap();
        self.take(Input::Answered { task, answer });
    }

    /// The store does what it was asked first, and says so.
    pub fn serve(&mut self) {
        let (task, operation) = self.asked.pop_front().unwrap();
        let answer = self.perform_of(task, operation);
        self.take(Input::Answered { task, answer });
    }

    /// The store does all that it is asked, from now on at once.
    pub fn resume(&mut self) {
        self.prompt = true;
        while !self.asked.is_empty() {
            self.serve();
        }
    }

    /// A page of this origin says hello on this channel; its client has the channel's number. It knows nothing.
    pub fn connect(&mut self, channel: u64, origin: &str) {
        self.hello(channel, origin, hello(channel));
    }

    pub fn hello(&mut self, channel: u64, origin: &str, hello: Hello) {
        self.take(Input::Hello { channel: ChannelId(channel), origin: origin.to_string(), hello });
    }

    pub fn say(&mut self, channel: u64, message: &ToService) {
        let connection = self.service.connections.get(&ChannelId(channel));
        let protocol = connection.map_or(NEWEST, |connection| connection.protocol);
        let bytes = encode(protocol, message).unwrap();
        self.take(Input::Message { channel: ChannelId(channel), bytes });
    }

    pub fn writes(&mut self, channel: u64, settled: u64, writes: Vec<Write>) {
        self.say(channel, &ToService::Writes { settled, writes });
    }

    /// Write `n` of this page, made on what the service now holds.
    pub fn write(&mut self, channel: u64, n: u64, mutation: Mutation) {
        let write = self.made(n, vec![mutation]);
        self.writes(channel, 0, vec![write]);
    }

    /// A write made on what the service now holds.
    pub fn made(&self, n: u64, mutations: Vec<Mutation>) -> Write {
        Write { n, predecessor: 0, base: self.head(), reads_from: None, mutations }
    }

    pub fn sync(&mut self, channel: u64, id: u64, from: ResumeFrom, took: u64) {
        self.say(channel, &ToService::Sync { id, from, took });
    }

    pub fn head(&self) -> Version {
        self.service.replica.head
    }

    /// What this page heard since the last look.
    pub fn heard(&mut self, channel: u64) -> Vec<ToManager> {
        self.heard.extract_if(.., |(to, _)| *to == channel).map(|(_, message)| message).collect()
    }

    /// All outcomes that this page heard since the last look, by number.
    pub fn outcomes(&mut self, channel: u64) -> Vec<(u64, Outcome)> {
        let mut outcomes = Vec::new();
        for message in self.heard(channel) {
            match message {
                ToManager::Event { mine, .. } | ToManager::Outcomes(mine) => outcomes.extend(mine),
                ToManager::Page { end: Some(end), .. } => outcomes.extend(end.mine),
                _ => {}
            }
        }
        outcomes.sort_unstable_by_key(|(n, _)| *n);
        outcomes
    }

    /// The one outcome that this page heard since the last look.
    pub fn outcome(&mut self, channel: u64) -> Outcome {
        match self.outcomes(channel).as_slice() {
            [(_, outcome)] => *outcome,
            other => panic!("not one outcome: {other:?}"),
        }
    }

    /// The data of a session as the service holds it.
    pub fn data(&self, name: &str) -> Option<String> {
        Some(self.service.replica.state.session(&id(name))?.session.data.as_str().to_string())
    }

    /// How many commits the store was asked for.
    pub fn commits(&self) -> usize {
        self.history.iter().filter(|operation| matches!(operation, Operation::Commit { .. })).count()
    }

    /// Whatever the store holds, read by a service that knows nothing else.
    pub fn reread(&self) -> Self {
        Self::with(config(), self.store.clone())
    }
}

/// The one store was opened.
pub fn opened(status: StorageStatus) -> Input {
    Input::Opened { store: StoreId(1), below: None, status }
}

pub fn hello(client: u64) -> Hello {
    Hello { versions: PROTOCOL, client: ClientId(client, client), attempt: 1, held: None, grant: None }
}

pub fn id(name: &str) -> SessionId {
    SessionId::try_from(name.to_string()).unwrap()
}

pub fn json(text: &str) -> Json {
    Json::try_from(text.to_string()).unwrap()
}

pub fn add(name: &str) -> Mutation {
    Mutation::Add { id: id(name), user_id: format!("user of {name}"), data: json("{}"), terms: Default::default() }
}

pub fn patch(name: &str, patch: &str) -> Mutation {
    Mutation::Update { id: id(name), patch: json(patch), if_version: None }
}

pub fn patch_if(name: &str, text: &str, version: u64) -> Mutation {
    Mutation::Update { id: id(name), patch: json(text), if_version: Some(version) }
}

pub fn remove(name: &str) -> Mutation {
    Mutation::Remove { id: id(name), if_version: None }
}
