//! Moving between stores.

pub mod foreign_move;
pub mod machine;
pub mod merge;
pub mod moving;
pub mod seal;
pub mod steps;
