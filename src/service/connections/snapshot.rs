//! A snapshot on its way to one page: all of one version, in parts.

use alloc::rc::Rc;
use alloc::vec::{self, Vec};

use crate::ambient::UnixMillis;
use crate::machine::mutants::{self, Mutant};
use crate::protocol::{End, ToManager, encoded_len};
use crate::service::grants::Read;
use crate::service::replica::author::Author;
use crate::service::replica::record::Record;
use crate::service::replica::state::State;
use crate::session::Version;

/// A part is closed before it outgrows this, unless it is a single session.
const PART_BYTES: usize = 65_536;

/// What is still to be sent of a snapshot.
#[derive(Debug)]
pub struct OutgoingSnapshot {
    sync: u64,
    version: Version,
    index: u64,
    rest: vec::IntoIter<Rc<Record>>,
    end: End,
}

impl OutgoingSnapshot {
    /// A snapshot of `state`, which stands at `version`, for this author, in answer to this `Sync` (0: to none).
    pub fn new(sync: u64, version: Version, state: &State, author: &Author) -> Self {
        let rest = state.sessions().cloned().collect::<Vec<_>>().into_iter();
        let mine = state.client(author).map(|client| client.outcomes.all().collect()).unwrap_or_default();
        Self { sync, version, index: 0, rest, end: End { active: state.active().cloned(), mine } }
    }

    /// The version that it is a snapshot of.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The next part, as it shows to a page that may read so much, and whether it is the last one. `hidden`: without the sessions that
    /// are expired at that time.
    pub fn next_part(&mut self, read: &Read, hidden: Option<UnixMillis>) -> (ToManager, bool) {
        let mut sessions = Vec::new();
        let mut bytes = 0_usize;
        while let Some(record) = self.rest.as_slice().first() {
            if hidden.is_some_and(|at| record.session.lifetime.is_over(at)) {
                self.rest.next();
                continue;
            }
            // Measured as it shows: where a part ends tells nothing of what does not.
            let session = read.session(&record.session);
            bytes = bytes.saturating_add(encoded_len(&session));
            if bytes > PART_BYTES && !sessions.is_empty() {
                if mutants::has(Mutant::PartLosesFirst) {
                    self.rest.next();
                }
                break;
            }
            sessions.push(session);
            self.rest.next();
        }
        let last = self.rest.as_slice().is_empty();
        let (sync, version, index) = (self.sync, self.version, self.index);
        self.index = index.saturating_add(1);
        (ToManager::Page { sync, version, index, sessions, end: last.then(|| self.end.clone()) }, last)
    }
}
