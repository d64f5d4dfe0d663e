//! Application data as JSON text, and the one thing the core does to it: merge a patch (RFC 7396).
//!
//! Values that are not touched keep their very bytes, so no number loses a digit on its way through, and the page side
//! carries no number parser. Else the text has the shape that `JSON.stringify` gives: no white space, no optional escapes.
//! So two spellings of one key cannot exist, and comparing bytes compares keys.

use alloc::string::String;
use alloc::vec::Vec;

use super::scanner::{JsonError, Member, check, members, outermost};

/// A JSON object as text, checked when made.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(not(target_arch = "wasm32"), serde(try_from = "String", into = "String"))]
pub struct Json(String);

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
    /// What the patch does not name stays as it is, null members too.
    pub fn merged(&self, patch: &Self) -> Self {
        self.joined(patch, Nulls::Remove)
    }

    /// This object with the members of `newer` in it: objects merge, anything else replaces, null too.
    pub fn overlaid(&self, newer: &Self) -> Self {
        self.joined(newer, Nulls::Stay)
    }

    /// Without null members, but for those inside of lists: what a merge patch makes of nothing.
    pub fn without_nulls(&self) -> Self {
        Self::empty().merged(self)
    }

    fn joined(&self, other: &Self, nulls: Nulls) -> Self {
        let mut out = String::with_capacity(self.0.len().saturating_add(other.0.len()));
        merge(&mut out, &members(&self.0), &members(&other.0), nulls);
        Self(out)
    }

    /// Those of its members whose key `keep` says yes to. It is given keys as they stand here, with their quotes.
    pub fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        let mut out = String::from("{");
        for (member, _) in outermost(&members(&self.0)).filter(|(member, _)| keep(member.key)) {
            write(&mut out, member.key, |out| out.push_str(member.value));
        }
        out.push('}');
        Self(out)
    }

    /// The place of the first of its members to whose key `is` says yes. It is given keys as in [`only`](Self::only).
    pub fn position(&self, is: impl Fn(&str) -> bool) -> Option<u64> {
        (0..).zip(outermost(&members(&self.0))).find(|(_, (member, _))| is(member.key)).map(|(at, _)| at)
    }

    /// The key of the member at this place, as it stands here, with its quotes.
    pub fn key(&self, at: u64) -> Option<String> {
        let at = usize::try_from(at).ok()?;
        outermost(&members(&self.0)).nth(at).map(|(member, _)| member.key.into())
    }
}

impl TryFrom<String> for Json {
    type Error = JsonError;

    fn try_from(text: String) -> Result<Self, JsonError> {
        check(&text)?;
        Ok(Self(text))
    }
}

impl From<Json> for String {
    fn from(json: Json) -> Self {
        json.0
    }
}

/// What the null members of a patch mean.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Nulls {
    Remove,
    Stay,
}

/// Writes the object with these members, with `patch` merged into it.
fn merge(out: &mut String, target: &[Member<'_>], patch: &[Member<'_>], nulls: Nulls) {
    let edit = |out: &mut String, inside: &[Member<'_>], (edit, changes): (Member<'_>, &[Member<'_>])| match edit.value
    {
        "null" if nulls == Nulls::Remove => {}
        object if object.starts_with('{') => write(out, edit.key, |out| merge(out, inside, changes, nulls)),
        value => write(out, edit.key, |out| out.push_str(value)),
    };
    let sorted = |members| {
        let mut sorted: Vec<_> = outermost(members).collect();
        sorted.sort_unstable_by_key(|(member, _)| member.key);
        sorted
    };
    let find = |sorted: &[(Member<'_>, _)], key: &str| sorted.binary_search_by_key(&key, |(member, _)| member.key).ok();
    let (kept, edits) = (sorted(target), sorted(patch));
    out.push('{');
    for (member, inside) in outermost(target) {
        match find(&edits, member.key).and_then(|at| edits.get(at)) {
            None => write(out, member.key, |out| out.push_str(member.value)),
            Some(found) => edit(out, inside, *found),
        }
    }
    for new in outermost(patch).filter(|(member, _)| find(&kept, member.key).is_none()) {
        edit(out, &[], new);
    }
    out.push('}');
}

/// Writes one member of an object, after a comma where it is not the first.
fn write(out: &mut String, key: &str, value: impl FnOnce(&mut String)) {
    if !out.ends_with('{') {
        out.push(',');
    }
    out.push_str(key);
    out.push(':');
    value(out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::MAX_DEPTH;
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
        assert_eq!(whole.position(|key| key == r#""""#), Some(3));
        assert_eq!(whole.position(|key| !key.starts_with('"')), None);
        assert_eq!([0, 3, 4].map(|at| whole.key(at)), [Some(r#""a""#.to_string()), Some(r#""""#.to_string()), None]);
    }

    #[test]
    fn keeps_untouched_bytes() {
        let text = r#"{"n":12345678901234567890.10e-7,"s":"\u0000\"é\\","__proto__":{"x":[null,true]}}"#;
        assert_eq!(json(text).merged(&Json::empty()).as_str(), text);
    }
}
