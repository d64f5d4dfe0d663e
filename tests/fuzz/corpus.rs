//! The inputs that all others are made from.

use std::path::PathBuf;

/// All kept inputs of one target, in the order of their names.
pub fn kept(target: &str) -> Vec<Vec<u8>> {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "fuzz/corpus", target].iter().collect();
    let files = std::fs::read_dir(folder).expect("the corpus is there");
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("the folder can be read").path()).collect();
    paths.sort();
    assert!(paths.len() >= 20, "{target}: a corpus of {}", paths.len());
    paths.iter().map(|path| std::fs::read(path).expect("an input can be read")).collect()
}

#[test]
fn the_corpus_is_small() {
    for target in ["to-service", "to-manager", "json"] {
        let bytes: usize = kept(target).iter().map(Vec::len).sum();
        assert!(bytes < 100_000, "{target}: {bytes} bytes");
    }
}
