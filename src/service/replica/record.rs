//! What one entry of the store means. Record changes are absolute: putting one twice is putting it once, so that pages of a list
//! read while others write, log entries and own commits all go the same way in.
//!
//! | key | value |
//! | --- | --- |
//! | `meta` | schema number and horizon |
//! | `active` | id of the active session, or `null` |
//! | `s/<id>` | a session, who changed it and when |
//! | `t/<id>` | sequence number of the commit that removed it, who did, and since when that is known; in schema 1 the first number alone |
//! | `c/<origin>/<client>` | what became of the writes of one client |
//! | `a/<epoch>` | how far the store of this epoch was absorbed |
//! | `moving` | what is here goes to a better store: nobody commits |
//! | `migration` | what `js/providers/migrate.js` leaves in a store that it copies to; it means nothing to a service |
//! | `moved` | epoch of the store that absorbed what was here |
//!
//! A store says in `meta` which schema it is in: the first commit that this build makes says its own. A value of an older
//! schema stays until it is written anew, and is read as what it was.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::author::{Author, Remover};
use super::encoding::{read, write};
use crate::engine::outcomes::Outcomes;
use crate::error::Code;
use crate::session::{ClientId, Session, SessionId};

/// The layout of keys and values that this build writes. It reads all up to this one.
pub const SCHEMA: u64 = 2;

/// A session as the store keeps it: the value of `s/<id>`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Record {
    /// Its `version` is the commit that last changed it.
    pub session: Session,
    /// Sequence number of the commit that created it.
    pub created: u64,
    pub creator: Author,
    /// Who changed it last.
    pub by: Author,
    /// Sequence number of the last change by anybody but `by`; 0 if there was none.
    pub others: u64,
    /// Where it came from, if an absorption put it here just as it was in another store.
    pub below: Option<AbsorbedFrom>,
}

impl Record {
    /// What it counts for against `Limits::total_bytes`: its texts, and as much again as a small session has besides.
    pub fn weight(&self) -> usize {
        let Session { id, user_id, data, .. } = &self.session;
        [id.as_str().len(), user_id.len(), data.as_str().len()].into_iter().fold(256, usize::saturating_add)
    }
}

/// Where an absorbed session came from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AbsorbedFrom {
    /// The commit here that put it.
    pub at: u64,
    /// The commit there that created it.
    pub created: u64,
}

/// How far another store was absorbed: the value of `a/<epoch>`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Absorbed {
    /// The last commit there that was taken in.
    pub seq: u64,
    /// The horizon there.
    pub horizon: u64,
    /// The commit here that took it in.
    pub at: u64,
    /// The last commit there that was taken in the time before; 0 if this is the first time.
    pub before: u64,
    /// The commit here that took it in the first time.
    pub first: u64,
}

impl Absorbed {
    /// The commit here that the oldest records date from of what happened there after its commit `seq`.
    pub fn holds_from(&self, seq: u64) -> u64 {
        if seq < self.before { self.first } else { self.at }
    }
}

impl Record {
    /// Sequence number of the last change by anybody but `author`; 0 if there was none.
    pub fn changed_by_others(&self, author: &Author) -> u64 {
        if self.by == *author { self.others } else { self.session.version.unwrap_or_default() }
    }
}

/// What became of the writes of one client.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Client {
    /// Sequence number of the last commit that held a write of it.
    pub seq: u64,
    pub outcomes: Outcomes,
}

/// That a session was removed: the value of `t/<id>`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Tombstone {
    /// Sequence number of the commit that removed it.
    pub seq: u64,
    /// Whose removal came last; nobody's in schema 1, which did not keep it.
    pub by: Option<Remover>,
    /// Sequence number of the commit that put this here: a later one than `seq` if the removal was taken over.
    pub at: u64,
}

/// One entry of the store, or its absence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RecordChange {
    /// Tombstones and client records up to this sequence number may have been forgotten. With the schema that the store says
    /// it is in.
    Horizon(u64, u64),
    Active(Option<SessionId>),
    Session(Rc<Record>),
    NoSession(SessionId),
    Tombstone(SessionId, Tombstone),
    NoTombstone(SessionId),
    Client(Author, Rc<Client>),
    NoClient(Author),
    Absorbed(u64, Absorbed),
    NotAbsorbed(u64),
    /// Whether what is here is on its way to a better store.
    Moving(bool),
    Moved(u64),
}

#[derive(Deserialize, Serialize)]
struct Meta {
    schema: u64,
    horizon: u64,
}

