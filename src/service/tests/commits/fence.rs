//! A removal is a fence: who comes past it, and who does not.

use alloc::vec;
use alloc::vec::Vec;

use crate::error::Code;
use crate::protocol::Hello;
use crate::service::tests::world::{A, B, World, add, hello, id, patch, remove};
use crate::session::{ClientId, Mutation, Outcome, Version, Write};
use crate::storage::{Answer, Operation};

const CONFLICT: Outcome = Outcome::Refused(Code::Conflict);
const MISSING: Outcome = Outcome::Refused(Code::NotFound);

/// Pages 1 and 2 of two sites, and a session that page 1 has added.
fn pages() -> World {
    let mut world = World::new();
    world.connect(1, A);
    world.connect(2, B);
    world.write(1, 1, add("s"));
    world.heard(1);
    world.heard(2);
    world
}

fn on(base: Version, n: u64, mutations: Vec<Mutation>) -> Write {
    Write { n, predecessor: 0, base, reads_from: None, mutations }
}

/// Whether each of these writes of page 1, all made on what there was before, took effect.
fn alone(writes: &[Vec<Mutation>], together: bool) -> Vec<bool> {
    let mut world = pages();
    let base = world.head();
    world.prompt = !together;
    if together {
        // One commit is under way, so that the next one takes all the others.
        world.write(2, 1, patch("none", "{}"));
    }
    for (n, mutations) in (2..).zip(writes) {
        world.writes(1, 0, vec![on(base, n, mutations.clone())]);
    }
    world.resume();
    world.outcomes(1).into_iter().map(|(_, outcome)| matches!(outcome, Outcome::Accepted(_))).collect()
}

#[test]
fn a_pages_own_removal_is_no_obstacle_to_what_it_adds_later() {
    for together in [false, true] {
        let cases = [
            vec![vec![remove("s")], vec![add("s")]],
            vec![vec![remove("s"), add("s")]],
            vec![vec![add("t")], vec![remove("t")], vec![add("t")]],
            vec![vec![add("t"), remove("t"), add("t")]],
            vec![vec![remove("s")], vec![add("s"), remove("s")], vec![add("s")], vec![remove("s"), add("s")]],
            // It removes in vain what it has removed itself.
            vec![vec![remove("s")], vec![add("s")], vec![remove("s")], vec![add("s"), patch("s", "{}")]],
        ];
        for writes in cases {
            assert_eq!(alone(&writes, together), vec![true; writes.len()], "{writes:?}, {together}");
        }
        let twice = vec![vec![remove("s")], vec![remove("s")], vec![add("s")]];
        assert_eq!(alone(&twice, together), [true, false, true], "{together}");
    }
}

/// What becomes of an add of page 1, made before it knew of any removal, after removals by these pages, each of which is one
/// write, in one commit or each in its own.
fn after(removers: &[u64], together: bool) -> (World, Outcome) {
    let mut world = pages();
    let base = world.head();
    world.prompt = !together;
    if together {
        world.write(2, 90, patch("none", "{}"));
    }
    for (n, page) in (2..).zip(removers) {
        world.writes(*page, 0, vec![on(base, n, vec![remove("s")])]);
    }
    world.writes(1, 0, vec![on(base, 50, vec![add("s")])]);
    world.resume();
    let outcome = world.outcomes(1).into_iter().find(|(n, _)| *n == 50).unwrap().1;
    (world, outcome)
}

#[test]
fn the_last_who_removed_it_counts_though_it_was_gone_already() {
    for together in [false, true] {
        for (removers, passes) in [
            (&[1][..], true),
            (&[1, 1], true),
            (&[2], false),
            (&[1, 2], false),
            (&[2, 1], true),
            (&[1, 2, 1], true),
            (&[2, 1, 2], false),
        ] {
            let (_, outcome) = after(removers, together);
            assert_eq!(outcome == CONFLICT, !passes, "{removers:?}, {together}: {outcome:?}");
        }
    }
}

