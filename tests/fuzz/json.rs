//! Application data: what the scanner lets through is JSON, and stays it.

use serde_json::Value;
use session_bridge::session::Json;

use crate::memory::measured;
use crate::run::run;

#[test]
fn hostile_20_inputs_to_the_json_scanner() {
    let mut last = Json::empty();
    run("json", |bytes| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let length = text.len();
        let (scanned, held) = measured(|| Json::try_from(text));
        assert!(held <= length * 16 + 1_024, "{held} bytes were held for {length}");
        let Ok(json) = scanned else { return false };
        let value: Value = serde_json::from_str(json.as_str()).unwrap_or_else(|error| {
            // The one thing that another parser may not hold is a number out of its range.
            assert!(error.to_string().contains("out of range"), "{error}: {json:?}");
            Value::Null
        });
        assert!(value.is_object() || value.is_null());
        // A patch of anything on anything is an object again; nothing on it changes nothing.
        let merged = last.merged(&json);
        assert!(Json::try_from(String::from(merged.clone())).is_ok(), "{merged:?}");
        assert_eq!(json.merged(&Json::empty()), json);
        let (all, none) = (json.only(|_| true), json.only(|_| false));
        assert_eq!((all, none), (json.clone(), Json::empty()));
        last = json;
        true
    });
}
