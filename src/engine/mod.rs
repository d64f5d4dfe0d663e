//! The parts that the machines are built of. Each stands alone: none knows another.

pub mod agreement;
pub mod backoff;
pub mod bucket;
pub mod cache;
pub mod follower;
pub mod outcomes;
pub mod overlay;
pub mod percentiles;
pub mod timers;
