//! The doors of the service: what goes in, what comes out, and what the owner decides.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use super::grants::Grant;
use crate::ambient::Span;
use crate::error::Code;
use crate::protocol::{Hello, Refusal};
use crate::session::{Json, SessionRules, StorageStatus};
use crate::storage::{Announcement, Answer, Durability, Operation};

/// One end of one `MessageChannel`: the life of a connection. Numbered by whoever drives the machine, never reused.
/// Messages that arrive on the channel of a replaced connection are recognised by it and ignored.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ChannelId(pub u64);

/// Names a storage operation until it is answered.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TaskId(pub u64);

/// Names a store that was opened. Numbered by whoever drives the machine, never reused.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StoreId(pub u64);

/// What can happen to the service.
#[derive(Clone, Debug)]
pub enum Input {
    /// A store was chosen, opened, written and read back: the best that there is now. Until the first one, hellos wait.
    Opened {
        store: StoreId,
        /// A store of a lower level that works as well, and may hold what was written while there was no better one.
        below: Option<StoreId>,
        status: StorageStatus,
    },
    /// The place was judged anew and is still the best there is; what would raise the level may be something else.
    Reselected(StorageStatus),
    /// The parent window said hello and handed over a port. `origin` is what the browser says, never the page.
    Hello { channel: ChannelId, origin: String, hello: Hello },
    /// Bytes arrived on a port.
    Message { channel: ChannelId, bytes: Vec<u8> },
    /// Something arrived, from the window or a port, that is not even of the right kind.
    Malformed,
    /// A storage operation was answered.
    Answered { task: TaskId, answer: Answer },
    /// The owner grants this from now on, and nothing else.
    Grants(Vec<Grant>),
    /// Somebody else committed to the store.
    StoreChanged,
    /// Somebody else committed this to this store.
    Announced { store: StoreId, commit: Announcement },
    /// The prompt that [`Output::Prompt`] asked for stands in the frame and wants to be seen.
    PromptShown,
    /// It is over, or there was none to show. If it changed the place of storage, that was said before.
    Prompted,
    /// The prompt is not shown to pages of this origin for so long from now on, because the person declined; zero: it can be
    /// shown. Answers [`Output::AskQuiet`], and is said whenever the person declines.
    Quiet { origin: String, lasts: Span },
    /// The store is in trouble that has cost nothing yet, for one nearly full; `None`: no longer. Who connects meanwhile
    /// is told too.
    Trouble(Option<Code>),
    /// After [`Output::Outdated`]: there is no newer service page to be had, or it is not known how to get it.
    Outdated,
    /// Say goodbye to every page and fall silent.
    Stop,
}

/// What the service wants done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Output {
    /// Post these bytes on the channel.
    Send { channel: ChannelId, bytes: Vec<u8> },
    /// Post the plain object that tells a page of another protocol version; `Close` follows.
    Refuse { channel: ChannelId, refusal: Refusal },
    /// Close the channel. Nothing was or will be said on one that no `Send` named.
    Close(ChannelId),
    /// Start a storage operation.
    Store { store: StoreId, task: TaskId, operation: Operation },
    /// Find out anew which store is the best: [`Input::Opened`] or [`Input::Reselected`] follows.
    SelectStore,
    /// Nothing more will be asked of this store.
    Release(StoreId),
    /// Ask the person whether the site of this origin may share storage: [`Input::Prompted`] follows, with
    /// [`Input::PromptShown`] before it if there is anything to be seen. One at a time.
    Prompt { origin: String },
    /// Say for how long the prompt rests for pages of this origin: [`Input::Quiet`] follows.
    AskQuiet { origin: String },
    /// Take the prompt away; nothing is to follow. `declined`: by the person, who is not to be asked again soon.
    DropPrompt { declined: bool },
    /// A hello was not welcomed. For the owner's debug log: the page is told nothing of it.
    Rejected { origin: String, why: Rejection },
    /// A newer build has written to the store: load the service page anew, or say [`Input::Outdated`].
    Outdated,
}

/// Why a hello was not welcomed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Rejection {
    /// No grant names its origin.
    NoGrant,
    /// It speaks these versions of the protocol, and this build none of them.
    NoCommonVersion(RangeInclusive<u8>),
    /// Too many hellos came from its origin.
    TooMany,
}

/// What the owner decides.
#[derive(Clone, Debug)]
pub struct Config {
    pub grants: Vec<Grant>,
    pub limits: Limits,
    pub rules: SessionRules,
    /// Data that every new session has, in the keys that whoever adds it does not name.
    pub defaults: Json,
    pub durability: Durability,
}

/// Bounds on what pages may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Sessions in the store. Default 100 000.
    pub sessions: usize,
    /// Bytes of one session's data, of what the site that writes it sees of it. Default 65 536.
    pub data_bytes: usize,
    /// What all sessions may weigh together: the bytes of their ids, user ids and data, and 256 for each. Default 64 MiB,
    /// half of what a page takes.
    pub total_bytes: usize,
    /// Bytes of one message. Default 1 048 576.
    pub message_bytes: usize,
    /// Writes a second from one page; more wait. Default 500.
    pub writes_per_second: u32,
    /// Removed sessions that are remembered. Default 4 096.
    pub removals: usize,
    /// Clients of which is remembered what became of their writes. Default 1 024.
    pub clients: usize,
    /// Between two commits that only forget what is over its bound, and between two looks at what has expired for good, to which up
    /// to as much again is added. Default 5 minutes.
    pub cleanup: Span,
    /// For how long both clocks of a frame have to have run alike before it removes what has expired for good. Default an hour.
    pub agreement: Span,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 100_000,
            data_bytes: 65_536,
            total_bytes: 64 << 20,
            message_bytes: 1_048_576,
            writes_per_second: 500,
            removals: 4_096,
            clients: 1_024,
            cleanup: Span::from_secs(300),
            agreement: Span::from_secs(3_600),
        }
    }
}

/// Counts since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metrics {
    /// Pages connected now.
    pub connections: usize,
    /// Sessions in the store now.
    pub sessions: usize,
    /// Commits made by this service.
    pub commits: u64,
    /// Writes refused.
    pub refused: u64,
    /// Sessions removed because they had expired for good.
    pub cleaned: u64,
    /// Inbound messages that were no message at all.
    pub malformed: u64,
    /// Times from the start of a commit to its confirmation, of the last 256: 50th, 95th and 99th percentile, in ms.
    pub commit_ms: [f64; 3],
}
