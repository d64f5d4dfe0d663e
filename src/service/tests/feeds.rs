//! What pages are told: events without a hole, or a snapshot of one version, never more than they have credit for.

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use super::world::{A, B, World, add, hello, id, patch, puts, remove};
use crate::protocol::{End, From, Hello, ToManager, ToService};
use crate::service::Input;
use crate::session::{Change, Mutation, Version};
use crate::storage::Operation;

/// Says hello as a page that holds this.
fn reconnect(world: &mut World, channel: u64, held: Version, grant: u64) {
    world.hello(channel, A, Hello { held: Some(held), grant: Some(grant), ..hello(channel) });
}

fn grant(messages: &[ToManager]) -> u64 {
    messages
        .iter()
        .find_map(|message| if let ToManager::Welcome { grant, .. } = message { Some(*grant) } else { None })
        .unwrap()
}

/// The versions of the data messages: what each follows and leads to.
fn steps(messages: &[ToManager]) -> Vec<(Option<u64>, u64)> {
    let data = messages.iter().filter_map(|message| match message {
        ToManager::Event { follows, version, .. } => Some((Some(follows.seq), version.seq)),
        ToManager::Page { version, .. } => Some((None, version.seq)),
        _ => None,
    });
    data.collect()
}

fn synced(messages: &[ToManager]) -> Vec<(u64, u64)> {
    let synced = messages.iter().filter_map(|message| match message {
        ToManager::Synced { id, version } => Some((*id, version.seq)),
        _ => None,
    });
    synced.collect()
}

