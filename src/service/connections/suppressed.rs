//! Commits that show a page nothing, passed over: it is told what they did to fields that everybody sees by whatever it
//! is told next.

use alloc::rc::Rc;

use crate::service::replica::changes::ChangeRecord;
use crate::service::replica::record::Record;
use crate::session::{SessionId, SortedMap, Version};

/// So many commits or sessions, and the next commit is told of though it shows nothing: a page must not fall behind what
/// the service remembers.
const MOST: usize = 256;

/// The commits from what a page holds up to one.
#[derive(Debug)]
pub struct Suppressed {
    /// Where they lead to.
    pub version: Version,
    count: usize,
    /// The sessions that they changed, as they left them.
    sessions: SortedMap<SessionId, Rc<Record>>,
}

impl Suppressed {
    /// None yet, of a page that holds this.
    pub fn after(version: Version) -> Self {
        Self { version, count: 0, sessions: SortedMap::new() }
    }

    /// Whether the next commit has to be told of.
    pub fn is_full(&self) -> bool {
        self.count >= MOST || self.sessions.len() >= MOST
    }

    /// Passes over one more commit.
    pub fn pass(&mut self, version: Version, records: &[ChangeRecord]) {
        self.version = version;
        self.count = self.count.saturating_add(1);
        for record in records {
            if let ChangeRecord::Put { after, .. } = record {
                self.sessions.insert(after.session.id.clone(), Rc::clone(after));
            }
        }
    }

    /// The sessions that are to be told of besides a commit that did this.
    pub fn besides(mut self, records: &[ChangeRecord]) -> impl Iterator<Item = Rc<Record>> {
        for record in records {
            match record {
                ChangeRecord::Put { after, .. } => drop(self.sessions.remove(&after.session.id)),
                ChangeRecord::Removed(id) => drop(self.sessions.remove(id)),
                ChangeRecord::Active(_) => {}
            }
        }
        self.sessions.into_iter().map(|(_, record)| record)
    }
}
