//! Selects the store: finds the best place for sessions by what works, and looks again whenever that may have changed.

use alloc::boxed::Box;
use alloc::rc::{Rc, Weak};
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use js_sys::Promise;
use wasm_bindgen::JsValue;

use super::access::{self, Asked, PermissionListener, Unpartitioned};
use super::caution;
use super::place::Place;
use super::site::{Surroundings, surroundings};
use super::wait::after;
use crate::browser::{LifecycleListener, PageEvent, awaited, promise, spawn};
use crate::session::{StorageLevel, StorageStatus, Upgrade};
use crate::storage::Provider;

/// Places that are remembered for the case that a move to the next one fails.
const TOLD: usize = 4;
/// When a mark that may be a neighbour's is looked at again.
const AGAIN_MS: u32 = 3_000;

/// What the owner asks for.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// The best that there is.
    IndexedDb,
    Memory,
    /// A plain store of this frame's own, behind its guard; memory where that does not work.
    Local(JsValue),
    /// The owner's own store, behind its guard. Nothing takes its place: only the owner knows what would be right.
    Given(JsValue),
}

/// What a look at all places found.
pub enum Found {
    /// Another one than before is the best. `below`: one of a lower level that works too and may hold something.
    Other { store: Rc<dyn Provider>, below: Option<Rc<dyn Provider>>, status: StorageStatus },
    /// The same one is still the best.
    Same(StorageStatus),
}

/// What came of a person's click in the prompt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AccessAnswer {
    Granted,
    /// Not now: it may help to use the owner's own page first.
    Visit,
    Refused,
}

/// Looks for the best place, again and again, and tells what it found.
pub struct StoreSelector {
    wanted: Wanted,
    name: String,
    found: Box<dyn Fn(Found)>,
    /// The place that was told last.
    place: RefCell<Option<Place>>,
    /// The last ones that were told, one of which comes back if a move fails.
    told: RefCell<Vec<Place>>,
    /// A handle that was given outside a look.
    given: RefCell<Option<Unpartitioned>>,
    /// A handle was asked for, and there is no answer yet.
    asked: Cell<bool>,
    /// Earlier lives of this frame died of their handle.
    cautious: Cell<bool>,
    ended: Cell<bool>,
    /// What the last click leaves to be tried.
    left: Cell<Option<Upgrade>>,
    running: RefCell<Option<Promise>>,
    waiting: RefCell<Option<Promise>>,
    presence: RefCell<Option<LifecycleListener>>,
    permission: RefCell<Option<PermissionListener>>,
}

impl StoreSelector {
    /// Tells `found` of every look. It looks when asked to, and by itself when something may have changed.
    pub fn new(wanted: Wanted, name: &str, found: impl Fn(Found) + 'static) -> Rc<Self> {
        let selector = Rc::new(Self {
            wanted,
            name: name.into(),
            found: Box::new(found),
            place: RefCell::default(),
            told: RefCell::default(),
            given: RefCell::default(),
            asked: Cell::new(false),
            cautious: Cell::new(false),
            ended: Cell::new(false),
            left: Cell::new(None),
            running: RefCell::default(),
            waiting: RefCell::default(),
            presence: RefCell::default(),
            permission: RefCell::default(),
        });
        selector.listen();
        selector
    }

    /// Looks at all places; the promise resolves once what was found is told. One look at a time; those who ask during
    /// one share the next.
    pub fn select(self: &Rc<Self>) -> Promise {
        if self.ended.get() {
            return Promise::resolve(&JsValue::UNDEFINED);
        }
        if let Some(next) = &*self.waiting.borrow() {
            return next.clone();
        }
        // Of none that runs, the turn after this one: `waiting` is to be known by then.
        let before = self.running.borrow().clone().unwrap_or_else(|| Promise::resolve(&JsValue::UNDEFINED));
        let selector = Rc::clone(self);
        let look = promise(async move {
            let _ = awaited(&before).await;
            *selector.running.borrow_mut() = selector.waiting.take();
            selector.look().await;
            Ok(JsValue::UNDEFINED)
        });
        *self.waiting.borrow_mut() = Some(look.clone());
        look
    }

