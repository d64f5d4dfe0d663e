//! Stores that older builds wrote, read by this one with nothing lost.
//!
//! Each was recorded by the last build that wrote its schema, from that build's own service: every commit as the store was
//! given it, what pages were shown in the end, and what had become of their writes. They are never recorded anew. With
//! `STORE_RECORD` set, this build writes down stores of its own schema, for the builds that come after the next one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use session_bridge::ambient::Rng;
use session_bridge::error::Code;
use session_bridge::machine::Machine;
use session_bridge::protocol::{Hello, PROTOCOL, ToManager, ToService, decode, encode};
use session_bridge::service::{self, ChannelId, Grant, Input, Limits, Output, Service, StoreId};
use session_bridge::session::{
    ClientId, Json, Mutation, Outcome, Session, SessionId, StorageLevel, StorageStatus, Upgrade, Version, Write,
};
use session_bridge::storage::{Answer, Durability, Memory, Operation, Provider, StoreCommit};

use crate::machines::clock;

/// The schemas that were recorded.
const OLDER: [u64; 1] = [1];
/// What this build writes.
const SCHEMA: u64 = 2;
const ORIGINS: [&str; 2] = ["https://one.example", "https://two.example"];
const ADA: (usize, ClientId) = (0, ClientId(11, 12));
const BOB: (usize, ClientId) = (1, ClientId(21, 22));

/// One store, and what pages know of it.
#[derive(Deserialize, Serialize)]
struct Kept {
    commits: Vec<Committed>,
    sessions: Vec<Session>,
    active: Option<SessionId>,
    /// Of the writes of each client: origin, client, number.
    outcomes: Vec<(usize, ClientId, u64, Outcome)>,
}

