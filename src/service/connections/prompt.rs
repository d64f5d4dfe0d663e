//! The service's prompt: one at a time. Pages ask for it, the browser shows it, and whoever asked hears when it is over.

use alloc::vec::Vec;
use core::time::Duration;

use crate::protocol::ToManager;
use crate::service::io::{ChannelId, Output};
use crate::service::machine::{Phase, Service};
use crate::session::Upgrade;

/// Questions that wait for the end of one prompt; of more, the newest are answered at once.
const ASKERS: usize = 64;

/// The prompt that is open, and who hears of its end. The first asker gives it room.
#[derive(Debug)]
pub(in crate::service) struct Prompt {
    askers: Vec<(ChannelId, u64)>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// Asked for, and not to be seen yet.
    Wanted,
    Shown,
    /// The person has answered; what follows from it may not have been done yet.
    Over,
}

impl Service {
    pub(in crate::service) fn ask_access(&mut self, channel: ChannelId, id: u64) {
        let Some(connection) = self.connections.get(&channel) else { return };
        match &mut self.prompt {
            Some(prompt) if prompt.askers.len() < ASKERS => prompt.askers.push((channel, id)),
            None if self.storage.upgrade != Upgrade::None => {
                self.out.push_back(Output::Prompt { origin: connection.author.origin.clone() });
                self.prompt = Some(Prompt { askers: Vec::from([(channel, id)]), stage: Stage::Wanted });
            }
            _ => connection.say(&ToManager::Asked(id), &mut self.out),
        }
    }

    pub(in crate::service) fn prompt_shown(&mut self) {
        if let Some(prompt) = self.prompt.as_mut().filter(|prompt| prompt.stage == Stage::Wanted) {
            prompt.stage = Stage::Shown;
            self.room(true);
        }
    }

    pub(in crate::service) fn prompted(&mut self) {
        let Some(prompt) = &mut self.prompt else { return };
        if core::mem::replace(&mut prompt.stage, Stage::Over) == Stage::Shown {
            self.room(false);
        }
    }

    /// The prompt rests for pages of this origin, for so long.
    pub(in crate::service) fn quiet(&mut self, origin: &str, lasts: Duration) {
        let message = ToManager::Quiet(u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX));
        for connection in self.connections.values().filter(|connection| connection.author.origin == origin) {
            connection.say(&message, &mut self.out);
        }
    }

    /// It is to go, says one of those who asked.
    pub(in crate::service) fn leave_prompt(&mut self, channel: ChannelId, declined: bool) {
        if self.prompt.as_ref().is_some_and(|prompt| prompt.askers.iter().any(|(asker, _)| *asker == channel)) {
            self.drop_prompt(declined);
        }
    }

    /// Takes it away, if it is still to be answered.
    pub(in crate::service) fn drop_prompt(&mut self, declined: bool) {
        if self.prompt.as_ref().is_some_and(|prompt| prompt.stage != Stage::Over) {
            self.out.push_back(Output::DropPrompt { declined });
            self.prompted();
        }
    }

    /// A prompt whose first asker is gone has no room any more. One that is over ends when all that followed from it is done.
    pub(in crate::service) fn tend_prompt(&mut self) {
        let Some(prompt) = &mut self.prompt else { return };
        let first = prompt.askers.first().copied();
        prompt.askers.retain(|(asker, _)| self.connections.get(asker).is_some());
        if prompt.askers.first().copied() != first {
            self.drop_prompt(false);
        }
        let rests = self.rests();
        if let Some(prompt) = self.prompt.take_if(|prompt| prompt.stage == Stage::Over && rests) {
            for (asker, id) in prompt.askers {
                if let Some(connection) = self.connections.get(&asker) {
                    connection.say(&ToManager::Asked(id), &mut self.out);
                }
            }
        }
    }

    /// Whether sessions are where they are going to stay: no store is being read or moved to.
    fn rests(&self) -> bool {
        self.phase == Phase::Ready && !self.leaves_home()
    }

    fn room(&mut self, wanted: bool) {
        let first = self.prompt.as_ref().and_then(|prompt| prompt.askers.first());
        if let Some(connection) = first.and_then(|(asker, _)| self.connections.get(asker)) {
            connection.say(&ToManager::Room(wanted), &mut self.out);
        }
    }
}
