//! Two releases of the library side by side: pages and services that speak the oldest version of the protocol only, by
//! their hellos being rewritten on the way.

use std::ops::RangeInclusive;

use session_bridge::protocol::{PROTOCOL, negotiate};

use crate::channel::Channel;
use crate::faults::Fault;
use crate::world::World;

/// What an older release says it speaks.
fn oldest() -> RangeInclusive<u8> {
    *PROTOCOL.start()..=*PROTOCOL.start()
}

/// What both of these speak.
pub fn common(ours: &RangeInclusive<u8>, theirs: &RangeInclusive<u8>) -> RangeInclusive<u8> {
    *ours.start().max(theirs.start())..=*ours.end().min(theirs.end())
}

impl World {
    /// Of which release a new page or service is.
    pub fn draw_versions(&mut self, older: Fault) -> RangeInclusive<u8> {
        // An older page is not sent what is expired, nor what is counted.
        if self.luck.strikes(older) && !self.mortal && !self.recorded.on {
            self.counts.happened(older);
            oldest()
        } else {
            PROTOCOL
        }
    }

    /// Both ends speak the version that the hello led to, and no other.
    pub fn check_version(&mut self, channel: usize, bytes: &[u8]) {
        let Channel { tab, protocol, .. } = self.channels[channel];
        if bytes.first().copied() != protocol {
            self.violated(format!("tab {tab}: version {protocol:?} was agreed on, and this was sent: {bytes:?}"));
        }
    }

    /// A hello with this range reaches a service that speaks that one.
    pub fn agree(&mut self, channel: usize, hello: &RangeInclusive<u8>) {
        self.channels[channel].protocol = negotiate(&PROTOCOL, hello);
    }
}
