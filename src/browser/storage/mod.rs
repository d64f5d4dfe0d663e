//! Where the owner's iframe keeps sessions: which place is good enough, and how it is used.

mod access;
mod announce;
mod caution;
mod connection;
mod crossing;
mod custom;
mod fault;
mod fold;
mod idb;
mod indexeddb;
mod marks;
mod place;
mod selector;
mod site;
mod tables;
mod wait;

pub use self::access::{ask, own_factory};
pub use self::announce::Announced;
pub use self::custom::Custom;
pub use self::indexeddb::IndexedDb;
pub use self::selector::{AccessAnswer, Found, StoreSelector, Wanted};
pub use self::site::beyond_parent;
pub use self::wait::within;
