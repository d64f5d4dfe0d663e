//! How a page that missed something is brought up to date: by what it missed, or by a snapshot of one version.

use alloc::vec;
use alloc::vec::Vec;

use crate::ambient::Span;
use crate::protocol::{ResumeFrom, ToManager, ToService};
use crate::service::Input;
use crate::service::tests::heard::{commits, grant, puts, reconnect, steps, synced};
use crate::service::tests::world::{A, B, World, add, patch, remove};
use crate::session::Version;
use crate::storage::Operation;

#[test]
fn a_page_that_returns_is_told_what_it_missed() {
    let mut world = World::new();
    world.connect(1, A);
    let grant = grant(&world.heard(1));
    world.write(1, 1, add("s"));
    let held = world.head();
    commits(&mut world, 1, 2, 3);
    reconnect(&mut world, 2, held, grant);
    let heard = world.heard(2);
    assert_eq!(steps(&heard), [(Some(2), 3), (Some(3), 4), (Some(4), 5)]);
    assert_eq!(synced(&heard), [(0, 5)]);
    // A service that was started anew reads it in the log.
    let mut later = world.reread();
    let head = later.head();
    reconnect(&mut later, 3, held, grant);
    let heard = later.heard(3);
    assert_eq!(steps(&heard), [(Some(2), 3), (Some(3), 4), (Some(4), 5)]);
    assert_eq!(synced(&heard), [(0, 5)]);
    assert_eq!(puts(&heard), ["s", "s", "s"]);
    reconnect(&mut later, 4, head, grant);
    let heard = later.heard(4);
    assert_eq!(steps(&heard), []);
    assert_eq!(synced(&heard), [(0, 5)]);
    // Also when somebody commits while it is reading.
    later.prompt = false;
    reconnect(&mut later, 5, held, grant);
    later.serve();
    commits(&mut world, 1, 5, 1);
    later.serve();
    assert_eq!(steps(&later.heard(5)), [(Some(2), 3), (Some(3), 4), (Some(4), 5)]);
}

#[test]
fn what_is_held_of_another_history_or_grant_is_replaced_by_a_snapshot() {
    let mut world = World::new();
    world.connect(1, A);
    let grant = grant(&world.heard(1));
    world.write(1, 1, add("s"));
    commits(&mut world, 1, 2, 3);
    let head = world.head();
    let strange = [
        (Version { epoch: head.epoch ^ 1, seq: head.seq - 1, ..head }, grant),
        (Version { tag: head.tag ^ 1, ..head }, grant),
        (Version { seq: head.seq - 1, ..head }, grant),
        (Version { seq: head.seq + 5, ..head }, grant),
        (head, grant ^ 1),
    ];
    for (channel, (held, grant)) in (2..).zip(strange) {
        reconnect(&mut world, channel, held, grant);
        let heard = world.heard(channel);
        assert_eq!((steps(&heard), synced(&heard)), (vec![(None, 5)], vec![(0, 5)]), "{held:?}");
    }
    let asked = |operation: &Operation| matches!(operation, Operation::Since(version) if version.epoch != head.epoch);
    assert!(!world.history.iter().any(asked), "the log of another store is no help");
}

#[test]
fn a_page_that_is_further_behind_than_the_log_gets_a_snapshot() {
    let mut world = World::new();
    world.connect(1, A);
    let grant = grant(&world.heard(1));
    world.write(1, 1, add("s"));
    let held = world.head();
    world.say(1, &ToService::Ack(u64::MAX));
    commits(&mut world, 1, 2, 1_030);
    let mut later = world.reread();
    reconnect(&mut later, 3, held, grant);
    assert_eq!(steps(&later.heard(3)), [(None, 1_032)]);
}

