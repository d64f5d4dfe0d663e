//! Reading a store at the start: new, full, changing, strange or broken.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use crate::ambient::Span;
use crate::error::Code;
use crate::protocol::{ResumeFrom, ToManager};
use crate::service::Input;
use crate::service::replica::encoding::{SCHEMA, write, write_meta};
use crate::service::replica::record::Tombstone;
use crate::service::replica::state::State;
use crate::service::store::load::{Load, LoadStep};
use crate::service::tests::world::{A, STATUS, Seeded, World, add, config, opened, remove};
use crate::session::{Outcome, Version};
use crate::storage::conformance::{commit, version};
use crate::storage::{Answer, Failure, Memory, Operation, StoreCommit};

/// A service that has been asked to open this store, which waits for the test.
fn opening(store: &Memory) -> World {
    let mut world = World::unopened(config(), store.clone());
    world.prompt = false;
    world.connect(1, A);
    world.take(opened(STATUS));
    world
}

/// A store with this many sessions.
fn filled(sessions: u64) -> World {
    let mut world = World::new();
    world.connect(9, A);
    for n in 1..=sessions {
        let write = world.made(n, vec![add(&alloc::format!("{n:04}"))]);
        world.writes(9, n - 1, vec![write]);
        world.say(9, &crate::protocol::ToService::Ack(n + 1));
        world.pass(Span::from_millis(10));
    }
    world
}

fn commits_of(world: &World) -> Vec<StoreCommit> {
    let commits = world.history.iter().filter_map(|operation| match operation {
        Operation::Commit { commit, .. } => Some(commit.clone()),
        _ => None,
    });
    commits.collect()
}

/// The `meta` of a schema that this build does not know.
fn newer_layout() -> String {
    write_meta(SCHEMA + 1, 0)
}

/// A log entry of one put.
fn entry(version: Version, key: &str, value: String) -> String {
    write(&(version, (vec![(key.to_string(), value)], Vec::<String>::new())))
}

#[test]
fn an_empty_store_is_given_its_identity() {
    let mut world = opening(&Memory::new());
    assert_eq!(world.heard(1), [], "nothing is said before the store is known");
    world.resume();
    let [first] = &commits_of(&world)[..] else { panic!() };
    assert_eq!((first.version.seq, first.horizon), (1, 0));
    assert_eq!(world.head(), first.version);
    assert_eq!(world.heard(1).len(), 3);
    let other = World::new();
    assert_ne!(other.head().epoch, world.head().epoch);
}

#[test]
fn two_that_find_it_empty_agree_on_one_identity() {
    let store = Memory::new();
    let (mut one, mut other) = (opening(&store), opening(&store));
    one.serve();
    other.serve();
    one.resume();
    other.resume();
    other.pass(Span::from_secs(1));
    assert_eq!(one.head(), other.head());
    assert_eq!(other.heard(1).len(), 3);
}

#[test]
fn many_pages_are_read() {
    let world = filled(600);
    let reread = world.reread();
    assert_eq!((reread.service.metrics().sessions, reread.head()), (600, world.head()));
}

#[test]
fn what_changes_while_it_is_read_is_read_exactly() {
    let mut world = filled(600);
    let mut reader = opening(&world.store);
    let change = |world: &mut World, n: u64, mutations| {
        let write = world.made(n, mutations);
        world.writes(9, n - 1, vec![write]);
    };
    reader.serve();
    reader.serve();
    change(&mut world, 601, vec![remove("0001"), remove("0600"), add("0000"), add("9999")]);
    reader.serve();
    change(&mut world, 602, vec![remove("0599"), add("5555"), remove("9999")]);
    reader.serve();
    change(&mut world, 603, vec![add("7777")]);
    reader.resume();
    assert_eq!(reader.head(), world.head());
    let ids = |world: &World| -> Vec<_> { world.service.replica.state.sessions().cloned().collect() };
    assert_eq!(ids(&reader), ids(&world));
    assert!(reader.service.replica.state.tombstone(&crate::service::tests::world::id("9999")).is_some());
}

#[test]
fn a_store_that_outruns_its_log_while_it_is_read_is_read_again() {
    let world = filled(3);
    let mut reader = opening(&world.store);
    reader.serve();
    let trimming = StoreCommit {
        horizon: world.head().seq + 1,
        ..commit(world.head().epoch, world.head().seq + 1, 5, &[("t/x", "5")], &[])
    };
    world.perform(Operation::Commit { expect: Some(world.head()), commit: trimming });
    reader.resume();
    assert_ne!(reader.head().tag, 5, "it waits a little");
    reader.pass(Span::from_secs(1));
    assert_eq!(reader.head().tag, 5);
    assert_eq!(reader.heard(1).len(), 3);
}

