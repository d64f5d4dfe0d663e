//! A session that is put: one for each user, whoever puts it, and never past a sign-out.

use alloc::string::ToString;
use alloc::vec::Vec;
use alloc::{format, vec};

use crate::ambient::{Span, UnixMillis};
use crate::error::Code;
use crate::service::tests::connections::sight::{NARROW, narrow};
use crate::service::tests::world::{A, B, World, config, id, json, remove};
use crate::service::{Config, Grant, Operations};
use crate::session::{Mutation, Outcome, Session, SessionRules, Terms, Write};
use crate::storage::Memory;

const HOUR: u64 = 3_600_000;
const CONFLICT: Outcome = Outcome::Refused(Code::Conflict);

fn puts(name: &str, user: &str, data: &str) -> Mutation {
    Mutation::Upsert { id: id(name), user_id: user.to_string(), data: json(data), terms: Terms::default() }
}

fn adds(name: &str, user: &str) -> Mutation {
    let terms = Terms { ttl: Some(Some(HOUR)), renews: None, ..Terms::default() };
    Mutation::Add { id: id(name), user_id: user.to_string(), data: json(r#"{"old":1}"#), terms }
}

/// Two pages of two sites.
fn pages(config: Config) -> World {
    let mut world = World::with(config, Memory::new());
    world.connect(1, A);
    world.connect(2, B);
    world
}

fn sessions(world: &World) -> Vec<&Session> {
    world.service.replica.state.sessions().map(|record| &record.session).collect()
}

fn at(world: &mut World, ms: u64) {
    world.now.wall = UnixMillis(1_000 + ms);
}

fn accepted(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Accepted(_))
}

#[test]
fn the_first_one_adds_a_session_and_the_next_replaces_its_data_whole() {
    let mut world = pages(config());
    world.write(1, 1, puts("a", "ada", r#"{"n":1,"x":{"y":1}}"#));
    world.write(1, 2, puts("b", "bob", "{}"));
    at(&mut world, HOUR);
    world.write(2, 1, puts("a", "ada", r#"{"n":2,"x":null}"#));
    let [ada, bob] = sessions(&world)[..] else { panic!("not two sessions") };
    assert_eq!((ada.id.as_str(), ada.data.as_str(), bob.id.as_str()), ("a", r#"{"n":2,"x":null}"#, "b"));
    assert_eq!((ada.created_at.0, ada.last_active_at.0, ada.version), (1_000, 1_000 + HOUR, Some(world.head().seq)));
}

#[test]
fn of_many_at_once_the_first_adds_a_session_and_the_others_look_again() {
    for together in [true, false] {
        let mut world = pages(config());
        let base = world.head();
        world.prompt = !together;
        for n in 1..=10 {
            let channel = 1 + n % 2;
            let mutations = vec![puts(&format!("s{n}"), "ada", &format!(r#"{{"n":{n}}}"#))];
            world.writes(channel, 0, vec![Write { n, predecessor: 0, base, reads_from: None, mutations }]);
        }
        world.resume();
        let [one] = sessions(&world)[..] else { panic!("not one session") };
        assert_eq!((one.id.as_str(), one.data.as_str()), ("s1", r#"{"n":1}"#));
        let all: Vec<_> = [1, 2].into_iter().flat_map(|channel| world.outcomes(channel)).collect();
        assert_eq!(all.iter().filter(|(_, outcome)| accepted(*outcome)).count(), 1);
        assert_eq!(all.iter().filter(|(_, outcome)| *outcome == Outcome::Contended).count(), 9);
    }
}

#[test]
fn of_several_it_is_the_active_one_else_the_newest_and_an_expired_one_lives_again() {
    let mut world = pages(config());
    for (n, name) in [(1, "b"), (2, "a"), (3, "c")] {
        at(&mut world, n);
        world.write(1, n, adds(name, "ada"));
    }
    world.write(1, 4, puts("c", "ada", r#"{"n":1}"#));
    assert_eq!(world.data("c").as_deref(), Some(r#"{"n":1}"#), "the newest");
    world.write(1, 5, Mutation::Activate(Some(id("a"))));
    at(&mut world, 2 * HOUR);
    world.write(1, 6, puts("a", "ada", r#"{"n":2}"#));
    let lifetime = world.service.replica.state.session(&id("a")).unwrap().session.lifetime;
    assert_eq!(lifetime.expires_at, Some(UnixMillis(1_000 + 3 * HOUR)), "its own lifetime, from now");
    assert_eq!(["a", "b"].map(|name| world.data(name).unwrap()), [r#"{"n":2}"#, r#"{"old":1}"#]);
    let terms = Terms { ttl: Some(None), renews: Some(false), ..Terms::default() };
    world.write(1, 7, Mutation::Upsert { id: id("a"), user_id: "ada".to_string(), data: json("{}"), terms });
    let lifetime = world.service.replica.state.session(&id("a")).unwrap().session.lifetime;
    assert_eq!((lifetime.ttl, lifetime.renews, lifetime.expires_at), (None, false, None));
    assert_eq!(sessions(&world).len(), 3);
}

#[test]
fn one_whose_longest_life_is_over_begins_anew_in_its_place() {
    let rules = SessionRules { longest: Some(HOUR), ..SessionRules::default() };
    let mut world = pages(Config { rules, ..config() });
    world.write(1, 1, puts("login", "ada", "{}"));
    at(&mut world, HOUR - 1);
    world.write(1, 2, puts("login", "ada", "{}"));
    let created = |world: &World| sessions(world).iter().map(|it| it.created_at.0 - 1_000).collect::<Vec<_>>();
    assert_eq!(created(&world), [0]);
    at(&mut world, HOUR);
    world.write(1, 3, puts("login", "ada", r#"{"n":1}"#));
    assert_eq!((created(&world), world.data("login").as_deref()), (vec![HOUR], Some(r#"{"n":1}"#)));
    assert_eq!(sessions(&world)[0].lifetime.expires_at, Some(UnixMillis(1_000 + 2 * HOUR)));
}

#[test]
fn past_a_sign_out_by_another_page_comes_only_who_knew_of_it() {
    let mut world = pages(config());
    world.write(1, 1, puts("a", "ada", "{}"));
    world.write(1, 2, puts("b", "bob", "{}"));
    let base = world.head();
    world.heard(1);
    world.write(2, 1, remove("a"));
    world.heard(1);
    world.heard(2);
    let late =
        |n, name, user| Write { n, predecessor: 0, base, reads_from: None, mutations: vec![puts(name, user, "{}")] };
    world.writes(1, 0, vec![late(3, "late3", "ada")]);
    assert_eq!(world.outcome(1), CONFLICT);
    world.writes(1, 0, vec![late(4, "b", "bob")]);
    assert!(matches!(world.outcome(1), Outcome::Accepted(_)), "of another user");
    world.writes(2, 0, vec![late(5, "late5", "ada")]);
    assert!(matches!(world.outcome(2), Outcome::Accepted(_)), "who signed out may sign in again");
    world.writes(1, 0, vec![late(5, "late5", "ada")]);
    assert_eq!(world.outcome(1), CONFLICT, "though there is a session again");
    world.write(1, 6, puts("late5", "ada", r#"{"n":1}"#));
    assert_eq!(world.data("late5").as_deref(), Some(r#"{"n":1}"#));
    // What the store holds is enough to tell.
    let mut later = world.reread();
    later.connect(3, A);
    let mutations = vec![puts("later", "ada", "{}")];
    later.writes(3, 0, vec![Write { n: 1, predecessor: 0, base, reads_from: None, mutations }]);
    assert_eq!(later.outcome(3), CONFLICT);
}

#[test]
fn what_had_expired_for_good_holds_up_nobody() {
    let mut world = pages(config());
    world.write(1, 1, adds("a", "ada"));
    let base = world.head();
    let mut later = world.reread();
    later.now.wall = UnixMillis(30 * 24 * HOUR);
    later.connect(1, A);
    for _ in 0..900 {
        later.now.wall.0 += 5_000;
        later.pass(Span::from_secs(5));
    }
    assert_eq!(sessions(&later).len(), 0, "it was cleaned up");
    later.heard(1);
    let mutations = vec![puts("b", "ada", "{}")];
    later.writes(1, 0, vec![Write { n: 2, predecessor: 0, base, reads_from: None, mutations }]);
    assert!(matches!(later.outcome(1), Outcome::Accepted(_)));
}

#[test]
fn it_needs_to_add_and_to_update_and_sees_the_user_and_leaves_what_it_does_not_see() {
    for (write, keys, granted) in [
        (Operations::ALL, &["theme", "userId"][..], true),
        (Operations::ADD.and(Operations::UPDATE), &["theme", "userId"], true),
        (Operations::ADD, &["theme", "userId"], false),
        (Operations::UPDATE, &["theme", "userId"], false),
        (Operations::ALL, &["theme"], false),
        (Operations::ALL, &["userId"], false),
    ] {
        let grants = vec![Grant::plain(A.to_string(), true), narrow(keys, write)];
        let mut world = World::with(Config { grants, defaults: json(r#"{"plan":"free"}"#), ..config() }, Memory::new());
        world.connect(1, A);
        world.write(1, 1, puts("a", "ada", r#"{"secret":1,"theme":"dark"}"#));
        world.connect(2, NARROW);
        world.heard(2);
        world.write(2, 1, puts("a", "ada", r#"{"theme":"light"}"#));
        let outcome = world.outcome(2);
        let data = world.data("a").unwrap();
        if granted {
            assert_eq!(data, r#"{"plan":"free","secret":1,"theme":"light"}"#);
            world.write(2, 2, puts("c", "cleo", "{}"));
            assert_eq!(world.data("c").as_deref(), Some(r#"{"plan":"free"}"#));
        } else {
            assert_eq!(outcome.refusal(), Some(Code::Forbidden), "{write:?} {keys:?}");
            assert_eq!(data, r#"{"plan":"free","secret":1,"theme":"dark"}"#);
        }
    }
}

#[test]
fn an_id_that_another_user_has_is_not_taken() {
    let mut world = pages(config());
    world.write(1, 1, puts("a", "ada", "{}"));
    world.heard(1);
    world.write(1, 2, puts("a", "bob", "{}"));
    assert_eq!(world.outcome(1), Outcome::Refused(Code::AlreadyExists));
    world.write(1, 3, puts("x", "", "{}"));
    assert_eq!(world.outcome(1), Outcome::Refused(Code::InvalidArgument));
}

#[test]
fn a_removal_of_ones_own_hides_nobody_elses() {
    let mut world = pages(config());
    world.write(1, 1, adds("a1", "ada"));
    world.write(1, 2, adds("a2", "ada"));
    let base = world.head();
    world.heard(1);
    world.write(2, 1, remove("a2"));
    let of = |n, mutation| Write { n, predecessor: 0, base, reads_from: None, mutations: vec![mutation] };
    world.writes(1, 0, vec![of(3, remove("a1"))]);
    world.heard(1);
    world.writes(1, 0, vec![of(4, puts("fresh", "ada", "{}"))]);
    assert_eq!(world.outcome(1), CONFLICT);
}
