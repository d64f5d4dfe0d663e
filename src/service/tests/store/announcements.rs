//! Commits of others that a frame is told of: taken in where they follow exactly, and read in the store everywhere else.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::ambient::Span;
use crate::error::Code;
use crate::protocol::{ResumeFrom, ToManager};
use crate::service::tests::heard::{puts, steps, synced};
use crate::service::tests::world::{A, B, World, add, config, patch};
use crate::service::{ChannelId, Input, StoreId};
use crate::session::Outcome;
use crate::storage::{Announcement, Answer, Failure, Memory, Operation};

/// Two frames over one store, each with a page that holds what there is.
fn frames() -> (World, World) {
    let mut one = World::new();
    one.connect(1, A);
    let mut other = World::with(config(), one.store.clone());
    other.connect(2, B);
    one.heard(1);
    other.heard(2);
    one.history.clear();
    (one, other)
}

/// What this frame would tell the others of its last commit.
fn announcement(world: &World) -> Announcement {
    let commits = world.history.iter().rev().filter_map(|operation| match operation {
        Operation::Commit { expect, commit } => Some((*expect, commit.entry.clone())),
        _ => None,
    });
    let (follows, entry) = commits.into_iter().next().unwrap();
    Announcement { follows: follows.unwrap(), entry }
}

fn hear(world: &mut World, commit: &Announcement) {
    world.take(Input::Announced { store: StoreId(1), commit: commit.clone() });
}

/// How often the store was asked for what is new.
fn reads(world: &World) -> usize {
    world.history.iter().filter(|operation| matches!(operation, Operation::Since(_))).count()
}

