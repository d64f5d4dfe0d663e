//! One timer: the pump asks for one time to be woken, not for several.

use alloc::rc::Rc;
use core::cell::RefCell;

use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::wasm_bindgen;

use super::{BrowserEvent, Callback, callback};
use crate::pump::Wake;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = queueMicrotask)]
    fn queue_microtask(run: &Callback);
}

/// Longer waits would wrap around to no wait at all. Whoever is woken early asks again.
const LONGEST_MS: u64 = i32::MAX as u64;

/// Calls back when asked to, until it is dropped.
pub struct Alarm {
    ring: Rc<dyn Fn()>,
    soon: Callback,
    timeout: RefCell<Option<Timeout>>,
}

impl Alarm {
    /// An alarm that runs `ring`.
    pub fn new(ring: impl Fn() + 'static) -> Self {
        let ring: Rc<dyn Fn()> = Rc::new(ring);
        let soon = Rc::clone(&ring);
        Self { ring, soon: callback(move |_: BrowserEvent| soon()), timeout: RefCell::new(None) }
    }

    /// Rings at this time instead of the one set before. It may ring once too often, never once too few.
    pub fn set(&self, at: Wake) {
        let timeout = match at {
            Wake::Never => None,
            Wake::Soon => {
                queue_microtask(&self.soon);
                None
            }
            Wake::After(wait) => {
                let ring = Rc::clone(&self.ring);
                Some(Timeout::new(milliseconds(wait), move || ring()))
            }
        };
        *self.timeout.borrow_mut() = timeout;
    }
}

/// Rounded up: a timer that fires early is of no use.
fn milliseconds(micros: u64) -> u32 {
    micros.div_ceil(1000).min(LONGEST_MS) as u32
}
