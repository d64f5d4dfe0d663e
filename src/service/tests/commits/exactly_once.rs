//! A write that is sent more than once takes effect once, whatever crashed in between.

use alloc::vec;
use alloc::vec::Vec;

use crate::ambient::Span;
use crate::error::Code;
use crate::protocol::ResumeFrom;
use crate::service::tests::world::{A, B, World, add, patch, remove};
use crate::service::{Input, StoreId, TaskId};
use crate::session::{Outcome, Write};
use crate::storage::{Announcement, Answer, Failure, Operation};

#[test]
fn hostile_35_a_write_sent_again_is_told_its_outcome_and_not_applied() {
    let mut world = World::new();
    world.connect(1, A);
    let write = world.made(1, vec![add("s")]);
    let refused = Write { n: 2, ..world.made(2, vec![patch("none", "{}")]) };
    world.writes(1, 0, vec![write.clone(), refused.clone()]);
    let told = [(1, Outcome::Accepted(2)), (2, Outcome::Refused(Code::NotFound))];
    assert_eq!(world.outcomes(1), told);
    world.write(1, 3, remove("s"));
    world.heard(1);
    let commits = world.commits();
    world.writes(1, 0, vec![write.clone(), refused.clone()]);
    assert_eq!(world.outcomes(1), told);
    assert_eq!(world.data("s"), None);
    assert_eq!(world.commits(), commits);
    // A service that was started anew knows as much, refusals included.
    let mut later = world.reread();
    later.connect(1, A);
    later.heard(1);
    later.writes(1, 0, vec![write, refused]);
    assert_eq!(later.outcomes(1), told);
    assert_eq!(later.data("s"), None);
}

#[test]
fn settled_writes_are_ignored_and_their_outcomes_forgotten() {
    let mut world = World::new();
    world.connect(1, A);
    let first = world.made(1, vec![add("s")]);
    world.writes(1, 0, vec![first.clone()]);
    let second = world.made(2, vec![remove("s")]);
    world.writes(1, 1, vec![second]);
    world.heard(1);
    world.writes(1, 0, vec![first]);
    assert_eq!(world.heard(1), []);
    assert_eq!(world.data("s"), None);
    let author = world.service.connections.values().next().unwrap().author.clone();
    assert_eq!(world.service.replica.state.client(&author).unwrap().outcomes.len(), 1);
}

#[test]
fn hostile_12_one_site_cannot_speak_for_a_client_of_another() {
    let mut world = World::new();
    world.connect(1, A);
    let write = world.made(1, vec![add("s")]);
    world.writes(1, 0, vec![write]);
    world.hello(2, B, crate::service::tests::world::hello(1));
    world.heard(2);
    let write = world.made(1, vec![add("t")]);
    world.writes(2, 0, vec![write]);
    assert!(world.data("t").is_some(), "client 1 of B is another than client 1 of A");
    let write = world.made(1, vec![add("v")]);
    world.writes(2, u64::MAX, vec![write]);
    world.write(1, 2, add("u"));
    assert!(world.data("u").is_some(), "what B settled is not what A settled");
}

