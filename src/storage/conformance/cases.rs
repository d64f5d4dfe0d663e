//! The cases of the conformance suite.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};

use super::case::{Case, CaseStep, Expected};
use super::identities;
use super::overwrites;
use super::steps::{ask, commit, either, entries, filled, get, list, logged, on, then, try_commit, values, version};
use crate::session::Version;
use crate::storage::provider::{Answer, Operation, StoreCommit};

pub fn all() -> Vec<Case> {
    vec![
        empty(),
        first_commit(),
        expectation(),
        stale_changes_nothing(),
        puts_and_deletes(),
        reads_of_many(),
        pages(),
        overwrites::changed_pages(),
        overwrites::thinned_out(),
        overwrites::lengths(),
        overwrites::not_empty(),
        odd_keys(),
        log(),
        trimmed_log(),
        identities::replaced(),
        identities::renewed(),
        turned(),
        contention(),
        resent(),
        garbage(),
        odd_order(),
        large_commit(),
        big_values(),
    ]
}

fn empty() -> Case {
    Case {
        name: "an empty store stands nowhere and holds nothing",
        steps: vec![
            ask(Operation::Head, Answer::Head(None)),
            ask(get(&["k"]), values(&[None])),
            ask(list("", None, 10), entries(&[])),
            ask(Operation::Since(version(1, 1, 1)), Answer::Log(None)),
        ],
    }
}

fn first_commit() -> Case {
    Case {
        name: "a first commit is seen by every handle",
        steps: vec![
            ask(try_commit(None, commit(1, 1, 5, &[("k", "v")], &[])), Answer::Committed),
            ask(Operation::Head, Answer::Head(Some(version(1, 1, 5)))),
            on(1, Operation::Head, Answer::Head(Some(version(1, 1, 5)))),
            on(1, get(&["k"]), values(&[Some("v")])),
        ],
    }
}

fn expectation() -> Case {
    let next = || commit(1, 3, 3, &[("k", "x")], &[]);
    let mut steps = filled(2);
    for expect in [None, Some(version(2, 2, 2)), Some(version(1, 1, 1)), Some(version(1, 3, 2)), Some(version(1, 2, 1))]
    {
        steps.push(ask(try_commit(expect, next()), Answer::Stale));
    }
    steps.push(ask(try_commit(Some(version(1, 2, 2)), next()), Answer::Committed));
    let mut on_empty = vec![ask(try_commit(Some(version(1, 1, 1)), commit(1, 2, 2, &[], &[])), Answer::Stale)];
    on_empty.push(ask(Operation::Head, Answer::Head(None)));
    on_empty.extend(steps);
    Case { name: "a commit expects epoch, seq and tag, or emptiness", steps: on_empty }
}

fn stale_changes_nothing() -> Case {
    let losing = commit(1, 9, 9, &[("k", "lost"), ("new", "lost")], &["kept"]);
    Case {
        name: "a stale commit changes nothing",
        steps: vec![
            ask(try_commit(None, commit(1, 1, 1, &[("k", "v"), ("kept", "w")], &[])), Answer::Committed),
            ask(try_commit(Some(version(1, 8, 8)), losing), Answer::Stale),
            ask(Operation::Head, Answer::Head(Some(version(1, 1, 1)))),
            ask(list("", None, 10), entries(&[("k", "v"), ("kept", "w")])),
            ask(Operation::Since(version(1, 1, 1)), logged([])),
        ],
    }
}

fn puts_and_deletes() -> Case {
    Case {
        name: "one commit puts, replaces and deletes",
        steps: vec![
            ask(try_commit(None, commit(1, 1, 1, &[("a", "1"), ("b", "1"), ("c", "1")], &[])), Answer::Committed),
            ask(
                try_commit(Some(version(1, 1, 1)), commit(1, 2, 2, &[("a", "2"), ("d", "")], &["b", "none"])),
                Answer::Committed,
            ),
            ask(list("", None, 10), entries(&[("a", "2"), ("c", "1"), ("d", "")])),
        ],
    }
}

fn reads_of_many() -> Case {
    Case {
        name: "values come in the order asked for, missing ones as such",
        steps: vec![
            ask(try_commit(None, commit(1, 1, 1, &[("a", "1"), ("b", "2")], &[])), Answer::Committed),
            ask(get(&["b", "none", "a", "b"]), values(&[Some("2"), None, Some("1"), Some("2")])),
            ask(get(&[]), values(&[])),
        ],
    }
}

