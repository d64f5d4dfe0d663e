//! What web-sys leaves open of IndexedDB (<https://w3c.github.io/IndexedDB/>): transactions of a durability, and requests as
//! futures.

use js_sys::Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbRequest, IdbTransaction};

use crate::browser::{Record, settled};

#[wasm_bindgen]
extern "C" {
    // In web-sys a transaction's options are there only in a build of all unstable interfaces.
    type Database;
    #[wasm_bindgen(method, structural, catch)]
    fn transaction(this: &Database, stores: Array, mode: &str, options: Record) -> Result<IdbTransaction, JsValue>;
}

/// Begins a transaction on these tables. `mode`: `readonly` or `readwrite`; `durability`: `strict` or `relaxed`.
pub fn begin(database: &IdbDatabase, stores: &[&str], mode: &str, durability: &str) -> Result<IdbTransaction, JsValue> {
    let options = Record::new();
    options.set("durability", durability.into());
    let stores = stores.iter().map(|name| JsValue::from_str(name)).collect();
    database.unchecked_ref::<Database>().transaction(stores, mode, options)
}

/// What the request results in; its error otherwise. Listens at once, waits when awaited.
pub fn answered(request: &IdbRequest) -> impl Future<Output = Result<JsValue, JsValue>> {
    let event = settled(|done, failed| {
        request.set_onsuccess(Some(done));
        request.set_onerror(Some(failed));
    });
    let request = request.clone();
    async move {
        match event.await {
            Ok(_) => request.result(),
            Err(_) => Err(request.error()?.into()),
        }
    }
}

/// The end of a transaction. Listens at once, waits when awaited.
pub fn ended(transaction: &IdbTransaction) -> impl Future<Output = Result<(), JsValue>> {
    let event = settled(|done, failed| {
        transaction.set_oncomplete(Some(done));
        transaction.set_onabort(Some(failed));
    });
    let transaction = transaction.clone();
    async move { event.await.map(|_| ()).map_err(|_| transaction.error().into()) }
}

/// Commits now: it would by itself, a little later. If a request fails after that, not every browser aborts the transaction.
pub fn finish(transaction: &IdbTransaction) -> Result<(), JsValue> {
    #[expect(
        deprecated,
        reason = "the description of it that web-sys was made from lacks it; every browser that we support has it"
    )]
    transaction.commit()
}
