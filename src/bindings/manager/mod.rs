//! The page's core as JavaScript holds it. One serves all managers of a page for one service.

mod drawn;
mod facts;
mod host;
mod world;

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use self::host::Host;
use self::world::{PageWorld, Running};
use crate::ambient::{Clock, Span};
use crate::browser::{CryptoRng, PageClock, is_hidden, is_offline};
use crate::manager::{Config, Input, Manager, Operation, PageLifecycle, Token};
use crate::pump::Pump;
use crate::session::{Json, Mutation, SessionId, Terms};

/// Numbers are milliseconds where their names do not say otherwise, and tokens where they are called so.
#[wasm_bindgen]
pub struct ManagerCore {
    pump: Rc<Running>,
    /// Mutations of the write that is being put together.
    staged: RefCell<Vec<Mutation>>,
}

#[wasm_bindgen]
impl ManagerCore {
    /// Starts connecting. The options are validated already.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::too_many_arguments, reason = "plain numbers cross cheaper than an object of them")]
    pub fn new(
        host: Host,
        ttl: f64,
        request_timeout: f64,
        heartbeat: f64,
        backoff_initial: f64,
        backoff_max: f64,
        jitter: f64,
        debug: bool,
    ) -> Self {
        let config = Config {
            ttl: ms(ttl),
            request_timeout: ms(request_timeout),
            heartbeat: ms(heartbeat),
            backoff: (ms(backoff_initial), ms(backoff_max), jitter),
        };
        let manager = Manager::new(config, Box::new(CryptoRng));
        let pump = Pump::start(manager, |pump| PageWorld::new(pump, host, debug));
        if is_hidden() {
            pump.input(Input::Lifecycle(PageLifecycle::Hidden));
        }
        if is_offline() {
            pump.input(Input::Lifecycle(PageLifecycle::Offline));
        }
        Self { pump, staged: RefCell::default() }
    }

    /// Puts "add" into the next write; false, and nothing staged, if an argument is not acceptable.
    /// `ttl`, `renews` and `limit` as [`terms`] has them.
    pub fn add(&self, id: String, user_id: String, data: String, ttl: f64, renews: Option<bool>, limit: f64) -> bool {
        self.stage(|| {
            let (id, data) = (SessionId::try_from(id).ok()?, Json::try_from(data).ok()?);
            Some(Mutation::Add { id, user_id, data, terms: terms(ttl, renews, limit, false) })
        })
    }

    /// Puts "update" into the next write; "replace" if `data` is the new data, whole, and not a patch of it.
    pub fn update(&self, id: String, data: String, if_version: Option<f64>, replace: bool) -> bool {
        self.stage(|| {
            let (id, data) = (SessionId::try_from(id).ok()?, Json::try_from(data).ok()?);
            let if_version = if_version.map(whole);
            Some(if replace {
                Mutation::Replace { id, data, if_version }
            } else {
                Mutation::Update { id, patch: data, if_version }
            })
        })
    }

    /// Puts "remove" into the next write.
    pub fn remove(&self, id: String, if_version: Option<f64>) -> bool {
        self.stage(|| Some(Mutation::Remove { id: SessionId::try_from(id).ok()?, if_version: if_version.map(whole) }))
    }

    /// Puts "activate" into the next write.
    pub fn activate(&self, id: Option<String>) -> bool {
        self.stage(|| Some(Mutation::Activate(id.map(SessionId::try_from).transpose().ok()?)))
    }

    /// Puts "configure" into the next write; "recover" if nothing is asked for. The others as [`terms`] has them.
    pub fn configure(&self, id: String, ttl: f64, renews: Option<bool>, limit: f64, resets: bool) -> bool {
        self.stage(|| {
            let (id, terms) = (SessionId::try_from(id).ok()?, terms(ttl, renews, limit, resets));
            Some(if terms.is_default() { Mutation::Recover(id) } else { Mutation::Configure { id, terms } })
        })
    }

    /// Tells of a use of this session. False if the id is not acceptable.
    pub fn touch(&self, token: f64, id: String) -> bool {
        let Ok(id) = SessionId::try_from(id) else { return false };
        self.pump.input(Input::Touch { token: named(token), id });
        true
    }

    /// Tells of a request on this session, which took so many milliseconds. False if the id is not acceptable.
    pub fn record(&self, token: f64, id: String, ms: f64, url: Option<String>) -> bool {
        let Ok(id) = SessionId::try_from(id) else { return false };
        self.pump.input(Input::Record { token: named(token), id, micros: self::ms(ms).0, url });
        true
    }

