//! A small crate with every layer in it, and ways to use one layer from another.

use std::collections::BTreeMap;
use std::path::{Path as File, PathBuf};

use crate::check::{Breach, check};
use crate::modules::Place;
use crate::rules::{LAYERS, may_use};

/// Source files by path.
#[derive(Clone)]
pub struct Sources(BTreeMap<PathBuf, String>);

impl Sources {
    /// Every layer as a folder with a public `Thing`, a module `inner`, and a private module `leaf` in a file of its own.
    pub fn sound() -> Self {
        let mut files = BTreeMap::new();
        let declared: String = LAYERS.iter().map(|layer| format!("pub mod {layer};\n")).collect();
        files.insert("src/lib.rs".into(), format!("extern crate alloc;\n{declared}"));
        for layer in LAYERS {
            let own = "pub struct Thing; pub mod inner { pub struct Deep; }\nmod leaf;\n";
            files.insert(format!("src/{layer}/mod.rs").into(), own.to_string());
            files.insert(format!("src/{layer}/leaf.rs").into(), "use core::fmt;\n".to_string());
        }
        Self(files)
    }

    /// The same with `text` added at the end of a file.
    pub fn with(mut self, file: &str, text: &str) -> Self {
        let whole = self.0.entry(file.into()).or_default();
        whole.push_str(text);
        whole.push('\n');
        self
    }

    pub fn check(&self) -> Vec<Breach> {
        check(&|file: &File| self.0.get(file).cloned())
    }
}

/// A named way to use one layer from another.
pub struct Plant {
    pub kind: &'static str,
    pub sources: Sources,
}

/// Every way to use the layer `to` from a file of the layer `from`.
pub fn plants(from: &str, to: &str) -> Vec<Plant> {
    let leaf = format!("src/{from}/leaf.rs");
    let planted = |kind, text: String| Plant { kind, sources: Sources::sound().with(&leaf, &text) };
    let lent = |kind, lender: &str, lending: &str, text: String| Plant {
        kind,
        sources: Sources::sound().with(lender, lending).with(&leaf, &text),
    };
    let lend = format!("pub use crate::{to}::Thing as Lent;");
    let make = format!("#[macro_export] macro_rules! make_it {{ () => {{ $crate::{to}::Thing }} }}");
    let maker = format!("src/{to}/mod.rs");
    let mut all = vec![
        planted("use", format!("use crate::{to}::Thing;")),
        planted("use of the module", format!("use crate::{to};")),
        planted("use under another name", format!("use crate::{to}::Thing as _;")),
        planted("group", format!("use crate::{{{from}::Thing, {to}::{{self, inner::Deep}}}};")),
        planted("glob", format!("use crate::{to}::inner::*;")),
        planted("super", format!("use super::super::{to}::Thing;")),
        planted("super in an expression", format!("fn f() {{ let _ = super::super::{to}::Thing; }}")),
        planted("super in an inline module", format!("mod more {{ use super::super::super::{to}::Thing; }}")),
        planted("inline path", format!("fn f(_: Vec<crate::{to}::inner::Deep>) {{}}")),
        planted("qualified path", format!("fn f() {{ <crate::{to}::Thing as Clone>::clone(&x) }}")),
        planted("use in a function", format!("fn f() {{ use crate::{to}::Thing; }}")),
        planted("renamed root", format!("use crate as house; fn f(_: house::{to}::Thing) {{}}")),
        planted("renamed root in a group", format!("use crate::{{self as house}}; fn f(_: house::{to}::Thing) {{}}")),
        planted("glob of the root", format!("use crate::*; fn f(_: {to}::Thing) {{}}")),
        planted("macro body", format!("macro_rules! m {{ () => {{ $crate::{to}::Thing }} }}")),
        planted("use in a macro body", format!("macro_rules! m {{ () => {{ use $crate::{{{to}::Thing}}; }} }}")),
        planted("macro argument", format!("fn f() {{ vec![crate::{to}::Thing]; }}")),
        planted("attribute", format!("#[derive(crate::{to}::Thing)] struct S;")),
        planted("re-export", format!("pub use crate::{to}::Thing;")),
        planted("type alias", format!("type Alias = crate::{to}::Thing;")),
        lent("re-export of the root", "src/lib.rs", &lend, "use crate::Lent;".to_string()),
        lent(
            "re-exported module",
            "src/lib.rs",
            &format!("pub use {to} as other;"),
            "use crate::other::Thing;".to_string(),
        ),
        lent(
            "glob re-export of the root",
            "src/lib.rs",
            &format!("pub use crate::{to}::*;"),
            "fn f(_: crate::inner::Deep) {}".to_string(),
        ),
        lent(
            "alias of the root",
            "src/lib.rs",
            &format!("pub type Lent = {to}::Thing;"),
            "fn f(_: crate::Lent) {}".to_string(),
        ),
        lent("exported macro", &maker, &make, "fn f() { crate::make_it!() }".to_string()),
        lent("macro in scope", &maker, &make, "fn f() { make_it!() }".to_string()),
        lent(
            "file of another folder",
            &format!("src/{from}/mod.rs"),
            &format!("#[path = \"../{to}/stray.rs\"] mod stray;"),
            String::new(),
        ),
        lent("file under another name", &format!("src/{from}/mod.rs"), "#[path = \"odd.rs\"] mod even;", String::new()),
    ];
    // The last two need the file that they name.
    let stray = format!("src/{to}/stray.rs");
    let odd = format!("src/{from}/odd.rs");
    for (kind, file) in [("file of another folder", stray.as_str()), ("file under another name", odd.as_str())] {
        if let Some(plant) = all.iter_mut().find(|plant| plant.kind == kind) {
            plant.sources = plant.sources.clone().with(file, &format!("use crate::{to}::Thing;"));
        }
    }
    let between = |lender: &&str| can(from, lender) && can(lender, to) && *lender != from && *lender != to;
    if let Some(lender) = LAYERS.into_iter().find(between) {
        let file = format!("src/{lender}/mod.rs");
        all.push(lent("re-export of a layer between", &file, &lend, format!("use crate::{lender}::Lent;")));
        all.push(lent("glob of a layer between", &file, &lend, format!("use crate::{lender}::*; fn f(_: Lent) {{}}")));
        let alias = format!("pub type Lent = crate::{to}::Thing;");
        all.push(lent("alias of a layer between", &file, &alias, format!("use crate::{lender}::Lent;")));
        let module = format!("pub use crate::{to} as other;");
        all.push(lent(
            "module lent by a layer between",
            &file,
            &module,
            format!("fn f(_: crate::{lender}::other::Thing) {{}}"),
        ));
    }
    all
}

/// Whether one layer may use another.
pub fn can(from: &str, to: &str) -> bool {
    may_use(&Place::from([from.to_string()]), &Place::from([to.to_string()]))
}
