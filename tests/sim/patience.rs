//! How soon a page has a service again whose frame died in silence, and that one which only was busy, slow or asleep keeps
//! its frame. Nothing else goes wrong here.

use std::collections::BTreeSet;

use session_bridge::ambient::Span;
use session_bridge::manager::Config;

use crate::plan::Plan;
use crate::queue::{FrameId, MILLI, SECOND, Time};
use crate::world::World;

const SEEDS: u64 = 100;
const MINUTE: Time = SECOND * 60;
/// The request timeout.
const TIMEOUT: Time = SECOND * 5;

/// A live page with the options that it has if nobody says otherwise, alone.
fn alone(seed: u64) -> World {
    let plan = Plan { tabs: Some(1), steps: Some(BTreeSet::new()), strikes: Some(BTreeSet::new()), ..Plan::of(seed) };
    let mut world = World::new(&plan, 0, false);
    world.tabs[0].options = Config {
        ttl: Span::from_secs(30),
        request_timeout: Span(TIMEOUT),
        heartbeat: Span::from_secs(10),
        backoff: (Span::from_millis(250), Span::from_secs(30), 0.5),
    };
    world.reload_page(0);
    let begins = world.now + world.rng.between(2_000, 20_000) * MILLI;
    world.run_until(begins);
    world
}

fn in_use(world: &World) -> Option<FrameId> {
    world.tabs[0].page.welcomed_by.filter(|frame| world.tabs[0].has_service(*frame))
}

/// Writes, and gives how long it took until that was confirmed.
fn write(world: &mut World) -> Time {
    let began = world.now;
    world.write_poison(0);
    while world.tabs[0].page.shown.pending_writes > 0 && world.violation.is_none() && world.now < began + MINUTE {
        world.run_until(world.now + MILLI * 10);
    }
    world.now - began
}

fn checked(world: &World) -> Result<(), String> {
    world.violation.as_ref().map_or(Ok(()), |violation| Err(violation.to_string()))
}

/// `deaths` frames in a row die in silence, each as soon as its service runs.
fn dies(seed: u64, deaths: usize, within: Time) -> Result<(), String> {
    let mut world = alone(seed);
    let first = in_use(&world).ok_or("it never was live")?;
    world.crash_frame(0, first);
    let mut known = first;
    let mut left = deaths - 1;
    let began = world.now;
    world.write_poison(0);
    while world.tabs[0].page.shown.pending_writes > 0 && world.now < began + MINUTE {
        world.run_until(world.now + MILLI);
        let newest = world.tabs[0].frames.last().filter(|it| it.id != known && it.service.is_some());
        if let Some(newest) = newest.map(|it| it.id)
            && left > 0
        {
            (known, left) = (newest, left - 1);
            world.crash_frame(0, newest);
        }
    }
    let took = world.now - began;
    checked(&world)?;
    if took > within { Err(format!("{deaths} deaths took {} ms", took / MILLI)) } else { Ok(()) }
}

/// The page keeps its frame through whatever `happens`, is live all the while, and does not reload in a loop.
fn keeps(seed: u64, happens: fn(&mut World)) -> Result<(), String> {
    let mut world = alone(seed);
    let before = in_use(&world).ok_or("it never was live")?;
    let frames = world.frames;
    for _ in 0..10 {
        happens(&mut world);
        let wait = world.rng.between(1, 6_000) * MILLI;
        world.run_until(world.now + wait);
    }
    world.run_until(world.now + SECOND * 10);
    checked(&world)?;
    let (after, losses, spares) = (in_use(&world), world.tabs[0].page.manager.metrics().losses, world.frames - frames);
    let unrest = world.unrest(0);
    if after != Some(before) || losses > 0 || spares > 6 || unrest.is_some() {
        return Err(format!("frame {before} became {after:?}, {losses} losses, {spares} spare frames, {unrest:?}"));
    }
    Ok(())
}

fn is_busy(world: &mut World) {
    let lasts = world.rng.between(1, 3_000) * MILLI;
    if world.rng.chance(0.5) {
        world.write_poison(0);
    }
    let pause = world.rng.below(600) * MILLI;
    world.run_until(world.now + pause);
    world.keep_busy(0, lasts);
    write(world);
}

/// Whatever it does, it does in slices with long pauses between them.
fn is_slow(world: &mut World) {
    for _ in 0..30 {
        let lasts = world.rng.between(1, 400) * MILLI;
        world.keep_busy(0, lasts);
        world.write_poison(0);
        world.run_until(world.now + MILLI * 400);
    }
}

fn is_asleep(world: &mut World) {
    if world.rng.chance(0.5) {
        world.write_poison(0);
    }
    let (told, slept) = (world.rng.chance(0.5), world.rng.below(10) * MINUTE * 60);
    world.freeze(0, told, slept, false);
    world.run_until(world.now + MINUTE * 2);
}

fn first_failure(of: impl Fn(u64) -> Result<(), String>) -> Option<String> {
    (0..SEEDS).find_map(|seed| of(seed).err().map(|why| format!("seed {seed}: {why}")))
}

#[test]
fn after_one_death_a_page_writes_again_within_four_fifths_of_the_request_timeout() {
    assert_eq!(first_failure(|seed| dies(seed, 1, TIMEOUT * 8 / 10)), None);
}

#[test]
fn after_two_deaths_in_a_row_within_twice_the_request_timeout() {
    assert_eq!(first_failure(|seed| dies(seed, 2, TIMEOUT * 2)), None);
}

#[test]
fn a_busy_frame_is_kept() {
    assert_eq!(first_failure(|seed| keeps(seed, is_busy)), None);
}

#[test]
fn a_slow_frame_is_kept() {
    assert_eq!(first_failure(|seed| keeps(seed, is_slow)), None);
}

#[test]
fn a_frame_that_slept_is_kept() {
    assert_eq!(first_failure(|seed| keeps(seed, is_asleep)), None);
}

#[cfg(feature = "planted")]
#[test]
fn frames_that_are_waited_for_too_long_or_given_up_too_soon_are_noticed() {
    use crate::planted::plant;
    use session_bridge::machine::mutants::Mutant;

    plant(Some(Mutant::SilenceTolerated));
    let late = first_failure(|seed| dies(seed, 1, TIMEOUT * 8 / 10));
    plant(Some(Mutant::BusyTakenForDead));
    let soon = first_failure(|seed| keeps(seed, is_busy));
    plant(None);
    assert!(late.is_some() && soon.is_some(), "{late:?}, {soon:?}");
}
