//! What the owner grants to which origin, and what of everything that leaves for a site.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Code;
use crate::machine::mutants::{self, Mutant};
use crate::session::{Json, Mutation, Outcome, Requests, Session, Terms, Why, Write, split_first, split_last};

/// The entry of a read list that stands for the user id, and the key of `data` of the same name.
const USER_ID: &str = "\"userId\"";

/// What one origin may do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Grant {
    /// A serialized origin (WHATWG HTML), as `MessageEvent.origin` gives it; or `https://*.example.com` for every origin
    /// whose host has exactly one label more.
    pub origin: String,
    pub read: Read,
    pub write: Operations,
}

impl Grant {
    /// To see everything, and to do everything or nothing.
    pub fn plain(origin: String, write: bool) -> Self {
        Self { origin, read: Read::ALL, write: if write { Operations::ALL } else { Operations::NONE } }
    }

    /// What this origin is granted: by a grant of its very own, else by one of a pattern that covers it.
    pub fn of<'a>(grants: &'a [Self], origin: &str) -> Option<&'a Self> {
        let asked = Origin::parse(origin).filter(Origin::is_real)?;
        let named = |matches: fn(Origin<'_>, Origin<'_>) -> bool| {
            grants.iter().find(|grant| Origin::parse(&grant.origin).is_some_and(|granted| matches(granted, asked)))
        };
        named(|granted, asked| granted == asked).or_else(|| named(|granted, asked| granted.covers(asked)))
    }

    /// These grants, but none where an origin of `around` has no grant: what a page is granted is not for pages that hold it
    /// in a frame of theirs. As `frame-ancestors` has it, where the service page is served with that.
    pub fn within(grants: Vec<Self>, around: &[String]) -> Vec<Self> {
        if around.iter().all(|origin| Self::of(&grants, origin).is_some()) { grants } else { Vec::new() }
    }

    /// The refusal of this write, if it may not be made. Decided by what it says, never by what there is: so it tells nothing.
    pub fn refuses(&self, write: &Write) -> Option<Outcome> {
        // An empty write does nothing, but it is kept in the store.
        if write.mutations.is_empty() && self.write.0 & Operations::SESSIONS == 0 {
            return Some(Outcome::Refused(Code::Forbidden));
        }
        (0..).zip(&write.mutations).find_map(|(at, mutation)| {
            if !self.write.permits(mutation) {
                return Some(Outcome::Denied(Why::Operation(at)));
            }
            if !self.read.requests && mutation.terms().is_some_and(Terms::asks_for_requests) {
                return Some(Outcome::Refused(Code::Forbidden));
            }
            self.read.misses(at, mutation).map(Outcome::Denied)
        })
    }

    /// Whether a use of a session may be told: it counts as an update.
    pub fn touches(&self) -> bool {
        self.write.0 & Operations::UPDATE.0 != 0
    }

    /// Whether it may have sessions removed that nobody can bring back.
    pub fn removes(&self) -> bool {
        self.write.0 & Operations::REMOVE.0 != 0
    }

    /// A number that changes with the grant: FNV-1a.
    pub fn digest(&self) -> u64 {
        let all = [String::from("*")];
        let keys = if let Keys::These(keys) = &self.read.keys { keys } else { &all[..] };
        let mut hash = 0xcbf2_9ce4_8422_2325;
        let mut take_in = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        for part in [&self.origin].into_iter().chain(keys) {
            part.bytes().for_each(&mut take_in);
            // Neither an origin nor JSON text holds one.
            take_in(0);
        }
        take_in(self.write.0 | u8::from(self.read.requests) << 7);
        hash
    }
}

/// What a site sees of a session. The fields of the library but for the user id are always seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Read {
    pub keys: Keys,
    /// Whether it sees how many requests there were, their limit and the last address, and may set them.
    pub requests: bool,
}

