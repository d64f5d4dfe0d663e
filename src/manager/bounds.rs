//! What a service may do to a page at most. One that keeps to the protocol never meets these bounds; one that does not
//! must not fill the memory of the sites that trust its owner's page to be theirs.

use alloc::rc::Rc;

use super::link::LinkState;
use super::machine::Manager;
use crate::ambient::Now;
use crate::error::Code;
use crate::protocol::ToManager;
use crate::session::Session;

/// Outcomes in one message: four times what a service keeps of one page.
const OUTCOMES: usize = 4_096;
/// What a session takes besides the bytes that it has on the wire, about.
const BESIDES: usize = 256;
/// Bytes of sessions, as they are on the wire, and [`BESIDES`] for each: half of it held, the other half arriving as parts of a snapshot.
const HELD: usize = if cfg!(test) { 16 << 20 } else { 256 << 20 };
/// So many bytes weigh as much as another message.
const WEIGHT: usize = 16_384;
/// How many microseconds a service that went over a bound is left alone.
const PAUSE: u64 = 60_000_000;

/// What so many sessions take that are so many bytes on the wire.
pub(super) fn weight(bytes: usize, sessions: usize) -> usize {
    sessions.saturating_mul(BESIDES).saturating_add(bytes)
}

impl Manager {
    /// Something arrived that is so long. Whether it is to be looked at.
    pub(super) fn hears(&mut self, now: Now, bytes: usize) -> bool {
        if matches!(self.link.state, LinkState::BackingOff | LinkState::Closed) {
            return false;
        }
        let weight = u64::try_from(bytes / WEIGHT).unwrap_or(u64::MAX).saturating_add(1);
        let heard = self.link.heard.take(weight, now.instant);
        if !heard {
            self.cut_off(now);
        }
        heard
    }

    /// Whether this message goes over a bound.
    pub(super) fn is_too_much(&mut self, message: &ToManager, bytes: usize) -> bool {
        let (items, mine) = match message {
            ToManager::Event { changes, mine, .. } => (changes.len(), mine.len()),
            ToManager::Page { sessions, end, .. } => (sessions.len(), end.as_ref().map_or(0, |end| end.mine.len())),
            ToManager::Outcomes(mine) => (0, mine.len()),
            _ => return false,
        };
        mine > OUTCOMES || (items > 0 && self.is_too_heavy(weight(bytes, items)))
    }

    /// Takes in that so much more is held at most. Whether that is too much is looked at closely only where it may be: most
    /// events replace what was held before.
    fn is_too_heavy(&mut self, bytes: usize) -> bool {
        self.weight = self.weight.saturating_add(bytes);
        if self.weight <= HELD {
            return false;
        }
        let weigh = |sum: usize, session: &Rc<Session>| {
            let texts = [session.id.as_str(), &session.user_id, session.data.as_str()];
            texts.iter().fold(weight(sum, 1), |sum, text| sum.saturating_add(text.len()))
        };
        let held = self.confirmed.sessions.values().fold(0, weigh);
        let arriving = self.assembly.iter().flat_map(|assembly| assembly.sessions.values()).fold(0, weigh);
        self.weight = held.saturating_add(arriving).saturating_add(bytes);
        held.max(arriving) > HELD / 2
    }

    /// The service went over a bound. Nothing more of it is listened to for a while: its port is closed and its frame taken
    /// away, or each further message would still be copied in before it is dropped.
    pub(super) fn cut_off(&mut self, now: Now) {
        self.lose("goodbye");
        self.fail(Code::LimitExceeded);
        self.keep_frame(None);
        self.rest(now);
        self.link.cut_off_until = now.instant.after_micros(PAUSE);
        self.mount_at(self.link.cut_off_until);
    }
}
