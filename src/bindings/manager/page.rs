//! The page as the manager's world.

use alloc::rc::{Rc, Weak};
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use wasm_bindgen::JsValue;

use super::facts;
use super::host::Host;
use super::shown::Shown;
use crate::ambient::{Clock, Now};
use crate::bindings::names;
use crate::browser::{
    Alarm, Channel, Frame, FrameNews, MAX_MESSAGE_BYTES, PageClock, PageEvent, PresenceListener, Received,
    encode_hello, received,
};
use crate::error::Code;
use crate::manager::{Input, Manager, Output, Presence, Settled, Snapshot};
use crate::protocol::Hello;
use crate::pump::{Pump, Wake, World};
use crate::session::Session;

/// A manager at work in a page.
pub type Running = Pump<Manager, Page>;

/// Does what the manager wants done.
pub struct Page {
    pump: Weak<Running>,
    host: Host,
    debug: bool,
    shown: Shown,
    alarm: Alarm,
    frame: Frame,
    /// Open channels by the attempt that opened them, oldest first.
    channels: RefCell<Vec<(u64, Channel)>>,
    /// The attempt whose channel is in use.
    used: Cell<u64>,
    _presence: PresenceListener,
}

impl Page {
    /// `url` is the service's page, `origin` its origin.
    pub fn new(pump: Weak<Running>, host: Host, url: String, origin: String, debug: bool) -> Self {
        let into = Into(pump.clone());
        let alarm = Alarm::new(into.then(|pump| pump.wake()));
        let news = into.clone();
        let frame = Frame::new(url, origin, move |happened| {
            news.input(match happened {
                FrameNews::Loaded => Input::FrameLoaded,
                FrameNews::Gone => Input::FrameGone,
                FrameNews::Left => Input::LeavePrompt { declined: true },
            });
        });
        let presence = PresenceListener::new(move |event| into.input(Input::Presence(presence(event))));
        Self {
            pump,
            host,
            debug,
            shown: Shown::new(),
            alarm,
            frame,
            channels: RefCell::default(),
            used: Cell::new(0),
            _presence: presence,
        }
    }

    /// The frozen snapshot.
    pub fn snapshot(&self, read: impl FnOnce() -> Snapshot) -> JsValue {
        self.shown.snapshot(&self.host, read)
    }

    /// A frozen session.
    pub fn session(&self, session: &Rc<Session>, pending: bool) -> JsValue {
        self.shown.session(&self.host, session, pending)
    }

    fn hello(&self, hello: &Hello) {
        let attempt = hello.attempt;
        let into = Into(self.pump.clone());
        let (channel, port) = Channel::open(move |event| {
            let Some(pump) = into.0.upgrade() else { return };
            pump.input(match received(&event, MAX_MESSAGE_BYTES) {
                Received::Bytes(bytes) => {
                    pump.world().log("←", names::to_manager(&bytes), bytes.len());
                    Input::Message { attempt, bytes }
                }
                Received::Refused(refusal) => Input::Refused { attempt, refusal },
                Received::Malformed => Input::Malformed,
            });
        });
        let used = self.used.get();
        self.keep_channels(|of| of == used);
        self.channels.borrow_mut().push((attempt, channel));
        self.log("→", "hello", 0);
        self.frame.post(&encode_hello(hello), &port);
    }

    fn send(&self, attempt: u64, bytes: &[u8]) {
        if self.used.replace(attempt) != attempt {
            self.keep_channels(|of| of == attempt);
        }
        self.log("→", names::to_service(bytes), bytes.len());
        if let Some((_, channel)) = self.channels.borrow().iter().find(|(of, _)| *of == attempt) {
            channel.send(bytes);
        }
    }

    fn keep_channels(&self, keep: impl Fn(u64) -> bool) {
        self.channels.borrow_mut().retain(|(attempt, _)| keep(*attempt));
    }

    /// A frame that left the page in a way that nothing tells of is noticed when it is next needed.
    fn check_frame(&self) {
        if !self.frame.is_there() {
            Into(self.pump.clone()).input(Input::FrameGone);
        }
    }

    fn settle(&self, token: f64, result: Result<Settled, Code>) {
        let (error, value) = match result {
            Err(code) => (self.host.failure(code), JsValue::UNDEFINED),
            Ok(Settled::Written(Some(session))) => (JsValue::NULL, self.session(&session, false)),
            Ok(Settled::Written(None) | Settled::Fresh | Settled::Done) => (JsValue::NULL, JsValue::UNDEFINED),
        };
        self.host.settle(token, error, value);
    }

    fn log(&self, direction: &str, name: &str, bytes: usize) {
        if self.debug {
            self.host.log(direction, name, bytes as u32);
        }
    }
}

impl World<Manager> for Page {
    fn now(&self) -> Now {
        PageClock.now()
    }

    fn foresee(&self, output: &Output) {
        if matches!(output, Output::Changed) {
            self.shown.outdate();
        }
    }

    fn perform(&self, output: Output) {
        match output {
            Output::MountFrame => self.frame.mount(&self.host.container()),
            Output::RemoveFrame => {
                self.frame.remove();
                self.keep_channels(|_| false);
            }
            Output::Hello(hello) => {
                self.hello(&hello);
                self.check_frame();
            }
            Output::Send { attempt, bytes } => {
                self.send(attempt, &bytes);
                self.check_frame();
            }
            Output::Room(shown) => {
                if !self.frame.show(shown) {
                    Into(self.pump.clone()).input(Input::LeavePrompt { declined: false });
                }
            }
            Output::Run { token, data } => self.host.run(token.0 as f64, data.as_str()),
            Output::Settle { token, result } => self.settle(token.0 as f64, result),
            Output::Emit(event) => facts::raise(&self.host, &self.shown, event),
            Output::Changed => self.host.changed(),
        }
    }

    fn wake(&self, at: Wake) {
        self.alarm.set(at);
    }
}

/// The way back into the pump, for callbacks that may outlive it.
#[derive(Clone)]
struct Into(Weak<Running>);

impl Into {
    fn input(&self, input: Input) {
        if let Some(pump) = self.0.upgrade() {
            pump.input(input);
        }
    }

    fn then(&self, run: impl Fn(&Running) + 'static) -> impl Fn() + 'static {
        let pump = self.0.clone();
        move || {
            if let Some(pump) = pump.upgrade() {
                run(&pump);
            }
        }
    }
}

fn presence(event: PageEvent) -> Presence {
    match event {
        PageEvent::Visible => Presence::Visible,
        PageEvent::Hidden => Presence::Hidden,
        PageEvent::Suspended => Presence::Suspended,
        PageEvent::Resumed => Presence::Resumed,
        PageEvent::Online => Presence::Online,
        PageEvent::Offline => Presence::Offline,
    }
}
