use super::*;
use crate::manager::Status;

const ALONE: StorageStatus =
    StorageStatus { level: StorageLevel::Partitioned, shared: false, upgrade: Upgrade::Gesture };

/// A live page whose storage a click would make better.
fn alone() -> Page {
    let mut page = Page::live(&[]);
    page.says(ToManager::Storage(ALONE));
    page.take();
    page
}

fn ask(page: &mut Page, token: u64) {
    page.input(Input::AskAccess(Token(token)));
}

/// What was sent and shown since somebody looked: `true` and `false` for the frame, else the message.
fn done(page: &mut Page) -> Vec<Result<bool, ToService>> {
    let outputs = page.take();
    let done = outputs.iter().filter_map(|output| match output {
        Output::ShowFrame(room) => Some(Ok(*room)),
        Output::Send { bytes, .. } => Some(Err(decode(NEWEST, bytes, 1 << 20).unwrap())),
        _ => None,
    });
    done.filter(|done| !matches!(done, Err(ToService::Sync { .. }))).collect()
}

#[test]
fn the_frame_is_shown_while_the_person_is_asked() {
    let mut page = alone();
    ask(&mut page, 1);
    assert_eq!(done(&mut page), [Err(ToService::AskAccess { id: 1 })]);
    page.says(ToManager::ShowFrame(true));
    page.says(ToManager::ShowFrame(true));
    assert_eq!(done(&mut page), [Ok(true)]);
    page.says(ToManager::Storage(STORAGE));
    page.says(ToManager::ShowFrame(false));
    assert_eq!(done(&mut page), [Ok(false)]);
    assert_eq!(page.settled(1), None);
    page.says(ToManager::AccessDone(1));
    assert_eq!(page.settled(1), Some(Ok(Settled::Done)));
    assert_eq!(page.manager.snapshot().storage, STORAGE);
}

#[test]
fn where_nothing_would_help_the_service_is_not_asked() {
    let mut page = Page::live(&[]);
    ask(&mut page, 1);
    assert_eq!(page.settled(1), Some(Ok(Settled::Done)));
    assert_eq!(done(&mut page), []);
}

#[test]
fn several_callers_share_one_question_and_no_time_presses_them() {
    let mut page = alone();
    ask(&mut page, 1);
    page.says(ToManager::ShowFrame(true));
    ask(&mut page, 2);
    assert_eq!(done(&mut page), [Err(ToService::AskAccess { id: 1 }), Ok(true)]);
    for id in 1..=6 {
        page.pass(Span::from_secs(10));
        page.says(ToManager::Pong(id));
        page.says(ToManager::Synced { id, version: version(10), time: None });
    }
    assert_eq!((page.settled(1), page.settled(2)), (None, None));
    page.says(ToManager::AccessDone(0));
    assert_eq!(page.settled(1), None);
    page.says(ToManager::AccessDone(1));
    assert_eq!((page.settled(1), page.settled(2)), (Some(Ok(Settled::Done)), Some(Ok(Settled::Done))));
    // A service that forgets to give the room back does not keep it.
    assert_eq!(done(&mut page), [Ok(false)]);
    ask(&mut page, 3);
    assert_eq!(done(&mut page), [Err(ToService::AskAccess { id: 2 })]);
}

#[test]
fn a_page_that_did_not_ask_shows_nothing() {
    let mut page = alone();
    page.says(ToManager::ShowFrame(true));
    page.input(Input::LeavePrompt { declined: true });
    ask(&mut page, 1);
    page.says(ToManager::AccessDone(1));
    page.says(ToManager::ShowFrame(true));
    page.says(ToManager::AccessDone(1));
    assert_eq!(done(&mut page), [Err(ToService::AskAccess { id: 1 })]);
    assert_eq!(page.manager.metrics().malformed, 0);
}

#[test]
fn a_page_that_is_not_live_asks_when_it_is() {
    let mut page = Page::new();
    ask(&mut page, 1);
    page.loads();
    page.welcomed();
    page.says(ToManager::Storage(ALONE));
    page.snapshot(0, version(10), &[], &[]);
    assert_eq!(done(&mut page), []);
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    assert_eq!(done(&mut page), [Err(ToService::AskAccess { id: 1 })]);
    page.pass(Span::from_secs(8));
    assert_eq!(page.settled(1), None, "the time that it waited for a connection is over");
}

