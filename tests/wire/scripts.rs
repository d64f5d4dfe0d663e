//! What pages do in the conversations that are recorded.

use session_bridge::session::{Json, Mutation, SessionId, Terms};

use crate::conversation::Doing;

pub struct Script {
    pub name: &'static str,
    /// When, in milliseconds; which page; what.
    pub doings: Vec<(u64, u64, Doing)>,
    /// The end, in milliseconds.
    pub until: u64,
    /// Messages and codes that must occur: what the script is for.
    pub told: &'static [&'static str],
}

fn id(name: &str) -> SessionId {
    SessionId::try_from(name.to_owned()).expect("an id")
}

fn json(text: &str) -> Json {
    Json::try_from(text.to_owned()).expect("an object")
}

fn add(name: &str, data: &str) -> Mutation {
    Mutation::Add { id: id(name), user_id: format!("user of {name}"), data: json(data), terms: Default::default() }
}

fn patch(name: &str, patch: &str) -> Mutation {
    Mutation::Update { id: id(name), patch: json(patch), if_version: None }
}

fn remove(name: &str) -> Mutation {
    Mutation::Remove { id: id(name), if_version: None }
}

fn does(mutation: Mutation) -> Doing {
    Doing::Write(vec![mutation])
}

fn large(length: usize) -> String {
    format!("{{\"text\":\"{}\"}}", "x".repeat(length))
}

pub fn scripts() -> Vec<Script> {
    vec![
        signing_in_and_out(),
        snapshot_in_pages(),
        functions(),
        refusals(),
        returning(),
        gap(),
        lost(),
        restart(),
        lifetimes(),
    ]
}