    /// Asks for a handle. To be called while a click is being handled: the browser asks the person in turn. Resolves when
    /// what follows from the answer is told.
    pub async fn ask(self: Rc<Self>, asked: Option<Promise>) -> AccessAnswer {
        let Some(asked) = asked else { return AccessAnswer::Refused };
        let handle = access::handle(awaited(&asked).await.ok());
        let answer = match handle {
            Some(_) => AccessAnswer::Granted,
            // The browser does not say why. That the person has not used the owner's own page yet is what can be mended, so
            // that is tried first.
            None if self.left.get().is_none() => AccessAnswer::Visit,
            None => AccessAnswer::Refused,
        };
        self.left.set(match answer {
            AccessAnswer::Granted => None,
            AccessAnswer::Visit => Some(Upgrade::Visit),
            AccessAnswer::Refused => Some(Upgrade::None),
        });
        *self.given.borrow_mut() = handle;
        let _ = awaited(&self.select()).await;
        // What was given has to work, too.
        let works = self.place.borrow().as_ref().is_some_and(|place| place.level == StorageLevel::Handle);
        if answer == AccessAnswer::Granted && !works { AccessAnswer::Refused } else { answer }
    }

    /// The place that was told last could not be moved to: this store is still in use.
    pub fn stayed(&self, home: &Rc<dyn Provider>) {
        let told = self.told.borrow();
        if let Some(place) = told.iter().find(|place| Rc::ptr_eq(&place.store, home)) {
            *self.place.borrow_mut() = Some(place.clone());
        }
    }

    /// Looks no more, and lets go of all places.
    pub fn end(&self) {
        self.ended.set(true);
        self.presence.take();
        self.permission.take();
        self.place.take();
        self.told.take();
        self.given.take();
    }

    async fn look(self: &Rc<Self>) {
        let now = self.place.borrow().clone();
        let given = self.given.take();
        let (best, below) = self.best(now.as_ref(), given).await;
        let status = self.status(best.level).await;
        if self.ended.get() {
            return;
        }
        let same = now.is_some_and(|now| Rc::ptr_eq(&now.store, &best.store));
        if same {
            return (self.found)(Found::Same(status));
        }
        let store = Rc::clone(&best.store);
        let lower = below.as_ref().map(|below| Rc::clone(&below.store));
        {
            let mut told = self.told.borrow_mut();
            // What is below comes first if it holds something, and stays in use if it cannot be moved from.
            told.extend(below);
            told.push(best.clone());
            while told.len() > TOLD {
                told.remove(0);
            }
        }
        *self.place.borrow_mut() = Some(best);
        (self.found)(Found::Other { store, below: lower, status });
    }

    /// The best place that works, and at the first look the one below it if that works too.
    async fn best(self: &Rc<Self>, now: Option<&Place>, given: Option<Unpartitioned>) -> (Place, Option<Place>) {
        let held = |level: StorageLevel| now.filter(|now| now.level == level).cloned();
        let memory = || held(StorageLevel::Memory).unwrap_or_else(Place::memory);
        let level =
            if surroundings() == Surroundings::OtherSite { StorageLevel::Partitioned } else { StorageLevel::SameSite };
        let place = |guarded: &JsValue| held(level).unwrap_or_else(|| Place::given(level, guarded.clone()));
        match &self.wanted {
            Wanted::IndexedDb => {}
            Wanted::Memory => return (memory(), None),
            Wanted::Local(guarded) => return (works(Some(place(guarded))).await.unwrap_or_else(memory), None),
            Wanted::Given(guarded) => return (place(guarded), None),
        }
        let own = || held(level).or_else(|| Some(Place::own(level, access::own_factory()?, &self.name)));
        if surroundings() == Surroundings::OtherSite
            && let Some(handle) = self.handle(held(StorageLevel::Handle), given).await
        {
            let below = match now {
                None => works(own()).await,
                Some(_) => None,
            };
            return (handle, below);
        }
        match works(own()).await {
            Some(own) => (own, None),
            None => (memory(), None),
        }
    }

