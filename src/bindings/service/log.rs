//! The log of `debug: true`, which the JavaScript face hands in. Its texts are JavaScript's too.

use wasm_bindgen::prelude::wasm_bindgen;

/// Why the page around the frame is not welcomed. `js/log/log.js` knows the order.
#[derive(Clone, Copy)]
pub enum TurnedAway {
    /// What it said is not a hello.
    NoHello,
    /// No grant names its origin.
    NoGrant,
    /// Its origin has as many pages or frames as it may have.
    TooMany,
    /// It speaks no protocol version of ours.
    NoCommonVersion,
}

#[wasm_bindgen]
extern "C" {
    /// None of its functions throws.
    pub type Log;

    /// A message that was sent or received, by its [`kind`](crate::bindings::kind), and the number that goes with that.
    #[wasm_bindgen(method, structural)]
    pub fn message(this: &Log, sent: bool, kind: i32, number: f64);
    /// A page of this origin was turned away. If its protocol versions are why, they are `from` to `to`, and
    /// the service's `least` to `most`; else all four are 0.
    #[wasm_bindgen(method, structural, js_name = turnedAway)]
    pub fn turned_away(this: &Log, origin: &str, why: u32, from: u32, to: u32, least: u32, most: u32);
}
