//! The page as the manager's world.

use alloc::rc::{Rc, Weak};
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use wasm_bindgen::JsValue;
use web_sys::MessagePort;

use super::drawn::{self, Drawn};
use super::facts;
use super::host::Host;
use crate::ambient::{Clock, Now};
use crate::bindings::kind::{HELLO, correlation, kind};
use crate::browser::{
    Alarm, Channel, Frame, FrameNews, LifecycleListener, PageClock, PageEvent, Received, encode_hello, received,
};
use crate::manager::{Failure, FrameId, Input, Manager, Output, PageLifecycle, Settled};
use crate::protocol::{Hello, MAX_MESSAGE_BYTES};
use crate::pump::{Pump, Wake, World};

/// A manager at work in a page.
pub type Running = Pump<Manager, PageWorld>;

/// Does what the manager wants done.
pub struct PageWorld {
    pump: Weak<Running>,
    host: Host,
    debug: bool,
    drawn: Drawn,
    alarm: Alarm,
    frames: RefCell<Vec<(FrameId, Rc<Frame>)>>,
    /// Open channels by the attempt that opened them, each to a frame; oldest first.
    channels: RefCell<Vec<(u64, FrameId, Channel)>>,
    /// The attempt whose channel is in use.
    used: Cell<u64>,
    _lifecycle: LifecycleListener,
}

impl PageWorld {
    /// A world without a frame yet. `debug`: messages are logged.
    pub fn new(pump: Weak<Running>, host: Host, debug: bool) -> Self {
        let handle = PumpHandle(pump.clone());
        let alarm = Alarm::new(handle.then(|pump| pump.wake()));
        let lifecycle = LifecycleListener::new(move |event| handle.input(Input::Lifecycle(lifecycle(event))));
        Self {
            pump,
            host,
            debug,
            drawn: Drawn::new(),
            alarm,
            frames: RefCell::default(),
            channels: RefCell::default(),
            used: Cell::new(0),
            _lifecycle: lifecycle,
        }
    }

    /// The frozen snapshot. `outdated`: another one is to show than before.
    pub fn snapshot(&self, pump: &Running, outdated: bool) -> JsValue {
        if outdated {
            self.drawn.outdate();
        }
        self.drawn.snapshot(&self.host, pump)
    }

    fn mount(&self, id: FrameId) {
        let handle = PumpHandle(self.pump.clone());
        let frame = Frame::new(self.host.frame(), move |news| {
            handle.input(match news {
                FrameNews::Loaded => Input::FrameLoaded(id),
                FrameNews::Gone => Input::FrameGone(id),
                FrameNews::Left => Input::LeavePrompt { declined: true },
                FrameNews::Unseen => Input::LeavePrompt { declined: false },
            });
        });
        self.frames.borrow_mut().push((id, Rc::new(frame)));
    }

    /// Its channels are closed, and it is taken out. Focus may move, and whoever hears of that may call in: nothing is
    /// borrowed then.
    fn remove(&self, id: FrameId) {
        self.keep_channels(&|_, frame| frame != id);
        let gone = self.frame(id);
        self.frames.borrow_mut().retain(|(of, _)| *of != id);
        drop(gone);
    }

    fn frame(&self, id: FrameId) -> Option<Rc<Frame>> {
        self.frames.borrow().iter().find(|(of, _)| *of == id).map(|(_, frame)| Rc::clone(frame))
    }

    /// The frame whose channel is in use.
    fn frame_in_use(&self) -> Option<Rc<Frame>> {
        let used = self.used.get();
        self.channels.borrow().iter().find(|(of, ..)| *of == used).and_then(|(_, id, _)| self.frame(*id))
    }

    fn hello(&self, id: FrameId, hello: &Hello) {
        self.log(true, HELLO, correlation(hello.client));
        if let Some(frame) = self.frame(id) {
            self.take_over(id, hello.attempt, frame.post(&encode_hello(hello)));
        }
        self.check_frame(id);
    }

