//! Machines and stores that break a rule, to see that the simulation notices.

#[cfg(not(feature = "planted"))]
use session_bridge::machine::mutants::Mutant;

#[cfg(feature = "planted")]
pub use session_bridge::machine::mutants::plant;

/// Builds without the feature have no bugs.
#[cfg(not(feature = "planted"))]
pub fn plant(_: Option<Mutant>) {}

/// Each is a rule that can be broken, and within how many seeds that has to be noticed. A batch that takes longer would miss
/// rarer ones, too.
#[cfg(feature = "planted")]
mod tests {
    use session_bridge::machine::mutants::Mutant;

    use crate::batch::find;
    use crate::plan::Plan;
    use crate::run::run;

    macro_rules! found {
        ($($name:ident: $bug:ident within $seeds:expr;)+) => { $(
            #[test]
            fn $name() {
                let plan = |seed| Plan { bug: Some(Mutant::$bug), ..Plan::of(seed) };
                let (plan, violation) = find($seeds, plan).unwrap_or_else(|| panic!("{:?} was not noticed in {} runs", Mutant::$bug, $seeds));
                println!("{:?} was noticed in run {} of {}: {violation}", Mutant::$bug, plan.seed + 1, $seeds);
            }
        )+ };
    }

    found! {
        an_event_applied_over_a_gap: GapIgnored within 200;
        a_write_released_at_the_acknowledgement: ReleasedAtAcknowledgement within 1000;
        a_refused_write_that_shows: RefusedStillShows within 200;
        a_bulk_that_shows_in_part: BulkShowsInPart within 200;
        a_suspended_page_that_shows: WithheldShows within 200;
        a_changed_session_that_is_not_drawn: ChangedNotDrawn within 200;
        a_snapshot_given_up_that_shows: GivenUpShows within 1000;
        a_write_sent_again_under_a_new_number: ResentUnderNewNumber within 200;
        a_mark_of_the_settled_too_high: SettledTooHigh within 200;
        a_write_never_sent_again: NeverResent within 200;
        more_writes_than_the_window: WindowIgnored within 200;
        freshness_counted_from_the_answer: FreshFromAnswer within 200;
        a_time_to_live_off_by_one: TtlOffByOne within 200;
        a_deadline_that_never_fires: DeadlineNeverFires within 200;
        no_heartbeat: NoHeartbeat within 200;
        an_event_of_another_tag: TagIgnored within 1000;
        synced_without_a_look: SyncedWithoutRefresh within 1000;
        credit_ignored: CreditIgnored within 10_000;
        a_removed_session_that_comes_back_from_below: RemovedComesBack within 1000;
        credit_never_returned: CreditNeverReturned within 1000;
        a_part_that_loses_its_first: PartLosesFirst within 1000;
        writes_applied_again: NoDedupe within 200;
        a_forgotten_outcome: OutcomeForgotten within 1000;
        an_ignored_epoch: EpochIgnored within 200;
        a_forgotten_tombstone: TombstoneForgotten within 1000;
        an_expired_session_that_takes_writes: ExpiredTakesWrites within 1000;
        a_use_that_brings_back: TouchRevives within 1000;
        a_use_that_is_written_each_time: TouchEachTime within 1000;
        a_use_that_is_never_written: TouchForgotten within 1000;
        a_use_that_counts_as_a_change: TouchIsChange within 1000;
        a_recovery_that_changes_no_end: RecoveryKeepsEnd within 1000;
        an_end_told_each_time: EndToldTwice within 1000;
        a_removal_within_the_grace: CleanUpInGrace within 1000;
        a_removal_by_a_clock_that_was_set: CleanUpUnsure within 1000;
        an_expiry_that_never_goes_back: ExpiryNotTakenBack within 1000;
        requests_of_another_store_counted_twice: CountedTwice within 1000;
        requests_told_of_again_counted_again: CountResent within 200;
        a_request_that_counts_as_a_change: CountIsChange within 200;
        a_limit_of_requests_ignored: LimitIgnored within 200;
        requests_let_through_beyond_the_limit: RoomIgnored within 1000;
        requests_let_through_and_forgotten: HeldForgotten within 200;
        requests_shown_without_a_grant: RequestsShow within 200;
        a_removal_of_ones_own_that_fences: OwnRemovalFences within 200;
        a_bulk_fenced_by_its_own_removal: OwnBulkFenced within 200;
        a_removal_of_another_origin_taken_for_ones_own: RemoverOriginIgnored within 1000;
        a_removal_from_before_a_reload_taken_for_ones_own: RemoverClientIgnored within 1000;
        ones_own_removal_before_the_horizon: OwnRemovalBeforeHorizon within 1000;
        an_ignored_horizon: HorizonIgnored within 1000;
        a_later_removal_that_is_no_obstacle: RemoverNumberIgnored within 2000;
        a_removal_that_is_not_taken_over: NotTakenOver within 1000;
        a_remover_unknown_to_its_own_commit: RemoverUnknownInGroup within 200;
        a_removal_sent_again_that_takes_over: ResentTakesOver within 1000;
        a_remover_left_below: RemoverLeftBelow within 1000;
        the_remover_below_taken_for_the_last_of_two: RemoverBelowWins within 1000;
        the_remover_above_taken_for_the_last_of_two: RemoverAboveWins within 2000;
        a_lost_update: LostUpdate within 200;
        a_refusal_that_leaves_parts: RefusalLeavesParts within 200;
        a_commit_without_an_expected_version: NoExpectedVersion within 200;
        doubt_taken_for_success: DoubtIsSuccess within 200;
        a_group_refused_whole: GroupRefusedWhole within 200;
        an_announced_commit_taken_in_over_a_gap: AnnouncedOverGap within 200;
        events_that_leak: EventsLeak within 200;
        not_yours_told_from_not_there: NotYoursTold within 200;
        outcomes_left_below: OutcomesLeftBelow within 200;
    }

    #[test]
    fn what_is_noticed_is_the_bug_and_nothing_else() {
        let clean = (0..100).find_map(|seed| run(&Plan::of(seed), false).violation);
        assert_eq!(clean, None);
    }
}
