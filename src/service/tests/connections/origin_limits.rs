//! How much one site may say and ask for, and that the others do not feel it.

use alloc::string::ToString;
use alloc::vec;

use super::limits::limited;
use crate::ambient::Span;
use crate::error::Code;
use crate::protocol::{Hello, ResumeFrom, ToManager, ToService};
use crate::service::tests::heard::puts;
use crate::service::tests::world::{A, B, STATUS, World, add, config, hello, id, json, opened, patch};
use crate::service::{ChannelId, Input, Limits};
use crate::session::{Mutation, Outcome};
use crate::storage::Memory;

/// Says this over and over, until the page is sent away or it was said so often.
fn flood(world: &mut World, channel: u64, message: &ToService, times: usize) -> usize {
    (0..times)
        .find(|_| {
            world.say(channel, message);
            world.closed.contains(&channel)
        })
        .unwrap_or(times)
}

#[test]
fn hostile_24_a_page_that_says_too_much_is_told_once_and_heard_no_more() {
    let mut world = limited(Limits::default());
    assert_eq!(flood(&mut world, 1, &ToService::Ack(0), 10_000), 2_000);
    assert_eq!(world.heard(1), [ToManager::Goodbye(Code::LimitExceeded)]);
    world.say(1, &ToService::Sync { id: 1, from: ResumeFrom::LastSent, took: 0 });
    assert_eq!((world.heard(1), &world.closed[..]), (vec![], &[1][..]));
    // Another name does not help the site: it waits a while, without a word.
    world.hello(5, A, hello(5));
    assert_eq!((world.heard(5), world.closed.contains(&5)), (vec![], true));
    // Nobody else feels it.
    world.write(3, 1, add("t"));
    assert!(matches!(world.outcome(3), Outcome::Accepted(_)));
    world.connect(6, B);
    assert!(matches!(world.heard(6)[0], ToManager::Welcome { .. }));
    world.pass(Span::from_secs(1));
    world.hello(7, A, Hello { attempt: 2, ..hello(1) });
    assert!(matches!(world.heard(7)[0], ToManager::Welcome { .. }));
    world.write(7, 1, add("u"));
    assert!(matches!(world.outcome(7), Outcome::Accepted(_)));
}

#[test]
fn hostile_24_what_is_long_or_starts_over_weighs_more_and_what_is_no_message_weighs_too() {
    let start = ToService::Sync { id: 1, from: ResumeFrom::Held(None), took: 0 };
    assert_eq!(flood(&mut limited(Limits::default()), 1, &start, 100), 19);
    let mut world = limited(Limits::default());
    let fat = alloc::format!(r#"{{"a":"{}"}}"#, "x".repeat(900_000));
    let write = world.made(1, vec![patch("none", &fat)]);
    let sent = flood(&mut world, 1, &ToService::Writes { settled: 0, writes: vec![write] }, 1_000);
    assert!((30..40).contains(&sent), "{sent}");
    let mut world = limited(Limits::default());
    for _ in 0..2_001 {
        world.take(Input::Message { channel: ChannelId(1), bytes: vec![] });
    }
    assert_eq!((world.closed.pop(), world.service.metrics().malformed), (Some(1), 2_000));
}

#[test]
fn hostile_24_several_pages_of_one_site_share_what_it_may_say() {
    let mut world = limited(Limits::default());
    world.connect(4, A);
    assert_eq!(flood(&mut world, 4, &ToService::Ack(0), 1_500), 1_500);
    assert_eq!(flood(&mut world, 1, &ToService::Ack(0), 1_500), 500);
    // Another site has its own.
    assert_eq!(flood(&mut world, 3, &ToService::Ack(0), 1_500), 1_500);
}

#[test]
fn hostile_24_hellos_are_bounded_and_the_first_too_many_is_told() {
    let mut world = World::new();
    for channel in 0..10_000 {
        world.hello(channel, A, hello(channel));
        world.hello(1_000_000 + channel, "https://evil.example", hello(channel));
        world.pass(Span(100));
    }
    // 128 at once, and four in each of the seconds that it took.
    let welcomed =
        (0..10_000).filter(|channel| matches!(world.heard(*channel).first(), Some(ToManager::Welcome { .. })));
    assert!((128..=133).contains(&welcomed.count()));
    assert_eq!(world.service.metrics().connections, 64);
    world.connect(20_000, B);
    assert!(matches!(world.heard(20_000)[0], ToManager::Welcome { .. }));
    let mut world = World::new();
    for channel in 0..200 {
        world.connect(channel, A);
    }
    let told = (0..200).filter(|channel| world.heard(*channel)[..] == [ToManager::Goodbye(Code::LimitExceeded)]);
    assert_eq!(told.collect::<Vec<_>>(), [128], "and the others hear nothing");
}

#[test]
fn hostile_24_who_speaks_before_the_welcome_is_not_welcomed() {
    let mut world = World::unopened(config(), Memory::new());
    world.connect(1, A);
    world.connect(2, A);
    world.say(1, &ToService::Ack(0));
    assert_eq!(world.closed, [1]);
    world.take(opened(STATUS));
    assert_eq!(world.heard(1), []);
    assert!(matches!(world.heard(2)[0], ToManager::Welcome { .. }));
}

#[test]
fn hostile_22_bytes_that_wait_of_one_site_are_bounded_whatever_its_pages_call_themselves() {
    let mut world = limited(Limits { writes_per_second: 1, message_bytes: 100_000, ..Limits::default() });
    let fat = alloc::format!(r#"{{"a":"{}"}}"#, "x".repeat(90_000));
    let mut sent = 0;
    for channel in 10..40 {
        world.connect(channel, A);
        for n in 1..=7 {
            let write = world.made(n, vec![patch("s", &fat)]);
            world.writes(channel, 0, vec![write]);
            sent += usize::from(!world.closed.contains(&channel));
        }
    }
    assert!((12..=60).contains(&sent), "{sent}");
    assert!(world.service.queue.bytes_of(A) <= 17 * 100_000);
}

#[test]
fn hostile_24_where_many_are_to_be_told_much_it_is_laid_out_in_turns() {
    let mut world = limited(Limits::default());
    let large = alloc::format!(r#"{{"a":"{}"}}"#, "x".repeat(60_000));
    for n in 1..=30 {
        let id = id(&alloc::format!("s{n}"));
        world.write(
            1,
            n,
            Mutation::Add { id, user_id: "u".to_string(), data: json(&large), terms: Default::default() },
        );
        world.say(1, &ToService::Ack(n));
    }
    for channel in 10..30 {
        world.connect(channel, A);
        assert_eq!(puts(&world.heard(channel)).len(), 30);
    }
    for connection in world.service.connections.values_mut() {
        connection.sync(9, ResumeFrom::Held(None), 1_000, 0);
    }
    world.service.feed(world.now);
    assert!((256..300).contains(&world.service.out.len()), "{}", world.service.out.len());
    world.pass(Span::ZERO);
    for channel in 10..30 {
        assert_eq!(puts(&world.heard(channel)).len(), 30, "{channel}");
    }
}

#[test]
fn hostile_24_hellos_of_no_common_version_are_bounded_too() {
    let mut world = World::new();
    for channel in 0..1_000 {
        world.hello(channel, A, Hello { versions: 9..=9, ..hello(channel) });
    }
    assert_eq!((world.refused.len(), world.closed.len()), (128, 1_000));
    world.pass(Span::from_millis(250));
    world.hello(1_000, A, Hello { versions: 9..=9, ..hello(1_000) });
    assert_eq!(world.refused.last(), Some(&1_000));
}
