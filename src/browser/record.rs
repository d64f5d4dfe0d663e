//! Plain JavaScript objects, member by member: far lighter than a general serializer.

use alloc::vec::Vec;

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
    match integers(value, 3)?.as_slice() {
        [epoch, seq, tag] => Some(Version { epoch: *epoch, seq: *seq, tag: *tag }),
        _ => None,
    }
}

/// The so many integers that a JavaScript value is a list of.
pub fn integers(value: &JsValue, count: u32) -> Option<Vec<u64>> {
    let array: &Array = value.dyn_ref()?;
    if array.length() != count {
        return None;
    }
    (0..count).map(|at| integer(&array.get(at))).collect()
}

/// The 50th, 95th and 99th percentile as `{ p50, p95, p99 }`.
pub fn percentiles(times: &[f64; 3]) -> JsValue {
    let record = Record::new();
    for (name, time) in ["p50", "p95", "p99"].iter().zip(times) {
        record.set(name, (*time).into());
    }
    record.into()
}
