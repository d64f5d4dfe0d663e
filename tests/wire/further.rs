//! With the feature `further`, sessions have a field that neither the wire nor the store knows. All other tests of this folder then
//! hold too: over fixtures, conversations and stores that were recorded without it.

use session_bridge::ambient::UnixMillis;
use session_bridge::protocol::{End, PROTOCOL, ToManager, encode};
use session_bridge::session::{Change, Json, Session, SessionId, Version};

#[test]
fn a_new_field_of_sessions_does_not_travel_before_the_protocol_names_it() {
    let id = SessionId::try_from("a".to_owned()).expect("an id");
    let one = Session::new(id, "u".to_owned(), Json::empty(), UnixMillis(1), Some(2));
    let other = Session { further: 7, ..one.clone() };
    assert_ne!(one, other, "they differ in that field");
    let at = Version { epoch: 1, seq: 2, tag: 3 };
    let event =
        |session| ToManager::Event { follows: at, version: at, changes: vec![Change::Put(session)], mine: vec![] };
    let page = |session| {
        let end = Some(End { active: None, mine: vec![] });
        ToManager::Page { sync: 0, version: at, index: 0, sessions: vec![session], end }
    };
    for version in PROTOCOL {
        assert_eq!(encode(version, &event(one.clone())), encode(version, &event(other.clone())));
        assert_eq!(encode(version, &page(one.clone())), encode(version, &page(other.clone())));
    }
}
