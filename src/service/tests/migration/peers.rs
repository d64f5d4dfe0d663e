//! Several services over one store, one of which moves it to a better one.

use alloc::vec;
use alloc::vec::Vec;

use super::stores::{ABOVE, BELOW, LOWER, Stores, UPPER, names, rises, state, two, wait};
use crate::ambient::Span;
use crate::error::Code;
use crate::protocol::{ResumeFrom, ToManager};
use crate::service::Input;
use crate::service::tests::heard::puts;
use crate::service::tests::world::{A, World, add, patch};
use crate::session::Outcome;
use crate::storage::{Answer, Failure, Operation};

/// A service that seals the lower store and is gone.
fn sealed(stores: &Stores) {
    let mut mover = stores.below();
    mover.prompt = false;
    mover.take(rises());
    mover.serve();
    assert!(state(&mover).moving());
}

/// A service over the lower store with page 3, which has a write waiting.
fn waiting(stores: &Stores) -> World {
    let mut world = stores.below();
    world.connect(3, A);
    sealed(stores);
    world.take(Input::StoreChanged);
    world.write(3, 1, add("c"));
    world.heard(3);
    world
}

#[test]
fn nobody_commits_to_a_sealed_store_and_it_is_judged_anew_once() {
    let stores = two();
    let mut world = waiting(&stores);
    let commits = world.commits();
    world.pass(Span::from_secs(7));
    assert_eq!((world.commits(), world.judged), (commits, 1));
    // Whoever sealed it is gone: it does not stay so.
    world.pass(Span::from_secs(10));
    assert!(matches!(world.outcome(3), Outcome::Accepted(_)));
    assert_eq!((world.judged, names(&world)), (1, vec!["b".into(), "c".into()]));
    assert!(!state(&stores.below()).moving());
}

#[test]
fn one_that_has_no_better_store_reopens_a_sealed_one_soon() {
    let stores = two();
    let mut world = waiting(&stores);
    world.take(Input::Reselected(BELOW));
    assert!(state(&world).moving(), "whoever sealed it may be about to finish");
    world.pass(Span::from_secs(2));
    assert!(matches!(world.outcome(3), Outcome::Accepted(_)));
}

#[test]
fn one_that_has_a_better_store_goes_on_with_the_move() {
    let stores = two();
    let mut world = waiting(&stores);
    world.take(rises());
    assert!(matches!(world.outcomes(3)[..], [(1, Outcome::Accepted(_))]));
    assert_eq!(names(&world), ["a", "b", "c"]);
    assert_eq!(names(&stores.below()), Vec::<alloc::string::String>::new());
}

#[test]
fn a_store_found_sealed_at_the_start_is_reopened() {
    let stores = two();
    sealed(&stores);
    let mut world = stores.below();
    assert_eq!(world.judged, 1);
    wait(&mut world);
    assert!(!state(&world).moving());
    assert_eq!(names(&world), ["b"]);
}

#[test]
fn pages_of_a_store_that_was_emptied_keep_what_they_see_until_it_is_known_where_it_went() {
    for known in [false, true] {
        let stores = two();
        let mut world = stores.below();
        world.connect(3, A);
        world.heard(3);
        let mut mover = stores.below();
        mover.take(rises());
        assert_eq!(mover.released, [LOWER.0]);
        world.take(Input::StoreChanged);
        world.pass(Span::from_secs(1));
        assert_eq!((world.heard(3), world.judged), (vec![], 1), "not a word of an empty list");
        world.connect(4, A);
        assert_eq!(puts(&world.heard(4)), ["b"]);
        if known {
            world.take(rises());
            wait(&mut world);
            assert_eq!(puts(&world.heard(3)), ["a", "b"]);
            assert_eq!(world.released, [LOWER.0]);
        } else {
            world.pass(Span::from_secs(5));
            let pages: Vec<_> = world.heard(3);
            assert!(matches!(&pages[..], [ToManager::Page { sessions, .. }] if sessions.is_empty()), "{pages:?}");
            world.write(3, 1, add("d"));
            assert!(matches!(world.outcome(3), Outcome::Accepted(_)));
        }
    }
}

