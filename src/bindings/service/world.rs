//! The owner's iframe as the service's world.

use alloc::rc::{Rc, Weak};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessagePort;

use super::log::{Log, TurnedAway};
use super::stores::Stores;
use crate::ambient::{Clock, Now};
use crate::bindings::kind::{HELLO, correlation, kind};
use crate::browser::storage::{StoreSelector, Wanted};
use crate::browser::{
    Alarm, BrowserEvent, Callback, Channel, PageClock, Received, callback, decode_hello, encode_refusal, listen,
    received, unlisten, window,
};
use crate::protocol::PROTOCOL;
use crate::pump::{Pump, Wake, World};
use crate::service::{ChannelId, Input, Output, Rejection, Service};
use crate::session::SortedMap;

/// A service at work in a frame.
pub type Running = Pump<Service, FrameWorld>;

/// Does what the service wants done.
pub struct FrameWorld {
    pump: Weak<Running>,
    /// Bytes of one message.
    limit: usize,
    log: Option<Log>,
    /// `(origin)` shows the prompt; `(undefined, declined)` takes it away.
    prompt: Function,
    /// Loads the page anew, if that may help, and says whether it does.
    renew: Function,
    /// `(origin)` is told whose page was welcomed.
    welcomed: Function,
    alarm: Alarm,
    stores: Stores,
    selector: Rc<StoreSelector>,
    channels: RefCell<SortedMap<ChannelId, Channel>>,
    opened: Cell<u64>,
    listener: Callback,
}

impl FrameWorld {
    /// Listens to the window from now on.
    pub fn new(
        pump: Weak<Running>,
        limit: usize,
        wanted: Wanted,
        name: &str,
        (prompt, renew, welcomed): (Function, Function, Function),
        log: Option<Log>,
    ) -> Self {
        let ringing = pump.clone();
        let alarm = Alarm::new(move || {
            if let Some(pump) = ringing.upgrade() {
                pump.wake();
            }
        });
        let hearing = pump.clone();
        let listener = callback(move |event| {
            if let Some(pump) = hearing.upgrade() {
                pump.world().hear(&event);
            }
        });
        listen(&window(), "message", &listener);
        let telling = pump.clone();
        let finding = pump.clone();
        let selector = StoreSelector::new(wanted, name, move |found| {
            if let Some(pump) = finding.upgrade() {
                pump.input(pump.world().stores.take_in(found));
            }
        });
        Self {
            stores: Stores::new(move |input| {
                if let Some(pump) = telling.upgrade() {
                    pump.input(input);
                }
            }),
            selector,
            pump,
            limit,
            log,
            prompt,
            renew,
            welcomed,
            alarm,
            channels: RefCell::default(),
            opened: Cell::new(0),
            listener,
        }
    }

    /// Finds the best store, now and whenever asked to.
    pub fn selector(&self) -> &Rc<StoreSelector> {
        &self.selector
    }

    /// Looks at a message to the window. Only the window around this frame is listened to, and only what the browser
    /// itself delivers; all others get no answer and leave no trace.
    pub fn hear(&self, event: &BrowserEvent) {
        let source = JsValue::from(event.source());
        let parent = JsValue::from(window().parent().ok().flatten());
        if !event.is_trusted() || source != parent || parent == JsValue::from(window()) {
            return;
        }
        let ports = event.ports();
        let hello = decode_hello(&event.data());
        match (hello, ports.length()) {
            (Some(hello), 1) => {
                let channel = ChannelId(self.opened.replace(self.opened.get() + 1));
                self.log(false, HELLO, correlation(hello.client));
                self.take_over(channel, ports.get(0).unchecked_into());
                self.input(Input::Hello { channel, origin: event.origin(), hello });
            }
            _ => {
                for port in ports.iter() {
                    port.unchecked_into::<MessagePort>().close();
                }
                self.turned_away(&event.origin(), TurnedAway::NoHello, [0; 4]);
                self.input(Input::Malformed);
            }
        }
    }

    /// Hears nothing and says nothing any more.
    pub fn fall_silent(&self) {
        unlisten(&window(), "message", &self.listener);
        self.channels.take();
        self.stores.clear();
        self.selector.end();
    }

