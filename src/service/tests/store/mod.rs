//! Reading a store.

mod announcements;
mod loads;
