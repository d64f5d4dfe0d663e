//! Where the owner's iframe keeps sessions: which place is good enough, and how it is used.

mod access;
mod announce;
mod idb;
mod indexeddb;
mod opening;
mod site;
mod wait;

pub use self::announce::Announced;
pub use self::indexeddb::IndexedDb;
pub use self::opening::{Opened, Wanted, open};
pub use self::wait::within;