#[test]
fn a_removal_is_taken_over_by_the_commit_that_records_its_refusal_and_stays_where_it_was() {
    let mut world = pages();
    let base = world.head();
    world.writes(1, 0, vec![on(base, 2, vec![remove("s")])]);
    let removed = world.head().seq;
    world.writes(2, 0, vec![on(base, 7, vec![remove("s")])]);
    assert_eq!(world.outcome(2), MISSING);
    let Some(Operation::Commit { commit, .. }) =
        world.history.iter().rfind(|it| matches!(it, Operation::Commit { .. }))
    else {
        panic!("nothing was committed")
    };
    let keys: Vec<_> = commit.puts.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["c/https://b.example/2-2", "t/s"], "and by nothing else");
    // What is in the store tells it to whoever reads it.
    let mut later = world.reread();
    let state = &later.service.replica.state;
    let (seq, by) = state.tombstone(&id("s")).unwrap();
    let by = by.unwrap();
    assert_eq!((seq, by.author.origin.as_str(), by.author.client, by.n), (removed, B, ClientId(2, 2), 7));
    later.hello(3, A, hello(1));
    later.heard(3);
    later.writes(3, 0, vec![on(base, 3, vec![add("s")])]);
    assert_eq!(later.outcome(3), CONFLICT);
    let head = later.head();
    later.writes(3, 0, vec![on(head, 4, vec![add("s")])]);
    assert!(matches!(later.outcome(3), Outcome::Accepted(_)), "it knows of the removal");
}

#[test]
fn what_is_refused_for_anything_else_takes_nothing_over() {
    let mut world = pages();
    let base = world.head();
    world.write(2, 1, add("t"));
    world.writes(1, 0, vec![on(base, 2, vec![remove("s")])]);
    // The first that does not go is what it is refused for.
    world.writes(2, 0, vec![on(base, 2, vec![patch("none", "{}"), remove("s")])]);
    // What it did before that, it did not do after all.
    world.writes(2, 0, vec![on(world.head(), 3, vec![remove("t"), remove("t")])]);
    // A base from before the store is judged before anything else.
    world.writes(2, 0, vec![on(Version { epoch: base.epoch + 1, ..base }, 4, vec![remove("s")])]);
    assert_eq!(world.outcomes(2).len(), 4);
    let state = &world.service.replica.state;
    assert_eq!(state.tombstone(&id("s")).unwrap().1.unwrap().author.origin, A);
    assert!(state.session(&id("t")).is_some() && state.tombstone(&id("t")).is_none());
    world.writes(1, 0, vec![on(base, 3, vec![add("s")])]);
    world.heard(2);
    assert!(matches!(world.outcomes(1).last(), Some((3, Outcome::Accepted(_)))));
}

#[test]
fn a_later_removal_of_ones_own_is_an_obstacle() {
    let mut world = pages();
    let base = world.head();
    world.writes(1, 0, vec![on(base, 9, vec![remove("s")])]);
    world.heard(1);
    world.writes(1, 0, vec![on(base, 8, vec![add("s")])]);
    assert_eq!(world.outcome(1), CONFLICT);
}

#[test]
fn hostile_12_neither_a_name_of_another_site_nor_a_page_loaded_anew_is_the_remover() {
    let mut world = pages();
    let base = world.head();
    world.writes(1, 0, vec![on(base, 2, vec![remove("s")])]);
    // Another site under the name of that client.
    world.hello(3, B, Hello { attempt: 7, ..hello(1) });
    world.heard(3);
    world.writes(3, 0, vec![on(base, 50, vec![add("s")])]);
    assert_eq!(world.outcome(3), CONFLICT);
    // The same site under a new name.
    world.connect(4, A);
    world.heard(4);
    world.writes(4, 0, vec![on(base, 50, vec![add("s")])]);
    assert_eq!(world.outcome(4), CONFLICT);
}

