//! A store in IndexedDB. A commit goes into a log, and `fold` puts what it comes to into the entries later. Which
//! transaction touches what, and why each crash leaves a store that can be read: `docs/storage.md`.
//!
//! What is asked and answered is as it crosses to JavaScript, so that most of it passes through as it is.

use alloc::boxed::Box;
use alloc::rc::{Rc, Weak};
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbKeyRange, IdbRequest, IdbTransaction};

use super::connection::{BLOCKED, Connection};
use super::crossing::{self, rejection, stand};
use super::fault::{failure, name};
use super::idb::{answered, ended, finish};
use super::tables::{
    ALL, Commit, ENTRIES, LOG, LOG_ALONE, META, PROBE, Tail, UNKNOWN, change, delete_records, fold, is, records, tail,
};
use crate::ambient::Rng;
use crate::browser::{
    Alarm, BrowserEvent, Callback, CryptoRng, LifecycleListener, PageEvent, callback, function, integer, number,
    promise, read_version, spawn,
};
use crate::session::Version;
use crate::storage::tail::{LARGE, cleared, leads_on, order};
use crate::storage::{Answer, Changed, Durability, Operation, Provider};

/// One handle to a store. It opens the database when first asked something, and again if the browser closed it.
pub struct IndexedDb {
    store: Rc<Store>,
}

/// What a handle knows and does.
pub struct Store {
    pub connection: Connection,
    /// The version that the entries were at when they were last looked at.
    pub folded: Cell<Version>,
    /// About how much was committed to the log since the last fold.
    pub length: Cell<usize>,
    /// Folds.
    pub alarm: Alarm,
    changed: RefCell<Option<Rc<dyn Fn()>>>,
    _presence: LifecycleListener,
}

impl IndexedDb {
    /// A handle to the store of this name. `factory` is an `IDBFactory`.
    pub fn new(factory: JsValue, name: &str) -> Self {
        let store = Rc::new_cyclic(|store: &Weak<Store>| {
            let (lost, idle, left) = (store.clone(), store.clone(), store.clone());
            let given_up = callback(move |_: BrowserEvent| {
                let Some(store) = lost.upgrade() else { return };
                store.connection.disconnect();
                let changed = store.changed.borrow().clone();
                if let Some(changed) = changed {
                    changed();
                }
            });
            Store {
                connection: Connection::new(factory, name, given_up),
                folded: Cell::new(UNKNOWN),
                length: Cell::default(),
                alarm: Alarm::new(move || {
                    if let Some(store) = idle.upgrade() {
                        spawn(store.fold());
                    }
                }),
                changed: RefCell::default(),
                _presence: LifecycleListener::new(move |event| {
                    if event == PageEvent::Suspended
                        && let Some(store) = left.upgrade()
                    {
                        store.connection.suspend();
                    }
                }),
            }
        });
        Self { store }
    }

    /// Whether it opens, writes, and reads back what was written. Rejects as an operation does.
    ///
    /// A full database, one of a newer layout and one that frames of an older build hold on to pass: what they hold is there,
    /// and to keep sessions elsewhere would be to hide it. Whoever uses them is told.
    pub fn probe(&self) -> Promise {
        let store = Rc::clone(&self.store);
        promise(async move {
            match store.probe().await {
                Err(error)
                    if error != BLOCKED && !matches!(name(&error).as_str(), "VersionError" | "QuotaExceededError") =>
                {
                    Err(rejection(failure(&error, false)))
                }
                _ => Ok(JsValue::UNDEFINED),
            }
        })
    }

    /// Does what `method` of a provider does, with its arguments.
    pub fn ask(&self, method: &str, args: Array) -> Promise {
        let (store, method) = (Rc::clone(&self.store), String::from(method));
        promise(async move {
            let answer = store.perform(&method, args).await;
            answer.map_err(|error| rejection(failure(&error, method == "commit")))
        })
    }
}

impl Provider for IndexedDb {
    fn start(&self, operation: Operation, done: Box<dyn FnOnce(Answer)>) {
        let (method, args) = crossing::call(&operation);
        crossing::tell(method, self.ask(method, args), done);
    }

    /// A database tells nobody of commits, [`Announced`](super::Announced) does; but that it was taken away is heard.
    fn watch(&self, changed: Box<Changed>) {
        *self.store.changed.borrow_mut() = Some(Rc::new(move || changed(None)));
    }
}

