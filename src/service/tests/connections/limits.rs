//! What goes over a limit, or is no message at all.

use alloc::vec;
use alloc::vec::Vec;

use crate::ambient::Span;
use crate::error::Code;
use crate::protocol::{Hello, ToManager, ToService, encode};
use crate::service::tests::world::{A, B, NEWEST, READER, World, add, config, hello, id, json, patch, remove};
use crate::service::{ChannelId, Config, Input, Limits};
use crate::session::{Mutation, Outcome, Write};
use crate::storage::Memory;

pub fn limited(limits: Limits) -> World {
    let mut world = World::with(Config { limits, ..config() }, Memory::new());
    for (channel, origin) in [(1, A), (2, READER), (3, B)] {
        world.connect(channel, origin);
        world.heard(channel);
    }
    world
}

#[test]
fn what_is_no_message_is_counted_and_nothing_else() {
    let mut world = limited(Limits { message_bytes: 500, ..Limits::default() });
    let good = encode(NEWEST, &ToService::Writes { settled: 0, writes: vec![world.made(1, vec![add("s")])] }).unwrap();
    let mut bad = vec![vec![], vec![0], vec![NEWEST], vec![NEWEST + 1, 0], vec![NEWEST, 9], vec![NEWEST; 501]];
    bad.push([&good[..], &[0]].concat());
    bad.push(good.get(..good.len() - 1).unwrap().to_vec());
    bad.push([&[NEWEST - 1], good.get(1..).unwrap()].concat());
    let count = bad.len() as u64;
    for bytes in bad {
        world.take(Input::Message { channel: ChannelId(1), bytes: bytes.clone() });
        assert_eq!(world.heard(1), [], "{bytes:?}");
    }
    world.take(Input::Malformed);
    assert_eq!(world.service.metrics().malformed, count + 1);
    assert_eq!((world.head().seq, world.closed.len()), (1, 0));
    world.take(Input::Message { channel: ChannelId(99), bytes: good.clone() });
    world.take(Input::Message { channel: ChannelId(1), bytes: good });
    assert_eq!(world.outcomes(1), [(1, Outcome::Accepted(2))]);
}

#[test]
fn random_bytes_do_no_harm() {
    let mut world = limited(Limits::default());
    let mut seed = 7_u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize
    };
    let good = [
        ToService::Writes { settled: 3, writes: vec![world.made(5, vec![add("s"), patch("s", "{}"), remove("s")])] },
        ToService::Sync { id: 1, from: crate::protocol::ResumeFrom::Held(Some(world.head())), took: 1 },
        ToService::Ack(9),
    ]
    .map(|message| encode(NEWEST, &message).unwrap());
    for _ in 0..100_000 {
        let mut bytes = good[next() % 3].clone();
        for _ in 0..1 + next() % 4 {
            let at = next() % bytes.len();
            bytes[at] = next() as u8;
        }
        world.take(Input::Message { channel: ChannelId(1), bytes });
        world.heard(1);
        if !world.closed.is_empty() {
            world.closed.clear();
            world.connect(1, A);
        }
        world.pass(Span::from_millis(2));
    }
    assert!(world.service.metrics().malformed > 1_000);
    // The others are served as before.
    world.heard(3);
    world.write(3, 1, add("after"));
    assert!(world.data("after").is_some());
    assert_eq!(world.reread().head(), world.head());
}

#[test]
fn a_page_that_may_not_write_is_refused_at_once() {
    let mut world = limited(Limits::default());
    for (n, mutation) in [(1, add("s")), (2, Mutation::Activate(None)), (3, remove("s")), (4, patch("s", "{}"))] {
        world.write(2, n, mutation);
        assert_eq!(world.outcome(2).refusal(), Some(Code::Forbidden));
    }
    assert_eq!(world.commits(), 1, "only the store's own first");
    assert_eq!(world.service.metrics().refused, 4);
}

