//! From a long history that breaks a rule to a short one that breaks the same rule: fewer tabs, steps and faults.

use crate::plan::Plan;
use crate::run::{Report, run};

/// A history that breaks a rule, and nothing that can be left out of it as far as was tried.
pub struct Shrunk {
    pub plan: Plan,
    pub report: Report,
    pub tried: usize,
}

/// Which rule a message speaks of: its words, without numbers and without what stands in brackets or quotes.
pub fn rule(why: &str) -> String {
    let (mut words, mut depth, mut quoted) = (String::new(), 0_u32, false);
    for sign in why.chars() {
        match sign {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 || sign.is_ascii_digit() => {}
            _ => words.push(sign),
        }
    }
    words
}

struct Search<E> {
    rule: String,
    best: Plan,
    /// Whether so many tries are enough.
    enough: E,
    tried: usize,
}

impl<E: Fn(usize) -> bool> Search<E> {
    /// Takes the plan if it breaks the rule, too.
    fn tries(&mut self, plan: Plan) -> bool {
        if plan == self.best || (self.enough)(self.tried) {
            return false;
        }
        self.tried += 1;
        let report = run(&plan, false);
        let same = report.violation.is_some_and(|violation| rule(&violation.why) == self.rule);
        if same {
            self.best = plan;
        }
        same
    }

    /// Leaves out ever smaller parts of a list (Zeller and Hildebrandt's delta debugging, complements only).
    fn thin<T: Clone>(&mut self, list: impl Fn(&Plan) -> Vec<T>, with: impl Fn(&Plan, Vec<T>) -> Plan) {
        let mut part = list(&self.best).len().div_ceil(2);
        while part > 0 {
            let mut at = 0;
            while at < list(&self.best).len() {
                let mut left = list(&self.best);
                left.drain(at..(at + part).min(left.len()));
                if !self.tries(with(&self.best, left)) {
                    at += part;
                }
            }
            part = if part == 1 { 0 } else { part.div_ceil(2) };
        }
    }
}

/// The shortest history that breaks the rule that this plan breaks, of as many as are `enough`; `None` if it breaks none.
pub fn shrink(plan: &Plan, enough: impl Fn(usize) -> bool) -> Option<Shrunk> {
    let report = run(plan, false);
    let why = report.violation?.why;
    let mut search = Search { rule: rule(&why), best: plan.clone(), enough, tried: 0 };
    // Said in so many words, it is the same history. A panic leaves no word of what struck.
    if !report.struck.is_empty() || plan.strikes.is_some() {
        let strikes = Some(report.struck.into_iter().collect());
        let steps = Some((0..report.steps).filter(|step| plan.takes(*step)).collect());
        search.tries(Plan { strikes, steps, ..plan.clone() });
    }
    let mut before = None;
    while before.as_ref() != Some(&search.best) {
        before = Some(search.best.clone());
        while search.best.tabs.unwrap_or(report.tabs) > 1 {
            let tabs = Some(search.best.tabs.unwrap_or(report.tabs) - 1);
            if !search.tries(Plan { tabs, ..search.best.clone() }) {
                break;
            }
        }
        let steps = |plan: &Plan| plan.steps.iter().flatten().copied().collect();
        search.thin(steps, |plan, steps| Plan { steps: Some(steps.into_iter().collect()), ..plan.clone() });
        let strikes = |plan: &Plan| plan.strikes.iter().flatten().copied().collect();
        search.thin(strikes, |plan, strikes| Plan { strikes: Some(strikes.into_iter().collect()), ..plan.clone() });
    }
    let report = run(&search.best, true);
    Some(Shrunk { plan: search.best, report, tried: search.tried })
}

mod tests {
    use super::*;

    #[test]
    fn a_rule_is_told_by_its_words() {
        let long =
            rule("tab 3: Token(5) Promise { made: 7, text: \"a } b\" } resolved, and the store holds it 0 times");
        assert_eq!(long, rule("tab 0: Token(91) Promise { x } resolved, and the store holds it 12 times"));
        assert_ne!(long, rule("tab 0: Token(91) Promise { x } rejected, and the store holds it 12 times"));
    }

    #[cfg(feature = "planted")]
    #[test]
    fn planted_histories_shrink_to_a_few_steps() {
        use session_bridge::machine::mutants::Mutant;
        for bug in [Mutant::NoDedupe, Mutant::NoExpectedVersion, Mutant::TombstoneForgotten] {
            let plan = |seed| Plan { bug: Some(bug), ..Plan::of(seed) };
            // A history that needs much stays long: of a few, one needs little.
            let broken = (0..1_000).map(plan).filter(|plan| run(plan, false).violation.is_some()).take(4);
            let short = |(_, shrunk): &(Plan, Shrunk)| shrunk.plan.strikes.iter().flatten().count();
            let all = broken.map(|plan| (plan.clone(), shrink(&plan, |tried| tried >= 1_000).expect("it fails")));
            let (found, shrunk) = all.min_by_key(short).expect("it is found");
            let whole = run(&found, true);
            let rule_of = |report: &Report| report.violation.as_ref().map(|it| rule(&it.why));
            assert_eq!(rule_of(&whole), rule_of(&shrunk.report), "another rule");
            let (steps, strikes) =
                (shrunk.plan.steps.iter().flatten().count(), shrunk.plan.strikes.iter().flatten().count());
            println!(
                "{bug:?}: {} lines of trace became {} in {} runs: {}",
                whole.lines.len(),
                shrunk.report.lines.len(),
                shrunk.tried,
                shrunk.plan
            );
            assert!(steps <= 12 && strikes <= 6, "{bug:?} needs no more: {}", shrunk.plan);
            // What is left breaks it by the bug alone.
            assert_eq!(run(&Plan { bug: None, ..shrunk.plan }, false).violation, None);
        }
    }
}
