//! The prompt: who is asked, who hears of it, and what ends it.

use alloc::string::ToString;
use alloc::vec;

use crate::error::Code;
use crate::protocol::{Hello, ToManager, ToService};
use crate::service::tests::world::{A, B, STATUS, World, add, config, hello};
use crate::service::{Input, Output, StoreId};
use crate::session::{StorageLevel, StorageStatus, Upgrade};
use crate::storage::Memory;

const ALONE: StorageStatus =
    StorageStatus { level: StorageLevel::Partitioned, shared: false, upgrade: Upgrade::Gesture };

/// Pages 1 and 2 of a service whose storage a click would make better.
fn world() -> World {
    let mut world = World::unopened(config(), Memory::new());
    world.take(Input::Opened { store: StoreId(1), below: None, status: ALONE });
    world.connect(1, A);
    world.connect(2, B);
    world.heard(1);
    world.heard(2);
    world
}

fn ask(world: &mut World, channel: u64, id: u64) {
    world.say(channel, &ToService::AskAccess { id });
}

fn prompt() -> Output {
    Output::Prompt { origin: A.to_string() }
}

fn dropped(declined: bool) -> Output {
    Output::DropPrompt { declined }
}

#[test]
fn whoever_asks_is_given_a_prompt_and_answered_when_it_is_over() {
    let mut world = world();
    ask(&mut world, 1, 7);
    assert_eq!((world.heard(1), &world.shown[..]), (vec![], &[prompt()][..]));
    world.take(Input::PromptShown);
    assert_eq!(world.heard(1), [ToManager::ShowFrame(true)]);
    world.take(Input::PromptShown);
    world.take(Input::Prompted);
    assert_eq!(world.heard(1), [ToManager::ShowFrame(false), ToManager::AccessDone(7)]);
    assert_eq!(world.heard(2), []);
    // And once more.
    ask(&mut world, 1, 8);
    assert_eq!(world.shown, [prompt(), prompt()]);
}

#[test]
fn where_nothing_would_help_nobody_is_asked() {
    let mut world = World::new();
    world.connect(1, A);
    world.heard(1);
    ask(&mut world, 1, 3);
    assert_eq!((world.heard(1), &world.shown[..]), (vec![ToManager::AccessDone(3)], &[][..]));
}

#[test]
fn a_prompt_that_was_not_worth_showing_takes_no_room() {
    let mut world = world();
    ask(&mut world, 1, 1);
    world.take(Input::Prompted);
    assert_eq!(world.heard(1), [ToManager::AccessDone(1)]);
}

#[test]
fn the_answer_waits_until_sessions_are_where_they_stay() {
    let mut world = world();
    ask(&mut world, 1, 1);
    world.take(Input::PromptShown);
    world.heard(1);
    world.prompt = false;
    world.take(Input::Opened { store: StoreId(2), below: None, status: STATUS });
    world.take(Input::Prompted);
    assert_eq!(world.heard(1), [ToManager::ShowFrame(false)]);
    world.resume();
    let heard = world.heard(1);
    let at = |wanted: &ToManager| heard.iter().position(|said| said == wanted).unwrap();
    assert!(at(&ToManager::Storage(STATUS)) < at(&ToManager::AccessDone(1)));
}

#[test]
fn hostile_33_one_prompt_serves_all_who_ask_meanwhile() {
    let mut world = world();
    ask(&mut world, 1, 1);
    world.take(Input::PromptShown);
    ask(&mut world, 2, 1);
    ask(&mut world, 1, 2);
    assert_eq!((world.shown.len(), world.heard(2)), (1, vec![]));
    world.take(Input::Prompted);
    assert_eq!(
        world.heard(1),
        [ToManager::ShowFrame(true), ToManager::ShowFrame(false), ToManager::AccessDone(1), ToManager::AccessDone(2)]
    );
    assert_eq!(world.heard(2), [ToManager::AccessDone(1)]);
}

#[test]
fn questions_without_end_do_not_pile_up() {
    let mut world = world();
    for id in 1..=100 {
        ask(&mut world, 1, id);
    }
    assert_eq!((world.shown.len(), world.heard(1).len()), (1, 36));
    world.take(Input::Prompted);
    assert_eq!(world.heard(1).len(), 64);
}

