//! The owner's iframe: documents that load, run a service, and go.

use std::ops::RangeInclusive;

use session_bridge::machine::Machine;
use session_bridge::manager::{self, FrameId as Place};
use session_bridge::protocol::Hello;
use session_bridge::service::{ChannelId, Input, Output, Service, TaskId};
use session_bridge::storage::Answer;

use crate::bounds::Credit;
use crate::channel::{By, Channel, Line};
use crate::cleaning::Clocks;
use crate::faults::Fault;
use crate::places::Opened;
use crate::queue::{End, FrameId, Happening, MILLI, Payload, SECOND, Time};
use crate::store::Kind;
use crate::versions::common;
use crate::world::World;

/// One document in an iframe.
pub struct Frame {
    pub id: FrameId,
    /// The iframe, as the page's manager calls it.
    pub place: Place,
    /// Absent while it loads, on an error page, and after a crash.
    pub service: Option<Service>,
    /// The earliest waking that is arranged.
    pub wake: Time,
    /// Where its clock began.
    pub offset: u64,
    /// The versions of the protocol that its service speaks.
    versions: RangeInclusive<u8>,
    /// It is none of the owner's.
    pub elsewhere: bool,
    pub opened: Opened,
    pub clocks: Clocks,
}

impl World {
    /// A new document begins to load in this iframe of the tab; the one before is gone, and its channels with it.
    pub fn load_frame(&mut self, tab: usize, place: Place) {
        self.frames += 1;
        let id = self.frames;
        let slow = self.luck.strikes(Fault::FrameSlow);
        let mut takes = self.rng.between(5, 60) * MILLI;
        if slow {
            self.counts.happened(Fault::FrameSlow);
            takes += self.rng.between(1, 20) * SECOND;
        }
        let offset = self.rng.below(1_000) * SECOND;
        let versions = self.draw_versions(Fault::ServiceOlder);
        let document = Frame {
            id,
            place,
            service: None,
            wake: Time::MAX,
            offset,
            versions,
            elsewhere: false,
            opened: Opened::default(),
            clocks: Clocks::default(),
        };
        let frames = &mut self.tabs[tab].frames;
        match frames.iter_mut().find(|it| it.place == place) {
            Some(before) => *before = document,
            None => frames.push(document),
        }
        let loaded = self.now + takes;
        self.queue.at(loaded, Happening::FrameLoaded { tab, frame: id });
        // The script may come to run before `load` fires or after it.
        let starts = self.now + (takes + self.rng.below(10) * MILLI).saturating_sub(5 * MILLI);
        self.queue.at(starts, Happening::ServiceStarts { tab, frame: id });
    }

    /// The document is reloaded: by somebody's script, or because the service restarts.
    pub fn reload_frame(&mut self, tab: usize, frame: FrameId) {
        self.trace.note(self.now, || format!("tab {tab}: frame {frame} reloaded"));
        if let Some(place) = self.tabs[tab].document(frame).map(|it| it.place) {
            self.load_frame(tab, place);
        }
    }

    /// The page takes this iframe out, and closes the channels to it.
    pub fn take_out(&mut self, tab: usize, place: Place) {
        self.trace.note(self.now, || format!("tab {tab}: {place:?} is taken out"));
        let life = self.tabs[tab].page.life;
        for channel in self.channels.iter_mut().filter(|it| it.tab == tab && it.place == place && it.life == life) {
            channel.to_page.closed = true;
        }
        self.tabs[tab].frames.retain(|it| it.place != place);
    }

    /// What the service posted and did not arrive yet is lost with it.
    pub fn silence_frame(&mut self, tab: usize, frame: FrameId) {
        for channel in self.channels.iter_mut().filter(|it| it.tab == tab && it.frame == frame) {
            channel.to_page.closed = true;
        }
    }

    pub fn frame_loaded(&mut self, tab: usize, frame: FrameId) {
        if let Some(place) = self.tabs[tab].document(frame).map(|it| it.place) {
            self.drive_page(tab, manager::Input::FrameLoaded(place));
        }
    }

    pub fn service_starts(&mut self, tab: usize, frame: FrameId) {
        let elsewhere = self.tabs[tab].document(frame).is_none_or(|it| it.elsewhere);
        if elsewhere || self.tabs[tab].server_down_until > self.now {
            return;
        }
        let service = Service::new(self.services.clone(), Box::new(self.rng.fork()));
        let Some(it) = self.tabs[tab].document_mut(frame) else { return };
        it.service = Some(service);
        it.clocks = Clocks::default();
        self.show_clocks(tab);
        let opened = self.now + self.rng.between(1, 30) * MILLI;
        self.trace.note(self.now, || format!("tab {tab}: service {frame} starts"));
        self.queue.at(opened, Happening::Look { tab, frame });
    }

    /// A page says hello to whatever document is in this iframe now.
    pub fn greet(&mut self, tab: usize, place: Place, mut hello: Hello) {
        hello.versions = common(&hello.versions, &self.tabs[tab].page.versions);
        let Some(frame) = self.tabs[tab].frames.iter().find(|it| it.place == place).map(|it| it.id) else { return };
        let (life, attempt) = (self.tabs[tab].page.life, hello.attempt);
        // Whoever says hello anew to an iframe has closed the channels before.
        for channel in self.channels.iter_mut().filter(|it| it.tab == tab && it.place == place && it.life == life) {
            channel.to_page.closed = true;
        }
        let channel = self.channels.len();
        self.channels.push(Channel {
            tab,
            frame,
            place,
            by: By::Page,
            life,
            attempt,
            protocol: None,
            credit: Credit::default(),
            to_service: Line::default(),
            to_page: Line::default(),
        });
        if self.luck.strikes(Fault::MessageDropped) {
            return self.counts.happened(Fault::MessageDropped);
        }
        let mut due = self.now + self.rng.between(50, MILLI);
        if self.luck.strikes(Fault::MessageDelayed) {
            self.counts.happened(Fault::MessageDelayed);
            due += self.rng.between(50, 4_000) * MILLI;
        }
        self.queue.at(due, Happening::Hello { channel, hello });
    }

