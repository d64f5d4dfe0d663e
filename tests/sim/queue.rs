//! Virtual time: what is to happen, in order.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use session_bridge::protocol::{Hello, Refusal};
use session_bridge::service::TaskId;
use session_bridge::storage::{Answer, Operation};

use crate::store::Fate;

/// Microseconds since the world began.
pub type Time = u64;

pub const MILLI: Time = 1_000;
pub const SECOND: Time = 1_000_000;

/// Names one document in one iframe, for all runs of the world. A reload makes another.
pub type FrameId = u64;

/// Something that is going to happen.
#[derive(Debug)]
pub enum Happening {
    WakePage {
        tab: usize,
        life: u64,
    },
    WakeService {
        tab: usize,
        frame: FrameId,
    },
    FrameLoaded {
        tab: usize,
        frame: FrameId,
    },
    ServiceStarts {
        tab: usize,
        frame: FrameId,
    },
    StoreOpened {
        tab: usize,
        frame: FrameId,
    },
    Hello {
        channel: usize,
        hello: Hello,
    },
    /// A message reaches an end of a channel.
    Arrival {
        channel: usize,
        to: End,
        number: u64,
        copy: bool,
        payload: Payload,
    },
    FrameGone {
        tab: usize,
        life: u64,
    },
    /// A tab that stands still may run again.
    Wakes {
        tab: usize,
    },
    /// Somebody looks at a page that was hidden.
    Seen {
        tab: usize,
        life: u64,
    },
    /// A storage operation comes to its turn in the store.
    Turn {
        tab: usize,
        frame: FrameId,
        store: usize,
        task: TaskId,
        operation: Operation,
        fate: Fate,
    },
    Answer {
        tab: usize,
        frame: FrameId,
        task: TaskId,
        answer: Answer,
        commits_writes: bool,
    },
    Notice {
        tab: usize,
        frame: FrameId,
        late: bool,
    },
    /// A user does something.
    Step,
}

/// The two ends of a channel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    Page,
    Service,
}

#[derive(Clone, Debug)]
pub enum Payload {
    Bytes(Vec<u8>),
    Refusal(Refusal),
    Garbage,
}

struct Entry {
    due: Time,
    /// Breaks ties in the order of entry.
    number: u64,
    happening: Happening,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.due, other.number).cmp(&(self.due, self.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

#[derive(Default)]
pub struct Queue {
    heap: BinaryHeap<Entry>,
    entered: u64,
}

impl Queue {
    pub fn at(&mut self, due: Time, happening: Happening) {
        self.entered += 1;
        self.heap.push(Entry { due, number: self.entered, happening });
    }

    /// The next thing to happen, if it is due by `limit`.
    pub fn next(&mut self, limit: Time) -> Option<(Time, Happening)> {
        if self.heap.peek()?.due > limit {
            return None;
        }
        self.heap.pop().map(|entry| (entry.due, entry.happening))
    }
}
