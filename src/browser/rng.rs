//! `crypto.getRandomValues`.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::ambient::{DRAWS, Rng};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill(bytes: &mut [u8]);
}

/// Unpredictable numbers from the browser.
#[derive(Clone, Copy, Debug, Default)]
pub struct CryptoRng;

impl Rng for CryptoRng {
    fn draw(&mut self) -> u64 {
        let mut bytes = [0; 8];
        fill(&mut bytes);
        u64::from_le_bytes(bytes) & (DRAWS - 1)
    }
}
