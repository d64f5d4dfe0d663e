//! No circle of files: of two files at most one uses the other, by whatever way. State and what acts on it lie in files of their
//! own, so that each can be read by itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::modules::{Crate, Place, Source};
use crate::resolve::reach;

/// Every circle in the crate, as the modules of it in order. Tests may use what they test, which does not use them.
pub fn circles(source: Source) -> Vec<String> {
    let house = Crate::read(source);
    let mut uses: BTreeMap<&Place, BTreeSet<Place>> = BTreeMap::new();
    for (place, module) in house.modules.iter().filter(|(place, _)| !is_test(place)) {
        let paths = module.scans.iter().flat_map(|(_, scan)| {
            let imported = scan.imports.iter().map(|import| &import.path);
            imported.chain(&scan.paths)
        });
        // The last module of a way is the one that holds what is used; those before it only lead there. A module passes on what
        // lies in it.
        let used = paths.filter_map(|path| reach(&house, place, path).modules.pop());
        uses.insert(place, used.filter(|used| !used.starts_with(place) && !is_test(used)).collect());
    }
    let mut found = Vec::new();
    let mut done = BTreeSet::new();
    for place in uses.keys() {
        follow(&uses, place, &mut Vec::new(), &mut done, &mut found);
    }
    found
}

fn is_test(place: &Place) -> bool {
    place.iter().any(|name| name == "tests")
}

/// Goes on from `place`, to which `way` leads.
fn follow<'a>(
    uses: &'a BTreeMap<&Place, BTreeSet<Place>>,
    place: &'a Place,
    way: &mut Vec<&'a Place>,
    done: &mut BTreeSet<&'a Place>,
    found: &mut Vec<String>,
) {
    if let Some(at) = way.iter().position(|passed| *passed == place) {
        let circle: Vec<String> = way[at..].iter().map(|place| place.join("::")).collect();
        return found.push(format!("{} -> {}", circle.join(" -> "), place.join("::")));
    }
    if !done.insert(place) {
        return;
    }
    way.push(place);
    for used in uses.get(place).into_iter().flatten() {
        follow(uses, used, way, done, found);
    }
    way.pop();
}
