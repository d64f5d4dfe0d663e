//! Requests that an application makes on behalf of a session: counted, timed, and limited by the authority. Like a use, a count is
//! no change of the session: its version stays.

use alloc::string::String;

use super::split_first;

/// Numbers up to here are exact in JavaScript: a sum stops there.
const MOST: u64 = (1 << 53) - 1;
/// An address is kept up to so many bytes.
const URL_BYTES: usize = 256;
/// One write tells of no more requests than these, and of at least one.
pub const MOST_REQUESTS: u64 = 1_000;
/// They take no longer together, in microseconds: all of a day each.
const MOST_MICROS: u64 = MOST_REQUESTS * 86_400_000_000;

/// What is known of a session's requests.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub struct Requests {
    pub count: u64,
    /// How long all of them took together, in microseconds.
    pub micros: u64,
    /// From this count on no further one is counted; `None`: no limit.
    pub limit: Option<u64>,
    /// The address of the last one that had one, without query, fragment and credentials.
    pub last_url: Option<String>,
}

/// Requests of one page that are told of together.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub struct Tally {
    pub count: u64,
    /// How long all of them took together, in microseconds.
    pub micros: u64,
    /// The address of the last one that had one.
    pub url: Option<String>,
}

impl Requests {
    /// Whether no further request is to be counted.
    pub fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.count >= limit)
    }

    /// Counts these too.
    pub fn add(&mut self, tally: &Tally) {
        self.count = sum(self.count, tally.count);
        self.micros = sum(self.micros, tally.micros);
        if let Some(url) = &tally.url {
            self.last_url = Some(bare(url));
        }
    }

    /// Begins anew, under the same limit.
    pub fn reset(&mut self) {
        *self = Self { limit: self.limit, ..Self::default() };
    }
}

impl Tally {
    /// Whether an honest page tells of such ones.
    pub fn is_acceptable(&self) -> bool {
        (1..=MOST_REQUESTS).contains(&self.count) && self.micros <= MOST_MICROS
    }

    /// Takes in those that came after these.
    pub fn append(&mut self, later: Self) {
        self.count = sum(self.count, later.count);
        self.micros = sum(self.micros, later.micros);
        self.url = later.url.or(self.url.take());
    }
}

fn sum(one: u64, other: u64) -> u64 {
    one.saturating_add(other).min(MOST)
}

/// Scheme, host and path of an address: its query and its fragment may be a secret, and so may credentials before the host (RFC 3986,
/// section 3). Of one without a host the scheme alone.
fn bare(url: &str) -> String {
    let (scheme, rest) = split_first(url, b':').unwrap_or_default();
    let mut bare = String::from(scheme);
    bare.push(':');
    if let Some(rest) = rest.strip_prefix("//") {
        let rest = before(rest, |byte| matches!(byte, b'?' | b'#'));
        let authority = before(rest, |byte| matches!(byte, b'/' | b'\\'));
        let host = authority.bytes().rposition(|byte| byte == b'@').map_or(0, |at| at.saturating_add(1));
        bare.push_str("//");
        bare.push_str(rest.get(host..).unwrap_or_default());
    }
    let mut end = URL_BYTES.min(bare.len());
    while !bare.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    bare.truncate(end);
    bare
}

/// The text up to the first byte that is one of these.
fn before(text: &str, is_end: fn(u8) -> bool) -> &str {
    text.bytes().position(is_end).and_then(|end| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn an_address_keeps_no_query_no_fragment_and_no_credentials() {
        for (url, kept) in [
            ("https://api.example/v1/me?token=1#top", "https://api.example/v1/me"),
            ("https://user:pass@api.example/v1", "https://api.example/v1"),
            ("https://user:p@ss@api.example:8443/a@b", "https://api.example:8443/a@b"),
            ("https://api.example#x?y", "https://api.example"),
            ("https://user@api.example?x=//", "https://api.example"),
            ("https://api.example\\user@path", "https://api.example\\user@path"),
            ("https:\\\\user:pass@api.example//x", "https:"),
            ("https:/user:pass@api.example/", "https:"),
            ("data:text/plain,SECRET", "data:"),
            ("app:user:pass@host/a//b", "app:"),
            ("/v1/me?token=1", ":"),
            ("", ":"),
        ] {
            assert_eq!(bare(url), kept, "{url}");
        }
    }

    #[test]
    fn a_long_address_is_cut_between_two_letters() {
        let long = ["https://api.example/", &"é".repeat(URL_BYTES)].concat();
        let kept = bare(&long);
        assert!(kept.len() <= URL_BYTES && kept.len() > URL_BYTES - 2 && long.starts_with(&kept));
    }

    #[test]
    fn sums_stop_where_javascript_cannot_count_any_more() {
        let mut requests = Requests { limit: Some(3), ..Requests::default() };
        requests.add(&Tally { count: u64::MAX, micros: u64::MAX, url: None });
        assert_eq!((requests.count, requests.micros, requests.is_full()), (MOST, MOST, true));
        requests.reset();
        assert_eq!(requests, Requests { limit: Some(3), ..Requests::default() });
    }

    #[test]
    fn what_is_put_together_counts_as_each_by_itself() {
        let urls = [Some("https://a.example/?1"), None, Some("https://b.example/?2"), None];
        let each = (1..).zip(urls).map(|(micros, url)| Tally { count: 1, micros, url: url.map(ToString::to_string) });
        let (mut one_by_one, mut together) = (Requests::default(), Tally::default());
        for tally in each {
            one_by_one.add(&tally);
            together.append(tally);
        }
        let mut at_once = Requests::default();
        at_once.add(&together);
        assert_eq!(at_once, one_by_one);
        assert_eq!((at_once.count, at_once.micros, at_once.last_url.as_deref()), (4, 10, Some("https://b.example/")));
    }
}
