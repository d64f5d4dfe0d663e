//! One place where sessions can be kept: a store, its level, and whether it works.

use alloc::rc::Rc;

use wasm_bindgen::JsValue;

use super::access::Unpartitioned;
use super::announce::Announced;
use super::custom::Custom;
use super::indexeddb::IndexedDb;
use super::wait::within;
use crate::browser::awaited;
use crate::session::StorageLevel;
use crate::storage::{Memory, Provider};

/// A browser that does not open a database in this time is not going to.
const PROBE_MS: u32 = 5_000;

/// A place.
#[derive(Clone)]
pub struct Place {
    pub level: StorageLevel,
    pub store: Rc<dyn Provider>,
    tried: Tried,
}

/// What is tried to see whether a place works.
#[derive(Clone)]
enum Tried {
    Database(Rc<IndexedDb>),
    Given(Rc<Custom>),
    /// It always works.
    Nothing,
}

impl Place {
    /// This frame's own database, which is of this level.
    pub fn own(level: StorageLevel, factory: JsValue, name: &str) -> Self {
        let database = Rc::new(IndexedDb::new(factory, name));
        let store = Rc::new(Announced::new(Rc::clone(&database) as Rc<dyn Provider>, name, None));
        Self { level, store, tried: Tried::Database(database) }
    }

    /// The database behind a handle.
    pub fn behind(handle: Unpartitioned, name: &str) -> Self {
        let database = Rc::new(IndexedDb::new(handle.factory, name));
        let announced = Announced::new(Rc::clone(&database) as Rc<dyn Provider>, name, Some(handle.channels));
        Self { level: StorageLevel::Handle, store: Rc::new(announced), tried: Tried::Database(database) }
    }

    /// A store that JavaScript provides, behind its guard.
    pub fn given(level: StorageLevel, guarded: JsValue) -> Self {
        let store = Rc::new(Custom::new(guarded));
        Self { level, store: Rc::clone(&store) as Rc<dyn Provider>, tried: Tried::Given(store) }
    }

    /// Nowhere but in this frame's life.
    pub fn memory() -> Self {
        Self { level: StorageLevel::Memory, store: Rc::new(Memory::new()), tried: Tried::Nothing }
    }

    /// Whether it opens, takes a write and reads it back.
    pub async fn works(&self) -> bool {
        let probing = match &self.tried {
            Tried::Database(database) => database.probe(),
            Tried::Given(store) => store.probe(),
            Tried::Nothing => return true,
        };
        matches!(within(PROBE_MS, awaited(&probing)).await, Some(Ok(_)))
    }
}