#[test]
fn a_removal_that_is_sent_again_is_no_second_one() {
    let mut world = pages();
    let base = world.head();
    let first = on(base, 2, vec![remove("s")]);
    world.writes(1, 0, vec![first.clone()]);
    world.writes(2, 0, vec![on(base, 2, vec![remove("s")])]);
    world.heard(1);
    // Its page asks another service, which finds in the store what became of it.
    let mut other = world.reread();
    other.hello(5, A, hello(1));
    other.heard(5);
    other.writes(5, 0, vec![first.clone()]);
    assert!(matches!(other.outcome(5), Outcome::Accepted(_)));
    // And one that had begun to commit it, and was overtaken by that very commit.
    let mut slow = World::new();
    slow.connect(1, A);
    slow.connect(2, B);
    slow.write(1, 1, add("s"));
    let base = slow.head();
    let mut fast = World::with(crate::service::tests::world::config(), slow.store.clone());
    fast.hello(1, A, hello(1));
    fast.connect(2, B);
    slow.prompt = false;
    slow.writes(1, 0, vec![on(base, 2, vec![remove("s")])]);
    fast.writes(1, 0, vec![on(base, 2, vec![remove("s")])]);
    fast.writes(2, 0, vec![on(base, 2, vec![remove("s")])]);
    slow.answer(Answer::Stale);
    slow.resume();
    slow.writes(1, 0, vec![on(base, 3, vec![add("s")])]);
    assert_eq!(slow.outcomes(1).last(), Some(&(3, CONFLICT)), "the other page was the last to remove it");
}

#[test]
fn before_the_horizon_nothing_is_ones_own() {
    let mut world = pages();
    let base = world.head();
    world.writes(1, 0, vec![on(base, 2, vec![remove("s")])]);
    // So much else is removed that the oldest removals are forgotten: what is below that is not judged any more.
    let mut n = 2;
    for round in 0..5 {
        for mutation in [|name: &str| add(name), |name: &str| remove(name)] {
            n += 1;
            let all = (0..1_000).map(|index| mutation(&alloc::format!("{round}-{index}"))).collect();
            let write = world.made(n, all);
            world.writes(1, n - 1, vec![write]);
        }
    }
    assert!(world.service.replica.state.horizon() > Some(base.seq));
    world.heard(1);
    world.writes(1, n, vec![on(base, n + 1, vec![remove("0-1"), add("0-1")])]);
    assert_eq!(world.outcome(1), CONFLICT);
    world.writes(1, n, vec![on(base, n + 2, vec![add("0-999")])]);
    assert_eq!(world.outcome(1), CONFLICT, "though its own removal is remembered, or not even that");
}

#[test]
fn a_version_that_the_store_never_had_is_a_conflict() {
    let insisting = |version| {
        let update = Mutation::Update {
            id: id("s"),
            patch: crate::service::tests::world::json("{}"),
            if_version: Some(version),
        };
        let replace = Mutation::Replace {
            id: id("s"),
            data: crate::service::tests::world::json("{}"),
            if_version: Some(version),
        };
        [update, replace, Mutation::Remove { id: id("s"), if_version: Some(version) }]
    };
    for kind in 0..3 {
        for (beyond, refused) in [(0, false), (1, true), (2, true), (1_000_000, true)] {
            let mut world = pages();
            let head = world.head().seq;
            world.write(1, 2, insisting(head + beyond)[kind].clone());
            assert_eq!(world.outcome(1) == CONFLICT, refused, "{kind}, {beyond} beyond the head");
        }
        // What the same commit does before it, is no version that anybody could have seen.
        let mut world = pages();
        let base = world.head();
        world.writes(1, 0, vec![on(base, 2, vec![patch("s", "{}"), insisting(base.seq + 1)[kind].clone()])]);
        assert_eq!(world.outcome(1), CONFLICT);
    }
}
