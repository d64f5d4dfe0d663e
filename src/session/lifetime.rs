//! How long a session lives. All of it is derived from times of the authority's clock, so whatever that clock says later, an
//! expired session can be a valid one again.

use crate::ambient::UnixMillis;

/// The shortest lifetime, in milliseconds.
pub const LEAST_TTL: u64 = 60_000;
/// The longest one. JavaScript can hold the time at which it ends.
const MOST_TTL: u64 = 1 << 52;
/// Nothing is written for a use of a session that follows the last one within so many milliseconds.
const TOUCH_STEP: u64 = 60_000;

/// What a session lives by. The default never expires.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub struct Lifetime {
    /// From each renewal on, in milliseconds; `None`: for ever.
    pub ttl: Option<u64>,
    /// Whether each touch renews it.
    pub renews: bool,
    /// From then on it is expired; `None`: never.
    pub expires_at: Option<UnixMillis>,
}

impl Default for Lifetime {
    fn default() -> Self {
        Self { ttl: None, renews: true, expires_at: None }
    }
}

impl Lifetime {
    /// Whether it is over at this time.
    pub fn is_over(&self, at: UnixMillis) -> bool {
        self.expires_at.is_some_and(|end| end <= at)
    }

    /// A full lifetime from `at` on, as far as `rules` allow it to one that was created at `created_at`.
    pub fn renewed(self, created_at: UnixMillis, at: UnixMillis, rules: SessionRules) -> Self {
        let end = |from: UnixMillis, ms: u64| UnixMillis(from.0.saturating_add(ms));
        let own = self.ttl.map(|ttl| end(at, ttl));
        let last = rules.longest.map(|longest| end(created_at, longest));
        Self { expires_at: own.into_iter().chain(last).min(), ..self }
    }

    /// By how much a touch has to move something to be written: a minute, or half of a shorter lifetime. By no more than that
    /// is one lost.
    pub fn touch_step(&self) -> u64 {
        self.ttl.map_or(TOUCH_STEP, |ttl| (ttl / 2).min(TOUCH_STEP))
    }
}

/// What the owner decides for all sessions of a service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub struct SessionRules {
    /// Of a session that was added without one, in milliseconds; `None`: for ever.
    pub default: Option<u64>,
    /// From the creation of a session, whatever renews or recovers it; `None`: no end.
    pub longest: Option<u64>,
    /// For how long an expired session can be recovered.
    pub recovery: u64,
    /// Whether requests are counted.
    pub counts: bool,
}

impl Default for SessionRules {
    fn default() -> Self {
        Self { default: None, longest: None, recovery: 7 * 24 * 3_600_000, counts: true }
    }
}

impl SessionRules {
    /// Whether a session with this lifetime can be recovered at this time.
    pub fn recovers(&self, lifetime: &Lifetime, at: UnixMillis) -> bool {
        lifetime.expires_at.is_none_or(|end| at.0 < end.0.saturating_add(self.recovery))
    }
}

/// What is asked for a session's lifetime and its requests; what is `None` stays, or is the service's.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(serde::Deserialize, serde::Serialize))]
pub struct Terms {
    /// In milliseconds; `Some(None)`: for ever.
    #[cfg_attr(not(target_arch = "wasm32"), serde(with = "in_list"))]
    pub ttl: Option<Option<u64>>,
    pub renews: Option<bool>,
    /// The most requests; `Some(None)`: no limit.
    #[cfg_attr(not(target_arch = "wasm32"), serde(default, with = "in_list"))]
    pub limit: Option<Option<u64>>,
    /// Whether its requests are to be counted from 0 again.
    #[cfg_attr(not(target_arch = "wasm32"), serde(default))]
    pub resets: bool,
}

impl Terms {
    /// Whether nothing is asked for.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether anything is asked for its requests.
    pub fn asks_for_requests(&self) -> bool {
        self.limit.is_some() || self.resets
    }

    /// Whether no lifetime is asked for that is too short, or too long.
    pub fn is_acceptable(&self) -> bool {
        self.ttl.flatten().is_none_or(|ttl| (LEAST_TTL..=MOST_TTL).contains(&ttl))
    }
}

