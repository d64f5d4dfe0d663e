//! What a run is made of: a seed, or a seed and what is left of what it drew.
//!
//! A seed names a history only as long as nobody changes the world. So that a history outlives such changes, a plan can
//! say for itself which steps are taken and at which of their opportunities faults strike; each step and each fault has a
//! stream of chance of its own, so that a new fault, or another step taken or not, moves none of them.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use session_bridge::machine::mutants::Mutant;

use crate::faults::{Fault, TABLE};
use crate::queue::Time;

/// A fault strikes once: at the `nth` of the opportunities that it has at this time, or at the next after that. Steps keep
/// their times whatever is left out, so a strike stays beside the step that it befell.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Strike {
    pub fault: Fault,
    pub at: Time,
    pub nth: u64,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Plan {
    pub seed: u64,
    /// The rule that the machines and stores break.
    pub bug: Option<Mutant>,
    /// At most so many of the tabs that the seed draws.
    pub tabs: Option<usize>,
    /// The steps that are taken, counted from 0; all of them if this is not said.
    pub steps: Option<BTreeSet<u64>>,
    /// Where faults strike; by chance if this is not said.
    pub strikes: Option<BTreeSet<Strike>>,
}

impl Plan {
    pub fn of(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Whether this step is taken.
    pub fn takes(&self, step: u64) -> bool {
        self.steps.as_ref().is_none_or(|steps| steps.contains(&step))
    }
}

/// As it is written after `--plan` and in `kept.txt`: `seed=7 tabs=2 steps=1,4 strikes=MessageDropped@5000+1`.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed={}", self.seed)?;
        if let Some(tabs) = self.tabs {
            write!(f, " tabs={tabs}")?;
        }
        if let Some(steps) = &self.steps {
            let steps: Vec<_> = steps.iter().map(u64::to_string).collect();
            write!(f, " steps={}", steps.join(","))?;
        }
        if let Some(strikes) = &self.strikes {
            let strikes: Vec<_> = strikes.iter().map(|it| format!("{:?}@{}+{}", it.fault, it.at, it.nth)).collect();
            write!(f, " strikes={}", strikes.join(","))?;
        }
        Ok(())
    }
}

impl FromStr for Plan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut plan = Self::default();
        for part in text.split_whitespace() {
            let (key, value) = part.split_once('=').ok_or_else(|| format!("{part} is no key=value"))?;
            let items = || value.split(',').filter(|item| !item.is_empty());
            let number = |text: &str| text.parse::<u64>().map_err(|_| format!("{text} in {part} is no number"));
            match key {
                "seed" => plan.seed = number(value)?,
                "tabs" => plan.tabs = Some(number(value)? as usize),
                "steps" => plan.steps = Some(items().map(number).collect::<Result<_, _>>()?),
                "strikes" => {
                    let strike = |item: &str| {
                        let parts = item.split_once('@').and_then(|(name, when)| Some((name, when.split_once('+')?)));
                        let (name, (at, nth)) = parts.ok_or_else(|| format!("{item} is no fault@time+nth"))?;
                        let row = TABLE.iter().find(|(fault, ..)| format!("{fault:?}") == name);
                        let (fault, ..) = row.ok_or_else(|| format!("there is no fault {name}"))?;
                        Ok::<_, String>(Strike { fault: *fault, at: number(at)?, nth: number(nth)? })
                    };
                    plan.strikes = Some(items().map(strike).collect::<Result<_, _>>()?);
                }
                _ => return Err(format!("a plan has no {key}")),
            }
        }
        Ok(plan)
    }
}

mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_as_it_is_written() {
        for text in
            ["seed=7", "seed=7 tabs=2 steps=1,4 strikes=MessageDropped@5000+1,StoreFull@7+2", "seed=0 steps= strikes="]
        {
            assert_eq!(text.parse::<Plan>().map(|plan| plan.to_string()).as_deref(), Ok(text));
        }
        for text in ["seed", "seed=x", "steps=1,,x", "strikes=Nothing@1+1", "strikes=StoreFull@1", "colour=red"] {
            assert!(text.parse::<Plan>().is_err(), "{text}");
        }
    }
}
