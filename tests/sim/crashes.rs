//! Documents that go at the worst of moments: between one thing that a machine wants done and the next.

use crate::faults::Fault;
use crate::queue::{FrameId, MILLI, Time};
use crate::world::World;

impl World {
    /// Whether the frame's document is gone before the service's next output is done. What it did before stays done.
    pub fn breaks_off(&mut self, tab: usize, frame: FrameId) -> bool {
        if self.luck.strikes(Fault::FrameBrokeOff) {
            self.counts.happened(Fault::FrameBrokeOff);
            match self.rng.below(3) {
                0 => self.reload_frame(tab, frame),
                1 => self.crash_frame(tab, frame),
                _ => self.navigate_frame(tab, frame),
            }
            return true;
        }
        false
    }

    /// Whether the page is gone before its manager's next output is done.
    pub fn page_breaks_off(&mut self, tab: usize) -> bool {
        let strikes = self.luck.strikes(Fault::PageBrokeOff);
        if strikes {
            self.counts.happened(Fault::PageBrokeOff);
            self.reload_page(tab);
        }
        strikes
    }

    /// The renderer of this document dies without a word, and what it posted last with it.
    pub fn crash_frame(&mut self, tab: usize, frame: FrameId) {
        self.trace.note(self.now, || format!("tab {tab}: frame crashed"));
        if let Some(it) = self.tabs[tab].document_mut(frame) {
            it.service = None;
        }
        self.silence_frame(tab, frame);
    }

    /// The iframe goes to another document, of whoever: it loads, and nobody in it speaks.
    pub fn navigate_frame(&mut self, tab: usize, frame: FrameId) {
        self.trace.note(self.now, || format!("tab {tab}: the frame goes elsewhere"));
        if let Some(place) = self.tabs[tab].document(frame).map(|it| it.place) {
            self.load_frame(tab, place);
            if let Some(it) = self.tabs[tab].frames.iter_mut().find(|it| it.place == place) {
                it.elsewhere = true;
            }
        }
    }

    /// The process of the tab's frames is busy with something else for a while: nothing in them runs.
    pub fn keep_busy(&mut self, tab: usize, lasts: Time) {
        self.trace.note(self.now, || format!("tab {tab}: its frames are busy for {} ms", lasts / MILLI));
        let until = self.tabs[tab].busy_until.max(self.now + lasts);
        self.tabs[tab].busy_until = until;
        // What reaches them meanwhile is heard then.
        self.last_word_due = self.last_word_due.max(until);
    }
}
