//! What has expired for good is removed: late enough, a few at a time, and never by a clock that cannot be believed.

use alloc::format;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use crate::ambient::{Span, UnixMillis};
use crate::error::Code;
use crate::machine::Machine;
use crate::protocol::{ToManager, ToService};
use crate::service::tests::world::{A, B, READER, World, add, config, id, json, patch};
use crate::session::{Change, Mutation, Outcome, Terms};
use crate::storage::{Answer, Failure, Operation};

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// The grace of a service that says nothing else.
const GRACE: u64 = 7 * DAY;

fn adds(name: &str, ttl: u64) -> Mutation {
    let terms = Terms { ttl: Some(Some(ttl)), renews: None, ..Terms::default() };
    Mutation::Add { id: id(name), user_id: "u".to_string(), data: json("{}"), terms }
}

/// A store in which so many sessions end after an hour, one after ten days, and one never; and two pages of it.
fn world(short: usize) -> World {
    let mut world = World::new();
    world.connect(1, A);
    world.connect(2, B);
    let mut mutations: Vec<Mutation> = (0..short).map(|n| adds(&format!("s{n:04}"), HOUR)).collect();
    mutations.extend([adds("long", 10 * DAY), add("ever")]);
    let write = world.made(1, mutations);
    world.writes(1, 0, vec![write]);
    world.heard(1);
    world.heard(2);
    world
}

/// Both clocks run.
fn runs(world: &mut World, ms: u64) {
    for _ in 0..ms / (5 * SECOND) {
        world.now.wall.0 += 5 * SECOND;
        world.pass(Span::from_secs(5));
    }
}

/// A device that was off for so long: the service is a new one.
fn later(world: &World, ms: u64) -> World {
    let mut later = world.reread();
    later.now.wall = UnixMillis(world.now.wall.0 + ms);
    later.connect(1, A);
    later.connect(2, B);
    later.heard(1);
    later.heard(2);
    later
}

fn count(world: &World) -> usize {
    world.service.metrics().sessions
}

/// What this page is told of its passes.
fn asks(world: &mut World, channel: u64, n: u64) -> Vec<ToManager> {
    world.say(channel, &ToService::CleanUp { id: n });
    answers(world, channel)
}

fn answers(world: &mut World, channel: u64) -> Vec<ToManager> {
    let mut heard = world.heard(channel);
    heard.retain(|message| matches!(message, ToManager::CleanedUp { .. }));
    heard
}

fn cleaned(id: u64, removed: u64, refusal: Option<Code>) -> Vec<ToManager> {
    vec![ToManager::CleanedUp { id, removed, refusal }]
}

#[test]
fn what_cannot_be_brought_back_is_removed_and_nothing_else() {
    let mut world = later(&world(3), HOUR + GRACE - HOUR - MINUTE);
    runs(&mut world, HOUR + 15 * MINUTE);
    assert_eq!(count(&world), 2);
    assert!(["long", "ever"].iter().all(|name| world.data(name).is_some()));
    assert_eq!(world.service.metrics().cleaned, 3);
    let told: Vec<Change> = world.heard(2).into_iter().fold(Vec::new(), |mut all, message| {
        if let ToManager::Event { changes, .. } = message {
            all.extend(changes);
        }
        all
    });
    assert_eq!(told, ["s0000", "s0001", "s0002"].map(|name| Change::Removed(id(name))), "pages are told of it");
    assert_eq!(count(&world.reread()), 2, "and so it is stored");
}

#[test]
fn within_the_grace_all_stay() {
    let mut world = later(&world(3), GRACE - 6 * HOUR);
    runs(&mut world, 5 * HOUR);
    assert_eq!((count(&world), world.commits()), (5, 0));
}

