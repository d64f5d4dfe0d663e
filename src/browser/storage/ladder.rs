//! The ladder: finds the best place for sessions by what works, and looks again whenever that may have changed.

use alloc::boxed::Box;
use alloc::rc::{Rc, Weak};
use alloc::string::String;
use core::cell::{Cell, RefCell};

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};

use super::access::{self, Asked, PermissionListener, Unpartitioned};
use super::caution;
use super::place::Place;
use super::site::{Surroundings, surroundings};
use crate::browser::{PageEvent, PresenceListener};
use crate::session::{StorageLevel, StorageStatus, Upgrade};
use crate::storage::Provider;

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
pub enum Answer {
    Granted,
    /// Not now: it may help to use the owner's own page first.
    Visit,
    Refused,
}

/// Looks for the best place, again and again, and tells what it found.
pub struct Ladder {
    wanted: Wanted,
    name: String,
    found: Box<dyn Fn(Found)>,
    /// The place that was told last, and the one before it, which comes back if the move fails.
    place: RefCell<Option<Place>>,
    before: RefCell<Option<Place>>,
    /// What the last click leaves to be tried.
    left: Cell<Option<Upgrade>>,
    running: RefCell<Option<Promise>>,
    waiting: RefCell<Option<Promise>>,
    presence: RefCell<Option<PresenceListener>>,
    permission: RefCell<Option<PermissionListener>>,
}

impl Ladder {
    /// Tells `found` of every look. It looks when asked to, and by itself when something may have changed.
    pub fn new(wanted: Wanted, name: &str, found: impl Fn(Found) + 'static) -> Rc<Self> {
        let ladder = Rc::new(Self {
            wanted,
            name: name.into(),
            found: Box::new(found),
            place: RefCell::default(),
            before: RefCell::default(),
            left: Cell::new(None),
            running: RefCell::default(),
            waiting: RefCell::default(),
            presence: RefCell::default(),
            permission: RefCell::default(),
        });
        ladder.listen();
        ladder
    }

    /// Looks at all places; the promise resolves once what was found is told. One look at a time; those who ask during
    /// one share the next.
    pub fn judge(self: &Rc<Self>) -> Promise {
        if let Some(next) = &*self.waiting.borrow() {
            return next.clone();
        }
        let before = self.running.borrow().clone();
        let ladder = Rc::clone(self);
        let look = future_to_promise(async move {
            if let Some(before) = before {
                let _ = JsFuture::from(before).await;
            }
            *ladder.running.borrow_mut() = ladder.waiting.take();
            ladder.look(None).await;
            Ok(JsValue::UNDEFINED)
        });
        *self.waiting.borrow_mut() = Some(look.clone());
        look
    }

    /// Asks for a handle. To be called while a click is being handled: the browser asks the person in turn. Resolves when
    /// what follows from the answer is told.
    pub async fn ask(self: Rc<Self>, asked: Option<Promise>) -> Answer {
        let Some(asked) = asked else { return Answer::Refused };
        let handle = JsFuture::from(asked).await.ok().and_then(access::handle);
        let answer = match handle {
            Some(_) => Answer::Granted,
            // The browser does not say why. That the person has not used the owner's own page yet is what can be mended, so
            // that is tried first.
            None if self.left.get().is_none() => Answer::Visit,
            None => Answer::Refused,
        };
        self.left.set(match answer {
            Answer::Granted => None,
            Answer::Visit => Some(Upgrade::Visit),
            Answer::Refused => Some(Upgrade::None),
        });
        let running = self.running.borrow().clone();
        if let Some(running) = running {
            let _ = JsFuture::from(running).await;
        }
        self.look(handle).await;
        answer
    }

    /// The place that was told last could not be moved to: the one before it is still in use.
    pub fn stayed(&self) {
        if let Some(before) = self.before.take() {
            *self.place.borrow_mut() = Some(before);
        }
    }

    /// Looks no more by itself.
    pub fn rest(&self) {
        self.presence.take();
        self.permission.take();
    }

    async fn look(self: &Rc<Self>, given: Option<Unpartitioned>) {
        let now = self.place.borrow().clone();
        let (best, below) = self.best(now.as_ref(), given).await;
        let status = self.status(best.level).await;
        let same = now.is_some_and(|now| Rc::ptr_eq(&now.store, &best.store));
        if same {
            return (self.found)(Found::Same(status));
        }
        let store = Rc::clone(&best.store);
        let before = self.place.replace(Some(best));
        let lower = below.as_ref().map(|below| Rc::clone(&below.store));
        // What is below comes first if it holds something, and stays in use if it cannot be moved from.
        *self.before.borrow_mut() = before.or(below);
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
            None if caution::is_called_for() => Asked::Refused,
            None => match access::ask() {
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
        let ladder = Rc::downgrade(self);
        spawn_local(async move {
            if JsFuture::from(asked).await.is_ok_and(|answer| answer.is_object()) {
                judge(&ladder);
            }
        });
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
            matches!(self.wanted, Wanted::IndexedDb) && level == StorageLevel::Partitioned && !caution::is_called_for();
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
        let ladder = Rc::downgrade(self);
        let presence = PresenceListener::new(move |event| match event {
            PageEvent::Visible | PageEvent::Resumed => judge(&ladder),
            PageEvent::Suspended => caution::end(),
            _ => {}
        });
        *self.presence.borrow_mut() = Some(presence);
        let ladder = Rc::downgrade(self);
        spawn_local(async move {
            let judged = ladder.clone();
            let changed = move || {
                // What a click came to before says nothing any more.
                if let Some(ladder) = judged.upgrade() {
                    ladder.left.set(None);
                }
                judge(&judged);
            };
            let permission = PermissionListener::new(changed).await;
            if let Some(ladder) = ladder.upgrade().filter(|ladder| ladder.presence.borrow().is_some()) {
                *ladder.permission.borrow_mut() = permission;
            }
        });
    }
}

fn judge(ladder: &Weak<Ladder>) {
    if let Some(ladder) = ladder.upgrade() {
        let _ = ladder.judge();
    }
}

/// The place, if it works. What fails once while much is going on gets a second chance: to move is to change all that
/// pages show.
async fn works(place: Option<Place>) -> Option<Place> {
    let place = place?;
    (place.works().await || place.works().await).then_some(place)
}