    fn take_over(&self, id: FrameId, attempt: u64, port: MessagePort) {
        let handle = PumpHandle(self.pump.clone());
        let channel = Channel::over(port, move |event| {
            let Some(pump) = handle.0.upgrade() else { return };
            pump.input(match received(&event, MAX_MESSAGE_BYTES) {
                Received::Bytes(bytes) => {
                    pump.world().log(false, kind(&bytes), bytes.len() as f64);
                    Input::Message { attempt, bytes }
                }
                Received::Refused(refusal) => Input::Refused { attempt, refusal },
                Received::Malformed => Input::Malformed,
            });
        });
        let used = self.used.get();
        self.keep_channels(&|of, frame| of == used || frame != id);
        self.channels.borrow_mut().push((attempt, id, channel));
    }

    fn send(&self, attempt: u64, bytes: &[u8]) {
        if self.used.replace(attempt) != attempt {
            self.keep_channels(&|of, _| of >= attempt);
        }
        self.log(true, kind(bytes), bytes.len() as f64);
        let mut to = None;
        if let Some((_, frame, channel)) = self.channels.borrow().iter().find(|(of, ..)| *of == attempt) {
            channel.send(bytes);
            to = Some(*frame);
        }
        if let Some(frame) = to {
            self.check_frame(frame);
        }
    }

    fn keep_channels(&self, keep: &dyn Fn(u64, FrameId) -> bool) {
        self.channels.borrow_mut().retain(|(attempt, frame, _)| keep(*attempt, *frame));
    }

    /// A frame that left the page in a way that nothing tells of is noticed when it is next needed.
    fn check_frame(&self, id: FrameId) {
        if self.frame(id).is_some_and(|frame| !frame.is_there()) {
            PumpHandle(self.pump.clone()).input(Input::FrameGone(id));
        }
    }

    fn settle(&self, pump: &Running, token: f64, result: Result<Settled, Failure>) {
        let (error, value) = match result {
            Err(failure) => (self.host.failure(&failure), JsValue::UNDEFINED),
            Ok(Settled::Written(Some(session))) => (JsValue::NULL, drawn::session(&self.host, pump, &session)),
            Ok(Settled::Removed(count)) => (JsValue::NULL, JsValue::from(count as f64)),
            Ok(Settled::Written(None) | Settled::Fresh | Settled::Done) => (JsValue::NULL, JsValue::UNDEFINED),
        };
        self.host.settle(token, error, value);
    }

    fn log(&self, sent: bool, kind: i32, number: f64) {
        if self.debug {
            self.host.log(sent, kind, number);
        }
    }
}

impl World<Manager> for PageWorld {
    fn now(&self) -> Now {
        PageClock.now()
    }

    fn foresee(&self, output: &Output) {
        if matches!(output, Output::Changed) {
            self.drawn.outdate();
        }
    }

    fn perform(&self, output: Output) {
        let Some(pump) = self.pump.upgrade() else { return };
        match output {
            Output::MountFrame(id) => self.mount(id),
            Output::RemoveFrame(id) => self.remove(id),
            Output::Hello(id, hello) => self.hello(id, &hello),
            Output::Send { attempt, bytes } => self.send(attempt, &bytes),
            Output::ShowFrame(shown) => match self.frame_in_use() {
                Some(frame) => frame.show(shown),
                None if shown => pump.input(Input::LeavePrompt { declined: false }),
                None => {}
            },
            Output::Run { token, data } => self.host.run(token.0 as f64, data.as_str()),
            Output::Settle { token, result } => self.settle(&pump, token.0 as f64, result),
            Output::Emit(event) => facts::raise(&pump, &self.host, event),
            Output::Changed => self.host.changed(),
        }
    }

    fn wake(&self, at: Wake) {
        self.alarm.set(at);
    }
}

/// The way back into the pump, for callbacks that may outlive it.
#[derive(Clone)]
struct PumpHandle(Weak<Running>);

impl PumpHandle {
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

fn lifecycle(event: PageEvent) -> PageLifecycle {
    match event {
        PageEvent::Visible => PageLifecycle::Visible,
        PageEvent::Hidden => PageLifecycle::Hidden,
        PageEvent::Suspended => PageLifecycle::Suspended,
        PageEvent::Resumed => PageLifecycle::Resumed,
        PageEvent::Online => PageLifecycle::Online,
        PageEvent::Offline => PageLifecycle::Offline,
    }
}
