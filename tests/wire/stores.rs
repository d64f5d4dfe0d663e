//! Stores that older builds wrote, read by this one with nothing lost.
//!
//! Each was recorded by the last build that wrote its schema, from that build's own service: every commit as the store was
//! given it, what pages were shown in the end, and what had become of their writes. They are never recorded anew. With
//! `STORE_RECORD` set, this build writes down stores of its own schema, for the builds that come after the next one.

mod bench;
mod recorded;

use std::collections::BTreeSet;

use session_bridge::error::Code;
use session_bridge::protocol::ToManager;
use session_bridge::session::{Change, Json, LEAST_TTL, Lifetime, Mutation, Outcome, Session, SessionRules, Version};

use self::bench::Kept;
use self::recorded::{ADA, BOB, SCHEMA, add, over, path, read, recorded, under};

/// What was recorded of stores that are at home: the schema, and the name.
const AT_HOME: [(u64, &str); 8] = [
    (1, "plain"),
    (1, "absorbed"),
    (2, "plain"),
    (2, "mixed"),
    (2, "absorbed"),
    (3, "plain"),
    (3, "mixed"),
    (3, "absorbed"),
];
/// The schemas that were recorded.
const OLDER: [u64; 3] = [1, 2, 3];
/// Until this one, sessions had no lifetime.
const NO_LIFETIMES: u64 = 3;

#[test]
fn stores_hold_all_that_stores_can_hold() {
    let all = recorded();
    let keys: BTreeSet<_> = all
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

#[test]
fn every_store_of_an_older_schema_is_read_with_nothing_lost() {
    for (schema, name) in AT_HOME {
        let kept = read(schema, name);
        let mut bench = over(&kept, 1);
        bench.open(1, None);
        let numbers: Vec<_> = kept.outcomes.iter().map(|(origin, client, n, _)| ((*origin, *client), *n)).collect();
        let now = bench.kept(1, &numbers);
        assert_eq!((&now.sessions, &now.active), (&kept.sessions, &kept.active), "schema {schema}, {name}");
        assert_eq!(now.outcomes, kept.outcomes, "schema {schema}, {name}");
        assert!(now.commits.is_empty(), "reading writes nothing");
        // Who did not know of the removal comes past it only as the one that made it. In schema 1 it is nobody's.
        let is_nobodys = schema == 1 || name == "mixed";
        for (client, comes_past) in [(BOB, false), (ADA, !is_nobodys)] {
            let page = bench.connect(client);
            let head = bench.shown(page).0;
            bench.says(page, 101, Version { seq: 2, ..head }, None, vec![add("gone", "{}")]);
            let outcome = bench.outcome(page, 101).expect("it is told");
            let expected = if comes_past { None } else { Some(Code::Conflict) };
            assert_eq!(outcome.refusal(), expected, "schema {schema}, {name}, {client:?}");
        }
        let meta = bench.stores[&1].1.iter().flat_map(|commit| &commit.puts).find(|(key, _)| key == "meta");
        let said = meta.map(|(_, value)| value.chars().next());
        assert_eq!(said, Some(char::from_u32(SCHEMA as u32)), "it is one of this schema now");
        if is_nobodys {
            let ada = bench.connect(ADA);
            let head = bench.shown(ada).0;
            bench.says(ada, 102, head, None, vec![add("gone", "{}")]);
            assert!(matches!(bench.outcome(ada, 102), Some(Outcome::Accepted(_))), "schema {schema}, {name}");
        }
    }
}

#[test]
fn a_page_that_is_behind_is_told_from_the_log_that_an_older_build_kept() {
    for (schema, name) in AT_HOME {
        let kept = read(schema, name);
        let mut bench = over(&kept, 1);
        bench.open(1, None);
        let fresh = bench.connect(ADA);
        let (head, sessions, _) = bench.shown(fresh);
        let grant = match bench.said(fresh) {
            [ToManager::Welcome { grant, .. }, ..] => *grant,
            other => panic!("{other:?}"),
        };
        // Before it lies the first commit with a session, and of two histories the first ends there.
        let from = kept
            .commits
            .iter()
            .map(|commit| commit.version)
            .find(|version| version.epoch == head.epoch && version.seq > 1);
        let page = bench.connect_holding(ADA, from.map(|from| (from, grant)));
        let mut at = from.expect("there is a second commit");
        let mut put = BTreeSet::new();
        for message in bench.said(page) {
            match message {
                ToManager::Event { follows, version, changes, .. } => {
                    assert_eq!(*follows, at, "schema {schema}, {name}");
                    at = *version;
                    put.extend(changes.iter().filter_map(|change| match change {
                        Change::Put(session) => Some((session.id.clone(), session.version)),
                        _ => None,
                    }));
                }
                ToManager::Page { .. } => panic!("schema {schema}, {name}: a snapshot"),
                _ => {}
            }
        }
        assert_eq!(at, head, "schema {schema}, {name}");
        let since = sessions.iter().filter(|session| session.version > Some(from.map_or(0, |from| from.seq)));
        assert!(since.map(|session| (session.id.clone(), session.version)).all(|it| put.contains(&it)));
    }
}

/// Whatever the owner decides about lifetimes now, it is said of sessions that are added from then on.
#[test]
fn a_session_of_a_schema_without_lifetimes_never_expires() {
    let rules =
        SessionRules { default: Some(LEAST_TTL), longest: Some(2 * LEAST_TTL), recovery: 0, ..SessionRules::default() };
    for (schema, name) in AT_HOME.into_iter().filter(|(schema, _)| *schema <= NO_LIFETIMES) {
        let kept = read(schema, name);
        let mut bench = under(rules, &kept, 1);
        bench.open(1, None);
        bench.waits(1_000 * LEAST_TTL);
        for page in [bench.connect(BOB), bench.connect_as(BOB, 1..=3)] {
            let sessions = bench.shown(page).1;
            assert_eq!(sessions, kept.sessions, "schema {schema}, {name}");
            assert!(sessions.iter().all(|session| session.lifetime == Lifetime::default()), "schema {schema}, {name}");
        }
        let page = bench.connect(ADA);
        let (head, sessions, _) = bench.shown(page);
        let first = sessions.first().expect("there is a session").id.clone();
        let update = Mutation::Update { id: first, patch: Json::empty(), if_version: None };
        bench.says(page, 101, head, None, vec![update, add("gone", "{}")]);
        assert!(matches!(bench.outcome(page, 101), Some(Outcome::Accepted(_))), "schema {schema}, {name}");
        bench.waits(LEAST_TTL);
        let (newer, older) = (bench.connect(BOB), bench.connect_as(BOB, 1..=3));
        assert_eq!(bench.shown(newer).1.len(), kept.sessions.len() + 1, "schema {schema}, {name}");
        assert_eq!(bench.shown(older).1.len(), kept.sessions.len(), "schema {schema}, {name}: the new one is expired");
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
