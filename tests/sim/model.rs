//! What a mutation makes of sessions, and a merge patch (RFC 7396) of data, written here anew: the machines' own code for it is
//! what these are to judge.

use session_bridge::service::{Keys, Read};
use session_bridge::session::{Json, Lifetime, Mutation, Requests, Session, SessionId, Terms};

use crate::counted::count;

/// Sessions that a mutation can be done to.
pub trait Sessions {
    fn find(&self, id: &SessionId) -> Option<Session>;
    /// `None`: it is gone.
    fn set(&mut self, id: &SessionId, session: Option<Session>);
    fn active(&mut self) -> &mut Option<SessionId>;
}

/// Does one mutation; times are left at zero, or as they were. `version` is what a session that it changes carries afterwards.
///
/// Errors: why it cannot be done. Nothing is changed then.
pub fn mutate(sessions: &mut impl Sessions, mutation: &Mutation, version: Option<u64>) -> Result<(), String> {
    let missing = |id: &SessionId| format!("there is no session {}", id.as_str());
    let lifetime = |before: Lifetime, terms: &Terms| Lifetime {
        ttl: terms.ttl.unwrap_or(before.ttl),
        renews: terms.renews.unwrap_or(before.renews),
        ..before
    };
    match mutation {
        Mutation::Add { id, .. } if sessions.find(id).is_some() => Err(format!("{} is there already", id.as_str())),
        Mutation::Add { id, user_id, data, terms } => {
            let (user_id, data) = (user_id.clone(), data.clone());
            let (created_at, last_active_at) = Default::default();
            let lifetime = lifetime(Lifetime::default(), terms);
            let requests = Requests { limit: terms.limit.flatten(), ..Requests::default() };
            let id = id.clone();
            let added = Session { id, user_id, created_at, last_active_at, version, data, lifetime, requests };
            sessions.set(&added.id.clone(), Some(added));
            Ok(())
        }
        Mutation::Update { id, .. }
        | Mutation::Replace { id, .. }
        | Mutation::Configure { id, .. }
        | Mutation::Recover(id) => {
            let mut session = sessions.find(id).ok_or_else(|| missing(id))?;
            match mutation {
                Mutation::Update { patch, .. } => session.data = patched(&session.data, patch),
                Mutation::Replace { data, .. } => session.data = data.clone(),
                Mutation::Configure { terms, .. } => {
                    session.lifetime = lifetime(session.lifetime, terms);
                    session.requests.limit = terms.limit.unwrap_or(session.requests.limit);
                    if terms.resets {
                        session.requests = Requests { limit: session.requests.limit, ..Requests::default() };
                    }
                }
                _ => {}
            }
            session.version = version.or(session.version);
            session.last_active_at = Default::default();
            sessions.set(id, Some(session));
            Ok(())
        }
        Mutation::Remove { id, .. } | Mutation::Activate(Some(id)) if sessions.find(id).is_none() => Err(missing(id)),
        Mutation::Remove { id, .. } => {
            sessions.set(id, None);
            sessions.active().take_if(|active| *active == *id);
            Ok(())
        }
        Mutation::Count { id, tally, asks } => {
            let mut session = sessions.find(id).ok_or_else(|| missing(id))?;
            count(&mut session, tally, *asks)?;
            sessions.set(id, Some(session));
            Ok(())
        }
        Mutation::Activate(id) => {
            sessions.active().clone_from(id);
            Ok(())
        }
    }
}

/// `data` with a merge patch in it: a member that is null goes.
pub fn patched(data: &Json, patch: &Json) -> Json {
    json(join(data.as_str(), patch.as_str(), true))
}

/// `data` with the members of newer data in it: one that is null is null.
pub fn laid_over(data: &Json, newer: &Json) -> Json {
    json(join(data.as_str(), newer.as_str(), false))
}

/// What of a session shows to a site that may read so much.
pub fn seen(session: &Session, read: &Read) -> Session {
    let requests = if read.requests { session.requests.clone() } else { Requests::default() };
    let Keys::These(keys) = &read.keys else { return Session { requests, ..session.clone() } };
    let shown = members(session.data.as_str()).into_iter().filter(|(key, _)| keys.iter().any(|granted| granted == key));
    let shown: Vec<String> = shown.map(|(key, value)| format!("{key}:{value}")).collect();
    let names_user = keys.iter().any(|granted| granted == "\"userId\"");
    let user_id = if names_user { session.user_id.clone() } else { String::new() };
    Session { user_id, data: json(format!("{{{}}}", shown.join(","))), requests, ..session.clone() }
}

fn json(text: String) -> Json {
    Json::try_from(text).expect("what is made of objects is one")
}

/// What was there keeps its place, and what is new comes last.
fn join(object: &str, edits: &str, drops_nulls: bool) -> String {
    let mut joined: Vec<(&str, String)> = members(object).into_iter().map(|(key, value)| (key, value.into())).collect();
    for (key, edit) in members(edits) {
        let at = joined.iter().position(|(known, _)| *known == key);
        let before = at.map_or("{}", |at| &joined[at].1);
        let value = if is_object(edit) {
            Some(join(if is_object(before) { before } else { "{}" }, edit, drops_nulls))
        } else {
            (edit != "null" || !drops_nulls).then(|| edit.to_string())
        };
        match (at, value) {
            (Some(at), Some(value)) => joined[at].1 = value,
            (Some(at), None) => _ = joined.remove(at),
            (None, Some(value)) => joined.push((key, value)),
            (None, None) => {}
        }
    }
    let members: Vec<String> = joined.iter().map(|(key, value)| format!("{key}:{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn is_object(value: &str) -> bool {
    value.starts_with('{')
}

/// Keys, with their quotes, and values of an object without white space.
fn members(object: &str) -> Vec<(&str, &str)> {
    let mut rest = &object[1..object.len() - 1];
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (key, after) = rest.split_at(length(rest));
        let (value, after) = after[1..].split_at(length(&after[1..]));
        found.push((key, value));
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    found
}

/// How long the value is that the text begins with.
fn length(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while let Some(next) = text[at..].find(['"', '{', '[', '}', ']', ',', ':']) {
        at += next;
        match text.as_bytes()[at] {
            b'"' => at += quoted(&text[at..]) - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// How long the string is that the text begins with, its quotes included. Long ones are skipped, not looked through.
fn quoted(text: &str) -> usize {
    let mut ends = text.match_indices('"').map(|(at, _)| at).skip(1);
    let is_end = |at: &usize| text[..*at].bytes().rev().take_while(|byte| *byte == b'\\').count().is_multiple_of(2);
    ends.find(is_end).map_or(text.len(), |at| at + 1)
}

#[test]
fn patches_are_those_of_the_rfc() {
    let json = |text: &str| Json::try_from(text.to_string()).unwrap();
    // Of its examples those about objects.
    for (data, patch, result) in [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
        ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        (r#"{"a":"\\\\\"","b":{"c":"\\"}}"#, r#"{"b":{"c":null}}"#, r#"{"a":"\\\\\"","b":{}}"#),
        (r#"{"q\"},":"{[","x":{}}"#, r#"{"x":{"y":"\\"}}"#, r#"{"q\"},":"{[","x":{"y":"\\"}}"#),
    ] {
        assert_eq!(patched(&json(data), &json(patch)).as_str(), result);
    }
    assert_eq!(
        laid_over(&json(r#"{"a":1,"b":{"c":2}}"#), &json(r#"{"a":null,"b":{"d":3}}"#)).as_str(),
        r#"{"a":null,"b":{"c":2,"d":3}}"#
    );
}
