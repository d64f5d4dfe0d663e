//! Writes that wait for a commit, in the order in which they came.

use alloc::collections::VecDeque;

use crate::protocol::encoded_len;
use crate::service::replica::author::Author;
use crate::session::{SortedMap, SortedSet, Write};

/// One write that waits.
#[derive(Clone, Debug)]
pub struct QueuedWrite {
    pub author: Author,
    pub write: Write,
    /// What its author had settled when it sent this.
    pub settled: u64,
    /// About what it weighs.
    pub bytes: usize,
}

impl QueuedWrite {
    /// A write as it arrived.
    pub fn new(author: Author, write: Write, settled: u64) -> Self {
        let bytes = encoded_len(&write);
        Self { author, write, settled, bytes }
    }
}

/// All writes that wait.
#[derive(Debug, Default)]
pub struct Queue {
    /// Those whose turn it is, in the order in which they are to be judged.
    ready: VecDeque<QueuedWrite>,
    waiting: SortedMap<Author, AuthorQueue>,
}

/// What waits of one author.
#[derive(Debug, Default)]
struct AuthorQueue {
    numbers: SortedSet<u64>,
    bytes: usize,
    /// Those beyond the rate.
    held: VecDeque<QueuedWrite>,
}

impl Queue {
    /// Takes a write in: `allowed` says whether its author's rate allows it now. It never overtakes one that is held.
    pub fn push(&mut self, queued: QueuedWrite, allowed: impl FnOnce() -> bool) {
        let waiting = self.waiting.get_or_insert_with(queued.author.clone(), AuthorQueue::default);
        waiting.numbers.insert(queued.write.n);
        waiting.bytes = waiting.bytes.saturating_add(queued.bytes);
        if waiting.held.is_empty() && allowed() {
            self.ready.push_back(queued);
        } else {
            waiting.held.push_back(queued);
        }
    }

    /// Whether writes of this author are held back by the rate.
    pub fn holds(&self, author: &Author) -> bool {
        self.waiting.get(author).is_some_and(|waiting| !waiting.held.is_empty())
    }

    /// Gives the oldest write of this author that is held its turn.
    pub fn release(&mut self, author: &Author) {
        self.ready.extend(self.waiting.get_mut(author).and_then(|waiting| waiting.held.pop_front()));
    }

    /// Forgets the writes of this author that are held.
    pub fn drop_held(&mut self, author: &Author) {
        let held = self.waiting.get_mut(author).map(|waiting| core::mem::take(&mut waiting.held));
        held.iter().flatten().for_each(|queued| self.forget(queued));
    }

    /// Whether this write of this author waits.
    pub fn has(&self, author: &Author, n: u64) -> bool {
        self.waiting.get(author).is_some_and(|waiting| waiting.numbers.contains(&n))
    }

    /// How many writes of this author wait, and how many bytes they are.
    pub fn load(&self, author: &Author) -> (usize, usize) {
        self.waiting.get(author).map_or((0, 0), |waiting| (waiting.numbers.len(), waiting.bytes))
    }

    /// How many bytes wait of all clients of this origin.
    pub fn bytes_of(&self, origin: &str) -> usize {
        let of_origin = self.waiting.iter().filter(|(author, _)| author.origin == origin);
        of_origin.fold(0, |sum, (_, waiting)| sum.saturating_add(waiting.bytes))
    }

    /// The writes that have their turn, oldest first.
    pub fn ready(&self) -> impl Iterator<Item = &QueuedWrite> {
        self.ready.iter()
    }

    /// Takes out the oldest write that has its turn.
    pub fn pop(&mut self) -> Option<QueuedWrite> {
        let queued = self.ready.pop_front()?;
        self.forget(&queued);
        Some(queued)
    }

    /// Takes out so many of the oldest.
    pub fn drop_first(&mut self, count: usize) {
        for _ in 0..count {
            self.pop();
        }
    }

    fn forget(&mut self, queued: &QueuedWrite) {
        if let Some(waiting) = self.waiting.get_mut(&queued.author) {
            waiting.numbers.remove(&queued.write.n);
            waiting.bytes = waiting.bytes.saturating_sub(queued.bytes);
            if waiting.numbers.is_empty() {
                self.waiting.remove(&queued.author);
            }
        }
    }
}
