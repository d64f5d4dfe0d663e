//! A connection to a database: opened when it is first needed, given up when somebody else needs the database for himself,
//! and opened anew after that.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbTransaction};

use super::idb::begin;
use super::tables::{LAYOUT, create};
use super::within;
use crate::browser::{BrowserEvent, Callback, Record, awaited, callback, function, integer};
use crate::storage::Durability;

/// After so long, and again after as long, whoever waits for the database asks whether an older build holds it.
const BLOCKED_MS: u32 = 2_000;
/// So many times he asks. By then whoever wanted something of the database has given up.
const ASKED: u32 = 5;
/// What that wait then fails with.
pub const BLOCKED: &str = "blocked";
/// So many of the last transactions are aborted when the page is left: more than ever begin while one runs.
const RUNNING: usize = 512;

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
    settled: Promise,
    _upgrade: Callback,
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
        let mut asked = 0;
        while within(BLOCKED_MS, awaited(&settled)).await.is_none() && asked < ASKED {
            asked += 1;
            // Only the first of those who wait gets the event `blocked`, and in Chromium not even that one behind a frozen page.
            if within(BLOCKED_MS, self.is_older()).await == Some(Some(true)) {
                return Err(BLOCKED.into());
            }
        }
        let _ = awaited(&settled).await;
        let error = request.error()?;
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
        let settled = Promise::new(&mut |resolve, reject| {
            request.set_onsuccess(Some(&resolve));
            request.set_onerror(Some(&reject));
        });
        let asked = (request.clone(), settled.clone());
        *opening = Some(Opening { request, settled, _upgrade: upgrade });
        Ok(asked)
    }

    /// Whether the database is there, and of an older layout; `None` where the browser does not tell. An open that takes long for
    /// another reason is waited for.
    async fn is_older(&self) -> Option<bool> {
        // web-sys has no `databases`, and not every browser.
        let databases = Function::from(self.factory.unchecked_ref::<Record>().get("databases"));
        let listed = databases.call0(&self.factory).ok()?;
        let listed: Array = awaited(listed.unchecked_ref()).await.ok()?.unchecked_into();
        let name = JsValue::from_str(&self.name);
        Some(listed.iter().any(|database| {
            let database: Record = database.unchecked_into();
            database.get("name") == name
                && integer(&database.get("version")).is_some_and(|version| version < LAYOUT.into())
        }))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.disconnect();
    }
}
