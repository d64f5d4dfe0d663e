//! The object that the JavaScript face hands in: it makes the values that programs see, and passes on what happens.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::browser::{Element, Record};
use crate::manager::Failure;

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
    /// A `SessionError`. `detail` is a sentence, or the name of a limit where there is a `limit`; `bytes` is what goes over it,
    /// where that is known.
    #[wasm_bindgen(method, structural)]
    fn error(this: &Host, code: &str, advice: &str, retryable: bool, detail: &str, limit: f64, bytes: f64) -> JsValue;
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
    /// The `SessionError` of a failure.
    pub fn failure(&self, failure: &Failure) -> JsValue {
        let code = failure.code;
        let detail = failure.detail.as_ref();
        let text = detail.map_or("", |detail| &detail.text);
        let (bytes, limit) = detail.and_then(|detail| detail.limit).unwrap_or_default();
        self.error(code.name(), code.advice(), code.retryable(), text, limit as f64, bytes as f64)
    }
}
