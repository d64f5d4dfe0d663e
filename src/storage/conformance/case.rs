//! One case: what is asked, step by step, and what must come of it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::storage::provider::{Answer, Operation};

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
    use super::{Case, CaseStep, Expected};
    use crate::session::Version;
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
        assert!(
            case.judge(0, &[Answer::Head(Some(Version { epoch: 1, seq: 1, tag: 1 }))])
                .unwrap_err()
                .contains("a case, step 0")
        );
        assert!(case.judge(0, &[]).is_err());
        assert!(case.judge(1, &[Answer::Stale, Answer::Committed]).is_ok());
        for wrong in [[Answer::Committed, Answer::Committed], [Answer::Stale, Answer::Stale]] {
            assert!(case.judge(1, &wrong).is_err());
        }
        assert!(case.judge(2, &[]).is_err());
    }
}