#[derive(Clone, Deserialize, Serialize)]
struct Committed {
    expect: Option<Version>,
    version: Version,
    puts: Vec<(String, String)>,
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
struct Bench {
    service: Service,
    now: u64,
    stores: BTreeMap<u64, (Memory, Vec<Committed>)>,
    /// What was said on each channel.
    said: BTreeMap<u64, Vec<ToManager>>,
    /// It stops to answer once a store is sealed.
    breaks_off: bool,
}

fn id(text: &str) -> SessionId {
    SessionId::try_from(text.to_owned()).expect("an id")
}

fn json(text: &str) -> Json {
    Json::try_from(text.to_owned()).expect("an object")
}

fn add(name: &str, data: &str) -> Mutation {
    Mutation::Add { id: id(name), user_id: format!("user of {name}"), data: json(data) }
}

fn remove(name: &str) -> Mutation {
    Mutation::Remove { id: id(name), if_version: None }
}

fn perform(memory: &Memory, operation: Operation) -> Answer {
    let answered: Rc<RefCell<Option<Answer>>> = Rc::default();
    let keep = Rc::clone(&answered);
    memory.start(operation, Box::new(move |answer| *keep.borrow_mut() = Some(answer)));
    answered.take().expect("memory answers at once")
}

impl Bench {
    fn new(seed: u64) -> Self {
        let config = service::Config {
            grants: ORIGINS.iter().map(|origin| Grant::plain((*origin).to_owned(), true)).collect(),
            limits: Limits::default(),
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

    fn open(&mut self, store: u64, below: Option<u64>) {
        let status = StorageStatus { level: StorageLevel::Handle, shared: true, upgrade: Upgrade::None };
        self.input(Input::Opened { store: StoreId(store), below: below.map(StoreId), status });
    }

    fn connect(&mut self, (origin, client): (usize, ClientId)) -> u64 {
        let channel = self.said.len() as u64;
        let hello = Hello { versions: PROTOCOL, client, attempt: 1, held: None, grant: None };
        let origin = ORIGINS[origin].to_owned();
        self.input(Input::Hello { channel: ChannelId(channel), origin, hello });
        channel
    }

    fn says(&mut self, channel: u64, n: u64, base: Version, saw: Option<u64>, mutations: Vec<Mutation>) {
        let write = Write { n, predecessor: 0, base, reads_from: saw, mutations };
        let message = ToService::Writes { settled: 0, writes: vec![write] };
        let bytes = encode(*PROTOCOL.end(), &message).expect("a message");
        self.input(Input::Message { channel: ChannelId(channel), bytes });
    }

    /// The snapshot that was sent on this channel.
    fn shown(&self, channel: u64) -> (Version, Vec<Session>, Option<SessionId>) {
        let mut all = self.said[&channel].iter().filter_map(|message| match message {
            ToManager::Page { version, sessions, end, .. } => {
                Some((*version, sessions.clone(), end.clone().and_then(|end| end.active)))
            }
            _ => None,
        });
        all.next_back().expect("a snapshot was sent")
    }

    /// What was last said of this write.
    fn outcome(&self, channel: u64, n: u64) -> Option<Outcome> {
        let mut outcomes = self.said[&channel].iter().flat_map(|message| match message {
            ToManager::Event { mine, .. } | ToManager::Outcomes(mine) => mine.clone(),
            ToManager::Page { end: Some(end), .. } => end.mine.clone(),
            _ => Vec::new(),
        });
        outcomes.rfind(|(of, _)| *of == n).map(|(_, outcome)| outcome)
    }

    /// The store as a new page is shown it.
    fn kept(&mut self, store: u64, numbers: &[((usize, ClientId), u64)]) -> Kept {
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

/// A store with all that one can hold, but for what comes of another one.
fn written(bench: &mut Bench) -> Vec<((usize, ClientId), u64)> {
    bench.open(1, None);
    let (ada, bob) = (bench.connect(ADA), bench.connect(BOB));
    let base = bench.shown(ada).0;
    bench.says(ada, 1, base, None, vec![add("a", r#"{"n":1,"é":[null,{"b":null}]}"#), add("gone", "{}")]);
    bench.says(bob, 1, base, None, vec![add("b", r#"{"n":12345678901234567890.10e-7}"#)]);
    let late = bench.connect((1, ClientId(31, 32)));
    let then = bench.shown(late).0;
    bench.says(ada, 2, then, None, vec![remove("gone")]);
    bench.says(bob, 3, then, None, vec![Mutation::Update { id: id("a"), patch: json(r#"{"n":2}"#), if_version: None }]);
    bench.says(
        ada,
        4,
        then,
        Some(4),
        vec![Mutation::Update { id: id("a"), patch: json(r#"{"n":3}"#), if_version: None }],
    );
    bench.says(bob, 4, then, None, vec![remove("never"), Mutation::Activate(None)]);
    bench.says(bob, 5, then, None, vec![Mutation::Activate(Some(id("b")))]);
    [(ADA, 1), (ADA, 2), (ADA, 4), (BOB, 1), (BOB, 3), (BOB, 4), (BOB, 5)].to_vec()
}

fn recorded() -> Vec<(&'static str, Kept)> {
    let mut plain = Bench::new(1);
    let numbers = written(&mut plain);
    let lower = plain.stores[&1].0.clone();

    let mut upper = Bench::new(2);
    upper.open(2, None);
    let bob = upper.connect(BOB);
    let base = upper.shown(bob).0;
    upper.says(bob, 7, base, None, vec![add("above", "{}"), add("a", r#"{"n":0,"above":true}"#)]);
    let mut sealed = Bench::new(4);
    sealed.breaks_off = true;
    let mut moved = Bench::new(3);
    moved.stores.insert(1, (lower.clone(), plain.stores[&1].1.clone()));
    moved.stores.insert(2, upper.stores[&2].clone());
    let plain = plain.kept(1, &numbers);

    let mut copy = Memory::new();
    for it in &plain.commits {
        copy = played(copy, it);
    }
    sealed.stores.insert(1, (copy, plain.commits.clone()));
    sealed.open(2, Some(1));
    let commits = sealed.stores[&1].1.clone();
    let sealed = Kept { commits, sessions: Vec::new(), active: None, outcomes: Vec::new() };

    moved.open(2, Some(1));
    let moved_numbers: Vec<_> = numbers.into_iter().chain([(BOB, 7)]).collect();
    let above = moved.kept(2, &moved_numbers);
    let commits = moved.stores[&1].1.clone();
    let emptied = Kept { commits, sessions: Vec::new(), active: None, outcomes: Vec::new() };
    [("plain", plain), ("absorbed", above), ("emptied", emptied), ("sealed", sealed)].into()
}

fn played(memory: Memory, it: &Committed) -> Memory {
    let Committed { expect, version, puts, deletes, entry, horizon } = it.clone();
    let commit = StoreCommit { version, puts, deletes, entry, horizon, durability: Durability::Strict };
    assert_eq!(perform(&memory, Operation::Commit { expect, commit }), Answer::Committed);
    memory
}

fn path(schema: u64, name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/wire/stores", &format!("schema-{schema}"), &format!("{name}.json")]
        .iter()
        .collect()
}

#[test]
fn stores_hold_all_that_stores_can_hold() {
    let all = recorded();
    let keys: std::collections::BTreeSet<_> = all
        .iter()
        .flat_map(|(_, kept)| kept.commits.iter().flat_map(|commit| commit.puts.iter()))
        .map(|(key, _)| key.split('/').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(keys.into_iter().collect::<Vec<_>>(), ["a", "active", "c", "meta", "moved", "moving", "s", "t"]);
    if std::env::var_os("STORE_RECORD").is_some() {
        for (name, kept) in all {
            let path = path(SCHEMA, name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
            let text = serde_json::to_string_pretty(&kept).expect("it has JSON");
            std::fs::write(path, text + "\n").expect("the store can be written");
        }
    }
}

fn read(schema: u64, name: &str) -> Kept {
    let text = std::fs::read_to_string(path(schema, name)).expect("the store was recorded");
    serde_json::from_str(&text).expect("it is a store")
}

/// A service of this build over a store as it was recorded, under this number.
fn over(kept: &Kept, store: u64) -> Bench {
    let memory = kept.commits.iter().fold(Memory::new(), played);
    let mut bench = Bench::new(77);
    bench.stores.insert(store, (memory, Vec::new()));
    bench
}

#[test]
fn every_store_of_an_older_schema_is_read_with_nothing_lost() {
    for (schema, name) in OLDER.into_iter().flat_map(|schema| ["plain", "absorbed"].map(|name| (schema, name))) {
        let kept = read(schema, name);
        let mut bench = over(&kept, 1);
        bench.open(1, None);
        let numbers: Vec<_> = kept.outcomes.iter().map(|(origin, client, n, _)| ((*origin, *client), *n)).collect();
        let now = bench.kept(1, &numbers);
        assert_eq!((&now.sessions, &now.active), (&kept.sessions, &kept.active), "schema {schema}, {name}");
        assert_eq!(now.outcomes, kept.outcomes, "schema {schema}, {name}");
        assert!(now.commits.is_empty(), "reading writes nothing");
        // Nobody knows whose that removal was: only who knew of it comes past it.
        let ada = bench.connect(ADA);
        let head = bench.shown(ada).0;
        let before = Version { seq: 2, ..head };
        bench.says(ada, 101, before, None, vec![add("gone", "{}")]);
        assert_eq!(bench.outcome(ada, 101), Some(Outcome::Refused(Code::Conflict)), "schema {schema}, {name}");
        let meta = bench.stores[&1].1.iter().flat_map(|commit| &commit.puts).find(|(key, _)| key == "meta");
        assert_eq!(
            meta.map(|(_, value)| value.chars().next()),
            Some(char::from_u32(SCHEMA as u32)),
            "it is one of this schema now"
        );
        bench.says(ada, 102, head, None, vec![add("gone", "{}")]);
        assert!(matches!(bench.outcome(ada, 102), Some(Outcome::Accepted(_))), "schema {schema}, {name}");
    }
}

#[test]
fn a_store_of_an_older_schema_is_moved_by_this_build() {
    for (schema, name) in OLDER.into_iter().flat_map(|schema| ["plain", "sealed"].map(|name| (schema, name))) {
        let (kept, plain) = (read(schema, name), read(schema, "plain"));
        let mut bench = over(&kept, 1);
        bench.open(2, Some(1));
        let numbers: Vec<_> = plain.outcomes.iter().map(|(origin, client, n, _)| ((*origin, *client), *n)).collect();
        let above = bench.kept(2, &numbers);
        let content = |kept: &Kept| {
            let session =
                |it: &Session| (it.id.clone(), it.user_id.clone(), it.data.clone(), it.created_at, it.last_active_at);
            (kept.sessions.iter().map(session).collect::<Vec<_>>(), kept.active.clone())
        };
        assert_eq!(content(&above), content(&plain), "schema {schema}, {name}");
        let refused = |kept: &Kept| kept.outcomes.iter().map(|(.., n, it)| (*n, it.refusal())).collect::<Vec<_>>();
        assert_eq!(refused(&above), refused(&plain), "schema {schema}, {name}");
        assert!(bench.stores[&1].1.iter().any(|commit| commit.puts.iter().any(|(key, _)| key == "moved")));
    }
}

#[test]
fn a_store_that_was_moved_away_is_empty_and_says_so() {
    for schema in OLDER {
        let kept = read(schema, "emptied");
        let mut bench = over(&kept, 1);
        bench.open(2, Some(1));
        let page = bench.connect(ADA);
        let (_, sessions, active) = bench.shown(page);
        assert_eq!((sessions, active), (Vec::new(), None));
    }
}
