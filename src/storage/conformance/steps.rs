//! What the steps of cases are made of.

use alloc::string::ToString;
use alloc::vec::Vec;
use alloc::{format, vec};

use super::case::{CaseStep, Expected};
use crate::session::Version;
use crate::storage::provider::{Answer, Durability, Operation, StoreCommit};

/// The version of these numbers.
pub fn version(epoch: u64, seq: u64, tag: u64) -> Version {
    Version { epoch, seq, tag }
}

/// A commit to version `epoch`, `seq`, `tag` whose log entry is `entry <seq>`.
pub fn commit(epoch: u64, seq: u64, tag: u64, puts: &[(&str, &str)], deletes: &[&str]) -> StoreCommit {
    StoreCommit {
        version: version(epoch, seq, tag),
        puts: puts.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
        deletes: deletes.iter().map(ToString::to_string).collect(),
        entry: format!("entry {seq}"),
        horizon: 0,
        durability: Durability::Strict,
    }
}

/// One operation on the first handle.
pub fn ask(operation: Operation, answer: Answer) -> CaseStep {
    on(0, operation, answer)
}

pub fn on(handle: usize, operation: Operation, answer: Answer) -> CaseStep {
    either(handle, operation, vec![answer])
}

pub fn either(handle: usize, operation: Operation, right: Vec<Answer>) -> CaseStep {
    CaseStep { asked: vec![(handle, operation)], expected: Expected::AnyOf(right) }
}

pub fn try_commit(expect: Option<Version>, commit: StoreCommit) -> Operation {
    Operation::Commit { expect, commit }
}

pub fn get(keys: &[&str]) -> Operation {
    Operation::Get(keys.iter().map(ToString::to_string).collect())
}

pub fn values(values: &[Option<&str>]) -> Answer {
    Answer::Values(values.iter().map(|value| value.map(ToString::to_string)).collect())
}

pub fn list(prefix: &str, after: Option<&str>, limit: usize) -> Operation {
    Operation::List { prefix: prefix.to_string(), after: after.map(ToString::to_string), limit }
}

pub fn entries(entries: &[(&str, &str)]) -> Answer {
    Answer::Entries(entries.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect())
}

pub fn logged(seqs: impl IntoIterator<Item = u64>) -> Answer {
    Answer::Log(Some(seqs.into_iter().map(|seq| format!("entry {seq}")).collect()))
}

/// Commits 1 to `last` of epoch 1, each with its own number as tag.
pub fn filled(last: u64) -> Vec<CaseStep> {
    (1..=last)
        .map(|seq| {
            let expect = (seq > 1).then(|| version(1, seq.saturating_sub(1), seq.saturating_sub(1)));
            ask(try_commit(expect, commit(1, seq, seq, &[("k", &format!("v{seq}"))], &[])), Answer::Committed)
        })
        .collect()
}

pub fn then(mut steps: Vec<CaseStep>, more: Vec<CaseStep>) -> Vec<CaseStep> {
    steps.extend(more);
    steps
}
