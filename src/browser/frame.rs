//! The iframe that holds the service, seen from the page. JavaScript puts it there (`js/frames.js`), before there is a module.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::MessagePort;

use super::{BrowserEvent, Callback, callback};

#[wasm_bindgen]
extern "C" {
    /// An iframe as the JavaScript face put it into the page.
    pub type Mounted;
    /// Has `run` called with the place in [`FrameNews`] of what happens, also of a document that has loaded by now.
    #[wasm_bindgen(method, structural)]
    fn hear(this: &Mounted, run: &Callback);
    #[wasm_bindgen(method, structural, js_name = isThere)]
    fn is_there(this: &Mounted) -> bool;
    #[wasm_bindgen(method, structural)]
    fn post(this: &Mounted, message: &JsValue) -> MessagePort;
    #[wasm_bindgen(method, structural)]
    fn show(this: &Mounted, shown: bool);
    #[wasm_bindgen(method, structural)]
    fn remove(this: &Mounted);
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
    /// It should be shown, and cannot be.
    Unseen,
}

/// In the order of `js/frames.js`.
const NEWS: [FrameNews; 4] = [FrameNews::Loaded, FrameNews::Gone, FrameNews::Left, FrameNews::Unseen];

/// An iframe of the service in the page. Taken out when dropped.
pub struct Frame {
    mounted: Mounted,
    _hear: Callback,
}

impl Frame {
    /// `tell` hears of it from now on.
    pub fn new(mounted: Mounted, tell: impl Fn(FrameNews) + 'static) -> Self {
        let hear = callback(move |news: BrowserEvent| {
            let place = news.as_f64().unwrap_or_default() as usize;
            NEWS.get(place).copied().into_iter().for_each(&tell);
        });
        mounted.hear(&hear);
        Self { mounted, _hear: hear }
    }

    /// Shows it above everything else as soon as that can be, or hides it again at once.
    pub fn show(&self, shown: bool) {
        self.mounted.show(shown);
    }

    /// Whether the iframe is in the page.
    pub fn is_there(&self) -> bool {
        self.mounted.is_there()
    }

    /// Hands one end of a new channel and a message to the document in the iframe, if that has the service's origin. Gives the
    /// other end.
    pub fn post(&self, message: &JsValue) -> MessagePort {
        self.mounted.post(message)
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.mounted.remove();
    }
}
