//! Reads what the service wrote into a store, with as little knowledge of it as will do.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use session_bridge::session::{ClientId, Json, OpId, Outcome, Session, SessionId};

use crate::moves::Absorbed;

type Entries = [(String, String)];

#[derive(Deserialize)]
struct Client {
    _seq: u64,
    _settled: u64,
    above: BTreeMap<u64, Recorded>,
}

#[derive(Deserialize)]
struct Recorded {
    outcome: Outcome,
    _seq: u64,
}

/// What became of which writes, as far as these entries say.
pub fn outcomes(puts: &Entries) -> Result<Vec<(OpId, Outcome)>, String> {
    let mut found = Vec::new();
    for (client, value) in records(puts)? {
        let record: Client = read(value)?;
        found.extend(record.above.into_iter().map(|(n, it)| (OpId { client, n }, it.outcome)));
    }
    Ok(found)
}

/// Whose outcomes these entries are about.
pub fn records(puts: &Entries) -> Result<Vec<(ClientId, &str)>, String> {
    let client = |key: &str| {
        let (high, low) = key.rsplit_once('/').and_then(|(_, name)| name.split_once('-')).ok_or("no client")?;
        let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
        Ok::<_, String>(ClientId(number(high)?, number(low)?))
    };
    let records = puts.iter().filter(|(key, _)| key.starts_with("c/"));
    records.map(|(key, value)| Ok((client(key)?, value.as_str()))).collect()
}

/// The clients that these entries are about, and their keys.
pub fn clients(puts: &Entries) -> Result<Vec<(ClientId, &str)>, String> {
    let keys = puts.iter().map(|(key, _)| key.as_str()).filter(|key| key.starts_with("c/"));
    Ok(records(puts)?.into_iter().map(|(client, _)| client).zip(keys).collect())
}

/// Up to which commit these entries say that something may have been forgotten.
pub fn horizon(puts: &Entries) -> Result<Option<u64>, String> {
    let value = puts.iter().find(|(key, _)| key == "meta").map(|(_, value)| read::<(u64, u64)>(value));
    Ok(value.transpose()?.map(|(_schema, horizon)| horizon))
}

/// The sessions of whose removals these keys tell.
pub fn forgotten(deletes: &[String]) -> Vec<SessionId> {
    let ids = deletes.iter().filter_map(|key| key.strip_prefix("t/"));
    ids.filter_map(|id| SessionId::try_from(id.to_string()).ok()).collect()
}

/// The sessions among these entries. Each begins its value.
pub fn sessions(puts: &Entries) -> Result<Vec<Session>, String> {
    puts.iter().filter(|(key, _)| key.starts_with("s/")).map(|(_, value)| read(value)).collect()
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

/// How far these entries say that another store was taken in, and which.
pub fn absorbed(puts: &Entries) -> Result<Option<(u64, Absorbed)>, String> {
    let Some((key, value)) = puts.iter().find(|(key, _)| key.starts_with("a/")) else { return Ok(None) };
    let epoch = key[2..].parse::<u64>().map_err(|error| error.to_string())?;
    let (seq, horizon, at): (u64, u64, u64) = read(value)?;
    Ok(Some((epoch, Absorbed { seq, horizon, at, before: 0, first: at })))
}

/// Whether there is a value for this key.
pub fn puts(puts: &Entries, key: &str) -> bool {
    puts.iter().any(|(put, _)| put == key)
}

/// Whether two objects have the same members, in whatever order.
pub fn same_members(a: &Json, b: &Json) -> bool {
    let members = |json: &Json| serde_json::from_str::<BTreeMap<String, serde_json::Value>>(json.as_str()).ok();
    members(a).is_some() && members(a) == members(b)
}

/// The field that the users' functions count up; 0 where it is not there yet.
pub fn counter(data: &Json) -> u64 {
    #[derive(Deserialize)]
    struct Counter {
        #[serde(default)]
        n: u64,
    }
    serde_json::from_str::<Counter>(data.as_str()).map_or(0, |counter| counter.n)
}

/// What a value begins with, after the header that names its schema. Each of its characters is a byte of postcard.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let text = text.strip_prefix("\u{84}\0").unwrap_or(text);
    let bytes: Vec<u8> = text.chars().map(|one| u8::try_from(one).map_err(|_| text)).collect::<Result<_, _>>()?;
    postcard::take_from_bytes(&bytes).map(|(value, _)| value).map_err(|error| format!("{text:?}: {error}"))
}
