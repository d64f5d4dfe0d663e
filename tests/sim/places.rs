//! Where a site's sessions can be: what the browser lets its frames reach, and what the frame's look for the best place
//! finds, as `src/browser/storage/selector.rs` does it.

use session_bridge::service::{Input, StoreId};
use session_bridge::session::{StorageLevel, StorageStatus, Upgrade};

use crate::faults::Fault;
use crate::frame::Frame;
use crate::queue::{FrameId, Happening, MILLI, SECOND, Time};
use crate::rng::Seeded;
use crate::store::Store;
use crate::world::World;

/// The store that all sites share.
pub const SHARED: usize = 0;

/// What the frames of a site may reach.
#[derive(Clone, Copy, Debug)]
pub enum Places {
    /// Always this one store.
    One(usize),
    /// The shared one while `granted`, else the site's own, else memory.
    Ladder {
        /// `None`: the browser refuses the site any storage of its own.
        own: Option<usize>,
        granted: bool,
        /// Until then the site's own store does not open.
        refused_until: Time,
    },
}

impl Places {
    /// What a site may reach at first. The first two sites share a store, if they reach it.
    pub fn draw(rng: &mut Seeded, site: usize, stores: usize) -> Self {
        if rng.chance(0.3) {
            return Self::Ladder { own: Some(usize::MAX), granted: rng.chance(0.4), refused_until: 0 };
        }
        Self::One(if site < 2 { SHARED } else { rng.below(stores as u64) as usize })
    }

    fn has_levels(self) -> bool {
        matches!(self, Self::Ladder { .. })
    }
}

/// The stores that a frame has opened.
#[derive(Debug, Default)]
pub struct Opened {
    /// By `StoreId`, from 1: which store, on which level, and whether it is still asked.
    stores: Vec<(usize, StorageLevel, bool)>,
    /// The place that was told last.
    place: Option<usize>,
    /// The memory of this frame.
    memory: Option<usize>,
}

impl Opened {
    fn keep(&mut self, store: usize, level: StorageLevel) -> StoreId {
        self.stores.push((store, level, true));
        StoreId(self.stores.len() as u64)
    }

    /// Which store this is; `None` for one that was let go or never opened.
    pub fn store(&self, id: StoreId) -> Option<usize> {
        let (store, _, open) = self.stores.get((id.0 as usize).checked_sub(1)?)?;
        open.then_some(*store)
    }

    /// What it calls this store, if it hears of commits to it.
    pub fn watches(&self, store: usize) -> Option<StoreId> {
        let place = self.stores.iter().rposition(|(it, _, open)| *open && *it == store)?;
        Some(StoreId(place as u64 + 1))
    }
}

impl World {
    /// The frame looks for the best place, and tells its service.
    pub fn look(&mut self, tab: usize, frame: FrameId) {
        if !self.tabs[tab].has_service(frame) {
            return;
        }
        let (now, places) = (self.now, self.tabs[tab].places);
        let memory = self.stores.len();
        let Some(it) = self.tabs[tab].document_mut(frame) else { return };
        let opened = &mut it.opened;
        let (best, level, below) = match places {
            Places::One(SHARED) => (SHARED, StorageLevel::Handle, None),
            Places::One(store) => (store, StorageLevel::Partitioned, None),
            Places::Ladder { own, granted, refused_until } => {
                let own = own.filter(|_| refused_until <= now);
                match own {
                    // What is below is looked for at the first look only.
                    _ if granted => (SHARED, StorageLevel::Handle, own.filter(|_| opened.place.is_none())),
                    Some(own) => (own, StorageLevel::Partitioned, None),
                    None => {
                        // A memory that was left is gone.
                        let held = opened.memory.filter(|_| opened.place == opened.memory);
                        (held.unwrap_or(memory), StorageLevel::Memory, None)
                    }
                }
            }
        };
        let shared = level == StorageLevel::Handle;
        let upgrade = if places.has_levels() && !shared { Upgrade::Gesture } else { Upgrade::None };
        let status = StorageStatus { level, shared, upgrade };
        let input = if opened.place == Some(best) {
            Input::Reselected(status)
        } else {
            let below = below.map(|below| opened.keep(below, StorageLevel::Partitioned));
            opened.place = Some(best);
            if level == StorageLevel::Memory {
                opened.memory = Some(best);
            }
            Input::Opened { store: opened.keep(best, level), below, status }
        };
        if best == memory {
            self.stores.push(Store::new());
        }
        self.trace.note(now, || format!("tab {tab}: {input:?}, store {best}"));
        self.drive_service(tab, frame, input);
    }

    /// This frame is to look for the best place, soon.
    pub fn look_soon(&mut self, tab: usize, frame: FrameId) {
        let due = self.now + self.rng.between(1, 30) * MILLI;
        self.queue.at(due, Happening::Look { tab, frame });
    }

