//! Operations and answers as they cross to JavaScript and back: lists of numbers and texts, without names, which would
//! all be downloaded. `js/providers/crossing.js` makes of them what the published types say.
//!
//! A version is `[epoch, seq, tag]`, a commit `[version, puts, deletes, entry, horizon, strict]`.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};

use crate::browser::{Record, integer, number};
use crate::error::Code;
use crate::session::Version;
use crate::storage::{Answer, Durability, Failure, Operation, StoreCommit};

/// The name of an operation, and its arguments.
pub fn call(operation: &Operation) -> (&'static str, Array) {
    match operation {
        Operation::Head => ("head", Array::new()),
        Operation::Get(keys) => ("get", Array::of1(&texts(keys))),
        Operation::List { prefix, after, limit } => {
            let after = after.as_ref().map_or(JsValue::NULL, JsValue::from);
            ("list", Array::of3(&prefix.into(), &after, &number(*limit as u64)))
        }
        Operation::Commit { expect, commit } => ("commit", Array::of2(&stand(*expect), &store_commit(commit))),
        Operation::Since(since) => ("since", Array::of1(&version(*since))),
    }
}

/// The operation of this name; `None` if there is none, or these are no arguments of it.
pub fn operation(name: &str, args: &Array) -> Option<Operation> {
    let first = args.get(0);
    Some(match name {
        "head" => Operation::Head,
        "get" => Operation::Get(read_texts(first)?),
        "list" => Operation::List {
            prefix: first.as_string()?,
            after: args.get(1).as_string(),
            limit: usize::try_from(integer(&args.get(2))?).ok()?,
        },
        "commit" => Operation::Commit { expect: read_version(&first), commit: read_commit(args.get(1))? },
        "since" => Operation::Since(read_version(&first)?),
        _ => return None,
    })
}

/// An answer.
///
/// Errors: what the operation is to reject with, `{ code, unknown }`.
pub fn resolved(answer: Answer) -> Result<JsValue, JsValue> {
    Ok(match answer {
        Answer::Head(head) => stand(head),
        Answer::Values(values) => {
            values.into_iter().map(|value| value.map_or(JsValue::NULL, JsValue::from)).collect::<Array>().into()
        }
        Answer::Entries(entries) => pairs(&entries).into(),
        Answer::Committed => JsValue::TRUE,
        Answer::Stale => JsValue::FALSE,
        Answer::Log(entries) => entries.map_or(JsValue::NULL, |entries| texts(&entries).into()),
        Answer::Failed(Failure { code, unknown }) => {
            let failure = Record::new();
            failure.set("code", code.name().into());
            failure.set("unknown", unknown.into());
            return Err(failure.into());
        }
    })
}

/// The answer to the operation of this name. What came from outside was looked at on the other side already; what is no
/// answer all the same has failed.
pub fn answer(name: &str, value: JsValue) -> Answer {
    let read = || {
        Some(match name {
            "head" => Answer::Head(read_version(&value)),
            "get" => Answer::Values(list(value).iter().map(|value| value.as_string()).collect()),
            "list" => Answer::Entries(read_pairs(value)?),
            "commit" if value.is_truthy() => Answer::Committed,
            "commit" => Answer::Stale,
            _ if value.is_null() => Answer::Log(None),
            _ => Answer::Log(Some(read_texts(value)?)),
        })
    };
    read().unwrap_or(Answer::Failed(Failure { code: Code::StorageFailed, unknown: false }))
}

/// What an operation rejected with.
pub fn failure(error: JsValue) -> Failure {
    let error = Record::from(error);
    let code = error.get("code");
    let known =
        [Code::StorageFull, Code::StorageDenied, Code::ProtocolMismatch].into_iter().find(|known| code == known.name());
    Failure { code: known.unwrap_or(Code::StorageFailed), unknown: error.get("unknown").is_truthy() }
}

/// A version.
pub fn version(Version { epoch, seq, tag }: Version) -> JsValue {
    Array::of3(&number(epoch), &number(seq), &number(tag)).into()
}

/// The version that a list of numbers is; `None` for anything else.
pub fn read_version(value: &JsValue) -> Option<Version> {
    let parts = value.dyn_ref::<Array>()?;
    let part = |at| integer(&parts.get(at));
    Some(Version { epoch: part(0)?, seq: part(1)?, tag: part(2)? })
}

fn stand(at: Option<Version>) -> JsValue {
    at.map_or(JsValue::NULL, version)
}

fn store_commit(commit: &StoreCommit) -> JsValue {
    let list = Array::of5(
        &version(commit.version),
        &pairs(&commit.puts),
        &texts(&commit.deletes),
        &(&commit.entry).into(),
        &number(commit.horizon),
    );
    list.push(&(commit.durability == Durability::Strict).into());
    list.into()
}

fn read_commit(value: JsValue) -> Option<StoreCommit> {
    let parts = list(value);
    Some(StoreCommit {
        version: read_version(&parts.get(0))?,
        puts: read_pairs(parts.get(1))?,
        deletes: read_texts(parts.get(2))?,
        entry: parts.get(3).as_string()?,
        horizon: integer(&parts.get(4))?,
        durability: if parts.get(5).is_truthy() { Durability::Strict } else { Durability::Relaxed },
    })
}

fn list(value: JsValue) -> Array {
    value.unchecked_into()
}

fn texts(texts: &[String]) -> Array {
    texts.iter().map(JsValue::from).collect()
}

fn pairs(pairs: &[(String, String)]) -> Array {
    pairs.iter().map(|(key, value)| Array::of2(&key.into(), &value.into())).collect()
}

fn read_texts(value: JsValue) -> Option<Vec<String>> {
    list(value).iter().map(|text| text.as_string()).collect()
}

fn read_pairs(value: JsValue) -> Option<Vec<(String, String)>> {
    let pair = |pair: JsValue| {
        let pair = list(pair);
        Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
    };
    list(value).iter().map(pair).collect()
}