    /// Makes one write of what is staged. `bulk` says whether it came as a list.
    pub fn write(&self, token: f64, bulk: bool) {
        let mutations = self.staged.take();
        let operation = match mutations.first() {
            Some(Mutation::Add { .. }) if !bulk => Operation::Add,
            Some(Mutation::Update { .. } | Mutation::Replace { .. }) if !bulk => Operation::Update,
            Some(Mutation::Remove { .. }) if !bulk => Operation::Remove,
            Some(Mutation::Activate(_)) if !bulk => Operation::Activate,
            Some(Mutation::Configure { .. }) if !bulk => Operation::Configure,
            Some(Mutation::Recover(_)) if !bulk => Operation::Recover,
            _ => Operation::Bulk,
        };
        self.pump.input(Input::Write { token: named(token), operation, mutations });
    }

    /// Gives up what is staged.
    pub fn unstage(&self) {
        self.staged.take();
    }

    /// An update by function, whose result is a patch or with `replace` the new data; `host.run` follows. False if the id is not acceptable.
    pub fn function(&self, token: f64, id: String, if_version: Option<f64>, replace: bool) -> bool {
        let Ok(id) = SessionId::try_from(id) else { return false };
        self.pump.input(Input::Function { token: named(token), id, if_version: if_version.map(whole), replace });
        true
    }

    /// What the function gave; nothing if it failed. False if it is not an acceptable patch.
    pub fn ran(&self, token: f64, patch: Option<String>) -> bool {
        let asked = patch.is_some();
        let patch = patch.and_then(|patch| Json::try_from(patch).ok());
        let fits = patch.is_some() == asked;
        self.pump.input(Input::Ran { token: named(token), patch });
        fits
    }

    /// Takes a write back if it was not sent yet.
    pub fn withdraw(&self, token: f64) {
        self.pump.input(Input::Withdraw(named(token)));
    }

    /// Asks for what this token is to be settled with: one call for all, as `js/asks.js` numbers them.
    pub fn ask(&self, token: f64, what: u32) {
        let token = named(token);
        self.pump.input(match what {
            0 => Input::Read(token),
            1 => Input::Refresh(token),
            2 => Input::Ready(token),
            3 => Input::Reconnect(token),
            4 => Input::AskAccess(token),
            5 => Input::CleanUp(token),
            _ => Input::Close(token),
        });
    }

    /// Somebody has waited for the request timeout.
    pub fn late(&self) {
        self.pump.input(Input::Late);
    }

    /// Forgets that the cache is fresh.
    pub fn invalidate(&self) {
        self.pump.input(Input::Invalidate);
    }

    /// Whether the cache is within its time to live.
    #[wasm_bindgen(js_name = isCacheValid)]
    pub fn is_cache_valid(&self) -> bool {
        self.pump.machine().is_cache_valid(PageClock.now())
    }

    /// The frozen `Snapshot`: the same until something in it changes.
    pub fn snapshot(&self) -> JsValue {
        if self.pump.machine().is_stale() {
            self.pump.input(Input::RefreshIfStale);
        }
        // What has just expired shows so, before the timer that tells of it. That may be late by as long as a device has slept: so it
        // is told of as soon as whoever asks has ended.
        let outdated = self.pump.machine_mut().mind_expiry(PageClock.now());
        if outdated {
            self.pump.wake_soon();
        }
        self.pump.world().snapshot(&self.pump, outdated)
    }

    /// The numbers of `ManagerMetrics` and of a report, by name.
    pub fn numbers(&self) -> JsValue {
        let (metrics, protocol, client) = {
            let manager = self.pump.machine();
            (manager.metrics(), manager.protocol(), manager.client())
        };
        facts::numbers(&metrics, protocol, client)
    }

    fn stage(&self, make: impl FnOnce() -> Option<Mutation>) -> bool {
        let made = make();
        let fits = made.is_some();
        self.staged.borrow_mut().extend(made);
        fits
    }
}

/// `ttl`: milliseconds, or not a number if no lifetime is asked for; infinity: for ever. Likewise the `limit` of requests.
fn terms(ttl: f64, renews: Option<bool>, limit: f64, resets: bool) -> Terms {
    let asked = |number: f64| (!number.is_nan()).then(|| number.is_finite().then(|| whole(number)));
    Terms { ttl: asked(ttl), renews, limit: asked(limit), resets }
}

fn named(token: f64) -> Token {
    Token(whole(token))
}

fn whole(number: f64) -> u64 {
    number as u64
}

fn ms(milliseconds: f64) -> Span {
    Span((milliseconds * 1000.0) as u64)
}
