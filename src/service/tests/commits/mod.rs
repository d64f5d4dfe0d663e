//! What becomes of writes.

mod exactly_once;
mod fence;
mod groups;
mod merges;
mod replacing;
mod why;
