//! What a page may say, and what it is told.

mod feeds;
mod handshakes;
pub mod limits;
mod origin_limits;
mod prompts;
mod resyncs;
pub mod sight;
mod versions;
