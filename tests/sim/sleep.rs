//! Tabs that stand still, and clocks that do not run as they should: sleep, freezing, the back/forward cache, timers of
//! hidden tabs, a wall clock that somebody sets.

use std::mem;

use session_bridge::manager::{Input, PageLifecycle};

use crate::faults::Fault;
use crate::queue::{End, Happening, MILLI, SECOND, Time};
use crate::world::World;

const MINUTE: Time = 60 * SECOND;
const HOUR: Time = 60 * MINUTE;
/// In milliseconds.
const DAY: i64 = 24 * 3_600 * 1_000;

/// A tab in which nothing runs.
#[derive(Debug)]
pub struct Nap {
    until: Time,
    /// What reached it meanwhile, in order.
    held: Vec<Happening>,
    /// The browser told of its beginning and tells of its end.
    told: bool,
    /// Its clocks are found to have run so much farther than those of the world: the machine slept.
    slept: Time,
    /// The browser throws the page away instead of waking it.
    evicted: bool,
}

impl World {
    /// What may befall the time of a tab at a step.
    pub fn disturb_time(&mut self, tab: usize) {
        let kinds = [
            (Fault::TabFrozen, false, false),
            (Fault::TabFrozenAndTold, true, false),
            (Fault::PageCached, true, false),
            (Fault::PageEvicted, true, true),
        ];
        for (fault, told, evicted) in kinds {
            if self.luck.strikes(fault) && self.freeze(tab, told, 0, evicted) {
                self.counts.happened(fault);
            }
        }
        if self.luck.strikes(Fault::DeviceSlept) {
            let slept = self.rng.between(1, 10) * HOUR;
            // The device of all tabs, or of just this one.
            let all = self.rng.chance(0.5);
            let sleepers = (0..self.tabs.len()).filter(|it| all || *it == tab);
            for it in sleepers.collect::<Vec<_>>() {
                if self.freeze(it, false, slept, false) {
                    self.counts.happened(Fault::DeviceSlept);
                }
            }
        }
        if self.luck.strikes(Fault::TimersLate) && self.tabs[tab].nap.is_none() {
            self.counts.happened(Fault::TimersLate);
            self.trace.note(self.now, || format!("tab {tab}: is hidden, its timers run once a minute"));
            let until = self.now + self.rng.between(1, 180) * SECOND;
            // A timer may be put off for as long as was said before.
            self.tabs[tab].throttled_until = until.max(self.tabs[tab].throttled_until);
            let life = self.tabs[tab].page.life;
            self.drive_page(tab, Input::Lifecycle(PageLifecycle::Hidden));
            self.queue.at(until, Happening::Seen { tab, life });
        }
        if self.luck.strikes(Fault::WallClockSet) {
            self.counts.happened(Fault::WallClockSet);
            let by = if self.rng.chance(0.5) { DAY } else { -DAY };
            let all = self.rng.chance(0.5);
            self.trace.note(self.now, || format!("tab {tab} (all: {all}): the wall clock goes {by} ms"));
            for index in 0..self.tabs.len() {
                if all || index == tab {
                    self.tabs[index].wall_ahead += by;
                    self.show_clocks(index);
                }
            }
        }
    }

    /// Nothing in the tab runs for a while. False if it stands still already.
    pub fn freeze(&mut self, tab: usize, told: bool, slept: Time, evicted: bool) -> bool {
        if self.tabs[tab].nap.is_some() {
            return false;
        }
        self.trace.note(self.now, || format!("tab {tab}: stands still (told: {told}, for {} s more)", slept / SECOND));
        if told {
            self.drive_page(tab, Input::Lifecycle(PageLifecycle::Suspended));
        }
        // Mostly short, so that the others do not do all there is to do meanwhile.
        let most = self.rng.pick(&[1, 5, 20, 120]).copied().unwrap_or(1) * SECOND;
        let until = self.now + self.rng.between(MILLI, most);
        self.tabs[tab].nap = Some(Nap { until, held: Vec::new(), told, slept, evicted });
        self.queue.at(until, Happening::Wakes { tab });
        true
    }

