//! What we use of IndexedDB (<https://w3c.github.io/IndexedDB/>), and its requests as futures.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::browser::{Callback, Record};

#[wasm_bindgen]
extern "C" {
    /// A factory: the window's, or that of a storage access handle.
    #[derive(Clone)]
    pub type Factory;
    #[wasm_bindgen(method, structural, catch)]
    pub fn open(this: &Factory, name: &str, version: u32) -> Result<Request, JsValue>;

    /// Something asked.
    pub type Request;
    #[wasm_bindgen(method, structural, getter)]
    pub fn result(this: &Request) -> JsValue;
    #[wasm_bindgen(method, structural, getter)]
    fn error(this: &Request) -> JsValue;
    #[wasm_bindgen(method, structural, setter)]
    fn set_onsuccess(this: &Request, run: &js_sys::Function);
    #[wasm_bindgen(method, structural, setter)]
    fn set_onerror(this: &Request, run: &js_sys::Function);
    #[wasm_bindgen(method, structural, setter)]
    pub fn set_onupgradeneeded(this: &Request, run: &Callback);

    /// A connection.
    #[derive(Clone)]
    pub type Database;
    #[wasm_bindgen(method, structural, js_name = createObjectStore)]
    pub fn create_object_store(this: &Database, name: &str) -> ObjectStore;
    #[wasm_bindgen(method, structural, catch)]
    pub fn transaction(this: &Database, stores: Array, mode: &str, options: Record) -> Result<Transaction, JsValue>;
    #[wasm_bindgen(method, structural)]
    pub fn close(this: &Database);
    #[wasm_bindgen(method, structural, setter)]
    pub fn set_onclose(this: &Database, run: Option<&Callback>);
    #[wasm_bindgen(method, structural, setter)]
    pub fn set_onversionchange(this: &Database, run: Option<&Callback>);

    /// Reads and writes that take effect together.
    #[derive(Clone)]
    pub type Transaction;
    #[wasm_bindgen(method, structural, catch, js_name = objectStore)]
    pub fn object_store(this: &Transaction, name: &str) -> Result<ObjectStore, JsValue>;
    #[wasm_bindgen(method, structural, catch)]
    pub fn abort(this: &Transaction) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural, catch)]
    pub fn commit(this: &Transaction) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural, getter, js_name = error)]
    fn failure(this: &Transaction) -> JsValue;
    #[wasm_bindgen(method, structural, setter)]
    fn set_oncomplete(this: &Transaction, run: &js_sys::Function);
    #[wasm_bindgen(method, structural, setter)]
    fn set_onabort(this: &Transaction, run: &js_sys::Function);

    /// A table.
    pub type ObjectStore;
    #[wasm_bindgen(method, structural, catch)]
    pub fn get(this: &ObjectStore, key: &JsValue) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = getAll)]
    pub fn get_all(this: &ObjectStore, range: &JsValue, limit: u32) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = getAllKeys)]
    pub fn get_all_keys(this: &ObjectStore, range: &JsValue, limit: u32) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, structural, catch)]
    pub fn put(this: &ObjectStore, value: &JsValue, key: &JsValue) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, structural, catch)]
    pub fn delete(this: &ObjectStore, key: &JsValue) -> Result<Request, JsValue>;

    #[wasm_bindgen(js_namespace = IDBKeyRange, js_name = lowerBound, catch)]
    pub fn from(bound: &JsValue, open: bool) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = IDBKeyRange, js_name = upperBound, catch)]
    pub fn up_to(bound: &JsValue, open: bool) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = IDBKeyRange, js_name = bound, catch)]
    pub fn between(lower: &JsValue, upper: &JsValue, lower_open: bool, upper_open: bool) -> Result<JsValue, JsValue>;
}

/// What the request results in; its error otherwise.
pub async fn answered(request: &Request) -> Result<JsValue, JsValue> {
    let event = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(&resolve);
        request.set_onerror(&reject);
    });
    match JsFuture::from(event).await {
        Ok(_) => Ok(request.result()),
        Err(_) => Err(request.error()),
    }
}

/// The end of a transaction. Listens at once, waits when awaited.
pub fn ended(transaction: &Transaction) -> impl Future<Output = Result<(), JsValue>> {
    let event = JsFuture::from(Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(&resolve);
        transaction.set_onabort(&reject);
    }));
    let transaction: Transaction = transaction.unchecked_ref::<JsValue>().clone().unchecked_into();
    async move { event.await.map(|_| ()).map_err(|_| transaction.failure()) }
}
