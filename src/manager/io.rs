//! What goes into the manager and what comes out of it.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::ambient::{Span, UnixMillis};
use crate::error::Code;
use crate::protocol::{Hello, Refusal};
use crate::session::{Json, Mutation, Session, SessionId, StorageStatus, Version};

/// Names a promise of the caller's until it is settled. Chosen by the caller, never reused. 0, the default, names none.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Token(pub u64);

/// Names an iframe from when it is mounted until it is removed, whatever documents load in it. Never reused.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FrameId(pub u64);

/// What can happen to the manager.
#[derive(Clone, Debug)]
pub enum Input {
    /// The iframe fired `load`: a new document is there. Whether it is the service is another question.
    FrameLoaded(FrameId),
    /// The iframe is no longer part of the document.
    FrameGone(FrameId),
    /// Bytes arrived on the channel of this hello.
    Message { attempt: u64, bytes: Vec<u8> },
    /// The service answered this hello with the protocol versions that it speaks: none in common.
    Refused { attempt: u64, refusal: Refusal },
    /// Something arrived on a channel that is not even of the right kind.
    Malformed,
    /// A write. Settled with [`Settled::Written`].
    Write { token: Token, operation: Operation, mutations: Vec<Mutation> },
    /// An update by function. [`Output::Run`] follows, at once if the session is known, else when it is.
    /// What it gives is a patch, or with `replace` the new data, whole.
    Function { token: Token, id: SessionId, if_version: Option<u64>, replace: bool },
    /// What the function that [`Output::Run`] asked for gave; `None` if it threw, and its caller was told.
    Ran { token: Token, patch: Option<Json> },
    /// Take a write back if it was not sent yet, or a question for better storage. It is not settled then: whoever
    /// withdraws it knows.
    Withdraw(Token),
    /// A read: settled with [`Settled::Fresh`] when the cache is within its time to live, or as soon as it is again.
    Read(Token),
    /// A read that goes to the service in any case.
    Refresh(Token),
    /// A page looked at a snapshot that is marked stale: refresh it behind its back.
    RefreshIfStale,
    /// Forget that the cache is fresh.
    Invalidate,
    /// Settled when the connection is live; `unreachable` after the request timeout.
    Ready(Token),
    /// Somebody has waited from before there was a manager, for the request timeout: if there is no connection, that is
    /// shown from now on, and not only once this manager itself has waited as long.
    Late,
    /// Try to connect now, whatever pause was under way. Settled like [`Ready`](Input::Ready).
    Reconnect(Token),
    /// Have the service ask the person for better storage. Settled when that is over, whatever came of it; at once where
    /// nothing would help. `unreachable` if there is no connection within the request timeout, `disconnected` if it is
    /// lost meanwhile.
    AskAccess(Token),
    /// The frame is not shown any more: `declined` if the person turned away from it, and not if it cannot be shown.
    LeavePrompt { declined: bool },
    /// The page became visible or hidden, was resumed or restored, or the network came back or went.
    Lifecycle(PageLifecycle),
    /// This session is used. Settled when the service has taken that in.
    Touch { token: Token, id: SessionId },
    /// The application has made this request on the session. Settled when it is counted, or is sure to be.
    /// `url`: its address, if it is known.
    Record { token: Token, id: SessionId, micros: u64, url: Option<String> },
    /// Have the service remove what has expired for good. Settled with how many these are.
    CleanUp(Token),
    /// Let pending writes settle for at most the request timeout, then end. Settled when all is over.
    Close(Token),
}

/// What the browser says of page and network.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PageLifecycle {
    Visible,
    Hidden,
    /// `pagehide` or `freeze`: what is shown may be old when the page is seen again.
    Suspended,
    /// `pageshow` or `resume` after that.
    Resumed,
    Online,
    Offline,
}

/// What a write does, for `write_rolled_back`. JavaScript has the published names of this, of states and of events.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operation {
    Add,
    Update,
    Remove,
    Activate,
    Bulk,
    Configure,
    Recover,
    /// No write of the caller's. It is never told of.
    Count,
}

/// What the manager wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Put another iframe of this name into the page.
    MountFrame(FrameId),
    /// Take this iframe out of the page, and close its channels.
    RemoveFrame(FrameId),
    /// Open a fresh channel and post this to the document in this frame, if that has the service page's exact origin, with
    /// one end of it. Channels of the frame's earlier attempts are closed, but for the one that a `Send` still names.
    Hello(FrameId, Hello),
    /// Post these bytes on the channel of this hello.
    Send { attempt: u64, bytes: Vec<u8> },
    /// Run the caller's function on this data and hand in [`Input::Ran`].
    Run { token: Token, data: Json },
    /// Show the iframe whose channel is in use above everything else, or hide whichever is shown.
    ShowFrame(bool),
    /// Settle a promise.
    Settle { token: Token, result: Result<Settled, Failure> },
    /// Raise an event.
    Emit(Event),
    /// What the page may show is another than before: tell the subscribers.
    Changed,
}