#[test]
fn without_a_connection_it_is_unreachable_at_the_deadline() {
    let mut page = Page::new();
    page.pass(Span::from_secs(1));
    ask(&mut page, 1);
    page.pass(Span::from_millis(4_999));
    assert_eq!(page.settled(1), None);
    page.pass(Span::from_millis(1));
    assert_eq!(page.settled(1), Some(Err(Code::Unreachable)));
}

#[test]
fn a_lost_connection_hides_the_frame_and_ends_the_question() {
    let mut page = alone();
    ask(&mut page, 1);
    page.says(ToManager::ShowFrame(true));
    page.take();
    page.input(Input::FrameGone(page.frame));
    assert_eq!(page.settled(1), Some(Err(Code::Disconnected)));
    assert_eq!(done(&mut page), [Ok(false)]);
    // So does another document in the frame.
    let mut page = alone();
    ask(&mut page, 1);
    page.take();
    page.loads();
    assert_eq!(page.settled(1), Some(Err(Code::Disconnected)));
}

#[test]
fn turning_away_hides_the_frame_at_once_and_tells_the_service() {
    let mut page = alone();
    ask(&mut page, 1);
    page.says(ToManager::ShowFrame(true));
    page.take();
    page.input(Input::LeavePrompt { declined: true });
    assert_eq!(done(&mut page), [Ok(false), Err(ToService::LeavePrompt { declined: true })]);
    page.input(Input::LeavePrompt { declined: true });
    page.says(ToManager::ShowFrame(false));
    assert_eq!(done(&mut page), []);
    page.says(ToManager::AccessDone(1));
    assert_eq!(page.settled(1), Some(Ok(Settled::Done)));
    // The frame is hidden while what the person allowed is still being done: that is no turning away.
    ask(&mut page, 2);
    page.says(ToManager::ShowFrame(true));
    page.says(ToManager::ShowFrame(false));
    page.take();
    page.input(Input::LeavePrompt { declined: true });
    assert_eq!(done(&mut page), []);
}

#[test]
fn a_frame_that_cannot_be_shown_declines_nothing() {
    let mut page = alone();
    ask(&mut page, 1);
    page.says(ToManager::ShowFrame(true));
    page.take();
    page.input(Input::LeavePrompt { declined: false });
    assert_eq!(done(&mut page), [Ok(false), Err(ToService::LeavePrompt { declined: false })]);
}

#[test]
fn the_last_caller_that_gives_up_takes_the_prompt_away() {
    let mut page = alone();
    ask(&mut page, 1);
    ask(&mut page, 2);
    page.says(ToManager::ShowFrame(true));
    page.take();
    page.input(Input::Withdraw(Token(1)));
    assert_eq!(done(&mut page), []);
    page.input(Input::Withdraw(Token(2)));
    assert_eq!(done(&mut page), [Ok(false), Err(ToService::LeavePrompt { declined: false })]);
    page.says(ToManager::AccessDone(1));
    assert_eq!((page.settled(1), page.settled(2)), (None, None));
}

#[test]
fn closing_ends_the_question_before_anything_else() {
    let mut page = alone();
    page.write(9, add("a"));
    ask(&mut page, 1);
    page.says(ToManager::ShowFrame(true));
    page.pass(Span::ZERO);
    page.take();
    page.input(Input::Close(Token(2)));
    assert_eq!(page.settled(1), Some(Err(Code::Closed)));
    assert_eq!(page.settled(2), None, "a write is still pending");
    assert_eq!(done(&mut page), [Ok(false), Err(ToService::LeavePrompt { declined: false })]);
    ask(&mut page, 3);
    assert_eq!(page.settled(3), Some(Err(Code::Closed)));
    let mut early = Page::new();
    ask(&mut early, 1);
    early.input(Input::Close(Token(2)));
    assert_eq!(early.settled(1), Some(Err(Code::Closed)));
}

#[test]
fn trouble_with_the_store_is_an_event_and_the_last_error() {
    let mut page = alone();
    page.says(ToManager::Trouble(Code::StorageFull));
    assert_eq!(page.events(), [Event::Failed(Code::StorageFull)]);
    let snapshot = page.manager.snapshot();
    assert_eq!((snapshot.last_error, snapshot.status), (Some(Code::StorageFull.into()), Status::Live));
    assert!(page.outputs.contains(&Output::Changed));
}
