//! Marks that one life of this frame leaves to the next: in sessionStorage, which is this tab's and this partition's own
//! and there again after a crash.

use alloc::string::String;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static WINDOW: Window;
    type Window;
    #[wasm_bindgen(method, structural, getter, catch, js_name = sessionStorage)]
    fn marks(this: &Window) -> Result<Marks, JsValue>;

    #[wasm_bindgen(thread_local_v2, js_namespace = location, js_name = href)]
    static HREF: String;

    type Marks;
    #[wasm_bindgen(method, structural, catch, js_name = getItem)]
    fn get_item(this: &Marks, key: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = setItem)]
    fn set_item(this: &Marks, key: &str, value: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = removeItem)]
    fn remove_item(this: &Marks, key: &str) -> Result<(), JsValue>;
}

/// What a life marked under `name`. Where there is no such storage nothing is ever marked.
pub fn get(name: &str) -> Option<String> {
    all()?.get_item(&key(name)).ok()?
}

pub fn set(name: &str, value: &str) {
    if let Some(marks) = all() {
        let _ = marks.set_item(&key(name), value);
    }
}

pub fn remove(name: &str) {
    if let Some(marks) = all() {
        let _ = marks.remove_item(&key(name));
    }
}

fn all() -> Option<Marks> {
    WINDOW.with(Window::marks).ok()
}

/// Frames of different pages of the owner do not meet.
fn key(name: &str) -> String {
    ["session-bridge:", name, " ", &HREF.with(Clone::clone)].concat()
}
