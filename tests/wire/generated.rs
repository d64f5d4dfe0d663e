//! Drawn messages survive the wire, and drawn bytes harm nothing.

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;
use session_bridge::ambient::UnixMillis;
use session_bridge::error::Code;
use session_bridge::protocol::{End, Message, PageLimits, ResumeFrom, ToManager, ToService, decode, encode};
use session_bridge::session::{
    Change, Json, Lifetime, Mutation, Outcome, Requests, Session, SessionId, SessionRules, StorageLevel, StorageStatus,
    Tally, Terms, Upgrade, Version, Why, Write,
};

use crate::fixtures::{LIMIT, OLDER, TO_MANAGER, TO_SERVICE, VERSION, described, lacks, read, written};
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
        Just(serde_json::Value::Null),
        Just(serde_json::json!({"in": null, "list": [null]})),
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
    prop::sample::select(vec![Code::InvalidArgument, Code::Conflict, Code::StorageFull, Code::Internal, Code::Expired])
}

fn why() -> impl Strategy<Value = Why> {
    prop_oneof![
        any::<u64>().prop_map(Why::Operation),
        Just(Why::UserId),
        any::<(u64, u64)>().prop_map(|(mutation, member)| Why::Key { mutation, member }),
        any::<(u64, u64)>().prop_map(|(bytes, limit)| Why::DataBytes { bytes, limit }),
        any::<u64>().prop_map(Why::Sessions),
        any::<u64>().prop_map(Why::TotalBytes),
        any::<u64>().prop_map(Why::Mutations),
    ]
}

fn outcomes() -> impl Strategy<Value = Vec<(u64, Outcome)>> {
    let outcome = prop_oneof![
        any::<u64>().prop_map(Outcome::Accepted),
        code().prop_map(Outcome::Refused),
        Just(Outcome::Contended),
        why().prop_map(Outcome::Denied),
    ];
    vec((any::<u64>(), outcome), 0..4)
}

/// Half of them are the one that every session of an older version has.
fn lifetime() -> impl Strategy<Value = Lifetime> {
    let any = (option::of(any::<u64>()), any::<bool>(), option::of(any::<u64>().prop_map(UnixMillis)));
    let any = any.prop_map(|(ttl, renews, expires_at)| Lifetime { ttl, renews, expires_at });
    prop_oneof![Just(Lifetime::default()), any]
}

/// Half of them ask for nothing.
fn terms() -> impl Strategy<Value = Terms> {
    let number = || option::of(option::of(any::<u64>()));
    let any = (number(), option::of(any::<bool>()), number(), any::<bool>());
    let any = any.prop_map(|(ttl, renews, limit, resets)| Terms { ttl, renews, limit, resets });
    prop_oneof![Just(Terms::default()), any]
}

fn rules() -> impl Strategy<Value = SessionRules> {
    let any = (option::of(any::<u64>()), option::of(any::<u64>()), any::<u64>(), any::<bool>());
    let any = any.prop_map(|(default, longest, recovery, counts)| SessionRules { default, longest, recovery, counts });
    prop_oneof![Just(SessionRules::default()), any]
}

/// Half of them are those that every session of an older version has.
fn requests() -> impl Strategy<Value = Requests> {
    let any = (any::<(u64, u64)>(), option::of(any::<u64>()), option::of(".{0,20}"));
    let any = any.prop_map(|((count, micros), limit, last_url)| Requests { count, micros, limit, last_url });
    prop_oneof![Just(Requests::default()), any]
}