#[test]
fn a_write_waits_for_the_one_it_stands_behind() {
    let mut world = World::new();
    world.connect(1, A);
    world.heard(1);
    let behind = Write { predecessor: 1, ..world.made(2, vec![patch("s", r#"{"a":1}"#)]) };
    world.writes(1, 0, vec![behind.clone()]);
    assert_eq!(world.heard(1), [], "neither applied nor answered");
    let first = world.made(1, vec![add("s")]);
    world.writes(1, 0, vec![first.clone(), behind.clone()]);
    assert_eq!(world.outcomes(1), [(1, Outcome::Accepted(2)), (2, Outcome::Accepted(2))]);
    let third = Write { predecessor: 2, ..world.made(3, vec![patch("s", r#"{"a":2}"#)]) };
    world.writes(1, 2, vec![third]);
    assert_eq!(world.outcomes(1), [(3, Outcome::Accepted(3))]);
}

#[test]
fn a_write_that_waits_is_not_queued_twice() {
    let mut world = World::new();
    world.connect(1, A);
    world.heard(1);
    world.prompt = false;
    let write = world.made(1, vec![add("s")]);
    let next = world.made(2, vec![add("t")]);
    world.writes(1, 0, vec![write.clone(), write.clone()]);
    world.writes(1, 0, vec![write, next.clone(), next]);
    assert_eq!(world.service.queue.ready().count(), 2);
    world.resume();
    assert_eq!(world.outcomes(1), [(1, Outcome::Accepted(2)), (2, Outcome::Accepted(3))]);
}

/// A write whose commit was given to the store, which has not answered yet.
fn under_way() -> (World, TaskId, Operation) {
    let mut world = World::new();
    world.connect(1, A);
    world.heard(1);
    world.prompt = false;
    world.write(1, 1, add("s"));
    let (task, operation) = world.asked.pop_front().unwrap();
    (world, task, operation)
}

#[test]
fn a_commit_of_unknown_fate_is_told_only_when_the_store_has_spoken() {
    for took_effect in [true, false] {
        let (mut world, task, operation) = under_way();
        if took_effect {
            assert_eq!(world.perform(operation.clone()), Answer::Committed);
        }
        let failure = Failure { code: Code::StorageFailed, unknown: true };
        world.take(crate::service::Input::Answered { task, answer: Answer::Failed(failure) });
        assert_eq!(world.heard(1), []);
        world.pass(crate::ambient::Span::from_secs(3));
        let Operation::Commit { expect: first, .. } = operation else { panic!("{operation:?}") };
        let Some((_, Operation::Commit { expect, .. })) = world.asked.front() else { panic!("no commit") };
        assert_eq!(*expect, first, "the same expected version, so that only one of the two can take effect");
        world.resume();
        assert_eq!(world.outcomes(1), [(1, Outcome::Accepted(2))]);
        assert_eq!(world.head().seq, 2);
    }
}

/// A commit of which nothing is known, given along, and a second attempt at it that finds no room.
fn in_doubt_and_full() -> (World, Operation) {
    let (mut world, task, operation) = under_way();
    let failed = |unknown| Answer::Failed(Failure { code: Code::StorageFull, unknown });
    world.take(crate::service::Input::Answered { task, answer: failed(true) });
    world.pass(crate::ambient::Span::from_secs(3));
    world.answer(failed(false));
    (world, operation)
}

#[test]
fn a_write_in_doubt_is_not_refused_before_the_doubt_has_ended() {
    for took_effect in [true, false] {
        let (mut world, operation) = in_doubt_and_full();
        // Only now the first attempt takes effect, or it does not.
        if took_effect {
            assert_eq!(world.perform(operation), Answer::Committed);
        }
        assert_eq!(world.heard(1), [], "nobody knows what became of it");
        world.failing = Some(("s/s", Failure { code: Code::StorageFull, unknown: false }));
        world.prompt = true;
        world.pass(crate::ambient::Span::from_secs(3));
        let outcome = if took_effect { Outcome::Accepted(2) } else { Outcome::Refused(Code::StorageFull) };
        assert_eq!(world.outcomes(1), [(1, outcome)]);
        assert_eq!(world.data("s").is_some(), took_effect);
    }
}

#[test]
fn a_doubt_that_a_look_at_the_store_has_ended_takes_no_commit_to_end() {
    let (mut world, operation) = in_doubt_and_full();
    assert_eq!(world.perform(operation), Answer::Committed);
    world.prompt = true;
    world.sync(1, 1, ResumeFrom::LastSent, 0);
    world.pass(crate::ambient::Span::from_secs(3));
    assert_eq!((world.outcomes(1), world.head().seq), (vec![(1, Outcome::Accepted(2))], 2));
}

#[test]
fn a_refused_write_that_its_page_has_settled_is_not_taken_when_it_comes_again() {
    let mut world = World::new();
    world.connect(1, A);
    world.failing = Some(("s/bad", Failure { code: Code::StorageFull, unknown: false }));
    let bad = world.made(1, vec![add("bad")]);
    world.writes(1, 0, vec![bad.clone()]);
    world.heard(1);
    world.failing = None;
    world.writes(1, 1, vec![]);
    world.writes(1, 0, vec![bad]);
    assert_eq!(world.data("bad"), None);
    assert_eq!(world.heard(1), []);
}

#[test]
fn a_function_that_saw_what_only_another_life_of_the_service_refused_is_run_again() {
    let mut world = World::new();
    world.connect(1, A);
    world.write(1, 1, add("s"));
    world.failing = Some(("s/s", Failure { code: Code::StorageFull, unknown: false }));
    let refused = world.made(2, vec![patch("s", r#"{"n":1}"#)]);
    let function = Write { predecessor: 2, reads_from: Some(2), ..world.made(3, vec![patch("s", r#"{"n":2}"#)]) };
    world.writes(1, 1, vec![refused]);
    let mut later = world.reread();
    later.connect(1, A);
    later.heard(1);
    // The page heard of the refusal and does not send that write again.
    later.writes(1, 1, vec![Write { predecessor: 0, ..function }]);
    assert_eq!(later.outcomes(1), [(3, Outcome::Contended)]);
}

#[test]
fn hostile_35_a_restart_between_commit_and_answer_loses_and_repeats_nothing() {
    let mut world = World::new();
    world.connect(1, A);
    world.prompt = false;
    let write = world.made(1, vec![add("s")]);
    world.writes(1, 0, vec![write.clone()]);
    let (_, operation) = world.asked.pop_front().unwrap();
    let store = world.store.clone();
    let mut later = world.reread();
    later.connect(1, A);
    later.heard(1);
    // The commit of the service that is gone lands only now.
    let done = core::cell::Cell::new(false);
    let landed = alloc::rc::Rc::new(done);
    let seen = alloc::rc::Rc::clone(&landed);
    crate::storage::Provider::start(
        &store,
        operation,
        alloc::boxed::Box::new(move |answer| seen.set(answer == Answer::Committed)),
    );
    assert!(landed.get());
    later.writes(1, 0, vec![write]);
    assert_eq!(later.outcomes(1), [(1, Outcome::Accepted(2))]);
    assert_eq!(later.head().seq, 2);
}

#[test]
fn hostile_35_what_was_forgotten_is_a_conflict_and_never_applied_anew() {
    let mut world = World::new();
    world.connect(2_000, B);
    world.write(2_000, 1, add("s"));
    world.connect(1, A);
    let first = world.made(1, vec![patch("s", r#"{"n":1}"#)]);
    world.writes(1, 0, vec![first.clone()]);
    world.write(2_000, 2, patch("s", r#"{"n":null}"#));
    world.say(1, &crate::protocol::ToService::Bye);
    // More clients than are remembered, each in a commit of its own.
    for client in 2..=1_026 {
        // As often as one site may come.
        world.pass(crate::ambient::Span::from_millis(250));
        world.connect(client, B);
        world.write(client, 1, patch("none", "{}"));
        world.say(client, &crate::protocol::ToService::Bye);
    }
    let mut later = world.reread();
    later.connect(1, A);
    later.heard(1);
    later.writes(1, 0, vec![first]);
    assert_eq!(later.outcomes(1), [(1, Outcome::Refused(Code::Conflict))]);
    assert_eq!(later.data("s").unwrap(), "{}");
    let kept: Vec<_> = (1..=1_026).filter(|client| knows(&later, *client)).collect();
    assert!(kept.len() <= 1_025, "{} are kept", kept.len());
}

fn knows(world: &World, client: u64) -> bool {
    let origin = if client == 1 { A } else { B };
    let author = crate::service::replica::author::Author {
        origin: alloc::string::ToString::to_string(origin),
        client: crate::session::ClientId(client, client),
    };
    world.service.replica.state.client(&author).is_some()
}

#[test]
fn a_write_that_another_frame_of_its_page_committed_is_not_refused_by_a_store_that_fails_here() {
    for code in [Code::StorageFull, Code::StorageFailed, Code::StorageDenied] {
        let mut here = World::new();
        here.failing = Some(("s/s", Failure { code, unknown: false }));
        here.connect(1, A);
        let mut there = here.reread();
        there.connect(1, A);
        let write = there.made(1, vec![add("s")]);
        there.writes(1, 0, vec![write.clone()]);
        assert!(matches!(there.outcome(1), Outcome::Accepted(_)));
        here.heard(1);
        here.writes(1, 0, vec![write]);
        assert_eq!(here.outcomes(1), [(1, Outcome::Accepted(2))], "{code}");
        assert_eq!(here.commits(), 2, "the first one of the store, and one that failed");
    }
}

#[test]
fn what_a_store_refuses_is_told_after_one_look_at_it_whoever_else_writes() {
    let full = Failure { code: Code::StorageFull, unknown: false };
    let mut world = World::new();
    world.connect(1, A);
    world.connect(2, B);
    world.heard(1);
    world.prompt = false;
    world.write(1, 1, add("s"));
    world.write(2, 1, add("t"));
    world.answer(Answer::Failed(full));
    // Commits of others wait: the look comes first.
    assert!(matches!(world.asked.front(), Some((_, Operation::Since(_)))));
    assert_eq!(world.heard(1), []);
    world.serve();
    assert_eq!(world.outcomes(1), [(1, Outcome::Refused(Code::StorageFull))]);
    world.resume();
    assert!(matches!(world.outcome(2), Outcome::Accepted(_)));
}

#[test]
fn what_a_store_refuses_holds_nobody_up_however_often_others_commit() {
    let mut world = World::new();
    world.connect(1, A);
    let mut there = world.reread();
    there.connect(2, B);
    world.heard(1);
    world.prompt = false;
    world.write(1, 1, add("s"));
    world.answer(Answer::Failed(Failure { code: Code::StorageFull, unknown: false }));
    there.write(2, 1, add("t"));
    world.serve();
    assert_eq!(world.outcomes(1), [(1, Outcome::Refused(Code::StorageFull))]);
    assert!(world.data("t").is_some());
    assert_eq!(world.asked.len(), 0, "it is not tried again");
}

#[test]
fn what_a_store_refuses_that_cannot_be_read_either_is_told_at_once() {
    let mut world = World::new();
    world.connect(1, A);
    world.heard(1);
    world.broken = vec![(StoreId(1), Failure { code: Code::StorageDenied, unknown: false })];
    world.write(1, 1, add("s"));
    assert_eq!(world.outcomes(1), [(1, Outcome::Refused(Code::StorageDenied))]);
    assert_eq!(world.service.scheduler.refusal, None);
}

#[test]
fn a_commit_that_is_announced_before_the_look_is_looked_for_as_well() {
    let mut here = World::new();
    here.failing = Some(("s/s", Failure { code: Code::StorageFailed, unknown: false }));
    here.connect(1, A);
    let mut there = here.reread();
    there.connect(1, A);
    let write = there.made(1, vec![add("s")]);
    let follows = there.head();
    there.writes(1, 0, vec![write.clone()]);
    let Some(Operation::Commit { commit, .. }) = there.history.last().cloned() else { panic!("{:?}", there.history) };
    here.heard(1);
    // The store is not read before.
    here.service.scheduler.read_at = here.now.instant.after(Span::from_secs(1));
    here.writes(1, 0, vec![write]);
    let announced = Announcement { follows, entry: commit.entry };
    here.take(Input::Announced { store: StoreId(1), commit: announced });
    assert_eq!(here.heard(1), []);
    here.service.scheduler.read_at = here.now.instant;
    here.take(Input::StoreChanged);
    assert_eq!(here.outcomes(1), [(1, Outcome::Accepted(2))]);
}
