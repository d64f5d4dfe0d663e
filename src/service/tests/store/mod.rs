//! Reading a store.

mod announcements;
mod clean_up;
mod loads;
