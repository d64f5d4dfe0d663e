//! Group commit: what goes into one, what becomes of it when the store says no, and what is told when.

use alloc::vec;
use alloc::vec::Vec;

use crate::ambient::Span;
use crate::error::Code;
use crate::protocol::ToManager;
use crate::service::tests::world::{A, B, World, add, config, patch, remove};
use crate::service::{Config, Input, Limits};
use crate::session::{Outcome, Why, Write};
use crate::storage::{Answer, Durability, Failure, Memory, Operation, StoreCommit};

const FULL: Failure = Failure { code: Code::StorageFull, unknown: false };

fn pages() -> World {
    let mut world = World::new();
    world.connect(1, A);
    world.connect(2, B);
    world.heard(1);
    world.heard(2);
    world
}

fn last_commit(world: &World) -> StoreCommit {
    let commit = world.history.iter().rev().find_map(|operation| match operation {
        Operation::Commit { commit, .. } => Some(commit.clone()),
        _ => None,
    });
    commit.unwrap()
}

#[test]
fn all_that_waits_while_one_commit_runs_goes_into_the_next() {
    let mut world = pages();
    world.prompt = false;
    world.write(1, 1, add("a"));
    world.write(1, 2, add("b"));
    world.write(2, 1, add("a"));
    world.write(2, 2, add("c"));
    let commits = world.commits();
    world.resume();
    assert_eq!(world.commits(), commits + 1, "one was running, and one held the rest");
    assert_eq!(world.outcomes(1), [(1, Outcome::Accepted(2)), (2, Outcome::Accepted(3))]);
    assert_eq!(world.outcomes(2), [(1, Outcome::Refused(Code::AlreadyExists)), (2, Outcome::Accepted(3))]);
    let metrics = world.service.metrics();
    assert_eq!((metrics.commits, metrics.refused, metrics.sessions, metrics.connections), (2, 1, 3, 2));
}

#[test]
fn nothing_is_told_before_the_store_has_committed() {
    let mut world = pages();
    world.prompt = false;
    world.write(1, 1, add("a"));
    world.write(1, 2, patch("none", "{}"));
    assert_eq!((world.heard(1), world.heard(2)), (vec![], vec![]));
    assert_eq!(world.data("a"), None);
    world.serve();
    assert_eq!(world.outcomes(1), [(1, Outcome::Accepted(2))]);
    assert_eq!(world.heard(2).len(), 1);
}

#[test]
fn hostile_39_a_lost_race_is_judged_again_against_what_won() {
    let mut world = pages();
    let mut other = World::with(crate::service::tests::world::config(), world.store.clone());
    other.connect(3, A);
    other.heard(3);
    world.prompt = false;
    world.write(1, 1, add("s"));
    world.write(1, 2, add("t"));
    other.write(3, 1, add("s"));
    world.resume();
    assert_eq!(world.outcomes(1), [(1, Outcome::Refused(Code::AlreadyExists)), (2, Outcome::Accepted(3))]);
    other.take(Input::StoreChanged);
    assert!(other.data("t").is_some());
    let events = other.heard(3).into_iter().filter_map(|message| match message {
        ToManager::Event { follows, version, .. } => Some((follows.seq, version.seq)),
        _ => None,
    });
    let versions: Vec<_> = events.collect();
    assert_eq!(versions, [(1, 2), (2, 3)], "no version is missing");
}

