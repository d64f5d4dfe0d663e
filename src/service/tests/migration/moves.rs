//! A service moves to a better store, or has to leave one.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::stores::{
    ABOVE, BELOW, LOWER, Stores, UPPER, is_buried, names, opens, rises, rises_at_once, state, two, wait,
};
use crate::ambient::Span;
use crate::error::Code;
use crate::protocol::ToManager;
use crate::service::tests::heard::puts;
use crate::service::tests::world::{A, B, add, id, patch, remove};
use crate::service::{Input, StoreId};
use crate::session::{Outcome, StorageLevel, StorageStatus, Upgrade};
use crate::storage::{Answer, Failure, Operation};

const FULL: Failure = Failure { code: Code::StorageFull, unknown: false };
const FAILED: Failure = Failure { code: Code::StorageFailed, unknown: false };

/// The statuses that a page was told.
fn statuses(messages: &[ToManager]) -> Vec<StorageStatus> {
    let told = messages.iter().filter_map(|message| match message {
        ToManager::Storage(status) => Some(*status),
        ToManager::Welcome { storage, .. } => Some(*storage),
        _ => None,
    });
    told.collect()
}

#[test]
fn what_is_below_rises_and_leaves_an_empty_store_of_another_identity() {
    let stores = two();
    let mut world = stores.below();
    world.connect(3, A);
    world.heard(3);
    let before = world.head();
    world.take(rises());
    assert_eq!(names(&world), ["a", "b"]);
    assert_eq!(state(&world).active(), Some(&id("b")), "nothing was active above");
    let heard = world.heard(3);
    assert_eq!(statuses(&heard), [ABOVE]);
    assert_eq!(puts(&heard), ["a", "b"]);
    assert_eq!((world.service.home, world.service.status()), (UPPER, ABOVE));
    assert_eq!(world.released, [LOWER.0]);
    let log = world.perform(Operation::Since(before));
    assert_eq!(log, Answer::Log(None), "the log of what was there is gone as well");
    let below = stores.below();
    assert_eq!(names(&below), Vec::<String>::new());
    assert_ne!(below.head().epoch, before.epoch);
    assert_eq!(state(&below).moved(), Some(world.head().epoch));
    assert!(!state(&below).is_used() && !is_buried(&below, "b"), "no session was terminated");
}

#[test]
fn what_is_below_a_first_store_is_there_for_the_first_page() {
    let stores = two();
    let mut world = stores.service();
    world.prompt = false;
    world.connect(3, A);
    world.take(rises_at_once());
    assert_eq!(world.heard(3), [], "a page that knows the upper store is not shown the lower one");
    world.resume();
    let heard = world.heard(3);
    assert_eq!((statuses(&heard), puts(&heard)), (vec![ABOVE], vec!["a".into(), "b".into()]));
    assert_eq!(world.released, [LOWER.0]);
    let operations = world.history.len();
    let mut again = stores.both();
    wait(&mut again);
    assert_eq!(names(&again), ["a", "b"]);
    assert!(again.history.len() < operations, "nothing is left to move");
    assert_eq!(again.commits(), 0);
}

#[test]
fn a_lower_store_that_holds_nothing_or_does_not_work_is_passed_over() {
    for trouble in [None, Some(FAILED), Some(Failure { unknown: true, ..FAILED })] {
        let stores = Stores::default();
        stores.above().connect(2, B);
        let mut world = stores.service();
        world.broken.extend(trouble.map(|failure| (LOWER, failure)));
        world.take(rises_at_once());
        world.pass(Span::from_secs(1));
        world.connect(1, A);
        assert_eq!(statuses(&world.heard(1)), [ABOVE]);
        assert_eq!((world.service.home, world.released.as_slice()), (UPPER, [LOWER.0].as_slice()));
        assert_eq!(world.commits(), 0);
    }
}

#[test]
fn pages_do_not_wait_long_for_a_lower_store_that_says_nothing() {
    let stores = two();
    let mut world = stores.service();
    world.prompt = false;
    world.connect(1, A);
    world.take(rises_at_once());
    while world.service.home == LOWER && world.now.instant.0 < 10_000_000 {
        world.asked.clear();
        world.pass(Span::from_millis(100));
    }
    world.resume();
    assert_eq!(statuses(&world.heard(1)), [ABOVE]);
    assert_eq!(world.released, [LOWER.0]);
}

#[test]
fn hostile_46_what_another_one_of_a_lower_level_holds_is_not_overwritten() {
    let stores = two();
    let mut world = stores.above();
    world.others.push((StoreId(3), stores.lower.clone()));
    world.connect(3, A);
    world.heard(3);
    let (commits, write) = (world.commits(), world.made(1, vec![add("late")]));
    world.take(opens(StoreId(3), None, BELOW));
    assert_eq!((names(&world), world.commits()), (vec!["b".into()], commits));
    let heard = world.heard(3);
    assert_eq!((statuses(&heard), puts(&heard)), (vec![BELOW], vec!["b".into()]));
    assert_eq!(world.released, [UPPER.0]);
    // What was made on the one is no good on the other.
    world.writes(3, 0, vec![write]);
    assert_eq!(world.outcome(3), Outcome::Refused(Code::Conflict));
    assert_eq!(names(&stores.above()), ["a"]);
}