impl RecordChange {
    /// What the value of a key means; `None` for a key that means nothing here.
    ///
    /// Errors: `storage_failed` for a newer schema, and for what this code never wrote.
    pub fn of_put(key: &str, value: &str) -> Result<Option<Self>, Code> {
        let change = match Key::parse(key) {
            Key::Meta => {
                let meta: Meta = read(value)?;
                if meta.schema > SCHEMA {
                    return Err(Code::StorageFailed);
                }
                Self::Horizon(meta.horizon, meta.schema)
            }
            Key::Active => Self::Active(read(value)?),
            Key::Session(id) => Self::Session(Rc::new(session(&id?, value)?)),
            Key::Tombstone(id) => Self::Tombstone(id?, tombstone(value)?),
            Key::Client(author) => Self::Client(author?, Rc::new(read(value)?)),
            Key::Absorbed(epoch) => Self::Absorbed(epoch?, read(value)?),
            Key::Moving => Self::Moving(true),
            Key::Moved => Self::Moved(read(value)?),
            Key::Unknown => return Ok(None),
        };
        Ok(Some(change))
    }

    /// Whether the layout that this entry tells of is newer than this build.
    pub fn is_newer(key: &str, value: &str) -> bool {
        matches!(Key::parse(key), Key::Meta) && read::<Meta>(value).is_ok_and(|meta| meta.schema > SCHEMA)
    }

    /// What the absence of a key means; `None` where it means nothing.
    ///
    /// Errors: `storage_failed` for a key that this code never wrote.
    pub fn of_delete(key: &str) -> Result<Option<Self>, Code> {
        Ok(match Key::parse(key) {
            Key::Session(id) => Some(Self::NoSession(id?)),
            Key::Tombstone(id) => Some(Self::NoTombstone(id?)),
            Key::Client(author) => Some(Self::NoClient(author?)),
            Key::Absorbed(epoch) => Some(Self::NotAbsorbed(epoch?)),
            Key::Moving => Some(Self::Moving(false)),
            Key::Meta | Key::Active | Key::Moved | Key::Unknown => None,
        })
    }

    /// The key, and the value unless the change is that there is none.
    ///
    /// Errors: `internal` if a value cannot be written, which does not happen.
    pub fn entry(&self) -> Result<(String, Option<String>), Code> {
        Ok(match self {
            Self::Horizon(horizon, schema) => {
                ("meta".to_owned(), Some(write(&Meta { schema: *schema, horizon: *horizon })?))
            }
            Self::Active(id) => ("active".to_owned(), Some(write(id)?)),
            Self::Session(record) => (session_key(&record.session.id), Some(write(record.as_ref())?)),
            Self::NoSession(id) => (session_key(id), None),
            Self::Tombstone(id, tombstone) => (tombstone_key(id), Some(write(tombstone)?)),
            Self::NoTombstone(id) => (tombstone_key(id), None),
            Self::Client(author, client) => (client_key(author), Some(write(client.as_ref())?)),
            Self::NoClient(author) => (client_key(author), None),
            Self::Absorbed(epoch, absorbed) => (absorbed_key(*epoch), Some(write(absorbed)?)),
            Self::NotAbsorbed(epoch) => (absorbed_key(*epoch), None),
            Self::Moving(moving) => ("moving".to_owned(), moving.then(|| write(moving)).transpose()?),
            Self::Moved(epoch) => ("moved".to_owned(), Some(write(epoch)?)),
        })
    }
}

/// What is kept of the session of this id.
fn session(id: &SessionId, value: &str) -> Result<Record, Code> {
    let record: Record = read(value)?;
    let is_whole = record.session.id == *id && record.session.version.is_some();
    if is_whole { Ok(record) } else { Err(Code::StorageFailed) }
}

/// What is kept of a removal. No value of one schema is one of the other: neither ends where the other does.
fn tombstone(value: &str) -> Result<Tombstone, Code> {
    read(value).or_else(|_| {
        let seq = read(value)?;
        Ok(Tombstone { seq, by: None, at: seq })
    })
}

enum Key {
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
    fn parse(key: &str) -> Self {
        let id = |text: &str| SessionId::try_from(text.to_owned()).map_err(|_| Code::StorageFailed);
        match key.split_once('/') {
            None if key == "meta" => Self::Meta,
            None if key == "active" => Self::Active,
            None if key == "moving" => Self::Moving,
            None if key == "moved" => Self::Moved,
            Some(("a", rest)) => Self::Absorbed(rest.parse().map_err(|_| Code::StorageFailed)),
            Some(("s", rest)) => Self::Session(id(rest)),
            Some(("t", rest)) => Self::Tombstone(id(rest)),
            Some(("c", rest)) => Self::Client(author(rest).ok_or(Code::StorageFailed)),
            _ => Self::Unknown,
        }
    }
}

fn session_key(id: &SessionId) -> String {
    format!("s/{}", id.as_str())
}

fn tombstone_key(id: &SessionId) -> String {
    format!("t/{}", id.as_str())
}

fn client_key(author: &Author) -> String {
    format!("c/{}/{}-{}", author.origin, author.client.0, author.client.1)
}

fn absorbed_key(epoch: u64) -> String {
    format!("a/{epoch}")
}

