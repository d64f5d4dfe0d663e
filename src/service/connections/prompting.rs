//! The service's prompt: one at a time. Pages ask for it, the browser shows it, and whoever asked hears when it is over.

use alloc::vec::Vec;

use super::prompt::{Prompt, PromptState};
use crate::ambient::Span;
use crate::protocol::ToManager;
use crate::service::io::{ChannelId, Output};
use crate::service::machine::{Phase, Service};
use crate::session::Upgrade;

/// Questions that wait for the end of one prompt; of more, the newest are answered at once.
const ASKERS: usize = 64;

impl Service {
    pub(in crate::service) fn ask_access(&mut self, channel: ChannelId, id: u64) {
        let Some(connection) = self.connections.get(&channel) else { return };
        match &mut self.prompt {
            Some(prompt) if prompt.askers.len() < ASKERS => prompt.askers.push((channel, id)),
            None if self.storage.upgrade != Upgrade::None => {
                self.out.push_back(Output::Prompt { origin: connection.author.origin.clone() });
                self.prompt = Some(Prompt { askers: Vec::from([(channel, id)]), state: PromptState::Wanted });
            }
            _ => connection.say(&ToManager::AccessDone(id), &mut self.out),
        }
    }

    pub(in crate::service) fn prompt_shown(&mut self) {
        if let Some(prompt) = self.prompt.as_mut().filter(|prompt| prompt.state == PromptState::Wanted) {
            prompt.state = PromptState::Shown;
            self.show_frame(true);
        }
    }

    pub(in crate::service) fn prompted(&mut self) {
        let Some(prompt) = &mut self.prompt else { return };
        if core::mem::replace(&mut prompt.state, PromptState::Over) == PromptState::Shown {
            self.show_frame(false);
        }
    }

    /// The prompt rests for pages of this origin, for so long.
    pub(in crate::service) fn quiet(&mut self, origin: &str, lasts: Span) {
        let message = ToManager::Quiet(lasts.0 / 1_000);
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
        if self.prompt.as_ref().is_some_and(|prompt| prompt.state != PromptState::Over) {
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
        if let Some(prompt) = self.prompt.take_if(|prompt| prompt.state == PromptState::Over && rests) {
            for (asker, id) in prompt.askers {
                if let Some(connection) = self.connections.get(&asker) {
                    connection.say(&ToManager::AccessDone(id), &mut self.out);
                }
            }
        }
    }

    /// Whether sessions are where they are going to stay: no store is being read or moved to.
    fn rests(&self) -> bool {
        self.phase == Phase::Ready && !self.leaves_home()
    }

    fn show_frame(&mut self, wanted: bool) {
        let first = self.prompt.as_ref().and_then(|prompt| prompt.askers.first());
        if let Some(connection) = first.and_then(|(asker, _)| self.connections.get(asker)) {
            connection.say(&ToManager::ShowFrame(wanted), &mut self.out);
        }
    }
}
