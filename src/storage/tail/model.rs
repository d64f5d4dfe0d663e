//! A store made of what `tail` decides, in tables of a model: it keeps the contract, and random histories of commits, folds
//! in several frames, crashes and cleared stores leave what a plain map would hold.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use super::{LARGE, Tail, cleared, leads_on, order};
use crate::session::Version;
use crate::storage::conformance::{self, commit as to, version};
use crate::storage::{Answer, Changed, Operation, Provider, StoreCommit};

/// As the browser keeps them. Each method of a `&mut self` is one transaction.
#[derive(Default)]
struct Tables {
    /// By UTF-16 units.
    entries: BTreeMap<Vec<u16>, (String, String)>,
    log: BTreeMap<u64, Record>,
    folded: Option<Version>,
}

#[derive(Clone)]
struct Record {
    version: Version,
    entry: String,
    puts: Vec<(String, String)>,
    deletes: Vec<String>,
}

/// What a frame knows.
#[derive(Default)]
struct Frame {
    /// The version that the entries were at when it looked last.
    folded: Option<Version>,
    /// What it has read to be folded.
    folding: Option<Tail<String>>,
}

fn units(key: &str) -> Vec<u16> {
    key.encode_utf16().collect()
}

fn change(tail: &mut Tail<String>, puts: &[(String, String)], deletes: &[String]) {
    tail.changes.extend(deletes.iter().map(|key| (key.clone(), None)));
    tail.changes.extend(puts.iter().map(|(key, value)| (key.clone(), Some(value.clone()))));
}

impl Tables {
    fn tail(&self) -> Tail<String> {
        let mut tail = Tail::new(self.folded);
        let mut records = self.log.range(self.folded.map_or(0, |folded| folded.seq)..);
        assert_eq!(
            records.next().map(|(_, record)| record.version),
            self.folded,
            "the record of the last fold is there"
        );
        for (seq, record) in records {
            assert!(leads_on(tail.head, record.version) && *seq == record.version.seq, "the tail has no holes");
            tail.head = Some(record.version);
            change(&mut tail, &record.puts, &record.deletes);
        }
        tail
    }

    fn apply(&mut self, tail: &Tail<String>) {
        for (key, value) in &tail.changes {
            match value {
                Some(value) => _ = self.entries.insert(units(key), (key.clone(), value.clone())),
                None => _ = self.entries.remove(&units(key)),
            }
        }
        self.folded = tail.head;
    }

    fn clear(&mut self, up_to: u64) {
        self.log.retain(|seq, _| *seq > up_to);
    }

    fn commit(&mut self, frame: &mut Frame, expect: Option<Version>, commit: StoreCommit) -> Answer {
        let StoreCommit { version, puts, deletes, entry, horizon, .. } = commit;
        if leads_on(expect, version) && puts.iter().all(|(_, value)| value.len() <= LARGE) {
            let known = expect.and_then(|expect| self.log.get(&expect.seq)).map(|record| record.version);
            if known != expect || self.log.contains_key(&version.seq) {
                return Answer::Stale;
            }
            if let Some(up_to) = frame.folded.and_then(|folded| cleared(folded, version, horizon)) {
                self.clear(up_to);
            }
            self.log.insert(version.seq, Record { version, entry, puts, deletes });
            return Answer::Committed;
        }
        let mut tail = self.tail();
        if tail.head != expect {
            return Answer::Stale;
        }
        self.clear(if leads_on(expect, version) { horizon.min(version.seq - 1) } else { u64::MAX });
        self.log.insert(version.seq, Record { version, entry, puts: Vec::new(), deletes: Vec::new() });
        tail.head = Some(version);
        change(&mut tail, &puts, &deletes);
        self.apply(&tail);
        frame.folded = self.folded;
        Answer::Committed
    }

    /// The next transaction of a fold. Whether it wrote.
    fn fold(&mut self, frame: &mut Frame) -> bool {
        let Some(tail) = frame.folding.take() else {
            let tail = self.tail();
            frame.folded = tail.folded;
            frame.folding = Some(tail).filter(|tail| tail.head != tail.folded);
            return false;
        };
        if self.folded != tail.folded {
            return false;
        }
        self.apply(&tail);
        frame.folded = self.folded;
        true
    }

    fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<(String, String)> {
        let tail = self.tail();
        let from = after.filter(|after| order(after, prefix).is_ge()).unwrap_or(prefix);
        let inside =
            self.entries.range(units(from)..).map(|(_, entry)| entry).filter(|(key, _)| Some(key.as_str()) != after);
        let inside = inside.take_while(|(key, _)| key.starts_with(prefix));
        let mut page = inside.take(tail.wanted(limit)).cloned().collect();
        tail.lay_over(&mut page, prefix, after, limit);
        page
    }

    fn since(&self, version: Version) -> Option<Vec<String>> {
        let mut records = self.log.range(version.seq..).map(|(_, record)| record);
        let known = records.next().is_some_and(|record| record.version == version);
        known.then(|| records.map(|record| record.entry.clone()).collect())
    }

    fn get(&self, key: &str) -> Option<String> {
        let held = || self.entries.get(&units(key)).map(|(_, value)| value.clone());
        self.tail().get(key).cloned().unwrap_or_else(held)
    }

    fn perform(&mut self, frame: &mut Frame, operation: Operation) -> Answer {
        match operation {
            Operation::Head => Answer::Head(self.tail().head),
            Operation::Get(keys) => Answer::Values(keys.iter().map(|key| self.get(key)).collect()),
            Operation::List { prefix, after, limit } => Answer::Entries(self.list(&prefix, after.as_deref(), limit)),
            Operation::Commit { expect, commit } => self.commit(frame, expect, commit),
            Operation::Since(version) => Answer::Log(self.since(version)),
        }
    }
}

/// How a handle folds while a case is played.
#[derive(Clone, Copy)]
enum Folding {
    Never,
    /// All of it after each operation.
    Always,
    /// A step before each operation, so that one always falls in the middle of a fold.
    Amid,
}

struct Handle {
    tables: Rc<RefCell<Tables>>,
    folding: Folding,
    frame: RefCell<Frame>,
}

impl Provider for Handle {
    fn start(&self, operation: Operation, done: Box<dyn FnOnce(Answer)>) {
        let (mut tables, mut frame) = (self.tables.borrow_mut(), self.frame.borrow_mut());
        if let Folding::Amid = self.folding {
            tables.fold(&mut frame);
        }
        let answer = tables.perform(&mut frame, operation);
        if let Folding::Always = self.folding {
            tables.fold(&mut frame);
            tables.fold(&mut frame);
        }
        drop((tables, frame));
        done(answer);
    }

    fn watch(&self, _changed: Box<Changed>) {}
}

#[test]
fn it_keeps_the_contract_folded_at_any_time() {
    for folding in [Folding::Never, Folding::Always, Folding::Amid] {
        for case in conformance::cases() {
            let tables: Rc<RefCell<Tables>> = Rc::default();
            let open = || {
                Box::new(Handle { tables: Rc::clone(&tables), folding, frame: RefCell::default() }) as Box<dyn Provider>
            };
            conformance::run(&case, open).unwrap();
        }
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }
}

/// What is to be found in a store: as a plain map, and a plain list of the commits of its epoch.
#[derive(Default)]
struct Plain {
    entries: BTreeMap<Vec<u16>, (String, String)>,
    commits: Vec<(Version, String)>,
    /// What came before needs not be told.
    told_from: u64,
}

impl Plain {
    fn head(&self) -> Option<Version> {
        self.commits.last().map(|(version, _)| *version)
    }

    fn commit(&mut self, commit: &StoreCommit) {
        if !leads_on(self.head(), commit.version) {
            self.commits.clear();
            self.told_from = 0;
        }
        for key in &commit.deletes {
            self.entries.remove(&units(key));
        }
        for (key, value) in &commit.puts {
            self.entries.insert(units(key), (key.clone(), value.clone()));
        }
        self.commits.push((commit.version, commit.entry.clone()));
        self.told_from = self.told_from.max(commit.horizon.saturating_add(1));
    }
}

/// The two orders differ on some of these keys.
fn key(random: &mut Random) -> String {
    let name = ["", "a", "b", "c", "\u{7f}", "\u{ff21}", "😀"][random.below(7) as usize];
    format!("{}{name}{}", ["s/", "t/", "s"][random.below(3) as usize], random.below(4))
}

