//! What goes wrong in a database, and by which code it is told. An error is what was thrown, a text for what a connection
//! waited for in vain, and `null` for what cannot have been written here.

use alloc::string::String;

use wasm_bindgen::JsValue;

use crate::browser::Record;
use crate::error::Code;
use crate::storage::Failure;

/// The name of a `DOMException`; empty for anything else.
pub fn name(error: &JsValue) -> String {
    if !error.is_object() {
        return String::new();
    }
    Record::from(error.clone()).get("name").as_string().unwrap_or_default()
}

/// The code by which it is told.
fn code(error: &JsValue) -> Code {
    match name(error).as_str() {
        "QuotaExceededError" => Code::StorageFull,
        "SecurityError" | "NotAllowedError" => Code::StorageDenied,
        _ => Code::StorageFailed,
    }
}

/// What an operation failed with.
pub fn failure(error: &JsValue, commits: bool) -> Failure {
    let code = if name(error) == "VersionError" { Code::ProtocolMismatch } else { code(error) };
    // Of a store that is full, refused or of a newer layout it is known that nothing was kept. Any other end of a commit may
    // have come after the point of no return; or the page was left, and it is to be tried again.
    let unknown = commits && code == Code::StorageFailed && !error.is_null() && !error.is_string();
    Failure { code, unknown }
}
