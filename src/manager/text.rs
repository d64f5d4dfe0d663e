//! What shows as JSON text. JavaScript makes objects of many sessions at once from it, in a fraction of the time that values handed
//! over one by one take.

use alloc::string::String;
use core::slice;

use super::machine::Manager;
use crate::ambient::UnixMillis;
use crate::session::{Requests, Session, SessionId};

/// About how long a text of several sessions is, at most.
const TEXT_BYTES: usize = 65_536;

impl Manager {
    /// The text of a list of the next of these sessions, as they show now.
    pub fn text_of(&self, ids: &mut slice::Iter<'_, SessionId>) -> String {
        let mut text = String::new();
        while text.len() < TEXT_BYTES
            && let Some(id) = ids.next()
        {
            text.push(if text.is_empty() { '[' } else { ',' });
            let shown = self.overlay.get(&self.confirmed, id);
            write(&mut text, id, shown.map(|(session, pending)| (&**session, pending)), self.as_of());
        }
        text.push(']');
        text
    }
}

/// Appends the object of a session, with the members that programs know; whether an unconfirmed change of it shows is one of them. Of
/// one that does not show, its id alone. `at`: the time for which it says whether it is expired.
pub fn write(text: &mut String, id: &SessionId, shown: Option<(&Session, bool)>, at: UnixMillis) {
    if shown.is_some() {
        text.push_str("{\"id\":");
    }
    quote(text, "\"", id.as_str());
    if let Some((session, pending)) = shown {
        quote(text, ",\"userId\":\"", &session.user_id);
        number(text, ",\"createdAt\":", session.created_at.0);
        number(text, ",\"lastActiveAt\":", session.last_active_at.0);
        number_or_null(text, ",\"expiresAt\":", session.lifetime.expires_at.map(|end| end.0));
        text.push_str(if session.lifetime.is_over(at) { ",\"status\":\"expired\"" } else { ",\"status\":\"valid\"" });
        number_or_null(text, ",\"version\":", session.version);
        text.push_str(if pending { ",\"pending\":true,\"data\":" } else { ",\"pending\":false,\"data\":" });
        text.push_str(session.data.as_str());
        // Most sessions have none: JavaScript has one object for all of them.
        if session.requests != Requests::default() {
            requests(text, &session.requests);
        }
        text.push('}');
    }
}

/// Appends the member of its requests. Their mean has three digits after the point.
fn requests(text: &mut String, requests: &Requests) {
    number(text, ",\"requests\":{\"count\":", requests.count);
    number_or_null(text, ",\"limit\":", requests.limit);
    let mean = requests.micros.checked_div(requests.count).unwrap_or_default();
    number(text, ",\"meanMs\":", mean / 1_000);
    text.push('.');
    for place in [100, 10, 1] {
        digits(text, mean / place % 10);
    }
    match &requests.last_url {
        Some(url) => quote(text, ",\"lastUrl\":\"", url),
        None => text.push_str(",\"lastUrl\":null"),
    }
    text.push('}');
}

/// Appends the name of a member and a text, up to its last quote. No name of anything has control characters; what a service sends
/// may, and is shown without.
fn quote(text: &mut String, name: &str, quoted: &str) {
    text.push_str(name);
    for letter in quoted.chars() {
        if matches!(letter, '"' | '\\') {
            text.push('\\');
        }
        text.push(letter.max(' '));
    }
    text.push('"');
}

/// Appends the name of a member, and a number if there is one.
fn number_or_null(text: &mut String, name: &str, value: Option<u64>) {
    match value {
        Some(value) => number(text, name, value),
        None => {
            text.push_str(name);
            text.push_str("null");
        }
    }
}

/// Appends the name of a member and a number.
fn number(text: &mut String, name: &str, number: u64) {
    text.push_str(name);
    digits(text, number);
}

/// A level for each digit: at most 20.
fn digits(text: &mut String, number: u64) {
    if number > 9 {
        digits(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::UnixMillis;
    use crate::session::{Json, Lifetime};
    use alloc::string::ToString;

    fn id(text: &str) -> SessionId {
        SessionId::try_from(text.to_string()).unwrap()
    }

    fn text(id: &SessionId, shown: Option<(&Session, bool)>) -> String {
        let mut text = String::new();
        write(&mut text, id, shown, UnixMillis(0));
        text
    }

    #[test]
    fn a_session_has_the_members_that_programs_know() {
        let data = Json::try_from(r#"{"n":-1.50,"__proto__":{"s":"é\"\n"}}"#.to_string()).unwrap();
        let session = Session::new(id("a"), "u".to_string(), data.clone(), UnixMillis(5), Some(u64::MAX));
        let confirmed = Session { last_active_at: UnixMillis(6), ..session.clone() };
        let expected = [
            r#"{"id":"a","userId":"u","createdAt":5,"lastActiveAt":6,"expiresAt":null,"status":"valid","version":18446744073709551615,"pending":false,"data":"#,
            data.as_str(),
            "}",
        ];
        assert_eq!(text(&id("a"), Some((&confirmed, false))), expected.concat());
        let lifetime = Lifetime { ttl: Some(1), renews: true, expires_at: Some(UnixMillis(7)) };
        let mortal = Session { lifetime, ..confirmed };
        for (at, status) in [(6, "valid"), (7, "expired")] {
            let mut text = String::new();
            write(&mut text, &id("a"), Some((&mortal, false)), UnixMillis(at));
            assert!(text.contains(&[r#","expiresAt":7,"status":""#, status, r#"","version":"#].concat()), "{text}");
        }
        let counted = Session {
            requests: Requests { count: 3, micros: 10_030, limit: Some(5), last_url: None },
            ..session.clone()
        };
        let counted = text(&id("a"), Some((&counted, false)));
        assert!(counted.ends_with(r#","requests":{"count":3,"limit":5,"meanMs":3.343,"lastUrl":null}}"#), "{counted}");
        let unconfirmed = text(&id("a"), Some((&Session { version: None, ..session }, true)));
        assert!(unconfirmed.contains(r#","version":null,"pending":true,"#), "{unconfirmed}");
        assert_eq!(text(&id("a"), None), r#""a""#);
    }

    #[test]
    fn a_text_in_quotes_ends_where_it_ended() {
        let session = Session::new(
            id("\"\\u0041é😀\u{2028}/"),
            "\0\n\u{1f}\u{7f}".to_string(),
            Json::empty(),
            UnixMillis(1),
            None,
        );
        let written = text(&session.id, Some((&session, true)));
        let expected = "{\"id\":\"\\\"\\\\u0041é😀\u{2028}/\",\"userId\":\"   \u{7f}\",";
        assert!(written.starts_with(expected), "{written}");
    }
}
