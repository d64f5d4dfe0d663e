//! What a page says of a refusal, what it does with a replacement, and a removal with an add behind it.

use alloc::rc::Rc;

use super::*;
use crate::manager::{About, Detail, Failure};
use crate::session::Why;

/// What was told of a write, by its event, its promise and the snapshot: all the same.
fn told(page: &Page, token: u64) -> Failure {
    let settled = page.outputs.iter().find_map(|output| match output {
        Output::Settle { token: Token(settled), result: Err(failure) } if *settled == token => Some(failure.clone()),
        _ => None,
    });
    let failure = settled.expect("it was refused");
    let event = page.events().into_iter().find_map(|event| match event {
        Event::RolledBack { failure, .. } => Some(failure),
        _ => None,
    });
    assert_eq!((event.as_ref(), page.manager.snapshot().last_error.as_ref()), (Some(&failure), Some(&failure)));
    failure
}

fn detail(about: About, name: &str, (bytes, limit): (u64, u64)) -> Option<Rc<Detail>> {
    Some(Rc::new(Detail { about, name: name.to_string(), bytes, limit }))
}

#[test]
fn a_refusal_names_what_it_is_about() {
    let data = json(r#"{"theme":1,"a\"b":2}"#);
    let mutations = [
        Mutation::Activate(None),
        Mutation::Replace { id: id("a"), data, if_version: None },
        Mutation::Remove { id: id("b"), if_version: None },
        update("a", "{}"),
    ];
    let cases = [
        (Why::Operation(0), About::Write, "activate", (0, 0)),
        (Why::Operation(1), About::Write, "update", (0, 0)),
        (Why::Operation(2), About::Write, "remove", (0, 0)),
        (Why::UserId, About::Add, "userId", (0, 0)),
        (Why::Key { mutation: 1, member: 0 }, About::Key, "theme", (0, 0)),
        (Why::Key { mutation: 1, member: 1 }, About::Key, r#"a\"b"#, (0, 0)),
        (Why::DataBytes { bytes: 70_013, limit: 65_536 }, About::DataBytes, "", (70_013, 65_536)),
        (Why::Sessions(3), About::Sessions, "", (0, 3)),
        (Why::TotalBytes(9), About::TotalBytes, "", (0, 9)),
        (Why::Mutations(1_000), About::Mutations, "", (0, 1_000)),
        // A service that says nonsense is believed the code.
        (Why::Operation(9), About::Write, "", (0, 0)),
        (Why::Key { mutation: 3, member: u64::MAX }, About::Key, "", (0, 0)),
    ];
    for (why, about, name, limit) in cases {
        let mut page = Page::live(&[session("a", 3, "{}"), session("b", 3, "{}")]);
        page.input(Input::Write { token: Token(1), operation: Operation::Bulk, mutations: mutations.to_vec() });
        page.pass(Span::ZERO);
        page.take();
        page.says(ToManager::Outcomes(Vec::from([(1, Outcome::Denied(why))])));
        assert_eq!(told(&page, 1), Failure { code: why.code(), detail: detail(about, name, limit) });
    }
}

#[test]
fn what_no_message_can_hold_says_its_size_and_the_limit() {
    let mut page = Page::with(config());
    page.loads();
    let limits = PageLimits { message_bytes: 300, unsettled_writes: 256 };
    page.says(ToManager::Welcome { grant: 7, storage: STORAGE, limits, rules: Default::default() });
    page.snapshot(0, version(10), &[session("a", 3, "{}")], &[]);
    page.says(ToManager::Synced { id: 0, version: version(10), time: None });
    page.take();
    page.write(1, update("a", &["{\"x\":\"", &"x".repeat(300), "\"}"].concat()));
    page.pass(Span::ZERO);
    let failure = told(&page, 1);
    let Detail { about, name, bytes, limit } = failure.detail.as_deref().unwrap();
    assert_eq!((failure.code, *about, name.as_str(), *limit), (Code::LimitExceeded, About::MessageBytes, "", 300));
    assert!((308..360).contains(bytes), "{bytes}");
}

#[test]
fn a_replacement_shows_at_once_and_whole() {
    let mut page = Page::live(&[session("a", 3, r#"{"x":1,"y":{"z":2}}"#)]);
    page.write(1, Mutation::Replace { id: id("a"), data: json(r#"{"y":{"w":null}}"#), if_version: None });
    assert_eq!(page.shows("a"), Some((r#"{"y":{"w":null}}"#.to_string(), true)));
    page.input(Input::Function { token: Token(2), id: id("a"), if_version: Some(10), replace: true });
    page.input(Input::Ran { token: Token(2), patch: Some(json(r#"{"n":1}"#)) });
    assert_eq!(page.shows("a"), Some((r#"{"n":1}"#.to_string(), true)));
    page.pass(Span::ZERO);
    let writes: Vec<_> = page
        .sent()
        .into_iter()
        .filter_map(|message| if let ToService::Writes { writes, .. } = message { Some(writes) } else { None })
        .flatten()
        .collect();
    let whole = |data: &str, if_version| Mutation::Replace { id: id("a"), data: json(data), if_version };
    assert_eq!(writes[0].mutations, [whole(r#"{"y":{"w":null}}"#, None)]);
    assert_eq!((writes[1].reads_from, &writes[1].mutations[..]), (Some(1), &[whole(r#"{"n":1}"#, Some(10))][..]));
}

#[test]
fn an_older_service_is_sent_a_replacement_as_a_write_of_nothing_and_its_caller_is_told_why() {
    for version_spoken in [1, 2] {
        let mut page = Page::new();
        page.loads();
        let limits = PageLimits { message_bytes: 1 << 20, unsettled_writes: 256 };
        let end = Some(End { active: None, mine: Vec::new() });
        page.says_in(
            version_spoken,
            ToManager::Welcome { grant: 7, storage: STORAGE, limits, rules: Default::default() },
        );
        let sessions = Vec::from([session("a", 3, "{}")]);
        page.says_in(version_spoken, ToManager::Page { sync: 0, version: version(10), index: 0, sessions, end });
        page.says_in(version_spoken, ToManager::Synced { id: 0, version: version(10), time: None });
        page.take();
        page.write(1, Mutation::Replace { id: id("a"), data: json(r#"{"x":1}"#), if_version: None });
        page.write(2, update("a", r#"{"y":1}"#));
        page.pass(Span::ZERO);
        let bytes = page
            .outputs
            .iter()
            .find_map(|output| if let Output::Send { bytes, .. } = output { Some(bytes.clone()) } else { None });
        let Ok(ToService::Writes { writes, .. }) = decode(version_spoken, &bytes.unwrap(), usize::MAX) else {
            panic!("no writes")
        };
        assert_eq!(writes.iter().map(|write| write.mutations.len()).collect::<Vec<_>>(), [0, 1]);
        page.says_in(version_spoken, ToManager::Outcomes(Vec::from([(1, Outcome::Refused(Code::InvalidArgument))])));
        let expected = detail(About::Older, "", (0, 0));
        assert_eq!(told(&page, 1), Failure { code: Code::ProtocolMismatch, detail: expected });
        assert_eq!(page.shows("a"), Some((r#"{"y":1}"#.to_string(), true)));
    }
}

#[test]
fn a_session_that_is_removed_and_added_anew_never_flashes() {
    for together in [false, true] {
        let mut page = Page::live(&[session("a", 3, r#"{"old":1}"#)]);
        page.write(1, Mutation::Remove { id: id("a"), if_version: None });
        assert_eq!(page.shows("a"), None);
        page.write(
            2,
            Mutation::Add {
                id: id("a"),
                user_id: "u".to_string(),
                data: json(r#"{"new":null}"#),
                terms: Default::default(),
            },
        );
        let shown = |page: &Page| page.shows("a").map(|(data, _)| data);
        let new = Some(r#"{"new":null}"#.to_string());
        assert_eq!(shown(&page), new);
        page.pass(Span::ZERO);
        let put = Change::Put(session("a", if together { 11 } else { 12 }, r#"{"new":null}"#));
        if together {
            page.event(10, Vec::from([put]), &[(1, Outcome::Accepted(11)), (2, Outcome::Accepted(11))]);
        } else {
            page.event(10, Vec::from([Change::Removed(id("a"))]), &[(1, Outcome::Accepted(11))]);
            assert_eq!(shown(&page), new);
            page.event(11, Vec::from([put]), &[(2, Outcome::Accepted(12))]);
        }
        assert_eq!(page.shows("a"), Some((r#"{"new":null}"#.to_string(), false)));
        assert!(matches!((page.settled(1), page.settled(2)), (Some(Ok(_)), Some(Ok(_)))));
        assert_eq!(page.manager.metrics().rolled_back, 0);
    }
}

#[test]
fn a_page_knows_until_when_the_prompt_rests() {
    let mut page = Page::live(&[]);
    let until = |page: &Page| page.manager.snapshot().declined_until.map(|at| at.0);
    assert_eq!(until(&page), None);
    page.pass(Span::from_secs(1));
    page.take();
    let now = page.now.wall.0;
    page.says(ToManager::Quiet(60_000));
    assert_eq!(until(&page), Some(now + 60_000));
    let changed = |page: &mut Page| {
        let told = page.events().iter().filter(|event| matches!(event, Event::Storage { .. })).count();
        page.take();
        told
    };
    assert_eq!(changed(&mut page), 1);
    // The next connection says it anew, and some time goes by on the way.
    page.pass(Span::from_secs(1));
    page.says(ToManager::Quiet(59_300));
    assert_eq!((until(&page), changed(&mut page)), (Some(now + 60_000), 0));
    page.pass(Span::from_secs(60));
    assert_eq!((until(&page), changed(&mut page)), (None, 1));
    let mut page = Page::live(&[]);
    page.says(ToManager::Quiet(60_000));
    page.says(ToManager::Quiet(0));
    assert_eq!((until(&page), changed(&mut page)), (None, 2));
}
