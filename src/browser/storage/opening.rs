//! Chooses where sessions are kept, from the best place to the worst, by what works: each is opened, written to and
//! read back before it is taken.

use alloc::rc::Rc;
use alloc::vec::Vec;

use wasm_bindgen::JsValue;

use super::access::{own_factory, request_handle};
use super::announce::{Announced, ChannelHandle};
use super::indexeddb::IndexedDb;
use super::site::is_same_site;
use super::wait::within;
use crate::session::{StorageLevel, StorageStatus, Upgrade};
use crate::storage::{Memory, Provider};

/// A browser that does not open a database in this time is not going to.
const PROBE_MS: u32 = 5_000;

/// What the owner asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wanted {
    /// The best that there is.
    IndexedDb,
    Memory,
}

/// A store that works.
pub struct Opened {
    pub store: Rc<dyn Provider>,
    pub status: StorageStatus,
}

struct Place {
    level: StorageLevel,
    factory: JsValue,
    channels: Option<ChannelHandle>,
}

/// Opens the store of this name.
pub async fn open(wanted: Wanted, name: &str) -> Opened {
    if wanted == Wanted::IndexedDb {
        for place in places().await {
            let store = IndexedDb::new(place.factory, name);
            if let Some(Ok(())) = within(PROBE_MS, store.probe()).await {
                let store = Rc::new(Announced::new(Rc::new(store), name, place.channels));
                return Opened { store, status: status(place.level) };
            }
        }
    }
    Opened { store: Rc::new(Memory::new()), status: status(StorageLevel::Memory) }
}

/// Best first.
async fn places() -> Vec<Place> {
    let mut places = Vec::new();
    let same_site = is_same_site();
    if !same_site && let Some(unpartitioned) = request_handle().await {
        places.push(Place {
            level: StorageLevel::Handle,
            factory: unpartitioned.factory,
            channels: Some(unpartitioned.channels),
        });
    }
    if let Some(factory) = own_factory() {
        let level = if same_site { StorageLevel::SameSite } else { StorageLevel::Partitioned };
        places.push(Place { level, factory, channels: None });
    }
    places
}

fn status(level: StorageLevel) -> StorageStatus {
    let shared = matches!(level, StorageLevel::SameSite | StorageLevel::Handle);
    StorageStatus { level, shared, upgrade: Upgrade::None }
}
