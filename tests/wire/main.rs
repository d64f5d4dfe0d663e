//! The wire, held still: an example of every message, bytes beside readable JSON, in `tests/wire/fixtures`. The
//! JavaScript tests in this folder read the same files. `docs/protocol.md` describes what stands in them.
//!
//! After a change of the protocol: write the new message's JSON into the fixture file, then
//! `WIRE_REGENERATE=1 cargo test --test wire regenerate` fills in the bytes of every fixture.

#![cfg(not(target_arch = "wasm32"))]

mod conversation;
mod coverage;
mod fixtures;
#[cfg(feature = "further")]
mod further;
mod generated;
mod golden;
mod hostile;
mod machines;
mod record;
mod replay;
mod scripts;
mod stores;