fn signing_in_and_out() -> Script {
    Script {
        name: "signing-in-and-out",
        doings: vec![
            (0, 1, Doing::Open),
            (100, 1, does(add("ada", r#"{"name":"Ada","color":"teal"}"#))),
            (110, 1, does(Mutation::Activate(Some(id("ada"))))),
            (120, 1, Doing::Write(vec![add("bob", "{}"), patch("ada", r#"{"name":"Ada Lovelace","mood":null}"#)])),
            (200, 2, Doing::Open),
            (300, 2, does(patch("bob", r#"{"é😀":{"__proto__":[1,null,true]}}"#))),
            (400, 1, does(remove("ada"))),
            (500, 2, does(Mutation::Activate(Some(id("bob"))))),
            (600, 2, Doing::Refresh),
            (25_000, 1, Doing::Close),
            (25_000, 2, Doing::Close),
        ],
        until: 26_000,
        told: &["Welcome", "Page", "Event", "Synced", "Pong", "Add", "Update", "Remove", "Activate", "Bye"],
    }
}

fn snapshot_in_pages() -> Script {
    let mut doings = vec![(0, 1, Doing::Open)];
    let sessions = (0..40).map(|n| (100 + n, 1, does(add(&format!("session {n:02}"), &large(5_000)))));
    doings.extend(sessions);
    doings.push((1_000, 2, Doing::Open));
    doings.push((1_500, 2, does(patch("session 07", r#"{"text":null,"mine":true}"#))));
    Script { name: "snapshot-in-pages", doings, until: 12_000, told: &["Ack", "Page", "Event"] }
}

fn functions() -> Script {
    let mut doings = vec![(0, 1, Doing::Open), (10, 2, Doing::Open), (100, 1, does(add("count", r#"{"n":0}"#)))];
    doings.extend((0..12).map(|n| (200 + n / 4 * 50, 1 + n % 2, Doing::Count(id("count")))));
    Script { name: "functions", doings, until: 9_000, told: &["Contended", "reads_from"] }
}

fn refusals() -> Script {
    let insisting = Mutation::Update { id: id("ada"), patch: json(r#"{"by":2}"#), if_version: Some(3) };
    let nameless =
        Mutation::Add { id: id("nobody"), user_id: String::new(), data: json("{}"), terms: Default::default() };
    Script {
        name: "refusals",
        doings: vec![
            (0, 1, Doing::Open),
            (1, 2, Doing::Open),
            (2, 3, Doing::Open),
            (100, 1, does(add("ada", "{}"))),
            (150, 2, does(patch("ada", r#"{"by":2}"#))),
            (200, 3, does(add("mine", "{}"))),
            // What a page sees to be wrong it refuses itself: these two act at one moment, and one comes first.
            (210, 1, does(add("eve", "{}"))),
            (210, 2, does(add("eve", "{}"))),
            (220, 1, does(remove("eve"))),
            (220, 2, does(patch("eve", r#"{"by":2}"#))),
            (230, 1, does(patch("ada", r#"{"by":1}"#))),
            (230, 2, does(insisting)),
            (240, 1, does(nameless)),
            (250, 2, does(add("huge", &large(70_000)))),
            (300, 3, does(remove("ada"))),
        ],
        until: 5_000,
        told: &["Operation", "AlreadyExists", "NotFound", "Conflict", "InvalidArgument", "DataBytes", "Outcomes"],
    }
}

fn returning() -> Script {
    Script {
        name: "returning",
        doings: vec![
            (0, 1, Doing::Open),
            (1, 2, Doing::Open),
            (100, 1, does(add("ada", "{}"))),
            (200, 2, Doing::Deaf(2)),
            (200, 1, does(patch("ada", r#"{"missed":1}"#))),
            (210, 1, does(patch("ada", r#"{"missed":2}"#))),
            (220, 2, Doing::Reload),
            (221, 2, does(patch("ada", r#"{"while":"it returns"}"#))),
            (400, 2, does(patch("ada", r#"{"back":true}"#))),
        ],
        until: 12_000,
        told: &["Welcome", "Event"],
    }
}

fn gap() -> Script {
    Script {
        name: "gap",
        doings: vec![
            (0, 1, Doing::Open),
            (1, 2, Doing::Open),
            (100, 1, does(add("ada", "{}"))),
            (200, 2, Doing::Deaf(1)),
            (200, 1, does(patch("ada", r#"{"n":1}"#))),
            (210, 1, does(patch("ada", r#"{"n":2}"#))),
        ],
        until: 9_000,
        told: &["Held"],
    }
}

fn lost() -> Script {
    Script {
        name: "lost",
        doings: vec![
            (0, 1, Doing::Open),
            (100, 1, does(add("ada", "{}"))),
            (200, 1, Doing::Mute(1)),
            (201, 1, does(patch("ada", r#"{"n":1}"#))),
            (202, 1, does(patch("ada", r#"{"m":1}"#))),
            (300, 1, Doing::Deaf(1)),
            (301, 1, does(patch("ada", r#"{"o":1}"#))),
        ],
        until: 30_000,
        told: &["Accepted"],
    }
}

fn restart() -> Script {
    Script {
        name: "restart",
        doings: vec![
            (0, 1, Doing::Open),
            (100, 1, does(add("ada", "{}"))),
            (200, 0, Doing::Stop),
            (201, 1, does(patch("ada", r#"{"while":"nobody listens"}"#))),
            (300, 0, Doing::Start),
            (5_000, 2, Doing::Open),
        ],
        until: 20_000,
        told: &["Goodbye", "Closed"],
    }
}

fn lifetimes() -> Script {
    let lives = |name: &str, ttl| Mutation::Add {
        id: id(name),
        user_id: format!("user of {name}"),
        data: json("{}"),
        terms: Terms { ttl: Some(Some(ttl)), renews: None, ..Terms::default() },
    };
    let configured = Terms { ttl: Some(Some(120_000)), renews: Some(false), ..Terms::default() };
    Script {
        name: "lifetimes",
        doings: vec![
            (0, 1, Doing::Open),
            (1, 2, Doing::Open),
            (100, 1, does(lives("guest", 60_000))),
            (200, 1, does(add("ada", "{}"))),
            (300, 2, does(Mutation::Configure { id: id("ada"), terms: configured })),
            (40_000, 1, Doing::Touch(id("guest"))),
            (40_100, 2, Doing::Touch(id("guest"))),
            // Both are expired by now.
            (150_000, 1, does(patch("guest", r#"{"late":true}"#))),
            (150_100, 2, Doing::Touch(id("ada"))),
            (160_000, 2, does(Mutation::Recover(id("guest")))),
            (161_000, 1, Doing::Touch(id("guest"))),
        ],
        until: 170_000,
        told: &["Touch", "Touched", "Configure", "Recover", "Expired"],
    }
}
