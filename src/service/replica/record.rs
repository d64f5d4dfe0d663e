//! What one entry of the store means: keys are in `keys.rs`, how values lie in their bytes in `layout.rs`. Record changes are
//! absolute: putting one twice is putting it once, so that pages of a list read while others write, log entries and own commits
//! all go the same way in.
//!
//! A store says in `meta` which schema it is in: the first commit that this build makes says its own. A value of an older
//! schema stays until it is written anew, and is read as what it was.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;

use super::author::{Author, Remover};
use super::encoding::{read, read_meta, write, write_meta};
use super::keys::{self, Key};
use crate::engine::outcomes::Outcomes;
use crate::error::Code;
use crate::session::{Session, SessionId};

/// A session as the store keeps it: the value of `s/<id>`.
#[derive(Clone, Debug, Eq, PartialEq)]
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
    /// What was counted of its requests along with another store.
    pub taken: Option<TakenRequests>,
}

impl Record {
    /// What it counts for against `Limits::total_bytes`: its texts, and as much again as a small session has besides.
    pub fn weight(&self) -> usize {
        let Session { id, user_id, data, .. } = &self.session;
        [id.as_str().len(), user_id.len(), data.as_str().len()].into_iter().fold(256, usize::saturating_add)
    }
}

/// Where an absorbed session came from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AbsorbedFrom {
    /// The commit here that put it.
    pub at: u64,
    /// The commit there that created it.
    pub created: u64,
}

/// Requests of a session in another store that are counted here too: they count once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TakenRequests {
    /// That store's.
    pub epoch: u64,
    pub count: u64,
    pub micros: u64,
}

/// How far another store was absorbed: the value of `a/<epoch>`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Client {
    /// Sequence number of the last commit that held a write of it.
    pub seq: u64,
    pub outcomes: Outcomes,
}

/// That a session was removed: the value of `t/<id>`.
#[derive(Clone, Debug, Eq, PartialEq)]
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

impl RecordChange {
    /// What the value of a key means; `None` for a key that means nothing here.
    ///
    /// Errors: `protocol_mismatch` for a newer schema, `storage_failed` for what this code never wrote.
    pub fn of_put(key: &str, value: &str) -> Result<Option<Self>, Code> {
        let change = match Key::parse(key) {
            Key::Meta => {
                let (schema, horizon) = read_meta(value)?;
                Self::Horizon(horizon, schema)
            }
            Key::Active => Self::Active(read(value)?),
            Key::Session(id) => Self::Session(Rc::new(session(&id?, value)?)),
            Key::Tombstone(id) => Self::Tombstone(id?, read(value)?),
            Key::Client(author) => Self::Client(author?, Rc::new(read(value)?)),
            Key::Absorbed(epoch) => Self::Absorbed(epoch?, read(value)?),
            Key::Moving => Self::Moving(true),
            Key::Moved => Self::Moved(read(value)?),
            Key::Unknown => return Ok(None),
        };
        Ok(Some(change))
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
    pub fn entry(&self) -> (String, Option<String>) {
        match self {
            Self::Horizon(horizon, schema) => (keys::META.to_owned(), Some(write_meta(*schema, *horizon))),
            Self::Active(id) => (keys::ACTIVE.to_owned(), Some(write(id))),
            Self::Session(record) => (keys::session(&record.session.id), Some(write(record.as_ref()))),
            Self::NoSession(id) => (keys::session(id), None),
            Self::Tombstone(id, tombstone) => (keys::tombstone(id), Some(write(tombstone))),
            Self::NoTombstone(id) => (keys::tombstone(id), None),
            Self::Client(author, client) => (keys::client(author), Some(write(client.as_ref()))),
            Self::NoClient(author) => (keys::client(author), None),
            Self::Absorbed(epoch, absorbed) => (keys::absorbed(*epoch), Some(write(absorbed))),
            Self::NotAbsorbed(epoch) => (keys::absorbed(*epoch), None),
            Self::Moving(moving) => (keys::MOVING.to_owned(), moving.then(|| write(moving))),
            Self::Moved(epoch) => (keys::MOVED.to_owned(), Some(write(epoch))),
        }
    }
}

/// What is kept of the session of this id.
fn session(id: &SessionId, value: &str) -> Result<Record, Code> {
    let record: Record = read(value)?;
    let is_whole = record.session.id == *id && record.session.version.is_some();
    if is_whole { Ok(record) } else { Err(Code::StorageFailed) }
}

#[cfg(test)]
mod tests {
    use super::super::encoding::SCHEMA;
    use super::*;
    use crate::ambient::UnixMillis;
    use crate::session::{ClientId, Json, Lifetime, Outcome, Requests, Why};
    use alloc::vec::Vec;

