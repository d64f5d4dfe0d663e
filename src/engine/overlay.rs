//! Pending writes laid over confirmed sessions. Nothing here is ever copied back: when the truth below changes, the
//! pending writes are applied to it anew.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::ambient::UnixMillis;
use crate::machine::mutants::{self, Mutant};
use crate::session::{Mutation, Session, SessionId, SessionRules, SortedMap, View, apply};

/// The confirmed sessions of a store.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Confirmed {
    pub sessions: SortedMap<SessionId, Rc<Session>>,
    pub active: Option<SessionId>,
    /// What the owner decided about lifetimes.
    pub rules: SessionRules,
}

/// What pending writes make of confirmed sessions.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// Sessions that a pending write touches, as they show; `None`: it shows as gone.
    touched: SortedMap<SessionId, Option<Rc<Session>>>,
    /// The active session that a pending write chose.
    active: Option<Option<SessionId>>,
}

/// A write to lay anew: its mutations, when they were made, and where to put what it made.
pub type Laid<'a> = (&'a [Mutation], UnixMillis, &'a mut Option<Rc<Session>>);

impl Overlay {
    /// Lays one more write on top: all of it, or nothing if any part of it does not apply.
    pub fn lay(
        &mut self,
        confirmed: &Confirmed,
        mutations: &[Mutation],
        at: UnixMillis,
    ) -> Result<(), crate::error::Code> {
        let mut layer = Layer { below: self, confirmed, touched: SortedMap::new(), active: None };
        let applied = mutations.iter().try_for_each(|mutation| apply(&mut layer, mutation, at, None));
        if !mutants::has(Mutant::BulkShowsInPart) {
            applied?;
        }
        let (touched, active) = (layer.touched, layer.active);
        self.touched.extend(touched);
        self.active = active.or(self.active.take());
        applied
    }

    /// Lays all of `writes` over `confirmed` anew. A session that looks the same stays the same object; those that do not are added to
    /// `touched`.
    pub fn relay<'a>(
        &mut self,
        confirmed: &Confirmed,
        writes: impl Iterator<Item = Laid<'a>>,
        touched: &mut Vec<SessionId>,
    ) {
        let before = core::mem::take(self);
        for (mutations, at, made) in writes {
            // One that does not apply now waits for the service's word; it may apply again later.
            if self.lay(confirmed, mutations, at).is_ok() {
                *made = self.made(confirmed, mutations);
            }
        }
        for (id, shown) in self.touched.iter_mut() {
            match before.touched.get(id) {
                Some(old) if shown == old => shown.clone_from(old),
                _ => touched.push(id.clone()),
            }
        }
        let gone = before.touched.keys().filter(|id| !self.touched.contains_key(id));
        touched.extend(gone.cloned());
    }

    /// What a write that was just laid made of the session that it is about, if it is about a single one.
    pub fn made(&self, confirmed: &Confirmed, mutations: &[Mutation]) -> Option<Rc<Session>> {
        let [mutation] = mutations else { return None };
        self.get(confirmed, mutation.id()?).map(|(session, _)| Rc::clone(session))
    }

    /// The session as it shows, and whether a pending write touches it.
    pub fn get<'a>(&'a self, confirmed: &'a Confirmed, id: &SessionId) -> Option<(&'a Rc<Session>, bool)> {
        match self.touched.get(id) {
            Some(shown) => shown.as_ref().map(|session| (session, true)),
            None => confirmed.sessions.get(id).map(|session| (session, false)),
        }
    }

    /// Whether a pending write touches this session.
    pub fn touches(&self, id: &SessionId) -> bool {
        self.touched.contains_key(id)
    }

    /// All sessions that show, in the order of their ids.
    pub fn sessions<'a>(&'a self, confirmed: &'a Confirmed) -> impl Iterator<Item = (&'a Rc<Session>, bool)> {
        let below = confirmed.sessions.iter().filter(|(id, _)| !self.touched.contains_key(*id));
        below
            .map(|(_, session)| (session, false))
            .chain(self.touched.values().filter_map(|shown| shown.as_ref().map(|session| (session, true))))
    }

    /// The active session as it shows.
    pub fn active<'a>(&'a self, confirmed: &'a Confirmed) -> Option<&'a SessionId> {
        let id = match &self.active {
            Some(chosen) => chosen.as_ref(),
            None => confirmed.active.as_ref(),
        };
        // A choice that the truth below has overtaken shows as none.
        id.filter(|id| self.get(confirmed, id).is_some())
    }
}

/// One write on its way onto the overlay.
struct Layer<'a> {
    below: &'a Overlay,
    confirmed: &'a Confirmed,
    touched: SortedMap<SessionId, Option<Rc<Session>>>,
    active: Option<Option<SessionId>>,
}

