//! What is read from the messages that a page heard, and whole conversations.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::world::{A, World, hello, patch};
use crate::ambient::Span;
use crate::protocol::{Hello, ToManager};
use crate::session::{Change, Version};

/// The ids of the sessions that these messages put, in order.
pub fn puts(messages: &[ToManager]) -> Vec<String> {
    let mut names = Vec::new();
    for message in messages {
        match message {
            ToManager::Event { changes, .. } => names.extend(changes.iter().filter_map(|change| match change {
                Change::Put(session) => Some(session.id.as_str().to_string()),
                _ => None,
            })),
            ToManager::Page { sessions, .. } => {
                names.extend(sessions.iter().map(|session| session.id.as_str().to_string()))
            }
            _ => {}
        }
    }
    names
}

/// Says hello as a page that holds this.
pub fn reconnect(world: &mut World, channel: u64, held: Version, grant: u64) {
    world.hello(channel, A, Hello { held: Some(held), grant: Some(grant), ..hello(channel) });
}

pub fn grant(messages: &[ToManager]) -> u64 {
    messages
        .iter()
        .find_map(|message| if let ToManager::Welcome { grant, .. } = message { Some(*grant) } else { None })
        .unwrap()
}

/// The versions of the data messages: what each follows and leads to.
pub fn steps(messages: &[ToManager]) -> Vec<(Option<u64>, u64)> {
    let data = messages.iter().filter_map(|message| match message {
        ToManager::Event { follows, version, .. } => Some((Some(follows.seq), version.seq)),
        ToManager::Page { version, .. } => Some((None, version.seq)),
        _ => None,
    });
    data.collect()
}

pub fn synced(messages: &[ToManager]) -> Vec<(u64, u64)> {
    let synced = messages.iter().filter_map(|message| match message {
        ToManager::Synced { id, version, .. } => Some((*id, version.seq)),
        _ => None,
    });
    synced.collect()
}

/// Commits `count` writes of page `channel`, starting with number `n`, each a commit of its own.
pub fn commits(world: &mut World, channel: u64, n: u64, count: u64) {
    for n in n..n + count {
        let write = world.made(n, vec![patch("s", &alloc::format!(r#"{{"n":{n}}}"#))]);
        world.writes(channel, n - 1, vec![write]);
        world.pass(Span::from_millis(10));
    }
}
