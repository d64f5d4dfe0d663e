//! The cases of the conformance suite about stores that become other ones.

use alloc::vec;

use super::case::Case;
use super::steps::{ask, commit, entries, filled, get, list, logged, on, then, try_commit, values, version};
use crate::storage::provider::{Answer, Operation, StoreCommit};

/// Another history under the same numbers.
pub fn replaced() -> Case {
    // The numbers rise to where they were: only the epoch tells the two histories apart.
    let first = StoreCommit { horizon: 2, ..commit(2, 3, 3, &[("k", "other")], &[]) };
    Case {
        name: "another history with the same numbers is not mistaken for the old one",
        steps: then(
            filled(2),
            vec![
                ask(try_commit(Some(version(1, 2, 2)), first), Answer::Committed),
                ask(try_commit(Some(version(1, 3, 3)), commit(1, 4, 4, &[], &[])), Answer::Stale),
                ask(Operation::Since(version(1, 3, 3)), Answer::Log(None)),
                ask(Operation::Head, Answer::Head(Some(version(2, 3, 3)))),
            ],
        ),
    }
}

/// Everything gone, and a new beginning.
pub fn renewed() -> Case {
    // As a store is left from which everything was moved away.
    let emptying = StoreCommit { horizon: 3, ..commit(7, 4, 4, &[("moved", "2")], &["k"]) };
    let next = || commit(7, 5, 5, &[("k", "new")], &[]);
    Case {
        name: "a commit may empty a store and give it another identity, under which it goes on",
        steps: then(
            filled(3),
            vec![
                ask(try_commit(Some(version(1, 3, 3)), emptying), Answer::Committed),
                on(1, Operation::Head, Answer::Head(Some(version(7, 4, 4)))),
                on(1, list("", None, 10), entries(&[("moved", "2")])),
                ask(Operation::Since(version(1, 3, 3)), Answer::Log(None)),
                ask(Operation::Since(version(1, 2, 2)), Answer::Log(None)),
                ask(Operation::Since(version(7, 4, 4)), logged([])),
                on(1, try_commit(Some(version(1, 3, 3)), next()), Answer::Stale),
                on(1, try_commit(Some(version(7, 4, 4)), next()), Answer::Committed),
                ask(Operation::Since(version(7, 4, 4)), logged([5])),
                ask(get(&["k", "moved"]), values(&[Some("new"), Some("2")])),
            ],
        ),
    }
}
