//! Grants that change while pages are connected.

use alloc::vec::Vec;

use crate::error::Code;
use crate::service::grants::Grant;
use crate::service::io::Output;
use crate::service::machine::Service;

impl Service {
    /// From now on these grants hold, and no others. A page whose grant is another one now has to say hello again, so that
    /// it is told anew what it may see; one that has none any more is sent away.
    pub(in crate::service) fn grants_are(&mut self, grants: Vec<Grant>) {
        self.config.grants = grants;
        let mut gone = Vec::new();
        for connection in self.connections.values() {
            match Grant::of(&self.config.grants, &connection.author.origin) {
                None => gone.push((connection.channel, Code::Forbidden)),
                Some(grant) if *grant != connection.grant => gone.push((connection.channel, Code::Disconnected)),
                Some(_) => {}
            }
        }
        for (channel, code) in gone {
            self.part(channel, code);
        }
        for mut waiting in core::mem::take(&mut self.hellos) {
            match Grant::of(&self.config.grants, &waiting.author.origin) {
                Some(grant) => {
                    waiting.grant.clone_from(grant);
                    self.hellos.push(waiting);
                }
                None => self.out.push_back(Output::Close(waiting.channel)),
            }
        }
    }
}
