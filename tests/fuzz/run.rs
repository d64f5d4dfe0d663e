//! How many inputs are tried, and what is said of them.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Instant;

use crate::corpus::kept;
use crate::mutate::{Draws, made};

/// Inputs of each target, where nobody asks for more.
const FEW: u64 = 30_000;

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Tries all kept inputs, and as many made of them as asked for. `try_one` says whether its input was a message.
pub fn run(target: &str, mut try_one: impl FnMut(&[u8]) -> bool) {
    let kept = kept(target);
    let count = asked("FUZZ_INPUTS").unwrap_or(FEW);
    let mut draws = Draws(asked("FUZZ_SEED").unwrap_or(1));
    let started = Instant::now();
    let (mut messages, mut longest) = (0_u64, 0);
    let mut guarded = |bytes: &[u8]| {
        let tried = catch_unwind(AssertUnwindSafe(|| try_one(bytes)));
        tried.unwrap_or_else(|panic| {
            eprintln!(
                "{target}: broken by the input {}",
                bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
            );
            resume_unwind(panic)
        })
    };
    for bytes in &kept {
        guarded(bytes);
    }
    for n in 1..=count {
        let bytes = made(&kept, &mut draws);
        longest = longest.max(bytes.len());
        messages += u64::from(guarded(&bytes));
        if n % 1_000_000 == 0 {
            eprintln!("{target}: {n} of {count} inputs in {:.0} s", started.elapsed().as_secs_f64());
        }
    }
    assert!(count < 1_000 || messages > count / 200, "{target}: only {messages} of {count} inputs were messages");
    assert!(count < 1_000 || messages < count - count / 10, "{target}: {messages} of {count} inputs were messages");
    let seconds = started.elapsed().as_secs_f64();
    eprintln!(
        "{target}: {count} inputs, {messages} of them messages, up to {longest} bytes, in {seconds:.0} s: nothing broke"
    );
}
