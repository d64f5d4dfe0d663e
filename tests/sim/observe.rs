//! Reads what the service wrote into a store, with as little knowledge of it as will do.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use session_bridge::ambient::UnixMillis;
use session_bridge::session::{ClientId, Json, OpId, Outcome, Session, SessionId};

type Entries = [(String, String)];

#[derive(Deserialize)]
struct Client {
    outcomes: Outcomes,
}

#[derive(Deserialize)]
struct Outcomes {
    above: BTreeMap<u64, Recorded>,
}

#[derive(Deserialize)]
struct Recorded {
    outcome: Outcome,
}

#[derive(Deserialize)]
struct Stored {
    user_id: String,
    created_at: UnixMillis,
    last_active_at: UnixMillis,
    version: u64,
    data: Box<RawValue>,
}

/// What became of which writes, as far as these entries say.
pub fn outcomes(puts: &Entries) -> Result<Vec<(OpId, Outcome)>, String> {
    let mut found = Vec::new();
    for (key, value) in puts.iter().filter(|(key, _)| key.starts_with("c/")) {
        let (high, low) = key.rsplit_once('/').and_then(|(_, name)| name.split_once('-')).ok_or("no client")?;
        let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
        let client = ClientId(number(high)?, number(low)?);
        let record: Client = read(value)?;
        found.extend(record.outcomes.above.into_iter().map(|(n, it)| (OpId { client, n }, it.outcome)));
    }
    Ok(found)
}

/// The sessions among these entries.
pub fn sessions(puts: &Entries) -> Result<Vec<Session>, String> {
    let stored = puts.iter().filter_map(|(key, value)| Some((key.strip_prefix("s/")?, value)));
    let session = |(id, value): (&str, &String)| {
        let it: Stored = read(value)?;
        Ok(Session {
            id: SessionId::try_from(id.to_string()).map_err(|code| code.to_string())?,
            user_id: it.user_id,
            created_at: it.created_at,
            last_active_at: it.last_active_at,
            version: Some(it.version),
            data: Json::try_from(it.data.get().to_string()).map_err(|error| error.to_string())?,
        })
    };
    stored.map(session).collect()
}

/// The sessions whose entries these keys are.
pub fn removed(deletes: &[String]) -> Vec<SessionId> {
    let ids = deletes.iter().filter_map(|key| key.strip_prefix("s/"));
    ids.filter_map(|id| SessionId::try_from(id.to_string()).ok()).collect()
}

/// The choice of the active session, if these entries make one.
pub fn active(puts: &Entries) -> Result<Option<Option<SessionId>>, String> {
    puts.iter().find(|(key, _)| key == "active").map(|(_, value)| read(value)).transpose()
}

/// The field that the users' functions count up; 0 where it is not there yet.
pub fn counter(data: &Json) -> u64 {
    #[derive(Deserialize)]
    struct Counter {
        #[serde(default)]
        n: u64,
    }
    read::<Counter>(data.as_str()).map_or(0, |counter| counter.n)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("{text}: {error}"))
}
