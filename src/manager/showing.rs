//! What the page may show, and which sessions show otherwise since they were last drawn.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::io::{Reason, Shown, Snapshot, Status};
use super::machine::Manager;
use crate::machine::mutants::{self, Mutant};
use crate::session::{SessionId, Version};

impl Manager {
    /// What the page may show now. Another one only after [`Output::Changed`](super::Output::Changed).
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = self.snapshot_without_sessions();
        if !self.seen.withheld || mutants::has(Mutant::WithheldShows) {
            let shown = self.overlay.sessions(&self.confirmed);
            snapshot.sessions.extend(shown.map(|(session, pending)| (Rc::clone(session), pending)));
            let order = |(a, _): &Shown, (b, _): &Shown| (a.created_at, &a.id).cmp(&(b.created_at, &b.id));
            snapshot.sessions.sort_unstable_by(order);
        }
        snapshot
    }

    /// The same for whoever keeps the sessions as [`take_touched`](Self::take_touched) names them: its list of them is empty.
    pub fn snapshot_without_sessions(&self) -> Snapshot {
        Snapshot {
            sessions: Vec::new(),
            active: self.overlay.active(&self.confirmed).filter(|_| !self.seen.withheld).cloned(),
            version: self.follower.held(),
            status: self.link.status(),
            reason: self.reason(),
            storage: self.storage,
            declined_until: self.declined_until,
            pending_writes: self.pending_writes(),
            stale: self.stale,
            complete: self.held().is_some() || self.confirmed.sessions.is_empty(),
            last_error: self.last_error.clone(),
        }
    }

    /// The version that is held: what [`snapshot`](Self::snapshot) says of it, without the making of one.
    pub fn held(&self) -> Option<Version> {
        self.follower.held()
    }

    /// The version of the snapshot that is arriving, if one is.
    pub fn arriving(&self) -> Option<Version> {
        self.assembly.as_ref().map(|assembly| assembly.version)
    }

    /// The session as it shows, and whether an unconfirmed change of it shows; where all is withheld, as it will show.
    pub fn shown(&self, id: &SessionId) -> Option<Shown> {
        let (session, pending) = self.overlay.get(&self.confirmed, id)?;
        Some((Rc::clone(session), pending))
    }

    /// The sessions that may show otherwise than when they were last taken here; one may be named twice. Which these are depends on
    /// what has changed, and not on how many there are besides.
    pub fn take_touched(&mut self) -> Vec<SessionId> {
        self.expiries.taken();
        core::mem::take(&mut self.touched)
    }

    /// These sessions are to be named again.
    pub fn touch(&mut self, ids: &[SessionId]) {
        self.touched.extend_from_slice(ids);
    }

    fn reason(&self) -> Option<Reason> {
        if self.seen.withheld {
            return Some(Reason::Withheld);
        }
        match self.link.status() {
            Status::Live | Status::Closed => None,
            _ if self.seen.offline => Some(Reason::Offline),
            _ => self.link.unreachable.then_some(Reason::Unreachable),
        }
    }
}
