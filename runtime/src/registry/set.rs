//! Structs in a registry, and the rows that their metrics have.

use std::collections::{HashSet, TryReserveError};
use std::sync::Arc;
use std::time::Duration;

use super::conflict::Unfit;
use super::registered::{Handle, Registered};
use super::source::Source;
use super::wrap::Wrap;
use crate::descriptor::{ConstLabels, Descriptor};
use crate::link::Linked;
use crate::memory;
use crate::read::{Collect, Column, Declarations, Extent, Fields, Pick};

/// A struct in the registry.
pub(super) struct Set {
    /// Its number, of all registries.
    pub(super) id: u64,
    pub(super) fields: Owner,
    pub(super) declarations: Declared,
    pub(super) label_values: Arc<[String]>,
    pub(super) key: Key,
    /// When it came: a static struct when anything did.
    pub(super) created: Duration,
    /// Its number among those that came late; 0 if it did not.
    pub(super) late: usize,
    /// The type of an instance, and its [`Registered`].
    pub(super) handle: Option<Handle>,
}

/// What tells a struct from others of its type.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// The values of an instance's labels, or the name of a family.
    pub(super) values: Arc<[String]>,
    /// The view by which it was registered, unless that is the whole registry.
    pub(super) wrap: Option<Arc<Wrap>>,
}

