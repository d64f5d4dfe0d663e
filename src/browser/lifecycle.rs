//! Whether the page is seen, running and online.

use alloc::boxed::Box;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Navigator;

use super::event::{kind, listen, read, unlisten};
use super::{BrowserEvent, Callback, callback, document, window};

#[wasm_bindgen]
extern "C" {
    // Not the document's own: an element of the page that is called so would stand in its place.
    #[wasm_bindgen(thread_local_v2, js_namespace = Document, js_name = prototype)]
    static DOCUMENT: JsValue;
    #[wasm_bindgen(thread_local_v2, js_name = navigator)]
    static NAVIGATOR: Navigator;
}

const ON_WINDOW: [&str; 4] = ["pagehide", "pageshow", "online", "offline"];
const ON_DOCUMENT: [&str; 3] = ["visibilitychange", "freeze", "resume"];

/// What the browser told of the page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PageEvent {
    Visible,
    Hidden,
    /// Left or frozen: it may come back much later.
    Suspended,
    Resumed,
    Online,
    Offline,
}

/// Hears of it until dropped.
pub struct LifecycleListener {
    hear: Callback,
}

impl LifecycleListener {
    /// Starts to listen.
    pub fn new(told: impl Fn(PageEvent) + 'static) -> Self {
        Self::telling(Box::new(told))
    }

    fn telling(told: Box<dyn Fn(PageEvent)>) -> Self {
        let hear = callback(move |event: BrowserEvent| {
            if let Some(event) = page_event(&kind(&event)) {
                told(event);
            }
        });
        for kind in ON_WINDOW {
            listen(&window(), kind, &hear);
        }
        for kind in ON_DOCUMENT {
            listen(&document(), kind, &hear);
        }
        Self { hear }
    }
}

/// Whether the document cannot be seen now.
pub fn is_hidden() -> bool {
    DOCUMENT.with(|of| read(of, "hidden", &document())).is_truthy()
}

/// Whether the browser knows of no network now.
pub fn is_offline() -> bool {
    !NAVIGATOR.with(Navigator::on_line)
}

fn page_event(kind: &str) -> Option<PageEvent> {
    Some(match kind {
        "visibilitychange" if is_hidden() => PageEvent::Hidden,
        "visibilitychange" => PageEvent::Visible,
        "pagehide" | "freeze" => PageEvent::Suspended,
        "pageshow" | "resume" => PageEvent::Resumed,
        "online" => PageEvent::Online,
        "offline" => PageEvent::Offline,
        _ => return None,
    })
}

impl Drop for LifecycleListener {
    fn drop(&mut self) {
        for kind in ON_WINDOW {
            unlisten(&window(), kind, &self.hear);
        }
        for kind in ON_DOCUMENT {
            unlisten(&document(), kind, &self.hear);
        }
    }
}
