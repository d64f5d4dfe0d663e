//! An element of the page.

use wasm_bindgen::prelude::wasm_bindgen;

use super::event::EventTarget;

#[wasm_bindgen]
extern "C" {
    /// An element of the page.
    #[wasm_bindgen(extends = EventTarget)]
    #[derive(Clone)]
    pub type Element;
}
