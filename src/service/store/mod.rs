//! What the store is asked: one thing at a time.

pub mod catch_up;
pub mod clean_up;
pub mod cleaning;
pub mod dispatch;
pub mod gc;
pub mod load;
pub mod reselection;
pub mod scheduler;
pub mod selection;
