//! Drawn messages survive the wire, and drawn bytes harm nothing.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use session_bridge::ambient::UnixMillis;
use session_bridge::error::Code;
use session_bridge::protocol::{End, From, Limits, ToManager, ToService, decode};
use session_bridge::session::{
    Change, Json, Mutation, Outcome, Session, SessionId, StorageLevel, StorageStatus, Upgrade, Version, Write,
};

use crate::fixtures::{LIMIT, TO_MANAGER, TO_SERVICE, VERSION, read, written};
use crate::hostile::refused_or_a_message;

fn version() -> impl Strategy<Value = Version> {
    any::<(u64, u64, u64)>().prop_map(|(epoch, seq, tag)| Version { epoch, seq, tag })
}

fn id() -> impl Strategy<Value = SessionId> {
    "[^\\x00-\\x1f\\x7f]{1,40}".prop_map(|text| SessionId::try_from(text).expect("at most 160 bytes, no controls"))
}

/// Objects with drawn keys and values; keys are numbered apart.
fn json() -> impl Strategy<Value = Json> {
    let value = prop_oneof![
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        ".{0,12}".prop_map(serde_json::Value::from),
        vec(any::<u8>(), 0..4).prop_map(serde_json::Value::from),
    ];
    vec((".{0,6}", value), 0..5).prop_map(|members| {
        let members: serde_json::Map<_, _> =
            members.into_iter().enumerate().map(|(at, (key, value))| (format!("{at}{key}"), value)).collect();
        Json::try_from(serde_json::Value::from(members).to_string()).expect("serde_json escapes as JSON.stringify does")
    })
}

fn code() -> impl Strategy<Value = Code> {
    prop::sample::select(vec![Code::InvalidArgument, Code::Conflict, Code::StorageFull, Code::Internal])
}

fn outcomes() -> impl Strategy<Value = Vec<(u64, Outcome)>> {
    let outcome = prop_oneof![
        any::<u64>().prop_map(Outcome::Accepted),
        code().prop_map(Outcome::Refused),
        Just(Outcome::Contended),
    ];
    vec((any::<u64>(), outcome), 0..4)
}

fn session() -> impl Strategy<Value = Session> {
    (id(), ".{0,20}", any::<(u64, u64)>(), option::of(any::<u64>()), json()).prop_map(
        |(id, user_id, (created, active), version, data)| Session {
            id,
            user_id,
            created_at: UnixMillis(created),
            last_active_at: UnixMillis(active),
            version,
            data,
        },
    )
}

fn storage() -> impl Strategy<Value = StorageStatus> {
    let level = prop::sample::select(vec![StorageLevel::Handle, StorageLevel::Partitioned, StorageLevel::Memory]);
    let upgrade = prop::sample::select(vec![Upgrade::None, Upgrade::Gesture, Upgrade::Visit]);
    (level, any::<bool>(), upgrade).prop_map(|(level, shared, upgrade)| StorageStatus { level, shared, upgrade })
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let if_version = || option::of(any::<u64>());
    prop_oneof![
        (id(), ".{0,20}", json()).prop_map(|(id, user_id, data)| Mutation::Add { id, user_id, data }),
        (id(), json(), if_version()).prop_map(|(id, patch, if_version)| Mutation::Update { id, patch, if_version }),
        (id(), if_version()).prop_map(|(id, if_version)| Mutation::Remove { id, if_version }),
        option::of(id()).prop_map(Mutation::Activate),
    ]
}

fn to_service() -> impl Strategy<Value = ToService> {
    let write = (any::<(u64, u64)>(), version(), option::of(any::<u64>()), vec(mutation(), 0..4))
        .prop_map(|((n, behind), base, saw, mutations)| Write { n, behind, base, saw, mutations });
    let from = prop_oneof![Just(From::LastSent), option::of(version()).prop_map(From::Held)];
    prop_oneof![
        (any::<u64>(), vec(write, 0..4)).prop_map(|(settled, writes)| ToService::Writes { settled, writes }),
        (any::<(u64, u64)>(), from).prop_map(|((id, took), from)| ToService::Sync { id, from, took }),
        any::<u64>().prop_map(ToService::Took),
        Just(ToService::Bye),
        any::<u64>().prop_map(|id| ToService::AskAccess { id }),
        any::<bool>().prop_map(|declined| ToService::LeavePrompt { declined }),
    ]
}

fn to_manager() -> impl Strategy<Value = ToManager> {
    let change = prop_oneof![
        session().prop_map(Change::Put),
        id().prop_map(Change::Removed),
        option::of(id()).prop_map(Change::Active),
    ];
    let limits =
        any::<(u32, u32)>().prop_map(|(message_bytes, unsettled_writes)| Limits { message_bytes, unsettled_writes });
    let end = (option::of(id()), outcomes()).prop_map(|(active, mine)| End { active, mine });
    prop_oneof![
        (any::<u64>(), storage(), limits).prop_map(|(grant, storage, limits)| ToManager::Welcome {
            grant,
            storage,
            limits
        }),
        (version(), version(), vec(change, 0..4), outcomes())
            .prop_map(|(follows, version, changes, mine)| ToManager::Event { follows, version, changes, mine }),
        (any::<(u64, u64)>(), version(), vec(session(), 0..4), option::of(end)).prop_map(
            |((sync, index), version, sessions, end)| ToManager::Page { sync, version, index, sessions, end }
        ),
        any::<u64>().prop_map(ToManager::Pong),
        (any::<u64>(), version()).prop_map(|(id, version)| ToManager::Synced { id, version }),
        outcomes().prop_map(ToManager::Outcomes),
        storage().prop_map(ToManager::Storage),
        code().prop_map(ToManager::Goodbye),
        any::<bool>().prop_map(ToManager::Room),
        any::<u64>().prop_map(ToManager::Asked),
        code().prop_map(ToManager::Trouble),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn messages_to_the_service_survive(message in to_service()) {
        prop_assert_eq!(decode(VERSION, &written(&message), LIMIT), Ok(message));
    }

    #[test]
    fn messages_to_the_manager_survive(message in to_manager()) {
        prop_assert_eq!(decode(VERSION, &written(&message), LIMIT), Ok(message));
    }

    #[test]
    fn drawn_bytes_are_refused_or_a_message(mut bytes in vec(any::<u8>(), 0..200), variant in 0u8..12) {
        bytes.splice(0..0, [VERSION, variant]);
        refused_or_a_message::<ToService>(&bytes);
        refused_or_a_message::<ToManager>(&bytes);
    }

    #[test]
    fn spliced_fixtures_are_refused_or_a_message(
        one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(), resume in any::<prop::sample::Index>(),
    ) {
        let all: Vec<Vec<u8>> = [read(TO_SERVICE), read(TO_MANAGER)].iter().flatten().map(|f| f.bytes()).collect();
        let (one, other) = (one.get(&all), other.get(&all));
        let bytes = [&one[..=cut.index(one.len())], &other[resume.index(other.len())..]].concat();
        refused_or_a_message::<ToService>(&bytes);
        refused_or_a_message::<ToManager>(&bytes);
    }
}
