//! The cases of the conformance suite about what later commits leave of earlier ones: a store may keep the last commits apart
//! from what came before them.

use alloc::vec::Vec;
use alloc::{format, vec};

use super::case::Case;
use super::steps::{ask, commit, entries, filled, get, list, logged, on, then, try_commit, values, version};
use crate::storage::provider::{Answer, Operation, StoreCommit};

/// Pages over entries that the last commits have changed.
pub fn changed_pages() -> Case {
    let of_letters = |letters: &str| -> StoreCommit {
        let mut filling = commit(1, 1, 1, &[("r/z", "0"), ("t/a", "0")], &[]);
        filling.puts.extend(letters.chars().map(|letter| (format!("s/{letter}"), "1".into())));
        filling
    };
    let first_change = commit(1, 2, 2, &[("s/cc", "2")], &["s/a", "s/b", "s/d"]);
    let second_change = commit(1, 3, 3, &[("s/a", "3"), ("s/j", "3"), ("r/zz", "3")], &["s/e", "s/cd"]);
    let thinning = commit(1, 4, 4, &[], &["s/a", "s/c", "s/cc", "s/f", "s/g", "s/h", "s/j"]);
    Case {
        name: "a page is short only at the end, whatever the last commits have put and deleted",
        steps: vec![
            ask(try_commit(None, of_letters("abcdefghi")), Answer::Committed),
            ask(try_commit(Some(version(1, 1, 1)), first_change), Answer::Committed),
            on(1, list("s/", None, 3), entries(&[("s/c", "1"), ("s/cc", "2"), ("s/e", "1")])),
            ask(try_commit(Some(version(1, 2, 2)), second_change), Answer::Committed),
            on(1, list("s/", None, 3), entries(&[("s/a", "3"), ("s/c", "1"), ("s/cc", "2")])),
            ask(list("s/", Some("s/cc"), 3), entries(&[("s/f", "1"), ("s/g", "1"), ("s/h", "1")])),
            ask(list("s/", Some("s/h"), 3), entries(&[("s/i", "1"), ("s/j", "3")])),
            ask(list("s/", Some("s/j"), 3), entries(&[])),
            // After keys that were deleted, or never there.
            ask(list("s/", Some("s/b"), 2), entries(&[("s/c", "1"), ("s/cc", "2")])),
            ask(list("s/", Some("s/cd"), 1), entries(&[("s/f", "1")])),
            ask(list("", Some("s/h"), 9), entries(&[("s/i", "1"), ("s/j", "3"), ("t/a", "0")])),
            ask(list("r/", None, 9), entries(&[("r/z", "0"), ("r/zz", "3")])),
            on(1, try_commit(Some(version(1, 3, 3)), thinning), Answer::Committed),
            ask(list("s/", None, 2), entries(&[("s/i", "1")])),
            ask(list("", None, 2), entries(&[("r/z", "0"), ("r/zz", "3")])),
        ],
    }
}

/// A page over entries of which the last commit has deleted many.
pub fn thinned_out() -> Case {
    let names: Vec<_> = (0..200).map(|at| format!("s/{at:03}")).collect();
    let filling = StoreCommit {
        puts: names.iter().map(|name| (name.clone(), "1".into())).collect(),
        ..commit(1, 1, 1, &[], &[])
    };
    let kept = ["s/000", "s/150", "s/151", "s/199"];
    let deleted = names.into_iter().filter(|name| !kept.contains(&name.as_str())).collect();
    let thinning = StoreCommit { deletes: deleted, ..commit(1, 2, 2, &[], &[]) };
    Case {
        name: "a page is short only at the end, however much the last commit has deleted",
        steps: vec![
            ask(try_commit(None, filling), Answer::Committed),
            ask(try_commit(Some(version(1, 1, 1)), thinning), Answer::Committed),
            on(1, list("s/", None, 3), entries(&[("s/000", "1"), ("s/150", "1"), ("s/151", "1")])),
            ask(list("s/", Some("s/000"), 2), entries(&[("s/150", "1"), ("s/151", "1")])),
            ask(list("", Some("s/151"), 200), entries(&[("s/199", "1")])),
        ],
    }
}

/// One key that is long and short by turns.
pub fn lengths() -> Case {
    let long = "x".repeat(20_000);
    let middle = "y".repeat(16 * 1024);
    let to = |seq, value: &str| commit(1, seq, seq, &[("k", value)], &[]);
    let after = |seq, commit| on(1, try_commit(Some(version(1, seq, seq)), commit), Answer::Committed);
    let now = |value: Option<&str>| ask(get(&["k", "other"]), values(&[value, Some("w")]));
    Case {
        name: "a key that is written again and again holds the last of it, however long that is",
        steps: vec![
            ask(try_commit(None, commit(1, 1, 1, &[("k", "a"), ("other", "w")], &[])), Answer::Committed),
            after(1, to(2, &long)),
            now(Some(&long)),
            after(2, to(3, "b")),
            now(Some("b")),
            after(3, to(4, &middle)),
            now(Some(&middle)),
            after(4, commit(1, 5, 5, &[], &["k"])),
            now(None),
            ask(list("", None, 9), entries(&[("other", "w")])),
            after(5, to(6, &long)),
            after(6, to(7, "c")),
            ask(list("", None, 9), entries(&[("k", "c"), ("other", "w")])),
            ask(Operation::Since(version(1, 1, 1)), logged(2..=7)),
        ],
    }
}

/// A log that begins late.
pub fn not_empty() -> Case {
    let turned = StoreCommit { horizon: 9, ..commit(2, 9, 9, &[], &[]) };
    Case {
        name: "a store whose first commits are forgotten is not empty",
        steps: then(
            filled(3),
            vec![
                ask(try_commit(Some(version(1, 3, 3)), turned), Answer::Committed),
                ask(try_commit(None, commit(1, 1, 1, &[("k", "lost")], &[])), Answer::Stale),
                on(1, try_commit(None, commit(2, 1, 1, &[("k", "lost")], &[])), Answer::Stale),
                ask(Operation::Head, Answer::Head(Some(version(2, 9, 9)))),
                ask(get(&["k"]), values(&[Some("v3")])),
                ask(Operation::Since(version(2, 9, 9)), logged([])),
            ],
        ),
    }
}
