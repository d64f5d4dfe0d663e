//! The cases of the conformance suite about stores that become other ones.

use alloc::vec;

use super::conformance::{Case, commit, version};
use super::conformance_cases::{ask, entries, filled, get, list, logged, on, then, try_commit, values};
use super::provider::{Answer, Operation, StoreCommit};

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

fn turned() -> Case {
    // As when a store is emptied, or its content moved in from elsewhere.
    let emptied = StoreCommit { horizon: 3, ..commit(2, 4, 4, &[("moved", "yes")], &["k"]) };
    Case {
        name: "a commit may begin another epoch",
        steps: then(
            filled(3),
            vec![
                ask(try_commit(Some(version(1, 3, 3)), emptied), Answer::Committed),
                on(1, Operation::Head, Answer::Head(Some(version(2, 4, 4)))),
                ask(list("", None, 10), entries(&[("moved", "yes")])),
                // What it says of another epoch leads nowhere, so saying nothing is as good.
                either(0, Operation::Since(version(1, 3, 3)), vec![Answer::Log(None), logged([4])]),
                ask(Operation::Since(version(1, 4, 4)), Answer::Log(None)),
                ask(try_commit(Some(version(1, 3, 3)), commit(1, 4, 4, &[], &[])), Answer::Stale),
                ask(try_commit(Some(version(2, 4, 4)), commit(2, 5, 5, &[("k", "v")], &[])), Answer::Committed),
                ask(Operation::Since(version(2, 4, 4)), logged([5])),
                // Back to a lower number, under a third name.
                ask(try_commit(Some(version(2, 5, 5)), commit(3, 2, 2, &[], &[])), Answer::Committed),
                ask(try_commit(Some(version(3, 2, 2)), commit(3, 3, 3, &[("k", "w")], &[])), Answer::Committed),
                ask(Operation::Head, Answer::Head(Some(version(3, 3, 3)))),
                ask(Operation::Since(version(3, 2, 2)), logged([3])),
            ],
        ),
    }
}

fn resent() -> Case {
    let with_record = || commit(1, 2, 2, &[("s/a", "1"), ("c/https://a.example/1-2", "\u{1}\u{4}")], &[]);
    Case {
        name: "a commit that is sent again meets its own effect, and finds the record of it",
        steps: then(
            filled(1),
            vec![
                ask(try_commit(Some(version(1, 1, 1)), with_record()), Answer::Committed),
                ask(try_commit(Some(version(1, 1, 1)), with_record()), Answer::Stale),
                on(1, get(&["c/https://a.example/1-2"]), values(&[Some("\u{1}\u{4}")])),
                ask(Operation::Since(version(1, 1, 1)), logged([2])),
            ],
        ),
    }
}

fn garbage() -> Case {
    let text = "\u{ffff}{\"not\": json";
    let spoilt = StoreCommit { entry: text.to_string(), ..commit(1, 2, 2, &[("meta", text), ("s/a", text)], &["k"]) };
    Case {
        name: "what a value or a log entry means is none of the store's business",
        steps: then(
            filled(1),
            vec![
                ask(try_commit(Some(version(1, 1, 1)), spoilt), Answer::Committed),
                on(1, list("", None, 9), entries(&[("meta", text), ("s/a", text)])),
                on(1, Operation::Since(version(1, 1, 1)), Answer::Log(Some(vec![text.to_string()]))),
            ],
        ),
    }
}

fn odd_order() -> Case {
    // UTF-16 has the pair before the single unit, UTF-8 has it after.
    let (single, pair) = (("s/\u{ff21}", "1"), ("s/😀", "2"));
    let puts = [single, pair, ("s", "-"), ("s\u{7f}", "-"), ("s0", "-"), ("S/", "-"), ("s/\u{7f}x", "0")];
    let sorted = |last: [(&'static str, &'static str); 2]| entries(&[("s/\u{7f}x", "0"), last[0], last[1]]);
    Case {
        name: "a prefix is letters, and the order is that of UTF-16 units or of UTF-8 bytes",
        steps: vec![
            ask(try_commit(None, commit(1, 1, 1, &puts, &[])), Answer::Committed),
            either(0, list("s/", None, 9), vec![sorted([single, pair]), sorted([pair, single])]),
            ask(list("s/\u{7f}", None, 9), entries(&[("s/\u{7f}x", "0")])),
            ask(list("s/\u{ff21}", None, 9), entries(&[single])),
            ask(list("s/😀", None, 9), entries(&[pair])),
            ask(list("s\u{7f}", None, 9), entries(&[("s\u{7f}", "-")])),
            ask(list("s/\u{ff21}", Some("s/\u{ff21}"), 9), entries(&[])),
        ],
    }
}

fn large_commit() -> Case {
    let key = |at: usize| format!("s/{at:03}");
    let mut filling = commit(1, 1, 1, &[], &[]);
    filling.puts = (0..300).map(|at| (key(at), at.to_string())).collect();
    let mut thinning = commit(1, 2, 2, &[], &[]);
    thinning.deletes = (0..300).filter(|at| at % 3 > 0).map(key).collect();
    let page = |ats: Vec<usize>| Answer::Entries(ats.into_iter().map(|at| (key(at), at.to_string())).collect());
    Case {
        name: "hundreds of entries in one commit, and pages over them",
        steps: vec![
            ask(try_commit(None, filling), Answer::Committed),
            ask(list("s/", None, 256), page((0..256).collect())),
            ask(list("s/", Some("s/255"), 256), page((256..300).collect())),
            ask(try_commit(Some(version(1, 1, 1)), thinning), Answer::Committed),
            ask(list("", None, 256), page((0..300).step_by(3).collect())),
        ],
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
