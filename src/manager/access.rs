//! The question for better storage, as data: `asking` acts on it. It is open for as long as somebody waits for its answer.

/// The last question. Several who ask share one.
#[derive(Debug, Default)]
pub struct Access {
    pub id: u64,
    /// The frame is shown.
    pub shows: bool,
}
