//! A family on the page: its descriptor, and its list of series.

use std::collections::{HashSet, TryReserveError};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::list::{News, SeriesList};
use super::set::{RowOrigin, RowOrigins, Rows, Set};
use super::settings::Settings;
use super::source::Sources;
use crate::descriptor::Descriptor;
use crate::read::{Changes, Collect, Column, Extent};
use crate::storage::Version;
use crate::turn::{Guarded, PATIENCE, Turn};

/// How long a gather waits for another thread to update a list. After that it shows the list as it
/// is.
const GATHER_PATIENCE: Duration = Duration::from_secs(1);

/// A family that structs or collectors of the registry have series in.
pub(super) struct ListedFamily {
    pub(super) descriptor: Descriptor,
    listed: ArcSwap<Listed>,
    /// What was added and removed since the list was made.
    pending: Guarded<Pending>,
    /// The number of additions and removals.
    changes: AtomicU64,
    /// Held by the thread that updates the list.
    turn: Turn,
}

/// The list that a gather walks.
pub(super) struct Listed {
    pub(super) series: SeriesList,
    /// The open families whose series are in the list.
    open: Vec<OpenPart>,
    /// The number of changes that are included.
    changes: u64,
}

/// An open family of a struct or an instance.
#[derive(Clone)]
pub(super) struct OpenPart {
    pub(super) origin: RowOrigin,
    /// The version that is in the list.
    pub(super) seen: Version,
}

/// Rows of structs that are in no list yet.
#[derive(Default)]
pub(super) struct NewRows {
    pub(super) column: Sources,
    pub(super) origins: RowOrigins,
    pub(super) open: Vec<OpenPart>,
}

impl NewRows {
    /// Returns the rows of a metric of a struct.
    pub(super) fn of(set: &Arc<Set>, index: usize) -> NewRows {
        let mut found = NewRows::default();
        let origin = RowOrigin::new(set, index);
        match origin.metric().map(Collect::extent) {
            Some(Extent::Fixed(rows)) => {
                found.column.0.extend((0..rows).filter_map(|row| origin.source(row)));
                found.origins.push_all(origin, found.column.0.len());
            }
            Some(Extent::Open) => found.open.push(OpenPart { origin, seen: Version::ZERO }),
            None => {}
        }
        found
    }

    /// Appends later rows.
    fn append(&mut self, later: &mut NewRows) {
        self.column.0.append(&mut later.column.0);
        self.origins.append(&mut later.origins);
        self.open.append(&mut later.open);
    }

    fn rows(&self) -> Rows<'_> {
        Rows { column: &self.column, origins: &self.origins }
    }
}

#[derive(Default)]
struct Pending {
    came: NewRows,
    /// The rows of removed structs.
    went: NewRows,
    gone: HashSet<u64>,
}

impl Pending {
    /// Appends later changes.
    fn append(&mut self, later: &mut Pending) {
        self.came.append(&mut later.came);
        self.went.append(&mut later.went);
        self.gone.extend(later.gone.drain());
    }
}

impl OpenPart {
    fn is_current(&self) -> bool {
        self.origin.metric().is_none_or(|family| family.version() == self.seen)
    }

    /// What was added and removed since the list was made.
    fn news(&mut self) -> Result<Option<Changes>, TryReserveError> {
        let Some(family) = self.origin.metric() else { return Ok(None) };
        let now = family.version();
        let changes = if now == self.seen { None } else { family.changes(self.seen, now)? };
        self.seen = now;
        Ok(changes)
    }
}

impl ListedFamily {
    pub(super) fn new(descriptor: Descriptor, settings: &Settings) -> ListedFamily {
        let names = settings.label_names(&descriptor);
        let extra = settings.label_values().map(str::to_owned).collect();
        let series = SeriesList::new(names, extra);
        ListedFamily {
            descriptor,
            listed: ArcSwap::from_pointee(Listed { series, open: Vec::new(), changes: 0 }),
            pending: Guarded::new(Pending::default()),
            changes: AtomicU64::new(0),
            turn: Turn::new(),
        }
    }

    /// Adds series.
    pub(super) fn push(&self, mut found: NewRows) {
        self.change(|pending| pending.came.append(&mut found));
    }

    /// Removes a struct, which had these rows. Returns whether so many were removed that the list
    /// should be updated even if nothing is scraped.
    pub(super) fn remove(&self, id: u64, mut found: NewRows) -> bool {
        self.change(|pending| {
            pending.gone.insert(id);
            pending.went.append(&mut found);
            pending.gone.len() > 64
        })
        .unwrap_or_default()
    }

