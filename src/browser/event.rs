//! Events and those who hear them.

use alloc::boxed::Box;
use alloc::string::String;

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
    // Not the document's own: an element of the page that is called so would stand in its place.
    #[wasm_bindgen(js_namespace = ["EventTarget", "prototype", "addEventListener"], js_name = call)]
    fn listen(target: &EventTarget, kind: &str, run: &Callback);
    #[wasm_bindgen(js_namespace = ["EventTarget", "prototype", "removeEventListener"], js_name = call)]
    fn unlisten(target: &EventTarget, kind: &str, run: &Callback);

    /// An event of any type.
    pub type BrowserEvent;
    #[wasm_bindgen(method, structural, getter, js_name = type)]
    fn kind_of(this: &BrowserEvent) -> JsValue;
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

impl EventTarget {
    /// Hears events of this type from now on.
    pub fn listen(&self, kind: &str, run: &Callback) {
        listen(self, kind, run);
    }

    /// Ends that.
    pub fn unlisten(&self, kind: &str, run: &Callback) {
        unlisten(self, kind, run);
    }
}

impl BrowserEvent {
    /// Its name.
    pub fn kind(&self) -> String {
        self.kind_of().as_string().unwrap_or_default()
    }
}

/// The window that this code runs in.
pub fn window() -> EventTarget {
    WINDOW.with(|window| window.clone().into())
}

/// Its document.
pub fn document() -> EventTarget {
    DOCUMENT.with(|document| document.clone().into())
}
