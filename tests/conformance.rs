//! Users play the cases of the conformance suite to their own stores, in JavaScript: `js/conformance/cases.js` holds them,
//! and this writes it from the Rust that is their only source.
#![cfg(not(target_arch = "wasm32"))]

use std::path::PathBuf;

use serde_json::{Value, json};
use session_bridge::session::Version;
use session_bridge::storage::conformance::{Case, CaseStep, Expected, cases};
use session_bridge::storage::{Answer, Durability, Operation, StoreCommit};

/// As the page's JavaScript writes what was drawn: eleven digits of five bits, `0` to `v`.
fn name(drawn: u64) -> String {
    (0..11).rev().filter_map(|digit| char::from_digit((drawn >> (digit * 5)) as u32 & 31, 32)).collect()
}

/// Texts that are longer are told as a repetition.
const LONG: usize = 1_000;

/// Fails when the file is not what the cases say; writes it instead if `CONFORMANCE_REGENERATE` is set.
#[test]
fn the_exported_cases_are_up_to_date() {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "js/conformance/cases.js"].iter().collect();
    let mut text =
        String::from("// Written by tests/conformance.rs from src/storage/conformance_cases.rs.\nexport default [\n");
    for case in cases() {
        text.push_str(&format!("{},\n", written(&case)));
    }
    text.push_str("];\n");
    if std::env::var_os("CONFORMANCE_REGENERATE").is_some() {
        std::fs::write(path, text).expect("the file can be written");
        return;
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == text, "run CONFORMANCE_REGENERATE=1 cargo test --test conformance");
}

#[test]
fn long_texts_are_told_as_repetitions() {
    assert_eq!(string(&"ab".repeat(1_000)), json!({ "repeat": ["ab", 1_000] }));
    assert_eq!(string("ab"), json!("ab"));
}

fn written(case: &Case) -> Value {
    json!({ "name": case.name, "steps": case.steps.iter().map(step).collect::<Vec<_>>() })
}

fn step(step: &CaseStep) -> Value {
    let asked = step.asked.iter().map(|(handle, operation)| json!([handle, call(operation)]));
    let expected = match &step.expected {
        Expected::AnyOf(answers) => answers.iter().map(answer).collect::<Value>(),
        Expected::OneWins => json!("one wins"),
    };
    json!({ "asked": asked.collect::<Vec<_>>(), "expected": expected })
}

/// The method of a `StorageProvider`, and its arguments.
fn call(operation: &Operation) -> Value {
    match operation {
        Operation::Head => json!(["head"]),
        Operation::Get(keys) => json!(["get", strings(keys)]),
        Operation::List { prefix, after: None, limit } => json!(["list", prefix, { "limit": limit }]),
        Operation::List { prefix, after, limit } => json!(["list", prefix, { "after": after, "limit": limit }]),
        Operation::Commit { expect, commit } => json!(["commit", expect.map(version), store_commit(commit)]),
        Operation::Since(since) => json!(["since", version(*since)]),
    }
}

/// What the method resolves with.
fn answer(answer: &Answer) -> Value {
    match answer {
        Answer::Head(head) => json!(head.map(version)),
        Answer::Values(values) => values.iter().map(|value| value.as_deref().map_or(Value::Null, string)).collect(),
        Answer::Entries(entries) => pairs(entries),
        Answer::Committed => json!("committed"),
        Answer::Stale => json!("stale"),
        Answer::Log(entries) => entries.as_ref().map_or(Value::Null, |entries| strings(entries)),
        Answer::Failed(failure) => panic!("no case expects {failure:?}"),
    }
}

fn store_commit(commit: &StoreCommit) -> Value {
    json!({
        "version": version(commit.version),
        "puts": pairs(&commit.puts),
        "deletes": strings(&commit.deletes),
        "entry": string(&commit.entry),
        "horizon": commit.horizon,
        "durability": if commit.durability == Durability::Strict { "strict" } else { "relaxed" },
    })
}

fn version(version: Version) -> Value {
    json!({ "epoch": name(version.epoch), "seq": version.seq, "tag": name(version.tag) })
}

fn pairs(pairs: &[(String, String)]) -> Value {
    pairs.iter().map(|(key, value)| json!([key, string(value)])).collect()
}

fn strings(texts: &[String]) -> Value {
    texts.iter().map(|text| string(text)).collect()
}

fn string(text: &str) -> Value {
    if text.len() <= LONG {
        return json!(text);
    }
    let ends = text.char_indices().map(|(at, _)| at).skip(1).take(16);
    let repeated = ends.filter(|end| text.len().is_multiple_of(*end)).find_map(|end| {
        let count = text.len() / end;
        (text[..end].repeat(count) == text).then(|| json!({ "repeat": [&text[..end], count] }))
    });
    repeated.unwrap_or_else(|| json!(text))
}
