//! Remembers that a frame died of its handle, so that the next one leaves it alone.
//!
//! Chromium ends the process of a frame that uses a grant which it does not honour. Nothing in the next life of that
//! frame says so, except a mark that was set before the handle was touched and not taken away.

use alloc::string::{String, ToString};
use core::cell::Cell;
use core::future::pending;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::wait::within;
use crate::ambient::{Clock, Now};
use crate::browser::PageClock;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static WINDOW: Window;
    type Window;
    // This tab's and this partition's own, and there again after a crash.
    #[wasm_bindgen(method, structural, getter, catch, js_name = sessionStorage)]
    fn marks(this: &Window) -> Result<Marks, JsValue>;

    type Marks;
    #[wasm_bindgen(method, structural, catch, js_name = getItem)]
    fn get(this: &Marks, key: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = setItem)]
    fn set(this: &Marks, key: &str, value: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = removeItem)]
    fn remove(this: &Marks, key: &str) -> Result<(), JsValue>;
}

const KEY: &str = "session-bridge:touching-handle";
/// For so long after a death no handle is touched.
const MS: u64 = 600_000;
const LOOKS: u32 = 5;
const BETWEEN_MS: u32 = 50;

std::thread_local! {
    /// This life is touching a handle: the mark is its own.
    static TOUCHING: Cell<bool> = const { Cell::new(false) };
}

/// Whether an earlier life of this frame died of its handle, not long ago. The mark may be that of another frame in this
/// tab, which is alive and takes it away in a moment: only one that stays is believed.
pub async fn is_called_for() -> bool {
    for _ in 0..LOOKS {
        if !is_marked() {
            return false;
        }
        let _ = within(BETWEEN_MS, pending::<()>()).await;
    }
    is_marked()
}

fn is_marked() -> bool {
    if TOUCHING.get() {
        return false;
    }
    let mark = marks().and_then(|marks| marks.get(KEY).ok().flatten());
    let since = mark.and_then(|mark| mark.parse::<u64>().ok());
    since.is_some_and(|since| now().saturating_sub(since) < MS)
}

/// A handle is about to be touched.
pub fn begin() {
    TOUCHING.set(true);
    if let Some(marks) = marks() {
        let _ = marks.set(KEY, &now().to_string());
    }
}

/// It was touched and nothing happened, or the frame is being left alive.
pub fn end() {
    if TOUCHING.replace(false)
        && let Some(marks) = marks()
    {
        let _ = marks.remove(KEY);
    }
}

fn marks() -> Option<Marks> {
    WINDOW.with(Window::marks).ok()
}

fn now() -> u64 {
    let Now { wall, .. } = PageClock.now();
    wall.0
}