#[test]
fn what_cannot_be_right_is_refused_at_once_and_stays_so() {
    let mut world = limited(Limits::default());
    let named = |user_id: &str| Mutation::Add {
        id: id("s"),
        user_id: user_id.into(),
        data: json("{}"),
        terms: Default::default(),
    };
    let cases = [
        (vec![named("")], Code::InvalidArgument),
        (vec![named(&"u".repeat(257))], Code::InvalidArgument),
        (vec![Mutation::Activate(None); 1_001], Code::LimitExceeded),
        (vec![], Code::InvalidArgument),
        (vec![named("a\u{0}")], Code::InvalidArgument),
        (vec![named("\u{7f}a")], Code::InvalidArgument),
    ];
    for (n, (mutations, code)) in (1..).zip(cases) {
        let write = world.made(n, mutations);
        world.writes(1, 0, vec![write]);
        assert_eq!(world.outcome(1).refusal(), Some(code));
        let good = world.made(n, vec![add("s")]);
        world.writes(1, 0, vec![good]);
        assert_eq!(world.outcome(1).refusal(), Some(code), "write {n} is decided");
    }
    assert_eq!(world.commits(), 1);
    // One that stands behind it is taken.
    let behind = Write { predecessor: 6, ..world.made(7, vec![add("s")]) };
    world.writes(1, 0, vec![behind]);
    assert!(matches!(world.outcome(1), Outcome::Accepted(_)));
    let behind = Write { predecessor: 0, ..world.made(8, vec![named(&"u".repeat(256))]) };
    world.writes(1, 0, vec![behind]);
    assert_eq!(world.outcome(1), Outcome::Refused(Code::AlreadyExists));
}

