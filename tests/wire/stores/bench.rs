//! A service over stores in memory, and pages that speak to it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use session_bridge::ambient::Rng;
use session_bridge::machine::Machine;
use session_bridge::protocol::{Hello, PROTOCOL, ToManager, ToService, decode, encode};
use session_bridge::service::{self, ChannelId, Grant, Input, Limits, Output, Service, StoreId};
use session_bridge::session::{
    ClientId, Mutation, Outcome, Session, SessionId, SessionRules, StorageLevel, StorageStatus, Upgrade, Version, Write,
};
use session_bridge::storage::{Answer, Durability, Memory, Operation, Provider, StoreCommit};

use crate::machines::clock;

const ORIGINS: [&str; 2] = ["https://one.example", "https://two.example"];
/// So few that a store can be full, and be given some more.
pub const SESSIONS: usize = 7;
pub const DATA_BYTES: usize = 1_000;

/// The place of its origin among `ORIGINS`, and its name.
pub type Client = (usize, ClientId);

/// One store, and what pages know of it.
#[derive(Deserialize, Serialize)]
pub struct Kept {
    pub commits: Vec<Committed>,
    pub sessions: Vec<Session>,
    pub active: Option<SessionId>,
    /// Of the writes of each client: origin, client, number.
    pub outcomes: Vec<(usize, ClientId, u64, Outcome)>,
}

#[derive(Clone, Deserialize, Serialize)]
pub struct Committed {
    expect: Option<Version>,
    pub version: Version,
    pub puts: Vec<(String, String)>,
    deletes: Vec<String>,
    entry: String,
    horizon: u64,
}

struct Counting(u64);