/// What a site sees of the data of a session.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Keys {
    All,
    /// These keys of `data`, as `JSON.stringify` writes them, sorted. `"userId"` is the user id too.
    These(Vec<String>),
}

impl Read {
    /// All data, and nothing of requests.
    pub const ALL: Self = Self { keys: Keys::All, requests: false };

    /// These keys of the data, and nothing of requests.
    pub const fn keys(keys: Vec<String>) -> Self {
        Self { keys: Keys::These(keys), requests: false }
    }

    /// Whether nothing of the data is hidden.
    pub fn is_all(&self) -> bool {
        self.keys == Keys::All
    }

    fn has(&self, key: &str) -> bool {
        match &self.keys {
            Keys::All => true,
            Keys::These(keys) => keys.iter().any(|known| known == key),
        }
    }

    /// Application data as it shows.
    fn data(&self, data: &Json) -> Json {
        if self.is_all() { data.clone() } else { data.only(|key| self.has(key)) }
    }

    /// Application data that does not show; `None` if there is nothing to hide.
    pub fn hidden(&self, data: &Json) -> Option<Json> {
        (!self.is_all()).then(|| data.only(|key| !self.has(key)))
    }

    /// Bytes of application data as it shows.
    pub fn bytes(&self, data: &Json) -> usize {
        if self.is_all() { data.as_str().len() } else { self.data(data).as_str().len() }
    }

    /// A session as it shows. A user id that does not show is empty, which no user id is.
    pub fn session(&self, session: &Session) -> Session {
        let user_id = if self.has(USER_ID) { session.user_id.clone() } else { String::new() };
        let data = self.data(&session.data);
        let shown = Session::new(session.id.clone(), user_id, data, session.created_at, session.version);
        let requests = if self.requests || mutants::has(Mutant::RequestsShow) {
            session.requests.clone()
        } else {
            Requests::default()
        };
        Session { last_active_at: session.last_active_at, lifetime: session.lifetime, requests, ..shown }
    }

    /// Whether these two show the same; to a site that does not see all data, but for when and in which commit they were changed.
    pub fn same(&self, one: &Session, other: &Session) -> bool {
        let content = |session: &Session| {
            let shown = self.session(session);
            let when = self.is_all().then_some((session.last_active_at, session.version));
            (when, shown.user_id, shown.created_at, shown.data, shown.lifetime, shown.requests)
        };
        content(one) == content(other)
    }

    /// What of all that the mutation at this place sets does not show: a site writes only what it may read.
    fn misses(&self, at: u64, mutation: &Mutation) -> Option<Why> {
        if matches!(mutation, Mutation::Add { .. }) && !self.has(USER_ID) {
            return Some(Why::UserId);
        }
        let member = mutation.data()?.position(|key| !self.has(key))?;
        Some(Why::Key { mutation: at, member })
    }
}

/// What a site may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Operations(u8);

impl Operations {
    pub const NONE: Self = Self(0);
    pub const ADD: Self = Self(1);
    pub const UPDATE: Self = Self(2);
    pub const REMOVE: Self = Self(4);
    pub const ACTIVATE: Self = Self(8);
    /// Application state beside the sessions. Nothing asks for it yet.
    pub const STATE: Self = Self(16);
    pub const ALL: Self = Self(31);
    /// What changes sessions.
    const SESSIONS: u8 = 15;

    /// Those whose bits are set; bits that mean nothing are left out.
    pub fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// These and those.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn permits(self, mutation: &Mutation) -> bool {
        let wanted = match mutation {
            Mutation::Add { .. } => Self::ADD,
            Mutation::Update { .. }
            | Mutation::Replace { .. }
            | Mutation::Configure { .. }
            | Mutation::Recover(_)
            | Mutation::Count { .. } => Self::UPDATE,
            Mutation::Remove { .. } => Self::REMOVE,
            Mutation::Activate(_) => Self::ACTIVATE,
        };
        self.0 & wanted.0 != 0
    }
}