    /// The hello reaches the window. Nobody hears it who is not there yet.
    pub fn hello(&mut self, channel: usize, mut hello: Hello) {
        let (tab, frame) = (self.channels[channel].tab, self.channels[channel].frame);
        let Some(it) = self.tabs[tab].document(frame) else { return };
        hello.versions = common(&hello.versions, &it.versions);
        self.agree(channel, &hello.versions);
        let origin = match self.channels[channel].by {
            By::Stranger(origin) => origin.to_string(),
            _ => self.tabs[tab].origin.clone(),
        };
        self.drive_service(tab, frame, Input::Hello { channel: ChannelId(channel as u64), origin, hello });
        if self.channels[channel].by != By::Page {
            self.check_connections(tab);
        }
    }

    /// A storage operation is answered, if whoever asked is still there.
    pub fn answered(&mut self, tab: usize, frame: FrameId, task: TaskId, answer: Answer, kind: Kind) {
        let (commits_writes, moves) = (kind == Kind::Writes, kind == Kind::Move);
        if !self.tabs[tab].has_service(frame) {
            return;
        }
        let restarts =
            commits_writes && answer == Answer::Committed && self.luck.strikes(Fault::RestartedBeforePublish);
        self.drive_service(tab, frame, Input::Answered { task, answer });
        if moves && self.tabs[tab].has_service(frame) && self.luck.strikes(Fault::RestartedInMove) {
            self.counts.happened(Fault::RestartedInMove);
            return self.reload_frame(tab, frame);
        }
        if restarts {
            self.counts.happened(Fault::RestartedBeforePublish);
            self.silence_frame(tab, frame);
            self.reload_frame(tab, frame);
        }
    }

    pub fn wake_service(&mut self, tab: usize, frame: FrameId) {
        let now = self.now;
        let Some(offset) = self.tabs[tab].document(frame).map(|it| it.offset) else { return };
        let clock = self.clock(tab, offset);
        // As with a page: one that was arranged before an earlier one is nobody's any more.
        let Some(it) = self.tabs[tab].document_mut(frame).filter(|it| it.wake <= now) else { return };
        it.wake = Time::MAX;
        let Some(service) = it.service.as_mut() else { return };
        if service.poll_timeout().is_some_and(|due| due.0 <= now + offset) {
            service.handle_timeout(clock);
        }
        self.drain_service(tab, frame);
    }

    /// Something happens to the service of this document, if it runs.
    pub fn drive_service(&mut self, tab: usize, frame: FrameId, input: Input) {
        let Some(offset) = self.tabs[tab].document(frame).map(|it| it.offset) else { return };
        let clock = self.clock(tab, offset);
        let Some(it) = self.tabs[tab].document_mut(frame) else { return };
        let Some(service) = it.service.as_mut() else { return };
        service.handle(clock, input);
        self.drain_service(tab, frame);
    }

    fn drain_service(&mut self, tab: usize, frame: FrameId) {
        loop {
            let Some(offset) = self.tabs[tab].document(frame).map(|it| it.offset) else { return };
            let clock = self.clock(tab, offset);
            let service = self.tabs[tab].document_mut(frame).and_then(|it| it.service.as_mut());
            let Some(output) = service.and_then(|service| service.poll_output(clock)) else { break };
            if self.breaks_off(tab, frame) {
                return;
            }
            match output {
                Output::Send { channel, bytes } => {
                    let channel = channel.0 as usize;
                    self.check_sent(tab, &bytes);
                    if self.channels[channel].by == By::Page {
                        self.post(channel, End::Page, Payload::Bytes(bytes));
                    } else {
                        self.hostile_hears(channel, &bytes);
                    }
                }
                Output::Refuse { channel, refusal } => {
                    let channel = channel.0 as usize;
                    if let By::Stranger(origin) = self.channels[channel].by {
                        self.violated(format!("tab {tab}: {origin}, which no grant names, was refused aloud"));
                    }
                    self.post(channel, End::Page, Payload::Refusal(refusal));
                }
                Output::Close(channel) => self.channels[channel.0 as usize].to_service.closed = true,
                Output::Store { store, task, operation } => self.begin(tab, frame, store, task, operation),
                Output::SelectStore => self.look_soon(tab, frame),
                Output::Release(store) => self.release(tab, frame, store),
                Output::Prompt { .. }
                | Output::DropPrompt { .. }
                | Output::AskQuiet { .. }
                | Output::Rejected { .. } => {}
                Output::Outdated => {
                    self.violated(format!("tab {tab}: a store of another layout, though there is one build"))
                }
            }
        }
        self.mind_home(tab);
        self.arrange_service(tab, frame);
    }

    pub fn arrange_service(&mut self, tab: usize, frame: FrameId) {
        let now = self.now;
        let Some(it) = self.tabs[tab].document_mut(frame) else { return };
        let Some(due) = it.service.as_ref().and_then(Machine::poll_timeout) else { return };
        let due = due.0.saturating_sub(it.offset).max(now);
        if due < it.wake {
            it.wake = due;
            self.queue.at(due, Happening::WakeService { tab, frame });
        }
    }
}
