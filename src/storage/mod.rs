//! What the service needs of a store. Strings in, strings out: all meaning stays above.

mod provider;

pub use self::provider::{Answer, Durability, Failure, Operation, Provider, StoreCommit};