    const SESSION: &str = concat!(
        "\u{84}\0\u{5}a/\"b/\u{3}Ã¼\"\u{5}\u{6}\u{1}\t",
        "9{\"n\":12345678901234567890.10e-7,\"s\":\"\\\"Ã©ð\u{9f}\u{98}\u{80}\",\"no\":null}",
        "\u{1}\u{ac}\u{2}\0\u{1}\u{b2}\u{2}",
        "\u{3}\u{94}#\u{1}\u{ac}\u{2}\u{1}\u{14}https://api.example/",
        "\u{4}\u{16}https://a.example:8443\u{80}\u{80}\u{80}\u{80}\u{80}\u{80}\u{80}\u{8}\u{2}",
        "\u{4}null\u{1}\u{2}\u{7}\u{1}\u{8}\u{3}",
        "\u{1}\u{80}\u{80}\u{80}\u{80}\u{80}\u{80}\u{80}\u{2}\u{2}\u{dc}\u{b}"
    );
    /// The parts of it that came with schema 4.
    const LIFETIME: &str = "\u{1}\u{ac}\u{2}\0\u{1}\u{b2}\u{2}";
    const REQUESTS: &str = "\u{3}\u{94}#\u{1}\u{ac}\u{2}\u{1}\u{14}https://api.example/";
    const TAKEN: &str = "\u{1}\u{80}\u{80}\u{80}\u{80}\u{80}\u{80}\u{80}\u{2}\u{2}\u{dc}\u{b}";
    const TOMBSTONE: &str = concat!(
        "\u{84}\0\u{ac}\u{2}\u{1}\u{16}https://a.example:8443\u{80}\u{80}\u{80}\u{80}\u{80}\u{80}\u{80}\u{8}\u{2}",
        "\u{80}\u{80}\u{80}\u{80}\u{80}\u{20}\u{ad}\u{2}"
    );
    const CLIENT: (&str, &str) = (
        "c/https://a.example:8443/4503599627370496-2",
        concat!(
            "\u{84}\0\t\u{3}\n\u{4}\0\t\t\u{6}\u{1}\u{1}\t\u{7}\u{2}\t",
            "\u{8}\u{3}\0\u{1}\0\t\u{3}\u{1}\0\n\u{3}\u{2}\u{2}\u{3}\0\u{b}\u{3}\u{3}\u{ac}\u{2}\u{4}\0",
            "\u{c}\u{3}\u{4}\u{5}\0\r\u{3}\u{5}\u{6}\0\u{e}\u{3}\u{6}\u{7}\0"
        ),
    );