impl Rng for Counting {
    fn draw(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// A service over stores in memory, and what it said.
pub struct Bench {
    service: Service,
    now: u64,
    pub stores: BTreeMap<u64, (Memory, Vec<Committed>)>,
    /// What was said on each channel.
    said: BTreeMap<u64, Vec<ToManager>>,
    /// It stops to answer once a store is sealed.
    pub breaks_off: bool,
}

pub fn perform(memory: &Memory, operation: Operation) -> Answer {
    let answered: Rc<RefCell<Option<Answer>>> = Rc::default();
    let keep = Rc::clone(&answered);
    memory.start(operation, Box::new(move |answer| *keep.borrow_mut() = Some(answer)));
    answered.take().expect("memory answers at once")
}

impl Bench {
    /// Whose owner has decided nothing about lifetimes.
    pub fn new(seed: u64) -> Self {
        Self::with(SessionRules::default(), seed)
    }

    pub fn with(rules: SessionRules, seed: u64) -> Self {
        let config = service::Config {
            grants: ORIGINS.iter().map(|origin| Grant::plain((*origin).to_owned(), true)).collect(),
            rules,
            defaults: session_bridge::session::Json::empty(),
            limits: Limits { sessions: SESSIONS, data_bytes: DATA_BYTES, ..Limits::default() },
            durability: Durability::Strict,
        };
        let service = Service::new(config, Box::new(Counting(seed << 32)));
        Self { service, now: 0, stores: BTreeMap::new(), said: BTreeMap::new(), breaks_off: false }
    }

    fn input(&mut self, input: Input) {
        self.now += 1_000_000;
        self.service.handle(clock(self.now), input);
        self.service.handle_timeout(clock(self.now));
        while let Some(output) = self.service.poll_output(clock(self.now)) {
            match output {
                Output::Store { store, task, operation } => {
                    let (memory, commits) = self.stores.entry(store.0).or_default();
                    if self.breaks_off
                        && commits.last().is_some_and(|it| it.puts.iter().any(|(key, _)| key == "moving"))
                    {
                        continue;
                    }
                    let made = if let Operation::Commit { expect, commit } = &operation {
                        let StoreCommit { version, puts, deletes, entry, horizon, .. } = commit.clone();
                        Some(Committed { expect: *expect, version, puts, deletes, entry, horizon })
                    } else {
                        None
                    };
                    let answer = perform(memory, operation);
                    commits.extend(made.filter(|_| answer == Answer::Committed));
                    self.service.handle(clock(self.now), Input::Answered { task, answer });
                }
                Output::Send { channel, bytes } => {
                    let message = decode(bytes[0], &bytes, usize::MAX).expect("a message");
                    self.said.entry(channel.0).or_default().push(message);
                }
                _ => {}
            }
        }
    }

    /// Lets time pass, in milliseconds.
    pub fn waits(&mut self, ms: u64) {
        self.now += ms * 1_000;
    }

    pub fn open(&mut self, store: u64, below: Option<u64>) {
        let status = StorageStatus { level: StorageLevel::Handle, shared: true, upgrade: Upgrade::None };
        self.input(Input::Opened { store: StoreId(store), below: below.map(StoreId), status });
    }

    pub fn connect(&mut self, client: Client) -> u64 {
        self.connect_holding(client, None)
    }

    /// A page that holds this version, and was told a grant of this digest.
    pub fn connect_holding(&mut self, client: Client, holds: Option<(Version, u64)>) -> u64 {
        self.greets(client, PROTOCOL, holds)
    }

    /// A page that speaks these versions of the protocol.
    pub fn connect_as(&mut self, client: Client, versions: RangeInclusive<u8>) -> u64 {
        self.greets(client, versions, None)
    }

    fn greets(&mut self, (origin, client): Client, versions: RangeInclusive<u8>, holds: Option<(Version, u64)>) -> u64 {
        let channel = self.said.len() as u64;
        let (held, grant) = holds.unzip();
        let hello = Hello { versions, client, attempt: 1, held, grant };
        let origin = ORIGINS[origin].to_owned();
        self.input(Input::Hello { channel: ChannelId(channel), origin, hello });
        channel
    }

    /// Everything that was said on this channel.
    pub fn said(&self, channel: u64) -> &[ToManager] {
        &self.said[&channel]
    }

    pub fn says(&mut self, channel: u64, n: u64, base: Version, saw: Option<u64>, mutations: Vec<Mutation>) {
        let write = Write { n, predecessor: 0, base, reads_from: saw, mutations };
        let message = ToService::Writes { settled: 0, writes: vec![write] };
        let bytes = encode(*PROTOCOL.end(), &message).expect("a message");
        self.input(Input::Message { channel: ChannelId(channel), bytes });
    }

    /// The snapshot that was sent on this channel.
    pub fn shown(&self, channel: u64) -> (Version, Vec<Session>, Option<SessionId>) {
        let mut all = self.said[&channel].iter().filter_map(|message| match message {
            ToManager::Page { version, sessions, end, .. } => {
                Some((*version, sessions.clone(), end.clone().and_then(|end| end.active)))
            }
            _ => None,
        });
        all.next_back().expect("a snapshot was sent")
    }

    /// What was last said of this write.
    pub fn outcome(&self, channel: u64, n: u64) -> Option<Outcome> {
        let mut outcomes = self.said[&channel].iter().flat_map(|message| match message {
            ToManager::Event { mine, .. } | ToManager::Outcomes(mine) => mine.clone(),
            ToManager::Page { end: Some(end), .. } => end.mine.clone(),
            _ => Vec::new(),
        });
        outcomes.rfind(|(of, _)| *of == n).map(|(_, outcome)| outcome)
    }

    /// The store as a new page is shown it.
    pub fn kept(&mut self, store: u64, numbers: &[(Client, u64)]) -> Kept {
        let stranger = self.connect((1, ClientId(99, 99)));
        let (base, sessions, active) = self.shown(stranger);
        let mut outcomes = Vec::new();
        for ((origin, client), n) in numbers {
            let channel = self.connect((*origin, *client));
            self.says(channel, *n, base, None, vec![Mutation::Activate(None)]);
            outcomes.push((*origin, *client, *n, self.outcome(channel, *n).expect("it is known")));
        }
        Kept { commits: self.stores[&store].1.clone(), sessions, active, outcomes }
    }
}

pub fn played(memory: Memory, it: &Committed) -> Memory {
    let Committed { expect, version, puts, deletes, entry, horizon } = it.clone();
    let commit = StoreCommit { version, puts, deletes, entry, horizon, durability: Durability::Strict };
    assert_eq!(perform(&memory, Operation::Commit { expect, commit }), Answer::Committed);
    memory
}
