//! Events and those who hear them.

use alloc::boxed::Box;

use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;

/// Every callback of the browser has this one shape: each further shape would add to what a page downloads.
pub type Callback = Closure<dyn Fn(BrowserEvent)>;

/// A callback for the browser. It works for as long as it is kept.
pub fn callback(run: impl Fn(BrowserEvent) + 'static) -> Callback {
    Closure::wrap(Box::new(run) as Box<dyn Fn(BrowserEvent)>)
}

#[wasm_bindgen]
extern "C" {
    /// Something that hears events.
    #[derive(Clone)]
    pub type EventTarget;
    /// Hears events of this type from now on.
    #[wasm_bindgen(method, structural, js_name = addEventListener)]
    pub fn listen(this: &EventTarget, kind: &str, run: &Callback);
    /// Ends that.
    #[wasm_bindgen(method, structural, js_name = removeEventListener)]
    pub fn unlisten(this: &EventTarget, kind: &str, run: &Callback);

    /// An event of any type.
    pub type BrowserEvent;
    /// Its name.
    #[wasm_bindgen(method, structural, getter, js_name = type)]
    pub fn kind(this: &BrowserEvent) -> alloc::string::String;
    /// Whether the browser itself raised it, not a script.
    #[wasm_bindgen(method, structural, getter, js_name = isTrusted)]
    pub fn trusted(this: &BrowserEvent) -> bool;
    /// What a message carries.
    #[wasm_bindgen(method, structural, getter)]
    pub fn data(this: &BrowserEvent) -> JsValue;

    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static WINDOW: JsValue;
    #[wasm_bindgen(thread_local_v2, js_name = document)]
    static DOCUMENT: JsValue;
}

/// The window that this code runs in.
pub fn window() -> EventTarget {
    WINDOW.with(|window| window.clone().into())
}

/// Its document.
pub fn document() -> EventTarget {
    DOCUMENT.with(|document| document.clone().into())
}
