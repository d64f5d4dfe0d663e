//! Drives one machine and owns the only borrow of it.
//!
//! Whatever is performed may call back in at any depth: the machine takes the new input at once, so that what it shows
//! is up to date when the call returns, and what follows from it is performed after what was already waiting.

use alloc::collections::VecDeque;
use alloc::rc::{Rc, Weak};
use core::cell::{Cell, Ref, RefCell, RefMut};

use crate::ambient::{Instant, Now};
use crate::machine::Machine;

/// What surrounds a machine: it tells the time, performs outputs and wakes the pump.
pub trait World<M: Machine> {
    /// The present.
    fn now(&self) -> Now;
    /// Learns of an output before its turn to be performed has come. May not call the pump.
    fn foresee(&self, output: &M::Output);
    /// Does it. May call the pump.
    fn perform(&self, output: M::Output);
    /// Sees to it that [`Pump::wake`] is called once, at the given time, instead of at any time asked for before.
    fn wake(&self, at: Wake);
}

/// When the pump wants to be woken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wake {
    /// As soon as the code that is running has ended, before anything else can happen.
    Soon,
    /// After so many microseconds.
    After(u64),
    /// Not at all.
    Never,
}

/// A machine, its world, and what is still to be performed.
pub struct Pump<M: Machine, W> {
    machine: RefCell<M>,
    world: W,
    waiting: RefCell<VecDeque<M::Output>>,
    performing: Cell<bool>,
    armed: Cell<Option<Instant>>,
}

impl<M: Machine, W: World<M>> Pump<M, W> {
    /// Makes the world, which is given a way back to the pump, and starts the machine.
    pub fn start(machine: M, world: impl FnOnce(Weak<Self>) -> W) -> Rc<Self> {
        let pump = Rc::new_cyclic(|weak| Self {
            machine: RefCell::new(machine),
            world: world(weak.clone()),
            waiting: RefCell::new(VecDeque::new()),
            performing: Cell::new(false),
            armed: Cell::new(None),
        });
        pump.arm(pump.world.now(), true);
        pump
    }

    /// Something happened.
    pub fn input(&self, input: M::Input) {
        self.step(Some(input));
    }

    /// The time that was asked for has come.
    pub fn wake(&self) {
        self.armed.set(None);
        self.step(None);
    }

    /// The machine was changed from outside. What follows from that is performed as soon as the code that is running has ended.
    pub fn wake_soon(&self) {
        self.armed.set(None);
        self.world.wake(Wake::Soon);
    }

    /// The machine, to read from. Not to be held while calling anything else of the pump.
    pub fn machine(&self) -> Ref<'_, M> {
        self.machine.borrow()
    }

    /// The machine, to change it from outside; of what makes outputs [`wake_soon`](Self::wake_soon) is told. Not to be held while
    /// calling anything else of the pump.
    pub fn machine_mut(&self) -> RefMut<'_, M> {
        self.machine.borrow_mut()
    }

    /// What surrounds the machine.
    pub fn world(&self) -> &W {
        &self.world
    }

    // Not generic over what is done: each copy would hold a copy of the whole machine.
    fn step(&self, input: Option<M::Input>) {
        let now = self.world.now();
        let from_outside = input.is_some();
        {
            let mut machine = self.machine.borrow_mut();
            match input {
                Some(input) => machine.handle(now, input),
                None => machine.handle_timeout(now),
            }
            let mut waiting = self.waiting.borrow_mut();
            while let Some(output) = machine.poll_output(now) {
                self.world.foresee(&output);
                waiting.push_back(output);
            }
        }
        self.arm(now, from_outside);
        self.perform();
    }

    fn perform(&self) {
        if self.performing.replace(true) {
            return;
        }
        // Lowered even if performing unwinds: one failure must not silence the machine for good.
        let _lowered = Lower(&self.performing);
        loop {
            let next = self.waiting.borrow_mut().pop_front();
            let Some(output) = next else { break };
            self.world.perform(output);
        }
    }

    /// What is due at once waits for the end of the running task: so all writes of one task go out together.
    fn arm(&self, now: Now, from_outside: bool) {
        let due = self.machine.borrow().poll_timeout();
        if due == self.armed.get() {
            return;
        }
        self.armed.set(due);
        self.world.wake(match due {
            None => Wake::Never,
            // A machine that is due again right after it was woken gets a turn of its own: the page must not stand still.
            Some(at) if at <= now.instant && from_outside => Wake::Soon,
            Some(at) => Wake::After(at.micros_since(now.instant)),
        });
    }
}

struct Lower<'a>(&'a Cell<bool>);