    fn change<R>(&self, change: impl FnOnce(&mut Pending) -> R) -> Option<R> {
        let done = self.pending.with(PATIENCE, Pending::default, change);
        self.changes.fetch_add(1, Ordering::Release);
        done
    }

    /// Returns the list with all changes applied. If another thread is updating it, this waits for
    /// that thread, at most for [`GATHER_PATIENCE`].
    ///
    /// # Errors
    ///
    /// Returns an error if there is not enough memory. The changes are then kept for the next call.
    pub(super) fn refresh(&self) -> Result<Arc<Listed>, TryReserveError> {
        let listed = self.listed.load_full();
        listed.open.iter().filter_map(|part| part.origin.metric()).for_each(Collect::tidy);
        if self.is_current(&listed) {
            return Ok(listed);
        }
        let Some(turn) = self.turn.take(GATHER_PATIENCE) else { return Ok(listed) };
        // Another thread may have done it meanwhile.
        let listed = self.listed.load_full();
        if self.is_current(&listed) {
            return Ok(listed);
        }
        let changes = self.changes.load(Ordering::Acquire);
        let pending = self.pending.with(GATHER_PATIENCE, Pending::default, std::mem::take);
        let mut pending = pending.unwrap_or_default();
        let (fresh, outdated) = match listed.with(&pending, changes) {
            Ok(made) => made,
            Err(error) => {
                self.pending.with(GATHER_PATIENCE, Pending::default, |later| {
                    std::mem::swap(later, &mut pending);
                    later.append(&mut pending);
                });
                drop(turn);
                return Err(error);
            }
        };
        let fresh = Arc::new(fresh);
        let old = self.listed.swap(fresh.clone());
        // Dropping what was removed may run user code, so the turn ends first.
        drop(turn);
        drop((listed, old, outdated, pending));
        Ok(fresh)
    }

    fn is_current(&self, listed: &Listed) -> bool {
        self.changes.load(Ordering::Acquire) == listed.changes
            && listed.open.iter().all(OpenPart::is_current)
    }

    /// Returns the sum of a number over all open families that have series in this one.
    pub(super) fn sum_of_open(&self, figure: fn(&dyn Collect) -> u64) -> u64 {
        let listed = self.listed.load();
        let open = listed.open.iter().filter_map(|part| part.origin.metric());
        open.map(figure).fold(0, u64::wrapping_add)
    }
}

impl Listed {
    /// Returns the list with these changes applied, and the parts that must be dropped.
    fn with(
        &self,
        pending: &Pending,
        changes: u64,
    ) -> Result<(Listed, Vec<OpenPart>), TryReserveError> {
        let Pending { came, went, gone } = pending;
        came.open.iter().filter_map(|part| part.origin.metric()).for_each(Collect::tidy);
        let (mut open, mut left) = (Vec::new(), Vec::new());
        let parts = || self.open.iter().chain(&came.open);
        let leave = parts().filter(|part| part.origin.is_of(gone)).count();
        open.try_reserve_exact(parts().count() - leave)?;
        left.try_reserve_exact(leave)?;
        let mut series = self.series.clone();
        let none = HashSet::new();
        for part in parts() {
            let mut part = part.clone();
            if let Some(changes) = part.news()? {
                let origins =
                    |column: &dyn Column| RowOrigins::of_one(part.origin.clone(), column.len());
                let of_came = origins(&*changes.came)?;
                let went = changes.went.as_deref();
                let of_went = went.map(origins).transpose()?;
                let went = went.zip(of_went.as_ref());
                series = series.with(&News {
                    came: Rows { column: &*changes.came, origins: &of_came },
                    went: went.map(|(column, origins)| Rows { column, origins }),
                    structs: &none,
                })?;
            }
            if part.origin.is_of(gone) { left.push(part) } else { open.push(part) }
        }
        if came.column.len() > 0 || !gone.is_empty() {
            // The open series of a removed static struct remain in its families, and are not in
            // `went`, so all blocks have to be searched.
            let is_listed = !left.iter().any(|part| part.origin.is_static());
            let went = is_listed.then(|| went.rows());
            series = series.with(&News { came: came.rows(), went, structs: gone })?;
        }
        Ok((Listed { series, open, changes }, left))
    }
}
