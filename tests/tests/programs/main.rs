//! Programs and workspaces that tests build or read.

#[cfg(feature = "servers")]
mod clock;
mod documentation;
mod entries;
mod lints;
mod rooms;
mod two_builds;
mod two_copies;
mod without_cargo;