impl Drop for Lower<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

#[cfg(test)]
mod tests {
    use alloc::boxed::Box;
    use alloc::vec::Vec;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// Repeats each number once, and shows the last one it took.
    #[derive(Default)]
    struct Echo {
        shown: u32,
        out: VecDeque<u32>,
        due: Option<Instant>,
        woken: u32,
    }

    impl Machine for Echo {
        type Input = u32;
        type Output = u32;

        fn handle(&mut self, now: Now, input: u32) {
            self.shown = input;
            self.out.push_back(input);
            self.due = Some(now.instant.after_micros(u64::from(input)));
        }

        fn handle_timeout(&mut self, now: Now) {
            self.woken += 1;
            self.due = self.due.filter(|due| *due > now.instant);
        }

        fn poll_output(&mut self, _now: Now) -> Option<u32> {
            self.out.pop_front()
        }

        fn poll_timeout(&self) -> Option<Instant> {
            self.due
        }
    }

    type Callback = Box<dyn Fn(&Pump<Echo, Toy>, u32)>;

    struct Toy {
        pump: Weak<Pump<Echo, Toy>>,
        time: Cell<u64>,
        callback: Callback,
        foreseen: RefCell<Vec<u32>>,
        performed: RefCell<Vec<u32>>,
        wakes: RefCell<Vec<Wake>>,
    }

    impl World<Echo> for Toy {
        fn now(&self) -> Now {
            Now { instant: Instant(self.time.get()), ..Now::default() }
        }

        fn foresee(&self, output: &u32) {
            self.foreseen.borrow_mut().push(*output);
        }

        fn perform(&self, output: u32) {
            self.performed.borrow_mut().push(output);
            if let Some(pump) = self.pump.upgrade() {
                (self.callback)(&pump, output);
            }
        }

        fn wake(&self, at: Wake) {
            self.wakes.borrow_mut().push(at);
        }
    }

    fn pump(callback: impl Fn(&Pump<Echo, Toy>, u32) + 'static) -> Rc<Pump<Echo, Toy>> {
        Pump::start(Echo::default(), |pump| Toy {
            pump,
            time: Cell::new(0),
            callback: Box::new(callback),
            foreseen: RefCell::default(),
            performed: RefCell::default(),
            wakes: RefCell::default(),
        })
    }

    #[test]
    fn a_callback_that_calls_in_finds_its_input_taken_and_its_output_waiting() {
        let pump = pump(|pump, output| {
            if output < 3 {
                pump.input(output + 1);
                assert_eq!(pump.machine().shown, output + 1);
                assert_eq!(pump.world().foreseen.borrow().last(), Some(&(output + 1)));
                assert_eq!(pump.world().performed.borrow().last(), Some(&output), "not performed inside");
            }
        });
        pump.input(1);
        assert_eq!(*pump.world().performed.borrow(), [1, 2, 3]);
    }

    #[test]
    fn hostile_40_a_callback_that_fails_harms_no_other() {
        let pump = pump(|pump, output| {
            if output == 1 {
                pump.input(2);
                panic!("the callback's own fault");
            }
        });
        assert!(catch_unwind(AssertUnwindSafe(|| pump.input(1))).is_err());
        pump.input(3);
        assert_eq!(*pump.world().performed.borrow(), [1, 2, 3]);
    }

    #[test]
    fn asks_to_be_woken_only_when_the_time_changes() {
        let pump = pump(|_, _| {});
        pump.input(500);
        pump.input(500);
        pump.input(0);
        pump.wake();
        let after = Wake::After(500);
        assert_eq!(*pump.world().wakes.borrow(), [after, Wake::Soon]);
        assert_eq!(pump.machine().woken, 1);
    }

    #[test]
    fn what_a_change_from_outside_gives_is_performed_at_the_end_of_the_task() {
        let pump = pump(|_, _| {});
        pump.input(500);
        pump.machine_mut().out.push_back(7);
        pump.wake_soon();
        assert_eq!(*pump.world().performed.borrow(), [500], "not within the call");
        assert_eq!(pump.world().wakes.borrow().last(), Some(&Wake::Soon));
        pump.wake();
        assert_eq!(*pump.world().performed.borrow(), [500, 7]);
        assert_eq!(pump.world().wakes.borrow().last(), Some(&Wake::After(500)), "what was due stays due");
    }

    #[test]
    fn a_wake_that_comes_too_early_is_repeated() {
        let pump = pump(|_, _| {});
        pump.input(500);
        pump.world().time.set(400);
        pump.wake();
        assert_eq!(pump.world().wakes.borrow().last(), Some(&Wake::After(100)));
    }
}