/// What a struct declares.
#[derive(Clone)]
pub(super) enum Declared {
    /// By the derive.
    Linked(&'static Declarations),
    /// At run time, or of a place that only the set knows.
    Made(Arc<[Descriptor]>),
}

impl Declared {
    pub(super) fn len(&self) -> usize {
        match self {
            Declared::Linked(declarations) => declarations.len(),
            Declared::Made(descriptors) => descriptors.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&Descriptor> {
        match self {
            Declared::Linked(declarations) => declarations.get(index),
            Declared::Made(descriptors) => descriptors.get(index),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Descriptor> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// Whether metrics of both are in the same families.
    pub(super) fn is_same(&self, other: &Declared) -> bool {
        let is_same = |(a, b): (&Descriptor, &Descriptor)| a.is_family_of(b.name(), b);
        match (self, other) {
            (Declared::Linked(a), Declared::Linked(b)) => std::ptr::eq(*a, *b),
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

    /// Where a row of a metric has its value.
    fn source(&self, index: usize, row: usize) -> Option<Source> {
        let row = u32::try_from(row).ok()?;
        match self {
            Owner::Static(fields) => Some(Source::Static(fields.metric(index)?, row)),
            Owner::Instance(fields) => {
                Some(Source::Instance(fields.clone(), u16::try_from(index).ok()?, row))
            }
        }
    }
}

impl Set {
    pub(super) fn of_static(id: u64, linked: Linked) -> Set {
        let Linked { fields, declarations, location, label_values } = linked;
        let there = |location| declarations.iter().map(move |declared| declared.at(location));
        Set {
            id,
            fields: Owner::Static(fields),
            declarations: match location {
                None => Declared::Linked(declarations),
                Some(location) => Declared::Made(there(location).collect()),
            },
            label_values: label_values.iter().map(|value| (*value).to_owned()).collect(),
            key: Key::default(),
            created: Duration::ZERO,
            late: 0,
            handle: None,
        }
    }

    /// The same with what a view adds to it.
    pub(super) fn through(self, wrap: Option<&Arc<Wrap>>) -> Result<Set, Unfit> {
        let Some(wrap) = wrap else { return Ok(self) };
        let wrapped: Result<_, _> = self.declarations.iter().map(|it| wrap.wrapped(it)).collect();
        let key = Key { wrap: Some(wrap.clone()), ..self.key };
        Ok(Set { declarations: Declared::Made(wrapped?), key, ..self })
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

/// What rows are of: a metric of a struct.
#[derive(Clone)]
pub(super) struct Origin {
    set: Arc<Set>,
    /// Which metric of the struct.
    index: u32,
}

impl Origin {
    pub(super) fn new(set: &Arc<Set>, index: usize) -> Origin {
        Origin { set: set.clone(), index: index as u32 }
    }

    /// Where a row of it has its value.
    pub(super) fn source(&self, row: usize) -> Option<Source> {
        self.set.fields.source(self.index as usize, row)
    }

    pub(super) fn metric(&self) -> Option<&dyn Collect> {
        self.set.fields.metric(self.index as usize)
    }

    /// Whether its series stay in its families when it leaves a registry.
    pub(super) fn is_static(&self) -> bool {
        matches!(self.set.fields, Owner::Static(_))
    }

    /// Whether it is of one of these structs.
    pub(super) fn is_of(&self, structs: &HashSet<u64>) -> bool {
        structs.contains(&self.set.id)
    }

    /// The values of the labels before its own.
    fn before(&self) -> &[String] {
        &self.set.label_values
    }

    /// The labels after its own.
    fn constant(&self) -> &ConstLabels {
        let declared = self.set.declarations.get(self.index as usize);
        declared.map_or(&ConstLabels::NONE, |declared| &declared.const_labels)
    }

    /// When its struct came.
    fn created(&self) -> Duration {
        self.set.created
    }

    fn is(&self, other: &Origin) -> bool {
        self.index == other.index && Arc::ptr_eq(&self.set, &other.set)
    }
}

/// What each row of a column is of.
#[derive(Clone, Default)]
pub(super) struct Origins {
    all: Vec<Origin>,
    /// Which of them each row is of.
    of_rows: Vec<u32>,
}

impl Origins {
    /// So many rows more, all of one origin.
    pub(super) fn push_all(&mut self, origin: Origin, rows: usize) {
        let index = self.all.len() as u32;
        self.all.push(origin);
        self.of_rows.extend(std::iter::repeat_n(index, rows));
    }

    /// So many rows of one origin, if there is memory for them.
    pub(super) fn of_one(origin: Origin, rows: usize) -> Result<Origins, TryReserveError> {
        Ok(Origins { all: vec![origin], of_rows: memory::collect(std::iter::repeat_n(0, rows))? })
    }

    /// The rows of others after these.
    pub(super) fn append(&mut self, other: &mut Origins) {
        let start = self.all.len() as u32;
        self.all.append(&mut other.all);
        self.of_rows.extend(other.of_rows.drain(..).map(|index| start + index));
    }

    /// Those of these rows of some columns, in this order.
    pub(super) fn gathered(
        columns: &[&Origins],
        order: &[Pick],
    ) -> Result<Origins, TryReserveError> {
        let mut gathered = Origins::default();
        gathered.of_rows.try_reserve_exact(order.len())?;
        for pick in order {
            let column = columns.get(pick.column as usize);
            let Some(origin) = column.and_then(|column| column.get(pick.index as usize)) else {
                continue;
            };
            // Neighbours are often of one, and it is seldom that there are many.
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

    fn get(&self, row: usize) -> Option<&Origin> {
        self.all.get(*self.of_rows.get(row)? as usize)
    }
}

/// Rows with their labels: the struct's own, those of the metric, its constant ones and what the
/// registry gives to all.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) column: &'a dyn Column,
    pub(super) origins: &'a Origins,
}

impl<'a> Rows<'a> {
    /// Whether a row has left: it was removed, or is of a struct of one of these numbers.
    pub(super) fn is_gone(&self, row: usize, structs: &HashSet<u64>) -> bool {
        // Most often no struct has left.
        let is_of = |origin: &Origin| origin.is_of(structs);
        self.column.is_gone(row, structs)
            || !structs.is_empty() && self.origins.get(row).is_some_and(is_of)
    }

    /// When a row began to count.
    pub(super) fn created(&self, row: usize) -> Option<Duration> {
        self.column.created(row).or_else(|| self.origins.get(row).map(Origin::created))
    }

    /// The value of a label, of so many that a row has without those of the registry.
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
