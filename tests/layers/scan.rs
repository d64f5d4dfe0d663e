//! Finds every path that a stretch of code names, in macro bodies as well: tokens are read, not syntax.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

/// A path as it is written.
#[derive(Clone, Debug)]
pub struct Path {
    /// Its names: `crate`, `self` and `super` included, generic arguments left out.
    pub names: Vec<String>,
    /// Begins with `::`, so its first name is another crate.
    pub absolute: bool,
    /// Names a macro that is called.
    pub called: bool,
    pub line: usize,
}

/// One name that a `use` brings in.
#[derive(Clone, Debug)]
pub struct Import {
    pub path: Path,
    /// The name it has from here on; `None` for a glob.
    pub name: Option<String>,
}

/// What a stretch of code names.
#[derive(Default)]
pub struct Scan {
    pub paths: Vec<Path>,
    pub imports: Vec<Import>,
    /// Lines where a module is declared inside a function or a macro, where nobody can follow it.
    pub hidden_modules: Vec<usize>,
}

impl Scan {
    /// Adds what `stream` names.
    pub fn read(&mut self, stream: TokenStream) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = match &tokens[at] {
                TokenTree::Group(group) => {
                    self.read(group.stream());
                    at + 1
                }
                TokenTree::Ident(word) => self.word(word, &tokens, at),
                _ => at + 1,
            };
        }
    }

    /// Reads what begins with `word` at `at`; returns where to go on.
    fn word(&mut self, word: &Ident, tokens: &[TokenTree], at: usize) -> usize {
        let next = at + 1;
        if word == "use" && !is_punct(tokens.get(next), '<') {
            return self.use_tree(tokens, next, Vec::new());
        }
        if word == "mod" && matches!(tokens.get(next), Some(TokenTree::Ident(_))) {
            self.hidden_modules.push(line(word));
        }
        if word == "extern" && is_word(tokens.get(next), "crate") {
            if let Some(TokenTree::Ident(name)) = tokens.get(next + 1) {
                let renamed = match (tokens.get(next + 2), tokens.get(next + 3)) {
                    (Some(TokenTree::Ident(_as)), Some(TokenTree::Ident(alias))) => alias,
                    _ => name,
                };
                let path = Path { names: vec![text(name)], absolute: true, called: false, line: line(name) };
                self.imports.push(Import { path, name: Some(text(renamed)) });
            }
            return next + 2;
        }
        let (mut path, end) = read_names(tokens, at, is_absolute(tokens, at));
        path.called = is_punct(tokens.get(end), '!');
        self.paths.push(path);
        end
    }

    /// Reads one branch of a `use`, whose path so far is `stem`; returns where it ends.
    fn use_tree(&mut self, tokens: &[TokenTree], mut at: usize, stem: Vec<String>) -> usize {
        let mut absolute = false;
        if is_punct(tokens.get(at), '$') {
            at += 1;
        }
        if is_separator(tokens, at) {
            absolute = stem.is_empty();
            at += 2;
        }
        let mut names = stem;
        let mut here;
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(name)) => {
                    here = line(name);
                    names.push(text(name));
                    at += 1;
                }
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    self.use_group(group.stream(), &names, absolute);
                    return at + 1;
                }
                Some(TokenTree::Punct(star)) if star.as_char() == '*' => {
                    let line = star.span().start().line;
                    let path = Path { names, absolute, called: false, line };
                    self.imports.push(Import { path, name: None });
                    return at + 1;
                }
                _ => return at,
            }
            if !is_separator(tokens, at) {
                break;
            }
            at += 2;
        }
        if names.len() > 1 && names.last().is_some_and(|name| name == "self") {
            names.pop();
        }
        let mut name = names.last().cloned();
        if is_word(tokens.get(at), "as") {
            name = tokens.get(at + 1).map(ToString::to_string);
            at += 2;
        }
        let path = Path { names, absolute, called: false, line: here };
        self.imports.push(Import { path, name });
        at
    }

    fn use_group(&mut self, stream: TokenStream, stem: &[String], absolute: bool) {
        let first = self.imports.len();
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = self.use_tree(&tokens, at, stem.to_vec()).max(at + 1);
            while at < tokens.len() && !is_punct(tokens.get(at - 1), ',') {
                at += 1;
            }
        }
        for import in &mut self.imports[first..] {
            import.path.absolute |= absolute;
        }
    }
}

/// Reads the names of a path from its first one on; generic arguments end it.
fn read_names(tokens: &[TokenTree], mut at: usize, absolute: bool) -> (Path, usize) {
    let mut path = Path { names: Vec::new(), absolute, called: false, line: 0 };
    while let Some(TokenTree::Ident(name)) = tokens.get(at) {
        path.line = line(name);
        path.names.push(text(name));
        at += 1;
        if !(is_separator(tokens, at) && matches!(tokens.get(at + 2), Some(TokenTree::Ident(_)))) {
            break;
        }
        at += 2;
    }
    (path, at)
}

/// Whether the path at `at` begins with `::`, and not with what a type in angle brackets leads to (`Vec::<u8>::new`).
fn is_absolute(tokens: &[TokenTree], at: usize) -> bool {
    if at < 2 || !is_separator(tokens, at - 2) {
        return false;
    }
    let before = at.checked_sub(3);
    let closes_angle = before.is_some_and(|b| is_punct(tokens.get(b), '>'));
    let is_arrow = before
        .and_then(|b| b.checked_sub(1))
        .is_some_and(|b| is_punct(tokens.get(b), '-') || is_punct(tokens.get(b), '='));
    !closes_angle || is_arrow
}

fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

fn is_word(token: Option<&TokenTree>, wanted: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(word)) if word == wanted)
}

fn text(name: &Ident) -> String {
    let text = name.to_string();
    text.strip_prefix("r#").map_or(text.clone(), str::to_string)
}

fn line(name: &Ident) -> usize {
    name.span().start().line
}
