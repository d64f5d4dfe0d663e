//! Each rule of the service, in a world of virtual time and a store that does as the test says.

mod absorbed;
mod absorbing;
mod commits;
mod crashes;
mod exactly_once;
mod feeds;
mod fence;
mod grants;
mod guests;
mod handshakes;
mod heard;
mod ladder;
mod limits;
mod loads;
mod merges;
mod moves;
mod peers;
mod prompts;
mod replacing;
mod resyncs;
mod sight;
mod versions;
mod why;
mod world;