fn session() -> impl Strategy<Value = Session> {
    (id(), ".{0,20}", any::<(u64, u64)>(), option::of(any::<u64>()), json(), lifetime(), requests()).prop_map(
        |(id, user_id, (created, active), version, data, lifetime, requests)| Session {
            last_active_at: UnixMillis(active),
            lifetime,
            requests,
            ..Session::new(id, user_id, data, UnixMillis(created), version)
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
        (id(), ".{0,20}", json(), terms()).prop_map(|(id, user_id, data, terms)| Mutation::Add {
            id,
            user_id,
            data,
            terms
        }),
        (id(), json(), if_version()).prop_map(|(id, patch, if_version)| Mutation::Update { id, patch, if_version }),
        (id(), json(), if_version()).prop_map(|(id, data, if_version)| Mutation::Replace { id, data, if_version }),
        (id(), if_version()).prop_map(|(id, if_version)| Mutation::Remove { id, if_version }),
        option::of(id()).prop_map(Mutation::Activate),
        (id(), terms()).prop_map(|(id, terms)| Mutation::Configure { id, terms }),
        id().prop_map(Mutation::Recover),
        (id(), any::<(u64, u64)>(), option::of(".{0,20}"), any::<bool>()).prop_map(
            |(id, (count, micros), url, asks)| { Mutation::Count { id, tally: Tally { count, micros, url }, asks } }
        ),
    ]
}

fn to_service() -> impl Strategy<Value = ToService> {
    let write = (any::<(u64, u64)>(), version(), option::of(any::<u64>()), vec(mutation(), 0..4)).prop_map(
        |((n, predecessor), base, reads_from, mutations)| Write { n, predecessor, base, reads_from, mutations },
    );
    let from = prop_oneof![Just(ResumeFrom::LastSent), option::of(version()).prop_map(ResumeFrom::Held)];
    prop_oneof![
        (any::<u64>(), vec(write, 0..4)).prop_map(|(settled, writes)| ToService::Writes { settled, writes }),
        (any::<(u64, u64)>(), from).prop_map(|((id, took), from)| ToService::Sync { id, from, took }),
        any::<u64>().prop_map(ToService::Ack),
        Just(ToService::Bye),
        any::<u64>().prop_map(|id| ToService::AskAccess { id }),
        any::<bool>().prop_map(|declined| ToService::LeavePrompt { declined }),
        (any::<u64>(), id()).prop_map(|(id, session)| ToService::Touch { id, session }),
        any::<u64>().prop_map(|id| ToService::CleanUp { id }),
    ]
}

fn to_manager() -> impl Strategy<Value = ToManager> {
    let change = prop_oneof![
        session().prop_map(Change::Put),
        id().prop_map(Change::Removed),
        option::of(id()).prop_map(Change::Active),
    ];
    let limits = any::<(u32, u32)>()
        .prop_map(|(message_bytes, unsettled_writes)| PageLimits { message_bytes, unsettled_writes });
    let end = (option::of(id()), outcomes()).prop_map(|(active, mine)| End { active, mine });
    prop_oneof![
        (any::<u64>(), storage(), limits, rules()).prop_map(|(grant, storage, limits, rules)| ToManager::Welcome {
            grant,
            storage,
            limits,
            rules
        }),
        (version(), version(), vec(change, 0..4), outcomes())
            .prop_map(|(follows, version, changes, mine)| ToManager::Event { follows, version, changes, mine }),
        (any::<(u64, u64)>(), version(), vec(session(), 0..4), option::of(end)).prop_map(
            |((sync, index), version, sessions, end)| ToManager::Page { sync, version, index, sessions, end }
        ),
        any::<u64>().prop_map(ToManager::Pong),
        (any::<u64>(), version(), option::of(any::<u64>().prop_map(UnixMillis)))
            .prop_map(|(id, version, time)| ToManager::Synced { id, version, time }),
        outcomes().prop_map(ToManager::Outcomes),
        storage().prop_map(ToManager::Storage),
        code().prop_map(ToManager::Goodbye),
        any::<bool>().prop_map(ToManager::ShowFrame),
        any::<u64>().prop_map(ToManager::AccessDone),
        code().prop_map(ToManager::Trouble),
        any::<u64>().prop_map(ToManager::Quiet),
        (any::<u64>(), option::of(code())).prop_map(|(id, refusal)| ToManager::Touched { id, refusal }),
        (any::<(u64, u64)>(), option::of(code())).prop_map(|((id, removed), refusal)| ToManager::CleanedUp {
            id,
            removed,
            refusal
        }),
    ]
}

/// The newest version has the bytes that postcard makes of a message, and so of each field that sessions have.
fn as_in_postcard<T: Message + Serialize>(message: &T) -> Result<(), TestCaseError> {
    if cfg!(feature = "further") {
        return Ok(());
    }
    prop_assert_eq!(&written(message)[1..], &postcard::to_allocvec(message).expect("it can be written")[..]);
    Ok(())
}

/// The first version that keeps null members of data.
const NULLS: u8 = 3;

/// A write that has a mutation which the version lacks is sent without any: half of a write is another one.
fn writes_are_sent_whole_or_empty(version: u8, message: &ToService) -> Result<(), TestCaseError> {
    let ToService::Writes { settled, writes } = message else { return Ok(()) };
    let bytes = encode(version, message).expect("every version has writes");
    let Ok(ToService::Writes { settled: sent, writes: instead }) = decode(version, &bytes, LIMIT) else {
        return Err(TestCaseError::fail(format!("{message:?}")));
    };
    prop_assert_eq!((sent, instead.len()), (*settled, writes.len()));
    for (write, instead) in writes.iter().zip(instead) {
        let nothing = Write { mutations: Vec::new(), ..write.clone() };
        prop_assert_eq!(&Write { mutations: Vec::new(), ..instead.clone() }, &nothing);
        let alone = ToService::Writes { settled: 0, writes: vec![write.clone()] };
        if lacks(version, &described(&alone)) {
            prop_assert_eq!(&instead, &nothing);
        }
        let kinds = |write: &Write| write.mutations.iter().map(std::mem::discriminant).collect::<Vec<_>>();
        prop_assert!(instead == nothing || kinds(&instead) == kinds(write), "{:?}", instead);
    }
    Ok(())
}

/// What is sent in place of this message says nothing that came with a later version, down to its last part, whatever the
/// message itself thinks that is.
fn older_is_whole<T: Message + Serialize + Debug + PartialEq>(version: u8, message: &T) -> Result<(), TestCaseError> {
    let Some(bytes) = encode(version, message) else {
        prop_assert!(lacks(version, &described(message)), "{:?}", message);
        return Ok(());
    };
    let instead: T =
        decode(version, &bytes, LIMIT).map_err(|error| TestCaseError::fail(format!("{error:?}: {message:?}")))?;
    let json = described(&instead);
    prop_assert!(!lacks(version, &json), "{:?}", instead);
    if version >= NULLS && !lacks(version, &described(message)) {
        prop_assert_eq!(&instead, message, "it is sent as it is");
    }
    let text = json.to_string();
    // Before that version, null members are only ever in patches, and inside of lists.
    let nulls = ["Put", "sessions", "Add"].into_iter().filter(|part| text.contains(&format!("\"{part}\":")));
    prop_assert!(version >= NULLS || nulls.count() == 0 || !holds_null_member(&json), "{:?}", instead);
    Ok(())
}

/// Whether a session in it, or one that it adds, has a null member outside of lists.
fn holds_null_member(value: &serde_json::Value) -> bool {
    let is_null = |text: &str| {
        let data: serde_json::Value = serde_json::from_str(text).expect("data is JSON");
        fn any(value: &serde_json::Value) -> bool {
            value.as_object().is_some_and(|it| it.values().any(|member| member.is_null() || any(member)))
        }
        any(&data)
    };
    match value {
        serde_json::Value::Array(all) => all.iter().any(holds_null_member),
        serde_json::Value::Object(members) => members.iter().any(|(name, member)| match member {
            serde_json::Value::String(text) if name == "data" => is_null(text),
            other => holds_null_member(other),
        }),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn messages_to_the_service_survive(message in to_service()) {
        as_in_postcard(&message)?;
        prop_assert_eq!(decode(VERSION, &written(&message), LIMIT), Ok(message));
    }

    #[test]
    fn messages_to_the_manager_survive(message in to_manager()) {
        as_in_postcard(&message)?;
        prop_assert_eq!(decode(VERSION, &written(&message), LIMIT), Ok(message));
    }

    #[test]
    fn no_older_version_is_sent_what_it_lacks(to_service in to_service(), to_manager in to_manager()) {
        for version in OLDER {
            older_is_whole(version, &to_service)?;
            older_is_whole(version, &to_manager)?;
            writes_are_sent_whole_or_empty(version, &to_service)?;
        }
    }

    #[test]
    fn drawn_bytes_are_refused_or_a_message(mut bytes in vec(any::<u8>(), 0..200), variant in 0u8..14) {
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
