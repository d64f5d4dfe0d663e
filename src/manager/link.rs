//! What is known of the connection.

use super::io::{FrameId, Status};
use crate::ambient::Instant;
use crate::engine::backoff::Backoff;
use crate::engine::bucket::Bucket;
use crate::protocol::PageLimits;
use crate::session::Version;

/// What a service may say in a second, and in a burst: far more than one that keeps to the protocol.
const MESSAGES: u32 = 5_000;
/// So many hellos are remembered: those of a frame and of one beside it, which come at growing pauses.
const HELLOS: usize = 16;
/// So many spare frames are mounted in the time in which one that was mounted counts.
const SPARES: usize = 3;
const SPARE_COUNTS_FOR: u64 = 60_000_000;
/// The longest pause between two hellos.
const HELLO_PAUSE_AT_MOST: u64 = 1_000_000;
/// The patience with a slow frame is doubled so often at most.
const MOST_SLOW: u32 = 4;
/// A frame that was found to be slow is known to be for so long.
const SLOW_FOR: u64 = 600_000_000;

/// What is waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Timer {
    /// A frame is to be mounted.
    Mount,
    /// The next hello is due.
    Hello,
    /// The newest frame did not load, or no hello to it was answered: another one is tried.
    GiveUp,
    /// It was tried for as long as anybody waits.
    Unreachable,
    /// The next check of a quiet connection is due.
    Beat,
    /// Something waits for a word of the service.
    Silence,
    /// What is missing is to be asked for.
    Repair,
    /// Writes are to be sent.
    Flush,
    /// Unanswered writes are to be sent again.
    Resend,
    /// What is held stops being fresh.
    Stale,
    /// Somebody has waited long enough.
    Waiters,
    /// Closing has waited long enough.
    Close,
    /// The prompt can be shown again.
    Quiet,
    /// A session expires.
    Expiry,
    /// Chores that were not answered are to be told again.
    Chore,
    /// Requests that were let through are to be told of.
    Count,
}

/// Where the connection stands, with what each state needs.
#[derive(Debug)]
pub enum LinkState {
    /// No frame, or one whose service does not want to be asked now; `Timer::Mount` ends it.
    BackingOff,
    /// There are frames, and hellos go out to them.
    Connecting,
    /// The service has welcomed this page.
    Open(Open),
    Closed,
}

/// An iframe in the page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frame {
    pub id: FrameId,
    /// It has fired `load` once: another one is a reload.
    pub loaded: bool,
    /// When it was mounted, or its last document had loaded.
    pub since: Instant,
}

/// An open connection.
#[derive(Debug)]
pub struct Open {
    /// The hello that was answered: names the channel.
    pub attempt: u64,
    /// Whose service it is.
    pub frame: FrameId,
    /// Something went wrong since the welcome.
    pub failed: bool,
    /// The protocol version that the service chose.
    pub protocol: u8,
    pub limits: PageLimits,
    /// All that was missed has arrived.
    pub live: bool,
    /// Data messages taken in, and as last told to the service.
    pub took: u64,
    pub took_told: u64,
}

/// The check that is under way.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub id: u64,
    pub at: Instant,
    pub ponged: bool,
    /// Where the store stood when the service looked; set when the answer is complete.
    pub target: Option<Version>,
}

/// What outlives a single connection.
#[derive(Debug)]
pub struct Link {
    pub state: LinkState,
    /// The last check, until it is wholly answered.
    pub asked: Option<Asked>,
    /// It was live before, in this page life.
    pub was_live: bool,
    /// Nothing was heard for longer than the request timeout.
    pub unreachable: bool,
    /// The digest of the grant that the service last named.
    pub grant: Option<u64>,
    /// The newest in the page, and the one beside which it was mounted because that is silent.
    pub frames: [Option<Frame>; 2],
    /// It is settled when another one is to be mounted.
    pub mounts_another: bool,
    /// The last that was mounted.
    last_frame: u64,
    /// When the last few spare ones were mounted, and how many were.
    spares: ([Instant; SPARES], usize),
    /// The last hello.
    pub attempt: u64,
    /// The last hello of which the answer is known. Whatever comes on its channel or an earlier one is of the past.
    pub opened: u64,
    /// When the last few were said, and to which frame: the service may answer an earlier one.
    hello_of: [(Instant, FrameId); HELLOS],
    /// The service went over a bound: it is not asked again before.
    pub cut_off_until: Instant,
    /// How many microseconds the last welcome took.
    pub greeted: u64,
    /// Since when nothing was heard though something waited.
    pub silent_since: Instant,
    /// That was looked at so late that it does not count.
    pub overslept: bool,
    /// How often a frame that was taken for dead was found to be slow, and when that was last.
    slow: (u32, Instant),
    /// The last check.
    pub last_id: u64,
    /// Pauses between hellos, between frames, between attempts to fill a gap.
    pub hello_pauses: Backoff,
    pub mounts: Backoff,
    pub repairs: Backoff,
    /// How much more the service may say now.
    pub heard: Bucket,
}

