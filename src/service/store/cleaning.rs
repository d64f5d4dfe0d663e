//! How far the removal of sessions that nobody can bring back has come: data, on which `clean_up` acts.

use alloc::vec::Vec;

use crate::ambient::Instant;
use crate::service::io::ChannelId;
use crate::session::SessionId;

#[derive(Debug, Default)]
pub struct Cleaning {
    /// The next pass does not begin before, unless a page asks for one.
    pub at: Instant,
    /// The pass under way goes on from this session; `None`: from the first.
    pub pass: Option<Option<SessionId>>,
    /// Pages that asked for a pass.
    pub asked: Vec<AskedPass>,
}

/// A page that waits for the end of a pass.
#[derive(Debug)]
pub struct AskedPass {
    pub channel: ChannelId,
    pub id: u64,
    /// The pass begins once the refresh of this ticket is done.
    pub ticket: u64,
    pub begun: bool,
    /// Sessions that were removed since it began.
    pub removed: u64,
}
