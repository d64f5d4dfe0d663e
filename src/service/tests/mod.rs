//! Each rule of the service, in a world of virtual time and a store that does as the test says.

mod census;
mod commits;
mod connections;
mod grants;
mod heard;
mod migration;
mod store;
mod world;