impl Store {
    async fn perform(&self, method: &str, args: Array) -> Result<JsValue, JsValue> {
        if method == "commit" { self.commit(args).await } else { self.read(method, args).await }
    }

    /// Begins a transaction. What is not folded is read first, unless it is on the log alone. `writes`: `None` if it only reads.
    pub async fn begin(&self, tables: &[&str], writes: Option<Durability>) -> Result<(IdbTransaction, Tail), JsValue> {
        let transaction = self.connection.begin(tables, writes).await?;
        let tail = if tables.len() > 1 { tail(&transaction, &self.folded).await? } else { Tail::new(None) };
        Ok((transaction, tail))
    }

    async fn read(&self, method: &str, args: Array) -> Result<JsValue, JsValue> {
        let tables = if method == "since" { LOG_ALONE } else { ALL };
        let (transaction, tail) = self.begin(tables, None).await?;
        if tail.head != tail.folded {
            // Nobody else may be there to do it.
            self.fold_when_idle();
        }
        let first = args.get(0);
        let since = read_version(&first).unwrap_or(UNKNOWN);
        let (prefix, after) = (first.as_string().unwrap_or_default(), args.get(1).as_string());
        let limit = integer(&args.get(2)).unwrap_or_default() as usize;
        let entries = || transaction.object_store(ENTRIES);
        let mut requests = Vec::new();
        match method {
            "since" => requests.push(records(&transaction.object_store(LOG)?, since.seq, false)?),
            "get" => {
                for key in first.unchecked_ref::<Array>().iter() {
                    requests.push(entries()?.get(&key)?);
                }
            }
            "list" => {
                let bound = after.as_ref().filter(|after| order(after, &prefix).is_ge());
                // What comes after the prefix is cut off later.
                let range = IdbKeyRange::lower_bound_with_open(&bound.unwrap_or(&prefix).into(), bound.is_some())?;
                let most = u32::try_from(tail.wanted(limit)).unwrap_or(u32::MAX);
                requests.push(entries()?.get_all_keys_with_key_and_limit(&range, most)?);
                requests.push(entries()?.get_all_with_key_and_limit(&range, most)?);
            }
            _ => return Ok(stand(tail.head)),
        }
        // They are answered in order: when the last one is, all are.
        if let Some(last) = requests.last() {
            answered(last).await?;
        }
        let answer = Array::new();
        let mut results = requests.iter().map(|request| request.result().unwrap_or_default());
        if method == "get" {
            for (key, held) in first.unchecked_into::<Array>().iter().zip(results) {
                answer.push(&match tail.get(&key.as_string().unwrap_or_default()) {
                    Some(Some(put)) => put.get(1),
                    None if held.is_string() => held,
                    // What is no text was not written here. To pass over it would be to say that it is not there.
                    None if !held.is_undefined() => return Err(JsValue::NULL),
                    _ => JsValue::NULL,
                });
            }
            return Ok(answer.into());
        }
        let mut found = results.next().unwrap_or_default().unchecked_into::<Array>().into_iter();
        if method == "since" {
            if !found.next().is_some_and(|first| is(&first, since)) {
                return Ok(JsValue::NULL);
            }
            for record in found {
                answer.push(&record.unchecked_into::<Array>().get(2));
            }
            // The frame that committed may be gone before it folded.
            if answer.length() > 0 || self.folded.get() != since {
                self.fold_when_idle();
            }
            return Ok(answer.into());
        }
        let values: Array = results.next().unwrap_or_default().unchecked_into();
        let mut page = Vec::new();
        for (key, value) in found.zip(values) {
            let name = key.as_string().ok_or(JsValue::NULL)?;
            if !name.starts_with(&prefix) {
                break;
            }
            page.push((name, Array::of2(&key, &value)));
        }
        tail.lay_over(&mut page, &prefix, after.as_deref(), limit);
        for (_, entry) in page {
            answer.push(&entry);
        }
        Ok(answer.into())
    }

