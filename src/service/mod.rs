//! The authority: the machine in the owner's iframe. It decides, in the order that the store gives, what becomes of
//! every write, and tells every page what it missed.

mod commits;
mod connections;
mod grants;
mod io;
mod machine;
mod migration;
mod replica;
mod store;

#[cfg(test)]
mod tests;

pub use self::grants::{Grant, Keys, Operations, Read};
pub use self::io::{ChannelId, Config, Input, Limits, Metrics, Output, Rejection, StoreId, TaskId};
pub use self::machine::Service;
pub use self::replica::census::Census;
