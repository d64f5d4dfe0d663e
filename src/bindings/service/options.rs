//! The options of the service, validated and completed by the face. Read member by member: a general deserializer would
//! weigh more than all that is read with it.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};

use crate::ambient::Span;
use crate::browser::storage::{Wanted, beyond_parent};
use crate::browser::{Record, integer};
use crate::service::{Config, Grant, Keys, Limits, Operations, Read};
use crate::session::{Json, SessionRules};
use crate::storage::Durability;

/// What the owner decided.
pub struct Options {
    pub config: Config,
    pub wanted: Wanted,
    pub name: String,
}

/// Reads the options.
pub fn read(options: &Record) -> Options {
    let is = |key: &str, value: &str| options.get(key) == JsValue::from_str(value);
    let durability = if is("durability", "relaxed") { Durability::Relaxed } else { Durability::Strict };
    let mut limits = limits(&Record::from(options.get("limits")));
    if let Some(ms) = options.get("cleanupMs").as_f64() {
        limits.cleanup = Span::from_millis(ms as u64);
    }
    let ms = |key: &str| integer(&options.get(key));
    let (default, longest) = (ms("defaultTtlMs"), ms("maxLifetimeMs"));
    let rules = SessionRules {
        default,
        longest,
        recovery: ms("recoveryMs").unwrap_or_default(),
        counts: !is("requests", "off"),
    };
    let defaults = options.get("defaults").as_string().and_then(|data| Json::try_from(data).ok());
    let defaults = defaults.unwrap_or_else(Json::empty);
    let config = Config { grants: grants(options.get("grants")), limits, rules, defaults, durability };
    let wanted = match options.get("storage").as_string().as_deref() {
        Some("memory") => Wanted::Memory,
        Some("localstorage") => Wanted::Local(options.get("provider")),
        None => Wanted::Given(options.get("provider")),
        Some(_) => Wanted::IndexedDb,
    };
    Options { config, wanted, name: text(options, "name") }
}

/// Reads the grants: each `{ origin, keys, write, requests }`, with keys as JSON text (`null`: all) and the operations as bits. There are
/// none where a page around the one that holds this frame has none.
pub fn grants(list: JsValue) -> Vec<Grant> {
    let mut grants = Vec::new();
    for grant in list.unchecked_into::<Array>() {
        let grant = Record::from(grant);
        let keys = grant.get("keys");
        let keys = if keys.is_null() { Keys::All } else { Keys::These(texts(keys)) };
        let read = Read { keys, requests: grant.get("requests").is_truthy() };
        let bits = integer(&grant.get("write")).and_then(|bits| u8::try_from(bits).ok()).unwrap_or_default();
        grants.push(Grant { origin: text(&grant, "origin"), read, write: Operations::from_bits(bits) });
    }
    Grant::within(grants, &beyond_parent())
}

fn limits(given: &Record) -> Limits {
    let default = Limits::default();
    let read = |key: &str| integer(&given.get(key)).and_then(|limit| u32::try_from(limit).ok());
    let size = |key: &str, default: usize| read(key).map_or(default, |limit| limit as usize);
    Limits {
        sessions: size("sessions", default.sessions),
        data_bytes: size("dataBytes", default.data_bytes),
        total_bytes: size("totalBytes", default.total_bytes),
        message_bytes: size("messageBytes", default.message_bytes),
        writes_per_second: read("writesPerSecond").unwrap_or(default.writes_per_second),
        removals: default.removals,
        clients: default.clients,
        cleanup: default.cleanup,
        agreement: default.agreement,
    }
}

fn texts(list: JsValue) -> Vec<String> {
    let mut texts = Vec::new();
    for text in list.unchecked_into::<Array>() {
        texts.extend(text.as_string());
    }
    texts
}

fn text(object: &Record, key: &str) -> String {
    object.get(key).as_string().unwrap_or_default()
}
