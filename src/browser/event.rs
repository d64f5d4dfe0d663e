//! Events and those who hear them.

use alloc::boxed::Box;
use alloc::string::String;

use js_sys::Function;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{EventTarget, Window};

/// What every callback of the browser is given. An event of another kind carries no `data`.
pub type BrowserEvent = web_sys::MessageEvent;

/// Every callback of the browser has this one shape: each further shape would add to what a page downloads.
pub type Callback = Closure<dyn Fn(BrowserEvent)>;

/// A callback for the browser. It works for as long as it is kept.
pub fn callback(run: impl Fn(BrowserEvent) + 'static) -> Callback {
    Closure::wrap(Box::new(run) as Box<dyn Fn(BrowserEvent)>)
}

/// The function that a callback is.
pub fn function(callback: &Callback) -> &Function {
    callback.as_ref().unchecked_ref()
}

#[wasm_bindgen]
extern "C" {
    // Not the document's own, which web-sys would call: an element of the page that is called so would stand in its place.
    /// Hears events of this type from now on.
    #[wasm_bindgen(js_namespace = ["EventTarget", "prototype", "addEventListener"], js_name = call)]
    pub fn listen(target: &EventTarget, kind: &str, run: &Callback);
    /// Ends that.
    #[wasm_bindgen(js_namespace = ["EventTarget", "prototype", "removeEventListener"], js_name = call)]
    pub fn unlisten(target: &EventTarget, kind: &str, run: &Callback);
    /// What `this` has under `key`, read as `of` has it. Whatever a page puts there is given; web-sys takes it for what it should be.
    #[wasm_bindgen(js_namespace = Reflect, js_name = get)]
    pub fn read(of: &JsValue, key: &str, this: &JsValue) -> JsValue;

    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static WINDOW: Window;
    #[wasm_bindgen(thread_local_v2, js_name = document)]
    static DOCUMENT: EventTarget;
}

/// The name of an event.
pub fn kind(event: &BrowserEvent) -> String {
    read(event, "type", event).as_string().unwrap_or_default()
}

/// The window that this code runs in.
pub fn window() -> Window {
    WINDOW.with(Clone::clone)
}

/// Its document.
pub fn document() -> EventTarget {
    DOCUMENT.with(Clone::clone)
}
