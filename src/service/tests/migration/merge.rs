//! What one store takes in of another, rule by rule.

use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::ambient::UnixMillis;
use crate::engine::outcomes::Outcomes;
use crate::service::Limits;
use crate::service::migration::merge::absorb;
use crate::service::replica::Replica;
use crate::service::replica::author::{Author, Remover};
use crate::service::replica::encoding::SCHEMA;
use crate::service::replica::record::{Absorbed, Client, Record, RecordChange, Tombstone};
use crate::service::replica::state::{Keep, State};
use crate::service::tests::world::{id, json};
use crate::session::{ClientId, Lifetime, Outcome, Session, Version};

/// The epoch of the lower store.
pub const EPOCH: u64 = 5;
/// The commit that absorbs.
const AT: u64 = 90;

fn author(client: u64) -> Author {
    Author { origin: "https://a.example".to_string(), client: ClientId(client, client) }
}

fn keep() -> Keep {
    Keep::of(&Limits::default())
}

/// A session of this person, created and last changed by these commits, with this data.
pub fn session(name: &str, user: &str, (created, version): (u64, u64), data: &str) -> Record {
    let millis = |seq: u64| UnixMillis(seq * 1_000);
    let session = Session::new(id(name), user.to_string(), json(data), millis(created), Some(version));
    let session = Session { last_active_at: millis(version), ..session };
    Record { session, created, creator: author(1), by: author(1), others: 0, below: None, taken: None }
}

pub fn put(record: Record) -> RecordChange {
    RecordChange::Session(Rc::new(record))
}

fn state(changes: impl IntoIterator<Item = RecordChange>) -> State {
    let mut state = State::default();
    state.learn(&RecordChange::Horizon(0, SCHEMA));
    changes.into_iter().for_each(|change| state.learn(&change));
    state
}

/// The lower store at commit `seq`.
pub fn lower(seq: u64, changes: impl IntoIterator<Item = RecordChange>) -> Replica {
    Replica::new(Version { epoch: EPOCH, seq, tag: 1 }, state(changes))
}

/// The lower store was absorbed before, up to its commit 20, by commit 50.
pub fn before() -> RecordChange {
    RecordChange::Absorbed(EPOCH, Absorbed { seq: 20, horizon: 0, at: 50, before: 0, first: 50 })
}

/// The upper store afterwards.
pub fn absorbed(lower: &Replica, upper: impl IntoIterator<Item = RecordChange>) -> State {
    let mut upper = state(upper);
    let changes = absorb(lower, &upper, AT, keep()).unwrap();
    changes.iter().for_each(|change| upper.learn(change));
    assert_eq!(absorb(lower, &upper, AT + 1, keep()), None, "once is enough");
    let record = upper.absorbed(EPOCH).unwrap();
    assert_eq!((record.seq, record.at), (lower.head.seq, AT));
    upper
}

fn tomb(name: &str, seq: u64) -> RecordChange {
    RecordChange::Tombstone(id(name), Tombstone { seq, by: None, at: seq })
}

/// The commit that removed this session.
fn buried(state: &State, name: &str) -> Option<u64> {
    state.tombstone(&id(name)).map(|(seq, _)| seq)
}

fn names(state: &State) -> Vec<String> {
    state.sessions().map(|record| record.session.id.as_str().to_string()).collect()
}

