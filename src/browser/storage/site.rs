//! Whether this frame's own storage is that of its site, unpartitioned: so it is where all pages around it are of the
//! same site.
//!
//! No browser says so, and only the list of public suffixes tells which hosts make one site. So only what is certain
//! without it counts: all ancestors have our scheme and our very host.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static WINDOW: Window;
    #[derive(Clone)]
    type Window;
    #[wasm_bindgen(method, structural, getter)]
    fn parent(this: &Window) -> JsValue;
    #[wasm_bindgen(method, structural, getter)]
    fn top(this: &Window) -> JsValue;

    #[wasm_bindgen(thread_local_v2, js_name = location)]
    static LOCATION: Location;
    type Location;
    #[wasm_bindgen(method, structural, getter)]
    fn origin(this: &Location) -> String;
    #[wasm_bindgen(method, structural, getter, js_name = ancestorOrigins)]
    fn ancestors(this: &Location) -> Option<Array>;

    #[wasm_bindgen(thread_local_v2, js_namespace = document, js_name = referrer)]
    static REFERRER: String;
    #[wasm_bindgen(thread_local_v2, js_namespace = navigator, js_name = vendor)]
    static VENDOR: Option<String>;

    type Url;
    #[wasm_bindgen(constructor, js_class = "URL", catch)]
    fn new(url: &str) -> Result<Url, JsValue>;
    #[wasm_bindgen(method, structural, getter)]
    fn protocol(this: &Url) -> String;
    #[wasm_bindgen(method, structural, getter)]
    fn hostname(this: &Url) -> String;
    #[wasm_bindgen(method, structural, getter, js_name = origin)]
    fn url_origin(this: &Url) -> String;
}

/// Whose pages are around this frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Surroundings {
    /// Of its own site all of them, for certain: its storage is not partitioned.
    SameSite,
    /// Of its own origin all of them, in a browser that keeps storage apart by the origin of the top page: its storage is
    /// its own, and no other page's frame reaches it.
    SameOrigin,
    /// Others, or nobody knows.
    OtherSite,
}

/// Whose pages are around this frame.
pub fn surroundings() -> Surroundings {
    let (parent, top) = WINDOW.with(|window| (window.parent(), window.top()));
    let own = LOCATION.with(Location::origin);
    let ancestors = LOCATION.with(Location::ancestors);
    let all_same_site = if top == JsValue::from(WINDOW.with(Window::clone)) {
        true
    } else if let Some(ancestors) = ancestors {
        ancestors.iter().all(|origin| origin.as_string().is_some_and(|origin| same_site(&own, &origin)))
    } else {
        // Without that list only the page directly around is known, by what the browser says led here.
        parent == top && REFERRER.with(|referrer| same_site(&own, referrer))
    };
    match all_same_site {
        true if by_origin() => Surroundings::SameOrigin,
        true => Surroundings::SameSite,
        false => Surroundings::OtherSite,
    }
}

/// The origins of the pages around the one that holds this frame, inner ones first; of the latter, each message tells. Empty
/// where the browser has no list. One that it does not name is an empty text.
pub fn beyond_parent() -> Vec<String> {
    let ancestors = LOCATION.with(Location::ancestors).into_iter().flatten();
    ancestors.skip(1).map(|origin| origin.as_string().unwrap_or_default()).collect()
}

fn same_site(own: &str, other: &str) -> bool {
    let (Ok(own), Ok(other)) = (Url::new(own), Url::new(other)) else { return false };
    if by_origin() {
        return own.url_origin() == other.url_origin();
    }
    own.protocol() == other.protocol() && own.hostname() == other.hostname()
}

/// WebKit keeps storage by the origin of the top page, port included.
fn by_origin() -> bool {
    VENDOR.with(|vendor| vendor.as_deref().is_some_and(|vendor| vendor.starts_with("Apple")))
}
