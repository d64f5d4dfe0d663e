//! The Storage Access API in its non-cookie form: this frame's unpartitioned storage, without a question to anybody.

use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::announce::ChannelHandle;
use super::wait::within;
use crate::browser::Record;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static GLOBAL: Record;
    #[wasm_bindgen(thread_local_v2, js_name = document)]
    static DOCUMENT: Record;
    #[wasm_bindgen(js_namespace = document, js_name = requestStorageAccess, catch)]
    fn request(types: Record) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, structural, getter, catch, js_name = indexedDB)]
    fn indexed_db(this: &Record) -> Result<JsValue, JsValue>;
}

/// Some browsers answer only when a person does, and some never.
const DEADLINE_MS: u32 = 1_000;

/// What a handle gives.
pub struct Unpartitioned {
    /// An `IDBFactory`.
    pub factory: JsValue,
    pub channels: ChannelHandle,
}

/// Asks for exactly what is used: Chromium ends the process of a frame whose grant does not cover a type.
pub async fn request_handle() -> Option<Unpartitioned> {
    if !knows_handles() {
        return None;
    }
    let types = Record::new();
    types.set("indexedDB", JsValue::TRUE);
    types.set("BroadcastChannel", JsValue::TRUE);
    let asked = JsFuture::from(request(types).ok()?);
    // Fulfilled without a handle, it was the cookie form that was granted.
    let handle = Record::from(within(DEADLINE_MS, asked).await?.ok().filter(JsValue::is_object)?);
    let factory = handle.indexed_db().ok().filter(JsValue::is_object)?;
    Some(Unpartitioned { factory, channels: JsValue::from(handle).unchecked_into() })
}

/// Chromium does not show the handle's interface by its name, but brought this method along with it. Browsers without
/// handles must not be asked: they take the question for one about cookies, and may put it to the person.
fn knows_handles() -> bool {
    GLOBAL.with(|global| global.get("StorageAccessHandle").is_function())
        || DOCUMENT.with(|document| document.get("hasUnpartitionedCookieAccess").is_function())
}

/// The window's own `IDBFactory`, partitioned or not.
pub fn own_factory() -> Option<JsValue> {
    GLOBAL.with(Record::indexed_db).ok().filter(JsValue::is_object)
}