/// Why something failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub code: Code,
    pub detail: Option<Rc<Detail>>,
}

/// What about it was refused. JavaScript has the sentences.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detail {
    pub about: About,
    /// What is missing in a grant, without quotes; empty otherwise, and where that is not known.
    pub name: String,
    /// How many bytes there are, if that was it, and how many there may be of whatever it limits. Otherwise 0.
    pub bytes: u64,
    pub limit: u64,
}

/// What a refusal is about.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum About {
    /// Its code says all.
    #[default]
    Code,
    /// The service does not know such a write.
    Older,
    /// A grant's `write`.
    Write,
    /// A grant's `read`, for adding.
    Add,
    /// A grant's `read`, for a member of the data.
    Key,
    DataBytes,
    Sessions,
    TotalBytes,
    MessageBytes,
    Mutations,
    Requests,
    /// A grant's `requests`.
    Accounting,
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self { code, detail: None }
    }
}

/// What a promise resolves with.
#[derive(Clone, Debug, PartialEq)]
pub enum Settled {
    /// Of a write: the session that it was about as it is now confirmed; as the write left it if it was removed since.
    Written(Option<Rc<Session>>),
    /// Of a read: read the snapshot's confirmed sessions now.
    Fresh,
    /// Of a clean-up: how many sessions were removed.
    Removed(u64),
    /// Of anything else.
    Done,
}

/// Facts, for `addEventListener`. Sessions in it are confirmed ones, round trips are microseconds, and a reason is a code of
/// `connection_lost`.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Created(Rc<Session>),
    Updated { session: Rc<Session>, previous: Rc<Session> },
    Terminated(Rc<Session>),
    Active(Option<Rc<Session>>),
    Storage { status: StorageStatus, declined_until: Option<UnixMillis> },
    Established { round_trip: u64 },
    Lost { reason: &'static str },
    Restored { round_trip: u64, replayed: u64 },
    RolledBack { failure: Failure, operation: Operation, id: Option<SessionId> },
    Failed(Code),
    Expired(Rc<Session>),
}

/// Options, validated by whoever makes them.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// How long what the service said counts as fresh. Default 30 s.
    pub ttl: Span,
    /// How long anything waits for the service. Default 5 s.
    pub request_timeout: Span,
    /// How often a quiet connection is checked. Default 10 s.
    pub heartbeat: Span,
    /// First and longest pause between attempts, and the share of it that chance decides (0 to 1).
    /// Default 250 ms, 30 s, 0.5.
    pub backoff: (Span, Span, f64),
}

/// Where the connection stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    Connecting,
    Live,
    Reconnecting,
    Closed,
}

/// Why it is not live, or shows nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reason {
    Offline,
    Unreachable,
    Withheld,
}

/// What a page may show, read from the machine at any time; it changes only with [`Output::Changed`].
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// By `created_at`, then id.
    pub sessions: Vec<Shown>,
    /// The active one's id; it is among `sessions`.
    pub active: Option<SessionId>,
    pub version: Option<Version>,
    pub status: Status,
    pub reason: Option<Reason>,
    pub storage: StorageStatus,
    /// Until then the prompt is not shown, because the person declined.
    pub declined_until: Option<UnixMillis>,
    pub pending_writes: usize,
    pub stale: bool,
    /// Not only the first parts of the very first snapshot are here.
    pub complete: bool,
    pub last_error: Option<Failure>,
}

/// A session as it shows, with whether an unconfirmed change of it shows.
pub type Shown = (Rc<Session>, bool);

/// As `ManagerMetrics` of the published types.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metrics {
    pub hits: u64,
    pub misses: u64,
    pub stale_hits: u64,
    /// 50th, 95th and 99th percentile of the last 128, in ms.
    pub round_trip_ms: [f64; 3],
    /// Likewise, of writes: from the call until it is confirmed.
    pub write_ms: [f64; 3],
    pub confirmed: u64,
    pub rolled_back: u64,
    pub resent: u64,
    pub applied: u64,
    pub duplicates: u64,
    pub reordered: u64,
    pub gaps: u64,
    pub resyncs: u64,
    pub opens: u64,
    pub losses: u64,
    pub missed_heartbeats: u64,
    pub malformed: u64,
}
