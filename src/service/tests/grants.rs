//! What a site may not do has no effect, whatever there is; what it may do is not held up by what it does not see.

use alloc::string::ToString;
use alloc::{format, vec};

use super::heard::{grant, steps};
use super::world::{A, NEWEST, World, add, config, hello, id, json, opened, patch, patch_if};
use crate::ambient::Span;
use crate::error::Code;
use crate::protocol::{Hello, ToManager, encode};
use crate::service::tests::connections::sight::{NARROW, clean, granted, hidden, narrow, secret, sessions, world};
use crate::service::{Config, Grant, Input, Limits, Operations};
use crate::session::{Mutation, Outcome, Why, Write};
use crate::storage::{Answer, Memory};

#[test]
fn hostile_28_writes_touch_only_what_shows_and_leave_the_rest() {
    let mut world = world();
    world.heard(2);
    let head = world.head();
    let refused = [
        hidden("s", 1),
        hidden("none", 1),
        patch("s", r#"{"CANARY other":null}"#),
        patch("s", r#"{"theme":"light","CANARY key":null}"#),
        secret("u"),
        secret("s"),
        add("s"),
        add("u"),
    ];
    for (n, mutation) in (1..).zip(refused) {
        world.write(2, n, mutation);
        let heard = world.heard(2);
        let [ToManager::Outcomes(outcomes)] = &heard[..] else { panic!("{heard:?}") };
        assert_eq!(outcomes.iter().map(|(n, it)| (*n, it.refusal())).collect::<Vec<_>>(), [(n, Some(Code::Forbidden))]);
    }
    let write = world.made(20, vec![patch("s", r#"{"theme":"light"}"#), hidden("s", 20)]);
    world.writes(2, 0, vec![write]);
    assert_eq!((world.outcome(2).refusal(), world.head()), (Some(Code::Forbidden), head), "all or nothing");
    world.write(2, 21, patch("s", r#"{"theme":"light"}"#));
    let heard = clean(&mut world, 2);
    assert!(matches!(&heard[..], [ToManager::Event { mine, .. }] if *mine == [(21, Outcome::Accepted(3))]));
    assert_eq!(world.data("s").unwrap(), r#"{"CANARY key":"CANARY value","theme":"light"}"#);
    assert_eq!(sessions(&heard)[0].data.as_str(), r#"{"theme":"light"}"#);
    let user = world.service.replica.state.session(&id("s")).unwrap().session.user_id.clone();
    assert_eq!(user, "CANARY user");
}

#[test]
fn hostile_30_what_is_there_and_what_is_not_is_refused_by_the_same_work() {
    let mut world = world();
    world.write(1, 2, add("t"));
    world.heard(2);
    let (asked, commits) = (world.history.len(), world.commits());
    // A key that is there, one that is not, and a session that is not.
    let mut refusals = vec![];
    for (n, name) in (1..).zip(["s", "t", "none"]) {
        world.write(2, n, hidden(name, n));
        let heard = world.heard(2);
        let [ToManager::Outcomes(outcomes)] = &heard[..] else { panic!("{heard:?}") };
        let [(_, outcome)] = outcomes[..] else { panic!("{outcomes:?}") };
        refusals.push((outcome, encode(NEWEST, &heard[0]).unwrap().len()));
    }
    assert_eq!(refusals[0].0.refusal(), Some(Code::Forbidden));
    assert_eq!(refusals, vec![refusals[0]; 3], "the same answer, of as many bytes");
    assert_eq!((world.history.len(), world.commits()), (asked, commits), "the store is asked nothing");
}

#[test]
fn hostile_29_the_limit_of_data_tells_nothing_of_what_does_not_show() {
    let limits = Limits { data_bytes: 60, ..Limits::default() };
    let mut world = World::with(Config { limits, ..granted() }, Memory::new());
    world.connect(1, A);
    world.connect(2, NARROW);
    world.write(1, 1, secret("full"));
    world.write(
        1,
        2,
        Mutation::Add { id: id("bare"), user_id: "u".to_string(), data: json("{}"), terms: Default::default() },
    );
    world.heard(2);
    for (n, name) in [(1, "full"), (3, "bare")] {
        world.write(2, n, patch(name, &format!(r#"{{"theme":"{}"}}"#, "x".repeat(48))));
        assert!(matches!(world.outcome(2), Outcome::Accepted(_)), "{name}");
        world.write(2, n + 1, patch(name, &format!(r#"{{"theme":"{}"}}"#, "x".repeat(49))));
        assert_eq!(world.outcome(2).refusal(), Some(Code::LimitExceeded), "{name}");
    }
}

/// 4 MiB in pieces of at most 64 KiB, and the one that goes over.
#[test]
fn hostile_29_the_limit_of_a_write_tells_nothing_of_what_does_not_show() {
    for hidden in [0, 60_000] {
        let mut world = world();
        let padding = format!(r#"{{"CANARY key":"{}"}}"#, "x".repeat(hidden));
        world.write(1, 2, patch("s", &padding));
        world.heard(2);
        let touched = |count| vec![patch("s", r#"{"theme":1}"#); count];
        let write = world.made(1, touched(65));
        world.writes(2, 0, vec![write]);
        assert!(matches!(world.outcome(2), Outcome::Accepted(_)), "{hidden}");
        let write = world.made(2, touched(66));
        world.writes(2, 1, vec![write]);
        assert_eq!(world.outcome(2).refusal(), Some(Code::LimitExceeded), "{hidden}");
    }
}

#[test]
fn what_does_not_show_holds_nobody_up_for_good() {
    let mut world = world();
    world.heard(2);
    let held = world.head();
    world.write(1, 2, hidden("s", 2));
    // A function, and then what it sees again after the first answer.
    let write = Write { base: held, reads_from: Some(1), ..world.made(1, vec![patch("s", r#"{"theme":1}"#)]) };
    world.writes(2, 0, vec![write]);
    let heard = clean(&mut world, 2);
    let [ToManager::Event { follows, version, mine, .. }] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!((*follows, &mine[..]), (held, &[(1, Outcome::Contended)][..]));
    let write = Write { base: *version, reads_from: Some(2), ..world.made(2, vec![patch("s", r#"{"theme":1}"#)]) };
    world.writes(2, 1, vec![write]);
    assert!(matches!(world.outcome(2), Outcome::Accepted(_)));
    world.write(1, 3, hidden("s", 3));
    world.write(2, 3, patch_if("s", r#"{"theme":2}"#, 2));
    let heard = clean(&mut world, 2);
    assert!(matches!(&heard[..], [ToManager::Event { mine, .. }] if *mine == [(3, Outcome::Refused(Code::Conflict))]));
    let known = sessions(&heard)[0].version.unwrap();
    world.write(2, 4, patch_if("s", r#"{"theme":2}"#, known));
    assert!(matches!(world.outcome(2), Outcome::Accepted(_)));
}

#[test]
fn a_change_of_grants_reaches_the_pages_that_are_connected() {
    let mut world = world();
    let digest = grant(&clean(&mut world, 2));
    world.connect(3, A);
    world.heard(3);
    world.take(Input::Grants(vec![Grant::plain(A.to_string(), true), narrow(&[], Operations::NONE)]));
    assert_eq!(world.heard(2), [ToManager::Goodbye(Code::Disconnected)]);
    assert_eq!((world.heard(1), world.heard(3), &world.closed[..]), (vec![], vec![], &[2][..]));
    // It holds what it holds, and is given what it may have.
    let head = world.head();
    world.hello(4, NARROW, Hello { held: Some(head), grant: Some(digest), attempt: 2, ..hello(2) });
    let heard = clean(&mut world, 4);
    assert_eq!((steps(&heard), sessions(&heard)[0].data.as_str()), (vec![(None, 2)], "{}"));
    world.write(4, 1, patch("s", "{}"));
    assert_eq!(world.outcome(4).refusal(), Some(Code::Forbidden));
    world.take(Input::Grants(vec![narrow(&[], Operations::NONE)]));
    assert_eq!((world.heard(1), world.heard(4)), (vec![ToManager::Goodbye(Code::Forbidden)], vec![]));
    assert_eq!(world.closed, [2, 1, 3]);
    world.connect(5, A);
    assert_eq!((world.heard(5), world.closed.last()), (vec![], Some(&5)));
    // More is granted.
    world.take(Input::Grants(vec![Grant::plain(NARROW.to_string(), true)]));
    world.connect(6, NARROW);
    assert_eq!(sessions(&world.heard(6))[0].user_id, "CANARY user");
}

#[test]
fn hostile_28_what_waits_when_the_grants_change_is_judged_by_the_new_ones() {
    let mut world = world();
    world.heard(2);
    world.prompt = false;
    world.write(2, 1, patch("s", r#"{"theme":"light"}"#));
    world.write(2, 2, patch("s", r#"{"theme":"grey"}"#));
    world.take(Input::Grants(vec![Grant::plain(A.to_string(), true), narrow(&["theme"], Operations::REMOVE)]));
    // The commit that is under way is lost to another; both are judged anew.
    world.answer(Answer::Stale);
    world.resume();
    world.pass(Span::from_secs(1));
    assert_eq!(world.data("s").unwrap(), r#"{"CANARY key":"CANARY value","theme":"dark"}"#);
    world.hello(3, NARROW, Hello { attempt: 2, ..hello(2) });
    let refused = Outcome::Denied(Why::Operation(0));
    assert_eq!(world.outcomes(3), [(1, refused), (2, refused)]);
    world.write(3, 3, Mutation::Remove { id: id("none"), if_version: None });
    assert_eq!(world.outcome(3), Outcome::Refused(Code::NotFound), "this it may do");
    // So are hellos.
    let grants = vec![Grant::plain(A.to_string(), true), Grant::plain(NARROW.to_string(), true)];
    let mut waiting = World::unopened(Config { grants, ..config() }, world.store.clone());
    waiting.connect(1, A);
    waiting.connect(2, NARROW);
    waiting.take(Input::Grants(vec![narrow(&["theme"], Operations::UPDATE)]));
    assert_eq!((waiting.heard(1), &waiting.closed[..]), (vec![], &[1][..]));
    waiting.take(opened(super::world::STATUS));
    assert_eq!(steps(&clean(&mut waiting, 2)).len(), 1);
    waiting.write(2, 1, add("t"));
    assert_eq!(waiting.outcome(2).refusal(), Some(Code::Forbidden));
}

#[test]
fn hostile_2_a_pattern_lets_each_subdomain_in_as_an_origin_of_its_own() {
    let grants = vec![Grant::plain("https://*.shop.example".to_string(), true)];
    let mut world = World::with(Config { grants, ..config() }, Memory::new());
    for (channel, origin) in [(1, "https://a.shop.example"), (2, "https://b.shop.example")] {
        world.hello(channel, origin, hello(1));
        world.write(channel, 1, add(origin));
        assert!(matches!(world.outcome(channel), Outcome::Accepted(_)), "one client number, two origins");
    }
    for (channel, origin) in [(3, "https://shop.example"), (4, "https://a.b.shop.example")] {
        world.connect(channel, origin);
        assert_eq!((world.heard(channel), world.closed.last()), (vec![], Some(&channel)));
    }
}
