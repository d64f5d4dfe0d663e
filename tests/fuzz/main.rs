//! Bytes that are nearly messages, many of them: into the decoders, and into machines at work.
//!
//! Inputs are made from those kept in `fuzz/corpus` by changing a few bytes, from a seed. `npm run fuzz -- --inputs N` makes
//! as many as wanted; the ordinary tests make a few. A failure says the seed and the input's bytes, which belong into the corpus
//! from then on.

#![cfg(not(target_arch = "wasm32"))]

#[expect(dead_code, reason = "of a conversation only what pages do is needed")]
#[path = "../wire/conversation.rs"]
mod conversation;
mod corpus;
mod decoder;
mod json;
#[expect(dead_code, reason = "what pages do here is said by hand")]
#[path = "../wire/machines.rs"]
mod machines;
mod memory;
mod mutate;
#[expect(clippy::disallowed_types, reason = "how long it takes is for people")]
mod run;
mod to_manager;
mod to_service;
