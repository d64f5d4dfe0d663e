//! The iframe that holds the service, seen from the page.

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::RefCell;

use js_sys::Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::channel::Port;
use super::dialog::Dialog;
use super::{BrowserEvent, Callback, EventTarget, Record, callback, document};

#[wasm_bindgen]
extern "C" {
    /// An element of the page.
    #[wasm_bindgen(extends = EventTarget)]
    #[derive(Clone)]
    pub type Element;
    // Not the document's own: an element of the page that is called so would stand in its place.
    #[wasm_bindgen(js_namespace = ["Document", "prototype", "createElement"], js_name = call)]
    fn create(document: &EventTarget, tag: &str) -> Element;
    #[wasm_bindgen(method, structural, setter)]
    fn set_src(this: &Element, url: &str);
    #[wasm_bindgen(method, structural, setter)]
    fn set_title(this: &Element, title: &str);
    // Nor that of a form that is the container.
    #[wasm_bindgen(js_namespace = ["Node", "prototype", "appendChild"], js_name = call, catch)]
    fn append(parent: &Element, child: &Element) -> Result<(), JsValue>;
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

/// The place of the iframe: at most one at a time.
pub struct Frame {
    url: String,
    origin: String,
    news: Rc<dyn Fn(FrameNews)>,
    mounted: RefCell<Option<Mounted>>,
}

struct Mounted {
    dialog: Rc<Dialog>,
    observer: MutationObserver,
    hear: Callback,
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
        let iframe = create(&document(), "iframe");
        iframe.set_title(&self.origin);
        iframe.set_src(&self.url);
        let dialog = Rc::new(Dialog::new(create(&document(), "dialog"), iframe, &self.origin));
        let news = Rc::clone(&self.news);
        let heard = Rc::clone(&dialog);
        let hear = callback(move |event: BrowserEvent| {
            if event.kind() == "load" {
                news(FrameNews::Loaded);
            } else if !heard.is_open() {
                // Closed, by Escape or the page. By us it tells nothing new; shown again meanwhile, it is an old tale.
                news(FrameNews::Left);
            }
        });
        dialog.iframe.listen("load", &hear);
        dialog.element.listen("close", &hear);
        let news = Rc::clone(&self.news);
        let watched = Rc::clone(&dialog);
        let mutated = callback(move |_: BrowserEvent| {
            if watched.iframe.content().is_none() {
                news(FrameNews::Gone);
            }
        });
        let observer = MutationObserver::new(&mutated);
        let options = Record::new();
        options.set("childList", JsValue::TRUE);
        observer.observe(container, &options);
        observer.observe(&dialog.element, &options);
        // A container that takes no child shows as a frame that is gone, at the next hello.
        let _ = append(&dialog.element, &dialog.iframe);
        let _ = append(container, &dialog.element);
        *self.mounted.borrow_mut() = Some(Mounted { dialog, observer, hear, _mutated: mutated });
    }

    /// Shows it above everything else, or hides it again. Whether that worked.
    pub fn show(&self, shown: bool) -> bool {
        let dialog = self.mounted.borrow().as_ref().map(|mounted| Rc::clone(&mounted.dialog));
        // Focus moves, and whoever hears of that may call in: nothing is borrowed here any more.
        match dialog {
            Some(dialog) if shown => dialog.show(),
            Some(dialog) => {
                dialog.hide();
                true
            }
            None => !shown,
        }
    }

    /// Takes it out.
    pub fn remove(&self) {
        if let Some(mounted) = self.mounted.take() {
            mounted.observer.disconnect();
            mounted.dialog.iframe.unlisten("load", &mounted.hear);
            mounted.dialog.element.unlisten("close", &mounted.hear);
            mounted.dialog.hide();
            mounted.dialog.element.remove();
        }
    }

    /// Whether the iframe is in the page. An element without a window is in none.
    pub fn is_there(&self) -> bool {
        self.content().is_some()
    }

    /// Hands `port` and a message to the document in the iframe, if that has the service's origin.
    pub fn post(&self, message: &JsValue, port: &Port) {
        // The frame's first document is an empty one of the page's own origin: browsers log a message that is not for it.
        let mounted = self.mounted.borrow();
        let document = mounted.as_ref().and_then(|mounted| mounted.dialog.iframe.document());
        let is_empty = document.is_some_and(|document| document.url() == JsValue::from_str("about:blank"));
        if !is_empty && let Some(content) = self.content() {
            let _ = content.post(message, &self.origin, &Array::of1(port.unchecked_ref()));
        }
    }

    fn content(&self) -> Option<Content> {
        self.mounted.borrow().as_ref().and_then(|mounted| mounted.dialog.iframe.content())
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.remove();
    }
}
