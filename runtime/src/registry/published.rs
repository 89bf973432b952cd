//! The part of a registry that gathers read.

use std::sync::{Arc, Weak};

use super::claims::Claims;
use super::conflict::Problem;
use super::family::ListedFamily;
use super::registered_collector::RegisteredCollector;
use super::set::Set;
use super::settings::Settings;

/// What a gather needs of a registry. It is swapped as a whole, so that a gather waits for no lock.
#[derive(Default)]
pub(super) struct Published {
    /// Sorted by name.
    pub(super) families: Vec<Arc<ListedFamily>>,
    /// What keeps families and points off the page.
    pub(super) problems: Arc<[Problem]>,
    pub(super) settings: Settings,
    /// Sorted by number.
    pub(super) collectors: Vec<(u64, Weak<RegisteredCollector>, Arc<Claims>)>,
    /// The registered structs, for a process that was forked while a thread held the state.
    pub(super) sets: Vec<(u64, Weak<Set>)>,
}
