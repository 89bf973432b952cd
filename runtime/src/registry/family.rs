//! A family on the page: its descriptor, and the list of its series as a gather walks it.

use std::collections::{HashSet, TryReserveError};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::list::{News, SeriesList};
use super::settings::Settings;
use super::source::Sources;
use crate::collect::Fields;
use crate::descriptor::Descriptor;
use crate::family::{CollectFamily, FamilyChanges};
use crate::rows::Rows;
use crate::storage::Version;
use crate::turn::{Guarded, PATIENCE, Turn};

/// How long a gather waits for another thread to bring a list up to date. After that it shows the
/// list as it is.
const GATHER_PATIENCE: Duration = Duration::from_secs(1);

/// A family that structs of the registry have series in.
pub(super) struct Family {
    pub(super) descriptor: Descriptor,
    listed: ArcSwap<Listed>,
    /// What came and went since the list was made.
    pending: Guarded<Pending>,
    /// How often something did.
    changes: AtomicU64,
    /// Who brings the list up to date.
    turn: Turn,
}

/// What a gather walks.
pub(super) struct Listed {
    pub(super) series: SeriesList,
    /// The open families whose series are in the list.
    open: Vec<OpenPart>,
    /// How many changes are in it.
    changes: u64,
}

/// An open family, as a struct or an instance has it.
#[derive(Clone)]
pub(super) struct OpenPart {
    pub(super) owner: OpenOwner,
    /// The values of the labels before and behind the family's own.
    pub(super) before: Arc<[String]>,
    pub(super) behind: Arc<[String]>,
    /// The version of it that is in the list.
    pub(super) seen: Version,
}

#[derive(Clone)]
pub(super) enum OpenOwner {
    Static(&'static dyn CollectFamily),
    Instance(Arc<dyn Fields>, usize),
}

/// Series of a struct that are in no list yet.
pub(super) struct Found {
    pub(super) values: Rows,
    pub(super) sources: Sources,
    pub(super) open: Vec<OpenPart>,
}

impl Found {
    pub(super) fn new(labels: usize) -> Found {
        Found { values: Rows::new(labels), sources: Sources::default(), open: Vec::new() }
    }

    /// Takes what came later.
    fn append(&mut self, later: &mut Found) {
        self.values.append(&later.values);
        self.sources.0.append(&mut later.sources.0);
        self.open.append(&mut later.open);
    }
}

struct Pending {
    fresh: Found,
    /// The numbers of structs that went, and the label values of the series that they had.
    gone: HashSet<u64>,
    gone_values: Rows,
}

impl Pending {
    fn new(labels: usize) -> Pending {
        Pending { fresh: Found::new(labels), gone: HashSet::new(), gone_values: Rows::new(labels) }
    }

    /// Takes what came and went later.
    fn append(&mut self, later: &mut Pending) {
        self.fresh.append(&mut later.fresh);
        self.gone.extend(later.gone.drain());
        self.gone_values.append(&later.gone_values);
    }
}

impl OpenPart {
    fn family(&self) -> Option<&dyn CollectFamily> {
        match &self.owner {
            OpenOwner::Static(family) => Some(*family),
            OpenOwner::Instance(fields, index) => fields.metric(*index)?.as_family(),
        }
    }

    fn is_of(&self, structs: &HashSet<u64>) -> bool {
        match &self.owner {
            OpenOwner::Static(_) => false,
            OpenOwner::Instance(fields, _) => fields.id().is_some_and(|id| structs.contains(&id)),
        }
    }

    fn is_current(&self) -> bool {
        self.family().is_none_or(|family| family.version() == self.seen)
    }

    /// What came and went since the list was made.
    fn news(&mut self, labels: usize) -> Result<Option<FamilyChanges>, TryReserveError> {
        let Some(now) = self.family().map(CollectFamily::version) else { return Ok(None) };
        let seen = std::mem::replace(&mut self.seen, now);
        if now == seen {
            return Ok(None);
        }
        let changes = self.family().map(|family| family.changes(seen, now)).transpose()?;
        let Some(mut changes) = changes.flatten() else { return Ok(None) };
        changes.values = self.whole(changes.values, labels)?;
        changes.gone = changes.gone.map(|gone| self.whole(gone, labels)).transpose()?;
        Ok(Some(changes))
    }