    /// The tab runs again, if it is time or `at_once`.
    pub fn wake_tab(&mut self, tab: usize, at_once: bool) {
        let now = self.now;
        let Some(nap) = self.tabs[tab].nap.take_if(|nap| at_once || nap.until <= now) else { return };
        self.trace.note(now, || format!("tab {tab}: wakes"));
        if nap.evicted {
            return self.reload_page(tab);
        }
        let it = &mut self.tabs[tab];
        it.wall_ahead += (nap.slept / MILLI) as i64;
        it.page.offset += nap.slept;
        for frame in &mut it.frames {
            frame.offset += nap.slept;
        }
        if nap.told {
            self.drive_page(tab, Input::Lifecycle(PageLifecycle::Resumed));
        }
        // Timers that are due and messages that waited come in any order.
        let timers_first = self.rng.chance(0.5);
        if timers_first {
            self.arrange_all(tab);
        }
        for happening in nap.held {
            self.queue.at(now, happening);
        }
        if !timers_first {
            self.arrange_all(tab);
        }
    }

    fn arrange_all(&mut self, tab: usize) {
        self.arrange_waking(tab);
        for frame in self.tabs[tab].frames.iter().map(|frame| frame.id).collect::<Vec<_>>() {
            self.arrange_service(tab, frame);
        }
    }

    /// What concerns a tab that stands still waits until it wakes, and timers of a hidden one for the next full minute.
    /// Stores never sleep. Gives back what can happen now.
    pub fn put_off(&mut self, happening: Happening) -> Option<Happening> {
        let Some(tab) = self.tab_of(&happening) else { return Some(happening) };
        let now = self.now;
        let it = &mut self.tabs[tab];
        if let Some(nap) = &mut it.nap {
            nap.held.push(happening);
            return None;
        }
        let is_timer = matches!(happening, Happening::WakePage { .. } | Happening::WakeService { .. });
        if is_timer && now < it.throttled_until && !now.is_multiple_of(MINUTE) {
            let due = now.next_multiple_of(MINUTE).min(it.throttled_until);
            self.queue.at(due, happening);
            return None;
        }
        if now < it.busy_until && runs_in_a_frame(&happening) {
            let due = it.busy_until;
            self.queue.at(due, happening);
            return None;
        }
        Some(happening)
    }

    fn tab_of(&self, happening: &Happening) -> Option<usize> {
        match happening {
            Happening::WakePage { tab, .. }
            | Happening::WakeService { tab, .. }
            | Happening::FrameLoaded { tab, .. }
            | Happening::ServiceStarts { tab, .. }
            | Happening::Look { tab, .. }
            | Happening::FrameGone { tab, .. }
            | Happening::Seen { tab, .. }
            | Happening::Answer { tab, .. }
            | Happening::Notice { tab, .. } => Some(*tab),
            Happening::Hello { channel, .. } | Happening::Arrival { channel, .. } => Some(self.channels[*channel].tab),
            Happening::Turn { .. }
            | Happening::Wakes { .. }
            | Happening::Act { .. }
            | Happening::Staged { .. }
            | Happening::Step => None,
        }
    }

    /// Every tab runs, and its timers come when they are due.
    pub fn wake_all(&mut self) {
        for tab in 0..self.tabs.len() {
            self.wake_tab(tab, true);
            if mem::take(&mut self.tabs[tab].throttled_until) > self.now {
                self.tabs[tab].page.wake = Time::MAX;
                for frame in &mut self.tabs[tab].frames {
                    frame.wake = Time::MAX;
                }
                self.arrange_all(tab);
            }
        }
    }
}

/// Whether this waits while the process of the tab's frames is busy.
fn runs_in_a_frame(happening: &Happening) -> bool {
    matches!(
        happening,
        Happening::WakeService { .. }
            | Happening::FrameLoaded { .. }
            | Happening::ServiceStarts { .. }
            | Happening::Look { .. }
            | Happening::Hello { .. }
            | Happening::Arrival { to: End::Service, .. }
            | Happening::Answer { .. }
            | Happening::Notice { .. }
    )
}
