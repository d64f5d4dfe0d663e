//! The dialog that holds the service's iframe in the page: closed, and with it hidden, until there is a prompt to show.
//!
//! The iframe is in it from the start, because one that is moved in the document loads anew. Every rule is set by script
//! (a page may forbid style attributes), and is important, so that no stylesheet of the page gets the better of it.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::element::Element;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(method, structural, getter)]
    fn style(this: &Element) -> Style;
    #[wasm_bindgen(method, structural, js_name = setAttribute)]
    fn set(this: &Element, name: &str, value: &str);
    #[wasm_bindgen(method, structural, getter)]
    fn open(this: &Element) -> Option<bool>;
    #[wasm_bindgen(method, structural, catch, js_name = showModal)]
    fn show_modal(this: &Element) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural, catch)]
    fn close(this: &Element) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural)]
    fn focus(this: &Element);
    #[wasm_bindgen(method, structural, getter, js_name = offsetWidth)]
    fn width(this: &Element) -> f64;

    type Style;
    #[wasm_bindgen(method, structural, setter, js_name = cssText)]
    fn set_text(this: &Style, css: &str);
}

const CLOSED: &str = "display:none!important";
/// It covers the page and dims it; a page has no say about anything but the custom property.
const OPEN: &str = "all:initial!important;position:fixed!important;inset:0!important;width:100%!important;\
    height:100%!important;display:block!important;background:var(--session-bridge-backdrop,#0009)!important";
/// As large as the dialog, and transparent: in it the service's prompt is as large as what it says, which only the service
/// knows. The colour scheme is that of the prompt's document; with another one the browser would give it a background.
const FRAME: &str = "all:initial!important;display:block!important;color-scheme:light dark!important;\
    width:100%!important;height:100%!important";

/// A dialog with its iframe.
pub struct Dialog {
    pub element: Element,
    pub iframe: Element,
}

impl Dialog {
    /// Of two fresh elements. `label` is what a screen reader calls it.
    pub fn new(element: Element, iframe: Element, label: &str) -> Self {
        element.set("aria-label", label);
        element.style().set_text(CLOSED);
        iframe.style().set_text(FRAME);
        Self { element, iframe }
    }

    /// Shows the iframe above everything else and moves the focus into it. Whether that worked.
    pub fn show(&self) -> bool {
        self.element.style().set_text(OPEN);
        // Inside something that is not displayed it would be a dialog that nobody sees and that blocks the page.
        let shown = self.element.show_modal().is_ok() && self.element.width() > 0.0;
        if shown {
            self.iframe.focus();
        } else {
            self.hide();
        }
        shown
    }

    /// Hides it. The focus goes back to where it was.
    pub fn hide(&self) {
        // A browser without dialogs has nothing to close.
        let _ = self.element.close();
        self.element.style().set_text(CLOSED);
    }

    /// Whether it is shown.
    pub fn is_open(&self) -> bool {
        self.element.open() == Some(true)
    }
}
