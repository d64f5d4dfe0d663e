//! What the store is asked: one thing at a time.

pub mod catch_up;
pub mod gc;
pub mod load;
pub mod scheduler;
pub mod selection;
