//! Structs in a registry, and the rows of their metrics.

use std::collections::{HashSet, TryReserveError};
use std::sync::Arc;
use std::time::Duration;

use super::conflict::MetricRefusal;
use super::registered::{Registered, RegistrationHandle};
use super::source::RowSource;
use super::wrap::Wrap;
use crate::descriptor::{ConstLabels, Descriptor};
use crate::link::Linked;
use crate::memory;
use crate::read::{Collect, Column, Declarations, Extent, Fields, Pick};

/// A struct in a registry.
pub(super) struct Set {
    /// Its number, unique across all registries.
    pub(super) id: u64,
    pub(super) fields: Owner,
    pub(super) declarations: Descriptors,
    pub(super) label_values: Arc<[String]>,
    pub(super) key: SetKey,
    /// When it was registered; zero, the start of the crate's clock, for a static struct.
    pub(super) created: Duration,
    /// Its number among the late link-time entries; 0 if it is none of them.
    pub(super) late: usize,
    /// The type of an instance, and its registration.
    pub(super) handle: Option<RegistrationHandle>,
}

/// What distinguishes a struct from others of its type.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct SetKey {
    /// The label values of an instance, or the name of a family.
    pub(super) values: Arc<[String]>,
    /// The view by which it was registered; `None` for the registry itself.
    pub(super) wrap: Option<Arc<Wrap>>,
}

