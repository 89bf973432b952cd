//! The page of one of several sources, kept until it is merged.

use std::borrow::Cow;
use std::collections::TryReserveError;
use std::ops::Range;
use std::sync::Arc;

use crate::descriptor::Descriptor;
use crate::memory;
use crate::read::{Flow, Labels, Point, RowFacts, Sink};
use crate::registry::kept::KeptPoints;

/// A sink that keeps everything.
#[derive(Default)]
pub(super) struct SourcePage {
    pub(super) families: Vec<PageFamily>,
    points: KeptPoints,
    /// The number of points.
    len: usize,
    /// The families of the previous gather, which are usually the same.
    known: Vec<Arc<SourceFamily>>,
    /// Set if there was not enough memory for all points.
    shortage: Option<TryReserveError>,
}

pub(super) struct PageFamily {
    pub(super) shown: Arc<SourceFamily>,
    pub(super) points: Range<usize>,
}

/// A family as a source shows it.
pub(super) struct SourceFamily {
    pub(super) descriptor: Descriptor,
    /// The names of all labels of its series.
    pub(super) names: Vec<Cow<'static, str>>,
}

impl SourceFamily {
    /// Returns whether the series of both may be in one family.
    pub(super) fn is_like(&self, other: &SourceFamily) -> bool {
        let (a, b) = (&self.descriptor, &other.descriptor);
        a.name == b.name
            && a.help == b.help
            && a.kind == b.kind
            && a.unit == b.unit
            && a.buckets == b.buckets
            && self.names == other.names
    }
}

impl SourcePage {
    pub(super) fn bytes(&self) -> usize {
        self.families.capacity() * size_of::<PageFamily>()
            + self.known.capacity() * size_of::<Arc<SourceFamily>>()
            + self.known.len() * size_of::<SourceFamily>()
            + self.points.bytes()
    }

    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.known.extend(self.families.drain(..).map(|family| family.shown));
        self.points.clear();
        self.len = 0;
        self.shortage = None;
    }

    /// Returns the error if there was not enough memory for all points.
    pub(super) fn shortage(&mut self) -> Result<(), TryReserveError> {
        self.shortage.take().map_or(Ok(()), Err)
    }

    /// Returns the label values of a point.
    pub(super) fn values(&self, point: usize) -> impl Iterator<Item = &str> {
        self.points.values(point)
    }

    pub(super) fn labels<'a>(&'a self, point: usize, shown: &'a SourceFamily) -> Labels<'a> {
        Labels::new(&shown.names, self, point)
    }

    pub(super) fn point<'a>(&'a self, point: usize, shown: &'a SourceFamily) -> Option<Point<'a>> {
        self.points.point(point, &shown.descriptor)
    }

    fn try_family(&mut self, family: &Descriptor) -> Result<(), TryReserveError> {
        let known = self.known.get(self.families.len());
        let shown = match known.filter(|known| known.descriptor == *family) {
            Some(known) => known.clone(),
            None => Arc::new(SourceFamily { descriptor: family.clone(), names: Vec::new() }),
        };
        memory::push(&mut self.families, PageFamily { shown, points: self.len..self.len })
    }

    fn try_point(&mut self, labels: Labels<'_>, point: &Point<'_>) -> Result<(), TryReserveError> {
        let Some(family) = self.families.last_mut() else { return Ok(()) };
        let names = || labels.iter().map(|(name, _)| name);
        if !names().eq(family.shown.names.iter()) {
            let descriptor = family.shown.descriptor.clone();
            let shown = Arc::new(SourceFamily {
                descriptor,
                names: names().map(|name| name.to_owned().into()).collect(),
            });
            if family.points.is_empty() {
                family.shown = shown;
            } else {
                // Other label names make it another family, which conflicts with the first one
                // later.
                let points = self.len..self.len;
                memory::push(&mut self.families, PageFamily { shown, points })?;
            }
        }
        self.points.try_push(labels.iter().map(|(_, value)| value), point)?;
        self.len += 1;
        if let Some(family) = self.families.last_mut() {
            family.points.end = self.len;
        }
        Ok(())
    }

    /// Returns how the gather goes on, and notes an error.
    fn flow(&mut self, done: Result<(), TryReserveError>) -> Flow {
        match done {
            Ok(()) => Flow::Continue,
            Err(shortage) => {
                self.shortage = Some(shortage);
                Flow::Stop
            }
        }
    }
}

impl Sink for SourcePage {
    fn family(&mut self, family: &Descriptor) -> Flow {
        let done = self.try_family(family);
        self.flow(done)
    }

    fn point(&mut self, _: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        let done = self.try_point(labels, point);
        self.flow(done)
    }
}

impl RowFacts for SourcePage {
    fn label_value(&self, point: usize, label: usize) -> &str {
        self.points.value(point, label)
    }
}