#[test]
fn hostile_44_a_newer_layout_is_left_alone() {
    let world = filled(3);
    let newer = commit(world.head().epoch, world.head().seq + 1, 5, &[("meta", &newer_layout())], &[]);
    let before = world.perform(Operation::Commit { expect: Some(world.head()), commit: newer });
    assert_eq!(before, Answer::Committed);
    let mut reader = opening(&world.store);
    reader.resume();
    assert_eq!(reader.heard(1), [ToManager::Goodbye(Code::StorageFailed)]);
    reader.connect(2, A);
    reader.pass(Span::from_secs(60));
    assert_eq!(reader.heard(2), [ToManager::Goodbye(Code::StorageFailed)]);
    assert_eq!(commits_of(&reader).len(), 0);
}

#[test]
fn hostile_44_a_layout_that_becomes_newer_under_it_stops_it() {
    let mut world = filled(3);
    world.heard(9);
    let epoch = world.head().epoch;
    let newer = StoreCommit {
        entry: entry(version(epoch, 5, 5), "meta", newer_layout()),
        ..commit(epoch, 5, 5, &[("meta", &newer_layout())], &[])
    };
    world.perform(Operation::Commit { expect: Some(world.head()), commit: newer });
    let commits = world.commits();
    world.write(9, 9, add("lost"));
    world.pass(Span::from_secs(60));
    assert_eq!(world.heard(9), [ToManager::Goodbye(Code::StorageFailed)]);
    assert_eq!(world.commits(), commits + 1, "one attempt, which was stale");
}

#[test]
fn a_service_that_meets_a_newer_layout_has_its_page_loaded_anew_and_says_nothing_meanwhile() {
    let world = filled(3);
    let newer = commit(world.head().epoch, world.head().seq + 1, 5, &[("meta", &newer_layout())], &[]);
    world.perform(Operation::Commit { expect: Some(world.head()), commit: newer });
    let mut reader = opening(&world.store);
    reader.renews = true;
    reader.resume();
    reader.connect(2, A);
    reader.pass(Span::from_secs(60));
    assert_eq!((reader.outdated, reader.heard(1), reader.heard(2)), (1, vec![], vec![]));
    // It was not: then they are told, as those of a page that was loaded anew before.
    reader.renews = false;
    reader.take(Input::Outdated);
    assert_eq!(reader.heard(1), [ToManager::Goodbye(Code::StorageFailed)]);
    assert_eq!(reader.heard(2), [ToManager::Goodbye(Code::StorageFailed)]);
}

#[test]
fn a_store_that_says_that_its_layout_is_newer_is_believed() {
    let newer = Answer::Failed(Failure { code: Code::ProtocolMismatch, unknown: false });
    let mut world = opening(&Memory::new());
    world.renews = true;
    world.answer(newer.clone());
    assert_eq!((world.outdated, world.heard(1)), (1, vec![]));
    // Whatever it was asked.
    let asks: [fn(&mut World); 2] =
        [|world| world.sync(9, 1, ResumeFrom::LastSent, 0), |world| world.write(9, 2, add("s"))];
    for ask in asks {
        let mut world = filled(1);
        (world.renews, world.prompt) = (true, false);
        world.heard(9);
        ask(&mut world);
        world.answer(newer.clone());
        assert_eq!(world.outdated, 1);
        let told: Vec<_> = world.heard(9).into_iter().filter(|it| !matches!(it, ToManager::Pong(_))).collect();
        assert_eq!(told, []);
        world.take(Input::Outdated);
        assert_eq!(world.heard(9), [ToManager::Goodbye(Code::StorageFailed)]);
    }
}

#[test]
fn a_log_that_does_not_follow_is_not_followed() {
    let mut world = filled(1);
    world.heard(9);
    let head = world.head();
    for (epoch, seq) in [(head.epoch ^ 1, 3), (head.epoch, 4), (head.epoch, 2), (head.epoch, 1)] {
        world.prompt = false;
        world.take(Input::StoreChanged);
        let entry = entry(version(epoch, seq, 5), "t/x", write(&Tombstone { seq, by: None, at: seq }));
        world.answer(Answer::Log(Some(vec![entry])));
        assert_eq!(world.head(), head);
        assert!(matches!(world.asked.front(), Some((_, Operation::Head))), "the store is read anew");
        world.resume();
    }
}

