//! Tells the owner's other frames of a commit, and hears of theirs.
//!
//! A message is `[[epoch, seq, tag], entry]`: the version that the commit follows, and what the log keeps of it. Any other value
//! says only that something has changed, which is then read from the log.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use core::cell::RefCell;

use js_sys::{Array, JsString};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::BroadcastChannel;

use crate::browser::{
    BrowserEvent, Callback, LifecycleListener, PageEvent, callback, function, read_version, written_version,
};
use crate::session::Version;
use crate::storage::{ANNOUNCED_BYTES, Announcement, Answer, Changed, Operation, Provider, StoreCommit};

#[wasm_bindgen]
extern "C" {
    /// A `StorageAccessHandle` that was asked for this.
    #[derive(Clone)]
    pub type ChannelHandle;
    #[wasm_bindgen(method, structural, catch, js_name = BroadcastChannel)]
    fn channel(this: &ChannelHandle, name: &str) -> Result<BroadcastChannel, JsValue>;
}

/// What the others are told of a commit.
fn written(expect: Option<Version>, commit: &StoreCommit) -> JsValue {
    match expect {
        Some(follows) if commit.entry.len() <= ANNOUNCED_BYTES => {
            Array::of2(&written_version(follows), &commit.entry.as_str().into()).into()
        }
        _ => JsValue::TRUE,
    }
}

/// The commit that a message tells of.
fn read(message: &JsValue) -> Option<Announcement> {
    let parts: &Array = message.dyn_ref()?;
    let follows = read_version(&parts.get(0))?;
    let entry = parts.get(1).dyn_into::<JsString>().ok()?;
    // One that is longer is not even copied.
    (entry.length() as usize <= ANNOUNCED_BYTES).then(|| Announcement { follows, entry: entry.into() })
}

/// A store whose commits are announced.
pub struct Announced {
    store: Rc<dyn Provider>,
    line: Rc<Line>,
    _presence: LifecycleListener,
}

struct Line {
    name: String,
    handle: Option<ChannelHandle>,
    open: RefCell<Option<BroadcastChannel>>,
    changed: RefCell<Option<Rc<Changed>>>,
    hear: Callback,
}

impl Announced {
    /// Announces the commits of `store` to those who do so under the same name, in the partition of `handle` if given.
    pub fn new(store: Rc<dyn Provider>, name: &str, handle: Option<ChannelHandle>) -> Self {
        let line = Rc::new_cyclic(|line: &alloc::rc::Weak<Line>| {
            let line = line.clone();
            let hear = callback(move |event: BrowserEvent| {
                if let Some(line) = line.upgrade() {
                    line.changed(read(&event.data()));
                }
            });
            let name = ["session-bridge:", name].concat();
            Line { name, handle, open: RefCell::new(None), changed: RefCell::new(None), hear }
        });
        line.open();
        let heard = Rc::downgrade(&line);
        // A message to a channel of a page in the back/forward cache would throw that page out of it.
        let presence = LifecycleListener::new(move |event| {
            let Some(line) = heard.upgrade() else { return };
            match event {
                PageEvent::Suspended => line.close(),
                PageEvent::Resumed if line.open() => line.changed(None),
                _ => {}
            }
        });
        Self { store, line, _presence: presence }
    }
}

impl Announced {
    /// Tells the others that there was a commit.
    pub fn announce(&self) {
        self.line.announce(&JsValue::TRUE);
    }
}

impl Provider for Announced {
    fn start(&self, operation: Operation, done: Box<dyn FnOnce(Answer)>) {
        let Operation::Commit { expect, commit } = &operation else {
            return self.store.start(operation, done);
        };
        let message = written(*expect, commit);
        let line = Rc::clone(&self.line);
        let announced = move |answer| {
            if answer == Answer::Committed {
                line.announce(&message);
            }
            done(answer);
        };
        self.store.start(operation, Box::new(announced));
    }

    fn watch(&self, changed: Box<Changed>) {
        let changed: Rc<Changed> = Rc::from(changed);
        *self.line.changed.borrow_mut() = Some(Rc::clone(&changed));
        self.store.watch(Box::new(move |announced| changed(announced)));
    }
}

impl Line {
    /// Whether it was closed and is open now.
    fn open(&self) -> bool {
        if self.open.borrow().is_some() {
            return false;
        }
        let channel = match &self.handle {
            Some(handle) => handle.channel(&self.name),
            None => BroadcastChannel::new(&self.name),
        };
        // Without one, what others commit is noticed at the next heartbeat.
        let Ok(channel) = channel else { return false };
        channel.set_onmessage(Some(function(&self.hear)));
        *self.open.borrow_mut() = Some(channel);
        true
    }

    fn close(&self) {
        if let Some(channel) = self.open.take() {
            channel.set_onmessage(None);
            channel.close();
        }
    }

    fn announce(&self, message: &JsValue) {
        if let Some(channel) = &*self.open.borrow() {
            let _ = channel.post_message(message);
        }
    }

    fn changed(&self, announced: Option<Announcement>) {
        let changed = self.changed.borrow().clone();
        if let Some(changed) = changed {
            changed(announced);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.close();
    }
}