#[test]
fn data_is_bounded_after_the_merge() {
    let mut world = limited(Limits { data_bytes: 20, ..Limits::default() });
    world.write(
        1,
        1,
        Mutation::Add {
            id: id("s"),
            user_id: "u".into(),
            data: json(r#"{"a":"0123456789"}"#),
            terms: Default::default(),
        },
    );
    assert!(matches!(world.outcome(1), Outcome::Accepted(_)));
    world.write(1, 2, patch("s", r#"{"b":"0"}"#));
    assert_eq!(world.outcome(1).refusal(), Some(Code::LimitExceeded));
    world.write(1, 3, patch("s", r#"{"a":"012345678901"}"#));
    assert!(matches!(world.outcome(1), Outcome::Accepted(_)));
    world.write(
        1,
        4,
        Mutation::Add {
            id: id("t"),
            user_id: "u".into(),
            data: json(r#"{"a":"0123456789012"}"#),
            terms: Default::default(),
        },
    );
    assert_eq!(world.outcome(1).refusal(), Some(Code::LimitExceeded));
    assert_eq!(world.data("s").unwrap(), r#"{"a":"012345678901"}"#);
    let refusals = world.commits();
    world.write(1, 4, remove("s"));
    assert_eq!((world.outcome(1).refusal(), world.commits()), (Some(Code::LimitExceeded), refusals), "recorded");
}

#[test]
fn sessions_are_bounded_in_weight_and_may_shrink_and_go_when_it_is_reached() {
    let limits = Limits { total_bytes: 1_000, ..Limits::default() };
    let mut world = limited(limits);
    world.write(1, 1, add("a"));
    world.write(1, 2, add("b"));
    world.write(1, 3, patch("a", r#"{"text":"0123456789"}"#));
    world.write(1, 4, add("c"));
    world.heard(1);
    world.write(1, 5, patch("a", &format!(r#"{{"more":"{}"}}"#, "x".repeat(250))));
    assert_eq!(world.outcome(1).refusal(), Some(Code::LimitExceeded));
    world.write(1, 6, patch("a", r#"{"text":null}"#));
    assert!(matches!(world.outcome(1), Outcome::Accepted(_)));
    world.write(1, 7, add("d"));
    assert_eq!(world.outcome(1).refusal(), Some(Code::LimitExceeded));
    world.write(1, 8, remove("b"));
    world.heard(1);
    world.write(1, 9, add("d"));
    assert!(matches!(world.outcome(1), Outcome::Accepted(_)));
    // Whoever comes later counts the same.
    let mut later = World::with(Config { limits, ..config() }, world.store.clone());
    later.connect(4, A);
    later.heard(4);
    later.write(4, 1, add("e"));
    assert_eq!(later.outcome(4).refusal(), Some(Code::LimitExceeded));
}

#[test]
fn sessions_are_bounded_in_number() {
    let mut world = limited(Limits { sessions: 3, ..Limits::default() });
    let write = world.made(1, vec![add("a"), add("b"), remove("a"), add("c"), add("d")]);
    world.writes(1, 0, vec![write]);
    assert!(matches!(world.outcome(1), Outcome::Accepted(_)));
    world.write(1, 2, add("e"));
    assert_eq!(world.outcome(1).refusal(), Some(Code::LimitExceeded));
    let write = world.made(3, vec![remove("b"), add("f"), add("g")]);
    world.writes(1, 0, vec![write]);
    assert_eq!(world.outcome(1).refusal(), Some(Code::LimitExceeded));
    let write = world.made(4, vec![remove("b"), add("f")]);
    world.writes(1, 0, vec![write]);
    assert!(matches!(world.outcome(1), Outcome::Accepted(_)));
    assert_eq!(world.service.metrics().sessions, 3);
}

#[test]
fn writes_beyond_the_rate_wait_in_order() {
    let mut world = limited(Limits { writes_per_second: 10, ..Limits::default() });
    let writes: Vec<_> = (1..=25)
        .map(|n| Write {
            predecessor: n - 1,
            ..world.made(n, vec![if n == 1 { add("s") } else { patch("s", &alloc::format!(r#"{{"n":{n}}}"#)) }])
        })
        .collect();
    world.writes(1, 0, writes.clone());
    assert_eq!(world.outcomes(1).len(), 10);
    world.writes(1, 10, writes.get(10..).unwrap().to_vec());
    assert_eq!(world.outcomes(1).len(), 0, "sent again, they do not wait twice");
    // Another page is not held up.
    world.write(3, 1, add("t"));
    assert!(world.data("t").is_some());
    world.pass(Span::from_millis(499));
    assert_eq!(world.outcomes(1).len(), 4);
    // One that comes when the rate allows one more does not overtake those that wait.
    world.now.instant = world.now.instant.after(Span::from_millis(1));
    let late = world.made(26, vec![patch("s", r#"{"m":1}"#)]);
    world.writes(1, 10, vec![late]);
    assert_eq!(world.outcomes(1).first().map(|(n, _)| *n), Some(15));
    // Reconnecting does not help, and loses nothing.
    world.hello(9, A, Hello { attempt: 2, ..hello(1) });
    world.heard(9);
    world.pass(Span::from_millis(500));
    assert_eq!(world.outcomes(9).len(), 5);
    world.pass(Span::from_secs(1));
    assert_eq!(world.outcomes(9).len(), 6);
    assert_eq!(world.data("s").unwrap(), r#"{"n":25,"m":1}"#);
}

#[test]
fn a_page_that_floods_is_sent_away_and_others_stay() {
    let mut world = limited(Limits { writes_per_second: 1, ..Limits::default() });
    let writes: Vec<_> = (1..=514).map(|n| world.made(n, vec![patch("s", "{}")])).collect();
    world.writes(1, 0, writes);
    assert_eq!(world.heard(1).last(), Some(&ToManager::Goodbye(Code::LimitExceeded)));
    assert_eq!(world.closed, [1]);
    assert_eq!(world.service.metrics().connections, 2);
    world.write(3, 1, add("t"));
    assert!(world.data("t").is_some());
    let commits = world.commits();
    world.pass(Span::from_secs(600));
    assert_eq!(world.commits(), commits, "what was held back of it is forgotten");
    // It may come again.
    world.hello(9, A, Hello { attempt: 2, ..hello(1) });
    world.heard(9);
    world.write(9, 600, add("u"));
    assert!(matches!(world.outcome(9), Outcome::Accepted(_)));
    let writes: Vec<_> = (601..=610).map(|n| world.made(n, vec![patch("s", "{}")])).collect();
    world.writes(9, 0, writes);
    let author = world.service.connections.get(&ChannelId(9)).unwrap().author.clone();
    assert_eq!(world.service.queue.load(&author).0, 10);
    world.say(9, &ToService::Bye);
    assert_eq!(world.service.queue.load(&author), (0, 0));
}

#[test]
fn writes_that_wait_are_bounded_in_number() {
    let mut world = limited(Limits { writes_per_second: 1, ..Limits::default() });
    // One has its turn, and waits no more.
    for (first, count) in [(1, 512), (513, 512), (1_025, 1)] {
        assert!(world.closed.is_empty());
        let writes = (first..first + count).map(|n| world.made(n, vec![patch("s", "{}")])).collect();
        world.writes(1, 0, writes);
    }
    assert!(world.closed.is_empty());
    let one_more = world.made(1_026, vec![patch("s", "{}")]);
    world.writes(1, 0, vec![one_more]);
    assert_eq!(world.heard(1).last(), Some(&ToManager::Goodbye(Code::LimitExceeded)));
    assert_eq!(world.closed, [1]);
}

#[test]
fn bytes_that_wait_are_bounded() {
    let mut world = limited(Limits { writes_per_second: 1, ..Limits::default() });
    let fat = alloc::format!(r#"{{"a":"{}"}}"#, "x".repeat(1_000_000));
    for n in 1..=12 {
        let write = world.made(n, vec![patch("s", &fat)]);
        world.writes(1, 0, vec![write]);
    }
    assert_eq!(world.heard(1).last(), Some(&ToManager::Goodbye(Code::LimitExceeded)));
}

#[test]
fn a_page_that_settles_nothing_is_sent_away() {
    let mut world = limited(Limits::default());
    for n in 1..=1_025 {
        world.write(1, n, patch("s", "{}"));
        world.say(1, &ToService::Ack(n));
        world.pass(Span::from_millis(10));
    }
    assert_eq!(world.heard(1).last(), Some(&ToManager::Goodbye(Code::LimitExceeded)));
}

#[test]
fn hostile_24_refusals_are_bounded_like_every_other_outcome() {
    // Falling numbers, which cost most to remember.
    let refused = |world: &World, first: u64, last: u64| -> Vec<_> {
        (first..=last).rev().map(|n| world.made(n, vec![patch("s", "{}")])).collect()
    };
    let mut world = limited(Limits::default());
    for first in [1, 513] {
        let writes = refused(&world, first, first + 511);
        world.writes(2, 0, writes);
        assert_eq!(world.outcomes(2).len(), 512);
    }
    let one_more = refused(&world, 1_025, 1_025);
    world.writes(2, 0, one_more);
    assert_eq!(world.heard(2), [ToManager::Goodbye(Code::LimitExceeded)]);
    let mut world = limited(Limits::default());
    let writes = refused(&world, 1, 513);
    world.writes(2, 0, writes);
    assert_eq!(world.heard(2), [ToManager::Goodbye(Code::LimitExceeded)], "so many at once are not even refreshed at");
}

#[test]
fn hostile_22_a_few_bytes_do_not_make_a_commit_of_all_that_there_is() {
    let mut world = limited(Limits::default());
    let fat = alloc::format!(r#"{{"k":"{}"}}"#, "x".repeat(60_000));
    let names: Vec<_> = (0..80).map(|n| alloc::format!("s{n}")).collect();
    for (n, name) in (1..).zip(&names) {
        world.write(
            1,
            n,
            Mutation::Add { id: id(name), user_id: "u".into(), data: json(&fat), terms: Default::default() },
        );
        world.say(1, &ToService::Ack(n));
        world.heard(1);
    }
    let touch = |count: usize| names.iter().take(count).map(|name| patch(name, "{}")).collect::<Vec<_>>();
    let commits = world.commits();
    let write = world.made(101, touch(71));
    world.writes(1, 100, vec![write]);
    assert_eq!(world.outcome(1).refusal(), Some(Code::LimitExceeded));
    // One session over and over costs as much.
    let write = world.made(102, vec![patch("s0", "{}"); 71]);
    world.writes(1, 101, vec![write]);
    assert_eq!((world.outcome(1).refusal(), world.commits()), (Some(Code::LimitExceeded), commits + 2));
    // Each of these is small enough, and only two go into one commit. Each of those is not, and goes alone: what was laid out
    // for it is work that was done.
    for (from, count, most) in [(103, 40, 3), (107, 71, 4)] {
        let commits = world.commits();
        world.prompt = false;
        let writes: Vec<_> =
            (from..from + 4).map(|n| Write { predecessor: n - 1, ..world.made(n, touch(count)) }).collect();
        let (first, rest) = writes.split_at(1);
        world.writes(1, from - 1, first.to_vec());
        world.writes(1, from - 1, rest.to_vec());
        world.resume();
        let author = world.service.connections.get(&ChannelId(1)).unwrap().author.clone();
        let outcomes: Vec<_> = world.service.replica.state.client(&author).unwrap().outcomes.all().collect();
        assert_eq!((outcomes.len(), world.commits()), (4, commits + most), "{outcomes:?}");
        let refused = Outcome::Refused(Code::LimitExceeded);
        assert!(outcomes.iter().all(|(_, outcome)| (*outcome == refused) == (count > 70)), "{outcomes:?}");
    }
}
