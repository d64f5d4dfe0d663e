//! A service that speaks an older version of the protocol.

use super::*;
use crate::manager::Status;

/// A live page on a service that speaks version 1, whose storage a click would make better.
fn older() -> Page {
    let mut page = Page::new();
    page.loads();
    let storage = StorageStatus { upgrade: Upgrade::Gesture, ..STORAGE };
    let limits = PageLimits { message_bytes: 1 << 20, unsettled_writes: 256 };
    let end = Some(End { active: None, mine: Vec::new() });
    page.says_in(1, ToManager::Welcome { grant: 7, storage, limits, rules: Default::default() });
    page.says_in(1, ToManager::Page { sync: 0, version: version(10), index: 0, sessions: Vec::new(), end });
    page.says_in(1, ToManager::Synced { id: 0, version: version(10), time: None });
    assert_eq!(page.manager.snapshot().status, Status::Live);
    page.take();
    page
}

#[test]
fn every_hello_offers_both_versions_and_what_is_chosen_is_spoken() {
    let mut page = Page::new();
    page.loads();
    assert_eq!(page.manager.protocol(), None, "nothing is chosen yet");
    let client = page.manager.client();
    assert!(page.hellos().iter().all(|hello| (&hello.versions, hello.client) == (&PROTOCOL, client)));
    let mut page = older();
    assert_eq!(page.manager.protocol(), Some(1));
    page.write(1, add("s"));
    page.pass(Span::ZERO);
    let spoken: Vec<_> = page.take().into_iter().filter_map(sent_bytes).map(|bytes| bytes[0]).collect();
    assert_eq!(spoken, [1]);
    page.says_in(1, ToManager::Goodbye(Code::Closed));
    assert_eq!(page.manager.protocol(), None, "there is no connection any more");
}

#[test]
fn where_the_service_knows_no_prompt_asking_ends_at_once() {
    let mut page = older();
    page.input(Input::AskAccess(Token(3)));
    assert_eq!(page.settled(3), Some(Ok(Settled::Done)));
    assert_eq!(page.take().into_iter().find_map(sent_bytes), None);
    assert_eq!(page.manager.snapshot().storage.upgrade, Upgrade::Gesture);
    // Nothing of a prompt is left over that a newer service would be told of.
    page.input(Input::LeavePrompt { declined: true });
    assert_eq!(page.take().into_iter().find_map(sent_bytes), None);
}

#[test]
fn what_a_version_does_not_have_is_malformed_in_it() {
    let mut page = older();
    let newer = [ToManager::ShowFrame(true), ToManager::AccessDone(1), ToManager::Trouble(Code::StorageFull)];
    for (count, message) in (1..).zip(newer) {
        assert_eq!(encode(1, &message), None, "{message:?}");
        let mut bytes = encode(NEWEST, &message).unwrap();
        bytes[0] = 1;
        page.input(Input::Message { attempt: page.attempt, bytes });
        assert_eq!(page.manager.metrics().malformed, count, "{message:?}");
    }
    // Nor may the other version be spoken once one was chosen.
    page.says_in(NEWEST, ToManager::Goodbye(Code::Closed));
    assert_eq!(page.manager.metrics().malformed, 4);
    assert_eq!(page.take(), []);
}

fn sent_bytes(output: Output) -> Option<Vec<u8>> {
    if let Output::Send { bytes, .. } = output { Some(bytes) } else { None }
}
