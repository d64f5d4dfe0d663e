//! Pages that speak an older version of the protocol.

use alloc::vec;
use alloc::vec::Vec;

use crate::error::Code;
use crate::protocol::{Hello, PROTOCOL, ToManager, ToService, encode};
use crate::service::tests::world::{A, B, NEWEST, STATUS, World, add, config, hello};
use crate::service::{ChannelId, Grant, Input, StoreId};
use crate::session::{Outcome, StorageStatus, Upgrade};
use crate::storage::Memory;

/// A service whose storage a click would make better, with a page of version 1 and one of the newest.
fn both() -> World {
    let mut world = World::unopened(config(), Memory::new());
    let status = StorageStatus { upgrade: Upgrade::Gesture, ..STATUS };
    world.take(Input::Opened { store: StoreId(1), below: None, status });
    world.hello(1, A, Hello { versions: 1..=1, ..hello(1) });
    world.hello(2, B, hello(2));
    for page in [1, 2] {
        world.heard(page);
    }
    world
}

/// The version that is spoken with this page, if it is connected.
fn spoken(world: &World, page: u64) -> Option<u8> {
    world.service.connections.get(&ChannelId(page)).map(|connection| connection.protocol)
}

#[test]
fn the_highest_common_version_is_spoken_and_without_one_only_that_is_said() {
    for min in 0..=5 {
        for max in 0..=5 {
            let mut world = World::new();
            let versions = min..=max;
            world.hello(1, A, Hello { versions: versions.clone(), ..hello(1) });
            let common = PROTOCOL.rev().find(|version| versions.contains(version));
            assert_eq!(spoken(&world, 1), common, "{versions:?}");
            let heard = world.heard(1);
            assert_eq!(matches!(heard.first(), Some(ToManager::Welcome { .. })), common.is_some(), "{versions:?}");
            let expected: &[u64] = if common.is_some() { &[] } else { &[1] };
            assert_eq!((&world.refused[..], &world.closed[..]), (expected, expected), "{versions:?}");
        }
    }
}

#[test]
fn a_page_is_told_nothing_that_its_version_does_not_have() {
    let mut world = both();
    world.take(Input::Trouble(Some(Code::StorageFull)));
    assert_eq!((world.heard(1), world.heard(2)), (vec![], vec![ToManager::Trouble(Code::StorageFull)]));
    // Who connects later is told of it, too, if there is a word for it.
    world.hello(3, A, Hello { versions: 1..=1, ..hello(3) });
    assert!(!world.heard(3).contains(&ToManager::Trouble(Code::StorageFull)));
    // What both know is told to both.
    world.write(1, 1, add("s"));
    assert_eq!(world.outcome(1), Outcome::Accepted(2));
    assert!(matches!(&world.heard(2)[..], [ToManager::Event { changes, .. }] if changes.len() == 1));
}

#[test]
fn what_a_version_does_not_have_is_malformed_in_it() {
    let mut world = both();
    let newer = [ToService::AskAccess { id: 1 }, ToService::LeavePrompt { declined: true }];
    let mut count = 0;
    for message in newer {
        assert_eq!(encode(1, &message), None, "{message:?}");
        let mut bytes = encode(NEWEST, &message).unwrap();
        bytes[0] = 1;
        world.take(Input::Message { channel: ChannelId(1), bytes });
        count += 1;
        assert_eq!((world.service.metrics().malformed, world.heard(1)), (count, vec![]), "{message:?}");
    }
    assert_eq!(world.shown, []);
}

#[test]
fn an_older_page_whose_grant_changes_comes_again_without_alarm() {
    let mut world = both();
    let grants: Vec<_> = config().grants.into_iter().map(|it| Grant::plain(it.origin.as_str().into(), false)).collect();
    world.take(Input::Grants(grants));
    assert_eq!(world.heard(1), [ToManager::Goodbye(Code::Closed)]);
    assert_eq!(world.heard(2), [ToManager::Goodbye(Code::Disconnected)]);
}