    /// The rows with the values of so many labels, all that a series has.
    fn whole(&self, rows: Rows, labels: usize) -> Result<Rows, TryReserveError> {
        if rows.labels() == labels {
            return Ok(rows);
        }
        let mut whole = Rows::new(labels);
        for row in 0..rows.len() {
            let before = self.before.iter().map(String::as_str);
            let behind = self.behind.iter().map(String::as_str);
            whole.try_push(before.chain(rows.row(row)).chain(behind))?;
        }
        Ok(whole)
    }
}

impl Family {
    pub(super) fn new(descriptor: Descriptor, settings: &Settings) -> Family {
        let names = settings.label_names(&descriptor);
        let labels = names.len();
        let series = SeriesList::new(&descriptor.name, names);
        Family {
            descriptor,
            listed: ArcSwap::from_pointee(Listed { series, open: Vec::new(), changes: 0 }),
            pending: Guarded::new(Pending::new(labels)),
            changes: AtomicU64::new(0),
            turn: Turn::new(),
        }
    }

    /// Series came.
    pub(super) fn push(&self, mut found: Found) {
        self.change(|pending| pending.fresh.append(&mut found));
    }

    /// The struct of that number went, whose series had these values. It says whether so much has
    /// come and gone that the list should be brought up to date, though nobody scrapes.
    pub(super) fn remove(&self, id: u64, values: &Rows) -> bool {
        self.change(|pending| {
            pending.gone.insert(id);
            pending.gone_values.append(values);
            pending.gone.len() > 64
        })
        .unwrap_or_default()
    }

    fn change<R>(&self, change: impl FnOnce(&mut Pending) -> R) -> Option<R> {
        let labels = self.listed.load().series.labels();
        let done = self.pending.with(PATIENCE, || Pending::new(labels), change);
        self.changes.fetch_add(1, Ordering::Release);
        done
    }

    /// The list with all that came and without all that went. It is another thread's turn to bring
    /// it up to date only if that thread does so already, and then this waits.
    ///
    /// # Errors
    ///
    /// If there is no memory for it. What came and went is then left for the next time.
    pub(super) fn refresh(&self) -> Result<Arc<Listed>, TryReserveError> {
        let listed = self.listed.load_full();
        listed.open.iter().filter_map(OpenPart::family).for_each(CollectFamily::tidy);
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
        let labels = listed.series.labels();
        let new = || Pending::new(labels);
        let take = |pending: &mut Pending| std::mem::replace(pending, new());
        let mut pending = self.pending.with(GATHER_PATIENCE, new, take).unwrap_or_else(new);
        let (fresh, outdated) = match listed.with(&pending, changes) {
            Ok(made) => made,
            Err(error) => {
                self.pending.with(GATHER_PATIENCE, new, |later| {
                    std::mem::swap(later, &mut pending);
                    later.append(&mut pending);
                });
                drop(turn);
                return Err(error);
            }
        };
        let fresh = Arc::new(fresh);
        let old = self.listed.swap(fresh.clone());
        // What has left is the users', and is dropped when it is the next thread's turn.
        drop(turn);
        drop((listed, old, outdated, pending));
        Ok(fresh)
    }

    fn is_current(&self, listed: &Listed) -> bool {
        self.changes.load(Ordering::Acquire) == listed.changes
            && listed.open.iter().all(OpenPart::is_current)
    }

    /// Adds up a figure of all open families that have series in it.
    pub(super) fn sum_of_open(&self, figure: fn(&dyn CollectFamily) -> u64) -> u64 {
        let listed = self.listed.load();
        listed.open.iter().filter_map(OpenPart::family).map(figure).fold(0, u64::wrapping_add)
    }
}

impl Listed {
    /// What it is after these changes, and what has to be dropped.
    fn with(
        &self,
        pending: &Pending,
        changes: u64,
    ) -> Result<(Listed, Vec<OpenPart>), TryReserveError> {
        let Pending { fresh: Found { values, sources, open: new_parts }, gone, gone_values } =
            pending;
        new_parts.iter().filter_map(OpenPart::family).for_each(CollectFamily::tidy);
        let (mut open, mut left) = (Vec::new(), Vec::new());
        let parts = || self.open.iter().chain(new_parts);
        let leave = parts().filter(|part| part.is_of(gone)).count();
        open.try_reserve_exact(parts().count() - leave)?;
        left.try_reserve_exact(leave)?;
        let mut series = self.series.clone();
        let none = HashSet::new();
        for part in parts() {
            let mut part = part.clone();
            if let Some(changes) = part.news(series.labels())? {
                let FamilyChanges { column, values, gone } = &changes;
                let (column, gone) = (&**column, gone.as_ref());
                series = series.with(&News { column, values, gone, structs: &none })?;
            }
            if part.is_of(gone) { left.push(part) } else { open.push(part) }
        }
        if values.len() > 0 || !gone.is_empty() {
            let (column, gone_values) = (sources, Some(gone_values));
            series = series.with(&News { column, values, gone: gone_values, structs: gone })?;
        }
        Ok((Listed { series, open, changes }, left))
    }
}
