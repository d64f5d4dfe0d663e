//! The crate's modules, each with what its own code names. Files are found the way the compiler finds them.

use std::collections::BTreeMap;
use std::path::{Component, Path as File, PathBuf};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Expr, Item, Lit, Meta, Type};

use crate::scan::{Import, Path, Scan};

/// Gives the text of a source file, or `None` where there is no such file.
pub type Source<'a> = &'a dyn Fn(&File) -> Option<String>;

/// Where a module stands: the names that lead to it from the crate's root.
pub type Place = Vec<String>;

#[derive(Default)]
pub struct Module {
    pub scans: Vec<(PathBuf, Scan)>,
    /// Names that stand for something elsewhere: imports, re-exports, type aliases.
    pub imports: Vec<Import>,
}

#[derive(Default)]
pub struct Crate {
    pub modules: BTreeMap<Place, Module>,
    /// Where each macro is defined.
    pub macros: BTreeMap<String, Place>,
    /// What could not be followed, and so is not allowed: file and reason.
    pub obscure: Vec<(PathBuf, String)>,
}

impl Crate {
    /// Reads the crate whose root is `src/lib.rs`.
    pub fn read(source: Source) -> Self {
        let mut house = Self::default();
        house.read_file(source, Vec::new(), Spot::root());
        house
    }

    fn read_file(&mut self, source: Source, place: Place, at: Spot) {
        match source(&at.file).map(|text| syn::parse_file(&text)) {
            Some(Ok(parsed)) => self.read_items(source, place, at, parsed.items),
            Some(Err(error)) => self.obscure.push((at.file, format!("cannot be parsed: {error}"))),
            None => self.obscure.push((at.file, "is declared as a module, and is not there".to_string())),
        }
    }

    fn read_items(&mut self, source: Source, place: Place, at: Spot, items: Vec<Item>) {
        let mut own = TokenStream::new();
        let mut aliases = Vec::new();
        self.modules.entry(place.clone()).or_default();
        for item in items {
            match item {
                Item::Mod(module) => {
                    let name = module.ident.to_string();
                    let inner = [place.as_slice(), std::slice::from_ref(&name)].concat();
                    if hides_path(&module.attrs) {
                        self.obscure.push((at.file.clone(), format!("mod {name} has a path only under a condition")));
                    }
                    match module.content {
                        Some((_, items)) => self.read_items(source, inner, at.inline(&name), items),
                        None => self.read_file(source, inner, at.child(&name, path_attribute(&module.attrs), source)),
                    }
                    continue;
                }
                Item::Macro(ref made) if made.ident.is_some() => {
                    self.macros.insert(made.ident.as_ref().map(ToString::to_string).unwrap_or_default(), place.clone());
                }
                Item::Type(ref alias) => aliases.extend(alias_import(alias)),
                _ => {}
            }
            item.to_tokens(&mut own);
        }
        let mut scan = Scan::default();
        scan.read(own);
        if let Some(module) = self.modules.get_mut(&place) {
            module.imports.extend(scan.imports.iter().cloned().chain(aliases));
            module.scans.push((at.file, scan));
        }
    }
}

/// `type Name = some::Path` lends a name as a re-export does.
fn alias_import(alias: &syn::ItemType) -> Option<Import> {
    let Type::Path(target) = &*alias.ty else { return None };
    let names = target.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let absolute = target.path.leading_colon.is_some();
    let path = Path { names, absolute, called: false, line: alias.ident.span().start().line };
    Some(Import { path, name: Some(alias.ident.to_string()) })
}

/// A source file, and the folder in which the modules it declares lie.
#[derive(Clone)]
struct Spot {
    file: PathBuf,
    folder: PathBuf,
}

impl Spot {
    fn root() -> Self {
        Self { file: "src/lib.rs".into(), folder: "src".into() }
    }

    fn inline(&self, name: &str) -> Self {
        Self { file: self.file.clone(), folder: self.folder.join(name) }
    }

    fn child(&self, name: &str, path: Option<String>, source: Source) -> Self {
        if let Some(path) = path {
            let file = normal(&self.file.parent().unwrap_or(File::new("")).join(path));
            let folder = file.parent().unwrap_or(File::new("")).to_path_buf();
            return Self { file, folder };
        }
        let folder = self.folder.join(name);
        let flat = self.folder.join(format!("{name}.rs"));
        let file = if source(&flat).is_some() { flat } else { folder.join("mod.rs") };
        Self { file, folder }
    }
}

/// Takes `..` out of a path, as the file system would.
fn normal(path: &File) -> PathBuf {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::CurDir => {}
            part => parts.push(part),
        }
    }
    parts.iter().collect()
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("path")).find_map(|attribute| {
        match &attribute.meta {
            Meta::NameValue(pair) => match &pair.value {
                Expr::Lit(value) => match &value.lit {
                    Lit::Str(text) => Some(text.value()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    })
}

fn hides_path(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg_attr"))
        .any(|attribute| attribute.to_token_stream().to_string().contains("path ="))
}