    fn take_over(&self, id: ChannelId, port: MessagePort) {
        let pump = self.pump.clone();
        let limit = self.limit;
        let channel = Channel::over(port, move |event| {
            let Some(pump) = pump.upgrade() else { return };
            pump.input(match received(&event, limit) {
                Received::Bytes(bytes) => {
                    pump.world().log(false, kind(&bytes), bytes.len() as f64);
                    Input::Message { channel: id, bytes }
                }
                // Counted as that page's, and against what it may say.
                Received::Refused(_) | Received::Malformed => Input::Message { channel: id, bytes: Vec::new() },
            });
        });
        self.channels.borrow_mut().insert(id, channel);
    }

    fn input(&self, input: Input) {
        if let Some(pump) = self.pump.upgrade() {
            pump.input(input);
        }
    }

    fn prompt(&self, origin: &JsValue, declined: bool) {
        // The face catches what goes wrong with a prompt, and says that it is over.
        let _ = self.prompt.call2(&JsValue::NULL, origin, &declined.into());
    }

    /// Tells the owner's log of a page that is not welcomed. The page itself is told nothing more than the protocol has it.
    fn rejected(&self, origin: &str, why: &Rejection) {
        match why {
            Rejection::NoGrant => self.turned_away(origin, TurnedAway::NoGrant, [0; 4]),
            Rejection::TooMany => self.turned_away(origin, TurnedAway::TooMany, [0; 4]),
            Rejection::NoCommonVersion(theirs) => {
                let versions = [*theirs.start(), *theirs.end(), *PROTOCOL.start(), *PROTOCOL.end()];
                self.turned_away(origin, TurnedAway::NoCommonVersion, versions);
            }
        }
    }

    fn turned_away(&self, origin: &str, why: TurnedAway, versions: [u8; 4]) {
        if let Some(log) = &self.log {
            let [from, to, least, most] = versions.map(u32::from);
            log.turned_away(origin, why as u32, from, to, least, most);
        }
    }

    fn log(&self, sent: bool, kind: i32, number: f64) {
        if let Some(log) = &self.log {
            log.message(sent, kind, number);
        }
    }
}

impl World<Service> for FrameWorld {
    fn now(&self) -> Now {
        PageClock.now()
    }

    fn foresee(&self, _output: &Output) {}

    fn perform(&self, output: Output) {
        match output {
            Output::Send { channel, bytes } => {
                self.log(true, kind(&bytes), bytes.len() as f64);
                if let Some(channel) = self.channels.borrow().get(&channel) {
                    channel.send(&bytes);
                }
            }
            Output::Refuse { channel, refusal } => {
                if let Some(channel) = self.channels.borrow().get(&channel) {
                    channel.post(&encode_refusal(&refusal));
                }
            }
            Output::Close(channel) => {
                self.channels.borrow_mut().remove(&channel);
            }
            Output::Store { store, task, operation } => self.stores.start(store, task, operation),
            Output::SelectStore => drop(self.selector.select()),
            Output::Release(store) => {
                let home = self.pump.upgrade().and_then(|pump| self.stores.get(pump.machine().home()));
                if self.stores.release(store)
                    && let Some(home) = home
                {
                    self.selector.stayed(&home);
                }
            }
            Output::Prompt { origin } => self.prompt(&origin.into(), false),
            Output::DropPrompt { declined } => self.prompt(&JsValue::UNDEFINED, declined),
            Output::Rejected { origin, why } => self.rejected(&origin, &why),
            Output::Outdated => {
                // What could be said now would be that the store fails. The page that comes says more.
                if self.renew.call0(&JsValue::NULL).is_ok_and(|renews| renews.is_truthy()) {
                    self.fall_silent();
                } else {
                    self.input(Input::Outdated);
                }
            }
            Output::AskQuiet { origin } => drop(self.welcomed.call1(&JsValue::NULL, &origin.into())),
        }
    }

    fn wake(&self, at: Wake) {
        self.alarm.set(at);
    }
}

impl Drop for FrameWorld {
    fn drop(&mut self) {
        self.fall_silent();
    }
}
