//! Plain JavaScript objects, member by member: far lighter than a general serializer.

use js_sys::Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::session::Version;

#[wasm_bindgen]
extern "C" {
    /// A plain object.
    pub type Record;
    /// `{}`.
    #[wasm_bindgen(constructor, js_class = "Object")]
    pub fn new() -> Record;
    /// Sets a member.
    #[wasm_bindgen(method, structural, indexing_setter)]
    pub fn set(this: &Record, key: &str, value: JsValue);
    /// A member, `undefined` where there is none.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn get(this: &Record, key: &str) -> JsValue;
}

/// An integer as a JavaScript number. All of ours are below 2^53.
pub fn number(value: u64) -> JsValue {
    JsValue::from_f64(value as f64)
}

/// A number, or `null`.
pub fn optional(value: Option<u64>) -> JsValue {
    value.map_or(JsValue::NULL, number)
}

/// The integer from 0 to 2^53 - 1 that a JavaScript value is.
pub fn integer(value: &JsValue) -> Option<u64> {
    let float = value.as_f64()?;
    let whole = float as u64;
    (whole as f64 == float && whole < crate::ambient::DRAWS).then_some(whole)
}

/// A version as `[epoch, seq, tag]`.
pub fn written_version(Version { epoch, seq, tag }: Version) -> JsValue {
    Array::of3(&number(epoch), &number(seq), &number(tag)).into()
}

/// The version that a JavaScript value is.
pub fn read_version(value: &JsValue) -> Option<Version> {
    let [epoch, seq, tag] = integers(value)?;
    Some(Version { epoch, seq, tag })
}

/// The so many integers that a JavaScript value is a list of.
pub fn integers<const COUNT: usize>(value: &JsValue) -> Option<[u64; COUNT]> {
    let mut read = [0; COUNT];
    read_integers(value, &mut read).then_some(read)
}

fn read_integers(value: &JsValue, into: &mut [u64]) -> bool {
    let Some(array) = value.dyn_ref::<Array>() else { return false };
    let fits = array.length() as usize == into.len();
    fits && (0..).zip(into).all(|(at, place)| integer(&array.get(at)).map(|read| *place = read).is_some())
}

/// The 50th, 95th and 99th percentile as `{ p50, p95, p99 }`.
pub fn percentiles(times: &[f64; 3]) -> JsValue {
    let record = Record::new();
    for (name, time) in ["p50", "p95", "p99"].iter().zip(times) {
        record.set(name, (*time).into());
    }
    record.into()
}