    /// All frames of this tab are to.
    pub fn all_look_soon(&mut self, tab: usize) {
        for frame in self.tabs[tab].frames.iter().map(|frame| frame.id).collect::<Vec<_>>() {
            self.look_soon(tab, frame);
        }
    }

    /// Somebody looks at the tab: its frame looks anew, where there is more than one place.
    pub fn look_if_seen(&mut self, tab: usize) {
        if self.tabs[tab].places.has_levels() {
            self.all_look_soon(tab);
        }
    }

    /// The service asks nothing more of this store.
    pub fn release(&mut self, tab: usize, frame: FrameId, store: StoreId) {
        let document = self.tabs[tab].document_mut(frame);
        let Some(Frame { opened, service: Some(service), .. }) = document else { return };
        let last = opened.stores.len() as u64 == store.0;
        if let Some((_, _, open)) = opened.stores.get_mut((store.0 as usize).wrapping_sub(1)) {
            *open = false;
        }
        if last {
            // What was found last could not be moved to.
            opened.place = opened.store(service.home()).or(opened.place);
        }
    }

    /// Keeps account of which store is the tab's home.
    pub fn mind_home(&mut self, tab: usize) {
        let Some(Frame { opened, service: Some(service), .. }) = self.tabs[tab].in_use() else { return };
        let Some(home) = opened.store(service.home()) else { return };
        if home != self.tabs[tab].home {
            self.trace.note(self.now, || format!("tab {tab}: home is store {home}"));
            if home == SHARED {
                self.counts.happened(Fault::MovedUp);
            }
            self.tabs[tab].home = home;
            self.tabs[tab].moves += 1;
        }
    }

    /// What the browser may do about storage at a step.
    pub fn disturb_places(&mut self, tab: usize) {
        let Places::Ladder { own, granted, .. } = self.tabs[tab].places else { return };
        if own.is_some() && self.luck.strikes(Fault::OwnStoreRefused) {
            self.counts.happened(Fault::OwnStoreRefused);
            let until = self.now + self.rng.between(1, 20) * SECOND;
            self.change_places(tab, |places| {
                if let Places::Ladder { refused_until, .. } = places {
                    *refused_until = until;
                }
            });
        }
        let fault = if granted { Fault::GrantLost } else { Fault::GrantGiven };
        if self.luck.strikes(fault) {
            self.counts.happened(fault);
            self.grant(tab, !granted);
        }
    }

    /// All tabs of this tab's site reach the shared store, or do so no more.
    pub fn grant(&mut self, tab: usize, to: bool) {
        self.trace.note(self.now, || format!("tab {tab}: its site reaches the shared store: {to}"));
        self.change_places(tab, |places| {
            if let Places::Ladder { granted, .. } = places {
                *granted = to;
            }
        });
    }

    /// One frame sees it at once; others hear of it, or only see it when somebody looks at them.
    fn change_places(&mut self, tab: usize, change: impl Fn(&mut Places)) {
        for other in 0..self.tabs.len() {
            if self.tabs[other].origin == self.tabs[tab].origin {
                change(&mut self.tabs[other].places);
                if other == tab || self.rng.chance(0.5) {
                    self.all_look_soon(other);
                }
            }
        }
    }

    /// Every frame looks for the best place that there is now.
    pub fn look_everywhere(&mut self) {
        for tab in 0..self.tabs.len() {
            self.look_if_seen(tab);
        }
    }

    /// Whoever is not where it should be is looked at again: what could not be moved to for a while was given up.
    pub fn look_again(&mut self) {
        for tab in 0..self.tabs.len() {
            if (self.now / SECOND).is_multiple_of(10) && self.is_misplaced(tab) {
                self.all_look_soon(tab);
            }
        }
    }

    /// Whether the tab's sessions are in a worse place than they could be.
    pub fn is_misplaced(&self, tab: usize) -> bool {
        let best = match self.tabs[tab].places {
            Places::One(store) => Some(store),
            Places::Ladder { granted: true, .. } => Some(SHARED),
            Places::Ladder { own, .. } => own,
        };
        best.is_some_and(|best| best != self.tabs[tab].home)
    }

    /// In the end whoever finds both stores brings up what is left below: nothing stays there, and no seal.
    pub fn check_risen(&mut self) {
        let mut checked = Vec::new();
        for tab in 0..self.tabs.len() {
            let Places::Ladder { own: Some(own), .. } = self.tabs[tab].places else { continue };
            if checked.contains(&own) || self.stores[own].history.head().is_none() {
                continue;
            }
            checked.push(own);
            self.raise(own);
            let left = self.stores[own].history.now();
            if !left.sessions.is_empty() || left.moving {
                self.violated(format!("store {own}: nobody brings up what is there: {left:?}"));
            }
        }
    }
}