    /// Takes effect only if the store stands where it is expected to.
    async fn commit(&self, args: Array) -> Result<JsValue, JsValue> {
        let expect = read_version(&args.get(0));
        let commit = Commit::read(args.get(1).unchecked_into()).ok_or(JsValue::NULL)?;
        // If not, it folds all before it, and itself, at once: the first one, one that begins another epoch, and one with a
        // large value.
        let appends = leads_on(expect, commit.to) && commit.longest <= LARGE;
        let (transaction, tail) = self.begin(if appends { LOG_ALONE } else { ALL }, Some(commit.durability)).await?;
        if !appends && tail.head != expect {
            return Ok(JsValue::FALSE);
        }
        let end = ended(&transaction);
        let stale = Rc::new(Cell::new(false));
        let asked = if appends {
            self.append(&transaction, expect, &commit, &stale).map(Some)
        } else {
            self.rewrite(&transaction, tail, &commit).map(|()| None)
        };
        if asked.is_err() {
            let _ = transaction.abort();
        }
        let end = end.await;
        let (added, _compare) = asked?.unzip();
        // If a request fails after `commit()`, Firefox completes the transaction all the same, and WebKit aborts it without a
        // reason. So the request itself is asked: nothing else that it stands with has to be undone.
        let refused: JsValue = added.and_then(|added| added.error().ok()).unwrap_or_default().into();
        // Somebody else has made a commit after the expected one, or one of this number.
        if stale.get() || name(&refused) == "ConstraintError" {
            return Ok(JsValue::FALSE);
        }
        if refused.is_object() {
            return Err(refused);
        }
        end?;
        if appends {
            self.appended(commit.to.seq, commit.length);
        } else {
            self.folded.set(commit.to);
        }
        Ok(JsValue::TRUE)
    }

    /// Asks for a commit to the log alone. Gives the request that adds it, and what decides whether it takes effect, which has to be
    /// kept until then.
    fn append(
        &self,
        transaction: &IdbTransaction,
        expect: Option<Version>,
        commit: &Commit,
        stale: &Rc<Cell<bool>>,
    ) -> Result<(IdbRequest, Callback), JsValue> {
        let Commit { to, horizon, .. } = *commit;
        let expect = expect.unwrap_or(UNKNOWN);
        let log = transaction.object_store(LOG)?;
        let known = log.get(&number(expect.seq))?;
        let added = log.add_with_key(&commit.record(&commit.puts, &commit.deletes), &number(to.seq))?;
        if let Some(up_to) = cleared(self.folded.get(), to, horizon) {
            delete_records(&log, up_to)?;
        }
        let (transaction, held, stale) = (transaction.clone(), known.clone(), Rc::clone(stale));
        // In the very callback: once that is over the transaction may commit by itself.
        let compare = callback(move |_: BrowserEvent| {
            let stands = held.result().is_ok_and(|held| is(&held, expect));
            stale.set(!stands);
            let _ = if stands { finish(&transaction) } else { transaction.abort() };
        });
        known.set_onsuccess(Some(function(&compare)));
        Ok((added, compare))
    }

    /// Asks for a commit that folds all before it, and itself.
    fn rewrite(&self, transaction: &IdbTransaction, mut tail: Tail, commit: &Commit) -> Result<(), JsValue> {
        let Commit { to, horizon, .. } = *commit;
        let log = transaction.object_store(LOG)?;
        // The log of another epoch leads nowhere, and its numbers may be higher than those to come.
        delete_records(&log, if leads_on(tail.head, to) { horizon.min(to.seq - 1) } else { u64::MAX })?;
        let none = Array::new();
        log.add_with_key(&commit.record(&none, &none), &number(to.seq))?;
        tail.head = Some(to);
        change(&mut tail, &commit.puts, &commit.deletes).ok_or(JsValue::NULL)?;
        fold(transaction, tail)
    }

    async fn probe(&self) -> Result<(), JsValue> {
        let transaction = self.connection.begin(&[META], Some(Durability::Relaxed)).await?;
        let end = ended(&transaction);
        // Written and read in one transaction: another tab may be probing at the same time.
        let drawn = CryptoRng.draw();
        let meta = transaction.object_store(META)?;
        meta.put_with_key(&number(drawn), &PROBE.into())?;
        let read = answered(&meta.get(&PROBE.into())?).await?;
        end.await?;
        if integer(&read) == Some(drawn) { Ok(()) } else { Err(JsValue::NULL) }
    }
}