/// The parts of an http(s) origin.
#[derive(Clone, Copy, Eq, PartialEq)]
struct Origin<'a> {
    scheme: &'a str,
    host: &'a str,
    /// Empty: the scheme's own.
    port: &'a str,
}

impl<'a> Origin<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = split_first(text, b':').filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
        let rest = rest.strip_prefix("//")?;
        let (host, port) = match split_last(rest, b':') {
            // The last colon of [::1] does not begin a port.
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (rest, ""),
        };
        (!host.is_empty()).then_some(Self { scheme, host, port })
    }

    /// Whether the host is spelled as browsers spell those that there are, so that it is no pattern itself.
    fn is_real(&self) -> bool {
        let fits = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b':' | b'[' | b']');
        self.host.bytes().all(fits)
    }

    /// Whether this is the pattern of origins that have one label more than what follows its asterisk.
    fn covers(self, other: Origin<'_>) -> bool {
        let parent = split_first(other.host, b'.').filter(|(label, _)| !label.is_empty()).map(|(_, parent)| parent);
        (self.scheme, self.port) == (other.scheme, other.port)
            && parent.is_some()
            && self.host.strip_prefix("*.") == parent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{SessionId, Version};
    use alloc::string::ToString;
    use alloc::vec;

    fn grant(origin: &str) -> Grant {
        Grant::plain(origin.to_string(), true)
    }

    fn keys(keys: &[&str]) -> Read {
        Read::keys(keys.iter().map(|key| alloc::format!("\"{key}\"")).collect())
    }

    fn json(text: &str) -> Json {
        Json::try_from(text.to_string()).unwrap()
    }

    #[test]
    fn hostile_2_a_pattern_covers_one_label_of_the_same_scheme_and_port() {
        let grants = [grant("https://*.allowed.example"), grant("http://*.allowed.example:8080")];
        for origin in
            ["https://a.allowed.example", "https://xn--bcher-kva.allowed.example", "http://b.allowed.example:8080"]
        {
            assert!(Grant::of(&grants, origin).is_some(), "{origin}");
        }
        for origin in [
            "https://allowed.example",
            "https://a.b.allowed.example",
            "https://.allowed.example",
            "https://*.allowed.example",
            "https://xallowed.example",
            "https://a.xallowed.example",
            "https://a.allowed.example.evil.example",
            "https://a.allowed.example.",
            "https://a.allowed.example:8443",
            "http://a.allowed.example",
            "http://b.allowed.example",
            "https://b.allowed.example:8080",
            "https://A.allowed.example",
            "https://a.Allowed.example",
            "https://allowed.example@a.evil.example",
            "wss://a.allowed.example",
            "https://",
            "https://example",
            "null",
            "",
        ] {
            assert_eq!(Grant::of(&grants, origin), None, "{origin}");
        }
    }

    #[test]
    fn an_exact_grant_goes_before_a_pattern_and_a_deeper_pattern_stands_for_itself() {
        let only = Grant::plain("https://a.shop.example".to_string(), false);
        let grants = [grant("https://*.shop.example"), only.clone(), grant("https://*.b.shop.example")];
        assert_eq!(Grant::of(&grants, "https://a.shop.example"), Some(&only));
        assert_eq!(Grant::of(&grants, "https://b.shop.example"), grants.first());
        assert_eq!(Grant::of(&grants, "https://c.b.shop.example"), grants.get(2));
        let v6 = [grant("http://[::1]:3000"), grant("http://[::2]")];
        assert_eq!(Grant::of(&v6, "http://[::1]:3000"), v6.first());
        assert_eq!(Grant::of(&v6, "http://[::2]"), v6.get(1));
        assert_eq!(Grant::of(&v6, "http://[::1]"), None);
    }

    #[test]
    fn hostile_9_every_page_around_the_frame_needs_a_grant() {
        let grants = [grant("https://a.example"), grant("https://*.b.example")];
        let within = |around: &[&str]| {
            let around: Vec<_> = around.iter().map(ToString::to_string).collect();
            Grant::within(grants.to_vec(), &around)
        };
        assert_eq!(within(&[]), grants);
        assert_eq!(within(&["https://a.example", "https://x.b.example"]), grants);
        assert_eq!(within(&["https://a.example", "https://evil.example"]), []);
        assert_eq!(within(&["null"]), []);
        assert_eq!(within(&[""]), []);
    }

    #[test]
    fn the_digest_changes_with_every_part() {
        let base = Grant { read: keys(&["a", "b"]), ..grant("https://a.example") };
        let others = [
            Grant { origin: "https://b.example".to_string(), ..base.clone() },
            Grant { read: Read::ALL, ..base.clone() },
            Grant { read: Read { requests: true, ..base.read.clone() }, ..base.clone() },
            Grant { read: keys(&[]), ..base.clone() },
            Grant { read: keys(&["a"]), ..base.clone() },
            Grant { read: keys(&["ab"]), ..base.clone() },
            Grant { read: keys(&["*"]), ..base.clone() },
            Grant { write: Operations::UPDATE, ..base.clone() },
            Grant { write: Operations::NONE, ..base.clone() },
        ];
        let mut digests: Vec<_> = others.iter().chain([&base]).map(Grant::digest).collect();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), others.len() + 1);
        assert_eq!(base.clone().digest(), base.digest());
    }

    #[test]
    fn hostile_28_each_operation_is_granted_by_itself_and_only_on_what_shows() {
        let id = SessionId::try_from("s".to_string()).unwrap();
        let add = |data| Mutation::Add {
            id: id.clone(),
            user_id: "u".to_string(),
            data: json(data),
            terms: Default::default(),
        };
        let update = |patch| Mutation::Update { id: id.clone(), patch: json(patch), if_version: None };
        let remove = Mutation::Remove { id: id.clone(), if_version: None };
        let activate = Mutation::Activate(None);
        let permits = |read: &Read, write, mutations| {
            let base = Version { epoch: 1, seq: 1, tag: 1 };
            let write_of = Write { n: 1, predecessor: 0, base, reads_from: None, mutations };
            Grant { read: read.clone(), write, ..grant("https://a.example") }.refuses(&write_of).is_none()
        };
        let all = [
            (Operations::ADD, add("{}")),
            (Operations::UPDATE, update("{}")),
            (Operations::REMOVE, remove),
            (Operations::ACTIVATE, activate),
        ];
        for (granted, _) in &all {
            for (wanted, mutation) in &all {
                assert_eq!(permits(&Read::ALL, *granted, vec![mutation.clone()]), granted == wanted, "{mutation:?}");
            }
            assert!(!permits(&Read::ALL, *granted, all.iter().map(|(_, mutation)| mutation.clone()).collect()));
        }
        let two = vec![all[0].1.clone(), all[1].1.clone()];
        assert!(permits(&Read::ALL, Operations::ADD.and(Operations::UPDATE), two));
        assert!(permits(&Read::ALL, Operations::ADD, vec![]));
        assert!(!permits(&Read::ALL, Operations::NONE, vec![]) && !permits(&Read::ALL, Operations::STATE, vec![]));
        let read = keys(&["a", "userId"]);
        for (mutation, permitted) in [
            (add(r#"{"a":1}"#), true),
            (add(r#"{"a":1,"b":null}"#), false),
            (update(r#"{"a":{"b":1}}"#), true),
            (update(r#"{"b":null}"#), false),
            (update(r#"{"a":1,"b":{}}"#), false),
        ] {
            assert_eq!(permits(&read, Operations::ALL, vec![mutation.clone()]), permitted, "{mutation:?}");
        }
        assert!(
            !permits(&keys(&["a"]), Operations::ALL, vec![add("{}")]),
            "it would set a user id that it may not see"
        );
    }
}