/// Commits `count` writes of page `channel`, starting with number `n`, each a commit of its own.
fn commits(world: &mut World, channel: u64, n: u64, count: u64) {
    for n in n..n + count {
        let write = world.made(n, vec![patch("s", &alloc::format!(r#"{{"n":{n}}}"#))]);
        world.writes(channel, n - 1, vec![write]);
        world.pass(Duration::from_millis(10));
    }
}

#[test]
fn a_new_page_is_welcomed_given_everything_and_told_that_this_is_all() {
    let mut world = World::new();
    world.connect(1, A);
    world.write(1, 1, add("s"));
    world.write(1, 2, Mutation::Activate(Some(id("s"))));
    world.connect(2, B);
    let heard = world.heard(2);
    let version = world.head();
    assert!(matches!(heard[0], ToManager::Welcome { storage: super::world::STATUS, .. }));
    let ToManager::Page { sync: 0, version: of, index: 0, sessions, end: Some(End { active, mine }) } = &heard[1]
    else {
        panic!("{heard:?}")
    };
    assert_eq!((*of, sessions.len(), active.as_ref(), mine.len()), (version, 1, Some(&id("s")), 0));
    assert_eq!(heard[2..], [ToManager::Synced { id: 0, version }]);
}

#[test]
fn a_commit_is_told_to_all_and_its_outcome_to_its_author_only() {
    let mut world = World::new();
    world.connect(1, A);
    world.connect(2, B);
    world.heard(1);
    world.heard(2);
    let follows = world.head();
    let write = world.made(1, vec![add("s"), Mutation::Activate(Some(id("s")))]);
    world.writes(1, 0, vec![write]);
    let [ToManager::Event { follows: at, version, changes, mine }] = &world.heard(1)[..] else { panic!() };
    assert_eq!((*at, *version, mine.len()), (follows, world.head(), 1));
    assert!(matches!(&changes[..], [Change::Put(session), Change::Active(Some(_))] if session.version == Some(2)));
    let [ToManager::Event { changes: same, mine, .. }] = &world.heard(2)[..] else { panic!() };
    assert_eq!((same, mine.len()), (changes, 0));
    // A refusal changes nothing for the other page, but leaves no hole in its versions.
    world.write(1, 2, patch("none", "{}"));
    let [ToManager::Event { changes, mine, version, .. }] = &world.heard(2)[..] else { panic!() };
    assert_eq!((changes.len(), mine.len(), version.seq), (0, 0, 3));
    world.write(1, 3, remove("s"));
    let [ToManager::Event { changes, .. }] = &world.heard(2)[..] else { panic!() };
    assert_eq!(*changes, [Change::Removed(id("s")), Change::Active(None)]);
}

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
        (Version { epoch: head.epoch ^ 1, ..head }, grant),
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
    world.say(1, &ToService::Took(u64::MAX));
    commits(&mut world, 1, 2, 1_030);
    let mut later = world.reread();
    reconnect(&mut later, 3, held, grant);
    assert_eq!(steps(&later.heard(3)), [(None, 1_032)]);
}

#[test]
fn no_more_is_sent_than_there_is_credit_for() {
    let mut world = World::new();
    world.connect(1, A);
    world.connect(2, B);
    assert_eq!(steps(&world.heard(2)).len(), 1);
    world.write(1, 1, add("s"));
    commits(&mut world, 1, 2, 99);
    assert_eq!(steps(&world.heard(2)).len(), 63);
    world.say(2, &ToService::Took(10));
    assert_eq!(steps(&world.heard(2)).len(), 10);
    world.say(2, &ToService::Took(10));
    assert_eq!(steps(&world.heard(2)).len(), 0);
    world.sync(2, 1, From::LastSent, 74);
    let rest = world.heard(2);
    assert_eq!((steps(&rest).len(), synced(&rest)), (27, vec![(1, 101)]));
}

#[test]
fn a_page_far_behind_for_want_of_credit_is_caught_up_from_the_log() {
    let mut world = World::new();
    world.connect(1, A);
    world.connect(2, B);
    world.write(1, 1, add("s"));
    commits(&mut world, 1, 2, 400);
    let mut all = steps(&world.heard(2));
    let mut took = 0;
    for _ in 0..20 {
        took += 64;
        world.say(2, &ToService::Took(took));
        world.say(1, &ToService::Took(took));
        all.extend(steps(&world.heard(2)));
    }
    assert_eq!(all.len(), 402);
    assert!(all.iter().skip(1).zip(1..).all(|(step, seq)| *step == (Some(seq), seq + 1)));
    assert!(world.history.iter().any(|operation| matches!(operation, Operation::Since(version) if version.seq < 100)));
}

#[test]
fn a_page_that_lost_messages_gets_them_again_and_its_credit_back() {
    let mut world = World::new();
    world.connect(1, A);
    world.connect(2, B);
    world.write(1, 1, add("s"));
    let held = world.head();
    commits(&mut world, 1, 2, 70);
    world.heard(2);
    world.sync(2, 1, From::Held(Some(held)), 2);
    let heard = world.heard(2);
    assert_eq!(steps(&heard).len(), 64);
    assert_eq!(steps(&heard)[0], (Some(2), 3));
    world.say(2, &ToService::Took(2 + 64));
    let rest = world.heard(2);
    assert_eq!((steps(&rest).len(), synced(&rest)), (6, vec![(1, 72)]));
    world.sync(2, 2, From::Held(None), 72);
    let heard = world.heard(2);
    assert!(matches!(
        heard[..],
        [ToManager::Pong(2), ToManager::Page { sync: 2, .. }, ToManager::Synced { id: 2, .. }]
    ));
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
        world.pass(Duration::from_millis(10));
    }
    world.connect(2, B);
    let mut heard = world.heard(2);
    assert_eq!(steps(&heard).len(), 64, "two sessions in each part, and 64 parts are the credit");
    // The world goes on while the snapshot is under way.
    world.writes(1, 200, vec![world.made(201, vec![remove("199")])]);
    world.writes(1, 201, vec![world.made(202, vec![add("new")])]);
    assert_eq!(world.heard(2), []);
    world.say(2, &ToService::Took(64));
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
    world.sync(2, 1, From::Held(Some(ahead)), 102);
    let heard = world.heard(2);
    assert_eq!((steps(&heard).len(), synced(&heard)), (64, vec![]));
    // When the store is replaced meanwhile, the rest of the old one is not sent.
    let refilled = World::new();
    world.store = refilled.store.clone();
    world.take(Input::StoreChanged);
    world.say(2, &ToService::Took(102 + 64));
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
fn a_sync_is_answered_at_once_and_then_when_the_store_was_looked_at() {
    let mut world = World::new();
    let mut other = World::with(super::world::config(), world.store.clone());
    world.connect(1, A);
    world.heard(1);
    world.prompt = false;
    world.sync(1, 1, From::LastSent, 1);
    assert_eq!(world.heard(1), [ToManager::Pong(1)]);
    // Those that come while the store is being looked at may not rest on that look.
    world.sync(1, 2, From::LastSent, 1);
    world.sync(1, 3, From::LastSent, 1);
    assert_eq!(world.asked.len(), 1);
    world.serve();
    assert_eq!(
        world.heard(1),
        [ToManager::Pong(2), ToManager::Pong(3), ToManager::Synced { id: 1, version: world.head() }]
    );
    // Nobody told of this commit; the look finds it.
    other.connect(9, A);
    other.write(9, 1, add("s"));
    world.serve();
    let heard = world.heard(1);
    assert_eq!((steps(&heard), synced(&heard)), (vec![(Some(1), 2)], vec![(2, 2), (3, 2)]));
    assert_eq!(world.asked.len(), 0, "one look served both");
}

#[test]
fn a_page_ahead_of_the_replica_is_not_set_back() {
    let mut world = World::new();
    let mut other = World::with(super::world::config(), world.store.clone());
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
fn a_stream_of_writes_does_not_shut_out_a_page_that_needs_the_log() {
    let mut world = World::new();
    world.connect(1, A);
    let grant = grant(&world.heard(1));
    world.write(1, 1, add("s"));
    let held = world.head();
    commits(&mut world, 1, 2, 3);
    let mut later = world.reread();
    later.prompt = false;
    later.connect(1, A);
    reconnect(&mut later, 2, held, grant);
    later.heard(2);
    for n in 10..20 {
        later.write(1, n, patch("s", "{}"));
        later.serve();
    }
    assert!(steps(&later.heard(2)).len() >= 3);
}

#[test]
fn a_store_that_was_cleared_and_refilled_is_another_one() {
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
