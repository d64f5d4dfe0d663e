//! Many runs at once, on all cores: each twice, the same history both times.

#![expect(
    clippy::disallowed_types,
    reason = "it watches the machines from outside, on all cores and by the real clock"
)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use crate::faults::Counts;
use crate::plan::Plan;
use crate::queue::{SECOND, Time};
use crate::run::{Report, run};
use crate::world::Violation;

/// How often it is said how far a batch is.
const PROGRESS: Duration = Duration::from_secs(5);
/// So many runs that break a rule are enough.
const ENOUGH: usize = 5;

/// Which seeds.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub from: u64,
    /// So many at least.
    pub seeds: u64,
    /// And as many more as fit into this time.
    pub at_least: Duration,
}

/// What a batch of runs came to.
#[derive(Default)]
pub struct Batch {
    pub runs: u64,
    pub counts: Counts,
    pub violations: Vec<(Plan, Violation)>,
    pub commits: u64,
    pub accepted: u64,
    pub longest_rest: Time,
    pub lasted: Time,
}

/// One seed, run twice.
pub fn twice(plan: &Plan) -> Report {
    let report = run(plan, false);
    if report.violation.is_some() || run(plan, false).digest == report.digest {
        return report;
    }
    let why = String::from("two runs of one seed are two histories");
    Report { violation: Some(Violation { at: 0, why }), ..report }
}

/// Runs them, and says on stderr every few seconds how far it is.
pub fn batch(range: Range) -> Batch {
    let began = Instant::now();
    let (next, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let sum = Mutex::new(Batch::default());
    let work = || {
        while !over.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= range.seeds && began.elapsed() >= range.at_least {
                break;
            }
            let plan = Plan::of(range.from + number);
            let report = twice(&plan);
            if let Some(violation) = &report.violation {
                eprintln!("sim: {plan} {violation}");
            }
            let mut sum = sum.lock().expect("nobody panics with it");
            sum.add(plan, report);
            if sum.violations.len() >= ENOUGH {
                over.store(true, Ordering::Relaxed);
            }
        }
    };
    let (done, all_done) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads()).map(|_| scope.spawn(work)).collect();
        let sum = &sum;
        scope.spawn(move || {
            while all_done.recv_timeout(PROGRESS) == Err(mpsc::RecvTimeoutError::Timeout) {
                sum.lock().expect("nobody panics with it").tell_progress(range, began.elapsed());
            }
        });
        for worker in workers {
            worker.join().expect("a run guards itself");
        }
        drop(done);
    });
    sum.into_inner().expect("nobody panics with it")
}

/// The first of so many seeds whose plan breaks a rule.
#[cfg(feature = "planted")]
pub fn find(seeds: u64, plan: impl Fn(u64) -> Plan + Sync) -> Option<(Plan, Violation)> {
    let (next, first) = (AtomicU64::new(0), Mutex::new(None));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                break;
            }
            let plan = plan(seed);
            if let Some(violation) = run(&plan, false).violation {
                // Every lower seed has been taken, perhaps by a thread that is not done with it.
                next.store(seeds, Ordering::Relaxed);
                let mut first = first.lock().expect("nobody panics with it");
                if first.as_ref().is_none_or(|(found, _): &(Plan, Violation)| seed < found.seed) {
                    *first = Some((plan, violation));
                }
            }
        }
    };
    std::thread::scope(|scope| (0..threads()).for_each(|_| drop(scope.spawn(work))));
    first.into_inner().expect("nobody panics with it")
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl Batch {
    pub fn add(&mut self, plan: Plan, report: Report) {
        self.runs += 1;
        self.counts.add(&report.counts);
        self.violations.extend(report.violation.map(|violation| (plan, violation)));
        self.commits += report.commits;
        self.accepted += report.accepted;
        self.longest_rest = self.longest_rest.max(report.rested_after);
        self.lasted += report.lasted;
    }

    fn tell_progress(&self, range: Range, elapsed: Duration) {
        let speed = self.runs as f64 / elapsed.as_secs_f64();
        let by_count = range.seeds.saturating_sub(self.runs) as f64 / speed.max(0.1);
        let left = by_count.max(range.at_least.saturating_sub(elapsed).as_secs_f64());
        let virtual_time = in_words(self.lasted);
        let broken = self.violations.len();
        let runs = self.runs;
        eprintln!(
            "sim: {runs} seeds, {speed:.0}/s, {left:.0} s left, {virtual_time} of virtual time, {broken} broke a rule"
        );
    }

    /// The figures, for a report.
    pub fn tell(&self) -> String {
        use std::fmt::Write;
        let mut text = format!("{} seeds, each run twice: {} of virtual time, ", self.runs, in_words(self.lasted));
        let rest = self.longest_rest / SECOND;
        let _ = writeln!(
            text,
            "{} commits, {} writes accepted, at rest {rest} s after the healing at the latest",
            self.commits, self.accepted
        );
        for (fault, count, what) in self.counts.rows() {
            let _ = writeln!(text, "{count:>9} × {fault:?}: {what}");
        }
        text
    }

    /// Faults that nobody met.
    pub fn never(&self) -> BTreeSet<String> {
        self.counts.rows().filter(|(_, count, _)| *count == 0).map(|(fault, ..)| format!("{fault:?}")).collect()
    }
}

/// "3 h 25 min"
fn in_words(time: Time) -> String {
    let minutes = time / SECOND / 60;
    match (minutes / 60 / 24, minutes / 60 % 24, minutes % 60) {
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} days {hours} h"),
    }
}
