//! What every store must do, as data: whoever has a store plays these cases to it and has its answers judged here.
//! Nothing here waits, so a driver may be synchronous ([`run`]) or not (a browser's).

mod case;
mod cases;
mod identities;
mod overwrites;
mod steps;

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

pub use self::case::{Case, CaseStep, Expected};
pub use self::cases::all as cases;
pub use self::steps::{commit, version};
use super::provider::Provider;

/// Plays a case to a store that answers at once; `open` gives one more handle to it.
///
/// Errors: as [`Case::judge`], or that an operation was not answered.
pub fn run(case: &Case, mut open: impl FnMut() -> Box<dyn Provider>) -> Result<(), String> {
    let handles: Vec<_> = (0..case.handles()).map(|_| open()).collect();
    for (index, step) in case.steps.iter().enumerate() {
        let answers = Rc::new(RefCell::new(Vec::new()));
        for (number, operation) in &step.asked {
            if let Some(handle) = handles.get(*number) {
                let answers = Rc::clone(&answers);
                handle.start(operation.clone(), Box::new(move |answer| answers.borrow_mut().push(answer)));
            }
        }
        let answers = answers.take();
        if answers.len() != step.asked.len() {
            return Err(format!("{}, step {index}: {} answers to {}", case.name, answers.len(), step.asked.len()));
        }
        case.judge(index, &answers)?;
    }
    Ok(())
}
