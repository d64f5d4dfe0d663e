//! What goes wrong in a database, and by which code it is told.

use alloc::string::String;

use wasm_bindgen::JsValue;

use crate::browser::Record;
use crate::error::Code;

/// What went wrong, and whether the commit may have taken effect all the same.
pub struct Fault {
    /// What was thrown; `null` for what cannot have been written here.
    pub error: JsValue,
    pub unknown: bool,
}

impl From<JsValue> for Fault {
    fn from(error: JsValue) -> Self {
        Self { error, unknown: false }
    }
}

/// The name of a `DOMException`; empty for anything else.
pub fn name(error: &JsValue) -> String {
    if !error.is_object() {
        return String::new();
    }
    Record::from(error.clone()).get("name").as_string().unwrap_or_default()
}

/// The code by which it is told.
pub fn code(error: &JsValue) -> Code {
    match name(error).as_str() {
        "QuotaExceededError" => Code::StorageFull,
        "SecurityError" | "NotAllowedError" => Code::StorageDenied,
        _ => Code::StorageFailed,
    }
}
