//! The last commits, ready to be told to pages that are a little behind.

use alloc::collections::VecDeque;
use alloc::rc::Rc;

use super::changes::News;
use crate::session::Version;

/// How many commits are kept.
const KEPT: usize = 256;

/// The last commits of one history, without a hole.
#[derive(Debug, Default)]
pub struct Ring {
    /// Oldest first.
    news: VecDeque<Rc<News>>,
}

impl Ring {
    /// Adds the newest commit.
    pub fn push(&mut self, news: News) {
        if self.news.len() >= KEPT {
            self.news.pop_front();
        }
        self.news.push_back(Rc::new(news));
    }

    /// The commit that follows exactly this version.
    pub fn after(&self, version: Version) -> Option<&Rc<News>> {
        let first = self.news.front()?.follows.seq;
        let index = usize::try_from(version.seq.checked_sub(first)?).ok()?;
        self.news.get(index).filter(|news| news.follows == version)
    }

    /// The tag of the commit of this sequence number, if it is remembered.
    pub fn tag(&self, seq: u64) -> Option<u64> {
        let first = self.news.front()?.follows;
        if first.seq == seq {
            return Some(first.tag);
        }
        let index = usize::try_from(seq.checked_sub(first.seq)?.checked_sub(1)?).ok()?;
        self.news.get(index).map(|news| news.version.tag)
    }
}
