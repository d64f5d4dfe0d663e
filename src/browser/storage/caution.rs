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

    #[wasm_bindgen(thread_local_v2, js_namespace = location, js_name = href)]
    static HREF: String;

    type Marks;
    #[wasm_bindgen(method, structural, catch, js_name = getItem)]
    fn get(this: &Marks, key: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = setItem)]
    fn set(this: &Marks, key: &str, value: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = removeItem)]
    fn remove(this: &Marks, key: &str) -> Result<(), JsValue>;
}

const KEY: &str = "session-bridge:touching-handle ";
/// For so long after a death no handle is touched.
const MS: u64 = 600_000;
/// A mark that is younger may be that of a neighbour.
const YOUNG_MS: u64 = 1_000;
/// It takes it away sooner than this.
const MOMENT_MS: u32 = 200;

std::thread_local! {
    /// This life is touching a handle: the mark is its own.
    static TOUCHING: Cell<bool> = const { Cell::new(false) };
}

/// Whether an earlier life of this frame died of its handle, not long ago. A young mark may be that of another frame in
/// this tab, which is alive and takes it away in a moment: whoever lost a frame takes longer to notice.
pub async fn is_called_for() -> bool {
    if age().is_some_and(|age| age < YOUNG_MS) {
        let _ = within(MOMENT_MS, pending::<()>()).await;
    }
    age().is_some()
}

/// How old the mark is that another life left, in ms.
fn age() -> Option<u64> {
    if TOUCHING.get() {
        return None;
    }
    let mark = marks()?.get(&key()).ok()??;
    let age = now().checked_sub(mark.parse().ok()?)?;
    (age < MS).then_some(age)
}

/// A handle is about to be touched.
pub fn begin() {
    TOUCHING.set(true);
    if let Some(marks) = marks() {
        let _ = marks.set(&key(), &now().to_string());
    }
}

/// It was touched and nothing happened, or the frame is being left alive.
pub fn end() {
    if TOUCHING.replace(false)
        && let Some(marks) = marks()
    {
        let _ = marks.remove(&key());
    }
}

/// Frames of different pages of the owner do not meet.
fn key() -> String {
    [KEY, &HREF.with(Clone::clone)].concat()
}

fn marks() -> Option<Marks> {
    WINDOW.with(Window::marks).ok()
}

fn now() -> u64 {
    let Now { wall, .. } = PageClock.now();
    wall.0
}