    /// One of each, with the key and the value that it has in the store. These texts are in stores that are used: a change of
    /// what is written is a new schema.
    fn entries() -> Vec<(RecordChange, &'static str, Option<&'static str>)> {
        let id = |text: &str| SessionId::try_from(text.to_owned()).unwrap();
        let author = Author { origin: "https://a.example:8443".to_owned(), client: ClientId(1 << 52, 2) };
        let other = Author { origin: "null".to_owned(), client: ClientId(1, 2) };
        let mut outcomes = Outcomes::default();
        outcomes.settle(3);
        outcomes.record(4, Outcome::Accepted(9), 9);
        outcomes.record(6, Outcome::Refused(Code::NotFound), 9);
        outcomes.record(7, Outcome::Contended, 9);
        let reasons = [
            Why::Operation(1),
            Why::UserId,
            Why::Key { mutation: 2, member: 3 },
            Why::DataBytes { bytes: 300, limit: 4 },
            Why::Sessions(5),
            Why::TotalBytes(6),
            Why::Mutations(7),
        ];
        (8..).zip(reasons).for_each(|(n, why)| outcomes.record(n, Outcome::Denied(why), 0));
        let data = Json::try_from(r#"{"n":12345678901234567890.10e-7,"s":"\"é😀","no":null}"#.to_owned()).unwrap();
        let session = Session::new(id("a/\"b/"), "ü\"".to_owned(), data, UnixMillis(5), Some(9));
        let lifetime = Lifetime { ttl: Some(300), renews: false, expires_at: Some(UnixMillis(306)) };
        let last_url = Some("https://api.example/".to_owned());
        let requests = Requests { count: 3, micros: 4_500, limit: Some(300), last_url };
        let record = Record {
            session: Session { last_active_at: UnixMillis(6), lifetime, requests, ..session },
            created: 4,
            creator: author.clone(),
            by: other.clone(),
            others: 7,
            below: Some(AbsorbedFrom { at: 8, created: 3 }),
            taken: Some(TakenRequests { epoch: 1 << 50, count: 2, micros: 1_500 }),
        };
        let absorbed = Absorbed { seq: 7, horizon: 2, at: 9, before: 5, first: 8 };
        let last = Tombstone { seq: 300, by: Some(Remover { author: author.clone(), n: 1 << 40 }), at: 301 };
        [
            (RecordChange::Horizon(12, SCHEMA), "meta", Some("\u{4}\u{c}")),
            (RecordChange::Horizon(300, 1), "meta", Some("\u{1}\u{ac}\u{2}")),
            (RecordChange::Active(Some(id("x"))), "active", Some("\u{84}\0\u{1}\u{1}x")),
            (RecordChange::Active(None), "active", Some("\u{84}\0\0")),
            (RecordChange::Session(Rc::new(record)), "s/a/\"b/", Some(SESSION)),
            (RecordChange::NoSession(id("s/t")), "s/s/t", None),
            (RecordChange::Tombstone(id("t"), Tombstone { seq: 8, by: None, at: 9 }), "t/t", Some("\u{84}\0\u{8}\0\t")),
            (RecordChange::Tombstone(id("t"), last), "t/t", Some(TOMBSTONE)),
            (RecordChange::NoTombstone(id("😀")), "t/😀", None),
            (RecordChange::Client(author.clone(), Rc::new(Client { seq: 9, outcomes })), CLIENT.0, Some(CLIENT.1)),
            (RecordChange::NoClient(other), "c/null/1-2", None),
            (RecordChange::Absorbed(1 << 52, absorbed), "a/4503599627370496", Some("\u{84}\0\u{7}\u{2}\t\u{5}\u{8}")),
            (RecordChange::NotAbsorbed(7), "a/7", None),
            (RecordChange::Moving(true), "moving", Some("\u{84}\0\u{1}")),
            (RecordChange::Moving(false), "moving", None),
            (RecordChange::Moved(5), "moved", Some("\u{84}\0\u{5}")),
        ]
        .into()
    }

    #[test]
    fn every_record_has_the_text_that_stores_hold_and_is_read_back() {
        for (change, key, value) in entries() {
            assert_eq!(change.entry(), (key.to_owned(), value.map(str::to_owned)));
            let read = match value {
                Some(value) => RecordChange::of_put(key, value),
                None => RecordChange::of_delete(key),
            };
            assert_eq!(read, Ok(Some(change)), "{key}");
        }
    }

    /// With that field in the domain, the test above holds as well.
    #[test]
    #[cfg(feature = "further")]
    fn a_new_field_of_sessions_is_not_kept_before_the_layout_names_it() {
        let kept = |further| {
            let id = SessionId::try_from("x".to_owned()).unwrap();
            let session = Session::new(id, "u".to_owned(), Json::empty(), UnixMillis(5), Some(9));
            let author = Author { origin: "o".to_owned(), client: ClientId(1, 2) };
            let (creator, session) = (author.clone(), Session { further, ..session });
            let record = Record { session, created: 9, creator, by: author, others: 0, below: None, taken: None };
            RecordChange::Session(Rc::new(record))
        };
        assert_ne!(kept(1), kept(2), "they differ in that field");
        assert_eq!(kept(1).entry(), kept(2).entry());
    }

    #[test]
    fn values_of_schemas_2_and_3_are_read_as_those_of_this_one_and_sessions_of_them_never_expire() {
        for (mut change, key, value) in entries() {
            let Some(bare) = value.and_then(|value| value.strip_prefix("\u{84}\0")) else { continue };
            let mut bare = bare.to_owned();
            if let RecordChange::Session(record) = &mut change {
                let record = Rc::make_mut(record);
                (record.session.lifetime, record.session.requests) = Default::default();
                record.taken = None;
                bare = bare.replacen(LIFETIME, "", 1).replacen(REQUESTS, "", 1);
                assert_eq!(bare.split_off(bare.len() - TAKEN.len()), TAKEN);
            }
            let headed = ["\u{83}\0", &bare].concat();
            for older in [&bare, &headed] {
                assert_eq!(RecordChange::of_put(key, older), Ok(Some(change.clone())), "{key}");
            }
        }
    }

    #[test]
    fn a_removal_of_schema_1_is_read_as_nobodys() {
        let id = SessionId::try_from("x".to_owned()).unwrap();
        for (value, seq) in [("\0", 0), ("\u{1}", 1), ("\u{7f}", 127), ("\u{80}\u{1}", 128), ("\u{ac}\u{2}", 300)] {
            let read = RecordChange::of_put("t/x", value);
            assert_eq!(read, Ok(Some(RecordChange::Tombstone(id.clone(), Tombstone { seq, by: None, at: seq }))));
        }
    }

    #[test]
    fn hostile_44_45_a_newer_schema_and_foreign_values_are_refused() {
        assert_eq!(RecordChange::of_put("meta", &write_meta(SCHEMA + 1, 0)), Err(Code::ProtocolMismatch));
        assert_eq!(RecordChange::of_put("s/a", "\u{85}\0whatever"), Err(Code::ProtocolMismatch));
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
