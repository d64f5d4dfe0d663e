//! Reads JSON text as `JSON.stringify` writes it: checks it, and finds the members of objects without taking them apart.

use alloc::vec::Vec;

/// How deep objects and arrays may nest.
pub const MAX_DEPTH: usize = 64;

/// Why a text is not acceptable as `Json`.
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

/// Whether this is one JSON object in that shape.
pub fn check(text: &str) -> Result<(), JsonError> {
    let mut scanner = Scanner { text, at: 0 };
    if scanner.peek() != Some(b'{') {
        return Err(JsonError::Malformed);
    }
    scanner.value(0)?;
    if scanner.at == text.len() { Ok(()) } else { Err(JsonError::Malformed) }
}

/// A member of an object.
#[derive(Clone, Copy)]
pub struct Member<'a> {
    /// With its quotes.
    pub key: &'a str,
    pub value: &'a str,
    /// So many of the members that follow are members of its value, at whatever depth.
    inner: usize,
}

/// The members of a checked object and of the objects that are their values, each before those inside it: all of them in
/// one pass, so that merging takes time in proportion to the text, however deep it nests.
pub fn members(object: &str) -> Vec<Member<'_>> {
    let mut found = Vec::new();
    // The text was checked when it was made, so this never fails.
    let _ = Scanner { text: object, at: 0 }.members(&mut found);
    found
}

/// Those of an object's members that are its own, each with the ones inside it.
pub fn outermost<'m, 'a>(mut members: &'m [Member<'a>]) -> impl Iterator<Item = (Member<'a>, &'m [Member<'a>])> {
    core::iter::from_fn(move || {
        let (first, rest) = members.split_first()?;
        let (inside, after) = rest.split_at_checked(first.inner)?;
        members = after;
        Some((*first, inside))
    })
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
        match self.peek() {
            Some(b'{' | b'[') if depth > MAX_DEPTH => Err(JsonError::TooDeep),
            Some(b'{') => {
                let mut keys = Vec::new();
                self.object(|scanner, key| {
                    keys.push(key);
                    scanner.value(depth + 1)
                })?;
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

    /// `value` is given each key, to take what follows its colon.
    fn object(&mut self, mut value: impl FnMut(&mut Self, &'a str) -> Result<(), JsonError>) -> Result<(), JsonError> {
        self.expect(b'{')?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let start = self.at;
            self.string()?;
            let key = self.since(start);
            self.expect(b':')?;
            value(self, key)?;
            if !self.take(b',') {
                return self.expect(b'}');
            }
        }
    }

    /// Finds the members of a checked object, each before those inside it.
    fn members(&mut self, found: &mut Vec<Member<'a>>) -> Result<(), JsonError> {
        self.object(|scanner, key| {
            let (start, place) = (scanner.at, found.len());
            found.push(Member { key, value: "", inner: 0 });
            if scanner.peek() == Some(b'{') {
                scanner.members(found)?
            } else {
                scanner.value(0)?
            }
            let inner = found.len() - place - 1;
            if let Some(member) = found.get_mut(place) {
                *member = Member { value: scanner.since(start), inner, ..*member };
            }
            Ok(())
        })
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

    #[test]
    fn hostile_22_every_member_is_found_once_however_deep() {
        let object = r#"{"a":{"b":{"c":1,"d":[{"no":1}]},"e":2},"f":"{"}"#;
        let found: Vec<_> = members(object).iter().map(|member| (member.key, member.inner)).collect();
        assert_eq!(found, [(r#""a""#, 4), (r#""b""#, 2), (r#""c""#, 0), (r#""d""#, 0), (r#""e""#, 0), (r#""f""#, 0)]);
        let members = members(object);
        let own: Vec<_> = outermost(&members).map(|(member, inside)| (member.value, inside.len())).collect();
        assert_eq!(own, [(r#"{"b":{"c":1,"d":[{"no":1}]},"e":2}"#, 4), (r#""{""#, 0)]);
        let deep = [r#"{"a":"#.repeat(60), "1".into(), "}".repeat(60)].concat();
        assert_eq!(super::members(&deep).len(), 60, "so the time it takes does not grow with the depth");
    }
}
