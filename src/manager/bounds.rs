//! What a service may do to a page at most. One that keeps to the protocol never meets these bounds; one that does not
//! must not fill the memory of the sites that trust its owner's page to be theirs.

use core::time::Duration;

use super::link::Timer;
use super::machine::Manager;
use crate::ambient::Now;
use crate::error::Code;
use crate::protocol::{ToManager, encoded_len};
use crate::session::Session;

/// Outcomes in one message: four times what a service keeps of one page.
const OUTCOMES: usize = 4_096;
/// Bytes of sessions, as they are on the wire: half of it held, the other half arriving as parts of a snapshot.
const HELD: usize = if cfg!(test) { 16 << 20 } else { 256 << 20 };
/// How long a service that went over a bound is left alone.
const PAUSE: Duration = Duration::from_secs(60);

impl Manager {
    /// Whether this message goes over a bound.
    pub(super) fn is_too_much(&mut self, message: &ToManager, bytes: usize) -> bool {
        let mine = match message {
            ToManager::Event { mine, .. } | ToManager::Outcomes(mine) => mine.len(),
            ToManager::Page { end: Some(end), .. } => end.mine.len(),
            _ => 0,
        };
        mine > OUTCOMES
            || (matches!(message, ToManager::Event { .. } | ToManager::Page { .. }) && self.is_too_heavy(bytes))
    }

    /// Takes in that so much more is held at most. Whether that is too much is looked at closely only where it may be: most
    /// events replace what was held before.
    fn is_too_heavy(&mut self, bytes: usize) -> bool {
        self.weight = self.weight.saturating_add(bytes);
        if self.weight <= HELD {
            return false;
        }
        let weigh = |sum: usize, session: &Session| sum.saturating_add(encoded_len(session));
        let held = self.confirmed.sessions.values().fold(0, |sum, session| weigh(sum, session));
        let arriving = self.assembly.iter().flat_map(|assembly| &assembly.sessions).fold(0, weigh);
        self.weight = held.saturating_add(arriving).saturating_add(bytes);
        held.max(arriving) > HELD / 2
    }

    /// The service went over a bound. Nothing more of it is listened to for a while.
    pub(super) fn cut_off(&mut self, now: Now) {
        self.lose("the service went over a bound");
        self.fail(Code::LimitExceeded);
        self.rest(now);
        self.timers.set(Timer::Mount, now.instant.after(PAUSE));
    }
}
