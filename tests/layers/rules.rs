//! What each layer may use.

/// From left to right: a layer may use itself and what stands to its left, but for `APART`.
pub const LAYERS: [&str; 12] = [
    "ambient", "error", "session", "machine", "protocol", "storage", "engine", "manager", "service", "pump", "browser",
    "bindings",
];

/// Pairs of which neither may use the other, wherever they stand.
const APART: [(&str, &str); 2] = [("manager", "service"), ("manager", "storage")];

/// The parts of this layer (the modules directly in it) never see each other.
pub const PARTED: &str = "engine";

/// Layers below this one are pure: they run the same in a browser, on a server and in virtual time.
const FIRST_IMPURE: &str = "browser";

/// Paths outside the crate that a pure layer may not name.
pub const IMPURE: [&str; 15] = [
    "wasm_bindgen",
    "wasm_bindgen_futures",
    "wasm_bindgen_test",
    "serde_wasm_bindgen",
    "web_sys",
    "js_sys",
    "gloo",
    "gloo_timers",
    "futures",
    "std::time",
    "std::thread",
    "std::future",
    "std::task",
    "core::future",
    "core::task",
];

/// Keywords that a pure layer may not use.
pub const IMPURE_WORDS: [&str; 2] = ["async", "await"];

/// Whether a module of the crate may use another. Both are paths from the crate's root, which itself may use anything
/// and, holding nothing of its own, may be used by anyone: what is re-exported there is judged by where it comes from.
pub fn may_use(from: &[String], to: &[String]) -> bool {
    let (Some(user), Some(used)) = (from.first(), to.first()) else { return true };
    if user == used {
        return user != PARTED || from.len() < 2 || to.len() < 2 || from[1] == to[1];
    }
    let apart = APART.iter().any(|&(a, b)| (user == a && used == b) || (user == b && used == a));
    let place = |name: &String| LAYERS.iter().position(|layer| layer == name);
    match (place(user), place(used)) {
        (Some(user), Some(used)) => used < user && !apart,
        _ => false,
    }
}

/// Whether a module must stay pure. The crate's root only lists the layers, and is held to the same.
pub fn is_pure(module: &[String]) -> bool {
    let place = |name: &str| LAYERS.iter().position(|layer| *layer == name);
    module.first().is_none_or(|layer| place(layer) < place(FIRST_IMPURE))
}

/// Whether `path` is one of `IMPURE` or lies in one.
pub fn is_impure(path: &[String]) -> bool {
    IMPURE.iter().any(|impure| {
        let mut parts = path.iter();
        impure.split("::").all(|part| parts.next().is_some_and(|have| have == part))
    })
}

/// Whether one of `IMPURE` lies in `path`, so that importing all of it would bring that along unseen.
pub fn holds_impure(path: &[String]) -> bool {
    IMPURE.iter().any(|impure| impure.starts_with(&format!("{}::", path.join("::"))))
}
