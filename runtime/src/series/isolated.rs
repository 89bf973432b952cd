//! The members of a closed family within an isolation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::sync::unpoisoned;

/// The cells of each member that was used in the isolation.
pub(crate) struct Members<C> {
    cells: Mutex<HashMap<usize, Arc<C>>>,
}

impl<C> Members<C> {
    pub(super) fn new() -> Members<C> {
        Members { cells: Mutex::default() }
    }

    fn cells(&self) -> MutexGuard<'_, HashMap<usize, Arc<C>>> {
        unpoisoned(self.cells.lock())
    }

    pub(super) fn get(&self, member: usize) -> Option<Arc<C>> {
        self.cells().get(&member).cloned()
    }

    pub(super) fn get_or_make(&self, member: usize, make: impl FnOnce() -> C) -> Arc<C> {
        if let Some(cells) = self.get(member) {
            return cells;
        }
        let made = Arc::new(make());
        self.cells().entry(member).or_insert(made).clone()
    }
}
