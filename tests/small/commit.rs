//! Up to three writers at compare-and-commit, in every order of what reaches the store and what comes back from it, with a
//! crash at any step: before the commit, after it and before the answer, after the answer.

use session_bridge::error::Code;
use session_bridge::session::{Json, Mutation, Outcome, SessionId};
use session_bridge::storage::{Answer, Memory, Operation, Provider};

use crate::choices::{Choices, all};
use crate::writer::Writer;

fn id(name: &str) -> SessionId {
    SessionId::try_from(String::from(name)).expect("an id")
}

fn json(text: &str) -> Json {
    Json::try_from(String::from(text)).expect("JSON")
}

/// What the writers are at.
#[derive(Clone, Copy, Debug)]
enum Task {
    /// Each adds a session of its own.
    AddOwn,
    /// All add the same one: it is there once, by one of them.
    AddSame,
    /// Each sets a key of its own in the one that is there.
    Merge,
    /// Each runs a function on what it saw: one wins, the others are to run it again.
    Count,
}

impl Task {
    fn mutation(self, writer: u64) -> (Mutation, Option<u64>) {
        let add = |name: &str| Mutation::Add {
            id: id(name),
            user_id: String::from("u"),
            data: Json::empty(),
            terms: Default::default(),
        };
        let update = |patch: &str| Mutation::Update { id: id("there"), patch: json(patch), if_version: None };
        match self {
            Self::AddOwn => (add(&format!("own-{writer}")), None),
            Self::AddSame => (add("same"), None),
            Self::Merge => (update(&format!("{{\"w{writer}\":1}}")), None),
            Self::Count => (update("{\"n\":1}"), Some(1)),
        }
    }

    /// How many of so many writers have their way, and what the others are told.
    fn accepted(self, writers: usize) -> (usize, Option<Outcome>) {
        match self {
            Self::AddOwn | Self::Merge => (writers, None),
            Self::AddSame => (1, Some(Outcome::Refused(Code::AlreadyExists))),
            Self::Count => (1, Some(Outcome::Contended)),
        }
    }
}

/// All entries of the store.
fn entries(store: &Memory) -> Vec<(String, String)> {
    let found = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let given = std::rc::Rc::clone(&found);
    let list = Operation::List { prefix: String::from("s/"), after: None, limit: 100 };
    store.start(
        list,
        Box::new(move |answer| {
            if let Answer::Entries(entries) = answer {
                *given.borrow_mut() = entries;
            }
        }),
    );
    found.take()
}

/// So many writers with at most so many crashes among them.
fn writers(task: Task, count: u64, crashes: u64, choices: &mut Choices) {
    let store = Memory::new();
    let mut first = Writer::new(3, &store);
    // The first commit makes the store.
    while !first.is_connected() {
        settle(&mut first, &store);
    }
    first.makes(
        &store,
        Mutation::Add { id: id("there"), user_id: String::from("u"), data: Json::empty(), terms: Default::default() },
        None,
    );
    while first.is_open() {
        settle(&mut first, &store);
    }
    let mut writers: Vec<Writer> = (0..count).map(|name| Writer::new(name, &store)).collect();
    for (name, writer) in writers.iter_mut().enumerate() {
        let (mutation, saw) = task.mutation(name as u64);
        writer.makes(&store, mutation, saw);
    }
    let mut left = crashes;
    loop {
        // One after another takes a step, or crashes instead.
        let busy: Vec<usize> =
            (0..writers.len()).filter(|it| writers[*it].is_open() || !writers[*it].is_idle()).collect();
        if busy.is_empty() {
            break;
        }
        let way = choices.among(busy.len() * if left > 0 { 2 } else { 1 });
        let writer = &mut writers[busy[way % busy.len()]];
        if way >= busy.len() {
            left -= 1;
            writer.crashes(&store);
        } else {
            settle(writer, &store);
        }
    }
    check(task, &writers, &store);
}

/// The next step of a writer that is left alone.
fn settle(writer: &mut Writer, store: &Memory) {
    if writer.answer.is_some() {
        writer.hears(store);
    } else if writer.commit.is_some() {
        writer.reaches_store(store);
    } else {
        writer.waits(store);
    }
}

fn check(task: Task, writers: &[Writer], store: &Memory) {
    let (accepted, others) = task.accepted(writers.len());
    let outcomes: Vec<Outcome> = writers.iter().filter_map(|writer| writer.outcome).collect();
    let won = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Accepted(_))).count();
    assert_eq!(won, accepted, "{task:?}: {outcomes:?}");
    let lost = outcomes.iter().filter(|outcome| !matches!(outcome, Outcome::Accepted(_)));
    lost.for_each(|outcome| assert_eq!(Some(*outcome), others, "{task:?}"));
    let entries = entries(store);
    let expected = match task {
        Task::AddOwn => 1 + writers.len(),
        Task::AddSame => 2,
        Task::Merge | Task::Count => 1,
    };
    assert_eq!(entries.len(), expected, "{task:?}: {entries:?}");
    if let Task::Merge = task {
        let (_, there) = &entries[0];
        let all = (0..writers.len()).all(|name| there.contains(&format!("\"w{name}\":1")));
        assert!(all, "an update was lost: {there}");
    }
}

fn worlds(task: Task, count: u64, crashes: u64) -> u64 {
    all(|choices| writers(task, count, crashes, choices))
}

#[test]
fn every_order_and_crash_of_up_to_three_writers() {
    let mut seen = Vec::new();
    for task in [Task::AddOwn, Task::AddSame, Task::Merge, Task::Count] {
        seen.push([worlds(task, 1, 2), worlds(task, 2, 2), worlds(task, 3, 1)]);
    }
    println!("{} worlds of up to three writers: {seen:?}", seen.iter().flatten().sum::<u64>());
    assert_eq!(seen, [[5, 326, 44_430]; 4]);
}

#[cfg(feature = "planted")]
#[test]
fn planted_bugs_of_the_commit_are_noticed() {
    use session_bridge::machine::mutants::Mutant;
    assert!(crate::is_noticed(Mutant::NoExpectedVersion, || _ = worlds(Task::Merge, 2, 1)));
    assert!(crate::is_noticed(Mutant::NoDedupe, || _ = worlds(Task::AddOwn, 2, 1)));
    assert!(crate::is_noticed(Mutant::LostUpdate, || _ = worlds(Task::Count, 2, 0)));
}
