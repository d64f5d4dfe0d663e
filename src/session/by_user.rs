//! Which sessions a user has, found without a look at all. Made when it is first asked for: most pages never ask.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::OnceCell;

use super::{Session, SessionId};
use crate::ambient::UnixMillis;

/// Whose a session is, since when, and its id: of one user the newest come last.
type Place = (String, UnixMillis, SessionId);

/// The sessions in that order. It is kept up with `put` and `remove`, or forgotten with `default`.
#[derive(Clone, Debug, Default)]
pub struct ByUser {
    places: OnceCell<Vec<Place>>,
}

/// It says nothing that the sessions do not say.
impl PartialEq for ByUser {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ByUser {}

impl ByUser {
    /// The ids of all sessions of this user, the newest first. `all`: the sessions that there are.
    pub fn newest_first<'a>(
        &'a self,
        user_id: &str,
        all: impl Iterator<Item = &'a Session>,
    ) -> impl Iterator<Item = &'a SessionId> {
        let places = self.places.get_or_init(|| {
            let mut places: Vec<Place> = all.map(place).collect();
            places.sort_unstable();
            places
        });
        let end = places.partition_point(|place| place.0.as_str() <= user_id);
        let up_to = places.get(..end).unwrap_or_default();
        let count = end.saturating_sub(up_to.partition_point(|place| place.0.as_str() < user_id));
        up_to.iter().rev().take(count).map(|place| &place.2)
    }

    /// This session is there, in place of the one that was there before.
    pub fn put(&mut self, session: &Session, before: Option<&Session>) {
        if before.is_some_and(|before| before.user_id == session.user_id && before.created_at == session.created_at) {
            return;
        }
        before.into_iter().for_each(|before| self.remove(before));
        if let Some(places) = self.places.get_mut()
            && let place = place(session)
            && let Err(at) = places.binary_search(&place)
        {
            places.insert(at, place);
        }
    }

    /// There is no such session any more.
    pub fn remove(&mut self, session: &Session) {
        if let Some(places) = self.places.get_mut()
            && let Ok(at) = places.binary_search(&place(session))
        {
            places.remove(at);
        }
    }
}

fn place(session: &Session) -> Place {
    (session.user_id.clone(), session.created_at, session.id.clone())
}

#[cfg(test)]
mod tests {
    use super::ByUser;
    use crate::ambient::UnixMillis;
    use crate::session::{Json, Session, SessionId};
    use alloc::vec::Vec;
    use alloc::{format, vec};

    fn session(n: u64, user: u64) -> Session {
        let id = SessionId::try_from(format!("s{n}")).unwrap();
        Session::new(id, format!("u{user}"), Json::empty(), UnixMillis(n), None)
    }

    #[test]
    fn those_of_a_user_are_found_the_newest_first_whenever_it_was_made() {
        let mut sessions: Vec<Session> = (0..1_000).map(|n| session(n, n / 2)).collect();
        let mut index = ByUser::default();
        index.put(&sessions[0], None);
        let found = |index: &ByUser, sessions: &[Session], user: &str| {
            let ids = index.newest_first(user, sessions.iter()).map(|id| format!("{}", id.as_str()));
            ids.collect::<Vec<_>>()
        };
        assert_eq!(found(&index, &sessions, "u1"), ["s3", "s2"]);
        assert_eq!(found(&index, &sessions, "u499"), ["s999", "s998"]);
        assert_eq!(found(&index, &sessions, "u"), [""; 0]);
        let late = session(1_000, 1);
        index.put(&late, None);
        index.remove(&sessions.remove(3));
        // Another user's, under the same id; and one that began anew.
        let other = session(2, 0);
        index.put(&other, Some(&sessions[2]));
        let anew = Session { created_at: UnixMillis(9_999), ..sessions[0].clone() };
        index.put(&anew, Some(&sessions[0]));
        assert_eq!(found(&index, &sessions, "u1"), ["s1000"]);
        assert_eq!(found(&index, &sessions, "u0"), vec!["s0", "s2", "s1"]);
    }
}
