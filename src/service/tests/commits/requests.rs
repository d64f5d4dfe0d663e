//! Requests as the authority counts them: exactly, up to a limit, and as no change of the session.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::ambient::UnixMillis;
use crate::error::Code;
use crate::protocol::ToManager;
use crate::service::tests::world::{A, B, World, config, id, json, patch, remove};
use crate::service::{Config, Grant, Limits, Read};
use crate::session::{Change, Mutation, Outcome, Requests, SessionRules, Tally, Terms};
use crate::storage::Memory;

fn terms(limit: Option<Option<u64>>, resets: bool) -> Terms {
    Terms { limit, resets, ..Terms::default() }
}

fn count(requests: u64, asks: bool) -> Mutation {
    let url = Some("https://u:p@api.example/v1?SECRET".to_string());
    Mutation::Count { id: id("s"), tally: Tally { count: requests, micros: 10 * requests, url }, asks }
}

/// A store with one session, a page that is granted its requests, and one that is not.
fn world_with(limit: Option<u64>, rules: SessionRules) -> World {
    let granted = Grant { read: Read { requests: true, ..Read::ALL }, ..Grant::plain(A.to_string(), true) };
    let grants = Vec::from([granted, Grant::plain(B.to_string(), true)]);
    let mut world = World::with(Config { grants, rules, ..config() }, Memory::new());
    world.connect(1, A);
    world.connect(2, B);
    let terms = terms(Some(limit), false);
    world.write(1, 1, Mutation::Add { id: id("s"), user_id: "u".to_string(), data: json("{}"), terms });
    world.heard(1);
    world.heard(2);
    world
}

fn world(limit: Option<u64>) -> World {
    world_with(limit, SessionRules::default())
}

fn requests(world: &World) -> Requests {
    world.service.replica.state.session(&id("s")).unwrap().session.requests.clone()
}

/// What became of a write of page 1.
fn outcome(world: &mut World, n: u64, mutation: Mutation) -> Outcome {
    world.heard(1);
    world.write(1, n, mutation);
    world.outcome(1)
}

#[test]
fn they_add_up_and_an_address_keeps_no_secret() {
    let mut world = world(None);
    world.write(1, 2, count(3, true));
    world.write(2, 1, count(4, false));
    let last_url = Some(String::from("https://api.example/v1"));
    let expected = Requests { count: 7, micros: 70, limit: None, last_url };
    assert_eq!(requests(&world), expected);
    let again = world.reread();
    assert_eq!(requests(&again), expected, "and so it is stored");
}

#[test]
fn one_that_comes_again_counts_once() {
    let mut world = world(None);
    for _ in 0..3 {
        world.write(1, 2, count(5, false));
    }
    assert_eq!(requests(&world).count, 5);
}

#[test]
fn a_question_is_refused_at_the_limit_and_what_was_let_through_counts_beyond_it() {
    let mut world = world(Some(3));
    assert!(matches!(outcome(&mut world, 2, count(2, true)), Outcome::Accepted(_)));
    assert!(matches!(outcome(&mut world, 3, count(2, true)), Outcome::Accepted(_)), "there was room for one");
    assert_eq!(outcome(&mut world, 4, count(1, true)), Outcome::Refused(Code::LimitExceeded));
    assert!(matches!(outcome(&mut world, 5, count(2, false)), Outcome::Accepted(_)));
    assert_eq!((requests(&world).count, requests(&world).limit), (6, Some(3)));
    world.write(1, 6, Mutation::Configure { id: id("s"), terms: terms(Some(Some(7)), false) });
    assert!(matches!(outcome(&mut world, 7, count(1, true)), Outcome::Accepted(_)));
    world.write(1, 8, Mutation::Configure { id: id("s"), terms: terms(None, true) });
    assert_eq!(requests(&world), Requests { limit: Some(7), ..Requests::default() });
}

