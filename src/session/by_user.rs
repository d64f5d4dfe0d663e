//! Which sessions a user has, found without a look at all. Made when it is first asked for: most pages never ask.

use alloc::vec::Vec;
use core::cell::OnceCell;

use super::{Session, SessionId};

/// In a bucket there are about so many sessions.
const IN_BUCKET: usize = 8;
/// Buckets are made for so many sessions at least.
const LEAST: usize = 512;

/// The ids of sessions by a hash of whose they are. It is kept up with `add` and `remove`, or forgotten with `default`.
#[derive(Clone, Debug, Default)]
pub struct ByUser {
    buckets: OnceCell<Vec<Vec<SessionId>>>,
}

/// It says nothing that the sessions do not say.
impl PartialEq for ByUser {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ByUser {}

impl ByUser {
    /// The ids of all sessions of this user, and perhaps of others. `count` and `all`: the sessions that there are.
    pub fn ids<'a>(&self, user_id: &str, count: usize, all: impl Iterator<Item = &'a Session>) -> &[SessionId] {
        let buckets = self.buckets.get_or_init(|| {
            let mut buckets = alloc::vec![Vec::new(); (count.max(LEAST) / IN_BUCKET).next_power_of_two()];
            all.for_each(|session| bucket(&mut buckets, session).push(session.id.clone()));
            buckets
        });
        buckets.get(place(buckets.len(), user_id)).map_or(&[], Vec::as_slice)
    }

    /// There is this session as well.
    pub fn add(&mut self, session: &Session) {
        if let Some(buckets) = self.buckets.get_mut() {
            bucket(buckets, session).push(session.id.clone());
        }
    }

    /// There is no such session any more.
    pub fn remove(&mut self, session: &Session) {
        if let Some(buckets) = self.buckets.get_mut() {
            let bucket = bucket(buckets, session);
            if let Some(at) = bucket.iter().position(|id| *id == session.id) {
                bucket.swap_remove(at);
            }
        }
    }
}

fn bucket<'a>(buckets: &'a mut [Vec<SessionId>], session: &Session) -> &'a mut Vec<SessionId> {
    let at = place(buckets.len(), &session.user_id);
    #[expect(clippy::indexing_slicing, reason = "a place is below the number of buckets, of which there are some")]
    &mut buckets[at]
}

/// FNV-1a (draft-eastlake-fnv), 32 bits.
fn place(buckets: usize, user_id: &str) -> usize {
    let hash = user_id.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    // A power of two.
    hash as usize & buckets.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::ByUser;
    use crate::ambient::UnixMillis;
    use crate::session::{Json, Session, SessionId};
    use alloc::format;
    use alloc::vec::Vec;

    fn session(n: usize, user: usize) -> Session {
        let id = SessionId::try_from(format!("s{n}")).unwrap();
        Session::new(id, format!("u{user}"), Json::empty(), UnixMillis(0), None)
    }

    #[test]
    fn all_of_a_user_are_found_among_few_whenever_it_was_made() {
        let mut sessions: Vec<Session> = (0..10_000).map(|n| session(n, n / 2)).collect();
        let mut index = ByUser::default();
        index.add(&sessions[0]);
        let found = |index: &ByUser, sessions: &[Session], user: usize| {
            let ids = index.ids(&format!("u{user}"), sessions.len(), sessions.iter());
            assert!(ids.len() < 100, "{}", ids.len());
            let of_user = |id: &&SessionId| sessions.iter().any(|it| it.id == **id && it.user_id == format!("u{user}"));
            ids.iter().filter(of_user).count()
        };
        for user in [0, 1, 4_999] {
            assert_eq!(found(&index, &sessions, user), 2, "{user}");
        }
        sessions.push(session(10_000, 1));
        index.add(&sessions[10_000]);
        index.remove(&sessions.remove(3));
        assert_eq!([0, 1].map(|user| found(&index, &sessions, user)), [2, 2]);
    }
}
