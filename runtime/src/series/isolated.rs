//! The series of a closed family within an isolation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::sync::unpoisoned;

/// The cells of each position that was used in the isolation.
pub(crate) struct IsolatedCells<C> {
    cells: Mutex<HashMap<usize, Arc<C>>>,
}

impl<C> IsolatedCells<C> {
    pub(super) fn new() -> IsolatedCells<C> {
        IsolatedCells { cells: Mutex::default() }
    }

    fn cells(&self) -> MutexGuard<'_, HashMap<usize, Arc<C>>> {
        unpoisoned(self.cells.lock())
    }

    pub(super) fn get(&self, position: usize) -> Option<Arc<C>> {
        self.cells().get(&position).cloned()
    }

    pub(super) fn get_or_make(&self, position: usize, make: impl FnOnce() -> C) -> Arc<C> {
        if let Some(cells) = self.get(position) {
            return cells;
        }
        let made = Arc::new(make());
        self.cells().entry(position).or_insert(made).clone()
    }
}
