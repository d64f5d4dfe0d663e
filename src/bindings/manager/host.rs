//! The object that the JavaScript face hands in: it makes the values that programs see, and passes on what happens.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::browser::{Element, Record};
use crate::error::Code;

#[wasm_bindgen]
extern "C" {
    /// None of its functions throws: each catches what the application's own functions throw.
    pub type Host;

    /// Where the iframe goes.
    #[wasm_bindgen(method, structural)]
    pub fn container(this: &Host) -> Element;
    /// A frozen `Session`, made in one call: member by member would take several times as long. `version` may be `null`.
    #[wasm_bindgen(method, structural)]
    pub fn session(
        this: &Host,
        id: &str,
        user_id: &str,
        created_at: f64,
        last_active_at: f64,
        version: JsValue,
        pending: bool,
        data: &str,
    ) -> JsValue;
    /// A frozen copy of this object and the objects directly in it.
    #[wasm_bindgen(method, structural)]
    pub fn freeze(this: &Host, object: Record) -> JsValue;
    /// A `SessionError`.
    #[wasm_bindgen(method, structural)]
    fn error(this: &Host, code: &str, advice: &str, retryable: bool) -> JsValue;
    /// Settles a promise: with `error` unless that is `null`.
    #[wasm_bindgen(method, structural)]
    pub fn settle(this: &Host, token: f64, error: JsValue, value: JsValue);
    /// Runs the function of an update on this data and calls `ran`.
    #[wasm_bindgen(method, structural)]
    pub fn run(this: &Host, token: f64, data: &str);
    /// Raises an event.
    #[wasm_bindgen(method, structural)]
    pub fn event(this: &Host, kind: &str, detail: Record);
    /// Tells the subscribers.
    #[wasm_bindgen(method, structural)]
    pub fn changed(this: &Host);
    /// Logs a message.
    #[wasm_bindgen(method, structural)]
    pub fn log(this: &Host, what: &str, name: &str, bytes: u32);
}

impl Host {
    /// The `SessionError` of a code.
    pub fn failure(&self, code: Code) -> JsValue {
        self.error(code.name(), code.advice(), code.retryable())
    }
}
