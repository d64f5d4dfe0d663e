//! `performance.now()` for what waits, `Date.now()` for what is recorded.

use js_sys::Date;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Performance;

use crate::ambient::{Clock, Instant, Now, UnixMillis};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = performance)]
    static PERFORMANCE: Performance;
}

/// The clocks of the page that this code runs in.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageClock;

impl Clock for PageClock {
    fn now(&self) -> Now {
        Now {
            instant: Instant((PERFORMANCE.with(Performance::now) * 1000.0) as u64),
            wall: UnixMillis(Date::now() as u64),
        }
    }
}
