//! The object that the JavaScript face hands in: it makes the values that programs see, and passes on what happens.

use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::browser::Mounted;
use crate::manager::Failure;

#[wasm_bindgen]
extern "C" {
    /// None of its functions throws: each catches what the application's own functions throw.
    pub type Host;

    /// An iframe of the service in the page: the one that was put in before there was a module, or a new one.
    #[wasm_bindgen(method, structural)]
    pub fn frame(this: &Host) -> Mounted;
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
    /// A frozen `StorageStatus`. `level` and `upgrade` are places in their enums, here as below; `declined_until` may be `null`.
    #[wasm_bindgen(method, structural)]
    pub fn storage(this: &Host, level: u32, shared: bool, upgrade: u32, declined_until: JsValue) -> JsValue;
    /// A frozen `Snapshot`. `active` is a place in `sessions` and `reason` one in its enum, or -1; `seq` is `null` if there is no
    /// version; `last_error` may be `null`.
    #[wasm_bindgen(method, structural)]
    pub fn snapshot(
        this: &Host,
        sessions: Array,
        active: i32,
        epoch: f64,
        seq: JsValue,
        tag: f64,
        status: u32,
        reason: i32,
        storage: JsValue,
        pending_writes: u32,
        stale: bool,
        last_error: JsValue,
    ) -> JsValue;
    /// A `SessionError`: the place of its code, and what its [`Detail`](crate::manager::Detail) says.
    #[wasm_bindgen(method, structural)]
    fn error(this: &Host, code: u32, about: u32, name: &str, limit: f64, bytes: f64) -> JsValue;
    /// Settles a promise: with `error` unless that is `null`.
    #[wasm_bindgen(method, structural)]
    pub fn settle(this: &Host, token: f64, error: JsValue, value: JsValue);
    /// Runs the function of an update on this data and calls `ran`.
    #[wasm_bindgen(method, structural)]
    pub fn run(this: &Host, token: f64, data: &str);
    /// Raises an event: its place in [`Event`](crate::manager::Event), and the members of its detail in order.
    #[wasm_bindgen(method, structural)]
    pub fn event(this: &Host, kind: u32, one: JsValue, two: JsValue, three: JsValue);
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
        let detail = failure.detail.as_ref();
        let name = detail.map_or("", |detail| &detail.name);
        let (about, limit, bytes) =
            detail.map_or((0, 0, 0), |detail| (detail.about as u32, detail.limit, detail.bytes));
        self.error(failure.code as u32, about, name, limit as f64, bytes as f64)
    }
}
