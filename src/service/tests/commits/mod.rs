//! What becomes of writes.

mod defaults;
mod exactly_once;
mod fence;
mod groups;
mod lifetimes;
mod merges;
mod replacing;
mod requests;
mod why;
