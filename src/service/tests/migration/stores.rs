//! A service that is given stores of several levels.

use alloc::string::String;
use alloc::vec::Vec;

use crate::ambient::Span;
use crate::service::replica::state::State;
use crate::service::tests::world::{A, B, World, add, config, id};
use crate::service::{Input, StoreId};
use crate::session::{Mutation, StorageLevel, StorageStatus, Upgrade};
use crate::storage::Memory;

/// The store of one site.
pub const BELOW: StorageStatus =
    StorageStatus { level: StorageLevel::Partitioned, shared: false, upgrade: Upgrade::Gesture };
/// The store of all sites.
pub const ABOVE: StorageStatus = StorageStatus { level: StorageLevel::Handle, shared: true, upgrade: Upgrade::None };

pub const LOWER: StoreId = StoreId(1);
pub const UPPER: StoreId = StoreId(2);

/// The two stores that a service may move between.
#[derive(Clone, Default)]
pub struct Stores {
    pub lower: Memory,
    pub upper: Memory,
}

impl Stores {
    /// A service that has opened nothing yet.
    pub fn service(&self) -> World {
        let mut world = World::unopened(config(), self.lower.clone());
        world.others.push((UPPER, self.upper.clone()));
        world
    }

    /// A service over the lower store.
    pub fn below(&self) -> World {
        let mut world = self.service();
        world.take(opens(LOWER, None, BELOW));
        world
    }

    /// A service over the upper store, which was told nothing of the lower one.
    pub fn above(&self) -> World {
        let mut world = self.service();
        world.take(opens(UPPER, None, ABOVE));
        world
    }

    /// A service that finds both.
    pub fn both(&self) -> World {
        let mut world = self.service();
        world.take(rises_at_once());
        world
    }
}

pub fn opens(store: StoreId, below: Option<StoreId>, status: StorageStatus) -> Input {
    Input::Opened { store, below, status }
}

/// The upper store opens while the service works on the lower one.
pub fn rises() -> Input {
    opens(UPPER, None, ABOVE)
}

/// The upper store opens first, with the lower one below it.
pub fn rises_at_once() -> Input {
    opens(UPPER, Some(LOWER), ABOVE)
}

pub fn state(world: &World) -> &State {
    &world.service.replica.state
}

/// The ids of all sessions.
pub fn names(world: &World) -> Vec<String> {
    state(world).sessions().map(|record| record.session.id.as_str().into()).collect()
}

pub fn is_buried(world: &World, name: &str) -> bool {
    state(world).tombstone(&id(name)).is_some()
}

/// Long enough for whatever is tried again, and for a seal that nobody ends.
pub fn wait(world: &mut World) {
    world.pass(Span::from_secs(60));
}

/// Stores with session `b` below and session `a` above.
pub fn two() -> Stores {
    let stores = Stores::default();
    let mut below = stores.below();
    below.connect(1, A);
    below.write(1, 1, add("b"));
    below.write(1, 2, Mutation::Activate(Some(id("b"))));
    let mut above = stores.above();
    above.connect(2, B);
    above.write(2, 1, add("a"));
    stores
}

pub fn activate(name: &str) -> Mutation {
    Mutation::Activate(Some(id(name)))
}
