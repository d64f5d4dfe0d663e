//! The iframe that holds the service, seen from the page.

use alloc::rc::Rc;
use alloc::string::String;

use js_sys::Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::channel::Port;
use super::dialog::Dialog;
use super::element::Element;
use super::{BrowserEvent, Callback, Record, callback};

#[wasm_bindgen]
extern "C" {
    /// An iframe as the JavaScript face put it into the page, with what is around it.
    pub type Mounted;
    #[wasm_bindgen(method, structural, getter)]
    fn container(this: &Mounted) -> Element;
    #[wasm_bindgen(method, structural, getter)]
    fn dialog(this: &Mounted) -> Element;
    #[wasm_bindgen(method, structural, getter)]
    fn iframe(this: &Mounted) -> Element;
    /// Whether it has loaded a document by now.
    #[wasm_bindgen(method, structural, getter)]
    pub fn loaded(this: &Mounted) -> bool;

    #[wasm_bindgen(method, structural)]
    fn remove(this: &Element);
    #[wasm_bindgen(method, structural, getter, js_name = contentWindow)]
    fn content(this: &Element) -> Option<Content>;

    /// Only that of a document of this very origin.
    #[wasm_bindgen(method, structural, getter, js_name = contentDocument)]
    fn document(this: &Element) -> Option<Document>;

    type Document;
    #[wasm_bindgen(method, structural, getter, js_name = URL)]
    fn url(this: &Document) -> JsValue;

    type Content;
    #[wasm_bindgen(method, structural, catch, js_name = postMessage)]
    fn post(this: &Content, message: &JsValue, origin: &str, transfer: &Array) -> Result<(), JsValue>;

    type MutationObserver;
    #[wasm_bindgen(constructor)]
    fn new(run: &Callback) -> MutationObserver;
    #[wasm_bindgen(method, structural)]
    fn observe(this: &MutationObserver, target: &Element, options: &Record);
    #[wasm_bindgen(method, structural)]
    fn disconnect(this: &MutationObserver);
}

/// What happened to the iframe.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FrameNews {
    /// It loaded a document, which one nobody knows.
    Loaded,
    /// It is no longer in the page.
    Gone,
    /// The person turned away from it while it was shown.
    Left,
}

/// An iframe of the service in the page. Taken out when dropped.
pub struct Frame {
    origin: String,
    dialog: Rc<Dialog>,
    observer: MutationObserver,
    hear: Callback,
    _mutated: Callback,
}

impl Frame {
    /// Hears of it from now on. `origin` is that of the service's page, and the only one that is ever posted to.
    pub fn new(mounted: &Mounted, origin: &str, news: impl Fn(FrameNews) + 'static) -> Self {
        let dialog = Rc::new(Dialog { element: mounted.dialog(), iframe: mounted.iframe() });
        let news: Rc<dyn Fn(FrameNews)> = Rc::new(news);
        let told = Rc::clone(&news);
        let heard = Rc::clone(&dialog);
        let hear = callback(move |event: BrowserEvent| {
            if event.kind() == "load" {
                told(FrameNews::Loaded);
            } else if !heard.is_open() {
                // Closed, by Escape or the page. By us it tells nothing new; shown again meanwhile, it is an old tale.
                told(FrameNews::Left);
            }
        });
        dialog.iframe.listen("load", &hear);
        dialog.element.listen("close", &hear);
        let watched = Rc::clone(&dialog);
        let mutated = callback(move |_: BrowserEvent| {
            if watched.iframe.content().is_none() {
                news(FrameNews::Gone);
            }
        });
        let observer = MutationObserver::new(&mutated);
        let options = Record::new();
        options.set("childList", JsValue::TRUE);
        observer.observe(&mounted.container(), &options);
        observer.observe(&dialog.element, &options);
        Self { origin: origin.into(), dialog, observer, hear, _mutated: mutated }
    }

    /// Shows it above everything else, or hides it again. Whether that worked.
    pub fn show(&self, shown: bool) -> bool {
        if shown {
            return self.dialog.show();
        }
        self.dialog.hide();
        true
    }

    /// Whether the iframe is in the page. An element without a window is in none.
    pub fn is_there(&self) -> bool {
        self.dialog.iframe.content().is_some()
    }

    /// Hands `port` and a message to the document in the iframe, if that has the service's origin.
    pub fn post(&self, message: &JsValue, port: &Port) {
        // The frame's first document is an empty one of the page's own origin: browsers log a message that is not for it.
        let document = self.dialog.iframe.document();
        let is_empty = document.is_some_and(|document| document.url() == JsValue::from_str("about:blank"));
        if !is_empty && let Some(content) = self.dialog.iframe.content() {
            let _ = content.post(message, &self.origin, &Array::of1(port.unchecked_ref()));
        }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.observer.disconnect();
        self.dialog.iframe.unlisten("load", &self.hear);
        self.dialog.element.unlisten("close", &self.hear);
        self.dialog.hide();
        self.dialog.element.remove();
    }
}
