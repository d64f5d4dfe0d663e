//! The service as JavaScript holds it.

mod database;
mod log;
mod options;
mod stores;
mod world;

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use self::options::Options;
use self::world::{FrameWorld, Running};
use crate::ambient::{Clock, Span};
use crate::browser::storage::{AccessAnswer, ask};
use crate::browser::{BrowserEvent, CryptoRng, PageClock, Record, number, percentiles, promise};
use crate::error::Code;
use crate::pump::Pump;
use crate::service::{Input, Service};

/// The owner's service in this frame.
#[wasm_bindgen]
pub struct ServiceCore {
    pump: Rc<Running>,
}

#[wasm_bindgen]
impl ServiceCore {
    /// Listens from now on. `prompt(origin)` is to show the prompt, and to call `prompted` when it is over;
    /// `prompt(undefined, declined)` is to take it away. `renew()` is to load the page anew, where a newer one may be
    /// had, and to say whether it does. `welcomed(origin)` is to call `quiet`. `log`, if given, is told of every message and
    /// of pages that are not welcomed. The options are validated already.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: &Record,
        prompt: js_sys::Function,
        renew: js_sys::Function,
        welcomed: js_sys::Function,
        log: Option<log::Log>,
    ) -> ServiceCore {
        let Options { config, wanted, name } = options::read(options);
        let limit = config.limits.message_bytes;
        let service = Service::new(config, Box::new(CryptoRng));
        let callbacks = (prompt, renew, welcomed);
        let pump = Pump::start(service, |pump| FrameWorld::new(pump, limit, wanted, &name, callbacks, log));
        Self { pump }
    }

    /// Takes a message that the window received before this was here to listen.
    pub fn hear(&self, event: BrowserEvent) {
        self.pump.world().hear(&event);
    }

    /// These grants, in the form of the options, hold from now on.
    #[wasm_bindgen(js_name = setGrants)]
    pub fn set_grants(&self, grants: JsValue) {
        self.pump.input(Input::Grants(options::grants(grants)));
    }

    /// Selects anew where sessions are best kept; resolves when that is told.
    pub fn select(&self) -> Promise {
        self.pump.world().selector().select()
    }

    /// Asks the browser for access to unpartitioned storage. To be called while a click is being handled. Resolves with
    /// `"granted"`, `"visit"` (not now; it may help to use the owner's own page first) or `"refused"`.
    pub fn grant(&self) -> Promise {
        let asked = ask();
        let selector = Rc::clone(self.pump.world().selector());
        promise(async move {
            let answer = match selector.ask(asked).await {
                AccessAnswer::Granted => "granted",
                AccessAnswer::Visit => "visit",
                AccessAnswer::Refused => "refused",
            };
            Ok(answer.into())
        })
    }

    /// The prompt stands and wants to be seen.
    #[wasm_bindgen(js_name = promptShown)]
    pub fn prompt_shown(&self) {
        self.pump.input(Input::PromptShown);
    }

    /// The prompt is over, or there was none to show.
    pub fn prompted(&self) {
        self.pump.input(Input::Prompted);
    }

    /// The prompt is not shown to pages of this origin for so many milliseconds, because the person declined; 0: it can be.
    pub fn quiet(&self, origin: String, ms: f64) {
        self.pump.input(Input::Quiet { origin, lasts: Span::from_millis(ms as u64) });
    }

    /// The store is nearly full: every page is told. Or it is so no longer.
    #[wasm_bindgen(js_name = nearlyFull)]
    pub fn nearly_full(&self, is: bool) {
        self.pump.input(Input::Trouble(is.then_some(Code::StorageFull)));
    }

    /// What `js/storage-status.js` makes a `StorageStatus` of: `level` and `upgrade` are places in their enums.
    pub fn storage(&self) -> JsValue {
        let status = self.pump.machine().status();
        let object = Record::new();
        object.set("level", (status.level as u32).into());
        object.set("shared", status.shared.into());
        object.set("upgrade", (status.upgrade as u32).into());
        object.into()
    }

    /// Of `SessionService.metrics()` the number of commits alone, without a look at the sessions: it is asked for every few seconds.
    pub fn commits(&self) -> f64 {
        self.pump.machine().metrics().commits as f64
    }

    /// As `SessionService.metrics()`.
    pub fn metrics(&self) -> JsValue {
        let metrics = self.pump.machine().metrics();
        let census = self.pump.machine().census(PageClock.now().wall);
        let object = Record::new();
        object.set("connections", number(metrics.connections as u64));
        object.set("sessions", number(metrics.sessions as u64));
        object.set("valid", number(census.valid));
        object.set("expired", number(census.expired));
        object.set("meanAgeMs", number(census.mean_age));
        let requests = Record::new();
        requests.set("total", number(census.requests));
        let mean_micros = census.request_micros as f64 / census.requests.max(1) as f64;
        requests.set("meanMs", (mean_micros / 1000.0).into());
        object.set("requests", requests.into());
        object.set("commits", number(metrics.commits));
        object.set("refused", number(metrics.refused));
        object.set("cleaned", number(metrics.cleaned));
        object.set("malformed", number(metrics.malformed));
        object.set("commitMs", percentiles(&metrics.commit_ms));
        object.into()
    }

    /// Says goodbye to every page and falls silent.
    pub fn stop(&self) {
        self.pump.input(Input::Stop);
        self.pump.world().fall_silent();
    }
}