    /// The place behind a handle, if the browser gives one now. That one is held already says nothing: a handle goes on
    /// working after its grant was withdrawn.
    async fn handle(self: &Rc<Self>, held: Option<Place>, given: Option<Unpartitioned>) -> Option<Place> {
        let asked = match given {
            Some(given) => Asked::Given(given),
            None if self.is_cautious().await => Asked::Refused,
            // The answer to the last question is still to come, and will be used.
            None if self.asked.get() => return works(held).await,
            None => match access::ask_marked().await {
                Some(asked) => access::silently(asked).await,
                None => Asked::Refused,
            },
        };
        let place = match asked {
            Asked::Given(given) => works(held.or_else(|| Some(Place::behind(given, &self.name)))).await,
            Asked::Refused => None,
            Asked::Unanswered(promise) => {
                self.wait_for(promise);
                works(held).await
            }
        };
        caution::end();
        place
    }

    /// A late success is a move.
    fn wait_for(self: &Rc<Self>, asked: Promise) {
        self.asked.set(true);
        let selector = Rc::downgrade(self);
        spawn(async move {
            let handle = access::handle(awaited(&asked).await.ok());
            let Some(selector) = selector.upgrade() else { return };
            selector.asked.set(false);
            if handle.is_some() {
                *selector.given.borrow_mut() = handle;
                drop(selector.select());
            }
        });
    }

    /// Whether handles are to be left alone. Should it be a slow neighbour's mark that says so, another look tells.
    async fn is_cautious(self: &Rc<Self>) -> bool {
        let is = caution::is_called_for().await;
        if is && !self.cautious.replace(is) {
            let selector = Rc::downgrade(self);
            spawn(async move {
                after(AGAIN_MS).await;
                select(&selector);
            });
        }
        self.cautious.set(is);
        is
    }

    async fn status(&self, level: StorageLevel) -> StorageStatus {
        let shared = match (&self.wanted, level) {
            // Who else reaches a store of the owner's making, only the owner knows.
            (Wanted::Given(_), _) => false,
            (_, StorageLevel::SameSite) => surroundings() == Surroundings::SameSite,
            (_, level) => level == StorageLevel::Handle,
        };
        // A browser that refuses a frame its own storage gives it no other, whoever clicks on what.
        let raisable =
            matches!(self.wanted, Wanted::IndexedDb) && level == StorageLevel::Partitioned && !self.cautious.get();
        let upgrade = if !raisable || !access::could_be_granted().await {
            Upgrade::None
        } else {
            self.left.get().unwrap_or(Upgrade::Gesture)
        };
        StorageStatus { level, shared, upgrade }
    }

    /// Whatever may have changed the answer makes it look again.
    fn listen(self: &Rc<Self>) {
        if matches!(self.wanted, Wanted::Memory) {
            return;
        }
        let selector = Rc::downgrade(self);
        let presence = LifecycleListener::new(move |event| match event {
            PageEvent::Visible | PageEvent::Resumed => select(&selector),
            PageEvent::Suspended => caution::end(),
            _ => {}
        });
        *self.presence.borrow_mut() = Some(presence);
        let selector = Rc::downgrade(self);
        spawn(async move {
            let selecting = selector.clone();
            let changed = move || {
                // What a click came to before says nothing any more.
                if let Some(selector) = selecting.upgrade() {
                    selector.left.set(None);
                }
                select(&selecting);
            };
            let permission = PermissionListener::new(changed).await;
            if let Some(selector) = selector.upgrade().filter(|selector| selector.presence.borrow().is_some()) {
                *selector.permission.borrow_mut() = permission;
            }
        });
    }
}

fn select(selector: &Weak<StoreSelector>) {
    if let Some(selector) = selector.upgrade() {
        let _ = selector.select();
    }
}

/// The place, if it works. What fails once while much is going on gets a second chance: to move is to change all that
/// pages show.
async fn works(place: Option<Place>) -> Option<Place> {
    let place = place?;
    (place.works().await || place.works().await).then_some(place)
}
