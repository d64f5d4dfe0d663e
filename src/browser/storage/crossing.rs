//! Operations and answers as they cross to JavaScript and back: lists of numbers and texts, without names, which would
//! all be downloaded. `js/providers/crossing.js` makes of them what the published types say.
//!
//! A version is `[epoch, seq, tag]`, a commit `[version, puts, deletes, entry, horizon, strict]`.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue};

use crate::browser::{Record, awaited, number, read_version, spawn, written_version};
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
        Operation::Since(since) => ("since", Array::of1(&written_version(*since))),
    }
}

/// Tells what an operation of this name comes to.
pub fn tell(name: &'static str, asked: Promise, done: Box<dyn FnOnce(Answer)>) {
    spawn(async move {
        done(match awaited(&asked).await {
            Ok(value) => answer(name, value),
            Err(error) => Answer::Failed(failure(error)),
        });
    });
}

/// The answer to the operation of this name. What came from outside was looked at on the other side already; what is no
/// answer all the same has failed.
fn answer(name: &str, value: JsValue) -> Answer {
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

/// The same, as an operation rejects with it.
pub fn rejection(Failure { code, unknown }: Failure) -> JsValue {
    let error = Record::new();
    error.set("code", code.name().into());
    error.set("unknown", unknown.into());
    error.into()
}

/// A version, or `null`.
pub fn stand(at: Option<Version>) -> JsValue {
    at.map_or(JsValue::NULL, written_version)
}

fn store_commit(commit: &StoreCommit) -> JsValue {
    let list = Array::of5(
        &written_version(commit.version),
        &pairs(&commit.puts),
        &texts(&commit.deletes),
        &(&commit.entry).into(),
        &number(commit.horizon),
    );
    list.push(&(commit.durability == Durability::Strict).into());
    list.into()
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
    let mut texts = Vec::new();
    for text in list(value) {
        texts.push(text.as_string()?);
    }
    Some(texts)
}

fn read_pairs(value: JsValue) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    for pair in list(value) {
        let pair = list(pair);
        pairs.push((pair.get(0).as_string()?, pair.get(1).as_string()?));
    }
    Some(pairs)
}
