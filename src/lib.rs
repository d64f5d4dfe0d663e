//! session-bridge: the same signed-in sessions on every domain.
//!
//! A map of the house. Each layer may use only what stands to its left (`tests/layers/` holds them to it):
//!
//! `ambient, error, session, machine → protocol, storage → engine → manager | service → pump, browser → bindings → js`
//!
//! Everything up to `manager` and `service` is pure: no clock, no randomness, no browser type, no `async`. A browser runs
//! it, and so does a test in virtual time.
//!
//! `docs/architecture.md` has the rooms of the service, the states that the machines go through, what our words mean, and where
//! to change what.

// On stable Rust a panic leaves the wasm instance poisoned for good, so nothing may panic. Reasons for the rest of what
// Clippy refuses stand in clippy.toml.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::todo,
    clippy::unimplemented,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::dbg_macro
)]

extern crate alloc;

pub mod ambient;
#[cfg(all(target_arch = "wasm32", feature = "browser"))]
mod bindings;
#[cfg(all(target_arch = "wasm32", feature = "browser"))]
pub mod browser;
pub mod engine;
pub mod error;
pub mod machine;
pub mod manager;
pub mod protocol;
pub mod pump;
pub mod service;
pub mod session;
pub mod storage;
