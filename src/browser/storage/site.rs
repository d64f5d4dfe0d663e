//! Whether this frame's own storage is that of its site, unpartitioned: so it is where all pages around it are of the
//! same site.
//!
//! No browser says so, and only the list of public suffixes tells which hosts make one site. So only what is certain
//! without it counts: all ancestors have our scheme and our very host.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::Array;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Url, Window};

use crate::browser::window;

#[wasm_bindgen]
extern "C" {
    // web-sys has no such member.
    #[wasm_bindgen(thread_local_v2, js_namespace = location, js_name = ancestorOrigins)]
    static ANCESTORS: Option<Array>;
    // Texts that are read once: by themselves they are fewer bytes than by the objects that have them.
    #[wasm_bindgen(thread_local_v2, js_namespace = document, js_name = referrer)]
    static REFERRER: String;
    #[wasm_bindgen(thread_local_v2, js_namespace = navigator, js_name = vendor)]
    static VENDOR: Option<String>;
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
    let window = window();
    let around = |found: Result<Option<Window>, _>| found.ok().flatten();
    let (parent, top) = (around(window.parent()), around(window.top()));
    let own = window.location().origin().unwrap_or_default();
    let ancestors = ANCESTORS.with(Clone::clone);
    let all_same_site = if top.as_ref() == Some(&window) {
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
    let Some(ancestors) = ANCESTORS.with(Clone::clone) else { return Vec::new() };
    (1..ancestors.length()).map(|at| ancestors.get(at).as_string().unwrap_or_default()).collect()
}

fn same_site(own: &str, other: &str) -> bool {
    let (Ok(own), Ok(other)) = (Url::new(own), Url::new(other)) else { return false };
    if by_origin() {
        return own.origin() == other.origin();
    }
    own.protocol() == other.protocol() && own.hostname() == other.hostname()
}

/// WebKit keeps storage by the origin of the top page, port included.
fn by_origin() -> bool {
    VENDOR.with(|vendor| vendor.as_deref().is_some_and(|vendor| vendor.starts_with("Apple")))
}
