//! session-bridge: the same signed-in sessions on every domain.
//!
//! A map of the house. Each layer may use only what stands to its left (`tests/layers.rs` holds them to it):
//!
//! `ambient, error, session, machine → protocol, storage → engine → manager | service → pump, browser → bindings → js`
//!
//! Everything up to `manager` and `service` is pure: no clock, no randomness, no browser type, no `async`. A browser runs
//! it, and so does a test in virtual time.

extern crate alloc;

pub mod ambient;
pub mod engine;
pub mod error;
pub mod machine;
pub mod manager;
pub mod protocol;
pub mod service;
pub mod session;
pub mod storage;