#[test]
fn a_commit_that_follows_exactly_is_taken_in_without_a_look_at_the_store() {
    let (mut one, mut other) = frames();
    for n in 1..=3 {
        other.write(2, n, if n == 1 { add("s") } else { patch("s", &alloc::format!(r#"{{"n":{n}}}"#)) });
        hear(&mut one, &announcement(&other));
    }
    assert_eq!(one.history, []);
    assert_eq!((one.head(), one.data("s")), (other.head(), Some(r#"{"n":3}"#.into())));
    let heard = one.heard(1);
    assert_eq!((steps(&heard), puts(&heard)), (vec![(Some(1), 2), (Some(2), 3), (Some(3), 4)], vec!["s".into(); 3]));
    // What is judged next is judged against it.
    one.write(1, 1, add("s"));
    assert_eq!(one.outcome(1), Outcome::Refused(Code::AlreadyExists));
    assert_eq!(one.commits(), 1, "at once, and it was not stale");
}

#[test]
fn whatever_does_not_follow_exactly_is_read_in_the_store() {
    let (mut one, mut other) = frames();
    other.write(2, 1, add("a"));
    let first = announcement(&other);
    other.write(2, 2, add("b"));
    let second = announcement(&other);
    hear(&mut one, &second);
    assert_eq!((reads(&one), one.head()), (1, other.head()), "over a gap");
    hear(&mut one, &first);
    hear(&mut one, &second);
    assert_eq!((reads(&one), one.head()), (3, other.head()), "late, and a second time");
}

#[test]
fn a_commit_of_another_history_or_of_another_store_is_read_in_the_store() {
    let strange: [fn(&mut Announcement, &mut StoreId); 3] =
        [|commit, _| commit.follows.tag ^= 1, |commit, _| commit.follows.epoch ^= 1, |_, store| *store = StoreId(2)];
    for strange in strange {
        let (mut one, mut other) = frames();
        other.write(2, 1, add("s"));
        let (mut commit, mut store) = (announcement(&other), StoreId(1));
        strange(&mut commit, &mut store);
        one.take(Input::Announced { store, commit });
        assert_eq!((reads(&one), one.head()), (1, other.head()));
    }
}

#[test]
fn what_cannot_be_read_or_contradicts_itself_says_only_that_something_has_changed() {
    for spoil in [
        |entry: &str| entry.replacen('\u{84}', "\u{85}", 1),
        |entry: &str| entry.chars().take(entry.chars().count() - 1).collect(),
        |_: &str| String::new(),
        |_: &str| String::from("\u{84}\0\u{1}\u{5}\u{9}\0\0"),
    ] {
        let (mut one, mut other) = frames();
        other.write(2, 1, add("s"));
        let good = announcement(&other);
        hear(&mut one, &Announcement { entry: spoil(&good.entry), ..good });
        assert_eq!((reads(&one), one.head()), (1, other.head()));
        assert!(one.data("s").is_some());
    }
}

#[test]
fn while_the_store_is_asked_something_nothing_is_taken_in() {
    // A read: its answer leads on from what the replica held.
    let (mut one, mut other) = frames();
    one.prompt = false;
    one.sync(1, 1, ResumeFrom::LastSent, 0);
    other.write(2, 1, add("s"));
    hear(&mut one, &announcement(&other));
    assert_eq!(one.data("s"), None);
    one.resume();
    assert_eq!((one.head(), reads(&one)), (other.head(), 2), "the question of the page, and what was heard");
    // A commit: it will be stale, and then the log is read.
    one.prompt = false;
    one.write(1, 1, add("t"));
    other.write(2, 2, add("u"));
    hear(&mut one, &announcement(&other));
    assert_eq!(one.data("u"), None);
    one.resume();
    assert_eq!(one.outcomes(1), [(1, Outcome::Accepted(4))]);
    assert!(one.data("u").is_some());
}

#[test]
fn while_a_commit_is_in_doubt_the_store_says_what_came_of_it() {
    let (mut one, mut other) = frames();
    one.prompt = false;
    one.write(1, 1, add("s"));
    one.answer(Answer::Failed(Failure { code: Code::StorageFailed, unknown: true }));
    other.write(2, 1, add("t"));
    hear(&mut one, &announcement(&other));
    assert_eq!(one.data("t"), None);
    one.resume();
    one.pass(Span::from_secs(5));
    assert!(reads(&one) > 0);
    assert_eq!(one.outcomes(1), [(1, Outcome::Accepted(3))]);
}

#[test]
fn a_question_of_a_page_is_answered_by_a_look_at_the_store_whatever_was_heard() {
    let (mut one, mut other) = frames();
    other.write(2, 1, add("a"));
    hear(&mut one, &announcement(&other));
    other.write(2, 2, add("b"));
    one.heard(1);
    one.sync(1, 1, ResumeFrom::LastSent, 1);
    let heard = one.heard(1);
    assert_eq!((reads(&one), puts(&heard), synced(&heard)), (1, vec!["b".into()], vec![(1, 3)]));
}

#[test]
fn a_commit_that_was_announced_and_then_lost_by_its_store_is_given_up_at_the_next_look() {
    // The store lost it: the other one is as it was before that commit, and went on.
    let (mut one, mut other) = frames();
    let before = copy(&one.store);
    other.write(2, 1, add("lost"));
    let lost = announcement(&other);
    one.store = before;
    let mut third = World::with(config(), one.store.clone());
    third.connect(3, B);
    third.write(3, 1, add("kept"));
    hear(&mut one, &lost);
    assert!(one.data("lost").is_some(), "it follows exactly");
    one.heard(1);
    one.write(1, 1, add("mine"));
    assert_eq!((one.data("lost"), one.data("kept")), (None, Some("{}".into())));
    let heard = one.heard(1);
    assert!(
        heard.iter().any(|message| matches!(message, ToManager::Page { .. })),
        "a snapshot takes its place: {heard:?}"
    );
    // What was written on a state that the store never had is not applied to another one.
    assert_eq!(one.data("mine"), None);
    let author = one.service.connections.get(&ChannelId(1)).unwrap().author.clone();
    let outcome = one.service.replica.state.client(&author).unwrap().outcomes.get(1);
    assert_eq!(outcome, Some(Outcome::Refused(Code::Conflict)));
}

/// Another store that holds what this one does.
fn copy(store: &Memory) -> Memory {
    let copy = Memory::new();
    let reader = World::with(config(), store.clone());
    let Answer::Entries(puts) =
        reader.perform(Operation::List { prefix: String::new(), after: None, limit: usize::MAX })
    else {
        panic!("no entries");
    };
    let mut commit = crate::storage::conformance::commit(1, 1, 1, &[], &[]);
    commit.version = reader.head();
    commit.puts = puts;
    commit.entry = crate::service::replica::encoding::write(&(
        commit.version,
        (Vec::<(String, String)>::new(), Vec::<String>::new()),
    ));
    let writer = World::unopened(config(), copy.clone());
    assert_eq!(writer.perform(Operation::Commit { expect: None, commit }), Answer::Committed);
    copy
}
