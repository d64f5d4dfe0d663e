//! What a site may not see, it does not hear of, on any path.

use alloc::string::ToString;
use alloc::vec::Vec;
use alloc::{format, vec};

use crate::ambient::Span;
use crate::protocol::{Hello, ResumeFrom, ToManager, ToService, encode};
use crate::service::tests::heard::{grant, steps, synced};
use crate::service::tests::world::{A, NEWEST, World, config, hello, id, json, opened, patch, remove};
use crate::service::{ChannelId, Config, Grant, Input, Operations, Read};
use crate::session::{Change, Mutation, Session};
use crate::storage::Memory;

/// In every name and value that the narrow site is not to hear of.
const CANARY: &str = "CANARY";
/// Sees nothing of `data` but the theme, and no user.
pub const NARROW: &str = "https://narrow.example";

pub fn narrow(keys: &[&str], write: Operations) -> Grant {
    let keys = keys.iter().map(|key| format!("\"{key}\"")).collect();
    Grant { origin: NARROW.to_string(), read: Read::keys(keys), write }
}

pub fn granted() -> Config {
    Config { grants: vec![Grant::plain(A.to_string(), true), narrow(&["theme"], Operations::ALL)], ..config() }
}

/// Page 1 sees and does everything, page 2 is narrow. There is session `s`, all of which but its theme is secret.
pub fn world() -> World {
    let mut world = World::with(granted(), Memory::new());
    world.connect(1, A);
    world.write(1, 1, secret("s"));
    world.connect(2, NARROW);
    world.heard(1);
    world
}

