//! What the service needs of a store. Strings in, strings out: all meaning stays above.

pub mod conformance;
mod memory;
mod provider;
pub mod tail;

pub use self::memory::Memory;
pub use self::provider::{
    ANNOUNCED_BYTES, Announcement, Answer, Changed, Durability, Failure, Operation, Provider, StoreCommit,
};