#[test]
fn whoever_loses_to_a_busy_site_tries_again_without_a_pause() {
    let mut world = pages();
    let mut busy = World::with(crate::service::tests::world::config(), world.store.clone());
    busy.connect(3, A);
    busy.heard(3);
    world.prompt = false;
    world.write(1, 1, add("s"));
    let start = world.now.instant;
    let mut lost = 0;
    while lost < 20 {
        let Some((task, operation)) = world.asked.pop_front() else { break };
        if matches!(operation, Operation::Commit { .. }) {
            lost += 1;
            busy.write(3, lost, if lost == 1 { add("busy") } else { patch("busy", &format!(r#"{{"n":{lost}}}"#)) });
        }
        let answer = world.perform(operation);
        world.take(Input::Answered { task, answer });
    }
    world.resume();
    assert_eq!((lost, world.outcomes(1)), (20, vec![(1, Outcome::Accepted(22))]));
    assert_eq!(world.now.instant, start);
}

#[test]
fn contention_is_never_given_up_but_slowed_down() {
    let mut world = pages();
    world.prompt = false;
    world.write(1, 1, add("s"));
    let mut lost = 0;
    let start = world.now.instant;
    while lost < 50 {
        match world.asked.pop_front() {
            Some((task, Operation::Commit { .. })) => {
                lost += 1;
                world.take(Input::Answered { task, answer: Answer::Stale });
            }
            Some((task, _)) => world.take(Input::Answered { task, answer: Answer::Log(Some(vec![])) }),
            None => world.pass(Span::from_millis(1)),
        }
    }
    assert!(world.now.instant.since(start) > Span::from_secs(10), "no pause was made");
    // A store that is stale though nothing is new in it is told of, and asked again all the same.
    assert!(world.heard(1).iter().all(|message| *message == ToManager::Trouble(Code::StorageFailed)));
    world.resume();
    world.pass(Span::from_secs(3));
    assert_eq!(world.outcomes(1), [(1, Outcome::Accepted(2))]);
}

#[test]
fn a_write_that_the_store_will_not_take_takes_no_other_with_it() {
    let mut world = pages();
    world.prompt = false;
    world.write(2, 9, add("first"));
    for n in 1..=9 {
        world.write(
            1,
            n,
            add(if n == 5 { "bad" } else { ["a", "b", "c", "d", "", "e", "f", "g", "h"][n as usize - 1] }),
        );
    }
    world.failing = Some(("s/bad", FULL));
    world.resume();
    let outcomes = world.outcomes(1);
    assert_eq!(outcomes.len(), 9);
    for (n, outcome) in outcomes {
        if n == 5 {
            assert_eq!(outcome, Outcome::Refused(Code::StorageFull));
        } else {
            assert!(matches!(outcome, Outcome::Accepted(_)), "{n}: {outcome:?}");
        }
    }
    let reread = world.reread();
    assert_eq!(reread.service.metrics().sessions, 9);
    assert_eq!(reread.data("bad"), None);
    // Its outcome stays what was told, although no commit holds it and the store would take it now.
    world.failing = None;
    let again = world.made(5, vec![add("bad")]);
    world.writes(1, 0, vec![again.clone()]);
    assert_eq!(world.outcomes(1), [(5, Outcome::Refused(Code::StorageFull))]);
    // Also on another channel of the same page.
    let hello = crate::protocol::Hello { attempt: 2, ..crate::service::tests::world::hello(1) };
    world.hello(7, A, hello);
    world.heard(7);
    world.writes(7, 0, vec![again.clone()]);
    assert_eq!(world.outcomes(7), [(5, Outcome::Refused(Code::StorageFull))]);
    world.writes(7, 5, vec![again]);
    assert_eq!(world.heard(7), [], "settled");
    let again = world.made(5, vec![add("bad")]);
    world.writes(7, 0, vec![again]);
    assert_eq!((world.heard(7), world.data("bad")), (vec![], None), "for good, even if an older message comes late");
}

#[test]
fn what_saw_a_write_that_the_store_refused_is_run_again() {
    let mut world = pages();
    world.write(1, 1, add("s"));
    world.heard(1);
    world.failing = Some(("s/bad", FULL));
    world.prompt = false;
    world.write(2, 1, add("x"));
    let function = |world: &World, n| Write { reads_from: Some(2), ..world.made(n, vec![patch("s", r#"{"n":1}"#)]) };
    let (bad, third) = (world.made(2, vec![add("bad")]), function(&world, 3));
    world.writes(1, 0, vec![bad, third]);
    world.resume();
    assert_eq!(world.outcomes(1), [(2, Outcome::Refused(Code::StorageFull)), (3, Outcome::Contended)]);
    let fourth = function(&world, 4);
    world.writes(1, 1, vec![fourth]);
    assert_eq!(world.outcomes(1), [(4, Outcome::Contended)]);
    // Also one that comes later.
    world.write(1, 5, add("bad"));
    assert_eq!(world.outcomes(1), [(5, Outcome::Refused(Code::StorageFull))]);
    let sixth = Write { reads_from: Some(5), ..function(&world, 6) };
    world.writes(1, 1, vec![sixth]);
    assert_eq!(world.outcomes(1), [(6, Outcome::Contended)]);
    assert_eq!(world.data("s").unwrap(), "{}");
}

#[test]
fn a_refusal_that_cannot_be_recorded_is_told_as_what_it_is() {
    let mut world = pages();
    world.prompt = false;
    world.write(1, 1, patch("none", "{}"));
    world.answer(Answer::Failed(FULL));
    world.resume();
    assert_eq!(world.outcomes(1), [(1, Outcome::Refused(Code::NotFound))]);
}

#[test]
fn a_removal_is_strict_and_all_else_as_the_owner_chose() {
    let mut world = pages();
    world.write(1, 1, add("s"));
    assert_eq!(last_commit(&world).durability, Durability::Relaxed);
    world.write(1, 2, remove("s"));
    assert_eq!(last_commit(&world).durability, Durability::Strict);
}

#[test]
fn the_writes_of_one_commit_are_judged_one_after_the_other() {
    let limits = crate::service::Limits { sessions: 3, ..Default::default() };
    let config = crate::service::Config { limits, ..crate::service::tests::world::config() };
    let mut world = World::with(config, crate::storage::Memory::new());
    world.connect(1, A);
    world.connect(2, B);
    world.write(1, 1, add("s"));
    world.heard(1);
    world.heard(2);
    world.prompt = false;
    world.write(1, 2, patch("s", "{}"));
    world.write(2, 1, remove("s"));
    for (n, name) in [(3, "s"), (4, "a"), (5, "b"), (6, "c"), (7, "d")] {
        world.write(1, n, add(name));
    }
    let before = world.commits();
    world.resume();
    assert_eq!(world.commits(), before + 1);
    let refused = |code| Outcome::Refused(code);
    let (fence, full) = (refused(Code::Conflict), Outcome::Denied(Why::Sessions(3)));
    let accepted = Outcome::Accepted(4);
    let (after, expected) = (Outcome::Accepted(3), [fence, accepted, accepted, accepted, full]);
    let outcomes: Vec<_> = world.outcomes(1).into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, [&[after][..], &expected].concat());
}

#[test]
fn a_group_is_bounded() {
    let mut world = pages();
    world.prompt = false;
    for page in [1, 2] {
        let writes = (1..=200).map(|n| world.made(n, vec![patch("none", "{}")])).collect();
        world.writes(page, 0, writes);
    }
    let before = world.commits();
    world.resume();
    assert_eq!(world.commits(), before + 1, "256 of 400 are in the first commit");
    let (one, two) = (world.outcomes(1), world.outcomes(2));
    assert_eq!((one.len(), two.len()), (200, 200));
    // By weight: each of these is more than half of a commit.
    world.prompt = false;
    let big = alloc::format!(r#"{{"a":"{}"}}"#, "x".repeat(600_000));
    let writes: Vec<_> = (201..=203).map(|n| world.made(n, vec![patch("none", &big)])).collect();
    for write in writes {
        world.writes(1, 200, vec![write]);
    }
    let before = world.commits();
    world.resume();
    assert_eq!(world.commits(), before + 2);
}

#[test]
fn while_one_group_commits_a_page_has_the_whole_of_the_next_one_waiting() {
    let limits = Limits { writes_per_second: 10_000, ..Limits::default() };
    let mut world = World::with(Config { limits, ..config() }, Memory::new());
    world.connect(1, A);
    let told = world.heard(1).into_iter().find_map(|message| match message {
        ToManager::Welcome { limits, .. } => Some(u64::from(limits.unsettled_writes)),
        _ => None,
    });
    world.prompt = false;
    let writes = (1..=told.unwrap()).map(|n| world.made(n, vec![patch("none", "{}")])).collect();
    world.writes(1, 0, writes);
    world.serve();
    assert_eq!(world.outcomes(1).len(), 256);
    // The page has had no time to say more, and the store is busy again.
    world.serve();
    assert_eq!(world.outcomes(1).len(), 256);
}

#[test]
fn an_answer_that_comes_too_late_is_none() {
    let mut world = pages();
    world.prompt = false;
    world.write(1, 1, add("s"));
    let (task, operation) = world.asked.pop_front().unwrap();
    world.pass(Span::from_secs(14));
    assert_eq!(world.heard(1), []);
    let committed = world.perform(operation);
    world.take(Input::Answered { task, answer: committed });
    assert_eq!(world.heard(1), [], "the deadline has passed: only the next commit will tell");
    world.resume();
    assert_eq!(world.outcomes(1), [(1, Outcome::Accepted(2))]);
    assert_eq!(world.head().seq, 2);
}

#[test]
fn the_log_and_what_is_remembered_are_bounded() {
    let mut world = pages();
    world.write(1, 1, add("s"));
    let commit = last_commit(&world);
    assert_eq!(commit.horizon, 0);
    for n in 0..1_100 {
        world.writes(
            1,
            2 * n + 1,
            vec![world.made(2 * n + 2, vec![remove("s")]), world.made(2 * n + 3, vec![add("s")])],
        );
        world.say(1, &crate::protocol::ToService::Ack(n));
        world.pass(Span::from_millis(10));
    }
    assert!(last_commit(&world).horizon > 0);
    assert_eq!(last_commit(&world).horizon, world.head().seq.saturating_sub(1_024));
}

#[test]
fn tombstones_beyond_the_bound_are_forgotten_and_the_horizon_says_so() {
    let mut world = pages();
    let mut n = 0;
    for round in 0..5 {
        for mutation in [|name: &str| add(name), |name: &str| remove(name)] {
            n += 1;
            let mutations = (0..1_000).map(|index| mutation(&alloc::format!("{round}-{index}"))).collect();
            let write = world.made(n, mutations);
            world.writes(1, n - 1, vec![write]);
            assert!(matches!(world.outcome(1), Outcome::Accepted(_)));
        }
    }
    let buried = |world: &World| {
        let state = &world.reread().service.replica.state;
        let buried = (0..5_000).filter(|index| {
            let name = alloc::format!("{}-{}", index / 1_000, index % 1_000);
            state.tombstone(&crate::service::tests::world::id(&name)).is_some()
        });
        buried.count()
    };
    // One commit forgets a few; the rest goes in steps, when nobody waits.
    assert_eq!(buried(&world), 4_096 + 904 - 64);
    let mut counts = alloc::vec::Vec::new();
    for _ in 0..4 {
        world.pass(Span::from_secs(300));
        counts.push(buried(&world));
    }
    assert_eq!(counts, [4_936 - 512, 4_096, 4_096, 4_096]);
    assert_eq!(world.service.replica.state.horizon(), Some(3), "the commit of the first round's removal");
    let commits = world.commits();
    world.pass(Span::from_secs(3_000));
    assert_eq!(world.commits(), commits, "nothing is over its bound");
}
