//! What a registry lets its gathers see.

use std::sync::{Arc, Weak};

use super::claims::Claims;
use super::conflict::Problem;
use super::family::Family;
use super::registrant::Registrant;
use super::set::Set;
use super::settings::Settings;

/// What a gather needs of a registry. It is shared as a whole, so that a gather waits for nobody.
#[derive(Default)]
pub(super) struct Published {
    /// By name.
    pub(super) families: Vec<Arc<Family>>,
    /// What keeps families and points off the page.
    pub(super) problems: Arc<[Problem]>,
    pub(super) settings: Settings,
    /// By number.
    pub(super) collectors: Vec<(u64, Weak<Registrant>, Arc<Claims>)>,
    /// What was registered then, for a process that was forked while a thread held the state.
    pub(super) sets: Vec<(u64, Weak<Set>)>,
}
