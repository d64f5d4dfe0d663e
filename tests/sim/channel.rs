//! Channels between page and frame. A `MessagePort` keeps order and loses nothing; this one does neither.

use session_bridge::protocol::{ToManager, ToService, decode};
use session_bridge::service::ChannelId;
use session_bridge::session::ClientId;

use crate::bounds::Credit;
use crate::faults::Fault;
use crate::queue::{End, FrameId, Happening, MILLI, Payload, SECOND, Time};
use crate::world::World;

/// The number of `ToManager::Welcome` on the wire.
const WELCOME: u8 = 0;

/// One direction of a channel.
#[derive(Debug, Default)]
pub struct Line {
    /// The receiving end is closed.
    pub closed: bool,
    sent: u64,
    newest: u64,
    /// When the last message sent is due: later ones keep behind it.
    last_due: Time,
}

/// Who opened a channel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum By {
    /// The tab's page.
    Page,
    /// Another script of that page.
    Hostile(ClientId),
    /// A page of this origin.
    Stranger(&'static str),
}

#[derive(Debug)]
pub struct Channel {
    pub tab: usize,
    pub frame: FrameId,
    /// The iframe that it is in.
    pub place: session_bridge::manager::FrameId,
    /// Whose it is.
    pub by: By,
    pub life: u64,
    pub attempt: u64,
    /// The version of the protocol that its hello led to.
    pub protocol: Option<u8>,
    pub credit: Credit,
    pub to_service: Line,
    pub to_page: Line,
}

impl Channel {
    fn line(&mut self, to: End) -> &mut Line {
        match to {
            End::Page => &mut self.to_page,
            End::Service => &mut self.to_service,
        }
    }
}

/// A message in words.
fn tell(to: End, payload: &Payload, version: u8) -> String {
    match (payload, to) {
        (Payload::Bytes(bytes), End::Page) => format!("{:?}", decode::<ToManager>(version, bytes, usize::MAX)),
        (Payload::Bytes(bytes), End::Service) => format!("{:?}", decode::<ToService>(version, bytes, usize::MAX)),
        (other, _) => format!("{other:?}"),
    }
}

impl World {
    /// The channel of this attempt of a page's life.
    pub fn channel_of(&self, tab: usize, attempt: u64) -> Option<usize> {
        let life = self.tabs[tab].page.life;
        self.channels.iter().rposition(|it| it.tab == tab && it.life == life && it.attempt == attempt)
    }

    /// The version of the protocol that is spoken there.
    pub fn spoken_on(&self, channel: usize) -> u8 {
        self.channels[channel].protocol.unwrap_or_default()
    }

    /// Posts one message, with whatever bad luck it has.
    pub fn post(&mut self, channel: usize, to: End, payload: Payload) {
        let tab = self.channels[channel].tab;
        let version = self.spoken_on(channel);
        if let Payload::Bytes(bytes) = &payload {
            self.check_version(channel, bytes);
            self.count_sent(channel, to, bytes);
            if self.channels[channel].by == By::Page {
                self.check_idle_message(tab, to, bytes);
            }
            self.trace.mix_bytes(bytes);
        }
        self.trace
            .note(self.now, || format!("tab {tab}: channel {channel} to {to:?}: {}", tell(to, &payload, version)));
        if self.luck.strikes(Fault::MessageDropped) {
            return self.counts.happened(Fault::MessageDropped);
        }
        let garbage = self.luck.strikes(Fault::MessageGarbage);
        let late = self.luck.strikes(Fault::MessageDelayed);
        let early = self.luck.strikes(Fault::MessageReordered);
        let twice = self.luck.strikes(Fault::MessageDuplicated);
        let latency = self.rng.between(100, 2 * MILLI) + if late { self.rng.between(50, 4_000) * MILLI } else { 0 };
        let held = self.rng.between(1, 30) * SECOND;
        let overtaken = self.rng.between(1, 500) * MILLI;
        let now = self.now;
        let line = self.channels[channel].line(to);
        line.sent += 1;
        let number = line.sent;
        let mut due = (now + latency).max(line.last_due + 1);
        if late {
            self.counts.happened(Fault::MessageDelayed);
        }
        if early {
            due += overtaken;
        } else {
            line.last_due = due;
        }
        if self.luck.strikes(Fault::LineHeld) {
            self.counts.happened(Fault::LineHeld);
            line.last_due += held;
        }
        if late || early || twice || due > now + SECOND {
            // It may be a write, which makes for a commit, or an answer that a page has given up.
            self.last_word_due = self.last_word_due.max(due + overtaken);
        }
        if twice {
            let payload = payload.clone();
            self.queue.at(due + overtaken, Happening::Arrival { channel, to, number, copy: true, payload });
        }
        if garbage {
            let payload = Payload::Garbage;
            self.queue.at(due, Happening::Arrival { channel, to, number, copy: false, payload });
        }
        self.queue.at(due, Happening::Arrival { channel, to, number, copy: false, payload });
    }

