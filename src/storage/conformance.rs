//! What every store must do, as data: whoever has a store plays these cases to it and has its answers judged here.
//! Nothing here waits, so a driver may be synchronous ([`run`]) or not (a browser's).

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;

use super::provider::{Answer, Durability, Operation, Provider, StoreCommit};
use crate::session::Version;

/// A history that starts with an empty store.
#[derive(Clone, Debug)]
pub struct Case {
    pub name: &'static str,
    pub steps: Vec<CaseStep>,
}

impl Case {
    /// How many handles to the one store the case needs.
    pub fn handles(&self) -> usize {
        let asked = self.steps.iter().flat_map(|step| &step.asked).map(|(handle, _)| handle.saturating_add(1));
        asked.max().unwrap_or(0)
    }

    /// Whether these were the right answers to the operations of step `index`, in their order.
    ///
    /// Errors: what was asked, what was expected and what came instead, for people.
    pub fn judge(&self, index: usize, answers: &[Answer]) -> Result<(), String> {
        let Some(step) = self.steps.get(index) else {
            return Err(format!("{}: there is no step {index}", self.name));
        };
        let right = match &step.expected {
            Expected::AnyOf(right) => matches!(answers, [answer] if right.contains(answer)),
            Expected::OneWins => {
                let count = |wanted: &Answer| answers.iter().filter(|answer| *answer == wanted).count();
                answers.len() == step.asked.len()
                    && count(&Answer::Committed) == 1
                    && count(&Answer::Stale) == answers.len().saturating_sub(1)
            }
        };
        if right {
            return Ok(());
        }
        let asked: Vec<_> = step.asked.iter().map(|(_, operation)| operation).collect();
        Err(brief(&format!(
            "{}, step {index}: asked {asked:?}; expected {:?}; answered {answers:?}",
            self.name, step.expected
        )))
    }
}

/// Operations that are started together, each on a handle of its own number, and what must come of it.
#[derive(Clone, Debug)]
pub struct CaseStep {
    pub asked: Vec<(usize, Operation)>,
    pub expected: Expected,
}

/// What a step must come to.
#[derive(Clone, Debug)]
pub enum Expected {
    /// The one operation is answered with one of these.
    AnyOf(Vec<Answer>),
    /// Exactly one of the operations is answered with `Committed`, all others with `Stale`.
    OneWins,
}

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

/// The version of these numbers.
pub fn version(epoch: u64, seq: u64, tag: u64) -> Version {
    Version { epoch, seq, tag }
}

/// A commit to version `epoch`, `seq`, `tag` whose log entry is `entry <seq>`.
pub fn commit(epoch: u64, seq: u64, tag: u64, puts: &[(&str, &str)], deletes: &[&str]) -> StoreCommit {
    StoreCommit {
        version: version(epoch, seq, tag),
        puts: puts.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
        deletes: deletes.iter().map(ToString::to_string).collect(),
        entry: format!("entry {seq}"),
        horizon: 0,
        durability: Durability::Strict,
    }
}

/// All cases.
pub fn cases() -> Vec<Case> {
    super::conformance_cases::all()
}

/// Long values are cut out of a message that people read.
fn brief(text: &str) -> String {
    const SHOWN: usize = 2_000;
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, CaseStep, Expected, version};
    use crate::storage::{Answer, Operation};
    use alloc::vec;

    #[test]
    fn wrong_answers_are_told_from_right_ones() {
        let head = |handle| (handle, Operation::Head);
        let case = Case {
            name: "a case",
            steps: vec![
                CaseStep { asked: vec![head(0)], expected: Expected::AnyOf(vec![Answer::Head(None)]) },
                CaseStep { asked: vec![head(0), head(2)], expected: Expected::OneWins },
            ],
        };
        assert_eq!(case.handles(), 3);
        assert!(case.judge(0, &[Answer::Head(None)]).is_ok());
        assert!(case.judge(0, &[Answer::Head(Some(version(1, 1, 1)))]).unwrap_err().contains("a case, step 0"));
        assert!(case.judge(0, &[]).is_err());
        assert!(case.judge(1, &[Answer::Stale, Answer::Committed]).is_ok());
        for wrong in [[Answer::Committed, Answer::Committed], [Answer::Stale, Answer::Stale]] {
            assert!(case.judge(1, &wrong).is_err());
        }
        assert!(case.judge(2, &[]).is_err());
    }
}
