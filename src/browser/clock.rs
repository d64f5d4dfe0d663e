//! `performance.now()` for what waits, `Date.now()` for what is recorded.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::ambient::{Clock, Instant, Now, UnixMillis};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn monotonic_ms() -> f64;
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn unix_ms() -> f64;
}

/// The clocks of the page that this code runs in.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageClock;

impl Clock for PageClock {
    fn now(&self) -> Now {
        Now { instant: Instant((monotonic_ms() * 1000.0) as u64), wall: UnixMillis(unix_ms() as u64) }
    }
}
