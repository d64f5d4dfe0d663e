//! Bugs that the simulation plants to see itself find them. Builds without the feature `planted` have none, and no trace of
//! the questions: [`has`] is false at compile time there.

/// A rule that can be broken on purpose.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Mutant {
    // Follower.
    /// An event is applied though something before it is missing.
    GapIgnored,
    /// An event is applied to any version of the number that it follows, whatever its tag.
    TagIgnored,
    // Overlay.
    /// A write shows no longer once it is acknowledged, though what is held does not contain it yet.
    ReleasedAtAcknowledgement,
    /// A write that was refused goes on to show.
    RefusedStillShows,
    /// Of several mutations that do not all apply, those before the first that does not show.
    BulkShowsInPart,
    /// What a suspended page held goes on to show before it is verified.
    WithheldShows,
    /// Sessions that a commit changed are not named to whoever draws them.
    ChangedNotDrawn,
    /// What has arrived of a first snapshot goes on to show though the rest of it will not come.
    GivenUpShows,
    // Writes of a page.
    /// A write that is sent again goes under a number of its own.
    ResentUnderNewNumber,
    /// The mark of what is settled is one too high.
    SettledTooHigh,
    /// A write that was sent is never sent again.
    NeverResent,
    /// A page sends as many writes as it has.
    WindowIgnored,
    // Cache.
    /// What is held is fresh from when the answer came, not from when it was asked for.
    FreshFromAnswer,
    /// What is held is fresh for a microsecond too long.
    TtlOffByOne,
    /// Whoever waits for an answer waits without end.
    DeadlineNeverFires,
    // Connection.
    /// A quiet connection is not looked after.
    NoHeartbeat,
    /// A frame that says nothing for long is the only one for as long as anything may take.
    SilenceTolerated,
    /// A frame that says nothing for long is removed though it may only be busy.
    BusyTakenForDead,
    /// The service says that a page is up to date without a look at the store.
    SyncedWithoutRefresh,
    /// What a page took in is not counted, so that its credit runs out.
    CreditNeverReturned,
    /// The service sends as much as there is.
    CreditIgnored,
    /// A session that begins a part of a snapshot is lost.
    PartLosesFirst,
    // Judging.
    /// Writes that were sent again are applied again.
    NoDedupe,
    /// An outcome is forgotten though its page has not settled it.
    OutcomeForgotten,
    /// A base of another epoch is taken for one of this store.
    EpochIgnored,
    /// The removal of a session is no obstacle to adding it from before.
    TombstoneForgotten,
    /// A page's own removal is an obstacle like anybody else's.
    OwnRemovalFences,
    /// So is one that stands before the add in the same write.
    OwnBulkFenced,
    /// A removal of a client of another origin passes for one's own if the clients have the same name.
    RemoverOriginIgnored,
    /// So does a removal of any client of the same origin, for one before the page was loaded anew.
    RemoverClientIgnored,
    /// What is remembered of one's own removal counts before the horizon does.
    OwnRemovalBeforeHorizon,
    /// A write from before the horizon is judged as if nothing could have been forgotten.
    HorizonIgnored,
    /// A later removal of one's own is no obstacle to an earlier add.
    RemoverNumberIgnored,
    /// Who removes what is removed already leaves the removal to whoever was first.
    NotTakenOver,
    /// Whose removal it is, is not known to other writes of the same commit.
    RemoverUnknownInGroup,
    /// A removal that is sent again is one more removal.
    ResentTakesOver,
    /// A function's result counts whoever changed the session since.
    LostUpdate,
    /// A write that is refused leaves what it did until then in the commit.
    RefusalLeavesParts,
    // Lifetimes.
    /// A session that is expired takes every write.
    ExpiredTakesWrites,
    /// A use brings back what is expired.
    TouchRevives,
    /// Each use is written.
    TouchEachTime,
    /// A use that is to be written never is.
    TouchForgotten,
    /// A use counts as a change of the session.
    TouchIsChange,
    /// A session that is brought back ends when it would have ended.
    RecoveryKeepsEnd,
    /// The end of a session is told each time that it is looked at.
    EndToldTwice,
    /// What shows as expired does so for good, wherever the clock goes.
    ExpiryNotTakenBack,
    /// What is expired is cleaned up though it could be brought back.
    CleanUpInGrace,
    /// And as soon as the wall clock says that it is over, whatever that clock did before.
    CleanUpUnsure,
    // Requests.
    /// Requests that a store took in with another one are counted again when it takes that in again.
    CountedTwice,
    /// Requests that are told of again are counted again.
    CountResent,
    /// Requests count as a change of the session.
    CountIsChange,
    /// Who asks whether there is room for a request is always told that there is.
    LimitIgnored,
    /// A page lets through as many requests as it likes, whatever room there is.
    RoomIgnored,
    /// Requests that were let through are forgotten when they are to be told of.
    HeldForgotten,
    /// Requests show to sites that may not see them.
    RequestsShow,
    // Committing.
    /// A store takes a commit whatever version it stands at.
    NoExpectedVersion,
    /// A commit of which nothing is known is taken for one that took effect.
    DoubtIsSuccess,
    /// A group that the store refuses is refused whole.
    GroupRefusedWhole,
    /// A commit that another frame announced is taken in whatever the replica stands at.
    AnnouncedOverGap,
    // Grants.
    /// Events hold what their receiver may not see.
    EventsLeak,
    /// A write that is not granted is answered otherwise where there is nothing to write to.
    NotYoursTold,
    // Moving to a better store.
    /// What became of writes below is not carried up.
    OutcomesLeftBelow,
    /// What was removed above comes back from below.
    RemovedComesBack,
    /// Whose a removal below was does not come along.
    RemoverLeftBelow,
    /// Of a removal above and one below, the one below is taken for the last.
    RemoverBelowWins,
    /// Or the one above.
    RemoverAboveWins,
}

#[cfg(feature = "planted")]
std::thread_local! {
    static PLANTED: core::cell::Cell<Option<Mutant>> = const { core::cell::Cell::new(None) };
}

/// Breaks this rule, and no other, in all machines and stores of this thread from now on.
#[cfg(feature = "planted")]
pub fn plant(bug: Option<Mutant>) {
    PLANTED.set(bug);
}

/// Whether this bug is in force.
#[cfg(feature = "planted")]
pub fn has(bug: Mutant) -> bool {
    PLANTED.get() == Some(bug)
}

/// No bug is in force.
#[cfg(not(feature = "planted"))]
pub const fn has(_: Mutant) -> bool {
    false
}
