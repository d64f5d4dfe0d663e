//! Judges every path that the crate's modules name.

use std::path::{Path as File, PathBuf};

use crate::modules::{Crate, Place, Source};
use crate::resolve::reach;
use crate::rules::{IMPURE_WORDS, LAYERS, holds_impure, is_impure, is_pure, may_use};
use crate::scan::{Path, Scan};

/// One breach of the rules.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    pub file: PathBuf,
    pub line: usize,
    pub what: String,
}

/// Every breach in the crate whose root is `src/lib.rs`.
pub fn check(source: Source) -> Vec<Breach> {
    let house = Crate::read(source);
    let mut breaches: Vec<Breach> =
        house.obscure.iter().map(|(file, what)| Breach { file: file.clone(), line: 0, what: what.clone() }).collect();
    for (place, module) in &house.modules {
        for (file, scan) in &module.scans {
            let mut report = |line, what| breaches.push(Breach { file: file.clone(), line, what });
            check_place(file, place, &mut report);
            check_scan(&house, place, scan, &mut report);
        }
    }
    breaches.sort();
    breaches.dedup();
    breaches
}

/// A module's file lies in its layer's folder, and its layer is one of those that have a place.
fn check_place(file: &File, place: &Place, report: &mut dyn FnMut(usize, String)) {
    let Some(layer) = place.first() else { return };
    if !LAYERS.contains(&layer.as_str()) {
        report(0, format!("{layer} has no place among the layers"));
    }
    let inside = file.starts_with(File::new("src").join(layer)) || file == File::new("src").join(format!("{layer}.rs"));
    if !inside && file != File::new("src/lib.rs") {
        report(0, format!("belongs to {layer} and does not lie in its folder"));
    }
}

fn check_scan(house: &Crate, place: &Place, scan: &Scan, report: &mut dyn FnMut(usize, String)) {
    for &line in &scan.hidden_modules {
        report(line, "declares a module inside a function or macro".to_string());
    }
    for import in &scan.imports {
        check_path(house, place, &import.path, report);
        // Alone, the name of another crate looks like a local one; in an import it is what it says.
        let mut outside = reach(house, place, &import.path).outside;
        outside.push(import.path.names.clone());
        if is_pure(place) && import.name.is_none() && outside.iter().any(|path| holds_impure(path)) {
            report(import.path.line, format!("imports all of {}", import.path.names.join("::")));
        }
        if is_pure(place) && is_impure(&import.path.names) {
            report(import.path.line, impure(place, &import.path.names));
        }
    }
    for path in &scan.paths {
        check_path(house, place, path, report);
        if path.called && path.names.last().is_some_and(|name| name == "include") {
            report(path.line, "includes a file where nobody can follow".to_string());
        }
        let word = path.names.first().map_or("", String::as_str);
        if IMPURE_WORDS.contains(&word) && is_pure(place) {
            report(path.line, impure(place, &path.names));
        }
    }
}

fn check_path(house: &Crate, place: &Place, path: &Path, report: &mut dyn FnMut(usize, String)) {
    let reached = reach(house, place, path);
    for to in reached.modules.iter().filter(|to| !may_use(place, to)) {
        report(path.line, format!("{} may not use {} ({})", place.join("::"), to.join("::"), path.names.join("::")));
    }
    for outside in reached.outside.iter().filter(|outside| is_pure(place) && is_impure(outside)) {
        report(path.line, impure(place, outside));
    }
}

fn impure(place: &Place, names: &[String]) -> String {
    format!("{} must stay pure and uses {}", place.join("::"), names.join("::"))
}
