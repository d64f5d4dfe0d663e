//! A store that JavaScript provides: the user's own, or a plain one under a lock.
//!
//! `js/providers/crossing.js` stands between: it never throws, and what it resolves with has been looked at.

use alloc::boxed::Box;
use core::cell::RefCell;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::crossing;
use crate::browser::{BrowserEvent, Callback, callback};
use crate::storage::{Answer, Changed, Operation, Provider};

#[wasm_bindgen]
extern "C" {
    /// A provider behind its guard.
    pub type Guarded;
    #[wasm_bindgen(method, structural)]
    fn ask(this: &Guarded, method: &str, args: Array) -> Promise;
    #[wasm_bindgen(method, structural)]
    fn watch(this: &Guarded, changed: &Callback) -> Function;
    #[wasm_bindgen(method, structural)]
    fn close(this: &Guarded);
}

/// One handle to such a store. Closes it when dropped.
pub struct Custom {
    guarded: Guarded,
    watching: RefCell<Option<(Function, Callback)>>,
}

impl Custom {
    /// A handle. `guarded` is what the face's `forModule` gave.
    pub fn new(guarded: JsValue) -> Self {
        Self { guarded: guarded.into(), watching: RefCell::new(None) }
    }

    /// Whether it answers: one that says how to be tried is tried, others tell where they stand. Rejects as an operation does.
    pub fn probe(&self) -> Promise {
        self.guarded.ask("probe", Array::new())
    }
}

impl Provider for Custom {
    fn start(&self, operation: Operation, done: Box<dyn FnOnce(Answer)>) {
        let (method, args) = crossing::call(&operation);
        crossing::tell(method, self.guarded.ask(method, args), done);
    }

    fn watch(&self, changed: Box<Changed>) {
        let hear = callback(move |_: BrowserEvent| changed(None));
        let unwatch = self.guarded.watch(&hear);
        *self.watching.borrow_mut() = Some((unwatch, hear));
    }
}

impl Drop for Custom {
    fn drop(&mut self) {
        if let Some((unwatch, _hear)) = self.watching.take() {
            let _ = unwatch.call0(&JsValue::NULL);
        }
        self.guarded.close();
    }
}
