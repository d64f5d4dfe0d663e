//! How a store lies in a database: its tables, what is in them, and what a commit writes.

use alloc::string::String;

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::{IdbKeyRange, IdbObjectStore, IdbTransaction};

use super::crossing::{self, read_version};
use super::idb::answered;
use crate::browser::number;
use crate::session::Version;
use crate::storage::StoreCommit;

/// Key to value, both text.
pub const ENTRIES: &str = "entries";
/// Sequence number to `[epoch, tag, entry]`.
pub const LOG: &str = "log";
/// `HEAD` to `[epoch, seq, tag]`, and the probe.
pub const META: &str = "meta";
/// Under it stands the version of the last commit.
pub const HEAD: &str = "head";
/// Under it stands what the last probe wrote.
pub const PROBE: &str = "probe";

/// The version that the store stands at.
pub async fn head(meta: &IdbObjectStore) -> Result<Option<Version>, JsValue> {
    let record = answered(&meta.get(&HEAD.into())?).await?;
    match read_version(&record) {
        // Whoever takes what cannot be read for an empty store begins a new one over it.
        None if !record.is_undefined() => Err(JsValue::NULL),
        head => Ok(head),
    }
}

/// Asks for all writes of the commit; that they are answered, the end of the transaction tells.
/// `turns`: it begins another epoch.
pub fn write(
    transaction: &IdbTransaction,
    meta: &IdbObjectStore,
    commit: &StoreCommit,
    turns: bool,
) -> Result<(), JsValue> {
    let entries = transaction.object_store(ENTRIES)?;
    for key in &commit.deletes {
        entries.delete(&key.into())?;
    }
    for (key, value) in &commit.puts {
        entries.put_with_key(&value.into(), &key.into())?;
    }
    let log = transaction.object_store(LOG)?;
    if turns {
        // The log of another epoch leads nowhere, and its numbers may be higher than those to come.
        let all = IdbKeyRange::lower_bound(&number(0))?;
        log.delete(&all)?;
    } else if commit.horizon > 0 {
        let old = IdbKeyRange::upper_bound(&number(commit.horizon))?;
        log.delete(&old)?;
    }
    let Version { epoch, seq, tag } = commit.version;
    let record = Array::of3(&number(epoch), &number(tag), &(&commit.entry).into());
    log.put_with_key(&record, &number(seq))?;
    meta.put_with_key(&crossing::version(commit.version), &HEAD.into())?;
    Ok(())
}

/// What is no text was not written here. To pass over it would be to say that it is not there.
pub fn text(value: &JsValue) -> Result<String, JsValue> {
    value.as_string().ok_or(JsValue::NULL)
}

/// From `bound` to the last key that begins with `prefix`.
pub fn range(bound: &str, open: bool, prefix: &str) -> Result<IdbKeyRange, JsValue> {
    match prefix.char_indices().last() {
        // The key after all of them, where its last character has a successor of the same length.
        Some((at, last)) if ('\0'..'\x7f').contains(&last) => {
            let mut end = String::from(prefix.get(..at).unwrap_or_default());
            end.push(char::from(last as u8 + 1));
            IdbKeyRange::bound_with_lower_open_and_upper_open(&bound.into(), &end.into(), open, true)
        }
        _ => IdbKeyRange::lower_bound_with_open(&bound.into(), open),
    }
}
