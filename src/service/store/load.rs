//! Reading a store from nothing: its head, all entries page by page, then the log from that head on. The pages may have
//! been read while others wrote; the log, being absolute, makes them exact.

use alloc::string::String;
use alloc::vec;

use crate::ambient::Rng;
use crate::error::Code;
use crate::service::replica::commit::Commit;
use crate::service::replica::encoding::SCHEMA;
use crate::service::replica::record::RecordChange;
use crate::service::replica::state::State;
use crate::session::Version;
use crate::storage::{Answer, Durability, Operation};

/// Entries of the first page. Each further one has as many as come to about so many bytes, as those of the page before did: a store of
/// many small entries is read in few pages, and one of large entries does not fill the memory with one page.
const PAGE: usize = 256;
const PAGE_BYTES: usize = 1 << 20;
const PAGE_AT_LEAST: usize = 16;
const PAGE_AT_MOST: usize = 4_096;
/// Entries of a store at most; one that lists more never ends.
const ENTRIES: usize = 1_000_000;

/// What is being read, or written where there is nothing yet.
#[derive(Debug)]
pub enum Load {
    Head,
    /// The first commit of a new store.
    Genesis(Commit),
    Entries {
        head: Version,
        state: State,
        after: Option<String>,
        /// How many were read.
        read: usize,
        /// How many are asked for.
        limit: usize,
    },
    Log {
        head: Version,
        state: State,
    },
}

/// How a load goes on.
#[derive(Debug)]
pub enum LoadStep {
    Ask(Load),
    /// The store changed its identity or outran the log meanwhile: from the start.
    Again,
    Done {
        head: Version,
        state: State,
    },
    /// A newer build has written to it.
    Newer,
    Failed(Code),
}

impl Load {
    /// What to ask the store.
    pub fn operation(&self) -> Operation {
        match self {
            Self::Head => Operation::Head,
            Self::Genesis(commit) => Operation::Commit { expect: None, commit: commit.to_store(Durability::Strict) },
            Self::Entries { after, limit, .. } => {
                Operation::List { prefix: String::new(), after: after.clone(), limit: *limit }
            }
            Self::Log { head, .. } => Operation::Since(*head),
        }
    }

    /// Takes the answer in.
    pub fn answered(self, answer: Answer, rng: &mut dyn Rng) -> LoadStep {
        match (self, answer) {
            (Self::Head, Answer::Head(None)) => LoadStep::Ask(Self::Genesis(genesis(rng))),
            (Self::Head, Answer::Head(Some(head))) => {
                LoadStep::Ask(Self::Entries { head, state: State::default(), after: None, read: 0, limit: PAGE })
            }
            (Self::Genesis(commit), Answer::Committed) => {
                let mut state = State::default();
                state.apply(&commit);
                LoadStep::Done { head: commit.version, state }
            }
            (Self::Genesis(_), Answer::Stale) | (Self::Log { .. }, Answer::Log(None)) => LoadStep::Again,
            (Self::Entries { head, mut state, read, .. }, Answer::Entries(entries)) if read < ENTRIES => {
                for (key, value) in &entries {
                    match RecordChange::of_put(key, value) {
                        Ok(change) => change.iter().for_each(|change| state.learn(change)),
                        Err(code) => return failed(code),
                    }
                }
                let read = read.saturating_add(entries.len());
                let bytes = entries
                    .iter()
                    .fold(0, |sum: usize, (key, value)| sum.saturating_add(key.len().saturating_add(value.len())));
                let limit = entries.len().saturating_mul(PAGE_BYTES).checked_div(bytes).unwrap_or(PAGE);
                let limit = limit.clamp(PAGE_AT_LEAST, PAGE_AT_MOST);
                match entries.into_iter().next_back() {
                    Some((last, _)) => LoadStep::Ask(Self::Entries { head, state, after: Some(last), read, limit }),
                    None => LoadStep::Ask(Self::Log { head, state }),
                }
            }
            (Self::Log { head, state }, Answer::Log(Some(entries))) => roll_on(head, state, &entries),
            (_, Answer::Failed(failure)) => failed(failure.code),
            _ => LoadStep::Failed(Code::StorageFailed),
        }
    }
}

fn roll_on(head: Version, mut state: State, entries: &[String]) -> LoadStep {
    match Commit::chain(head, entries) {
        Ok(commits) => {
            commits.iter().for_each(|commit| state.apply(commit));
            match state.horizon() {
                Some(_) => LoadStep::Done { head: commits.last().map_or(head, |last| last.version), state },
                // Without its own word on its layout it is none of ours, and nothing in it is touched.
                None => LoadStep::Failed(Code::StorageFailed),
            }
        }
        Err(code) => failed(code),
    }
}

/// The store says by this code, or by what it holds, that a newer build has written to it.
fn failed(code: Code) -> LoadStep {
    if code == Code::ProtocolMismatch { LoadStep::Newer } else { LoadStep::Failed(code) }
}

/// It has number 1, so that "log entries up to 0 may go" takes none.
fn genesis(rng: &mut dyn Rng) -> Commit {
    let version = Version { epoch: rng.draw(), seq: 1, tag: rng.draw() };
    Commit { version, changes: vec![RecordChange::Horizon(0, SCHEMA), RecordChange::Active(None)] }
}
