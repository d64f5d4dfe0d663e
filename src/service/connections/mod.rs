//! One connected page each: its handshake, what it says, what it is told, and how much of both.

pub mod connection;
pub mod handshake;
pub mod inbound;
pub mod origin_limits;
pub mod prompt;
pub mod prompting;
pub mod regrant;
pub mod snapshot;
pub mod suppressed;
pub mod waiting_hello;
