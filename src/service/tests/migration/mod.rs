//! Moving between stores.

mod absorbed;
mod cleaned;
mod crashes;
mod merge;
mod moves;
mod peers;
mod requests;
pub mod stores;
