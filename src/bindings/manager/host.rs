//! The object that the JavaScript face hands in: it makes the values that programs see, and passes on what happens.

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
    /// The frozen `Session` of this text.
    #[wasm_bindgen(method, structural)]
    pub fn session(this: &Host, text: &str) -> JsValue;
    /// The sessions in this list show from now on; where it has a mere id, nothing does of that. If what showed before is the same,
    /// that stays. Gives `undefined` if it was stopped.
    #[wasm_bindgen(method, structural)]
    pub fn draw(this: &Host, text: &str) -> JsValue;
    /// The object that shows of the session of this id, or `null`.
    #[wasm_bindgen(method, structural)]
    pub fn drawn(this: &Host, id: &str) -> JsValue;
    /// A frozen `StorageStatus`. `level` and `upgrade` are places in their enums, here as below; `declined_until` may be `null`.
    #[wasm_bindgen(method, structural)]
    pub fn storage(this: &Host, level: u32, shared: bool, upgrade: u32, declined_until: JsValue) -> JsValue;
    /// A frozen `Snapshot` of the sessions that show now. `active` is the id of one of them, or empty; `reason` is a place in its
    /// enum, or -1; `seq` is `null` if there is no version; `last_error` may be `null`.
    #[wasm_bindgen(method, structural)]
    pub fn snapshot(
        this: &Host,
        active: &str,
        epoch: f64,
        seq: JsValue,
        tag: f64,
        status: u32,
        reason: i32,
        storage: JsValue,
        pending_writes: u32,
        stale: bool,
        complete: bool,
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
    /// Logs a message that was sent or received, by its [`kind`](crate::bindings::kind), and the number that goes with that.
    #[wasm_bindgen(method, structural)]
    pub fn log(this: &Host, sent: bool, kind: i32, number: f64);
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
