//! How a store lies in a database: its tables, and what is in them.

use core::cell::Cell;

use js_sys::{Array, JsString};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbKeyRange, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction};

use super::crossing;
use super::idb::answered;
use crate::browser::{integer, number, read_version};
use crate::session::Version;
use crate::storage::Durability;
use crate::storage::tail;

/// The number of this layout. A build that knows only a lower one cannot open the database.
pub const LAYOUT: u32 = 2;

/// Sequence number to `[epoch, tag, entry, puts, deletes, horizon]`: one record for each commit. A put is `[key, value]`. In
/// layout 1 a record ended with its entry.
pub const LOG: &str = "log";
/// `FOLDED` to `[epoch, seq, tag]`, and the probe.
pub const META: &str = "meta";
/// Key to value, both text: what the commits up to `FOLDED` come to.
pub const ENTRIES: &str = "entries";

/// What the log alone says.
pub const LOG_ALONE: &[&str] = &[LOG];
/// What is not folded.
pub const UNFOLDED: &[&str] = &[LOG, META];
/// What a fold writes: not the log, to which others commit meanwhile.
pub const FOLD: &[&str] = &[META, ENTRIES];
pub const ALL: &[&str] = &[LOG, META, ENTRIES];

/// Under it stands the version that the entries are at. Layout 1, which folded with each commit, called it the head: so a
/// database of that layout is one of this, with nothing in it to be changed.
const FOLDED: &str = "head";
/// Under it stands what the last probe wrote.
pub const PROBE: &str = "probe";

/// The entries were never looked at.
pub const UNKNOWN: Version = Version { epoch: 0, seq: u64::MAX, tag: 0 };
/// There are none.
const NOTHING: Version = Version { seq: 0, ..UNKNOWN };

/// What is not folded; of a put the list of key and value.
pub type Tail = tail::Tail<Array>;

/// A commit, as it crosses.
pub struct Commit {
    pub to: Version,
    pub puts: Array,
    pub deletes: Array,
    entry: JsValue,
    pub horizon: u64,
    pub durability: Durability,
    /// Of all values, and of the longest one.
    pub length: usize,
    pub longest: usize,
}

impl Commit {
    /// The commit in this list; `None` for anything else: what cannot be read again would make the whole store unreadable.
    pub fn read(parts: Array) -> Option<Self> {
        let (puts, deletes): (Array, Array) = (parts.get(1).unchecked_into(), parts.get(2).unchecked_into());
        let (mut length, mut longest) = (0_usize, 0);
        let mut all_texts = parts.get(3).is_string() && deletes.iter().all(|key| key.is_string());
        for put in puts.iter() {
            let put: Array = put.unchecked_into();
            all_texts &= put.get(0).is_string();
            let its = put.get(1).dyn_ref::<JsString>()?.length() as usize;
            length = length.saturating_add(its);
            longest = longest.max(its);
        }
        all_texts.then_some(())?;
        Some(Self {
            to: read_version(&parts.get(0))?,
            puts,
            deletes,
            entry: parts.get(3),
            horizon: integer(&parts.get(4))?,
            durability: if parts.get(5).is_truthy() { Durability::Strict } else { Durability::Relaxed },
            length,
            longest,
        })
    }

    /// What the log keeps of it.
    pub fn record(&self, puts: &Array, deletes: &Array) -> JsValue {
        let record = Array::of5(&number(self.to.epoch), &number(self.to.tag), &self.entry, puts, deletes);
        record.push(&number(self.horizon));
        record.into()
    }
}

/// Makes the tables that are not there.
pub fn create(request: &IdbOpenDbRequest) {
    let Ok(database) = request.result() else { return };
    for table in ALL {
        let _ = database.unchecked_ref::<IdbDatabase>().create_object_store(table);
    }
}

/// Whether this is the record of the commit to `version`, and not of another one of its number.
pub fn is(record: &JsValue, version: Version) -> bool {
    let parts: &Array = record.unchecked_ref();
    record.is_object() && integer(&parts.get(0)) == Some(version.epoch) && integer(&parts.get(1)) == Some(version.tag)
}

/// Asks for the records from this number on. `after`: without that one.
pub fn records(log: &IdbObjectStore, from: u64, after: bool) -> Result<IdbRequest, JsValue> {
    let range = IdbKeyRange::lower_bound_with_open(&number(from), after)?;
    log.get_all_with_key(&range)
}

/// Asks for the records up to this number to be deleted.
pub fn delete_records(log: &IdbObjectStore, up_to: u64) -> Result<IdbRequest, JsValue> {
    let range = IdbKeyRange::upper_bound(&number(up_to))?;
    log.delete(&range)
}

/// Asks for the version that the entries are at.
pub fn folded(transaction: &IdbTransaction) -> Result<IdbRequest, JsValue> {
    transaction.object_store(META)?.get(&FOLDED.into())
}

/// The commits that are not folded. `last`: the version that the entries were at the last time; if they still are, one
/// question is enough.
pub async fn tail(transaction: &IdbTransaction, last: &Cell<Version>) -> Result<Tail, JsValue> {
    loop {
        let folded = folded(transaction)?;
        // Another transaction of this handle may learn of another version meanwhile.
        let asked = last.get().seq;
        let found = answered(&records(&transaction.object_store(LOG)?, asked, true)?).await?;
        let held = folded.result()?;
        let version = read_version(&held);
        // Whoever takes what cannot be read for an empty store begins a new one over it.
        if version.is_none() && !held.is_undefined() {
            return Err(JsValue::NULL);
        }
        let from = version.unwrap_or(NOTHING);
        last.set(from);
        if asked != from.seq {
            continue;
        }
        let mut tail = Tail::new(version);
        for record in found.unchecked_into::<Array>() {
            take_in(&mut tail, &record.unchecked_into()).ok_or(JsValue::NULL)?;
        }
        return Ok(tail);
    }
}

/// The record of the next commit.
fn take_in(tail: &mut Tail, record: &Array) -> Option<()> {
    let head = tail.head?;
    tail.head = Some(Version { seq: head.seq.checked_add(1)?, tag: integer(&record.get(1))?, ..head });
    change(tail, record.get(3).unchecked_ref(), record.get(4).unchecked_ref())
}

/// Takes in what a commit changes: it deletes first.
pub fn change(tail: &mut Tail, puts: &Array, deletes: &Array) -> Option<()> {
    for key in deletes.iter() {
        tail.changes.push((key.as_string()?, None));
    }
    for put in puts.iter() {
        let put: Array = put.unchecked_into();
        tail.changes.push((put.get(0).as_string()?, Some(put)));
    }
    Some(())
}

/// Asks for the entries to be brought to the head of the tail; that they are, the end of the transaction tells.
pub fn fold(transaction: &IdbTransaction, tail: Tail) -> Result<(), JsValue> {
    let entries = transaction.object_store(ENTRIES)?;
    for (key, put) in tail.changes {
        match put {
            Some(put) => entries.put_with_key(&put.get(1), &put.get(0))?,
            None => entries.delete(&key.into())?,
        };
    }
    // No `commit()`: in Firefox, of what fails after one the rest would take effect.
    transaction.object_store(META)?.put_with_key(&crossing::stand(tail.head), &FOLDED.into())?;
    Ok(())
}
