//! What is recorded of a build's stores.

use std::path::PathBuf;

use session_bridge::error::Code;
use session_bridge::session::{ClientId, Json, LEAST_TTL, Mutation, Outcome, SessionId, SessionRules, Terms, Why};
use session_bridge::storage::Memory;

use super::bench::{Bench, Client, DATA_BYTES, Kept, SESSIONS, played};

/// What this build writes.
pub const SCHEMA: u64 = 4;
pub const ADA: Client = (0, ClientId(11, 12));
pub const BOB: Client = (1, ClientId(21, 22));
const CAROL: Client = (0, ClientId(41, 42));

pub fn id(text: &str) -> SessionId {
    SessionId::try_from(text.to_owned()).expect("an id")
}

fn json(text: &str) -> Json {
    Json::try_from(text.to_owned()).expect("an object")
}

pub fn add(name: &str, data: &str) -> Mutation {
    Mutation::Add { id: id(name), user_id: format!("user of {name}"), data: json(data), terms: Default::default() }
}

fn terms(ttl: Option<u64>) -> Terms {
    Terms { ttl: Some(ttl), renews: None, ..Terms::default() }
}

/// Adds one that lives for so many milliseconds.
fn lives(name: &str, ttl: Option<u64>) -> Mutation {
    Mutation::Add { id: id(name), user_id: format!("user of {name}"), data: Json::empty(), terms: terms(ttl) }
}

fn remove(name: &str) -> Mutation {
    Mutation::Remove { id: id(name), if_version: None }
}

/// A store with all that one can hold, but for what comes of another one.
fn written(bench: &mut Bench) -> Vec<(Client, u64)> {
    bench.open(1, None);
    let (ada, bob) = (bench.connect(ADA), bench.connect(BOB));
    let base = bench.shown(ada).0;
    bench.says(ada, 1, base, None, vec![add("a", r#"{"n":1,"é":[null,{"b":null}]}"#), add("gone", "{}")]);
    bench.says(bob, 1, base, None, vec![add("b", r#"{"n":12345678901234567890.10e-7}"#)]);
    bench.says(ada, 3, base, None, vec![Mutation::Configure { id: id("a"), terms: terms(Some(1_000 * LEAST_TTL)) }]);
    let odd = r#"{"none":null,"in":{"none":null},"\u0000\"\\":"\n","😀":"\u001f"}"#;
    // The second one is so long that the number before it begins as a header of this schema would.
    let long_id = "x".repeat(0x80 + SCHEMA as usize);
    bench.says(bob, 2, base, None, vec![add("s/\"é😀/", odd), lives(&long_id, Some(LEAST_TTL))]);
    let late = bench.connect((1, ClientId(31, 32)));
    let then = bench.shown(late).0;
    let update = |patch| Mutation::Update { id: id("a"), patch: json(patch), if_version: None };
    bench.says(ada, 2, then, None, vec![remove("gone")]);
    bench.says(bob, 3, then, None, vec![update(r#"{"n":2}"#)]);
    bench.says(ada, 4, then, Some(4), vec![update(r#"{"n":3}"#)]);
    bench.says(bob, 4, then, None, vec![remove("never"), Mutation::Activate(None)]);
    bench.says(bob, 5, then, None, vec![Mutation::Activate(Some(id("b")))]);
    bench.says(bob, 6, then, None, (0..SESSIONS).map(|n| add(&n.to_string(), "{}")).collect());
    let long = format!(r#"{{"long":"{}"}}"#, "x".repeat(DATA_BYTES));
    bench.says(bob, 8, then, None, vec![add("long", &long)]);
    bench.waits(LEAST_TTL);
    let update = Mutation::Update { id: id(&long_id), patch: json("{}"), if_version: None };
    bench.says(bob, 9, then, None, vec![update]);
    let outcome = |page, n| bench.outcome(page, n).expect("it is known");
    assert!(matches!(outcome(ada, 1), Outcome::Accepted(_)));
    assert_eq!(outcome(ada, 4), Outcome::Contended);
    assert!(matches!(outcome(bob, 4), Outcome::Refused(_)));
    assert!(matches!(outcome(bob, 6), Outcome::Denied(Why::Sessions(_))));
    assert!(matches!(outcome(bob, 8), Outcome::Denied(Why::DataBytes { .. })));
    assert_eq!(outcome(bob, 9), Outcome::Refused(Code::Expired));
    let ada = [1, 2, 3, 4].map(|n| (ADA, n));
    let bob = [1, 2, 3, 4, 5, 6, 8, 9].map(|n| (BOB, n));
    ada.into_iter().chain(bob).collect()
}

/// Stores as this build writes them, by name.
pub fn recorded() -> Vec<(&'static str, Kept)> {
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
    [("plain", plain), ("mixed", mixed()), ("absorbed", above), ("emptied", emptied), ("sealed", sealed)].into()
}

/// A store of schema 1 in which this build has gone on. What was removed before is nobody's, in values as they were.
fn mixed() -> Kept {
    let first = read(1, "plain");
    let mut bench = over(&first, 1);
    bench.open(1, None);
    let carol = bench.connect(CAROL);
    let base = bench.shown(carol).0;
    bench.says(carol, 1, base, None, vec![add("later", r#"{"none":null}"#)]);
    bench.says(carol, 2, base, None, vec![remove("b")]);
    let numbers = first.outcomes.iter().map(|(origin, client, n, _)| ((*origin, *client), *n));
    let kept = bench.kept(1, &numbers.chain([(CAROL, 1), (CAROL, 2)]).collect::<Vec<_>>());
    let commits = first.commits.into_iter().chain(kept.commits).collect();
    Kept { commits, ..kept }
}

/// Where a store of this schema is recorded.
pub fn path(schema: u64, name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/wire/stores", &format!("schema-{schema}"), &format!("{name}.json")]
        .iter()
        .collect()
}

pub fn read(schema: u64, name: &str) -> Kept {
    let text = std::fs::read_to_string(path(schema, name)).expect("the store was recorded");
    serde_json::from_str(&text).expect("it is a store")
}

/// A service of this build over a store as it was recorded, under this number.
pub fn over(kept: &Kept, store: u64) -> Bench {
    under(SessionRules::default(), kept, store)
}

/// One whose owner decided this about lifetimes.
pub fn under(rules: SessionRules, kept: &Kept, store: u64) -> Bench {
    let memory = kept.commits.iter().fold(Memory::new(), played);
    let mut bench = Bench::with(rules, 77);
    bench.stores.insert(store, (memory, Vec::new()));
    bench
}
