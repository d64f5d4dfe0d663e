//! What a refusal says beyond its code.

use alloc::vec;

use crate::error::Code;
use crate::protocol::Hello;
use crate::service::tests::connections::sight::{NARROW, narrow};
use crate::service::tests::world::{A, READER, World, add, config, hello, id, json, patch, remove};
use crate::service::{Config, Limits, Operations};
use crate::session::{Mutation, Outcome, Why};
use crate::storage::Memory;

fn world(limits: Limits) -> World {
    let mut grants = config().grants;
    grants.push(narrow(&["theme", "size"], Operations::from_bits(1 | 2)));
    let mut world = World::with(Config { grants, limits, ..config() }, Memory::new());
    for (page, origin) in [(1, A), (2, NARROW), (3, READER)] {
        world.connect(page, origin);
    }
    world.write(1, 1, add("s"));
    for page in [1, 2, 3] {
        world.heard(page);
    }
    world
}

#[test]
fn a_forbidden_write_is_told_which_operation_or_key_it_is() {
    let mut world = world(Limits::default());
    let activate = Mutation::Activate(None);
    let cases = [
        (2, vec![add("t")], Why::UserId),
        (2, vec![remove("s")], Why::Operation(0)),
        (2, vec![patch("s", "{}"), activate.clone()], Why::Operation(1)),
        (2, vec![patch("s", r#"{"theme":1,"size":2,"name":3,"more":4}"#)], Why::Key { mutation: 0, member: 2 }),
        (2, vec![patch("s", "{}"), patch("none", r#"{"a":{"theme":1}}"#)], Why::Key { mutation: 1, member: 0 }),
        (3, vec![activate], Why::Operation(0)),
    ];
    for (n, (page, mutations, why)) in (10..).zip(cases) {
        let write = world.made(n, mutations);
        world.writes(page, 0, vec![write.clone()]);
        assert_eq!(world.outcome(page), Outcome::Denied(why));
        world.writes(page, 0, vec![write]);
        assert_eq!(world.outcome(page), Outcome::Denied(why), "sent again it is told the same");
    }
}

#[test]
fn a_write_over_a_limit_is_told_its_size_and_the_limit() {
    let limits = Limits { data_bytes: 20, sessions: 2, total_bytes: 900, ..Limits::default() };
    let mut world = world(limits);
    let large = |name: &str| Mutation::Add {
        id: id(name),
        user_id: "u".into(),
        data: json(r#"{"a":"0123456789012"}"#),
        terms: Default::default(),
    };
    let cases = [
        (vec![large("t")], Why::DataBytes { bytes: 21, limit: 20 }),
        (vec![add("t"), add("u")], Why::Sessions(2)),
        (vec![Mutation::Activate(None); 1_001], Why::Mutations(1_000)),
    ];
    for (n, (mutations, why)) in (10..).zip(cases) {
        let write = world.made(n, mutations);
        world.writes(1, 0, vec![write.clone()]);
        assert_eq!(world.outcome(1), Outcome::Denied(why));
        // What is recorded in the store is known to the next service too, but for what never gets that far.
        if !matches!(why, Why::Mutations(_)) {
            let mut later = world.reread();
            later.hello(9, A, hello(1));
            later.heard(9);
            later.writes(9, 0, vec![write]);
            assert_eq!(later.outcome(9), Outcome::Denied(why));
        }
    }
    let mut full =
        World::with(Config { limits: Limits { total_bytes: 600, ..Limits::default() }, ..config() }, Memory::new());
    full.connect(1, A);
    let write = full.made(1, vec![add("a"), add("b"), add("c")]);
    full.writes(1, 0, vec![write]);
    assert_eq!(full.outcome(1), Outcome::Denied(Why::TotalBytes(600)));
}

#[test]
fn an_older_page_is_told_the_code() {
    let mut world = world(Limits { sessions: 1, ..Limits::default() });
    for versions in [1..=1, 1..=2] {
        let page = 20 + u64::from(*versions.end());
        world.hello(page, A, Hello { versions: versions.clone(), ..hello(page) });
        world.heard(page);
        world.write(page, 1, add("t"));
        assert_eq!(world.outcome(page), Outcome::Refused(Code::LimitExceeded));
        world.hello(page + 10, READER, Hello { versions, ..hello(page) });
        world.heard(page + 10);
        world.write(page + 10, 1, add("t"));
        assert_eq!(world.outcome(page + 10), Outcome::Refused(Code::Forbidden));
    }
}
