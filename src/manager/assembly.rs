//! Puts the pages of one snapshot together.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::protocol::End;
use crate::session::{Session, SessionId, SortedMap, Version};

/// A snapshot that is arriving.
#[derive(Clone, Debug)]
pub struct Assembly {
    sync: u64,
    pub version: Version,
    next: u64,
    /// Those that arrived.
    pub sessions: Sessions,
}

/// Sessions as a page holds them.
pub type Sessions = SortedMap<SessionId, Rc<Session>>;

/// A page, as the message carries it.
#[derive(Debug)]
pub struct SnapshotPart {
    pub sync: u64,
    pub version: Version,
    pub index: u64,
    pub sessions: Vec<Session>,
    pub end: Option<End>,
}

/// What a page did.
#[derive(Debug)]
pub enum Progress {
    /// More pages are to come.
    Partial,
    /// All of it is here.
    Whole { version: Version, sessions: Sessions, end: End },
    /// It does not go on from the page before: the snapshot is lost.
    Broken,
    /// It is not in the order of the ids. To put it in order would take a time that grows with the square of how many there are.
    OutOfOrder,
}

impl Assembly {
    /// Adds a page to the snapshot in `slot`, or starts it.
    pub fn add(slot: &mut Option<Self>, page: SnapshotPart) -> Progress {
        if page.index == 0 {
            *slot = Some(Self { sync: page.sync, version: page.version, next: 0, sessions: Sessions::new() });
        }
        let Some(assembly) = slot else { return Progress::Broken };
        if (assembly.sync, assembly.version, assembly.next) != (page.sync, page.version, page.index) {
            // A page that came twice, or of a snapshot that was given up, does not harm the one that is arriving.
            let old = page.index < assembly.next || page.sync < assembly.sync;
            return if old { Progress::Partial } else { Progress::Broken };
        }
        assembly.next += 1;
        for session in page.sessions {
            if !assembly.sessions.append(session.id.clone(), Rc::new(session)) {
                return Progress::OutOfOrder;
            }
        }
        match page.end {
            None => Progress::Partial,
            Some(end) => {
                let (version, sessions) = (assembly.version, core::mem::take(&mut assembly.sessions));
                *slot = None;
                Progress::Whole { version, sessions, end }
            }
        }
    }
}
