//! Follows a path to what it means, through imports, re-exports, globs and aliases.

use crate::modules::{Crate, Place};
use crate::scan::Path;

/// More hops than this lead in a circle.
const MOST_HOPS: usize = 16;

/// What a path leads to.
#[derive(Default, Debug)]
pub struct Reach {
    /// Every module of the crate that was passed or reached.
    pub modules: Vec<Place>,
    /// Every path outside the crate that was reached.
    pub outside: Vec<Vec<String>>,
}

/// Follows `path` as written in the module at `place`.
pub fn reach(house: &Crate, place: &Place, path: &Path) -> Reach {
    let mut reach = Reach::default();
    follow(house, place, path, &mut reach, MOST_HOPS);
    reach
}

/// Follows `path`; returns the modules that it may name itself.
fn follow(house: &Crate, place: &Place, path: &Path, reach: &mut Reach, hops: usize) -> Vec<Place> {
    let Some((first, rest)) = path.names.split_first() else { return Vec::new() };
    if path.absolute {
        reach.outside.push(path.names.clone());
        return Vec::new();
    }
    match first.as_str() {
        "crate" => walk(house, Vec::new(), rest, reach, hops),
        "self" => walk(house, place.clone(), rest, reach, hops),
        "super" => {
            let ups = path.names.iter().take_while(|name| *name == "super").count();
            let above = place[..place.len().saturating_sub(ups)].to_vec();
            walk(house, above, &path.names[ups..], reach, hops)
        }
        _ => {
            if path.called && path.names.len() == 1 {
                reach.modules.extend(house.macros.get(first).cloned());
            }
            let known = lookup(house, place, first, rest, reach, hops);
            // A name that nothing in the crate lends is another crate's, or a local one.
            if known.is_none() && !rest.is_empty() {
                reach.outside.push(path.names.clone());
            }
            known.unwrap_or_default()
        }
    }
}

/// Goes from the module at `place` along `names`.
fn walk(house: &Crate, place: Place, names: &[String], reach: &mut Reach, hops: usize) -> Vec<Place> {
    reach.modules.push(place.clone());
    let Some((name, rest)) = names.split_first() else { return vec![place] };
    if name == "self" {
        return walk(house, place, rest, reach, hops);
    }
    if name == "super" {
        return walk(house, place[..place.len().saturating_sub(1)].to_vec(), rest, reach, hops);
    }
    if let Some(found) = lookup(house, &place, name, rest, reach, hops) {
        return found;
    }
    if place.is_empty() {
        // Exported macros live at the root, whatever module defines them.
        reach.modules.extend(house.macros.get(name).cloned());
    }
    Vec::new()
}

/// What `name` stands for in the module at `place`, followed along `rest`. `None` where the module lends no such name.
fn lookup(
    house: &Crate,
    place: &Place,
    name: &str,
    rest: &[String],
    reach: &mut Reach,
    hops: usize,
) -> Option<Vec<Place>> {
    let hops = hops.checked_sub(1)?;
    let child = [place.as_slice(), &[name.to_string()]].concat();
    let module = house.modules.get(place)?;
    let mut found = None;
    if house.modules.contains_key(&child) {
        found = Some(walk(house, child, rest, reach, hops));
    }
    for import in &module.imports {
        // An import of a crate under its own name would lead back to itself.
        let to_itself = import.path.names.len() == 1 && import.path.names[0] == name;
        match &import.name {
            Some(lent) if lent == name && !to_itself => {
                let path = Path { names: [&import.path.names, rest].concat(), ..import.path.clone() };
                found.get_or_insert_default().extend(follow(house, place, &path, reach, hops));
            }
            None => {
                let mut passed = Reach::default();
                for from in follow(house, place, &import.path, &mut passed, hops) {
                    if from != *place
                        && let Some(places) = lookup(house, &from, name, rest, reach, hops)
                    {
                        found.get_or_insert_default().extend(places);
                    }
                }
            }
            _ => {}
        }
    }
    found
}