/// In a list of one, so that JSON tells `Some(None)` from `None`. Other formats have a tuple of one, which is the value itself.
#[cfg(not(target_arch = "wasm32"))]
mod in_list {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(ttl: &Option<Option<u64>>, to: S) -> Result<S::Ok, S::Error> {
        ttl.map(|ttl| [ttl]).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<u64>>, D::Error> {
        Ok(Option::<[Option<u64>; 1]>::deserialize(from)?.map(|[ttl]| ttl))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Json, Session, SessionId};
    use alloc::string::String;

    const HOUR: u64 = 3_600_000;

    fn of(ttl: u64) -> Lifetime {
        Lifetime { ttl: Some(ttl), ..Lifetime::default() }.renewed(
            UnixMillis(0),
            UnixMillis(0),
            SessionRules::default(),
        )
    }

    #[test]
    fn it_is_over_from_its_end_on_and_not_before() {
        let one = of(HOUR);
        assert_eq!([HOUR - 1, HOUR, HOUR + 1].map(|at| one.is_over(UnixMillis(at))), [false, true, true]);
        assert!(!Lifetime::default().is_over(UnixMillis(u64::MAX)));
        assert!(!of(u64::MAX).is_over(UnixMillis(u64::MAX - 1)), "sums stop at the end of time");
    }

    #[test]
    fn no_renewal_passes_the_longest_life() {
        let rules = SessionRules { longest: Some(3 * HOUR), ..SessionRules::default() };
        let ends = |at: u64| of(HOUR).renewed(UnixMillis(0), UnixMillis(at), rules).expires_at;
        assert_eq!([0, HOUR, 2 * HOUR, 5 * HOUR].map(|at| ends(at).unwrap().0 / HOUR), [1, 2, 3, 3]);
        let endless = Lifetime::default().renewed(UnixMillis(HOUR), UnixMillis(HOUR), rules);
        assert_eq!(endless.expires_at, Some(UnixMillis(4 * HOUR)), "one that never expires by itself ends with it");
    }

    /// A session that was created and renewed at the start.
    fn session(lifetime: Lifetime) -> Session {
        let id = SessionId::try_from(String::from("s")).unwrap();
        Session { lifetime, ..Session::new(id, String::from("u"), Json::empty(), UnixMillis(HOUR), Some(1)) }
    }

    #[test]
    fn a_touch_is_written_once_a_minute_and_often_enough_for_a_short_life() {
        let rules = SessionRules::default();
        let takes = |ttl: Option<u64>, after: u64| {
            let new = Lifetime { ttl, ..Lifetime::default() }.renewed(UnixMillis(HOUR), UnixMillis(HOUR), rules);
            session(new).takes_touch(UnixMillis(HOUR + after), rules)
        };
        assert_eq!([0, 59_999, 60_000].map(|after| takes(Some(HOUR), after)), [false, false, true]);
        assert_eq!([0, 59_999, 60_000].map(|after| takes(None, after)), [false, false, true]);
        assert_eq!([29_999, 30_000].map(|after| takes(Some(60_000), after)), [false, true]);
        let before = Session { last_active_at: UnixMillis(HOUR + 1), ..session(Lifetime::default()) };
        assert!(before.takes_touch(UnixMillis(HOUR), rules), "the clock was set back");
    }

    #[test]
    fn a_change_meanwhile_puts_off_no_renewal_and_one_that_moves_nothing_is_not_written() {
        let rules = SessionRules { longest: Some(HOUR), ..SessionRules::default() };
        let ends = |end: u64| Lifetime { ttl: Some(HOUR), renews: true, expires_at: Some(UnixMillis(end)) };
        let changed = |lifetime| Session { last_active_at: UnixMillis(HOUR + 60_000), ..session(lifetime) };
        let now = UnixMillis(HOUR + 60_001);
        assert!(changed(ends(2 * HOUR)).takes_touch(now, SessionRules::default()));
        assert!(!changed(ends(2 * HOUR)).takes_touch(now, rules), "it cannot end later");
        let still = Lifetime { renews: false, ..ends(2 * HOUR) };
        assert!(!changed(still).takes_touch(now, SessionRules::default()));
    }

    #[test]
    fn within_its_grace_it_can_be_recovered() {
        let rules = SessionRules { recovery: HOUR, ..SessionRules::default() };
        assert_eq!(
            [0, HOUR, 2 * HOUR - 1, 2 * HOUR].map(|at| rules.recovers(&of(HOUR), UnixMillis(at))),
            [true, true, true, false]
        );
        assert!(rules.recovers(&Lifetime::default(), UnixMillis(u64::MAX)));
    }
}
