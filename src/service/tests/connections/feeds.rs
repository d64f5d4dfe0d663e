//! What pages are told: events without a hole, or a snapshot of one version, never more than they have credit for.

use alloc::vec;

use crate::protocol::{End, ResumeFrom, ToManager, ToService};
use crate::service::tests::heard::{commits, grant, reconnect, steps, synced};
use crate::service::tests::world::{A, B, World, add, id, patch, remove};
use crate::session::{Change, Mutation};
use crate::storage::Operation;

#[test]
fn a_new_page_is_welcomed_given_everything_and_told_that_this_is_all() {
    let mut world = World::new();
    world.connect(1, A);
    world.write(1, 1, add("s"));
    world.write(1, 2, Mutation::Activate(Some(id("s"))));
    world.connect(2, B);
    let heard = world.heard(2);
    let version = world.head();
    assert!(matches!(heard[0], ToManager::Welcome { storage: crate::service::tests::world::STATUS, .. }));
    let ToManager::Page { sync: 0, version: of, index: 0, sessions, end: Some(End { active, mine }) } = &heard[1]
    else {
        panic!("{heard:?}")
    };
    assert_eq!((*of, sessions.len(), active.as_ref(), mine.len()), (version, 1, Some(&id("s")), 0));
    assert_eq!(heard[2..], [ToManager::Synced { id: 0, version, time: Some(world.now.wall) }]);
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
fn no_more_is_sent_than_there_is_credit_for() {
    let mut world = World::new();
    world.connect(1, A);
    world.connect(2, B);
    assert_eq!(steps(&world.heard(2)).len(), 1);
    world.write(1, 1, add("s"));
    commits(&mut world, 1, 2, 99);
    assert_eq!(steps(&world.heard(2)).len(), 63);
    world.say(2, &ToService::Ack(10));
    assert_eq!(steps(&world.heard(2)).len(), 10);
    world.say(2, &ToService::Ack(10));
    assert_eq!(steps(&world.heard(2)).len(), 0);
    world.sync(2, 1, ResumeFrom::LastSent, 74);
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
        world.say(2, &ToService::Ack(took));
        world.say(1, &ToService::Ack(took));
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
    world.sync(2, 1, ResumeFrom::Held(Some(held)), 2);
    let heard = world.heard(2);
    assert_eq!(steps(&heard).len(), 64);
    assert_eq!(steps(&heard)[0], (Some(2), 3));
    world.say(2, &ToService::Ack(2 + 64));
    let rest = world.heard(2);
    assert_eq!((steps(&rest).len(), synced(&rest)), (6, vec![(1, 72)]));
    world.sync(2, 2, ResumeFrom::Held(None), 72);
    let heard = world.heard(2);
    assert!(matches!(
        heard[..],
        [ToManager::Pong(2), ToManager::Page { sync: 2, .. }, ToManager::Synced { id: 2, .. }]
    ));
}

#[test]
fn a_sync_is_answered_at_once_and_then_when_the_store_was_looked_at() {
    let mut world = World::new();
    let mut other = World::with(crate::service::tests::world::config(), world.store.clone());
    world.connect(1, A);
    world.heard(1);
    world.prompt = false;
    world.sync(1, 1, ResumeFrom::LastSent, 1);
    assert_eq!(world.heard(1), [ToManager::Pong(1)]);
    // Those that come while the store is being refreshed at may not rest on that look.
    world.sync(1, 2, ResumeFrom::LastSent, 1);
    world.sync(1, 3, ResumeFrom::LastSent, 1);
    assert_eq!(world.asked.len(), 1);
    world.serve();
    assert_eq!(
        world.heard(1),
        [
            ToManager::Pong(2),
            ToManager::Pong(3),
            ToManager::Synced { id: 1, version: world.head(), time: Some(world.now.wall) }
        ]
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
fn hostile_24_a_stream_of_writes_does_not_shut_out_a_page_that_needs_the_log() {
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
