//! Documents that go at the worst of moments: between one thing that a machine wants done and the next.

use crate::faults::Fault;
use crate::queue::FrameId;
use crate::world::World;

impl World {
    /// Whether the frame's document is gone before the service's next output is done. What it did before stays done.
    pub fn breaks_off(&mut self, tab: usize, frame: FrameId) -> bool {
        if self.luck.strikes(Fault::FrameBrokeOff) {
            self.counts.happened(Fault::FrameBrokeOff);
            match self.rng.below(3) {
                0 => self.reload_frame(tab),
                1 => self.crash_frame(tab, frame),
                _ => self.navigate_frame(tab),
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
        if let Some(it) = self.tabs[tab].frame.as_mut().filter(|it| it.id == frame) {
            it.service = None;
        }
        self.silence_frame(tab, frame);
    }

    /// The iframe goes to another document, of whoever: it loads, and nobody in it speaks.
    pub fn navigate_frame(&mut self, tab: usize) {
        self.trace.note(self.now, || format!("tab {tab}: the frame goes elsewhere"));
        if self.tabs[tab].frame.is_some() {
            self.load_frame(tab);
            if let Some(frame) = &mut self.tabs[tab].frame {
                frame.elsewhere = true;
            }
        }
    }
}
