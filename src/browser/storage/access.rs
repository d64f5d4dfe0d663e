//! The Storage Access API in its non-cookie form: this frame's unpartitioned storage through a `StorageAccessHandle`.

use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::EventTarget;

use super::announce::ChannelHandle;
use super::wait::within;
use super::{caution, marks};
use crate::browser::{BrowserEvent, Callback, Record, awaited, callback, document, listen, unlisten, window};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = document, js_name = requestStorageAccess, catch)]
    fn request(types: Record) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, structural, getter, catch, js_name = indexedDB)]
    fn indexed_db(this: &Record) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = ["navigator", "permissions"], catch)]
    fn query(descriptor: Record) -> Result<Promise, JsValue>;

    type Policy;
    #[wasm_bindgen(method, structural, js_name = allowsFeature)]
    fn allows(this: &Policy, feature: &str) -> bool;
}

/// Some browsers answer only when a person does, and some never.
const SILENT_MS: u32 = 1_000;
/// For a frame that was given a handle before: to go on without one means to show other sessions for a while.
const USUAL_MS: u32 = 5_000;
/// Left by a life that was given a handle.
const GIVEN: &str = "given-handle";
const FEATURE: &str = "storage-access";

/// What a handle gives.
pub struct Unpartitioned {
    /// An `IDBFactory`.
    pub factory: JsValue,
    pub channels: ChannelHandle,
}

/// What asking for a handle came to.
pub enum Asked {
    Given(Unpartitioned),
    Refused,
    /// Not yet; this may still be fulfilled.
    Unanswered(Promise),
}

/// Asks for a handle, without a question to anybody unless this runs in a click. `None` where there are no handles.
///
/// It asks for exactly what is used: Chromium ends the process of a frame whose grant does not cover a type.
pub fn ask() -> Option<Promise> {
    if !knows_handles() {
        return None;
    }
    let types = Record::new();
    types.set("indexedDB", JsValue::TRUE);
    types.set("BroadcastChannel", JsValue::TRUE);
    request(types).ok()
}

/// The same, once a mark says so. Chromium may end the process as soon as it gives the handle, and takes with it what has not
/// left it yet. What the browser answers was asked after the mark, so by then that has.
pub async fn ask_marked() -> Option<Promise> {
    if !knows_handles() {
        return None;
    }
    caution::begin();
    let _ = permission().await;
    ask()
}

/// What `asked` comes to before long.
pub async fn silently(asked: Promise) -> Asked {
    let ms = if marks::get(GIVEN).is_some() { USUAL_MS } else { SILENT_MS };
    match within(ms, awaited(&asked)).await {
        None => Asked::Unanswered(asked),
        Some(answer) => handle(answer.ok()).map_or_else(refused, Asked::Given),
    }
}

fn refused() -> Asked {
    marks::remove(GIVEN);
    Asked::Refused
}

/// What a handle gives. A request that was fulfilled without one was taken for one about cookies.
pub fn handle(answer: Option<JsValue>) -> Option<Unpartitioned> {
    let handle = Record::from(answer.filter(JsValue::is_object)?);
    caution::begin();
    marks::set(GIVEN, "");
    let factory = handle.indexed_db().ok().filter(JsValue::is_object)?;
    Some(Unpartitioned { factory, channels: JsValue::from(handle).unchecked_into() })
}

/// Whether a click could bring a handle, as far as that can be known without one.
pub async fn could_be_granted() -> bool {
    // The page around may forbid it.
    let policy = members(document()).get("featurePolicy");
    let allowed = !policy.is_object() || policy.unchecked_into::<Policy>().allows(FEATURE);
    let secure = members(window().into()).get("isSecureContext").is_truthy();
    knows_handles() && secure && allowed && !is_denied().await
}

async fn is_denied() -> bool {
    let Some(status) = permission().await else { return false };
    status.get("state") == JsValue::from_str("denied")
}

/// Hears of grants that are given or withdrawn, where the browser tells, until dropped.
pub struct PermissionListener {
    status: EventTarget,
    changed: Callback,
}

impl PermissionListener {
    /// Starts to listen. `None` where the browser tells nothing.
    pub async fn new(changed: impl Fn() + 'static) -> Option<Self> {
        let status: EventTarget = JsValue::from(permission().await?).unchecked_into();
        let changed = callback(move |_: BrowserEvent| changed());
        listen(&status, "change", &changed);
        Some(Self { status, changed })
    }
}

impl Drop for PermissionListener {
    fn drop(&mut self) {
        unlisten(&self.status, "change", &self.changed);
    }
}

async fn permission() -> Option<Record> {
    let descriptor = Record::new();
    descriptor.set("name", FEATURE.into());
    let status = awaited(&query(descriptor).ok()?).await.ok()?;
    Some(Record::from(status))
}

/// Chromium does not show the handle's interface by its name, but brought this method along with it. Browsers without
/// handles must not be asked: they take the question for one about cookies, and may put it to the person.
fn knows_handles() -> bool {
    members(window().into()).get("StorageAccessHandle").is_function()
        || members(document()).get("hasUnpartitionedCookieAccess").is_function()
}

/// The window's own `IDBFactory`, partitioned or not.
pub fn own_factory() -> Option<JsValue> {
    members(window().into()).indexed_db().ok().filter(JsValue::is_object)
}

/// What is not in web-sys, or may be missing, is read as a member.
fn members(object: EventTarget) -> Record {
    Record::from(JsValue::from(object))
}