impl View for Layer<'_> {
    fn get(&self, id: &SessionId) -> Option<&Session> {
        match self.touched.get(id) {
            Some(shown) => shown.as_deref(),
            None => self.below.get(self.confirmed, id).map(|(session, _)| &**session),
        }
    }

    fn put(&mut self, session: Session) {
        self.touched.insert(session.id.clone(), Some(Rc::new(session)));
    }

    fn remove(&mut self, id: &SessionId) {
        self.touched.insert(id.clone(), None);
    }

    fn active(&self) -> Option<&SessionId> {
        match &self.active {
            Some(chosen) => chosen.as_ref(),
            None => self.below.active(self.confirmed),
        }
    }

    fn activate(&mut self, id: Option<SessionId>) {
        self.active = Some(id);
    }

    fn rules(&self) -> SessionRules {
        self.confirmed.rules
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use crate::session::Json;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    const AT: UnixMillis = UnixMillis(5);

    fn id(name: &str) -> SessionId {
        SessionId::try_from(name.to_string()).unwrap()
    }

    fn json(text: &str) -> Json {
        Json::try_from(text.to_string()).unwrap()
    }

    fn add(name: &str) -> Mutation {
        Mutation::Add { id: id(name), user_id: "u".to_string(), data: Json::empty(), terms: Default::default() }
    }

    fn update(name: &str, patch: &str) -> Mutation {
        Mutation::Update { id: id(name), patch: json(patch), if_version: None }
    }

    fn relay<W: AsRef<[Mutation]>>(overlay: &mut Overlay, below: &Confirmed, writes: &[W]) {
        let mut made = alloc::vec![None; writes.len()];
        let writes = writes.iter().zip(&mut made).map(|(write, made)| (write.as_ref(), AT, made));
        overlay.relay(below, writes, &mut Vec::new());
    }

    fn remove(name: &str) -> Mutation {
        Mutation::Remove { id: id(name), if_version: None }
    }

    fn names(overlay: &Overlay, confirmed: &Confirmed) -> Vec<(alloc::string::String, bool)> {
        overlay.sessions(confirmed).map(|(session, pending)| (session.id.as_str().to_string(), pending)).collect()
    }

    fn confirmed(names: &[&str]) -> Confirmed {
        let mut overlay = Overlay::default();
        let mut made = Confirmed::default();
        for name in names {
            overlay.lay(&made, &[add(name)], AT).unwrap();
        }
        made.sessions = overlay.touched.into_iter().filter_map(|(id, shown)| Some((id, shown?))).collect();
        made
    }

    #[test]
    fn hostile_38_a_write_in_the_middle_is_taken_out_and_the_later_ones_stay() {
        let below = confirmed(&["a"]);
        let writes = [[update("a", r#"{"x":1}"#)], [update("a", r#"{"y":2}"#)], [update("a", r#"{"z":3}"#)]];
        let mut overlay = Overlay::default();
        relay(&mut overlay, &below, &writes);
        let left = [&writes[0], &writes[2]];
        relay(&mut overlay, &below, &left);
        let (shown, pending) = overlay.get(&below, &id("a")).unwrap();
        assert_eq!((shown.data.as_str(), pending), (r#"{"x":1,"z":3}"#, true));
    }

    #[test]
    fn a_bulk_shows_whole_or_not_at_all() {
        let below = confirmed(&["a"]);
        let mut overlay = Overlay::default();
        assert_eq!(overlay.lay(&below, &[add("b"), remove("gone")], AT), Err(Code::NotFound));
        assert_eq!(names(&overlay, &below), [("a".to_string(), false)]);
        overlay.lay(&below, &[add("b"), remove("a"), Mutation::Activate(Some(id("b")))], AT).unwrap();
        assert_eq!(names(&overlay, &below), [("b".to_string(), true)]);
        assert_eq!(overlay.active(&below), Some(&id("b")));
    }

    #[test]
    fn a_session_that_looks_the_same_stays_the_same_object() {
        let below = confirmed(&["a", "b"]);
        let writes = [[update("a", r#"{"x":1}"#)], [update("b", r#"{"x":1}"#)]];
        let mut overlay = Overlay::default();
        relay(&mut overlay, &below, &writes);
        let before = Rc::clone(overlay.get(&below, &id("a")).unwrap().0);
        relay(&mut overlay, &below, &writes[..1]);
        assert!(Rc::ptr_eq(&before, overlay.get(&below, &id("a")).unwrap().0));
    }

    #[test]
    fn a_removed_active_session_is_active_no_more() {
        let mut below = confirmed(&["a"]);
        below.active = Some(id("a"));
        let mut overlay = Overlay::default();
        overlay.lay(&below, &[remove("a")], AT).unwrap();
        assert_eq!(overlay.active(&below), None);
        below.sessions.clear();
        assert_eq!(Overlay::default().active(&below), None);
    }
}
