//! Virtual time: what is to happen, in order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use session_bridge::protocol::{Hello, Refusal};
use session_bridge::service::{StoreId, TaskId};
use session_bridge::storage::{Announcement, Answer, Operation};

use crate::store::{Fate, Kind};

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
    /// A frame looks for the best place of its sessions.
    Look {
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
        place: session_bridge::manager::FrameId,
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
        /// How many power cuts the store had seen when it was asked.
        cuts: u64,
    },
    Answer {
        tab: usize,
        frame: FrameId,
        task: TaskId,
        answer: Answer,
        kind: Kind,
    },
    /// Somebody else committed to this store of the frame's.
    Notice {
        tab: usize,
        frame: FrameId,
        store: StoreId,
        commit: Option<Announcement>,
        late: bool,
    },
    /// A user does this, if the page is still there.
    Act {
        tab: usize,
        life: u64,
        operation: session_bridge::manager::Operation,
        mutations: Vec<session_bridge::session::Mutation>,
    },
    /// On this page requests are counted, or its site reaches the shared store again.
    Staged {
        tab: usize,
        life: u64,
        rises: bool,
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

/// What is due when, in the order of entry where it is due at once. The heap orders places only: a happening is large.
#[derive(Default)]
pub struct Queue {
    heap: BinaryHeap<Reverse<(Time, u64, usize)>>,
    places: Vec<Option<Happening>>,
    free: Vec<usize>,
    entered: u64,
}

impl Queue {
    pub fn at(&mut self, due: Time, happening: Happening) {
        self.entered += 1;
        let place = self.free.pop().unwrap_or(self.places.len());
        if place == self.places.len() {
            self.places.push(None);
        }
        self.places[place] = Some(happening);
        self.heap.push(Reverse((due, self.entered, place)));
    }

    /// The next thing to happen, if it is due by `limit`.
    pub fn next(&mut self, limit: Time) -> Option<(Time, Happening)> {
        let Reverse((due, ..)) = *self.heap.peek()?;
        if due > limit {
            return None;
        }
        let Reverse((_, _, place)) = self.heap.pop()?;
        self.free.push(place);
        self.places[place].take().map(|happening| (due, happening))
    }
}
