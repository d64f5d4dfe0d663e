//! One place where sessions can be kept: a store, its level, and whether it works.

use alloc::rc::Rc;

use wasm_bindgen::JsValue;

use super::access::Unpartitioned;
use super::announce::Announced;
use super::indexeddb::IndexedDb;
use super::wait::within;
use crate::session::StorageLevel;
use crate::storage::{Memory, Provider};

/// A browser that does not open a database in this time is not going to.
const PROBE_MS: u32 = 5_000;

/// A place.
#[derive(Clone)]
pub struct Place {
    pub level: StorageLevel,
    pub store: Rc<dyn Provider>,
    /// What is written to and read back; nothing for memory, which always works.
    database: Option<Rc<IndexedDb>>,
}

impl Place {
    /// This frame's own database, which is of this level.
    pub fn own(level: StorageLevel, factory: JsValue, name: &str) -> Self {
        let database = Rc::new(IndexedDb::new(factory, name));
        let store = Rc::new(Announced::new(Rc::clone(&database) as Rc<dyn Provider>, name, None));
        Self { level, store, database: Some(database) }
    }

    /// The database behind a handle.
    pub fn behind(handle: Unpartitioned, name: &str) -> Self {
        let database = Rc::new(IndexedDb::new(handle.factory, name));
        let announced = Announced::new(Rc::clone(&database) as Rc<dyn Provider>, name, Some(handle.channels));
        Self { level: StorageLevel::Handle, store: Rc::new(announced), database: Some(database) }
    }

    /// Nowhere but in this frame's life.
    pub fn memory() -> Self {
        Self { level: StorageLevel::Memory, store: Rc::new(Memory::new()), database: None }
    }

    /// Whether it opens, takes a write and reads it back.
    pub async fn works(&self) -> bool {
        match &self.database {
            Some(database) => matches!(within(PROBE_MS, database.probe()).await, Some(Ok(()))),
            None => true,
        }
    }
}
