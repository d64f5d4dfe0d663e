//! The dialog that holds the service's iframe in the page: closed, and with it hidden, until there is a prompt to show.
//! `js/frames.js` makes both.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::element::Element;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(method, structural, getter)]
    fn style(this: &Element) -> Style;
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
/// A dialog with its iframe.
pub struct Dialog {
    pub element: Element,
    pub iframe: Element,
}

impl Dialog {
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
