//! Application data as JSON text, and the one thing the core does to it: merge a patch (RFC 7396).
//!
//! Values that are not touched keep their very bytes, so no number loses a digit on its way through, and the page side
//! carries no number parser. The text has the shape that `JSON.stringify` gives: no white space, no optional escapes.
//! So two spellings of one key cannot exist, and comparing bytes compares keys.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// How deep objects and arrays may nest.
pub const MAX_DEPTH: usize = 64;

/// A JSON object as text, checked when made.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Json(String);

/// Why a text is not acceptable as [`Json`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum JsonError {
    /// Not one JSON object in the shape of `JSON.stringify`, or one with a repeated key or a lone surrogate.
    Malformed,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
}

impl core::fmt::Display for JsonError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a JSON object as JSON.stringify writes it",
            Self::TooDeep => "JSON nested too deeply",
        })
    }
}

impl Json {
    /// `{}`.
    pub fn empty() -> Self {
        Self(String::from("{}"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This object with `patch` merged into it: members given replace, `null` removes, objects merge.
    /// The result has no null member at any depth that the patch touched.
    pub fn merged(&self, patch: &Self) -> Self {
        let mut out = String::with_capacity(self.0.len().saturating_add(patch.0.len()));
        merge(&mut out, &self.0, &patch.0);
        Self(out)
    }

    /// Those of its members whose key `keep` says yes to. It is given keys as they stand here, with their quotes.
    pub fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        let mut out = String::from("{");
        for (key, value) in members(&self.0).into_iter().filter(|(key, _)| keep(key)) {
            member(&mut out, key, |out| out.push_str(value));
        }
        out.push('}');
        Self(out)
    }

    /// Whether `holds` says yes to the key of each of its members, as in [`only`](Self::only).
    pub fn all_keys(&self, holds: impl Fn(&str) -> bool) -> bool {
        members(&self.0).into_iter().all(|(key, _)| holds(key))
    }
}

impl TryFrom<String> for Json {
    type Error = JsonError;

    fn try_from(text: String) -> Result<Self, JsonError> {
        let mut scanner = Scanner { text: &text, at: 0 };
        if scanner.peek() != Some(b'{') {
            return Err(JsonError::Malformed);
        }
        scanner.value(0)?;
        if scanner.at == text.len() { Ok(Self(text)) } else { Err(JsonError::Malformed) }
    }
}

impl From<Json> for String {
    fn from(json: Json) -> Self {
        json.0
    }
}

/// Writes `target` with `patch` merged into it; both are checked JSON values.
fn merge(out: &mut String, target: &str, patch: &str) {
    if !patch.starts_with('{') {
        out.push_str(patch);
        return;
    }
    let kept = members(if target.starts_with('{') { target } else { "{}" });
    let mut edits = members(patch);
    edits.sort_unstable();
    out.push('{');
    for (key, value) in &kept {
        match edits.binary_search_by_key(key, |(edited, _)| edited) {
            Err(_) => member(out, key, |out| out.push_str(value)),
            Ok(at) => {
                if let Some((_, edit)) = edits.get(at).filter(|(_, edit)| *edit != "null") {
                    member(out, key, |out| merge(out, value, edit));
                }
            }
        }
    }
    let mut known: Vec<&str> = kept.iter().map(|(key, _)| *key).collect();
    known.sort_unstable();
    for (key, edit) in members(patch) {
        if edit != "null" && known.binary_search(&key).is_err() {
            member(out, key, |out| merge(out, "", edit));
        }
    }
    out.push('}');
}

/// Writes one member of an object, after a comma where it is not the first.
fn member(out: &mut String, key: &str, value: impl FnOnce(&mut String)) {
    if !out.ends_with('{') {
        out.push(',');
    }
    out.push_str(key);
    out.push(':');
    value(out);
}

/// The members of a checked object: key with its quotes, value.
fn members(object: &str) -> Vec<(&str, &str)> {
    let mut scanner = Scanner { text: object, at: 0 };
    let mut found = Vec::new();
    // The text was checked when it was made, so this never fails.
    let _ = scanner.object(0, |key, value| found.push((key, value)));
    found
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.take(byte) { Ok(()) } else { Err(JsonError::Malformed) }
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn value(&mut self, depth: usize) -> Result<(), JsonError> {
        if depth > MAX_DEPTH {
            return Err(JsonError::TooDeep);
        }
        match self.peek() {
            Some(b'{') => {
                let mut keys = Vec::new();
                self.object(depth, |key, _| keys.push(key))?;
                keys.sort_unstable();
                if keys.windows(2).any(|pair| pair.first() == pair.last()) { Err(JsonError::Malformed) } else { Ok(()) }
            }
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize, mut found: impl FnMut(&'a str, &'a str)) -> Result<(), JsonError> {
        self.expect(b'{')?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let start = self.at;
            self.string()?;
            let key = self.since(start);
            self.expect(b':')?;
            let start = self.at;
            self.value(depth + 1)?;
            found(key, self.since(start));
            if !self.take(b',') {
                return self.expect(b'}');
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), JsonError> {
        self.expect(b'[')?;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            if !self.take(b',') {
                return self.expect(b']');
            }
        }
    }

    fn string(&mut self) -> Result<(), JsonError> {
        self.expect(b'"')?;
        loop {
            // Most of a text is plain: it is passed over in one go.
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
            let plain = rest.iter().position(special).ok_or(JsonError::Malformed)?;
            self.at += plain + 1;
            match rest.get(plain) {
                Some(b'"') => return Ok(()),
                Some(b'\\') => self.escape()?,
                _ => return Err(JsonError::Malformed),
            }
        }
    }

    /// Only what cannot be written otherwise is escaped. That leaves no escaped surrogates: those would be lone.
    fn escape(&mut self) -> Result<(), JsonError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += match rest {
            [b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 1,
            [b'u', b'0', b'0', b'0', b'0'..=b'7' | b'b' | b'e' | b'f', ..] => 5,
            [b'u', b'0', b'0', b'1', b'0'..=b'9' | b'a'..=b'f', ..] => 5,
            _ => return Err(JsonError::Malformed),
        };
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), JsonError> {
        word.bytes().try_for_each(|byte| self.expect(byte))
    }

    fn number(&mut self) -> Result<(), JsonError> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(JsonError::Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn json(text: &str) -> Json {
        Json::try_from(text.to_string()).unwrap()
    }

    #[test]
    fn merges_as_rfc_7396_shows() {
        // Target, patch, result: the object cases of the RFC's appendix A, less those that store a null.
        for (target, patch, result) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
            (r#"{"a":1.0}"#, r#"{"b":2}"#, r#"{"a":1.0,"b":2}"#),
        ] {
            assert_eq!(json(target).merged(&json(patch)), json(result), "{target} {patch}");
        }
    }

    #[test]
    fn refuses_what_json_stringify_would_not_write() {
        for text in [
            "",
            "[]",
            "1",
            "null",
            "{",
            "{}x",
            "{} ",
            "{ }",
            r#"{"a":01}"#,
            r#"{"a":.5}"#,
            r#"{"a":1.}"#,
            r#"{"a":+1}"#,
            r#"{"a":NaN}"#,
            r#"{"a":-}"#,
            r#"{"a":1e}"#,
            r#"{"a":tru}"#,
            r#"{"a":[1,]}"#,
            r#"{"a":1,}"#,
            r#"{"a" :1}"#,
            r#"{"\u0061":1}"#,
            r#"{"a":"\/"}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"a":"\u000a"}"#,
            "{\"a\":\"\n\"}",
            r#"{"a":1,"a":2}"#,
            r#"{"b":{"a":1,"c":0,"a":2}}"#,
            r#"{a:1}"#,
            r#"{"a":'b'}"#,
        ] {
            assert_eq!(Json::try_from(text.to_string()), Err(JsonError::Malformed), "{text}");
        }
    }

    #[test]
    fn bounds_the_depth() {
        let nested = |depth: usize| ["{\"a\":", &"[".repeat(depth), &"]".repeat(depth), "}"].concat();
        assert!(Json::try_from(nested(MAX_DEPTH)).is_ok());
        assert_eq!(Json::try_from(nested(MAX_DEPTH + 1)), Err(JsonError::TooDeep));
        assert_eq!(Json::try_from(nested(100_000)), Err(JsonError::TooDeep));
    }

    #[test]
    fn members_are_chosen_by_their_own_key_alone() {
        let whole = json(r#"{"a":{"b":1},"b":"{","a\"b":[{"a":2}],"":3}"#);
        assert_eq!(whole.only(|key| key == r#""b""#), json(r#"{"b":"{"}"#));
        assert_eq!(whole.only(|key| key != r#""b""#), json(r#"{"a":{"b":1},"a\"b":[{"a":2}],"":3}"#));
        assert_eq!(whole.only(|_| false), Json::empty());
        assert!(whole.all_keys(|key| key.starts_with('"')) && !whole.all_keys(|key| key != r#""""#));
    }

    #[test]
    fn keeps_untouched_bytes() {
        let text = r#"{"n":12345678901234567890.10e-7,"s":"\u0000\"é\\","__proto__":{"x":[null,true]}}"#;
        assert_eq!(json(text).merged(&Json::empty()).as_str(), text);
    }
}
