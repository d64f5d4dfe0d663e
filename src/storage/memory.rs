//! A store in memory: for where a browser allows no other, and for tests.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use super::provider::{Answer, Changed, Operation, Provider, StoreCommit};
use crate::machine::mutants::{self, Mutant};
use crate::session::{SortedMap, Version};

/// One handle to a store in memory. A clone is another handle to the same store; the store lives as long as one does.
pub struct Memory {
    id: u64,
    shared: Rc<RefCell<Shared>>,
}

#[derive(Default)]
struct Shared {
    head: Option<Version>,
    entries: SortedMap<String, String>,
    /// Oldest first.
    log: Vec<(Version, String)>,
    handles: u64,
    /// Each with the handle that watches.
    watchers: Vec<(u64, Rc<Changed>)>,
}

impl Memory {
    /// A handle to a new, empty store.
    pub fn new() -> Self {
        Self { id: 0, shared: Rc::default() }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Clone for Memory {
    fn clone(&self) -> Self {
        let id = {
            let mut shared = self.shared.borrow_mut();
            shared.handles = shared.handles.saturating_add(1);
            shared.handles
        };
        Self { id, shared: Rc::clone(&self.shared) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.shared.borrow_mut().watchers.retain(|(id, _)| *id != self.id);
    }
}

impl Provider for Memory {
    fn start(&self, operation: Operation, done: Box<dyn FnOnce(Answer)>) {
        // No borrow is held while others are called: they may come back at once.
        let answer = self.shared.borrow_mut().perform(operation);
        let committed = answer == Answer::Committed;
        done(answer);
        if committed {
            let watchers = self.shared.borrow().watchers.clone();
            for (_, changed) in watchers.iter().filter(|(id, _)| *id != self.id) {
                changed(None);
            }
        }
    }

    fn watch(&self, changed: Box<Changed>) {
        self.shared.borrow_mut().watchers.push((self.id, Rc::from(changed)));
    }
}

impl Shared {
    fn perform(&mut self, operation: Operation) -> Answer {
        match operation {
            Operation::Head => Answer::Head(self.head),
            Operation::Get(keys) => Answer::Values(keys.iter().map(|key| self.entries.get(key).cloned()).collect()),
            Operation::List { prefix, after, limit } => Answer::Entries(self.list(&prefix, after, limit)),
            Operation::Commit { expect, commit } if expect == self.head || mutants::has(Mutant::NoExpectedVersion) => {
                self.commit(commit);
                Answer::Committed
            }
            Operation::Commit { .. } => Answer::Stale,
            Operation::Since(version) => Answer::Log(self.since(version)),
        }
    }

    fn list(&self, prefix: &str, after: Option<String>, limit: usize) -> Vec<(String, String)> {
        let mut page = Vec::new();
        for (key, value) in self.entries.iter() {
            if page.len() >= limit {
                break;
            }
            if key.starts_with(prefix) && after.as_ref().is_none_or(|after| key > after) {
                page.push((key.clone(), value.clone()));
            }
        }
        page
    }

    fn commit(&mut self, commit: StoreCommit) {
        self.head = Some(commit.version);
        for key in &commit.deletes {
            self.entries.remove(key);
        }
        self.entries.extend(commit.puts);
        self.log.push((commit.version, commit.entry));
        self.log.retain(|(version, _)| version.seq > commit.horizon);
    }

    fn since(&self, version: Version) -> Option<Vec<String>> {
        if self.head == Some(version) {
            return Some(Vec::new());
        }
        let known = self.log.iter().position(|(logged, _)| *logged == version)?;
        Some(self.log.iter().skip(known.saturating_add(1)).map(|(_, entry)| entry.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;
    use crate::storage::{Operation, Provider, conformance};
    use alloc::boxed::Box;
    use alloc::rc::Rc;
    use core::cell::Cell;

    #[test]
    fn keeps_the_contract() {
        let cases = conformance::cases();
        for case in &cases {
            let store = Memory::new();
            conformance::run(case, || Box::new(store.clone())).unwrap();
        }
        assert!(cases.len() >= 10, "only {} cases ran", cases.len());
    }

    #[test]
    fn tells_other_handles_of_a_commit_while_they_live() {
        let (one, other) = (Memory::new(), Memory::new());
        let sibling = one.clone();
        let heard = Rc::new(Cell::new(0));
        for (handle, worth) in [(&one, 100), (&sibling, 1), (&other, 10)] {
            let heard = Rc::clone(&heard);
            handle.watch(Box::new(move |_| heard.set(heard.get() + worth)));
        }
        let commit = |expect, seq| Operation::Commit { expect, commit: conformance::commit(1, seq, seq, &[], &[]) };
        one.start(commit(None, 1), Box::new(|_| {}));
        assert_eq!(heard.get(), 1);
        one.start(commit(None, 1), Box::new(|_| {}));
        assert_eq!(heard.get(), 1, "a stale commit is no commit");
        drop(sibling);
        one.start(commit(Some(conformance::version(1, 1, 1)), 2), Box::new(|_| {}));
        assert_eq!(heard.get(), 1);
    }
}
