//! Who is answered, who is not, and what a second hello does.

use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use crate::error::Code;
use crate::protocol::{Hello, ToManager, ToService};
use crate::service::tests::world::{A, B, READER, STATUS, World, add, config, hello, opened};
use crate::service::{Grant, Input, Rejection};
use crate::session::{Outcome, StorageLevel, StorageStatus};
use crate::storage::{Answer, Memory};

#[test]
fn hostile_30_an_origin_without_a_grant_hears_nothing() {
    let mut world = World::new();
    let strange = [
        "https://evil.example",
        "http://a.example",
        "https://a.example:444",
        "https://a.example.",
        "https://a.example/",
        "https://A.example",
        "https://sub.a.example",
        "https://a.example.evil.example",
        "null",
        "",
        "*",
    ];
    for (channel, origin) in (10..).zip(strange) {
        world.connect(channel, origin);
        world.write(channel, 1, add("s"));
        assert_eq!((world.heard(channel), world.closed.pop()), (vec![], Some(channel)), "{origin}");
    }
    assert_eq!((world.data("s"), world.refused.len(), world.service.metrics().connections), (None, 0, 0));
    let told: Vec<_> = strange.iter().map(|origin| (origin.to_string(), Rejection::NoGrant)).collect();
    assert_eq!(world.rejected, told, "the owner's log is told of each");
}

#[test]
fn the_owner_s_log_is_told_why_a_hello_was_not_welcomed() {
    let mut world = World::new();
    world.hello(1, A, Hello { versions: 90..=91, ..hello(1) });
    assert_eq!(world.rejected, [(A.to_string(), Rejection::NoCommonVersion(90..=91))]);
    for channel in 2..200 {
        world.hello(channel, B, hello(channel));
    }
    assert_eq!(world.rejected.get(1..), Some(&[(B.to_string(), Rejection::TooMany)][..]), "once, not for each");
}

#[test]
fn without_a_common_protocol_version_only_that_is_said() {
    let mut world = World::new();
    world.hello(1, A, Hello { versions: 5..=7, ..hello(1) });
    assert_eq!((world.heard(1), &world.refused[..], &world.closed[..]), (vec![], &[1][..], &[1][..]));
    world.hello(2, A, Hello { versions: 0..=7, ..hello(2) });
    assert!(matches!(world.heard(2)[0], ToManager::Welcome { .. }));
}

#[test]
fn hellos_wait_for_the_store_and_the_newest_attempt_is_answered() {
    let mut world = World::unopened(config(), Memory::new());
    let attempt = |client, attempt| Hello { attempt, ..hello(client) };
    world.hello(1, A, attempt(1, 1));
    world.hello(2, A, attempt(1, 3));
    world.hello(3, A, attempt(1, 2));
    world.hello(4, A, attempt(2, 1));
    world.hello(5, B, attempt(1, 1));
    assert_eq!(world.closed, [1, 3]);
    world.take(opened(STATUS));
    for (channel, answered) in [(1, false), (2, true), (3, false), (4, true), (5, true)] {
        assert_eq!(world.heard(channel).len(), if answered { 3 } else { 0 }, "{channel}");
    }
    // An attempt that was overtaken on its way changes nothing.
    world.hello(6, A, attempt(1, 2));
    assert_eq!((world.heard(6), world.closed.last()), (vec![], Some(&6)));
    world.write(2, 1, add("s"));
    assert!(world.data("s").is_some());
}

#[test]
fn hostile_11_a_second_hello_replaces_the_connection() {
    let mut world = World::new();
    world.connect(1, A);
    world.prompt = false;
    world.write(1, 1, add("s"));
    world.hello(2, A, Hello { attempt: 2, ..hello(1) });
    assert_eq!(world.closed, [1]);
    world.write(1, 2, add("old channel"));
    world.resume();
    assert_eq!(world.data("old channel"), None);
    assert_eq!(world.outcomes(2), [(1, Outcome::Accepted(2))], "what waited is told on the new channel");
    assert_eq!(world.service.metrics().connections, 1);
    // The same client id from another origin is another page.
    world.hello(3, B, Hello { attempt: 3, ..hello(1) });
    assert_eq!(world.service.metrics().connections, 2);
}

#[test]
fn a_page_that_leaves_is_forgotten_but_not_what_it_wrote() {
    let mut world = World::new();
    world.connect(1, A);
    world.heard(1);
    world.prompt = false;
    world.write(1, 1, add("s"));
    world.say(1, &ToService::Bye);
    assert_eq!((world.closed.last(), world.service.metrics().connections), (Some(&1), 0));
    world.resume();
    assert!(world.data("s").is_some());
    assert_eq!(world.heard(1), []);
}

#[test]
fn the_grant_has_a_digest_that_changes_with_it() {
    let grants = |world: &mut World| {
        world.connect(1, A);
        world.connect(2, READER);
        [1, 2].map(|channel| match world.heard(channel)[0] {
            ToManager::Welcome { grant, .. } => grant,
            _ => panic!(),
        })
    };
    let first = grants(&mut World::new());
    let mut other = config();
    other.grants = vec![Grant::plain(READER.to_string(), false), Grant::plain(A.to_string(), false)];
    let second = grants(&mut World::with(other, Memory::new()));
    assert_eq!(first[1], second[1], "the same grant, in another place");
    assert_ne!(first[0], second[0]);
    assert!(first.iter().all(|digest| *digest < 1 << 53));
}

#[test]
fn stop_says_goodbye_and_then_nothing() {
    let mut world = World::new();
    world.connect(1, A);
    world.heard(1);
    world.prompt = false;
    world.write(1, 1, add("s"));
    world.take(Input::Stop);
    assert_eq!(world.heard(1), [ToManager::Goodbye(Code::Closed)]);
    assert_eq!(world.closed, [1]);
    let (task, _) = world.asked.pop_front().unwrap();
    world.take(Input::Answered { task, answer: Answer::Committed });
    world.connect(2, A);
    world.take(Input::StoreChanged);
    world.take(opened(STATUS));
    assert_eq!((world.heard(1), world.heard(2), world.asked.len()), (vec![], vec![], 0));
    assert_eq!((world.closed.last(), crate::machine::Machine::poll_timeout(&world.service)), (Some(&2), None));
    let mut waiting = World::unopened(config(), Memory::new());
    waiting.connect(1, A);
    waiting.take(Input::Stop);
    assert_eq!((waiting.heard(1), &waiting.closed[..]), (vec![ToManager::Goodbye(Code::Closed)], &[1][..]));
}

#[test]
fn one_origin_has_a_bounded_number_of_connections() {
    let mut world = World::new();
    world.connect(500, B);
    for channel in 1..=65 {
        world.connect(channel, A);
    }
    assert_eq!((world.service.metrics().connections, &world.closed[..]), (65, &[1][..]));
    assert_eq!(world.heard(1).last(), Some(&ToManager::Goodbye(Code::LimitExceeded)));
    let mut waiting = World::unopened(config(), Memory::new());
    for channel in 1..=65 {
        waiting.connect(channel, A);
    }
    assert_eq!((waiting.heard(1), &waiting.closed[..]), (vec![], &[1][..]));
}

#[test]
fn pages_are_told_when_sessions_are_kept_elsewhere() {
    let mut world = World::new();
    world.connect(1, A);
    world.heard(1);
    let memory = StorageStatus { level: StorageLevel::Memory, shared: false, ..STATUS };
    world.take(opened(memory));
    assert_eq!(world.heard(1), [ToManager::Storage(memory)]);
    assert_eq!(world.service.status(), memory);
}