#[test]
fn a_snapshot_is_of_one_version_however_many_parts_it_has() {
    let mut world = World::new();
    world.connect(1, A);
    let fat = alloc::format!(r#"{{"a":"{}"}}"#, "x".repeat(30_000));
    for n in 0..200 {
        let name = alloc::format!("{n:03}");
        let write = world.made(n + 1, vec![add(&name), patch(&name, &fat)]);
        world.writes(1, n, vec![write]);
        world.pass(Span::from_millis(10));
    }
    world.connect(2, B);
    let mut heard = world.heard(2);
    assert_eq!(steps(&heard).len(), 64, "two sessions in each part, and 64 parts are the credit");
    // The world goes on while the snapshot is under way.
    world.writes(1, 200, vec![world.made(201, vec![remove("199")])]);
    world.writes(1, 201, vec![world.made(202, vec![add("new")])]);
    assert_eq!(world.heard(2), []);
    world.say(2, &ToService::Ack(64));
    heard.extend(world.heard(2));
    let names = puts(&heard);
    assert_eq!((names.len(), names[0].as_str(), names[199].as_str(), names[200].as_str()), (201, "000", "199", "new"));
    let told = steps(&heard);
    assert_eq!(told[..100], [(None, 201); 100]);
    assert_eq!(told[100..], [(Some(201), 202), (Some(202), 203)]);
    let ends = heard.iter().filter(|message| matches!(message, ToManager::Page { end: Some(_), .. }));
    assert_eq!(ends.count(), 1);
    let parts: Vec<_> = heard
        .iter()
        .filter_map(|message| match message {
            ToManager::Page { index, .. } => Some(*index),
            _ => None,
        })
        .collect();
    assert_eq!(parts, (0..100).collect::<Vec<_>>());
    assert_eq!(synced(&heard).len(), 1);
    // A page that claims to be ahead is not told that it is up to date before it is.
    let ahead = Version { seq: world.head().seq + 9, ..world.head() };
    world.sync(2, 1, ResumeFrom::Held(Some(ahead)), 102);
    let heard = world.heard(2);
    assert_eq!((steps(&heard).len(), synced(&heard)), (64, vec![]));
    // When the store is replaced meanwhile, the rest of the old one is not sent.
    let refilled = World::new();
    world.store = refilled.store.clone();
    world.take(Input::StoreChanged);
    world.say(2, &ToService::Ack(102 + 64));
    assert!(matches!(
        &world.heard(2)[..],
        [ToManager::Page { version, index: 0, end: Some(_), .. }, ToManager::Synced { id: 1, .. }] if *version == refilled.head()
    ));
}

#[test]
fn a_commit_too_large_for_an_event_becomes_a_snapshot() {
    let mut world = World::new();
    world.connect(1, A);
    world.connect(2, B);
    world.heard(2);
    let fat = alloc::format!(r#"{{"a":"{}"}}"#, "x".repeat(60_000));
    let mutations = (0..5).flat_map(|n| [add(&alloc::format!("{n}")), patch(&alloc::format!("{n}"), &fat)]).collect();
    let write = world.made(1, mutations);
    world.writes(1, 0, vec![write]);
    assert!(steps(&world.heard(2)).iter().all(|step| *step == (None, 2)));
    let heard = world.heard(1);
    assert!(
        heard.iter().any(|message| matches!(message, ToManager::Page { end: Some(end), .. } if end.mine.len() == 1))
    );
}

#[test]
fn a_page_ahead_of_the_replica_is_not_set_back() {
    let mut world = World::new();
    let mut other = World::with(crate::service::tests::world::config(), world.store.clone());
    other.connect(1, A);
    let grant = grant(&other.heard(1));
    other.write(1, 1, add("s"));
    world.prompt = false;
    reconnect(&mut world, 2, other.head(), grant);
    assert_eq!(steps(&world.heard(2)), []);
    world.resume();
    let heard = world.heard(2);
    assert_eq!((steps(&heard), synced(&heard)), (vec![], vec![(0, 2)]));
}

#[test]
fn hostile_35_a_store_that_was_cleared_and_refilled_is_another_one() {
    let mut world = World::new();
    world.connect(1, A);
    world.write(1, 1, add("s"));
    world.heard(1);
    let old = world.head();
    let refilled = World::new();
    world.store = refilled.store.clone();
    let mut other = refilled.reread();
    other.connect(3, B);
    other.write(3, 1, add("t"));
    assert_eq!(other.head().seq, old.seq);
    world.prompt = false;
    let write = crate::session::Write { base: old, ..world.made(2, vec![patch("t", "{}")]) };
    world.writes(1, 0, vec![write]);
    world.resume();
    let heard = world.heard(1);
    assert_eq!(puts(&heard), ["t"]);
    assert_eq!(steps(&heard).first(), Some(&(None, 2)), "{heard:?}");
    let refused = crate::session::Outcome::Refused(crate::error::Code::Conflict);
    assert!(matches!(&heard[..], [.., ToManager::Event { mine, .. }] if *mine == [(2, refused)]));
    world.take(Input::StoreChanged);
    assert_eq!(world.heard(1), []);
}
