//! The iframe that holds the service, seen from the page.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::RefCell;

use js_sys::Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::channel::Port;
use super::{BrowserEvent, Callback, EventTarget, Record, callback};

#[wasm_bindgen]
extern "C" {
    /// An element of the page.
    #[wasm_bindgen(extends = EventTarget)]
    #[derive(Clone)]
    pub type Element;
    #[wasm_bindgen(js_namespace = document, js_name = createElement)]
    fn create(tag: &str) -> Element;
    #[wasm_bindgen(method, structural, setter)]
    fn set_src(this: &Element, url: &str);
    #[wasm_bindgen(method, structural, setter)]
    fn set_title(this: &Element, title: &str);
    #[wasm_bindgen(method, structural, setter)]
    fn set_hidden(this: &Element, hidden: bool);
    #[wasm_bindgen(method, structural, catch)]
    fn append(this: &Element, child: &Element) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural)]
    fn remove(this: &Element);
    #[wasm_bindgen(method, structural, getter, js_name = contentWindow)]
    fn content(this: &Element) -> Option<Content>;

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
}

/// The place of the iframe: at most one at a time.
pub struct Frame {
    url: String,
    origin: String,
    news: Rc<dyn Fn(FrameNews)>,
    mounted: RefCell<Option<Mounted>>,
}

struct Mounted {
    element: Element,
    observer: MutationObserver,
    _load: Callback,
    _mutated: Callback,
}

impl Frame {
    /// Nothing is mounted yet. `origin` is that of `url`, and the only one that is ever posted to.
    pub fn new(url: String, origin: String, news: impl Fn(FrameNews) + 'static) -> Self {
        Self { url, origin, news: Rc::new(news), mounted: RefCell::new(None) }
    }

    /// Puts a new iframe into `container`, in place of the one that is there.
    pub fn mount(&self, container: &Element) {
        self.remove();
        let element = create("iframe");
        element.set_title("session-bridge");
        element.set_hidden(true);
        element.set_src(&self.url);
        let news = Rc::clone(&self.news);
        let load = callback(move |_| news(FrameNews::Loaded));
        element.listen("load", &load);
        let news = Rc::clone(&self.news);
        let watched = element.clone();
        let mutated = callback(move |_: BrowserEvent| {
            if watched.content().is_none() {
                news(FrameNews::Gone);
            }
        });
        let observer = MutationObserver::new(&mutated);
        let options = Record::new();
        options.set("childList", JsValue::TRUE);
        observer.observe(container, &options);
        // A container that takes no child shows as a frame that is gone, at the next hello.
        let _ = container.append(&element);
        *self.mounted.borrow_mut() = Some(Mounted { element, observer, _load: load, _mutated: mutated });
    }

    /// Takes it out.
    pub fn remove(&self) {
        if let Some(mounted) = self.mounted.take() {
            mounted.observer.disconnect();
            mounted.element.unlisten("load", &mounted._load);
            mounted.element.remove();
        }
    }

    /// Whether the iframe is in the page. An element without a window is in none.
    pub fn is_there(&self) -> bool {
        self.content().is_some()
    }

    /// Hands `port` and a message to the document in the iframe, if that has the service's origin.
    pub fn post(&self, message: &JsValue, port: &Port) {
        if let Some(content) = self.content() {
            let _ = content.post(message, &self.origin, &Array::of1(port.unchecked_ref()));
        }
    }

    fn content(&self) -> Option<Content> {
        self.mounted.borrow().as_ref().and_then(|mounted| mounted.element.content())
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.remove();
    }
}
