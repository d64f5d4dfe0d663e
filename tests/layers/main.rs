//! Holds the crate to its layers: `lib.rs` draws them, `rules.rs` says what each may use.
//!
//! The check reads the source as the compiler would, and follows every path to what it means, so that neither `super::`
//! nor a re-export nor a macro leads around it. The tests below plant one breach after another to see that it finds them.
#![cfg(not(target_arch = "wasm32"))]

mod check;
mod circles;
mod modules;
mod plants;
mod resolve;
mod rules;
mod scan;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use plants::{Sources, can, plants};
use rules::{IMPURE, LAYERS, PARTED};

/// No file is longer: one idea a file.
const MOST_LINES: usize = 400;
const SOURCE_FOLDERS: [&str; 6] = ["src", "js", "tests", "benches", "scripts", "www"];
const SOURCE_KINDS: [&str; 7] = ["rs", "js", "mjs", "ts", "mts", "html", "css"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_crate_keeps_its_layers() {
    let breaches = check::check(&|file| fs::read_to_string(root().join(file)).ok());
    let lines: Vec<String> = breaches.iter().map(|b| format!("{}:{}: {}", b.file.display(), b.line, b.what)).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn no_files_of_the_crate_use_one_another_in_a_circle() {
    let circles = circles::circles(&|file| fs::read_to_string(root().join(file)).ok());
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn a_circle_is_found_through_what_is_passed_on() {
    let files = |state: &str| {
        let machine = "use super::Part; pub struct Machine { part: Part }";
        let circles = circles::circles(&|file| {
            let text = match file.to_str()? {
                "src/lib.rs" => "mod service;",
                "src/service.rs" => "mod machine; mod state; mod act; pub use self::state::Part;",
                "src/service/machine.rs" => machine,
                "src/service/state.rs" => state,
                "src/service/act.rs" => "use super::machine::Machine; impl Machine { fn act(&self) {} }",
                _ => return None,
            };
            Some(text.to_string())
        });
        circles.len()
    };
    assert_eq!(files("pub struct Part;"), 0);
    assert_eq!(files("use super::machine::Machine; pub struct Part; impl Machine {}"), 1);
    assert_eq!(files("pub struct Part; fn of(machine: &crate::service::machine::Machine) {}"), 1);
}

#[test]
fn a_sound_crate_passes() {
    assert_eq!(Sources::sound().check(), []);
}

#[test]
fn every_forbidden_arrow_is_found_however_it_is_drawn() {
    let mut tried = 0;
    for (from, to) in pairs().filter(|(from, to)| !can(from, to)) {
        for plant in plants(from, to) {
            tried += 1;
            assert!(!plant.sources.check().is_empty(), "{from} uses {to} unseen: {}", plant.kind);
        }
    }
    println!("{tried} breaches planted, all found");
}

#[test]
fn no_allowed_arrow_is_taken_for_a_breach() {
    // A file of another layer's folder is never allowed, whatever it uses.
    for (from, to) in pairs().filter(|(from, to)| can(from, to)) {
        for plant in plants(from, to).into_iter().filter(|plant| plant.kind != "file of another folder") {
            assert_eq!(plant.sources.check(), [], "{from} may use {to}: {}", plant.kind);
        }
    }
}

#[test]
fn manager_and_service_and_storage_stay_apart() {
    assert!(!can("manager", "service") && !can("service", "manager") && !can("manager", "storage"));
    assert!(can("service", "storage") && can("engine", "storage") && can("bindings", "manager"));
    assert!(!can("session", "engine") && !can("error", "session") && can("session", "error"));
}

#[test]
fn parts_of_the_engine_never_see_each_other() {
    let parts = |text: &str, lent: &str| {
        Sources::sound()
            .with("src/engine/mod.rs", &format!("pub mod cache; pub mod overlay; pub struct Shared; {lent}"))
            .with("src/engine/cache.rs", "pub struct Cache;")
            .with("src/engine/overlay.rs", text)
    };
    assert_eq!(parts("use super::Shared;", "").check(), []);
    let ways = [
        ("use crate::engine::cache::Cache;", ""),
        ("use super::cache::Cache;", ""),
        ("fn f(_: super::super::engine::cache::Cache) {}", ""),
        ("use super::Cache;", "pub use cache::Cache;"),
        ("use super::*; fn f(_: Cache) {}", "pub use self::cache::Cache;"),
        ("use super::*; fn f(_: cache::Cache) {}", ""),
        ("use crate::{engine::{cache}};", ""),
    ];
    for (text, lent) in ways {
        assert!(!parts(text, lent).check().is_empty(), "{PARTED}: {text} {lent}");
    }
}

#[test]
fn everything_below_the_browser_is_pure() {
    let impure: Vec<&str> = LAYERS.into_iter().filter(|layer| ["browser", "bindings"].contains(layer)).collect();
    for layer in LAYERS {
        let mut ways: Vec<String> = vec!["async fn f() {}".into(), "fn f() { let _ = g().await; }".into()];
        ways.extend(["use std::*;".into(), "macro_rules! m { () => { async {} } }".into()]);
        for path in IMPURE {
            ways.push(format!("use {path}::Thing;"));
            ways.push(format!("fn f(_: ::{path}::Thing) {{}}"));
            ways.push(format!("fn f() -> {path}::Thing {{}}"));
            ways.push(format!("use {path}::*;"));
            ways.push(format!("use {path} as other; fn f(_: other::Thing) {{}}"));
        }
        ways.extend(["extern crate web_sys as dom;".into(), "use std as s; fn f() { s::thread::spawn(g) }".into()]);
        ways.push("use std::{fmt, time::{self, Instant}};".into());
        for way in ways {
            let found = !Sources::sound().with(&format!("src/{layer}/leaf.rs"), &way).check().is_empty();
            assert_eq!(found, !impure.contains(&layer), "{layer}: {way}");
        }
    }
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let ways = [
        "fn f() { mod hidden { } }",
        "macro_rules! m { () => { mod hidden; } }",
        "include!(\"../service/mod.rs\");",
        "mod missing;",
        "#[cfg_attr(test, path = \"../service/mod.rs\")] mod leaf;",
    ];
    for way in ways {
        assert!(!Sources::sound().with("src/manager/mod.rs", way).check().is_empty(), "{way}");
    }
    assert!(!Sources::sound().with("src/lib.rs", "mod misc { }").check().is_empty(), "a layer without a place");
}

/// With every feature on, a host still compiles nothing of a browser.
#[test]
fn a_host_build_has_no_browser_dependency() {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let tree = Command::new(cargo)
        .args(["tree", "--locked", "--all-features", "--edges", "normal", "--prefix", "none"])
        .current_dir(root())
        .output()
        .expect("cargo tree runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let listed = String::from_utf8_lossy(&tree.stdout);
    assert!(listed.contains("serde"), "cargo tree lists the dependencies");
    let browser: Vec<&str> = listed
        .lines()
        .filter(|line| line.split(' ').next().is_some_and(|name| rules::is_impure(&[name.replace('-', "_")])))
        .collect();
    assert!(browser.is_empty(), "{browser:?}");
}

#[test]
fn no_file_is_too_long() {
    let mut long = Vec::new();
    for folder in SOURCE_FOLDERS {
        visit(&root().join(folder), &mut |file| {
            let lines = fs::read_to_string(file).map_or(0, |text| text.lines().count());
            if lines > MOST_LINES {
                long.push(format!("{} has {lines} lines", file.display()));
            }
        });
    }
    assert!(long.is_empty(), "at most {MOST_LINES} lines a file: {long:?}");
}

fn visit(folder: &Path, each: &mut dyn FnMut(&Path)) {
    let entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    for path in entries {
        let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
        if path.is_dir() && !path.ends_with("node_modules") {
            visit(&path, each);
        } else if SOURCE_KINDS.contains(&kind) {
            each(&path);
        }
    }
}

fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    LAYERS.into_iter().flat_map(|from| LAYERS.into_iter().filter(move |to| *to != from).map(move |to| (from, to)))
}
