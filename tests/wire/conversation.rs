//! A whole conversation between pages and a service, step by step, as a file keeps it.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use session_bridge::session::{Mutation, Session, SessionId, Version};

/// One conversation of one version of the protocol.
#[derive(Deserialize, Serialize)]
pub struct Recording {
    /// The protocol version that was spoken.
    pub version: u8,
    /// The end, in microseconds.
    pub until: u64,
    /// In the order in which they happened.
    pub steps: Vec<Step>,
    /// What each page showed at the end, and how its calls had ended.
    pub ends: Vec<End>,
}

/// One thing that happened.
#[derive(Clone, Deserialize, Serialize)]
pub struct Step {
    /// Microseconds since the beginning.
    pub at: u64,
    /// Counted from 1; 0 for what is no page's affair.
    pub page: u64,
    pub what: What,
}

#[derive(Clone, Deserialize, Serialize)]
pub enum What {
    /// The page did something on its own account.
    Does(Doing),
    /// A document loaded in its iframe.
    Loaded,
    /// It said hello.
    Hello { min: u8, max: u8, client: [u64; 2], attempt: u64, held: Option<Version>, grant: Option<u64> },
    /// It said this, on the channel of that hello.
    ToService(Said),
    /// It was told this.
    ToManager(Said),
}

/// A message.
#[derive(Clone, Deserialize, Serialize)]
pub struct Said {
    pub attempt: u64,
    /// It did not arrive.
    pub lost: bool,
    /// Hexadecimal; `(61*500)` is the same byte so many times.
    pub bytes: String,
    /// For people: what the bytes say, with long texts cut.
    pub message: Value,
}

/// What pages do, and what befalls the service.
#[derive(Clone, Deserialize, Serialize)]
pub enum Doing {
    /// The manager starts.
    Open,
    Write(Vec<Mutation>),
    /// An update by the function that counts `n` up.
    Count(SessionId),
    Refresh,
    /// This session is used.
    Touch(SessionId),
    Close,
    /// Its iframe loads its document anew.
    Reload,
    /// So many of the messages that it is told next do not arrive.
    Deaf(u64),
    /// So many of the messages that it says next do not arrive.
    Mute(u64),
    /// The service is stopped.
    Stop,
    /// A service starts over the same store.
    Start,
}

/// Where a page stood in the end.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct End {
    pub page: u64,
    pub version: Option<Version>,
    pub active: Option<SessionId>,
    /// By id.
    pub sessions: Vec<Session>,
    /// Whether each call succeeded, or the code with which it failed, in the order in which they ended.
    pub settled: Vec<(u64, Result<(), String>)>,
}

impl Said {
    pub fn new(attempt: u64, lost: bool, bytes: &[u8], message: Value) -> Self {
        Self { attempt, lost, bytes: hex(bytes), message: cut(message) }
    }

    pub fn bytes(&self) -> Vec<u8> {
        unhex(&self.bytes)
    }
}

/// The folder of the conversations that were recorded from builds of this version.
pub fn folder(version: u8) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/wire/recorded", &format!("version-{version}")].iter().collect()
}

/// All that were recorded from builds of this version, by name.
pub fn recorded(version: u8) -> Vec<(String, Recording)> {
    let files = std::fs::read_dir(folder(version)).expect("there are recordings of this version");
    let mut all = Vec::new();
    for file in files {
        let path = file.expect("the folder can be read").path();
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("the recording can be read");
        let value = serde_json::from_str(&text).expect("it is JSON");
        all.push((name, serde_json::from_value(each_text(value, &stretched)).expect("it is a recording")));
    }
    all.sort_by(|(one, _): &(String, Recording), (other, _)| one.cmp(other));
    all
}

/// A step a line, so that it can be read and compared.
pub fn write(name: &str, recording: &Recording) {
    let lines = |values: Vec<String>| values.join(",\n    ");
    let text = |value: Value| each_text(value, &squeezed).to_string();
    let steps = recording.steps.iter().map(|step| text(serde_json::to_value(step).expect("it has JSON"))).collect();
    let ends = recording.ends.iter().map(|end| text(serde_json::to_value(end).expect("it has JSON"))).collect();
    let (version, until, steps, ends) = (recording.version, recording.until, lines(steps), lines(ends));
    let first = format!("\"version\": {version},\n  \"until\": {until}");
    let text = format!("{{\n  {first},\n  \"steps\": [\n    {steps}\n  ],\n  \"ends\": [\n    {ends}\n  ]\n}}\n");
    std::fs::create_dir_all(folder(version)).expect("a folder can be made");
    std::fs::write(folder(version).join(format!("{name}.json")), text).expect("the recording can be written");
}

/// Longer runs of the same byte are counted.
const RUN: usize = 16;

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for run in bytes.chunk_by(|one, other| one == other) {
        if run.len() >= RUN {
            let _ = write!(text, "({:02x}*{})", run[0], run.len());
        } else {
            text.extend(run.iter().map(|byte| format!("{byte:02x}")));
        }
    }
    text
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = |digits: &str| u8::from_str_radix(digits, 16).expect("hexadecimal digits");
    let mut bytes = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some((run, after)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            let (byte, count) = run.split_once('*').expect("a byte and how many");
            bytes.extend(std::iter::repeat_n(digits(byte), count.parse().expect("a number")));
            rest = after;
        } else {
            bytes.push(digits(&rest[..2]));
            rest = &rest[2..];
        }
    }
    bytes
}

/// Nobody reads a thousand times the same letter.
fn cut(value: Value) -> Value {
    each_text(value, &|text| {
        let start: String = text.chars().take(60).collect();
        if text.len() > 200 { format!("{start}… {} bytes", text.len()) } else { text }
    })
}

/// Of a text, long runs of the same letter are counted: `⟨x*500⟩`.
fn squeezed(text: String) -> String {
    let letters: Vec<char> = text.chars().collect();
    let run = |run: &[char]| match run {
        [letter, ..] if run.len() >= RUN => format!("⟨{letter}*{}⟩", run.len()),
        _ => run.iter().collect(),
    };
    letters.chunk_by(|one, other| one == other).map(run).collect()
}

fn stretched(text: String) -> String {
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, (run, after))) =
        rest.split_once('⟨').and_then(|(before, rest)| Some((before, rest.split_once('⟩')?)))
    {
        let (letter, count) = run.split_once('*').expect("a letter and how many");
        out += before;
        out += &letter.repeat(count.parse().expect("a number"));
        rest = after;
    }
    out + rest
}

/// A value with each of its texts changed.
fn each_text(value: Value, change: &impl Fn(String) -> String) -> Value {
    match value {
        Value::String(text) => change(text).into(),
        Value::Array(values) => values.into_iter().map(|value| each_text(value, change)).collect(),
        Value::Object(members) => members.into_iter().map(|(key, value)| (key, each_text(value, change))).collect(),
        other => other,
    }
}

#[test]
fn bytes_survive_being_written_down() {
    for bytes in [vec![], vec![0; 15], vec![7; 16], [vec![1, 2], vec![0x61; 500], vec![3]].concat()] {
        assert_eq!(unhex(&hex(&bytes)), bytes);
    }
    for text in ["", "aab", "(61*500)", &"é".repeat(15), &["a", &"é".repeat(16), &"x".repeat(500), "b"].concat()] {
        assert_eq!(stretched(squeezed(text.to_owned())), text);
    }
}
