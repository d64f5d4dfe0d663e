//! The options of the service, validated and completed by the face.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;
use wasm_bindgen::JsValue;

use crate::browser::storage::Wanted;
use crate::service::{Config, Grant, Limits};
use crate::storage::Durability;

/// What the owner decided.
pub struct Options {
    pub config: Config,
    pub wanted: Wanted,
    pub name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    grants: Vec<GivenGrant>,
    storage: GivenStorage,
    name: String,
    durability: GivenDurability,
    limits: GivenLimits,
}

#[derive(Deserialize)]
struct GivenGrant {
    origin: String,
    write: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum GivenStorage {
    IndexedDb,
    Memory,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum GivenDurability {
    Strict,
    Relaxed,
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct GivenLimits {
    sessions: usize,
    data_bytes: usize,
    message_bytes: usize,
    writes_per_second: u32,
}

impl Default for GivenLimits {
    fn default() -> Self {
        let Limits { sessions, data_bytes, message_bytes, writes_per_second } = Limits::default();
        Self { sessions, data_bytes, message_bytes, writes_per_second }
    }
}

/// Reads the options.
///
/// Errors: what does not fit, for people.
pub fn read(options: JsValue) -> Result<Options, JsValue> {
    let given: Given = serde_wasm_bindgen::from_value(options)?;
    let GivenLimits { sessions, data_bytes, message_bytes, writes_per_second } = given.limits;
    let durability = match given.durability {
        GivenDurability::Strict => Durability::Strict,
        GivenDurability::Relaxed => Durability::Relaxed,
    };
    let wanted = match given.storage {
        GivenStorage::IndexedDb => Wanted::IndexedDb,
        GivenStorage::Memory => Wanted::Memory,
    };
    let grants = given.grants.into_iter().map(|grant| Grant { origin: grant.origin, write: grant.write }).collect();
    let limits = Limits { sessions, data_bytes, message_bytes, writes_per_second };
    Ok(Options { config: Config { grants, limits, durability }, wanted, name: given.name })
}
