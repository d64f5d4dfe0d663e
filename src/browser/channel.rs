//! Message ports. A message is bytes; a plain object can only be the refusal that stands in for the first one.

use alloc::vec::Vec;

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessagePort;

use super::event::function;
use super::{BrowserEvent, Callback, callback, decode_refusal};
use crate::protocol::Refusal;

/// What arrived at a port.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Received {
    Bytes(Vec<u8>),
    Refused(Refusal),
    /// Neither, or too long.
    Malformed,
}

/// What this message event brought, of at most `limit` bytes. A longer one is not even copied out of the browser's memory.
pub fn received(event: &BrowserEvent, limit: usize) -> Received {
    if !event.is_trusted() {
        return Received::Malformed;
    }
    let data = event.data();
    match data.dyn_ref::<Uint8Array>() {
        Some(bytes) if bytes.length() as usize <= limit => Received::Bytes(bytes.to_vec()),
        Some(_) => Received::Malformed,
        None => decode_refusal(&data).map_or(Received::Malformed, Received::Refused),
    }
}

/// Our end of a channel. Closed when dropped.
pub struct Channel {
    port: MessagePort,
    _hear: Callback,
}

impl Channel {
    /// Takes over a port.
    pub fn over(port: MessagePort, hear: impl Fn(BrowserEvent) + 'static) -> Self {
        let hear = callback(hear);
        // What cannot be deserialized arrives as an event without data, and counts as malformed.
        port.set_onmessageerror(Some(function(&hear)));
        port.set_onmessage(Some(function(&hear)));
        Self { port, _hear: hear }
    }

    /// Posts bytes. A closed channel swallows them, as a dead peer would.
    pub fn send(&self, bytes: &[u8]) {
        self.post(&Uint8Array::from(bytes));
    }

    /// Posts a value.
    pub fn post(&self, message: &JsValue) {
        let _ = self.port.post_message(message);
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.set_onmessageerror(None);
        self.port.close();
    }
}