#[test]
fn hostile_46_down_and_up_again_brings_what_happened_meanwhile_and_nothing_else() {
    let stores = two();
    let mut world = stores.below();
    world.connect(3, A);
    world.write(3, 1, add("c"));
    world.write(3, 2, add("d"));
    // The upper store takes in and the service is gone before it empties the lower one.
    let mut operations = 0;
    loop {
        operations += 1;
        let mut once = stores.service();
        once.fuse = Some((operations, true));
        once.take(rises_at_once());
        if names(&stores.above()).len() == 4 {
            break;
        }
    }
    let mut above = stores.above();
    above.connect(4, B);
    above.write(4, 1, remove("b"));
    above.write(4, 2, patch("c", r#"{"above":1}"#));
    // Somebody who cannot reach the upper store reopens the lower one and goes on there.
    let mut below = stores.below();
    wait(&mut below);
    assert_eq!(names(&below), ["b", "c", "d"]);
    below.connect(5, A);
    below.write(5, 1, patch("c", r#"{"below":1}"#));
    below.write(5, 2, remove("d"));
    below.write(5, 3, remove("a"));
    below.write(5, 4, add("e"));
    let mut both = stores.both();
    wait(&mut both);
    assert_eq!(names(&both), ["a", "c", "e"], "b stays removed, d was removed below");
    assert!(is_buried(&both, "b") && is_buried(&both, "d"));
    assert!(both.data("c").is_some_and(|data| data.contains("above") && data.contains("below")));
    assert_eq!(names(&stores.below()), Vec::<String>::new());
}

#[test]
fn an_upper_store_that_takes_nothing_is_let_go_and_the_lower_one_reopened() {
    for first in [false, true] {
        let stores = two();
        let mut world = if first { stores.service() } else { stores.below() };
        world.connect(3, A);
        world.failing = Some(("s/b", FULL));
        world.take(if first { rises_at_once() } else { rises() });
        wait(&mut world);
        assert_eq!((world.service.home, world.released.as_slice()), (LOWER, [UPPER.0].as_slice()));
        assert_eq!(names(&world), ["b"]);
        assert!(!state(&world).moving());
        let status = StorageStatus { level: StorageLevel::Partitioned, shared: false, upgrade: Upgrade::None };
        assert_eq!(statuses(&world.heard(3)), [if first { status } else { BELOW }]);
        world.take(Input::Reselected(ABOVE));
        assert_eq!(world.service.status(), status, "home is where it is");
        world.failing = None;
        world.write(3, 1, add("c"));
        assert!(matches!(world.outcome(3), Outcome::Accepted(_)));
        // There is room again.
        world.take(opens(UPPER, None, ABOVE));
        assert_eq!(names(&world), ["a", "b", "c"]);
    }
}

#[test]
fn a_lower_store_that_takes_no_seal_is_left_as_it_is() {
    let stores = two();
    let mut world = stores.below();
    world.failing = Some(("moving", FULL));
    world.connect(3, A);
    world.take(rises());
    assert_eq!(puts(&world.heard(3)), ["b", "a", "b"], "before and after");
    wait(&mut world);
    assert_eq!((names(&world), world.service.home), (vec!["a".into(), "b".into()], UPPER));
    assert_eq!(world.released, [LOWER.0]);
    assert_eq!(names(&stores.below()), ["b"]);
}

#[test]
fn one_store_under_two_names_loses_nothing() {
    for first in [false, true] {
        let stores = two();
        let mut world = Stores { upper: stores.lower.clone(), ..stores.clone() }.service();
        if !first {
            world.take(opens(LOWER, None, BELOW));
        }
        let before = stores.below().head().epoch;
        world.take(if first { rises_at_once() } else { rises() });
        wait(&mut world);
        assert_eq!((world.service.home, world.service.status(), names(&world)), (UPPER, ABOVE, vec!["b".into()]));
        assert_eq!(world.released, [LOWER.0]);
        let below = stores.below();
        assert_eq!((below.head().epoch, names(&below), state(&below).moving()), (before, vec!["b".into()], false));
    }
}

#[test]
fn a_store_that_was_left_and_says_nothing_does_not_hold_up_writes_for_long() {
    let stores = two();
    let mut world = stores.below();
    world.connect(3, A);
    world.prompt = false;
    world.take(rises());
    while world.service.home == LOWER {
        world.serve();
    }
    world.heard(3);
    world.write(3, 1, add("c"));
    world.asked.clear();
    world.pass(Span::from_secs(2));
    world.resume();
    assert!(matches!(world.outcome(3), Outcome::Accepted(_)));
}

#[test]
fn nothing_is_committed_below_while_it_is_being_left() {
    let stores = two();
    let mut world = stores.below();
    world.connect(3, A);
    world.failing = Some(("moving", FULL));
    world.broken.push((UPPER, Failure { unknown: true, ..FAILED }));
    world.take(rises());
    let head = world.head();
    world.write(3, 1, patch("b", r#"{"n":1}"#));
    assert_eq!(stores.below().head(), head, "though there is no seal, and a pause");
    world.broken.clear();
    wait(&mut world);
    assert_eq!((world.service.home, stores.below().head()), (UPPER, head));
    assert_eq!(world.data("b").unwrap(), r#"{"n":1}"#);
}

#[test]
fn writes_that_come_during_the_move_wait_and_take_effect_once() {
    // However far the move is.
    for served in 0..12 {
        let stores = two();
        let mut world = stores.below();
        world.connect(3, A);
        world.heard(3);
        world.prompt = false;
        world.take(rises());
        for _ in 0..served {
            if !world.asked.is_empty() {
                world.serve();
            }
        }
        let write = world.made(1, vec![patch("b", r#"{"n":1}"#)]);
        let resent = write.clone();
        world.writes(3, 0, vec![write]);
        world.resume();
        let [(1, Outcome::Accepted(_))] = world.outcomes(3)[..] else { panic!("after {served} operations") };
        assert_eq!(world.data("b").unwrap(), r#"{"n":1}"#, "after {served} operations");
        let commits = world.commits();
        world.writes(3, 0, vec![resent]);
        assert_eq!((world.outcomes(3).len(), world.commits()), (1, commits));
    }
}

#[test]
fn a_commit_in_doubt_is_found_out_about_before_the_move() {
    for took_effect in [true, false] {
        let stores = two();
        let mut world = stores.below();
        world.connect(3, A);
        world.heard(3);
        world.prompt = false;
        let write = world.made(1, vec![patch("b", r#"{"n":1}"#)]);
        world.writes(3, 0, vec![write]);
        if took_effect {
            let operation = world.asked.front().unwrap().1.clone();
            world.perform(operation);
        }
        world.take(rises());
        world.answer(Answer::Failed(Failure { unknown: true, ..FAILED }));
        world.resume();
        wait(&mut world);
        assert_eq!(world.service.home, UPPER);
        // By both stores, if the lower one had taken it.
        let told = world.outcomes(3);
        assert!(told.len() == 1 + usize::from(took_effect));
        assert!(told.iter().all(|(_, outcome)| matches!(outcome, Outcome::Accepted(_))), "{told:?}");
        assert_eq!(world.data("b").unwrap(), r#"{"n":1}"#);
    }
}

#[test]
fn another_store_that_opens_during_a_move_ends_it() {
    for served in 0..10 {
        let stores = two();
        let mut world = stores.below();
        world.others.push((StoreId(3), stores.lower.clone()));
        world.others.push((StoreId(4), stores.upper.clone()));
        world.prompt = false;
        world.take(rises());
        for _ in 0..served {
            if !world.asked.is_empty() {
                world.serve();
            }
        }
        world.take(opens(StoreId(3), None, BELOW));
        world.take(Input::Reselected(BELOW));
        world.resume();
        wait(&mut world);
        assert_eq!((world.service.home, world.service.status()), (StoreId(3), BELOW), "after {served} operations");
        assert!(!state(&world).moving(), "after {served} operations");
        world.take(opens(StoreId(4), None, ABOVE));
        wait(&mut world);
        assert_eq!(names(&world), ["a", "b"], "after {served} operations");
        world.released.sort_unstable();
        assert_eq!(world.released, [1, 2, 3], "after {served} operations");
    }
}

#[test]
fn a_better_store_that_comes_while_home_is_read_takes_in_what_is_there() {
    let stores = two();
    let mut world = stores.service();
    world.prompt = false;
    world.take(opens(LOWER, None, BELOW));
    world.connect(3, A);
    world.take(rises());
    world.resume();
    wait(&mut world);
    assert_eq!(names(&world), ["a", "b"]);
}

#[test]
fn a_better_store_that_comes_while_home_is_read_anew_takes_in_what_pages_see() {
    let stores = two();
    let mut world = stores.below();
    world.connect(3, A);
    assert_eq!(puts(&world.heard(3)), ["b"]);
    world.prompt = false;
    world.take(Input::StoreChanged);
    // The log does not reach back far enough: the tab slept.
    world.answer(Answer::Log(None));
    world.take(rises());
    world.resume();
    wait(&mut world);
    assert_eq!(names(&world), ["a", "b"]);
}
