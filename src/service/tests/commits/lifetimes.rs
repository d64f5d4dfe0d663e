//! Lifetimes as the authority keeps them: what is expired takes no writes, a use is written once a minute, and all of it follows
//! the clock, backwards too.

use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use crate::ambient::{Span, UnixMillis};
use crate::error::Code;
use crate::protocol::{ToManager, ToService};
use crate::service::Config;
use crate::service::tests::world::{A, B, READER, World, config, hello, id, json, patch, remove};
use crate::session::{Change, Lifetime, Mutation, Outcome, Session, SessionRules, Terms, Write};
use crate::storage::{Failure, Memory};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const START: u64 = 1_000;

fn adds(name: &str, ttl: u64) -> Mutation {
    let terms = Terms { ttl: Some(Some(ttl)), renews: None, ..Terms::default() };
    Mutation::Add { id: id(name), user_id: "u".to_string(), data: json("{}"), terms }
}

fn configure(name: &str, terms: Terms) -> Mutation {
    Mutation::Configure { id: id(name), terms }
}

/// A store with one session of an hour, and two pages of it.
fn world() -> World {
    let mut world = World::new();
    world.connect(1, A);
    world.connect(2, B);
    world.write(1, 1, adds("s", HOUR));
    world.heard(1);
    world.heard(2);
    world
}

/// So many milliseconds after the session was added.
fn at(world: &mut World, ms: u64) {
    world.now.wall = UnixMillis(START + ms);
}

fn session<'a>(world: &'a World, name: &str) -> &'a Session {
    &world.service.replica.state.session(&id(name)).unwrap().session
}

/// When it ends, counted from when the one of `world` was added.
fn ends(world: &World, name: &str) -> Option<u64> {
    session(world, name).lifetime.expires_at.map(|end| end.0 - START)
}

fn touch(world: &mut World, channel: u64, n: u64) -> Vec<ToManager> {
    world.heard(channel);
    world.say(channel, &ToService::Touch { id: n, session: id("s") });
    let mut heard = world.heard(channel);
    heard.retain(|message| matches!(message, ToManager::Touched { .. }));
    heard
}

fn touched(id: u64, refusal: Option<Code>) -> Vec<ToManager> {
    vec![ToManager::Touched { id, refusal }]
}

#[test]
fn a_session_is_added_with_a_lifetime_of_its_own_or_that_of_the_service() {
    let rules = SessionRules { default: Some(HOUR), longest: Some(10 * HOUR), ..SessionRules::default() };
    let mut world = World::with(Config { rules, ..config() }, Memory::new());
    world.connect(1, A);
    for (name, terms, end) in [
        ("default", Terms::default(), HOUR),
        ("own", Terms { ttl: Some(Some(2 * HOUR)), renews: None, ..Terms::default() }, 2 * HOUR),
        ("long", Terms { ttl: Some(Some(20 * HOUR)), renews: None, ..Terms::default() }, 10 * HOUR),
        ("endless", Terms { ttl: Some(None), renews: Some(false), ..Terms::default() }, 10 * HOUR),
    ] {
        let add = Mutation::Add { id: id(name), user_id: "u".to_string(), data: json("{}"), terms };
        let n = end + u64::from(name == "endless");
        world.write(1, n, add);
        assert_eq!(ends(&world, name), Some(end), "{name}");
    }
    assert!(!session(&world, "endless").lifetime.renews);
    assert_eq!(ends(&world.reread(), "own"), Some(2 * HOUR), "and so it is stored");
}

#[test]
fn too_short_or_too_long_a_lifetime_is_refused_whoever_asks() {
    let mut world = world();
    for (n, mutation) in [
        (9, adds("t", (1 << 52) + 1)),
        (2, adds("t", MINUTE - 1)),
        (3, configure("s", Terms { ttl: Some(Some(0)), renews: None, ..Terms::default() })),
    ] {
        world.write(1, n, mutation);
        assert_eq!(world.outcome(1), Outcome::Refused(Code::InvalidArgument));
    }
    world.write(1, 4, adds("t", MINUTE));
    assert!(matches!(world.outcome(1), Outcome::Accepted(_)));
}

