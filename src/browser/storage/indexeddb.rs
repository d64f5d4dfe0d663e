//! A store in IndexedDB. Everything of a commit, the comparison included, is one read-write transaction: the browser
//! lets no other touch the same tables meanwhile, in whichever tab it is.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::ops::Deref;

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{IdbDatabase, IdbFactory, IdbKeyRange, IdbTransaction};

use super::fault::{Fault, code, name};
use super::idb::{answered, begin, ended, function};
use super::tables::{ENTRIES, LOG, META, PROBE, head, range, text, write};
use crate::ambient::Rng;
use crate::browser::{BrowserEvent, Callback, CryptoRng, LifecycleListener, PageEvent, callback, integer, number};
use crate::error::Code;
use crate::session::Version;
use crate::storage::{Announcement, Answer, Durability, Failure, Operation, Provider, StoreCommit};

const SCHEMA: u32 = 1;

/// One handle to a store. It opens the database when first asked something, and again if the browser closed it.
pub struct IndexedDb {
    inner: Rc<Inner>,
    _presence: LifecycleListener,
}

struct Inner {
    factory: IdbFactory,
    name: String,
    connection: RefCell<Option<Connection>>,
    changed: RefCell<Option<Rc<dyn Fn()>>>,
    running: RefCell<Vec<IdbTransaction>>,
}

struct Connection {
    database: IdbDatabase,
    _given_up: Callback,
}

impl IndexedDb {
    /// A handle to the store of this name. `factory` is an `IDBFactory`.
    pub fn new(factory: JsValue, name: &str) -> Self {
        let name = ["session-bridge:", name].concat();
        let inner = Rc::new(Inner {
            factory: factory.unchecked_into(),
            name,
            connection: RefCell::new(None),
            changed: RefCell::new(None),
            running: RefCell::new(Vec::new()),
        });
        let left = Rc::downgrade(&inner);
        let presence = LifecycleListener::new(move |event| {
            if event == PageEvent::Suspended
                && let Some(inner) = left.upgrade()
            {
                inner.abort_all();
            }
        });
        Self { inner, _presence: presence }
    }

    /// Whether it opens, writes, and reads back what was written.
    ///
    /// Errors: `storage_denied`, `storage_failed`. A full database and one of a newer schema pass: what they hold is
    /// there, and to keep sessions elsewhere would be to hide it. Whoever uses them is told.
    pub async fn probe(&self) -> Result<(), Code> {
        match self.inner.probe().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Code::StorageFailed),
            Err(fault) if matches!(name(&fault.error).as_str(), "VersionError" | "QuotaExceededError") => Ok(()),
            Err(fault) => Err(code(&fault.error)),
        }
    }
}

impl Provider for IndexedDb {
    fn start(&self, operation: Operation, done: Box<dyn FnOnce(Answer)>) {
        let inner = Rc::clone(&self.inner);
        spawn_local(async move {
            let answer = inner.perform(operation).await;
            done(answer.unwrap_or_else(|fault| {
                let newer = name(&fault.error) == "VersionError";
                let code = if newer { Code::ProtocolMismatch } else { code(&fault.error) };
                Answer::Failed(Failure { code, unknown: fault.unknown })
            }));
        });
    }

    /// A database tells nobody of commits, [`Announced`](super::Announced) does; but that it was taken away is heard.
    fn watch(&self, changed: Box<dyn Fn(Option<Announcement>)>) {
        *self.inner.changed.borrow_mut() = Some(Rc::new(move || changed(None)));
    }
}

impl Inner {
    async fn perform(self: &Rc<Self>, operation: Operation) -> Result<Answer, Fault> {
        Ok(match operation {
            Operation::Head => {
                let transaction = self.read(&[META]).await?;
                Answer::Head(head(&transaction.object_store(META)?).await?)
            }
            Operation::Get(keys) => Answer::Values(self.values(&keys).await?),
            Operation::List { prefix, after, limit } => Answer::Entries(self.list(&prefix, after, limit).await?),
            Operation::Commit { expect, commit } => {
                if self.commit(expect, commit).await? {
                    Answer::Committed
                } else {
                    Answer::Stale
                }
            }
            Operation::Since(version) => Answer::Log(self.since(version).await?),
        })
    }