/// What a struct declares.
#[derive(Clone)]
pub(super) enum Descriptors {
    /// Declared by the derive.
    Linked(&'static Declarations),
    /// Declared at run time, or with a location that only the set knows.
    Made(Arc<[Descriptor]>),
}

impl Descriptors {
    pub(super) fn len(&self) -> usize {
        match self {
            Descriptors::Linked(declarations) => declarations.len(),
            Descriptors::Made(descriptors) => descriptors.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&Descriptor> {
        match self {
            Descriptors::Linked(declarations) => declarations.get(index),
            Descriptors::Made(descriptors) => descriptors.get(index),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Descriptor> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// Returns whether the metrics of both are in the same families.
    pub(super) fn is_same(&self, other: &Descriptors) -> bool {
        let is_same = |(a, b): (&Descriptor, &Descriptor)| a.is_family_of(b.name(), b);
        match (self, other) {
            (Descriptors::Linked(a), Descriptors::Linked(b)) => std::ptr::eq(*a, *b),
            _ => {
                self.len() == other.len() && std::iter::zip(self.iter(), other.iter()).all(is_same)
            }
        }
    }
}

#[derive(Clone)]
pub(super) enum Owner {
    Static(&'static dyn Fields),
    Instance(Arc<dyn Fields>),
}

impl Owner {
    pub(super) fn metric(&self, index: usize) -> Option<&dyn Collect> {
        match self {
            Owner::Static(fields) => fields.metric(index),
            Owner::Instance(fields) => fields.metric(index),
        }
    }

    /// Returns where a row of a metric has its value.
    fn source(&self, index: usize, row: usize) -> Option<RowSource> {
        let row = u32::try_from(row).ok()?;
        match self {
            Owner::Static(fields) => Some(RowSource::Static(fields.metric(index)?, row)),
            Owner::Instance(fields) => {
                Some(RowSource::Instance(fields.clone(), u16::try_from(index).ok()?, row))
            }
        }
    }
}

impl Set {
    pub(super) fn of_static(id: u64, linked: Linked) -> Set {
        let Linked { fields, declarations, location, label_values } = linked;
        let located = |location| declarations.iter().map(move |declared| declared.at(location));
        Set {
            id,
            fields: Owner::Static(fields),
            declarations: match location {
                None => Descriptors::Linked(declarations),
                Some(location) => Descriptors::Made(located(location).collect()),
            },
            label_values: label_values.iter().map(|value| (*value).to_owned()).collect(),
            key: SetKey::default(),
            created: Duration::ZERO,
            late: 0,
            handle: None,
        }
    }

    /// Returns the struct with what a view adds to it.
    pub(super) fn through(self, wrap: Option<&Arc<Wrap>>) -> Result<Set, MetricRefusal> {
        let Some(wrap) = wrap else { return Ok(self) };
        let wrapped: Result<_, _> = self.declarations.iter().map(|it| wrap.wrapped(it)).collect();
        let key = SetKey { wrap: Some(wrap.clone()), ..self.key };
        Ok(Set { declarations: Descriptors::Made(wrapped?), key, ..self })
    }

    /// Removes every series of the open families of an instance, so that the lists drop them.
    pub(super) fn clear_open_families(&self) {
        if matches!(self.fields, Owner::Static(_)) {
            return;
        }
        for index in 0..self.declarations.len() {
            let metric = self.fields.metric(index);
            if let Some(family) = metric.filter(|metric| metric.extent() == Extent::Open) {
                family.remove_series(&mut |_| true);
            }
        }
    }

    pub(super) fn registered<T: Fields>(&self) -> Option<Registered<T>> {
        let (_, handle) = self.handle.as_ref()?;
        Registered::from_handle(handle.upgrade()?)
    }
}

/// A metric of a struct, which rows come from.
#[derive(Clone)]
pub(super) struct RowOrigin {
    set: Arc<Set>,
    /// The index of the metric in the struct.
    index: u32,
}

impl RowOrigin {
    pub(super) fn new(set: &Arc<Set>, index: usize) -> RowOrigin {
        RowOrigin { set: set.clone(), index: index as u32 }
    }

    /// Returns where a row of it has its value.
    pub(super) fn source(&self, row: usize) -> Option<RowSource> {
        self.set.fields.source(self.index as usize, row)
    }

    pub(super) fn metric(&self) -> Option<&dyn Collect> {
        self.set.fields.metric(self.index as usize)
    }

    /// Returns whether it is static: the series of its open families then stay when it leaves a
    /// registry.
    pub(super) fn is_static(&self) -> bool {
        matches!(self.set.fields, Owner::Static(_))
    }

    /// Returns whether it belongs to one of these structs.
    pub(super) fn is_of(&self, structs: &HashSet<u64>) -> bool {
        structs.contains(&self.set.id)
    }

    /// Returns the label values that come before those of the metric.
    fn before(&self) -> &[String] {
        &self.set.label_values
    }

    /// Returns the labels that come after those of the metric.
    fn constant(&self) -> &ConstLabels {
        let declared = self.set.declarations.get(self.index as usize);
        declared.map_or(&ConstLabels::NONE, |declared| &declared.const_labels)
    }

    /// Returns when its struct was registered.
    fn created(&self) -> Duration {
        self.set.created
    }

    fn is(&self, other: &RowOrigin) -> bool {
        self.index == other.index && Arc::ptr_eq(&self.set, &other.set)
    }
}

/// The origin of each row of a column.
#[derive(Clone, Default)]
pub(super) struct RowOrigins {
    all: Vec<RowOrigin>,
    /// The index in `all` for each row.
    of_rows: Vec<u32>,
}

impl RowOrigins {
    /// Adds `rows` rows of one origin.
    pub(super) fn push_all(&mut self, origin: RowOrigin, rows: usize) {
        let index = self.all.len() as u32;
        self.all.push(origin);
        self.of_rows.extend(std::iter::repeat_n(index, rows));
    }

    /// Creates the origins of `rows` rows of one origin.
    pub(super) fn of_one(origin: RowOrigin, rows: usize) -> Result<RowOrigins, TryReserveError> {
        Ok(RowOrigins {
            all: vec![origin],
            of_rows: memory::collect(std::iter::repeat_n(0, rows))?,
        })
    }

    /// Appends the rows of `other`.
    pub(super) fn append(&mut self, other: &mut RowOrigins) {
        let start = self.all.len() as u32;
        self.all.append(&mut other.all);
        self.of_rows.extend(other.of_rows.drain(..).map(|index| start + index));
    }

    /// Picks rows of several columns, in this order.
    pub(super) fn gathered(
        columns: &[&RowOrigins],
        order: &[Pick],
    ) -> Result<RowOrigins, TryReserveError> {
        let mut gathered = RowOrigins::default();
        gathered.of_rows.try_reserve_exact(order.len())?;
        for pick in order {
            let column = columns.get(pick.column as usize);
            let Some(origin) = column.and_then(|column| column.get(pick.index as usize)) else {
                continue;
            };
            // Searched from the end, since neighbours often have the same origin.
            let known = gathered.all.iter().rposition(|known| known.is(origin));
            let index = match known {
                Some(index) => index,
                None => {
                    memory::push(&mut gathered.all, origin.clone())?;
                    gathered.all.len() - 1
                }
            };
            gathered.of_rows.push(index as u32);
        }
        gathered.all.shrink_to_fit();
        Ok(gathered)
    }

    fn get(&self, row: usize) -> Option<&RowOrigin> {
        self.all.get(*self.of_rows.get(row)? as usize)
    }
}

/// Rows with their labels: those of the struct, of the metric, its constant ones, and those of the
/// registry.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) column: &'a dyn Column,
    pub(super) origins: &'a RowOrigins,
}

impl<'a> Rows<'a> {
    /// Returns whether a row was removed, or belongs to one of these removed structs.
    pub(super) fn is_gone(&self, row: usize, structs: &HashSet<u64>) -> bool {
        // Usually no struct was removed, which is cheap to see.
        let is_of = |origin: &RowOrigin| origin.is_of(structs);
        self.column.is_gone(row, structs)
            || !structs.is_empty() && self.origins.get(row).is_some_and(is_of)
    }

    /// Returns when a row began to count.
    pub(super) fn created(&self, row: usize) -> Option<Duration> {
        self.column.created(row).or_else(|| self.origins.get(row).map(RowOrigin::created))
    }

    /// Returns the value of a label; `labels` is the number of labels without those of the
    /// registry.
    pub(super) fn value(&self, row: usize, label: usize, labels: usize) -> &'a str {
        let Some(origin) = self.origins.get(row) else { return "" };
        if let Some(value) = origin.before().get(label) {
            return value;
        }
        let constant = origin.constant();
        match (label + constant.len()).checked_sub(labels) {
            Some(index) => constant.get(index).map_or("", |(_, value)| value),
            None => {
                let own = label - origin.before().len();
                origin.metric().map_or("", |metric| metric.label_value(self.column.row(row), own))
            }
        }
    }
}
