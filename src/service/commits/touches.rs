//! Uses of sessions that pages told of and that the store does not hold yet: data, on which `touching` acts.

use crate::service::io::ChannelId;
use crate::session::SessionId;

/// One use.
#[derive(Clone, Debug)]
pub struct Touch {
    pub channel: ChannelId,
    /// The page's name for it.
    pub id: u64,
    pub session: SessionId,
    /// It is looked at once this refresh is done: another frame may have written what decides on it.
    pub ticket: u64,
}
