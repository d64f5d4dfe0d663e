//! Reading a store.

mod loads;