#[test]
fn nothing_is_removed_before_both_clocks_have_run_alike_for_an_hour() {
    let mut world = later(&world(3), 30 * DAY);
    runs(&mut world, HOUR - MINUTE);
    assert_eq!(count(&world), 5);
    assert_eq!(asks(&mut world, 1, 1), cleaned(1, 0, None), "not even if a page asks for it");
    // Somebody sets the clock, or the machine sleeps.
    world.now.wall.0 += DAY;
    runs(&mut world, HOUR - MINUTE);
    assert_eq!(count(&world), 5);
    world.now.wall.0 -= 12 * HOUR;
    runs(&mut world, HOUR - MINUTE);
    assert_eq!(count(&world), 5);
    runs(&mut world, 15 * MINUTE);
    assert_eq!(count(&world), 1);
}

#[test]
fn a_clock_that_is_set_back_in_the_meantime_has_nothing_removed() {
    let mut world = later(&world(3), GRACE - HOUR);
    runs(&mut world, 50 * MINUTE);
    world.now.wall.0 -= DAY;
    runs(&mut world, 3 * HOUR);
    assert_eq!(count(&world), 5);
}

#[test]
fn many_are_removed_a_few_in_each_commit_and_writes_go_first() {
    let mut world = later(&world(300), 2 * GRACE);
    runs(&mut world, HOUR - MINUTE);
    world.prompt = false;
    while world.asked.is_empty() && world.now.wall.0 < 3 * GRACE {
        runs(&mut world, 5 * SECOND);
    }
    let (_, first) = world.asked.front().expect("it has begun").clone();
    let Operation::Commit { commit, .. } = first else { panic!("not a commit: {first:?}") };
    assert_eq!(commit.deletes.iter().filter(|key| key.starts_with("s/")).count(), 64);
    world.write(1, 2, patch("ever", r#"{"a":1}"#));
    world.serve();
    let (_, second) = world.asked.front().expect("the write waits").clone();
    let Operation::Commit { commit, .. } = second else { panic!("not a commit: {second:?}") };
    assert!(commit.puts.iter().any(|(key, _)| key == "s/ever"), "{commit:?}");
    assert!(!commit.deletes.iter().any(|key| key.starts_with("s/")));
    world.resume();
    assert_eq!(count(&world), 2);
}

#[test]
fn of_two_frames_of_a_store_one_does_it_and_what_is_brought_back_meanwhile_stays() {
    let mut world = later(&world(70), GRACE + DAY);
    world.write(1, 2, adds("last", HOUR));
    runs(&mut world, HOUR - 10 * SECOND);
    world.prompt = false;
    world.say(1, &ToService::CleanUp { id: 1 });
    world.say(2, &ToService::CleanUp { id: 2 });
    // Another frame gives one of them a new life, and removes some.
    let mut other = World::with(config(), world.store.clone());
    other.now = world.now;
    other.connect(3, A);
    let terms = Terms { ttl: Some(None), renews: None, ..Terms::default() };
    other.write(3, 1, Mutation::Configure { id: id("s0001"), terms });
    runs(&mut world, 10 * SECOND);
    world.resume();
    runs(&mut world, MINUTE);
    assert_eq!(count(&world), 4, "it, the long one, the one without an end, and the last");
    assert_eq!((answers(&mut world, 1), answers(&mut world, 2)), (cleaned(1, 69, None), cleaned(2, 69, None)));
    assert_eq!(world.data("s0001").as_deref(), Some("{}"));
}

#[test]
fn a_page_is_told_how_many_it_had_removed() {
    let mut world = later(&world(130), GRACE + DAY);
    world.service.config.limits.cleanup = Span::from_secs(1 << 30);
    runs(&mut world, HOUR + MINUTE);
    assert_eq!(count(&world), 132, "it is not time for that yet");
    assert_eq!(asks(&mut world, 1, 1), cleaned(1, 130, None));
    assert_eq!(asks(&mut world, 2, 1), cleaned(1, 0, None));
    world.connect(3, READER);
    assert_eq!(asks(&mut world, 3, 1), cleaned(1, 0, Some(Code::Forbidden)));
}

#[test]
fn what_was_active_is_so_no_more_and_a_late_write_finds_nothing() {
    let mut first = world(2);
    let base = first.head();
    first.write(2, 1, Mutation::Activate(Some(id("s0001"))));
    let mut world = later(&first, GRACE + DAY);
    runs(&mut world, HOUR + 15 * MINUTE);
    assert_eq!(world.service.replica.state.active(), None);
    world.heard(2);
    world.now.wall = UnixMillis(1_000);
    let mut late = world.made(5, vec![patch("s0001", "{}")]);
    late.base = base;
    world.writes(2, 0, vec![late.clone()]);
    assert_eq!(world.outcome(2), Outcome::Refused(Code::NotFound));
    late.n = 6;
    late.mutations = vec![adds("s0001", HOUR)];
    world.writes(2, 0, vec![late]);
    assert!(matches!(world.outcome(2), Outcome::Accepted(_)), "nobody signed it out, so another one may have its id");
}

#[test]
fn a_store_that_refuses_it_is_not_asked_without_a_pause() {
    let mut world = later(&world(1), GRACE + DAY);
    runs(&mut world, HOUR - MINUTE);
    world.prompt = false;
    world.say(1, &ToService::CleanUp { id: 1 });
    runs(&mut world, 2 * MINUTE);
    let mut refused = 0;
    while let Some((_, operation)) = world.asked.front().cloned()
        && refused < 20
    {
        match operation {
            Operation::Commit { .. } => {
                refused += 1;
                world.answer(Answer::Failed(Failure { code: Code::StorageFull, unknown: false }));
            }
            _ => world.serve(),
        }
    }
    assert!((1..=2).contains(&refused), "asked {refused} times at once");
    world.resume();
    runs(&mut world, MINUTE);
    assert_eq!(answers(&mut world, 1), cleaned(1, 1, None));
}

#[test]
fn one_page_cannot_have_any_number_of_passes_wait() {
    let mut world = world(1);
    world.prompt = false;
    for n in 0..16 {
        world.say(1, &ToService::CleanUp { id: n });
        world.say(1, &ToService::CleanUp { id: n });
    }
    assert!(world.closed.is_empty(), "said again it is the same");
    world.say(1, &ToService::CleanUp { id: 16 });
    assert_eq!(world.closed, [1]);
    world.resume();
    assert_eq!(answers(&mut world, 2), []);
}

#[test]
fn where_no_session_ends_nothing_is_looked_for() {
    let mut world = World::new();
    world.connect(1, A);
    world.write(1, 1, add("ever"));
    runs(&mut world, 3 * HOUR);
    assert_eq!(world.service.poll_timeout(), None, "no timer is set for it");
    world.write(1, 2, adds("mortal", HOUR));
    assert_ne!(world.service.poll_timeout(), None);
}

#[test]
fn a_large_clean_up_costs_no_page_its_writes_and_no_sign_out_its_memory() {
    let mut first = World::new();
    first.connect(1, A);
    first.connect(2, B);
    for n in 0..6 {
        let mutations = (0..1_000).map(|m| adds(&format!("s{n}-{m}"), HOUR)).collect();
        let write = first.made(n + 1, mutations);
        first.writes(1, 0, vec![write]);
    }
    first.write(1, 7, add("ever"));
    first.write(1, 8, add("out"));
    let base = first.head();
    first.write(2, 1, Mutation::Remove { id: id("out"), if_version: None });
    let mut world = later(&first, 30 * DAY);
    runs(&mut world, HOUR + 15 * MINUTE);
    assert_eq!(count(&world), 1);
    world.connect(3, A);
    for (n, mutation, expected) in [
        (9, patch("ever", r#"{"a":1}"#), None),
        (10, add("out"), Some(Code::Conflict)),
        (11, patch("s0-0", "{}"), Some(Code::NotFound)),
    ] {
        world.heard(3);
        let mut late = world.made(n, vec![mutation]);
        late.base = base;
        world.writes(3, 0, vec![late]);
        assert_eq!(world.outcome(3).refusal(), expected, "write {n}");
    }
}
