//! The tests of `tests/fuzz`, with inputs that are made by what the code does with them.

#[expect(dead_code, reason = "of a conversation only what pages do is needed")]
#[path = "../../tests/wire/conversation.rs"]
mod conversation;
#[path = "../../tests/fuzz/decoder.rs"]
mod decoder;
#[path = "../../tests/fuzz/json.rs"]
mod json;
#[expect(dead_code, reason = "what pages do here is said by hand")]
#[path = "../../tests/wire/machines.rs"]
mod machines;
#[path = "../../tests/fuzz/memory.rs"]
mod memory;
mod run;
#[path = "../../tests/fuzz/to_manager.rs"]
mod to_manager;
#[path = "../../tests/fuzz/to_service.rs"]
mod to_service;