#[test]
fn it_is_no_change_of_the_session_and_in_nobodys_way() {
    let mut world = world(None);
    let before = world.service.replica.state.session(&id("s")).unwrap().clone();
    let base = world.service.replica.head;
    world.write(2, 1, count(1, true));
    let after = world.service.replica.state.session(&id("s")).unwrap().clone();
    assert_eq!((&after.by, after.others, after.session.version), (&before.by, before.others, before.session.version));
    assert_eq!(after.session.last_active_at, before.session.last_active_at);
    let guarded = Mutation::Update { id: id("s"), patch: json(r#"{"a":1}"#), if_version: Some(base.seq) };
    assert!(matches!(outcome(&mut world, 2, guarded), Outcome::Accepted(_)));
    assert_eq!(requests(&world).count, 1, "and the change is in its way neither");
}

#[test]
fn only_what_is_there_and_valid_is_counted_on() {
    let mut world = world(None);
    world.write(
        1,
        2,
        Mutation::Configure { id: id("s"), terms: Terms { ttl: Some(Some(60_000)), ..Terms::default() } },
    );
    world.now.wall = UnixMillis(200_000);
    assert_eq!(outcome(&mut world, 3, count(1, true)), Outcome::Refused(Code::Expired));
    assert_eq!(outcome(&mut world, 4, count(1, false)), Outcome::Refused(Code::Expired));
    world.write(1, 5, remove("s"));
    assert_eq!(outcome(&mut world, 6, count(1, true)), Outcome::Refused(Code::NotFound));
}

#[test]
fn a_service_that_counts_none_keeps_nothing() {
    let mut world = world_with(Some(1), SessionRules { counts: false, ..SessionRules::default() });
    for n in 2..5 {
        assert!(matches!(outcome(&mut world, n, count(1, true)), Outcome::Accepted(_)));
    }
    assert_eq!(requests(&world), Requests { limit: Some(1), ..Requests::default() });
}

#[test]
fn a_full_store_counts_on() {
    let mut world = world(None);
    let limits = Limits { total_bytes: 1, ..Limits::default() };
    world.service.config.limits = limits;
    assert!(matches!(outcome(&mut world, 2, count(1, true)), Outcome::Accepted(_)));
    assert!(outcome(&mut world, 3, patch("s", r#"{"a":1}"#)).refusal().is_some(), "it is full");
}

#[test]
fn hostile_28_requests_show_and_are_set_where_that_is_granted_alone() {
    let mut world = world(Some(9));
    world.write(1, 2, count(1, true));
    assert!(world.heard(2).is_empty(), "nothing that it sees has changed");
    let seen = |heard: Vec<ToManager>| {
        let put = |message: &ToManager| match message {
            ToManager::Event { changes, .. } => changes.iter().find_map(|change| match change {
                Change::Put(session) => Some(session.requests.clone()),
                _ => None,
            }),
            _ => None,
        };
        heard.iter().find_map(put)
    };
    assert_eq!(seen(world.heard(1)).unwrap().count, 1);
    world.write(1, 3, patch("s", r#"{"a":1}"#));
    assert_eq!(seen(world.heard(2)), Some(Requests::default()));
    let sets = [terms(Some(Some(1)), false), terms(Some(None), false), terms(None, true)];
    for (n, terms) in (1..).zip(sets) {
        world.heard(2);
        world.write(2, n, Mutation::Configure { id: id("s"), terms });
        assert_eq!(world.outcome(2), Outcome::Refused(Code::Forbidden));
    }
    world.heard(2);
    let add =
        Mutation::Add { id: id("t"), user_id: "u".to_string(), data: json("{}"), terms: terms(Some(Some(1)), false) };
    world.write(2, 9, add);
    assert_eq!(world.outcome(2), Outcome::Refused(Code::Forbidden));
    world.write(2, 10, count(1, true));
    assert_eq!(requests(&world).count, 2, "to count is an update");
}
