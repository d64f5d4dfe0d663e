//! In place of `tests/fuzz/run.rs`: which inputs are tried is libFuzzer's to say.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use session_bridge_fuzz::drive;

/// Tries what libFuzzer makes of the kept inputs. What it adds to them, and what breaks something, is left in `FUZZ_GUIDED`.
pub fn run(target: &str, mut try_one: impl FnMut(&[u8]) -> bool) {
    let asked = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("npm run fuzz -- --guided sets {name}"));
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let found = PathBuf::from(asked("FUZZ_GUIDED")).join(target);
    std::fs::create_dir_all(&found).expect("a folder for what is found");
    let option = |name: &str, value: String| format!("-{name}={value}");
    let options = [
        option("runs", asked("FUZZ_INPUTS")),
        option("seed", asked("FUZZ_SEED")),
        option("max_len", "4096".into()),
        option("artifact_prefix", format!("{}-", found.display())),
        option("print_final_stats", "1".into()),
        found.display().to_string(),
        kept.display().to_string(),
    ];
    let mut messages = 0_u64;
    drive(&options, &mut |bytes| {
        match catch_unwind(AssertUnwindSafe(|| try_one(bytes))) {
            Ok(is_message) => messages += u64::from(is_message),
            // libFuzzer keeps the input of a program that goes down.
            Err(_) => std::process::abort(),
        }
    });
}
