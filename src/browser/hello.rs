//! The first message of a connection as a plain object, and the refusal that may answer it (`docs/protocol.md`).
//!
//! What arrives went through structured cloning: it is data without accessors, and reading it runs nobody's code.
//! Members that are not known here are left alone, so that a later version may add some.

use core::ops::RangeInclusive;

use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::record::{Record, integer, integers, number, optional, read_version, written_version};
use crate::protocol::{Hello, Refusal};
use crate::session::ClientId;

/// The member that says what the object is.
const MARK: &str = "sessionBridge";

#[wasm_bindgen]
extern "C" {
    type Root;
    #[wasm_bindgen(thread_local_v2, js_namespace = document, js_name = documentElement)]
    static ROOT: Root;
    #[wasm_bindgen(method, structural, getter)]
    fn lang(this: &Root) -> JsValue;
}

/// `{ sessionBridge: "hello", min, max, client: [a, b], attempt, held: [epoch, seq, tag] | null, grant: n | null, lang }`.
pub fn encode_hello(hello: &Hello) -> JsValue {
    let object = marked("hello", &hello.versions);
    object.set("client", Array::of2(&number(hello.client.0), &number(hello.client.1)).into());
    object.set("attempt", number(hello.attempt));
    object.set("held", hello.held.map_or(JsValue::NULL, written_version));
    object.set("grant", optional(hello.grant));
    object.set("lang", language());
    object.into()
}

/// What the page says that its language is. An element of the page may stand in the place of what is asked, and cannot be
/// posted.
fn language() -> JsValue {
    let lang = ROOT.with(Root::lang);
    if lang.is_string() { lang } else { "".into() }
}

/// The hello in what a window received, if it is one.
pub fn decode_hello(data: &JsValue) -> Option<Hello> {
    let (object, versions) = unmark("hello", data)?;
    let [high, low] = integers(&object.get("client"))?;
    let held = object.get("held");
    let held = if held.is_null() { None } else { Some(read_version(&held)?) };
    let grant = object.get("grant");
    Some(Hello {
        versions,
        client: ClientId(high, low),
        attempt: integer(&object.get("attempt"))?,
        held,
        grant: if grant.is_null() { None } else { Some(integer(&grant)?) },
    })
}

/// `{ sessionBridge: "refused", min, max }`.
pub fn encode_refusal(refusal: &Refusal) -> JsValue {
    marked("refused", &refusal.versions).into()
}

/// The refusal in what a port received, if it is one.
pub fn decode_refusal(data: &JsValue) -> Option<Refusal> {
    unmark("refused", data).map(|(_, versions)| Refusal { versions })
}

fn marked(what: &str, versions: &RangeInclusive<u8>) -> Record {
    let object = Record::new();
    object.set(MARK, what.into());
    object.set("min", number((*versions.start()).into()));
    object.set("max", number((*versions.end()).into()));
    object
}

fn unmark(what: &str, data: &JsValue) -> Option<(Record, RangeInclusive<u8>)> {
    if !data.is_object() {
        return None;
    }
    let object = Record::from(data.clone());
    // Compared where it is: a string of any length would be copied in otherwise.
    if object.get(MARK) != JsValue::from_str(what) {
        return None;
    }
    let bound = |key| u8::try_from(integer(&object.get(key))?).ok();
    let versions = bound("min")?..=bound("max")?;
    Some((object, versions))
}
