//! Requests of a session that two stores have count once, however often one takes in the other.

use super::merge::{EPOCH, absorbed, before, lower, put, session};
use crate::service::replica::record::{Record, TakenRequests};
use crate::service::replica::state::State;
use crate::service::tests::world::id;
use crate::session::Requests;

fn with(record: Record, count: u64, taken: Option<(u64, u64)>) -> Record {
    let mut record = record;
    record.session.requests = Requests { count, micros: 10 * count, ..Requests::default() };
    record.taken = taken.map(|(epoch, count)| TakenRequests { epoch, count, micros: 10 * count });
    record
}

fn counted(state: &State) -> (u64, u64) {
    let Requests { count, micros, .. } = state.session(&id("s")).unwrap().session.requests;
    (count, micros)
}

#[test]
fn what_is_only_below_comes_along_and_is_remembered() {
    let upper = absorbed(&lower(9, [put(with(session("s", "u", (3, 7), "{}"), 4, None))]), []);
    assert_eq!(counted(&upper), (4, 40));
    let taken = upper.session(&id("s")).unwrap().taken;
    assert_eq!(taken, Some(TakenRequests { epoch: EPOCH, count: 4, micros: 40 }));
}

#[test]
fn those_that_came_after_it_was_first_taken_in_are_added() {
    let below = with(session("s", "u", (3, 7), "{}"), 5, None);
    for above in [with(session("s", "u", (50, 50), "{}"), 0, Some((EPOCH, 0))), session("s", "u", (50, 50), "{}")] {
        assert_eq!(counted(&absorbed(&lower(25, [put(below.clone())]), [put(above), before()])), (5, 50));
    }
}

#[test]
fn one_that_was_added_anew_below_is_another_one() {
    let below = with(session("s", "u", (22, 24), "{}"), 3, None);
    let above = with(session("s", "u", (60, 60), "{}"), 9, Some((EPOCH, 4)));
    assert_eq!(counted(&absorbed(&lower(25, [put(below)]), [put(above), before()])), (12, 120));
}

#[test]
fn a_limit_stays_whichever_was_changed_last() {
    let limited = |mut record: Record, limit| {
        record.session.requests.limit = limit;
        record
    };
    for (above, below, limit) in [(Some(10), None, Some(10)), (Some(10), Some(5), Some(10)), (None, Some(5), Some(5))] {
        let below = limited(session("s", "u", (3, 60), r#"{"a":1}"#), below);
        let above = limited(session("s", "u", (50, 55), "{}"), above);
        let upper = absorbed(&lower(65, [put(below)]), [put(above), before()]);
        assert_eq!(upper.session(&id("s")).unwrap().session.requests.limit, limit);
    }
}

#[test]
fn those_of_both_add_up() {
    let below = with(session("s", "u", (3, 7), r#"{"a":1}"#), 4, None);
    let above = with(session("s", "u", (30, 40), r#"{"b":1}"#), 5, None);
    assert_eq!(counted(&absorbed(&lower(9, [put(below)]), [put(above)])), (9, 90));
}

#[test]
fn of_what_was_taken_in_before_only_the_rest_is_added() {
    for version in [19, 24] {
        let below = with(session("s", "u", (3, version), "{}"), 6, None);
        let above = with(session("s", "u", (50, 50), "{}"), 9, Some((EPOCH, 4)));
        let upper = absorbed(&lower(25, [put(below)]), [put(above), before()]);
        assert_eq!(counted(&upper), (11, 110));
    }
}

#[test]
fn requests_alone_are_no_change_of_the_session() {
    let below = with(session("s", "u", (3, 19), "{}"), 6, None);
    let above = with(session("s", "u", (50, 50), "{}"), 9, Some((EPOCH, 4)));
    let upper = absorbed(&lower(25, [put(below)]), [put(above), before()]);
    assert_eq!((counted(&upper), upper.session(&id("s")).unwrap().session.version), ((11, 110), Some(50)));
}

#[test]
fn where_nobody_knows_what_was_taken_in_none_counts_twice() {
    let below = with(session("s", "u", (3, 24), "{}"), 6, None);
    // Another store was taken in since.
    let above = with(session("s", "u", (50, 50), "{}"), 9, Some((EPOCH + 1, 2)));
    assert_eq!(counted(&absorbed(&lower(25, [put(below)]), [put(above), before()])), (9, 90));
}

#[test]
fn a_store_that_had_counted_none_makes_nobody_forget_the_other_one() {
    let below = with(session("s", "u", (3, 24), r#"{"a":1}"#), 0, None);
    let above = with(session("s", "u", (50, 50), "{}"), 9, Some((EPOCH + 1, 2)));
    let upper = absorbed(&lower(25, [put(below)]), [put(above), before()]);
    assert_eq!(upper.session(&id("s")).unwrap().taken.unwrap().epoch, EPOCH + 1);
}

#[test]
fn a_count_that_began_anew_below_takes_nothing_away() {
    let below = with(session("s", "u", (3, 24), "{}"), 1, None);
    let above = with(session("s", "u", (50, 50), "{}"), 9, Some((EPOCH, 4)));
    assert_eq!(counted(&absorbed(&lower(25, [put(below)]), [put(above), before()])), (9, 90));
}
