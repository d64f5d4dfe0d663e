//! The stores that the service works with, by the names that it knows them by.

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::{Cell, RefCell};

use crate::browser::storage::Found;
use crate::error::Code;
use crate::service::{Input, StoreId, TaskId};
use crate::session::SortedMap;
use crate::storage::{Answer, Failure, Operation, Provider};

/// All stores that are in use.
pub struct Stores {
    /// The service is told this.
    tell: Rc<dyn Fn(Input)>,
    open: RefCell<SortedMap<StoreId, Rc<dyn Provider>>>,
    last: Cell<u64>,
}

impl Stores {
    /// None yet.
    pub fn new(tell: impl Fn(Input) + 'static) -> Self {
        Self { tell: Rc::new(tell), open: RefCell::default(), last: Cell::new(0) }
    }

    /// Takes in what a look at all places found; gives what the service is to be told.
    pub fn take_in(&self, found: Found) -> Input {
        match found {
            Found::Same(status) => Input::Reselected(status),
            Found::Other { store, below, status } => {
                // Rising, so that of two the newer one is the one that was found last.
                let below = below.map(|below| self.keep(below));
                Input::Opened { store: self.keep(store), below, status }
            }
        }
    }

    /// Starts an operation on one of them.
    pub fn start(&self, store: StoreId, task: TaskId, operation: Operation) {
        let tell = Rc::clone(&self.tell);
        let answered = move |answer| tell(Input::Answered { task, answer });
        match self.get(store) {
            Some(open) => open.start(operation, Box::new(answered)),
            None => answered(Answer::Failed(Failure { code: Code::StorageFailed, unknown: false })),
        }
    }

    /// The store of this name.
    pub fn get(&self, store: StoreId) -> Option<Rc<dyn Provider>> {
        self.open.borrow().get(&store).cloned()
    }

    /// Lets go of a store. Whether it was the one that was found last.
    pub fn release(&self, store: StoreId) -> bool {
        self.open.borrow_mut().remove(&store);
        store.0 == self.last.get()
    }

    /// Lets go of all.
    pub fn clear(&self) {
        self.open.take();
    }

    fn keep(&self, store: Rc<dyn Provider>) -> StoreId {
        let tell = Rc::clone(&self.tell);
        let id = StoreId(self.last.get() + 1);
        store.watch(Box::new(move |announced| {
            tell(announced.map_or(Input::StoreChanged, |commit| Input::Announced { store: id, commit }));
        }));
        self.last.set(id.0);
        self.open.borrow_mut().insert(id, store);
        id
    }
}
