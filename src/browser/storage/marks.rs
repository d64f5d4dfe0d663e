//! Marks that one life of this frame leaves to the next: in sessionStorage, which is this tab's and this partition's own
//! and there again after a crash.

use alloc::string::String;

use web_sys::Storage;

use crate::browser::window;

/// What a life marked under `name`. Where there is no such storage nothing is ever marked.
pub fn get(name: &str) -> Option<String> {
    all()?.get_item(&key(name)).ok()?
}

pub fn set(name: &str, value: &str) {
    if let Some(marks) = all() {
        let _ = marks.set_item(&key(name), value);
    }
}

pub fn remove(name: &str) {
    if let Some(marks) = all() {
        let _ = marks.remove_item(&key(name));
    }
}

fn all() -> Option<Storage> {
    window().session_storage().ok()?
}

/// Frames of different pages of the owner do not meet.
fn key(name: &str) -> String {
    ["session-bridge:", name, " ", &window().location().href().unwrap_or_default()].concat()
}
