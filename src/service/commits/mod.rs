//! The path of a write: queue, group, judge, draft.

pub mod commit;
pub mod draft;
pub mod group;
pub mod judge;
pub mod pace;
pub mod queue;
pub mod touches;
mod touching;
