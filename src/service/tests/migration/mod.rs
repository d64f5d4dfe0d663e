//! Moving between stores.

mod absorbed;
mod crashes;
mod merge;
mod moves;
mod peers;
pub mod stores;