pub fn secret(name: &str) -> Mutation {
    let data = json(r#"{"CANARY key":"CANARY value","theme":"dark"}"#);
    Mutation::Add { id: id(name), user_id: format!("{CANARY} user"), data, terms: Default::default() }
}

pub fn hidden(name: &str, n: u64) -> Mutation {
    patch(name, &format!(r#"{{"CANARY key":"{CANARY} {n}"}}"#))
}

pub fn is_clean(messages: &[ToManager]) {
    for message in messages {
        let bytes = encode(NEWEST, message).unwrap();
        assert!(!bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes()), "{message:?}");
    }
}

/// What the page heard, none of which is secret.
pub fn clean(world: &mut World, channel: u64) -> Vec<ToManager> {
    let heard = world.heard(channel);
    is_clean(&heard);
    heard
}

pub fn sessions(messages: &[ToManager]) -> Vec<Session> {
    let mut found = Vec::new();
    for message in messages {
        match message {
            ToManager::Page { sessions, .. } => found.extend(sessions.iter().cloned()),
            ToManager::Event { changes, .. } => found.extend(changes.iter().filter_map(|change| match change {
                Change::Put(session) => Some(session.clone()),
                _ => None,
            })),
            _ => {}
        }
    }
    found
}

#[test]
fn a_snapshot_holds_what_is_granted_and_is_parted_by_that_alone() {
    let mut world = world();
    let [session] = &sessions(&clean(&mut world, 2))[..] else { panic!() };
    assert_eq!((session.data.as_str(), session.user_id.as_str()), (r#"{"theme":"dark"}"#, ""));
    let state = world.service.replica.state.session(&id("s")).unwrap().session.clone();
    assert_eq!(
        (session.version, session.created_at, session.last_active_at),
        (Some(2), state.created_at, state.last_active_at)
    );
    for n in 2..6 {
        let fat = json(&format!(r#"{{"CANARY key":"{}"}}"#, "x".repeat(60_000)));
        world.write(
            1,
            n,
            Mutation::Add { id: id(&n.to_string()), user_id: "u".to_string(), data: fat, terms: Default::default() },
        );
    }
    world.connect(3, NARROW);
    assert_eq!(steps(&clean(&mut world, 3)), [(None, 6)], "all in one part");
    // The user id is granted by its name.
    world.take(Input::Grants(vec![narrow(&["userId"], Operations::NONE)]));
    world.connect(4, NARROW);
    let shown = sessions(&world.heard(4));
    assert!(shown.iter().any(|session| session.user_id == "CANARY user"));
    assert!(shown.iter().all(|session| session.data.as_str() == "{}"));
}

#[test]
fn hostile_29_a_commit_that_shows_nothing_is_not_told_of_and_the_next_one_follows_what_is_held() {
    let mut world = world();
    world.write(1, 2, secret("t"));
    world.heard(2);
    world.write(1, 3, hidden("s", 3));
    world.write(1, 4, patch("t", r#"{"theme":"dark"}"#));
    world.write(1, 5, patch("none", "{}"));
    // Far too much for one event, if it were told.
    let fat = json(&format!(r#"{{"CANARY key":"{}"}}"#, "x".repeat(60_000)));
    let mutations = (0..6).map(|_| Mutation::Update { id: id("s"), patch: fat.clone(), if_version: None });
    let write = world.made(6, mutations.collect());
    world.writes(1, 0, vec![write]);
    assert_eq!(world.heard(2), []);
    assert_eq!(steps(&world.heard(1)).len(), 5, "the other page hears of each");
    world.write(1, 7, patch("t", r#"{"theme":"light"}"#));
    let heard = clean(&mut world, 2);
    assert_eq!(steps(&heard), [(Some(3), 8)]);
    let told: Vec<_> = sessions(&heard).into_iter().map(|session| (session.version, session.data)).collect();
    assert_eq!(told, [(Some(7), json(r#"{"theme":"dark"}"#)), (Some(8), json(r#"{"theme":"light"}"#))]);
    // What is gone or chosen shows to everybody; what was passed over of it is not told any more.
    world.write(1, 8, hidden("s", 8));
    world.write(1, 9, Mutation::Activate(Some(id("t"))));
    world.write(1, 10, hidden("t", 10));
    world.write(1, 11, remove("t"));
    let heard = clean(&mut world, 2);
    assert_eq!(steps(&heard), [(Some(8), 10), (Some(10), 12)]);
    assert!(
        matches!(&heard[1], ToManager::Event { changes, .. } if changes[..] == [Change::Removed(id("t")), Change::Active(None)])
    );
}

#[test]
fn a_page_that_asks_is_brought_to_the_state_that_the_store_is_in() {
    let mut world = world();
    world.heard(2);
    world.write(1, 2, hidden("s", 2));
    world.sync(2, 1, ResumeFrom::LastSent, 1);
    let heard = clean(&mut world, 2);
    assert_eq!((steps(&heard), synced(&heard)), (vec![(Some(2), 3)], vec![(1, 3)]));
    assert_eq!(sessions(&heard)[0].version, Some(3));
    world.sync(2, 2, ResumeFrom::LastSent, 2);
    let heard = clean(&mut world, 2);
    assert_eq!((steps(&heard), synced(&heard)), (vec![], vec![(2, 3)]));
}

#[test]
fn what_was_passed_over_is_forgotten_where_the_page_or_the_store_starts_anew() {
    let mut world = world();
    world.heard(2);
    let held = world.head();
    // The page loses this, and asks from what it holds.
    world.write(1, 2, patch("s", r#"{"theme":"light"}"#));
    world.write(1, 3, hidden("s", 3));
    world.heard(2);
    world.sync(2, 1, ResumeFrom::Held(Some(held)), 1);
    let heard = clean(&mut world, 2);
    assert_eq!((steps(&heard), synced(&heard)), (vec![(Some(2), 3), (Some(3), 4)], vec![(1, 4)]));
    world.write(1, 4, hidden("s", 4));
    // The same store is read anew.
    world.take(opened(crate::service::tests::world::STATUS));
    world.sync(2, 2, ResumeFrom::LastSent, 3);
    let heard = clean(&mut world, 2);
    assert_eq!((steps(&heard), synced(&heard)), (vec![(None, 5)], vec![(2, 5)]));
    // Another one wrote more than is remembered here.
    world.write(1, 5, hidden("s", 5));
    let mut other = World::with(granted(), world.store.clone());
    other.connect(9, A);
    for n in 1..=300 {
        let write = other.made(n, vec![hidden("s", n)]);
        other.writes(9, n - 1, vec![write]);
        other.pass(Span::from_millis(10));
    }
    world.take(Input::StoreChanged);
    world.write(1, 6, patch("s", r#"{"theme":"grey"}"#));
    assert_eq!(steps(&clean(&mut world, 2)), [(None, 306), (Some(306), 307)]);
}

#[test]
fn a_page_does_not_fall_far_behind_though_it_is_shown_nothing() {
    let mut world = world();
    world.heard(2);
    for n in 2..=520 {
        let write = world.made(n, vec![hidden("s", n)]);
        world.writes(1, n - 1, vec![write]);
        world.pass(Span::from_millis(10));
    }
    assert_eq!(steps(&clean(&mut world, 2)), [(Some(2), 259), (Some(259), 516)]);
}

#[test]
fn hostile_29_a_page_that_returns_is_not_told_more_than_one_that_stayed() {
    let mut world = world();
    let welcome = clean(&mut world, 2);
    let (digest, held) = (grant(&welcome), world.head());
    world.write(1, 2, hidden("s", 2));
    world.write(1, 3, patch("s", r#"{"theme":"light"}"#));
    world.write(1, 4, hidden("s", 4));
    let back = |channel| Hello { held: Some(held), grant: Some(digest), ..hello(channel) };
    world.hello(3, NARROW, back(3));
    let heard = clean(&mut world, 3);
    assert_eq!((steps(&heard), synced(&heard)), (vec![(Some(2), 4), (Some(4), 5)], vec![(0, 5)]));
    // The log says what commits left, not what they found: it is no help to such a page.
    let mut later = World::with(granted(), world.store.clone());
    later.hello(4, NARROW, back(4));
    let heard = clean(&mut later, 4);
    assert_eq!((steps(&heard), synced(&heard)), (vec![(None, 5)], vec![(0, 5)]));
    let head = later.head();
    later.hello(5, NARROW, Hello { held: Some(head), ..back(5) });
    assert_eq!(steps(&clean(&mut later, 5)), [], "it holds what there is");
    assert_eq!(steps(&world.heard(2)), [(Some(2), 4)]);
    world.hello(6, NARROW, Hello { grant: Some(digest ^ 1), ..back(6) });
    assert_eq!(steps(&clean(&mut world, 6)), [(None, 5)]);
}

/// A narrow page as its manager would hold it.
#[derive(Default)]
struct Page {
    held: Option<crate::session::Version>,
    digest: Option<u64>,
    parts: Vec<Session>,
    sessions: Vec<Session>,
    took: u64,
}

impl Page {
    fn hear(&mut self, messages: Vec<ToManager>) {
        is_clean(&messages);
        for message in messages {
            match message {
                ToManager::Welcome { grant, .. } => (self.digest, self.took) = (Some(grant), 0),
                ToManager::Page { index, sessions, end, version, .. } => {
                    self.took += 1;
                    if index == 0 {
                        self.parts.clear();
                    }
                    self.parts.extend(sessions);
                    if end.is_some() {
                        (self.held, self.sessions) = (Some(version), core::mem::take(&mut self.parts));
                    }
                }
                ToManager::Event { follows, version, changes, .. } => {
                    self.took += 1;
                    assert_eq!(self.held, Some(follows));
                    self.held = Some(version);
                    for change in changes {
                        let about = match &change {
                            Change::Put(session) => session.id.clone(),
                            Change::Removed(id) => id.clone(),
                            Change::Active(_) => continue,
                        };
                        self.sessions.retain(|session| session.id != about);
                        self.sessions.extend(if let Change::Put(session) = change { Some(session) } else { None });
                    }
                }
                ToManager::Synced { version, .. } => assert_eq!(self.held, Some(version)),
                _ => {}
            }
        }
    }
}

#[test]
fn hostile_29_whatever_happens_a_narrow_page_ends_with_what_is_granted_and_heard_nothing_else() {
    for seed in 0..150_u64 {
        let mut draw = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = move |below: u64| {
            draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (draw >> 33) % below
        };
        let mut world = World::with(granted(), Memory::new());
        let mut page = Page::default();
        let (mut channel, mut writer) = (100, 1);
        world.connect(writer, A);
        world.connect(channel, NARROW);
        let (mut n, mut sync) = (0, 0);
        for _ in 0..next(400) {
            let name = ["p", "q", "r"][next(3) as usize];
            n += 1;
            match next(14) {
                0 => world.write(writer, n, remove(name)),
                1 | 2 => world.write(writer, n, secret(name)),
                3 => world.write(writer, n, patch(name, &format!(r#"{{"theme":{}}}"#, next(3)))),
                4 => world.write(channel, n, patch(name, &format!(r#"{{"theme":{}}}"#, next(3)))),
                5 => world.write(channel, n, hidden(name, n)),
                6 => {
                    sync += 1;
                    page.hear(world.heard(channel));
                    let from = if next(2) == 0 { ResumeFrom::LastSent } else { ResumeFrom::Held(page.held) };
                    world.sync(channel, sync, from, page.took);
                }
                7 if next(3) == 0 => {
                    page.hear(world.heard(channel));
                    if next(2) == 0 {
                        world = World::with(granted(), world.store.clone());
                        writer += 1;
                        world.connect(writer, A);
                    }
                    channel += 1;
                    world.hello(channel, NARROW, Hello { held: page.held, grant: page.digest, ..hello(channel) });
                }
                _ => world.write(writer, n, hidden(name, n)),
            }
            world.heard(writer);
            world.say(writer, &ToService::Ack(u64::MAX));
            if next(4) == 0 {
                page.hear(world.heard(channel));
                world.say(channel, &ToService::Ack(page.took));
            }
            world.pass(Span::from_millis(5));
        }
        page.hear(world.heard(channel));
        world.sync(channel, sync + 1, ResumeFrom::LastSent, page.took);
        page.hear(world.heard(channel));
        assert_eq!(page.held, Some(world.head()), "seed {seed}");
        page.sessions.sort_by(|one, other| one.id.cmp(&other.id));
        let read = narrow(&["theme"], Operations::ALL).read;
        let granted: Vec<_> =
            world.service.replica.state.sessions().map(|record| read.session(&record.session)).collect();
        assert_eq!(page.sessions, granted, "seed {seed}");
        assert!(world.service.connections.get(&ChannelId(channel)).is_some(), "seed {seed}");
    }
}
