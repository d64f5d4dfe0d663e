//! The keys of a store.
//!
//! | key | value |
//! | --- | --- |
//! | `meta` | schema number and horizon |
//! | `active` | id of the active session, or none |
//! | `s/<id>` | a session, who changed it and when |
//! | `t/<id>` | sequence number of the commit that removed it, who did, and since when that is known |
//! | `c/<origin>/<client>` | what became of the writes of one client |
//! | `a/<epoch>` | how far the store of this epoch was absorbed |
//! | `moving` | what is here goes to a better store: nobody commits |
//! | `migration` | what `js/providers/migrate.js` leaves in a store that it copies to; it means nothing to a service |
//! | `moved` | epoch of the store that absorbed what was here |

use alloc::borrow::ToOwned;
use alloc::string::String;

use super::author::Author;
use crate::error::Code;
use crate::session::{ClientId, SessionId, decimal, split_first, split_last};

pub const META: &str = "meta";
pub const ACTIVE: &str = "active";
pub const MOVING: &str = "moving";
pub const MOVED: &str = "moved";

/// What a key is about. One that this code never wrote, though it begins so, is about nothing that can be said.
pub enum Key {
    Meta,
    Active,
    Session(Result<SessionId, Code>),
    Tombstone(Result<SessionId, Code>),
    Client(Result<Author, Code>),
    Absorbed(Result<u64, Code>),
    Moving,
    Moved,
    Unknown,
}

impl Key {
    /// Reads a key.
    pub fn parse(key: &str) -> Self {
        let id = |text: &str| SessionId::try_from(text.to_owned()).map_err(|_| Code::StorageFailed);
        match split_first(key, b'/') {
            None if key == META => Self::Meta,
            None if key == ACTIVE => Self::Active,
            None if key == MOVING => Self::Moving,
            None if key == MOVED => Self::Moved,
            Some(("a", rest)) => Self::Absorbed(rest.parse().map_err(|_| Code::StorageFailed)),
            Some(("s", rest)) => Self::Session(id(rest)),
            Some(("t", rest)) => Self::Tombstone(id(rest)),
            Some(("c", rest)) => Self::Client(author(rest).ok_or(Code::StorageFailed)),
            _ => Self::Unknown,
        }
    }
}

/// The key of a session.
pub fn session(id: &SessionId) -> String {
    ["s/", id.as_str()].concat()
}

/// The key of a removal.
pub fn tombstone(id: &SessionId) -> String {
    ["t/", id.as_str()].concat()
}

/// The key of what became of a client's writes.
pub fn client(author: &Author) -> String {
    ["c/", &author.origin, "/", &decimal(author.client.0), "-", &decimal(author.client.1)].concat()
}

/// The key of how far a store was absorbed.
pub fn absorbed(epoch: u64) -> String {
    ["a/", &decimal(epoch)].concat()
}

/// `<origin>/<client>`: the origin holds slashes itself, the client does not.
fn author(text: &str) -> Option<Author> {
    let (origin, client) = split_last(text, b'/')?;
    let (high, low) = split_first(client, b'-')?;
    Some(Author { origin: origin.to_owned(), client: ClientId(high.parse().ok()?, low.parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn javascript_knows_the_keys_that_it_has_to_know() {
        let script = include_str!("../../../js/providers/store-keys.js");
        let knows = |name: &str, key: &str| script.contains(&format!("export const {name} = \"{key}\";"));
        let session = session(&SessionId::try_from("x".to_owned()).unwrap());
        assert!(knows("META", META) && knows("SESSION_PREFIX", session.strip_suffix('x').unwrap()));
        assert!(knows("MIGRATION", "migration") && matches!(Key::parse("migration"), Key::Unknown));
    }
}