/// The next commit, or one that begins anew.
fn next(random: &mut Random, head: Option<Version>, at: u64) -> StoreCommit {
    let turns = random.one_in(40);
    let to_version = match head {
        Some(head) if turns && random.one_in(3) => version(head.epoch, head.seq + 2 + random.below(3), at),
        Some(head) if turns => version(
            head.epoch + 1,
            [1 + random.below(head.seq + 2), 50 + random.below(20)][random.below(2) as usize],
            at,
        ),
        Some(head) => version(head.epoch, head.seq + 1, at),
        None => version(at, 1, at),
    };
    let mut commit = to(to_version.epoch, to_version.seq, to_version.tag, &[], &[]);
    commit.horizon = to_version.seq.saturating_sub(random.below(12));
    commit.entry = format!("entry of {at}");
    for _ in 0..random.below(4) {
        let value = if random.one_in(12) { format!("{at}").repeat(LARGE) } else { format!("{at}") };
        commit.puts.push((key(random), value));
    }
    commit.deletes.extend((0..random.below(4)).map(|_| key(random)));
    commit
}

fn compare(random: &mut Random, tables: &Tables, plain: &Plain) {
    assert_eq!(tables.tail().head, plain.head());
    let (prefix, limit) =
        (["", "s", "s/", "s/😀", "t/\u{7f}", "x"][random.below(6) as usize], 1 + random.below(9) as usize);
    let whole: Vec<_> = plain.entries.values().filter(|(key, _)| key.starts_with(prefix)).cloned().collect();
    let (mut listed, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = tables.list(prefix, after.as_deref(), limit);
        listed.extend(page.iter().cloned());
        if page.len() < limit {
            break;
        }
        after = page.last().map(|(key, _)| key.clone());
    }
    assert_eq!(listed, whole, "pages of {limit} from {prefix:?}; only the last may be short");
    let key = key(random);
    assert_eq!(tables.get(&key), plain.entries.get(&units(&key)).map(|(_, value)| value.clone()));
    for (at, (version, _)) in plain.commits.iter().enumerate() {
        let after = plain.commits[at + 1..].iter().map(|(_, entry)| entry.clone()).collect();
        match tables.since(*version) {
            None => assert!(version.seq < plain.told_from && at + 1 < plain.commits.len(), "{version:?} is to be told"),
            told => assert_eq!(told, Some(after)),
        }
        assert_eq!(tables.since(Version { tag: version.tag + 1, ..*version }), None);
        assert_eq!(tables.since(Version { epoch: version.epoch + 1, ..*version }), None);
    }
}

fn history(seed: u64) -> [u64; 5] {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (mut tables, mut plain) = (Tables::default(), Plain::default());
    let mut frames: [Frame; 3] = Default::default();
    let mut seen = [0; 5];
    for at in 1..150 {
        let frame = &mut frames[random.below(3) as usize];
        let kept = tables.log.len();
        match random.below(100) {
            0 => (tables, plain) = (Tables::default(), Plain::default()),
            // A frame is lost, wherever it was.
            1..6 => *frame = Frame::default(),
            6..50 => {
                let writes = frame.folding.is_some();
                let wrote = tables.fold(frame);
                seen[0] += u64::from(wrote);
                seen[1] += u64::from(writes && !wrote);
            }
            50..60 => {
                let wrong = plain.head().map(|head| Version { tag: head.tag + 1, ..head });
                let wrong = [None, wrong, plain.commits.first().map(|(version, _)| *version)][random.below(3) as usize];
                if wrong != plain.head() {
                    let stale = next(&mut random, wrong, at);
                    assert_eq!(tables.commit(frame, wrong, stale), Answer::Stale);
                    seen[2] += 1;
                }
            }
            _ => {
                let commit = next(&mut random, plain.head(), at);
                assert_eq!(tables.commit(frame, plain.head(), commit.clone()), Answer::Committed);
                plain.commit(&commit);
                seen[3] += 1;
                seen[4] += u64::from(tables.log.len() < kept && tables.folded != plain.head());
            }
        }
        compare(&mut random, &tables, &plain);
    }
    seen
}

#[test]
fn commits_folds_crashes_and_lists_come_to_what_a_plain_map_holds() {
    let seen = (1..=400).map(history).fold([0; 5], |sum, one| [0, 1, 2, 3, 4].map(|at| sum[at] + one[at]));
    // Folds that wrote, folds that somebody else was faster than, stale commits, commits, and those that cleared the log.
    assert!(seen.iter().zip([3_000, 1_000, 5_000, 20_000, 100]).all(|(seen, least)| *seen >= least), "{seen:?}");
}
