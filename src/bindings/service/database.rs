//! The store in IndexedDB as JavaScript has it, to be migrated from and to.

use alloc::boxed::Box;
use alloc::rc::Rc;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::browser::storage::{Announced, IndexedDb, own_factory};
use crate::browser::{awaited, promise};
use crate::storage::Provider;

/// One handle to the store of a name, in this frame's own storage. Its commits are announced to services.
#[wasm_bindgen]
pub struct Database {
    store: Rc<IndexedDb>,
    announced: Rc<Announced>,
}

#[wasm_bindgen]
impl Database {
    /// Opens nothing yet.
    #[wasm_bindgen(constructor)]
    pub fn new(name: &str) -> Database {
        // Where there is none, asking it something is refused.
        let store = Rc::new(IndexedDb::new(own_factory().unwrap_or(JsValue::UNDEFINED), name));
        let announced = Rc::new(Announced::new(Rc::clone(&store) as Rc<dyn Provider>, name, None));
        Self { store, announced }
    }

    /// The method of a `StorageProvider` with its arguments. Rejects with `{ code, unknown }`.
    pub fn ask(&self, method: &str, args: Array) -> Promise {
        let asked = self.store.ask(method, args);
        if method != "commit" {
            return asked;
        }
        let announced = Rc::clone(&self.announced);
        promise(async move {
            let answer = awaited(&asked).await?;
            if answer.is_truthy() {
                announced.announce();
            }
            Ok(answer)
        })
    }

    /// Calls `changed` after somebody else committed. One at a time: another takes its place.
    pub fn watch(&self, changed: Function) {
        self.announced.watch(Box::new(move |_| {
            let _ = changed.call0(&JsValue::NULL);
        }));
    }
}
