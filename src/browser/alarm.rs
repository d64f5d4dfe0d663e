//! One timer: the pump asks for one time to be woken, not for several.

use core::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::{BrowserEvent, Callback, callback, function};
use crate::pump::Wake;

#[wasm_bindgen]
extern "C" {
    // By name, so that they are those that were there when the script was loaded (`js/platform.js`): web-sys would ask the window for
    // what a page has put there since, and gloo-timers is 370 bytes more for a page.
    #[wasm_bindgen(js_name = queueMicrotask)]
    fn queue_microtask(run: &Callback);
    /// Calls `run` after `ms` milliseconds; gives what the timer is cleared by.
    #[wasm_bindgen(js_name = setTimeout)]
    pub fn set_timeout(run: &Function, ms: u32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Longer waits would wrap around to no wait at all. Whoever is woken early asks again.
const LONGEST_MS: u64 = i32::MAX as u64;

/// Calls back when asked to, until it is dropped.
pub struct Alarm {
    ring: Callback,
    timer: RefCell<Option<JsValue>>,
}

impl Alarm {
    /// An alarm that runs `ring`.
    pub fn new(ring: impl Fn() + 'static) -> Self {
        Self { ring: callback(move |_: BrowserEvent| ring()), timer: RefCell::default() }
    }

    /// Rings at this time instead of the one set before. It may ring once too often, never once too few.
    pub fn set(&self, at: Wake) {
        self.clear();
        match at {
            Wake::Never => {}
            Wake::Soon => queue_microtask(&self.ring),
            Wake::After(wait) => *self.timer.borrow_mut() = Some(set_timeout(function(&self.ring), milliseconds(wait))),
        }
    }

    fn clear(&self) {
        if let Some(timer) = self.timer.take() {
            clear_timeout(&timer);
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Rounded up: a timer that fires early is of no use.
fn milliseconds(micros: u64) -> u32 {
    micros.div_ceil(1000).min(LONGEST_MS) as u32
}
