//! Moving between stores.

pub mod foreign_move;
pub mod machine;
pub mod merge;
