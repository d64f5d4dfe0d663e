//! Each rule of the service, in a world of virtual time and a store that does as the test says.

mod commits;
mod exactly_once;
mod feeds;
mod handshakes;
mod limits;
mod loads;
mod merges;
mod prompts;
mod resyncs;
mod world;