impl Link {
    pub fn new(backoff: Backoff) -> Self {
        Self {
            state: LinkState::BackingOff,
            asked: None,
            was_live: false,
            unreachable: false,
            grant: None,
            frames: [None; 2],
            mounts_another: true,
            last_frame: 0,
            spares: Default::default(),
            attempt: 0,
            opened: 0,
            hello_of: Default::default(),
            cut_off_until: Instant::default(),
            greeted: 0,
            silent_since: Instant::default(),
            overslept: false,
            slow: Default::default(),
            last_id: 0,
            // A hello costs little, and whoever starts slowly has to hear one when it has.
            hello_pauses: backoff.at_most(HELLO_PAUSE_AT_MOST),
            mounts: backoff,
            repairs: backoff,
            heard: Bucket::new(MESSAGES, MESSAGES, Instant::default()),
        }
    }

    /// Counts another hello, said now to this frame, and gives its number.
    pub fn send_hello(&mut self, now: Instant, frame: FrameId) -> u64 {
        self.attempt += 1;
        if let Some(hello_of) = self.hello_of.get_mut(place(self.attempt)) {
            *hello_of = (now, frame);
        }
        self.attempt
    }

    /// When this hello was said, and to which frame, if that is remembered and the frame is still there.
    pub fn hello_of(&self, attempt: u64) -> Option<(Instant, FrameId)> {
        let remembered = usize::try_from(self.attempt.saturating_sub(attempt)).is_ok_and(|ago| ago < HELLOS);
        let (at, frame) = *self.hello_of.get(place(attempt)).filter(|_| remembered)?;
        self.frames.iter().any(|it| it.is_some_and(|it| it.id == frame)).then_some((at, frame))
    }

    /// Another frame, mounted now.
    pub fn add_frame(&mut self, now: Instant) -> FrameId {
        self.last_frame += 1;
        let id = FrameId(self.last_frame);
        let [newest, _] = self.frames;
        self.frames = [Some(Frame { id, loaded: false, since: now }), newest];
        id
    }

    /// Whether another spare frame may be mounted now. It counts as mounted then.
    pub fn takes_spare(&mut self, now: Instant) -> bool {
        let (last, count) = &mut self.spares;
        let Some(oldest) = last.get_mut(*count % SPARES) else { return false };
        let takes = *count < SPARES || now.micros_since(*oldest) >= SPARE_COUNTS_FOR;
        if takes {
            *oldest = now;
            *count += 1;
        }
        takes
    }

    /// A frame that was taken for dead has answered: it is slow.
    pub fn found_slow(&mut self, now: Instant) {
        self.slow = (self.slowness(now).saturating_add(1).min(MOST_SLOW), now);
    }

    /// How often the patience with a frame is doubled.
    pub fn slowness(&self, now: Instant) -> u32 {
        let (times, at) = self.slow;
        if now.micros_since(at) < SLOW_FOR { times } else { 0 }
    }

    /// As `Snapshot.status`.
    pub fn status(&self) -> Status {
        match &self.state {
            LinkState::Closed => Status::Closed,
            LinkState::Open(open) if open.live => Status::Live,
            _ if self.was_live => Status::Reconnecting,
            _ => Status::Connecting,
        }
    }
}

/// Where the time of this hello is kept.
fn place(attempt: u64) -> usize {
    usize::try_from(attempt).unwrap_or_default() % HELLOS
}