/// `<origin>/<client>`: the origin holds slashes itself, the client does not.
fn author(text: &str) -> Option<Author> {
    let (origin, client) = text.rsplit_once('/')?;
    let (high, low) = client.split_once('-')?;
    Some(Author { origin: origin.to_owned(), client: ClientId(high.parse().ok()?, low.parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::UnixMillis;
    use crate::session::{Json, Outcome};

    #[test]
    fn every_fact_is_read_back_as_it_was_written() {
        let id = |text: &str| SessionId::try_from(text.to_owned()).unwrap();
        let author = Author { origin: "https://a.example:8443".to_owned(), client: ClientId(1 << 60, 2) };
        let mut outcomes = Outcomes::default();
        outcomes.settle(3);
        outcomes.record(4, Outcome::Accepted(9), 9);
        outcomes.record(6, Outcome::Refused(Code::NotFound), 9);
        outcomes.record(7, Outcome::Contended, 9);
        let record = Record {
            session: Session {
                id: id("a/\"b/"),
                user_id: "ü\"".to_owned(),
                created_at: UnixMillis(5),
                last_active_at: UnixMillis(6),
                version: Some(9),
                data: Json::try_from(r#"{"n":12345678901234567890.10e-7,"s":"\"é😀"}"#.to_owned()).unwrap(),
            },
            created: 4,
            creator: author.clone(),
            by: author.clone(),
            others: 7,
            below: Some(AbsorbedFrom { at: 8, created: 3 }),
        };
        for change in [
            RecordChange::Horizon(12, SCHEMA),
            RecordChange::Horizon(12, 1),
            RecordChange::Active(Some(id("x"))),
            RecordChange::Active(None),
            RecordChange::Session(Rc::new(record)),
            RecordChange::NoSession(id("s/t")),
            RecordChange::Tombstone(id("t"), Tombstone { seq: 8, by: None, at: 9 }),
            RecordChange::Tombstone(
                id("t"),
                Tombstone { seq: 300, by: Some(Remover { author: author.clone(), n: 1 << 40 }), at: 300 },
            ),
            RecordChange::NoTombstone(id("😀")),
            RecordChange::Client(author.clone(), Rc::new(Client { seq: 9, outcomes })),
            RecordChange::NoClient(author.clone()),
            RecordChange::Absorbed(1 << 52, Absorbed { seq: 7, horizon: 2, at: 9, before: 5, first: 8 }),
            RecordChange::NotAbsorbed(7),
            RecordChange::Moving(true),
            RecordChange::Moving(false),
            RecordChange::Moved(5),
        ] {
            let (key, value) = change.entry().unwrap();
            let read = match &value {
                Some(value) => RecordChange::of_put(&key, value),
                None => RecordChange::of_delete(&key),
            };
            assert_eq!(read, Ok(Some(change)), "{key}");
        }
    }

    #[test]
    fn javascript_knows_the_keys_that_it_has_to_know() {
        let script = include_str!("../../../js/providers/store-keys.js");
        let knows = |name: &str, key: &str| script.contains(&format!("export const {name} = \"{key}\";"));
        let session = session_key(&SessionId::try_from("x".to_owned()).unwrap());
        let (meta, _) = RecordChange::Horizon(0, SCHEMA).entry().unwrap();
        assert!(knows("META", &meta) && knows("SESSION_PREFIX", session.strip_suffix('x').unwrap()));
        assert!(knows("MIGRATION", "migration") && matches!(Key::parse("migration"), Key::Unknown));
    }

    #[test]
    fn a_removal_of_schema_1_is_read_as_nobodys() {
        let id = SessionId::try_from("x".to_owned()).unwrap();
        for seq in [0_u64, 1, 127, 128, 300, 1 << 52] {
            let read = RecordChange::of_put("t/x", &write(&seq).unwrap());
            assert_eq!(read, Ok(Some(RecordChange::Tombstone(id.clone(), Tombstone { seq, by: None, at: seq }))));
        }
    }

    #[test]
    fn hostile_44_45_a_newer_schema_and_foreign_values_are_refused() {
        assert_eq!(RecordChange::of_put("meta", &write(&(SCHEMA + 1, 0_u64)).unwrap()), Err(Code::StorageFailed));
        for (key, value) in [
            ("meta", "1"),
            ("s/a", "{}"),
            ("s/", "{}"),
            ("t/a", ""),
            ("c/a", "{}"),
            ("c/o/1-x", "{}"),
            ("active", "\"\""),
            ("a/x", "\u{1}\u{1}\u{1}"),
            ("a/1", "\u{1}"),
        ] {
            assert_eq!(RecordChange::of_put(key, value), Err(Code::StorageFailed), "{key}");
        }
        assert_eq!(RecordChange::of_put("later/x", "anything"), Ok(None));
    }
}
