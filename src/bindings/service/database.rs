//! The store in IndexedDB as JavaScript has it, to be migrated from and to.

use alloc::boxed::Box;
use alloc::rc::Rc;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::browser::storage::{Announced, IndexedDb, operation, own_factory, resolved};
use crate::error::Code;
use crate::storage::{Answer, Failure, Provider};

/// One handle to the store of a name, in this frame's own storage. Its commits are announced to services.
#[wasm_bindgen]
pub struct Database {
    store: Announced,
}

#[wasm_bindgen]
impl Database {
    /// Opens nothing yet.
    #[wasm_bindgen(constructor)]
    pub fn new(name: &str) -> Database {
        // Where there is none, asking it something is refused.
        let factory = own_factory().unwrap_or(JsValue::UNDEFINED);
        Self { store: Announced::new(Rc::new(IndexedDb::new(factory, name)), name, None) }
    }

    /// The method of a `StorageProvider` with its arguments. Rejects with `{ code, unknown }`.
    pub fn ask(&self, method: &str, args: &Array) -> Promise {
        let mut asked = operation(method, args);
        Promise::new(&mut |resolve, reject| {
            let done = move |answer| {
                let _ = match resolved(answer) {
                    Ok(value) => resolve.call1(&JsValue::NULL, &value),
                    Err(failure) => reject.call1(&JsValue::NULL, &failure),
                };
            };
            match asked.take() {
                Some(asked) => self.store.start(asked, Box::new(done)),
                None => done(Answer::Failed(Failure { code: Code::StorageFailed, unknown: false })),
            }
        })
    }

    /// Calls `changed` after somebody else committed. One at a time: another takes its place.
    pub fn watch(&self, changed: Function) {
        self.store.watch(Box::new(move |_| {
            let _ = changed.call0(&JsValue::NULL);
        }));
    }
}
