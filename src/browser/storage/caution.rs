//! Remembers that frames died of their handle, so that the next one leaves it alone.
//!
//! Chromium ends the process of a frame that uses a grant which it does not honour. Nothing in the next life of that
//! frame says so, except a mark that was set before the handle was touched and not taken away. One such death may be
//! chance, for frames die of much else: after the second in a row the handle is to blame.

use core::cell::Cell;

use super::marks;
use super::wait::after;
use crate::ambient::{Clock, Now};
use crate::browser::PageClock;
use crate::session::{decimal, split_first};

const MARK: &str = "touching-handle";
/// So many lives in a row that began to touch a handle and did not get over it.
const DEADLY: u64 = 2;
/// For so long after the last of them no handle is touched.
const MS: u64 = 600_000;
/// A mark that is younger may be that of a neighbour.
const YOUNG_MS: u64 = 1_000;
/// It takes it away sooner than this.
const MOMENT_MS: u32 = 200;

std::thread_local! {
    /// This life is touching a handle: the mark is its own.
    static TOUCHING: Cell<bool> = const { Cell::new(false) };
}

/// What other lives left.
struct Mark {
    age: u64,
    lives: u64,
}

/// Whether earlier lives of this frame died of their handle, not long ago. A young mark may be that of another frame in
/// this tab, which is alive and takes it away in a moment: whoever lost a frame takes longer to notice.
pub async fn is_called_for() -> bool {
    let deadly = || mark().filter(|mark| !TOUCHING.get() && mark.lives >= DEADLY);
    if deadly().is_some_and(|mark| mark.age < YOUNG_MS) {
        after(MOMENT_MS).await;
    }
    deadly().is_some()
}

fn mark() -> Option<Mark> {
    let text = marks::get(MARK)?;
    let (at, lives) = split_first(&text, b' ')?;
    let age = now().checked_sub(at.parse().ok()?)?;
    Some(Mark { age, lives: lives.parse().ok()? }).filter(|mark| mark.age < MS)
}

/// A handle is about to be touched.
pub fn begin() {
    if !TOUCHING.replace(true) {
        let lives = mark().map_or(0, |mark| mark.lives).saturating_add(1);
        marks::set(MARK, &[decimal(now()), decimal(lives)].join(" "));
    }
}

/// It was touched and nothing happened, or the frame is being left alive.
pub fn end() {
    if TOUCHING.replace(false) {
        marks::remove(MARK);
    }
}

fn now() -> u64 {
    let Now { wall, .. } = PageClock.now();
    wall.0
}
