//! A move that is interrupted anywhere is made up for by whoever comes next: nothing that was confirmed is lost, nothing
//! happens twice, nothing above is overwritten, nobody who signed out is back, and no store stays sealed.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::stores::{BELOW, LOWER};
use super::stores::{Stores, activate, is_buried, names, opens, rises, rises_at_once, state, wait};
use crate::service::tests::world::{A, B, World, add, patch, remove};
use crate::session::{Outcome, SortedMap, SortedSet, Version, Write};

/// Operations of a move, and some more.
const STEPS: usize = 16;

/// How the next one after the crash goes about it.
#[derive(Clone, Copy, Debug)]
enum Next {
    Both,
    LowerThenBoth,
    LowerWritesThenBoth,
    UpperThenBoth,
}

struct Luck(u64);

impl Luck {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// A write of client 1, which waits when the move begins and is sent again to whoever comes.
fn pending(base: Version) -> Write {
    Write { n: 9, predecessor: 0, base, reads_from: None, mutations: vec![patch("both", r#"{"pending":1}"#)] }
}

/// `below` in the lower store, `above` in the upper one, `both` in both; `out` signed out below and `gone` above.
fn filled() -> (Stores, Version) {
    let stores = Stores::default();
    let mut below = stores.below();
    below.connect(1, A);
    for (n, mutation) in
        [add("below"), add("both"), add("out"), remove("out"), add("gone"), patch("both", r#"{"b":1}"#)]
            .into_iter()
            .enumerate()
    {
        below.write(1, n as u64 + 1, mutation);
    }
    below.write(1, 7, activate("below"));
    let mut above = stores.above();
    above.now.wall.0 += 1_000;
    above.connect(2, B);
    for (n, mutation) in
        [add("above"), add("both"), add("gone"), remove("gone"), patch("both", r#"{"a":1}"#)].into_iter().enumerate()
    {
        above.write(2, n as u64 + 1, mutation);
    }
    above.write(2, 6, activate("above"));
    (stores, below.head())
}

fn check(stores: &Stores, reason: &str) {
    let world = stores.above();
    let known: Vec<_> = names(&world);
    for name in ["above", "below", "both"] {
        assert!(known.contains(&name.to_string()), "{reason}: {name} is lost");
    }
    for name in ["out", "gone"] {
        assert!(is_buried(&world, name) && !known.contains(&name.to_string()), "{reason}: {name} is back");
    }
    let both = world.data("both").unwrap();
    assert!(both.contains(r#""a":1"#) && both.contains(r#""b":1"#), "{reason}: {both}");
    assert_eq!(state(&world).active().map(|id| id.as_str()), Some("above"), "{reason}");
    let below = stores.below();
    assert!(!state(&below).moving(), "{reason}: it stays sealed");
    assert!(names(&below).is_empty(), "{reason}: it was not emptied");
}

#[test]
fn hostile_40_46_after_a_crash_anywhere_the_next_one_completes_the_move() {
    for at_once in [false, true] {
        for next in [Next::Both, Next::LowerThenBoth, Next::LowerWritesThenBoth, Next::UpperThenBoth] {
            for step in 1..=STEPS {
                for effect in [false, true] {
                    let reason = format!("{next:?}, at once: {at_once}, operation {step}, took effect: {effect}");
                    interrupted(at_once, next, (step, effect), &reason);
                }
            }
        }
    }
}

fn interrupted(at_once: bool, next: Next, (step, effect): (usize, bool), reason: &str) {
    let (stores, base) = filled();
    let mut mover = if at_once { stores.service() } else { stores.below() };
    mover.connect(1, A);
    mover.fuse = Some((step, effect));
    mover.take(if at_once { rises_at_once() } else { rises() });
    mover.writes(1, 0, vec![pending(base)]);
    wait(&mut mover);
    drop(mover);
    match next {
        Next::Both => {}
        Next::UpperThenBoth => wait(&mut stores.above()),
        Next::LowerThenBoth => {
            let mut below = stores.below();
            wait(&mut below);
            assert!(!state(&below).moving(), "{reason}");
        }
        Next::LowerWritesThenBoth => {
            let mut below = stores.below();
            below.connect(5, A);
            below.write(5, 1, add("late"));
            wait(&mut below);
            assert!(matches!(below.outcome(5), Outcome::Accepted(_)), "{reason}");
        }
    }
    let mut both = stores.both();
    both.connect(1, A);
    both.heard(1);
    wait(&mut both);
    both.writes(1, 0, vec![pending(base)]);
    wait(&mut both);
    let outcomes = both.outcomes(1);
    assert!(outcomes.iter().any(|(n, outcome)| *n == 9 && matches!(outcome, Outcome::Accepted(_))), "{reason}");
    assert!(both.data("both").unwrap().contains("pending"), "{reason}");
    // Somebody takes it out again. Sent once more, the write is recognised.
    both.connect(7, B);
    both.write(7, 1, patch("both", r#"{"pending":null}"#));
    both.writes(1, 0, vec![pending(base)]);
    assert!(!both.data("both").unwrap().contains("pending"), "{reason}: it took effect twice");
    if matches!(next, Next::LowerWritesThenBoth) {
        assert!(names(&both).contains(&"late".to_string()), "{reason}");
    }
    check(&stores, reason);
}

/// What was confirmed, of sessions with names that are used once.
#[derive(Default)]
struct Confirmed {
    added: SortedSet<String>,
    removed: SortedSet<String>,
    keys: SortedMap<String, Vec<String>>,
}

/// Services come and go, with one store or both, crash anywhere, and pages write all the while.
#[test]
fn hostile_37_46_whatever_happens_confirmed_writes_stay_and_the_signed_out_stay_out() {
    for seed in 0..300 {
        history(seed);
    }
}

fn history(seed: u64) {
    let mut luck = Luck(seed);
    let stores = Stores::default();
    let mut confirmed = Confirmed::default();
    let mut page = 10;
    for life in 0..8 {
        let mut world = match luck.below(4) {
            0 => stores.above(),
            1 => stores.both(),
            _ => stores.below(),
        };
        wait(&mut world);
        for round in 0..3 {
            page += 1;
            write(&mut world, &mut luck, page, &format!("{life}-{round}"), &mut confirmed);
            if luck.below(3) == 0 {
                world.fuse = Some((luck.below(STEPS as u64) as usize + 1, luck.below(2) == 0));
                world.take(if luck.below(4) == 0 { opens(LOWER, None, BELOW) } else { rises() });
                wait(&mut world);
                if world.is_gone() {
                    break;
                }
                world.fuse = None;
            }
        }
    }
    let mut last = stores.both();
    wait(&mut last);
    let known = names(&last);
    for name in &known {
        assert!(!confirmed.removed.contains(name), "seed {seed}: {name} is back");
    }
    for name in confirmed.added.iter().filter(|name| !confirmed.removed.contains(*name)) {
        assert!(known.contains(name), "seed {seed}: {name} is lost, of {known:?}");
        let data = last.data(name).unwrap();
        for key in confirmed.keys.get(name).into_iter().flatten() {
            assert!(data.contains(key.as_str()), "seed {seed}: {key} of {name} is lost: {data}");
        }
    }
    let below = stores.below();
    assert!(names(&below).is_empty() && !state(&below).moving(), "seed {seed}");
}

/// A page adds a session, and changes or removes one of those there are.
fn write(world: &mut World, luck: &mut Luck, page: u64, name: &str, confirmed: &mut Confirmed) {
    world.connect(page, A);
    world.heard(page);
    let known = names(world);
    let some = known.get(luck.below(known.len().max(1) as u64) as usize).cloned().unwrap_or_default();
    world.write(page, 1, add(name));
    let accepted = |world: &mut World| {
        wait(world);
        world.outcomes(page).iter().any(|(_, outcome)| matches!(outcome, Outcome::Accepted(_)))
    };
    if accepted(world) {
        confirmed.added.insert(name.to_string());
    }
    if some.is_empty() {
        return;
    }
    if luck.below(3) == 0 {
        world.write(page, 2, remove(&some));
        if accepted(world) {
            confirmed.removed.insert(some);
        }
    } else {
        world.write(page, 2, patch(&some, &format!(r#"{{"{name}":1}}"#)));
        if accepted(world) {
            confirmed.keys.get_or_insert_with(some, Vec::new).push(format!(r#""{name}":1"#));
        }
    }
}