#[test]
fn hostile_44_a_store_of_somebody_else_is_not_touched() {
    for (key, value) in [("k", "v"), ("s/a", "{}"), ("meta", "?")] {
        let store = Memory::new();
        let mut reader = opening(&store);
        let strange = commit(1, 1, 1, &[(key, value)], &[]);
        assert_eq!(reader.perform(Operation::Commit { expect: None, commit: strange }), Answer::Committed);
        reader.resume();
        assert_eq!(reader.heard(1), [ToManager::Goodbye(Code::StorageFailed)], "{key}");
        reader.pass(Span::from_secs(10));
        assert_eq!(commits_of(&reader).len(), 0);
        assert_eq!(reader.perform(Operation::Head), Answer::Head(Some(version(1, 1, 1))));
    }
}

#[test]
fn a_store_that_fails_is_tried_again_and_pages_are_told() {
    let mut world = opening(&Memory::new());
    world.answer(Answer::Failed(Failure { code: Code::StorageDenied, unknown: false }));
    assert_eq!(world.heard(1), [ToManager::Goodbye(Code::StorageDenied)]);
    assert_eq!(world.closed, [1]);
    world.connect(2, A);
    world.pass(Span::from_secs(1));
    world.resume();
    assert!(matches!(world.heard(2)[0], ToManager::Welcome { .. }));
}

#[test]
fn hostile_44_a_store_that_says_nothing_has_a_deadline() {
    let mut world = opening(&Memory::new());
    world.pass(Span::from_millis(9_999));
    assert_eq!(world.heard(1), []);
    world.pass(Span::from_millis(1));
    assert_eq!(world.heard(1), [ToManager::Goodbye(Code::StorageFailed)]);
    // The same of a look and of a commit: the answer comes when the store does.
    let mut world = filled(1);
    world.heard(9);
    world.prompt = false;
    world.sync(9, 1, crate::protocol::ResumeFrom::LastSent, 0);
    world.pass(Span::from_secs(25));
    assert_eq!(world.heard(9), [ToManager::Pong(1)]);
    assert!(world.asked.len() >= 2, "it asked again");
    world.resume();
    world.pass(Span::from_secs(10));
    assert_eq!(world.heard(9), [ToManager::Synced { id: 1, version: world.head(), time: Some(world.now.wall) }]);
    world.write(9, 2, add("s"));
    assert_eq!(world.outcomes(9), [(2, Outcome::Accepted(3))]);
}

#[test]
fn each_page_of_a_list_has_as_many_entries_as_come_to_a_mebibyte_by_those_before() {
    let head = Version { epoch: 1, seq: 1, tag: 1 };
    let mut load = Load::Entries { head, state: State::default(), after: None, read: 0, limit: 256 };
    for (bytes, limit) in [(1, 4_096), (1_021, 1_024), (20, 4_096), (1 << 20, 16), (524_285, 16), (8_189, 128)] {
        let entries = vec![("x/s".to_string(), "x".repeat(bytes)); 16];
        load = match load.answered(Answer::Entries(entries), &mut Seeded(1)) {
            LoadStep::Ask(next) => next,
            other => panic!("{other:?}"),
        };
        assert!(matches!(load.operation(), Operation::List { limit: asked, .. } if asked == limit), "{load:?}");
    }
}

#[test]
fn a_list_that_never_ends_is_a_failure() {
    let head = Version { epoch: 1, seq: 1, tag: 1 };
    let mut load = Load::Entries { head, state: State::default(), after: None, read: 0, limit: 1 };
    for _ in 0..2_000 {
        let entries = vec![("t/s".to_string(), "\u{1}".to_string()); 1_000];
        match load.answered(Answer::Entries(entries), &mut Seeded(1)) {
            LoadStep::Ask(next) => load = next,
            LoadStep::Failed(code) => return assert_eq!(code, Code::StorageFailed),
            other => panic!("{other:?}"),
        }
    }
    panic!("it is still being read");
}

#[test]
fn a_store_that_denies_its_own_head_is_told_of() {
    let mut world = World::unopened(config(), Memory::new());
    world.take(opened(STATUS));
    let mut world = world.reread();
    world.connect(1, A);
    world.heard(1);
    world.prompt = false;
    world.sync(1, 1, ResumeFrom::LastSent, 0);
    for _ in 0..1_000 {
        while let Some((_, operation)) = world.asked.front() {
            if matches!(operation, Operation::Since(_)) { world.answer(Answer::Log(None)) } else { world.serve() }
        }
        world.pass(Span::from_millis(100));
    }
    assert!(world.heard(1).contains(&ToManager::Goodbye(Code::StorageFailed)));
}
