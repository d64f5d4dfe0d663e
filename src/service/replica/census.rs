//! How the sessions of a store stand at one time.

use super::state::State;
use crate::ambient::UnixMillis;

/// Of all sessions of a store.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Census {
    /// How many are not expired.
    pub valid: u64,
    pub expired: u64,
    /// How long ago they were added, on average, in whole milliseconds; 0 if there are none.
    pub mean_age: u64,
    /// Those of all sessions.
    pub requests: u64,
    /// How long these took together, in microseconds.
    pub request_micros: u64,
}

impl Census {
    /// Looks at each session.
    pub fn of(state: &State, at: UnixMillis) -> Self {
        let (mut census, mut ages) = (Self::default(), 0_u64);
        for record in state.sessions() {
            let session = &record.session;
            let count = if session.lifetime.is_over(at) { &mut census.expired } else { &mut census.valid };
            *count += 1;
            census.requests = census.requests.saturating_add(session.requests.count);
            census.request_micros = census.request_micros.saturating_add(session.requests.micros);
            // The clock may have been set back since: nothing is younger than new.
            ages = ages.saturating_add(at.0.saturating_sub(session.created_at.0));
        }
        census.mean_age = ages.checked_div(census.valid + census.expired).unwrap_or_default();
        census
    }
}