#[test]
fn one_that_hears_there_is_no_better_store_takes_the_emptied_one() {
    let stores = two();
    let mut world = stores.below();
    let mut mover = stores.below();
    mover.take(rises());
    world.take(Input::StoreChanged);
    world.take(Input::Reselected(BELOW));
    assert!(names(&world).is_empty());
    world.connect(3, A);
    world.sync(3, 1, ResumeFrom::LastSent, 0);
    assert!(world.heard(3).iter().any(|said| matches!(said, ToManager::Synced { id: 1, .. })));
}

#[test]
fn two_that_move_at_once_lose_and_repeat_nothing() {
    // Every interleaving of which one goes how far before the other one takes its turn.
    for first in 0..12 {
        for second in 0..12 {
            let stores = two();
            let mut one = stores.below();
            let mut other = stores.below();
            one.connect(3, A);
            other.connect(4, A);
            one.write(3, 1, patch("b", r#"{"one":1}"#));
            other.take(Input::StoreChanged);
            (one.prompt, other.prompt) = (false, false);
            one.take(rises());
            for (world, count) in [(&mut one, first), (&mut other, second)] {
                if world.asked.is_empty() {
                    world.take(rises());
                }
                for _ in 0..count {
                    if !world.asked.is_empty() {
                        world.serve();
                    }
                }
            }
            one.resume();
            other.resume();
            wait(&mut one);
            wait(&mut other);
            wait(&mut one);
            for world in [&mut one, &mut other, &mut stores.above()] {
                assert_eq!(names(world), ["a", "b"], "{first} {second}");
                assert_eq!(world.data("b").unwrap(), r#"{"one":1}"#);
            }
            assert_eq!((one.service.home, other.service.home), (UPPER, UPPER));
            let below = stores.below();
            assert!(names(&below).is_empty() && !state(&below).moving(), "{first} {second}");
        }
    }
}

#[test]
fn trouble_has_the_stores_judged_anew_and_not_too_often() {
    let failed = |unknown| Failure { code: Code::StorageDenied, unknown };
    let stores = two();
    let mut world = stores.below();
    world.connect(3, A);
    world.broken.push((LOWER, failed(true)));
    world.write(3, 1, add("c"));
    assert_eq!(world.judged, 0);
    world.pass(Span::from_secs(2));
    assert_eq!(world.judged, 1, "three in doubt in a row");
    world.pass(Span::from_secs(600));
    assert_eq!(world.judged, 1, "it was not answered");
    for _ in 0..30 {
        world.take(Input::Reselected(BELOW));
        world.pass(Span::from_secs(10));
    }
    assert!((3..10).contains(&world.judged), "{} times in five minutes", world.judged);
    // A store that cannot be read, from the start.
    let mut unread = stores.service();
    unread.broken.push((LOWER, failed(false)));
    unread.take(super::stores::opens(LOWER, None, BELOW));
    assert_eq!(unread.judged, 1);
    unread.take(rises());
    assert_eq!((unread.service.status(), names(&unread)), (ABOVE, vec!["a".into()]));
    assert_eq!(unread.released, [LOWER.0]);
}

#[test]
fn a_store_that_is_always_stale_is_told_of() {
    let mut world = World::new();
    world.connect(1, A);
    world.heard(1);
    world.prompt = false;
    world.write(1, 1, add("c"));
    for _ in 0..1_000 {
        while let Some((_, operation)) = world.asked.front() {
            let stale = matches!(operation, Operation::Commit { .. });
            world.answer(if stale { Answer::Stale } else { Answer::Log(Some(Vec::new())) });
        }
        world.pass(Span::from_millis(100));
    }
    assert!(world.heard(1).contains(&ToManager::Trouble(Code::StorageFailed)));
}