    async fn values(self: &Rc<Self>, keys: &[String]) -> Result<Vec<Option<String>>, Fault> {
        let transaction = self.read(&[ENTRIES]).await?;
        let entries = transaction.object_store(ENTRIES)?;
        let mut requests = Vec::with_capacity(keys.len());
        for key in keys {
            requests.push(entries.get(&key.into())?);
        }
        let mut values = Vec::with_capacity(keys.len());
        // They are answered in order: when the last one is, all are.
        if let Some(last) = requests.last() {
            answered(last).await?;
        }
        for request in &requests {
            let value = request.result()?;
            values.push(if value.is_undefined() { None } else { Some(text(&value)?) });
        }
        Ok(values)
    }

    async fn list(
        self: &Rc<Self>,
        prefix: &str,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<(String, String)>, Fault> {
        let transaction = self.read(&[ENTRIES]).await?;
        let entries = transaction.object_store(ENTRIES)?;
        let range = match after {
            Some(after) if after.as_str() >= prefix => range(&after, true, prefix)?,
            _ => range(prefix, false, prefix)?,
        };
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let keys = entries.get_all_keys_with_key_and_limit(&range, limit)?;
        let values = entries.get_all_with_key_and_limit(&range, limit)?;
        let values: Array = answered(&values).await?.unchecked_into();
        let keys: Array = keys.result()?.unchecked_into();
        let mut entries = Vec::new();
        for (key, value) in keys.iter().zip(values.iter()) {
            let key = text(&key)?;
            if !key.starts_with(prefix) {
                break;
            }
            entries.push((key, text(&value)?));
        }
        Ok(entries)
    }

    async fn since(self: &Rc<Self>, version: Version) -> Result<Option<Vec<String>>, Fault> {
        let transaction = self.read(&[META, LOG]).await?;
        let log = transaction.object_store(LOG)?;
        let meta = transaction.object_store(META)?;
        let known = log.get(&number(version.seq))?;
        let range = IdbKeyRange::lower_bound_with_open(&number(version.seq), true)?;
        let after = log.get_all_with_key(&range)?;
        let Some(head) = head(&meta).await? else { return Ok(None) };
        if head == version {
            return Ok(Some(Vec::new()));
        }
        let known: Array = known.result()?.unchecked_into();
        let same = |at: u32, drawn: u64| known.is_object() && integer(&known.get(at)) == Some(drawn);
        if head.epoch != version.epoch || !same(0, version.epoch) || !same(1, version.tag) {
            return Ok(None);
        }
        let after: Array = after.result()?.unchecked_into();
        Ok(Some(after.iter().filter_map(|record| record.unchecked_into::<Array>().get(2).as_string()).collect()))
    }

    async fn commit(self: &Rc<Self>, expect: Option<Version>, commit: StoreCommit) -> Result<bool, Fault> {
        let transaction = self.begin(&[META, LOG, ENTRIES], "readwrite", commit.durability).await?;
        let end = ended(&transaction);
        let meta = transaction.object_store(META)?;
        // Aborted, because the page was left: it is to be tried again, which is what an unknown end means.
        let held = head(&meta).await.map_err(|error| Fault { unknown: name(&error) == "AbortError", error })?;
        if held != expect {
            // Nothing was written; whether the transaction is aborted or runs out is the same.
            let _ = transaction.abort();
            let _ = end.await;
            return Ok(false);
        }
        let turns = expect.is_some_and(|expect| expect.epoch != commit.version.epoch);
        if let Err(error) = write(&transaction, &meta, &commit, turns) {
            let _ = transaction.abort();
            let _ = end.await;
            return Err(error.into());
        }
        // It would commit by itself, a little later.
        #[expect(
            deprecated,
            reason = "the description of it that web-sys was made from lacks it; every supported browser has it"
        )]
        let _ = transaction.commit();
        // Of a full store it is known that nothing was kept. Any other end may have come after the point of no return.
        end.await.map_err(|error| Fault { unknown: name(&error) != "QuotaExceededError", error })?;
        Ok(true)
    }

    async fn probe(self: &Rc<Self>) -> Result<bool, Fault> {
        let transaction = self.begin(&[META], "readwrite", Durability::Relaxed).await?;
        let end = ended(&transaction);
        // Written and read in one transaction: another tab may be probing at the same time.
        let drawn = CryptoRng.draw();
        let meta = transaction.object_store(META)?;
        meta.put_with_key(&number(drawn), &PROBE.into())?;
        let read = answered(&meta.get(&PROBE.into())?).await?;
        end.await?;
        Ok(integer(&read) == Some(drawn))
    }

    async fn read(self: &Rc<Self>, stores: &[&str]) -> Result<Running, Fault> {
        self.begin(stores, "readonly", Durability::Relaxed).await
    }

    async fn begin(self: &Rc<Self>, stores: &[&str], mode: &str, durability: Durability) -> Result<Running, Fault> {
        let durability = if durability == Durability::Strict { "strict" } else { "relaxed" };
        let open = |database: IdbDatabase| begin(&database, stores, mode, durability);
        let transaction = match open(self.database().await?) {
            Ok(transaction) => transaction,
            Err(_) => {
                // The connection was lost without a word. A second one that fails as well has the reason.
                self.disconnect();
                open(self.database().await?)?
            }
        };
        self.running.borrow_mut().push(transaction.clone());
        Ok(Running { inner: Rc::clone(self), transaction })
    }

    /// A page in WebKit's back/forward cache keeps its transactions open, and everybody else's wait for them.
    fn abort_all(&self) {
        for transaction in self.running.take() {
            let _ = transaction.abort();
        }
    }

    async fn database(self: &Rc<Self>) -> Result<IdbDatabase, Fault> {
        if let Some(connection) = &*self.connection.borrow() {
            return Ok(connection.database.clone());
        }
        let request = self.factory.open_with_u32(&self.name, SCHEMA)?;
        let opening = request.clone();
        let upgrade = callback(move |_: BrowserEvent| {
            let Ok(database) = opening.result() else { return };
            for store in [ENTRIES, LOG, META] {
                let _ = database.unchecked_ref::<IdbDatabase>().create_object_store(store);
            }
        });
        request.set_onupgradeneeded(Some(function(&upgrade)));
        let database: IdbDatabase = answered(&request).await?.unchecked_into();
        if let Some(connection) = &*self.connection.borrow() {
            // Another operation was quicker.
            database.close();
            return Ok(connection.database.clone());
        }
        let inner = Rc::downgrade(self);
        // Site data was cleared, or somebody wants to delete the database: it is let go, and opened anew when needed.
        let given_up = callback(move |_: BrowserEvent| {
            let Some(inner) = inner.upgrade() else { return };
            inner.disconnect();
            let changed = inner.changed.borrow().clone();
            if let Some(changed) = changed {
                changed();
            }
        });
        database.set_onclose(Some(function(&given_up)));
        database.set_onversionchange(Some(function(&given_up)));
        *self.connection.borrow_mut() = Some(Connection { database: database.clone(), _given_up: given_up });
        Ok(database)
    }

    fn disconnect(&self) {
        self.connection.take();
    }
}

/// A transaction that is aborted when the page is left, until dropped.
struct Running {
    inner: Rc<Inner>,
    transaction: IdbTransaction,
}

impl Deref for Running {
    type Target = IdbTransaction;

    fn deref(&self) -> &IdbTransaction {
        &self.transaction
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.inner.running.borrow_mut().retain(|one| *one != self.transaction);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.database.set_onclose(None);
        self.database.set_onversionchange(None);
        self.database.close();
    }
}