#[test]
fn what_is_only_below_is_put_as_it_is() {
    let upper = absorbed(&lower(9, [put(session("s", "u", (3, 7), r#"{"a":1}"#))]), []);
    let record = upper.session(&id("s")).unwrap();
    assert_eq!((record.created, record.session.version), (AT, Some(AT)));
    assert_eq!((record.session.created_at, record.session.last_active_at), (UnixMillis(3_000), UnixMillis(7_000)));
    assert_eq!((record.by.clone(), record.session.data.as_str()), (author(1), r#"{"a":1}"#));
}

#[test]
fn of_one_persons_session_in_both_the_newer_data_patches_the_older() {
    let (above, below) = (r#"{"both":"above","above":1}"#, r#"{"both":"below","below":1}"#);
    for (changed_above, changed_below, both) in [(40, 6, "above"), (6, 40, "below"), (6, 6, "above")] {
        let there = lower(60, [put(session("s", "u", (3, changed_below), below))]);
        let upper = absorbed(&there, [put(session("s", "u", (5, changed_above), above))]);
        let record = upper.session(&id("s")).unwrap();
        let data = record.session.data.as_str();
        for member in [alloc::format!(r#""both":"{both}""#), r#""above":1"#.into(), r#""below":1"#.into()] {
            assert!(data.contains(&member), "{data}");
        }
        assert_eq!(record.session.created_at, UnixMillis(3_000));
        assert_eq!(record.session.last_active_at, UnixMillis(1_000 * changed_above.max(changed_below)));
        assert_eq!((record.created, record.session.version), (5, Some(AT)), "to pages above it is the same session");
        assert_eq!(record.changed_by_others(&author(1)), AT, "whoever changed it last did not see this");
    }
}

#[test]
fn a_session_of_somebody_else_above_stays() {
    let above = session("s", "another", (5, 6), "{}");
    let there = lower(60, [put(session("s", "u", (3, 40), "{}")), RecordChange::Active(Some(id("s")))]);
    let upper = absorbed(&there, [put(above.clone())]);
    assert_eq!((**upper.session(&id("s")).unwrap()).clone(), above);
    assert_eq!(upper.active(), None, "nor is it the one that was active below");
}

#[test]
fn what_was_removed_above_stays_removed() {
    let upper = absorbed(&lower(60, [put(session("s", "u", (3, 40), "{}"))]), [tomb("s", 8)]);
    assert!(names(&upper).is_empty());
    assert_eq!(buried(&upper, "s"), Some(8));
}

#[test]
fn what_was_taken_in_before_and_is_gone_stays_gone() {
    let there = [put(session("old", "u", (3, 20), "{}")), put(session("changed", "u", (4, 21), "{}"))];
    let upper = absorbed(&lower(25, there), [before()]);
    assert_eq!(names(&upper), ["changed"]);
}

#[test]
fn a_removal_below_removes_above_what_came_from_there_and_nothing_later() {
    let there = [tomb("taken", 22), tomb("new", 22), tomb("old", 20), tomb("unknown", 23)];
    let above = [
        before(),
        put(session("taken", "u", (50, 50), "{}")),
        put(session("new", "u", (60, 60), "{}")),
        put(session("old", "u", (60, 60), "{}")),
        RecordChange::Active(Some(id("taken"))),
    ];
    let upper = absorbed(&lower(25, there), above);
    assert_eq!(names(&upper), ["new", "old"]);
    assert_eq!(upper.active(), None);
    assert_eq!((buried(&upper, "taken"), buried(&upper, "unknown")), (Some(AT), Some(AT)));
    assert_eq!((buried(&upper, "new"), buried(&upper, "old")), (None, None));
}

#[test]
fn a_first_time_removals_come_along_and_remove_nothing() {
    let there = [tomb("s", 8), tomb("t", 9)];
    let upper = absorbed(&lower(25, there), [put(session("s", "u", (3, 3), "{}"))]);
    assert_eq!(names(&upper), ["s"]);
    assert_eq!((buried(&upper, "s"), buried(&upper, "t")), (None, Some(AT)));
}

#[test]
fn the_active_one_above_stays_and_one_from_below_fills_a_gap_once() {
    let there = || lower(60, [put(session("s", "u", (3, 40), "{}")), RecordChange::Active(Some(id("s")))]);
    let above = || put(session("t", "u", (3, 3), "{}"));
    assert_eq!(absorbed(&there(), [above()]).active(), Some(&id("s")));
    assert_eq!(absorbed(&there(), [above(), RecordChange::Active(Some(id("t")))]).active(), Some(&id("t")));
    assert_eq!(absorbed(&there(), [before(), above()]).active(), None, "somebody chose none");
    assert_eq!(absorbed(&there(), [tomb("s", 8)]).active(), None);
}

#[test]
fn what_became_of_writes_comes_along() {
    let client = |seq, n, outcome| {
        let mut outcomes = Outcomes::default();
        outcomes.record(n, outcome, seq);
        Rc::new(Client { seq, outcomes })
    };
    let there = [
        RecordChange::Client(author(1), client(22, 4, Outcome::Accepted(22))),
        RecordChange::Client(author(2), client(20, 1, Outcome::Accepted(20))),
    ];
    let above = [before(), RecordChange::Client(author(1), client(60, 5, Outcome::Accepted(60)))];
    let upper = absorbed(&lower(25, there), above);
    let known = upper.client(&author(1)).unwrap();
    assert_eq!(known.seq, AT);
    let outcomes: Vec<_> = known.outcomes.all().collect();
    assert_eq!(outcomes, [(4, Outcome::Accepted(AT)), (5, Outcome::Accepted(60))]);
    assert!(upper.client(&author(2)).is_none(), "that was taken in before, and forgotten since");
}

#[test]
fn a_seal_above_ends_and_records_of_absorbed_stores_stay_within_bounds() {
    let upper = absorbed(&lower(25, []), [RecordChange::Moving(true)]);
    assert!(!upper.moving());
    let many = (1_000..2_100).map(|epoch| {
        RecordChange::Absorbed(epoch, Absorbed { seq: 1, horizon: 0, at: epoch / 100, before: 0, first: 0 })
    });
    let mut upper = state(many);
    for round in 0..200 {
        let changes =
            absorb(&Replica::new(Version { epoch: round, seq: 2, tag: 1 }, state([])), &upper, AT, keep()).unwrap();
        changes.iter().for_each(|change| upper.learn(change));
    }
    assert!(upper.absorbed(1_000).is_none() && upper.absorbed(199).is_some());
    let kept = (0..2_100).filter(|epoch| upper.absorbed(*epoch).is_some()).count();
    assert!(kept <= 1_100, "{kept}");
}

#[test]
fn what_was_taken_in_removed_above_and_forgotten_stays_gone_though_it_changed_below() {
    // Its removal above fell out of what is remembered: the horizon is past it. It may have been removed before there was
    // one below.
    for horizon in [80, 50, 8] {
        let there = [put(session("s", "u", (4, 21), "{}"))];
        let upper = absorbed(&lower(25, there), [before(), RecordChange::Horizon(horizon, SCHEMA)]);
        assert_eq!(names(&upper), Vec::<String>::new(), "{horizon}");
    }
}

#[test]
fn when_a_store_was_taken_in_first_stays_known() {
    let known = |upper: State| {
        let record = *upper.absorbed(EPOCH).unwrap();
        (record.horizon, record.before, record.first)
    };
    let there = |seq| lower(seq, [RecordChange::Horizon(3, SCHEMA)]);
    assert_eq!(known(absorbed(&there(25), [])), (3, 0, AT));
    assert_eq!(known(absorbed(&there(25), [before()])), (3, 20, 50));
    let twice = Absorbed { seq: 22, horizon: 0, at: 60, before: 20, first: 50 };
    assert_eq!(known(absorbed(&there(25), [RecordChange::Absorbed(EPOCH, twice)])), (3, 22, 50));
}

#[test]
fn whose_a_removal_below_was_comes_along() {
    let by = Remover { author: author(1), n: 4 };
    let there = [RecordChange::Tombstone(id("t"), Tombstone { seq: 9, by: Some(by.clone()), at: 9 })];
    assert_eq!(absorbed(&lower(25, there), []).tombstone(&id("t")), Some((AT, Some(&by))));
}

#[test]
fn of_two_removals_the_later_one_counts_and_of_two_hands_neither() {
    let of = |client, n, seq| {
        let by = Some(Remover { author: author(client), n });
        RecordChange::Tombstone(id("s"), Tombstone { seq, by, at: seq })
    };
    let last = |above, below| {
        let upper = absorbed(&lower(60, [below]), [above]);
        let (seq, by) = upper.tombstone(&id("s")).unwrap();
        assert_eq!(seq, 8, "it is known as long as it was");
        by.map(|by| (by.author.clone(), by.n))
    };
    assert_eq!(last(of(1, 2, 8), of(2, 2, 55)), None);
    assert_eq!(last(of(1, 2, 8), of(1, 5, 55)), Some((author(1), 5)));
    assert_eq!(last(of(1, 5, 8), of(1, 2, 55)), Some((author(1), 5)));
    let unknown = RecordChange::Tombstone(id("s"), Tombstone { seq: 55, by: None, at: 55 });
    assert_eq!(last(of(1, 2, 8), unknown), None, "a removal whose author was not kept is somebody else's");
}

#[test]
fn a_removal_that_was_taken_over_since_it_was_taken_in_is_nobodys_above() {
    let by = |client, n| Some(Remover { author: author(client), n });
    let removal = |seq, by, at| RecordChange::Tombstone(id("s"), Tombstone { seq, by, at });
    // Page 1 removed it below, which was taken in by commit 50. Somebody else was to remove it there afterwards.
    let above = || [before(), removal(50, by(1, 2), 50)];
    let of = |upper: &State| upper.tombstone(&id("s")).map(|(seq, by)| (seq, by.map(|by| by.author.clone())));
    for (taken_over, whose) in [(20, Some(author(1))), (21, None), (25, None)] {
        let upper = absorbed(&lower(25, [removal(9, by(2, 7), taken_over)]), above());
        assert_eq!(of(&upper), Some((50, whose)), "{taken_over}");
    }
    let same_hand = absorbed(&lower(25, [removal(9, by(1, 7), 22)]), above());
    assert_eq!(same_hand.tombstone(&id("s")), Some((50, by(1, 7).as_ref())));
    let unknown = absorbed(&lower(25, [removal(9, None, 22)]), above());
    assert_eq!(of(&unknown), Some((50, None)), "so it is if a store below that one made it nobody's");
    // What is above it by now, or is forgotten there, stays as it is.
    let again = [before(), put(session("s", "u", (60, 60), "{}"))];
    let upper = absorbed(&lower(25, [removal(9, by(2, 7), 22)]), again);
    assert_eq!((names(&upper), of(&upper)), (Vec::from(["s".to_string()]), None));
    let upper = absorbed(&lower(25, [removal(9, by(2, 7), 22)]), [before()]);
    assert_eq!(of(&upper), None);
}

/// The same, which ends then.
fn ending(mut record: Record, end: Option<u64>) -> Record {
    record.session.lifetime = Lifetime { ttl: end, renews: true, expires_at: end.map(UnixMillis) };
    record
}

#[test]
fn of_a_session_in_both_the_later_end_counts() {
    for (above, below, end) in
        [(Some(7), Some(9), Some(9)), (Some(9), Some(7), Some(9)), (None, Some(9), None), (Some(9), None, None)]
    {
        let there = lower(60, [put(ending(session("s", "u", (3, 6), "{}"), below))]);
        let upper = absorbed(&there, [put(ending(session("s", "u", (5, 40), "{}"), above))]);
        assert_eq!(
            upper.session(&id("s")).unwrap().session.lifetime.expires_at,
            end.map(UnixMillis),
            "{above:?} {below:?}"
        );
    }
}

#[test]
fn what_was_used_below_since_it_was_taken_in_lives_as_long_above_and_is_not_changed_otherwise() {
    let above = ending(session("s", "u", (5, 55), r#"{"above":1}"#), Some(70));
    let mut used = ending(session("s", "u", (3, 6), r#"{"below":1}"#), Some(90));
    used.session.last_active_at = UnixMillis(80_000);
    let upper = absorbed(&lower(25, [put(used.clone())]), [before(), put(above.clone())]);
    let mut expected = above.clone();
    expected.session.last_active_at = used.session.last_active_at;
    expected.session.lifetime = used.session.lifetime;
    assert_eq!(**upper.session(&id("s")).unwrap(), expected);
    let somebodys = ending(session("s", "v", (3, 6), "{}"), Some(90));
    let upper = absorbed(&lower(25, [put(somebodys)]), [before(), put(above.clone())]);
    assert_eq!(**upper.session(&id("s")).unwrap(), above);
}
