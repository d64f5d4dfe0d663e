//! A hello that cannot be answered yet.

use crate::protocol::Hello;
use crate::service::grants::Grant;
use crate::service::io::ChannelId;
use crate::service::replica::author::Author;

/// A hello that waits for the store.
#[derive(Debug)]
pub struct WaitingHello {
    pub channel: ChannelId,
    pub author: Author,
    pub grant: Grant,
    pub protocol: u8,
    pub hello: Hello,
}