fn pages() -> Case {
    let puts = [("s/b", "2"), ("t/a", "5"), ("s/a", "1"), ("r/z", "0"), ("s/d", "4"), ("s/c", "3"), ("s", "-")];
    Case {
        name: "entries are listed by prefix, in order, in pages",
        steps: vec![
            ask(try_commit(None, commit(1, 1, 1, &puts, &[])), Answer::Committed),
            ask(list("s/", None, 2), entries(&[("s/a", "1"), ("s/b", "2")])),
            ask(list("s/", Some("s/b"), 2), entries(&[("s/c", "3"), ("s/d", "4")])),
            ask(list("s/", Some("s/d"), 2), entries(&[])),
            ask(list("s/", Some("s/bb"), 1), entries(&[("s/c", "3")])),
            ask(list("", Some("s/d"), 9), entries(&[("t/a", "5")])),
            ask(list("x", None, 9), entries(&[])),
        ],
    }
}

fn odd_keys() -> Case {
    let puts = [
        ("s/", "1"),
        ("s/ a", "2"),
        ("s/%2F\"'\\", "3"),
        ("s/__proto__", "4"),
        ("s/é/ß", "5"),
        ("s/漢", "6"),
        ("s/😀", "7"),
    ];
    Case {
        name: "keys and values may hold any character",
        steps: vec![
            ask(try_commit(None, commit(1, 1, 1, &puts, &[])), Answer::Committed),
            ask(list("s/", None, 99), entries(&puts)),
            ask(list("s/", Some("s/漢"), 99), entries(&[("s/😀", "7")])),
            ask(get(&["s/😀", "s/__proto__", "s/constructor"]), values(&[Some("7"), Some("4"), None])),
            ask(
                try_commit(Some(version(1, 1, 1)), commit(1, 2, 2, &[("v", "\u{0}\u{2028}😀\"")], &["s/😀"])),
                Answer::Committed,
            ),
            ask(get(&["v", "s/😀"]), values(&[Some("\u{0}\u{2028}😀\""), None])),
        ],
    }
}

fn log() -> Case {
    let since = |epoch, seq, tag| Operation::Since(version(epoch, seq, tag));
    Case {
        name: "the log says what came after a version of this store",
        steps: then(
            filled(4),
            vec![
                ask(since(1, 1, 1), logged([2, 3, 4])),
                ask(since(1, 3, 3), logged([4])),
                ask(since(1, 4, 4), logged([])),
                ask(since(2, 3, 3), Answer::Log(None)),
                ask(since(1, 3, 2), Answer::Log(None)),
                ask(since(2, 4, 4), Answer::Log(None)),
                ask(since(1, 4, 3), Answer::Log(None)),
                ask(since(1, 5, 5), Answer::Log(None)),
            ],
        ),
    }
}

fn trimmed_log() -> Case {
    let trimming = StoreCommit { horizon: 3, ..commit(1, 6, 6, &[], &[]) };
    Case {
        // They may go, but need not.
        name: "log entries above the horizon are kept, and what is gone is not claimed",
        steps: then(
            filled(5),
            vec![
                ask(try_commit(Some(version(1, 5, 5)), trimming), Answer::Committed),
                ask(Operation::Since(version(1, 4, 4)), logged([5, 6])),
                either(0, Operation::Since(version(1, 1, 1)), vec![Answer::Log(None), logged(2..=6)]),
                ask(get(&["k"]), values(&[Some("v5")])),
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

fn contention() -> Case {
    let racing = |expect: Option<Version>, seq: u64| CaseStep {
        asked: (0..8)
            .map(|handle| {
                let tag = u64::try_from(handle).unwrap_or_default();
                let key = format!("{seq}-{handle}");
                // All draw the same version, so that only the expectation can tell winner from losers.
                let puts = [("winner", key.as_str())];
                (
                    handle,
                    try_commit(
                        expect,
                        StoreCommit { entry: format!("entry {tag}"), ..commit(1, seq, seq, &puts, &[]) },
                    ),
                )
            })
            .collect(),
        expected: Expected::OneWins,
    };
    Case {
        name: "of commits at the same moment exactly one wins",
        steps: vec![
            racing(None, 1),
            racing(Some(version(1, 1, 1)), 2),
            racing(Some(version(1, 2, 2)), 3),
            on(3, Operation::Head, Answer::Head(Some(version(1, 3, 3)))),
        ],
    }
}

fn big_values() -> Case {
    let big: String = "ä€😀x".repeat(100_000);
    let huge_commit = StoreCommit { entry: big.clone(), ..commit(1, 2, 2, &[("big", &big), ("small", "v")], &[]) };
    Case {
        name: "a value of a megabyte comes back whole",
        steps: vec![
            ask(try_commit(None, commit(1, 1, 1, &[], &[])), Answer::Committed),
            ask(try_commit(Some(version(1, 1, 1)), huge_commit), Answer::Committed),
            ask(get(&["small", "big"]), values(&[Some("v"), Some(&big)])),
            ask(Operation::Since(version(1, 1, 1)), Answer::Log(Some(vec![big]))),
        ],
    }
}
