//! The domain: sessions, what can be done to them, and what became of it.

mod decimal;
mod id;
mod json;
mod lifetime;
mod mutation;
mod requests;
mod scanner;
mod sorted;
mod split;
mod why;

use alloc::string::String;

pub use self::decimal::decimal;
pub use self::id::{ClientId, MAX_ID_BYTES, OpId, SessionId, is_name};
pub use self::json::Json;
pub use self::lifetime::{LEAST_TTL, Lifetime, SessionRules, Terms};
pub use self::mutation::{Mutation, View, apply};
pub use self::requests::{MOST_REQUESTS, Requests, Tally};
pub use self::scanner::{JsonError, MAX_DEPTH};
pub use self::sorted::{SortedMap, SortedSet};
pub use self::split::{split_first, split_last};
pub use self::why::Why;

use crate::ambient::UnixMillis;
use crate::error::Code;

/// One signed-in identity, as every page may know it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub struct Session {
    pub id: SessionId,
    /// The application's name for the person.
    pub user_id: String,
    pub created_at: UnixMillis,
    /// When it was added, or last updated, touched or recovered.
    pub last_active_at: UnixMillis,
    /// Sequence number of the commit that last changed it; `None` while only the page that made it knows it.
    pub version: Option<u64>,
    /// The application's fields: a JSON object.
    pub data: Json,
    #[cfg_attr(not(target_arch = "wasm32"), serde(default))]
    pub lifetime: Lifetime,
    #[cfg_attr(not(target_arch = "wasm32"), serde(default))]
    pub requests: Requests,
    /// In a test build alone, which shows that messages and stored values stay as they are.
    #[cfg(feature = "further")]
    #[cfg_attr(not(target_arch = "wasm32"), serde(default))]
    pub further: u64,
}

impl Session {
    /// One that was added at `at`, by a commit of this number if it is confirmed, and never expires. Whoever makes one otherwise
    /// begins with this.
    pub fn new(id: SessionId, user_id: String, data: Json, at: UnixMillis, version: Option<u64>) -> Self {
        Self {
            id,
            user_id,
            created_at: at,
            last_active_at: at,
            version,
            data,
            lifetime: Lifetime::default(),
            requests: Requests::default(),
            #[cfg(feature = "further")]
            further: 0,
        }
    }

    /// It is used at `at`. Nothing else of it changes by that: whoever goes by its version need not look again.
    pub fn touch(&mut self, at: UnixMillis, rules: SessionRules) {
        self.last_active_at = at;
        if self.lifetime.renews {
            self.renew(at, rules);
        }
    }

    /// Whether a touch at `at` is to be written: it moves something by enough. A clock that was set back is no reason to wait.
    pub fn takes_touch(&self, at: UnixMillis, rules: SessionRules) -> bool {
        let step = self.lifetime.touch_step();
        let moves = |from: u64, to: u64| to.saturating_sub(from) >= step;
        let end = |lifetime: Lifetime| lifetime.expires_at.unwrap_or_default().0;
        let renewed = self.lifetime.renewed(self.created_at, at, rules);
        at < self.last_active_at
            || moves(self.last_active_at.0, at.0)
            || self.lifetime.renews && moves(end(self.lifetime), end(renewed))
    }

    /// Whether nothing happened to it since it was as `before` but that it was used, and its requests counted, if that.
    pub fn was_only_used_since(&self, before: &Self) -> bool {
        let Self { user_id, created_at, version, data, lifetime, requests, .. } = before;
        let lives_so = (self.lifetime.ttl, self.lifetime.renews) == (lifetime.ttl, lifetime.renews);
        lives_so
            && self.requests.limit == requests.limit
            && (&self.user_id, self.created_at, self.version, &self.data) == (user_id, *created_at, *version, data)
    }

    /// It is used at `at`, and lives for a full lifetime from then on.
    pub fn renew(&mut self, at: UnixMillis, rules: SessionRules) {
        self.last_active_at = at;
        self.lifetime = self.lifetime.renewed(self.created_at, at, rules);
    }
}

/// Names one state of one store. It has no order on purpose: a higher `seq` of another epoch or tag means nothing.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub struct Version {
    /// Drawn once, when the store was created.
    pub epoch: u64,
    /// Counts the commits of that epoch, without a hole.
    pub seq: u64,
    /// Drawn for each commit, so that two histories which lost and refilled a number differ.
    pub tag: u64,
}

/// What one commit did to one thing, in absolute terms: applying it twice is applying it once.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub enum Change {
    Put(Session),
    Removed(SessionId),
    Active(Option<SessionId>),
}

/// What became of a write, for good.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub enum Outcome {
    /// It took effect in the commit with this sequence number.
    Accepted(u64),
    Refused(Code),
    /// A function update met another client's change: to be run again by the page, never reported as an error by it.
    Contended,
    /// It was refused with the code of this reason.
    Denied(Why),
}

impl Outcome {
    /// The code with which it was refused, if it was.
    pub fn refusal(self) -> Option<Code> {
        match self {
            Self::Refused(code) => Some(code),
            Self::Denied(why) => Some(why.code()),
            Self::Accepted(_) | Self::Contended => None,
        }
    }
}

/// One write of one client: mutations that take effect together or not at all.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub struct Write {
    /// Its number among the writes of this client: rising, gaps allowed, from 1.
    pub n: u64,
    /// The write of this client before it that was unsettled when this was sent; 0 for none.
    /// The service takes it only once it knows that one.
    pub predecessor: u64,
    /// The version of the store that its author looked at.
    pub base: Version,
    /// For a function update: its result holds only if nobody else changed the session since `base` and each of the
    /// client's own writes from this number on (itself excluded) took effect.
    pub reads_from: Option<u64>,
    pub mutations: alloc::vec::Vec<Mutation>,
}

/// Where the authority keeps sessions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub enum StorageLevel {
    Unknown,
    SameSite,
    Handle,
    Server,
    Partitioned,
    Memory,
}

/// What would raise the level.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub enum Upgrade {
    None,
    Gesture,
    Visit,
}

/// Where sessions are kept, whether every site sees the same ones, and what would make it better.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub struct StorageStatus {
    pub level: StorageLevel,
    pub shared: bool,
    pub upgrade: Upgrade,
}

impl StorageStatus {
    /// Before the service has said anything.
    pub const UNKNOWN: Self = Self { level: StorageLevel::Unknown, shared: false, upgrade: Upgrade::None };
}
