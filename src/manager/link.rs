//! What is known of the connection.

use super::io::Status;
use crate::ambient::Instant;
use crate::engine::backoff::Backoff;
use crate::engine::bucket::Bucket;
use crate::protocol::Limits;
use crate::session::Version;

/// What a service may say in a second, and in a burst: far more than one that keeps to the protocol.
const MESSAGES: u32 = 5_000;
/// So many hellos are remembered: those of one frame, which come at growing pauses.
const HELLOS: usize = 8;

/// What is waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Timer {
    /// The frame is to be mounted.
    Mount,
    /// The next hello is due.
    Hail,
    /// No hello was answered: this frame is given up.
    GiveUp,
    /// The next check of a quiet connection is due.
    Beat,
    /// The answer to a check is overdue.
    Answer,
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
}

/// Where the connection stands, with what each stage needs.
#[derive(Debug)]
pub enum Stage {
    /// No frame, or one that was given up; `Timer::Mount` ends it.
    Resting,
    /// A frame is there and hellos go out.
    Hailing,
    /// The service has welcomed this page.
    Open(Open),
    Closed,
}

/// An open connection.
#[derive(Debug)]
pub struct Open {
    /// The hello that was answered: names the channel.
    pub attempt: u64,
    /// The protocol version that the service chose.
    pub protocol: u8,
    pub limits: Limits,
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
    pub stage: Stage,
    /// The last check, until it is wholly answered.
    pub asked: Option<Asked>,
    /// It was live before, in this page life.
    pub was_live: bool,
    /// Nothing was heard for longer than the request timeout.
    pub unreachable: bool,
    /// The digest of the grant that the service last named.
    pub grant: Option<u64>,
    /// The last hello.
    pub attempt: u64,
    /// When the last few were said: the service may answer an earlier one.
    hailed: [Instant; HELLOS],
    /// The service went over a bound: it is not asked again before.
    pub cut_off_until: Instant,
    /// The mounted frame has fired `load` once: another one is a reload.
    pub loaded: bool,
    /// Checks in a row that were not answered in time.
    pub misses: u32,
    /// One of them in a row was looked at so late that it does not count.
    pub overslept: bool,
    /// The last check.
    pub last_id: u64,
    /// Pauses between hellos, between frames, between attempts to fill a gap.
    pub hails: Backoff,
    pub mounts: Backoff,
    pub repairs: Backoff,
    /// How much more the service may say now.
    pub heard: Bucket,
}

impl Link {
    pub fn new(backoff: Backoff) -> Self {
        Self {
            stage: Stage::Resting,
            asked: None,
            was_live: false,
            unreachable: false,
            grant: None,
            attempt: 0,
            hailed: [Instant::default(); HELLOS],
            cut_off_until: Instant::default(),
            loaded: false,
            misses: 0,
            overslept: false,
            last_id: 0,
            hails: backoff,
            mounts: backoff,
            repairs: backoff,
            heard: Bucket::new(MESSAGES, MESSAGES, Instant::default()),
        }
    }

    /// Counts another hello, said now, and gives its number.
    pub fn hail(&mut self, now: Instant) -> u64 {
        self.attempt += 1;
        if let Some(at) = self.hailed.get_mut(place(self.attempt)) {
            *at = now;
        }
        self.attempt
    }

    /// When this hello was said; long ago, if that is not remembered any more.
    pub fn hailed_at(&self, attempt: u64) -> Instant {
        let remembered = usize::try_from(self.attempt.saturating_sub(attempt)).is_ok_and(|ago| ago < HELLOS);
        self.hailed.get(place(attempt)).copied().filter(|_| remembered).unwrap_or_default()
    }

    /// The service lives.
    pub fn heard(&mut self) {
        self.misses = 0;
        self.overslept = false;
    }

    /// As `Snapshot.status`.
    pub fn status(&self) -> Status {
        match &self.stage {
            Stage::Closed => Status::Closed,
            Stage::Open(open) if open.live => Status::Live,
            _ if self.was_live => Status::Reconnecting,
            _ => Status::Connecting,
        }
    }
}

/// Where the time of this hello is kept.
fn place(attempt: u64) -> usize {
    usize::try_from(attempt).unwrap_or_default() % HELLOS
}