#[test]
fn turning_away_ends_it_and_counts_as_declined() {
    let mut world = world();
    world.say(1, &ToService::LeavePrompt { declined: true });
    ask(&mut world, 1, 1);
    world.take(Input::PromptShown);
    world.say(2, &ToService::LeavePrompt { declined: true });
    assert_eq!(world.shown, [prompt()], "only those who asked may end it");
    world.say(1, &ToService::LeavePrompt { declined: true });
    assert_eq!(world.shown, [prompt(), dropped(true)]);
    assert_eq!(world.heard(1), [ToManager::ShowFrame(true), ToManager::ShowFrame(false), ToManager::AccessDone(1)]);
    world.take(Input::Prompted);
    world.say(1, &ToService::LeavePrompt { declined: true });
    assert_eq!((world.shown.len(), world.heard(1)), (2, vec![]));
}

#[test]
fn a_prompt_that_a_page_takes_away_is_not_declined() {
    let mut world = world();
    ask(&mut world, 1, 1);
    world.take(Input::PromptShown);
    world.say(1, &ToService::LeavePrompt { declined: false });
    assert_eq!(world.shown, [prompt(), dropped(false)]);
    assert_eq!(world.heard(1), [ToManager::ShowFrame(true), ToManager::ShowFrame(false), ToManager::AccessDone(1)]);
}

#[test]
fn a_prompt_goes_with_the_connection_that_asked() {
    type End = fn(&mut World);
    let ends: [End; 2] =
        [|world| world.say(1, &ToService::Bye), |world| world.hello(3, A, Hello { attempt: 2, ..hello(1) })];
    for end in ends {
        let mut world = world();
        ask(&mut world, 1, 1);
        world.take(Input::PromptShown);
        ask(&mut world, 2, 5);
        end(&mut world);
        assert_eq!(world.shown, [prompt(), dropped(false)]);
        assert!(world.heard(2).contains(&ToManager::AccessDone(5)), "whoever else asked is answered");
        assert!(!world.heard(3).iter().any(|said| matches!(said, ToManager::ShowFrame(_) | ToManager::AccessDone(_))));
        ask(&mut world, 2, 6);
        assert_eq!(world.shown.len(), 3, "there may be another one");
    }
}

#[test]
fn whoever_stops_waiting_behind_the_first_takes_nothing_away() {
    let mut world = world();
    ask(&mut world, 1, 1);
    world.take(Input::PromptShown);
    ask(&mut world, 2, 1);
    world.say(2, &ToService::Bye);
    assert_eq!(world.shown, [prompt()]);
}

#[test]
fn stopping_takes_it_away() {
    let mut world = world();
    ask(&mut world, 1, 1);
    world.take(Input::Stop);
    assert_eq!(world.shown, [prompt(), dropped(false)]);
}

#[test]
fn pages_hear_of_trouble_that_has_cost_nothing_yet() {
    let mut world = world();
    world.take(Input::Trouble(Some(Code::StorageFull)));
    for page in [1, 2] {
        assert_eq!(world.heard(page), [ToManager::Trouble(Code::StorageFull)]);
    }
    world.write(1, 1, add("s"));
    assert!(world.data("s").is_some());
    let told = |world: &mut World, page| {
        world.connect(page, A);
        world.heard(page).contains(&ToManager::Trouble(Code::StorageFull))
    };
    assert!(told(&mut world, 3), "who comes later is told too");
    world.take(Input::Trouble(None));
    assert!(!told(&mut world, 4));
}

#[test]
fn pages_of_a_site_are_told_for_how_long_its_prompt_rests() {
    use crate::ambient::Span;
    let mut world = world();
    let quiet = |world: &mut World, ms| {
        world.take(Input::Quiet { origin: A.to_string(), lasts: Span::from_millis(ms) });
    };
    quiet(&mut world, 3_600_000);
    assert_eq!(
        (world.heard(1), world.heard(2)),
        (vec![ToManager::Quiet(3_600_000)], vec![]),
        "it is another site's affair"
    );
    quiet(&mut world, 0);
    assert_eq!(world.heard(1), [ToManager::Quiet(0)]);
    world.hello(5, A, Hello { versions: 1..=2, ..hello(5) });
    world.heard(5);
    quiet(&mut world, 1_000);
    assert_eq!((world.heard(1), world.heard(5)), (vec![ToManager::Quiet(1_000)], vec![]));
}

#[test]
fn each_welcome_asks_for_how_long_the_prompt_rests() {
    let mut world = world();
    assert_eq!(world.welcomed, [A, B]);
    world.connect(4, B);
    assert_eq!(world.welcomed, [A, B, B]);
}