#[test]
fn what_is_expired_takes_nothing_but_what_brings_it_back_or_ends_it() {
    let later = HOUR + MINUTE;
    let replace = Mutation::Replace { id: id("s"), data: json("{}"), if_version: None };
    for mutation in [patch("s", r#"{"a":1}"#), replace, Mutation::Activate(Some(id("s")))] {
        let mut world = world();
        at(&mut world, HOUR - 1);
        world.write(1, 2, mutation.clone());
        assert!(matches!(world.outcome(1), Outcome::Accepted(_)), "{mutation:?} in time");
        at(&mut world, later);
        world.write(1, 3, mutation.clone());
        assert_eq!(world.outcome(1), Outcome::Refused(Code::Expired), "{mutation:?}");
        at(&mut world, HOUR - 1);
        world.write(1, 4, mutation.clone());
        assert!(matches!(world.outcome(1), Outcome::Accepted(_)), "{mutation:?} with the clock set back");
    }
    for (mutation, end) in [
        (Mutation::Recover(id("s")), Some(later + HOUR)),
        (configure("s", Terms { ttl: Some(Some(2 * HOUR)), renews: None, ..Terms::default() }), Some(later + 2 * HOUR)),
        (configure("s", Terms { ttl: Some(None), renews: None, ..Terms::default() }), None),
        (configure("s", Terms { ttl: None, renews: Some(false), ..Terms::default() }), Some(HOUR)),
    ] {
        let mut world = world();
        at(&mut world, later);
        world.write(1, 2, mutation.clone());
        assert!(matches!(world.outcome(1), Outcome::Accepted(_)), "{mutation:?}");
        assert_eq!(ends(&world, "s"), end, "{mutation:?}");
    }
    let mut world = world();
    at(&mut world, later);
    world.write(1, 2, remove("s"));
    assert_eq!(world.data("s"), None);
}

#[test]
fn a_write_that_mixes_is_refused_whole() {
    let mut world = world();
    at(&mut world, HOUR);
    let write = world.made(2, vec![adds("t", HOUR), patch("s", "{}")]);
    world.writes(1, 0, vec![write]);
    assert_eq!((world.outcome(1), world.data("t")), (Outcome::Refused(Code::Expired), None));
    let write = world.made(3, vec![Mutation::Recover(id("s")), patch("s", r#"{"a":1}"#)]);
    world.writes(1, 0, vec![write]);
    assert_eq!(world.data("s").as_deref(), Some(r#"{"a":1}"#), "once it is back it takes writes");
}

#[test]
fn recovery_ends_with_its_grace_and_never_passes_the_longest_life() {
    let grace = SessionRules::default().recovery;
    let mut world = world();
    at(&mut world, HOUR + grace);
    world.write(1, 2, Mutation::Recover(id("s")));
    assert_eq!(world.outcome(1), Outcome::Refused(Code::Expired));
    at(&mut world, HOUR + grace - 1);
    world.write(1, 3, Mutation::Recover(id("s")));
    assert_eq!(ends(&world, "s"), Some(HOUR + grace - 1 + HOUR));
    let rules = SessionRules { longest: Some(2 * HOUR), ..SessionRules::default() };
    let mut old = World::with(Config { rules, ..config() }, world.store.clone());
    old.connect(2, B);
    old.now = world.now;
    for (n, mutation) in [
        (5, Mutation::Recover(id("s"))),
        (6, configure("s", Terms { ttl: Some(None), renews: None, ..Terms::default() })),
    ] {
        old.now.wall = UnixMillis(START + HOUR + grace - 1 + HOUR);
        old.heard(2);
        old.write(2, n, mutation);
        assert_eq!(old.outcome(2), Outcome::Refused(Code::Expired), "its longest life is over");
    }
    world.heard(1);
    world.write(1, 4, Mutation::Recover(id("none")));
    assert_eq!(world.outcome(1), Outcome::Refused(Code::NotFound));
}

#[test]
fn a_use_is_written_once_a_minute_whoever_tells_of_it_and_changes_no_version() {
    let mut world = world();
    let before = session(&world, "s").clone();
    let commits = world.commits();
    for n in 0..100 {
        let channel = 1 + n % 2;
        assert_eq!(touch(&mut world, channel, n), touched(n, None));
    }
    assert_eq!(world.commits(), commits, "it was added just now");
    at(&mut world, MINUTE);
    for n in 100..200 {
        let channel = 1 + n % 2;
        assert_eq!(touch(&mut world, channel, n), touched(n, None));
    }
    assert_eq!(world.commits(), commits + 1);
    let after = session(&world, "s").clone();
    let lifetime = Lifetime { expires_at: Some(UnixMillis(START + MINUTE + HOUR)), ..before.lifetime };
    assert_eq!(after, Session { last_active_at: UnixMillis(START + MINUTE), lifetime, ..before });
    assert_eq!(world.reread().service.replica.state.session(&id("s")).unwrap().session, after, "it is stored");
}

#[test]
fn pages_are_told_of_a_use() {
    let mut world = world();
    at(&mut world, MINUTE);
    world.heard(2);
    touch(&mut world, 1, 1);
    let expected = Change::Put(session(&world, "s").clone());
    let told = world.heard(2).into_iter().find_map(|message| match message {
        ToManager::Event { changes, .. } => Some(changes),
        _ => None,
    });
    assert_eq!(told, Some(vec![expected]));
}

#[test]
fn a_use_that_does_not_renew_moves_only_when_it_was_last_active() {
    let mut world = world();
    world.write(1, 2, configure("s", Terms { ttl: None, renews: Some(false), ..Terms::default() }));
    at(&mut world, MINUTE);
    touch(&mut world, 1, 1);
    assert_eq!((session(&world, "s").last_active_at.0, ends(&world, "s")), (START + MINUTE, Some(HOUR)));
}

#[test]
fn a_use_of_what_is_not_there_or_expired_or_not_granted_is_refused() {
    let mut world = world();
    world.connect(3, READER);
    assert_eq!(touch(&mut world, 3, 1), touched(1, Some(Code::Forbidden)));
    at(&mut world, HOUR);
    assert_eq!(touch(&mut world, 1, 2), touched(2, Some(Code::Expired)));
    world.write(1, 2, remove("s"));
    assert_eq!(touch(&mut world, 1, 3), touched(3, Some(Code::NotFound)));
}

#[test]
fn a_use_goes_along_with_the_writes_that_wait() {
    let mut world = world();
    at(&mut world, MINUTE);
    world.prompt = false;
    world.write(1, 2, adds("t", HOUR));
    for n in 1..=3 {
        world.say(2, &ToService::Touch { id: n, session: id("s") });
    }
    let write = Write { predecessor: 2, ..world.made(3, vec![patch("s", r#"{"a":1}"#)]) };
    world.writes(1, 0, vec![write]);
    world.heard(2);
    let commits = world.commits();
    world.resume();
    assert_eq!(world.commits(), commits + 1, "the change of another session, and the use");
    let touched: Vec<_> = world.heard(2).into_iter().filter(|it| matches!(it, ToManager::Touched { .. })).collect();
    assert_eq!(touched, [1, 2, 3].map(|id| ToManager::Touched { id, refusal: None }));
    assert_eq!((ends(&world, "s"), world.data("s").as_deref()), (Some(MINUTE + HOUR), Some(r#"{"a":1}"#)));
}

#[test]
fn a_use_makes_no_function_run_again_and_no_version_wrong() {
    let mut world = world();
    let base = world.head();
    at(&mut world, MINUTE);
    touch(&mut world, 2, 1);
    world.heard(1);
    let function = Write { base, reads_from: Some(2), ..world.made(2, vec![patch("s", r#"{"n":1}"#)]) };
    world.writes(1, 0, vec![function]);
    assert!(matches!(world.outcome(1), Outcome::Accepted(_)));
    at(&mut world, 2 * MINUTE);
    touch(&mut world, 2, 2);
    let insists = Mutation::Update { id: id("s"), patch: json("{}"), if_version: Some(base.seq + 2) };
    world.write(1, 3, insists);
    assert!(matches!(world.outcome(1), Outcome::Accepted(_)));
}

#[test]
fn a_use_waits_for_a_store_that_does_not_take_it_and_for_its_page_no_longer() {
    let mut world = world();
    at(&mut world, MINUTE);
    world.failing = Some(("s/s", Failure { code: Code::StorageFull, unknown: false }));
    assert_eq!(touch(&mut world, 1, 1), []);
    world.say(1, &ToService::Bye);
    world.failing = None;
    world.pass(Span::from_secs(10));
    assert_eq!(ends(&world, "s"), Some(MINUTE + HOUR), "who told of it is gone, and yet it was used");
}

#[test]
fn a_use_that_another_frame_wrote_is_not_written_again() {
    let mut world = world();
    at(&mut world, MINUTE);
    let mut other = world.reread();
    other.now = world.now;
    other.connect(9, A);
    other.say(9, &ToService::Touch { id: 1, session: id("s") });
    let commits = world.commits();
    assert_eq!(touch(&mut world, 1, 1), touched(1, None));
    assert_eq!((world.commits(), ends(&world, "s")), (commits, Some(MINUTE + HOUR)));
}

#[test]
fn too_many_uses_that_wait_are_more_than_a_page_has() {
    let mut world = World::new();
    world.connect(1, A);
    world.prompt = false;
    for _ in 0..1_000 {
        world.say(1, &ToService::Touch { id: 1, session: id("s") });
    }
    assert_eq!(world.service.touches.len(), 1, "one that is told again");
    assert!(!world.heard(1).contains(&ToManager::Goodbye(Code::LimitExceeded)));
    for n in 0..300 {
        world.say(1, &ToService::Touch { id: n, session: id("s") });
    }
    assert!(world.heard(1).contains(&ToManager::Goodbye(Code::LimitExceeded)));
}

#[test]
fn a_page_of_an_older_protocol_is_not_sent_expired_sessions() {
    let mut world = world();
    world.write(1, 2, adds("t", 2 * HOUR));
    at(&mut world, HOUR);
    world.hello(5, A, crate::protocol::Hello { versions: 1..=3, ..hello(5) });
    let sent = world.heard(5).into_iter().filter_map(|message| match message {
        ToManager::Page { sessions, .. } => Some(sessions),
        _ => None,
    });
    let ids: Vec<_> = sent.flatten().map(|session| session.id).collect();
    assert_eq!(ids, [id("t")]);
    world.write(1, 3, configure("s", Terms { ttl: None, renews: Some(false), ..Terms::default() }));
    let changes = |world: &mut World| {
        let events = world.heard(5).into_iter().filter_map(|message| match message {
            ToManager::Event { changes, .. } => Some(changes),
            _ => None,
        });
        events.collect::<Vec<_>>().concat()
    };
    assert_eq!(changes(&mut world), [Change::Removed(id("s"))]);
    world.write(1, 4, Mutation::Recover(id("s")));
    let back = changes(&mut world);
    let shown = Session { lifetime: Lifetime::default(), ..session(&world, "s").clone() };
    assert_eq!(back, [Change::Put(shown)]);
}