    /// A message reaches its end, if somebody still listens there.
    pub fn arrive(&mut self, index: usize, to: End, number: u64, copy: bool, payload: Payload) {
        let channel = &mut self.channels[index];
        let (tab, frame, life, attempt) = (channel.tab, channel.frame, channel.life, channel.attempt);
        let line = channel.line(to);
        let listens = match to {
            End::Page => self.tabs[tab].page.life == life,
            End::Service => self.tabs[tab].has_service(frame),
        };
        if line.closed || !listens {
            return;
        }
        if copy {
            self.counts.happened(Fault::MessageDuplicated);
        } else if number < line.newest {
            self.counts.happened(Fault::MessageReordered);
        }
        line.newest = line.newest.max(number);
        let channel = ChannelId(index as u64);
        match to {
            End::Service => {
                use session_bridge::service::Input;
                if let Payload::Bytes(bytes) = &payload {
                    self.count_taken(index, bytes);
                }
                let input = match payload {
                    Payload::Bytes(bytes) => Input::Message { channel, bytes },
                    Payload::Garbage => Input::Message { channel, bytes: self.garbage() },
                    Payload::Refusal(_) => Input::Malformed,
                };
                self.drive_service(tab, frame, input);
            }
            End::Page => {
                use session_bridge::manager::Input;
                if let Payload::Bytes(bytes) = &payload {
                    self.hear_answer(tab, attempt, bytes);
                    self.hear_outcomes(tab, bytes);
                    if bytes.get(1) == Some(&WELCOME) {
                        self.tabs[tab].page.welcomed_by = Some(frame);
                        self.mind_home(tab);
                    }
                }
                let input = match payload {
                    Payload::Bytes(bytes) => Input::Message { attempt, bytes },
                    Payload::Garbage => Input::Message { attempt, bytes: self.garbage() },
                    Payload::Refusal(refusal) => Input::Refused { attempt, refusal },
                };
                self.drive_page(tab, input);
                self.cut_off_first(tab, frame);
            }
        }
    }

    /// Perhaps the rest of what is arriving of the page's first snapshot never does.
    fn cut_off_first(&mut self, tab: usize, frame: FrameId) {
        let manager = &self.tabs[tab].page.manager;
        let arrives = manager.held().is_none() && manager.arriving().is_some();
        if arrives && self.luck.strikes(Fault::FirstCutOff) {
            self.counts.happened(Fault::FirstCutOff);
            self.silence_frame(tab, frame);
            self.reload_frame(tab, frame);
        }
    }

    /// Bytes that are certainly no message: their version byte is one that nobody speaks.
    fn garbage(&mut self) -> Vec<u8> {
        self.counts.happened(Fault::MessageGarbage);
        let length = self.rng.below(12) as usize;
        let mut bytes: Vec<u8> = (0..length).map(|_| self.rng.next() as u8).collect();
        if let Some(first) = bytes.first_mut() {
            *first |= 0x80;
        }
        bytes
    }
}
