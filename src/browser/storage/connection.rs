//! A connection to a database: opened when it is first needed, given up when somebody else needs the database for himself,
//! and opened anew after that.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbTransaction};

use super::idb::begin;
use super::tables::{LAYOUT, create};
use crate::browser::{BrowserEvent, Callback, awaited, callback, function, set_timeout};
use crate::storage::Durability;

/// Who waits for frames of an older build to let go of the database waits no longer.
const BLOCKED_MS: u32 = 2_000;
/// What that wait then fails with.
pub const BLOCKED: &str = "blocked";
/// So many of the last transactions are aborted when the page is left: more than ever run.
const RUNNING: usize = 64;

/// The connection of one handle, and the transactions that run on it.
pub struct Connection {
    factory: IdbFactory,
    name: String,
    given_up: Callback,
    open: RefCell<Option<IdbDatabase>>,
    opening: RefCell<Option<Opening>>,
    running: RefCell<Vec<IdbTransaction>>,
}

struct Opening {
    request: IdbOpenDbRequest,
    /// It is answered, or has been blocked for too long.
    settled: Promise,
    _upgrade: Callback,
    _blocked: Option<Callback>,
}

impl Connection {
    /// Not open yet. `given_up` is called when site data was cleared, and when somebody wants to delete the database: it is to
    /// disconnect then.
    pub fn new(factory: JsValue, name: &str, given_up: Callback) -> Self {
        Self {
            factory: factory.unchecked_into(),
            name: ["session-bridge:", name].concat(),
            given_up,
            open: RefCell::default(),
            opening: RefCell::default(),
            running: RefCell::default(),
        }
    }

    /// A transaction on these tables. `writes`: `None` if it only reads.
    pub async fn begin(&self, tables: &[&str], writes: Option<Durability>) -> Result<IdbTransaction, JsValue> {
        let mode = if writes.is_some() { "readwrite" } else { "readonly" };
        let durability = if writes == Some(Durability::Strict) { "strict" } else { "relaxed" };
        let mut again = false;
        let transaction = loop {
            match begin(&self.database().await?, tables, mode, durability) {
                Ok(transaction) => break transaction,
                Err(error) if again => return Err(error),
                // The connection was lost without a word. A second one that fails as well has the reason.
                Err(_) => self.disconnect(),
            }
            again = true;
        };
        let mut running = self.running.borrow_mut();
        running.push(transaction.clone());
        if running.len() > RUNNING {
            running.remove(0);
        }
        Ok(transaction)
    }

    /// The page is left or frozen. In WebKit's back/forward cache its transactions stay open, and everybody else's wait for
    /// them; a connection of a page that hears nothing keeps others from deleting the database, or changing its layout.
    pub fn suspend(&self) {
        for transaction in self.running.take() {
            // Most are over.
            let _ = transaction.abort();
        }
        self.disconnect();
    }

    /// It is opened anew when needed.
    pub fn disconnect(&self) {
        if let Some(database) = self.open.take() {
            database.set_onclose(None);
            database.set_onversionchange(None);
            database.close();
        }
    }

    async fn database(&self) -> Result<IdbDatabase, JsValue> {
        if let Some(open) = &*self.open.borrow() {
            return Ok(open.clone());
        }
        let (request, settled) = self.request()?;
        let _ = awaited(&settled).await;
        let Ok(error) = request.error() else { return Err(BLOCKED.into()) };
        self.opening.borrow_mut().take_if(|opening| opening.request == request);
        if let Some(error) = error {
            return Err(error.into());
        }
        let database: IdbDatabase = request.result()?.unchecked_into();
        database.set_onclose(Some(function(&self.given_up)));
        database.set_onversionchange(Some(function(&self.given_up)));
        *self.open.borrow_mut() = Some(database.clone());
        Ok(database)
    }

    /// One for all who need it meanwhile.
    fn request(&self) -> Result<(IdbOpenDbRequest, Promise), JsValue> {
        let mut opening = self.opening.borrow_mut();
        if let Some(Opening { request, settled, .. }) = &*opening {
            return Ok((request.clone(), settled.clone()));
        }
        let request = self.factory.open_with_u32(&self.name, LAYOUT)?;
        let upgraded = request.clone();
        let upgrade = callback(move |_: BrowserEvent| create(&upgraded));
        request.set_onupgradeneeded(Some(function(&upgrade)));
        let mut blocked = None;
        let settled = Promise::new(&mut |resolve, reject| {
            request.set_onsuccess(Some(&resolve));
            request.set_onerror(Some(&reject));
            let waits = callback(move |_: BrowserEvent| _ = set_timeout(&reject, BLOCKED_MS));
            request.set_onblocked(Some(function(&waits)));
            blocked = Some(waits);
        });
        let asked = (request.clone(), settled.clone());
        *opening = Some(Opening { request, settled, _upgrade: upgrade, _blocked: blocked });
        Ok(asked)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.disconnect();
    }
}
