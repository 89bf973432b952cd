//! The pages of several sources, merged into one.

use std::cmp::Ordering;
use std::collections::{HashMap, TryReserveError};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::ops::Range;
use std::sync::Arc;

use super::page::{SourceFamily, SourcePage};
use crate::descriptor::Descriptor;
use crate::idle::Reusable;
use crate::memory;
use crate::naming::{self, for_each_claim};
use crate::read::{Flow, Point, Sink, Value};
use crate::registry::conflict::{Conflict, PointProblem, Problem, Reason};
use crate::registry::gather::{Gather, GatherError};

/// The buffers of a gather of several sources.
#[derive(Default)]
pub(super) struct Merge {
    pages: Vec<SourcePage>,
    /// Unused pages.
    spare: Vec<SourcePage>,
    /// The families that are shown, sorted by name and source.
    shown_families: Vec<FamilyIndex>,
    /// The family that claims a name with this hash, for itself or for one of its samples.
    claimed: HashMap<u64, FamilyIndex>,
    hasher: RandomState,
    /// The hashes of the current family.
    hashes: Vec<u64>,
    /// The points of the current family that are not shown yet, for each source that has it.
    cursors: Vec<Cursor>,
    /// What the sources left out.
    pub(super) reported: Vec<Problem>,
    /// What is left out when merging.
    pub(super) problems: Vec<Problem>,
}

/// A family of a source.
#[derive(Clone, Copy)]
struct FamilyIndex {
    source: usize,
    family: usize,
}

struct Cursor {
    source: usize,
    points: Range<usize>,
}

impl Reusable for Merge {
    fn bytes(&self) -> usize {
        self.pages.iter().chain(&self.spare).map(SourcePage::bytes).sum::<usize>()
            + self.shown_families.capacity() * size_of::<FamilyIndex>()
            + self.claimed.capacity() * size_of::<(u64, FamilyIndex)>()
            + self.hashes.capacity() * size_of::<u64>()
            + self.cursors.capacity() * size_of::<Cursor>()
            + (self.reported.capacity() + self.problems.capacity()) * size_of::<Problem>()
    }

    fn clear(&mut self) {
        // In reverse, so that the next gather gives each source the page that it had.
        while let Some(mut page) = self.pages.pop() {
            page.clear();
            self.spare.push(page);
        }
        self.shown_families.clear();
        self.claimed.clear();
        self.cursors.clear();
        self.reported.clear();
        self.problems.clear();
    }
}

impl Merge {
    /// Gathers all sources, and passes the result to `sink`. Everything that allocates comes before
    /// the first call of the sink.
    pub(super) fn gather<G: Gather>(
        &mut self,
        sources: &[G],
        sink: &mut dyn Sink,
    ) -> Result<(), GatherError> {
        for source in sources {
            let mut page = self.spare.pop().unwrap_or_default();
            let report = source.try_gather(&mut page);
            let shortage = page.shortage();
            self.pages.push(page);
            self.reported.extend(report?.problems().cloned());
            shortage?;
        }
        self.arrange()?;
        let shown_families = std::mem::take(&mut self.shown_families);
        let mut rest = &*shown_families;
        while let Some(first) = rest.first() {
            let name = self.name(*first);
            let (family, others) =
                rest.split_at(rest.iter().take_while(|index| self.name(**index) == name).count());
            rest = others;
            if self.show(family, sink) == Flow::Stop {
                break;
            }
        }
        self.shown_families = shown_families;
        Ok(())
    }

    fn shown(&self, index: FamilyIndex) -> Option<&Arc<SourceFamily>> {
        Some(&self.pages.get(index.source)?.families.get(index.family)?.shown)
    }

    fn name(&self, index: FamilyIndex) -> &str {
        self.shown(index).map_or("", |shown| shown.descriptor.name())
    }

    fn points(&self, index: FamilyIndex) -> Range<usize> {
        let page = self.pages.get(index.source);
        page.and_then(|page| page.families.get(index.family))
            .map_or(0..0, |family| family.points.clone())
    }

    /// Finds which families are shown: all whose names no earlier family claims.
    fn arrange(&mut self) -> Result<(), TryReserveError> {
        let families: usize = self.pages.iter().map(|page| page.families.len()).sum();
        self.shown_families.try_reserve(families)?;
        self.cursors.try_reserve(self.pages.len())?;
        for source in 0..self.pages.len() {
            for family in 0..self.pages[source].families.len() {
                self.place(FamilyIndex { source, family })?;
            }
        }
        let mut shown_families = std::mem::take(&mut self.shown_families);
        shown_families.sort_unstable_by(|a, b| {
            let by_source = || (a.source, a.family).cmp(&(b.source, b.family));
            self.name(*a).cmp(self.name(*b)).then_with(by_source)
        });
        self.shown_families = shown_families;
        Ok(())
    }

    fn place(&mut self, index: FamilyIndex) -> Result<(), TryReserveError> {
        let Some(shown) = self.shown(index).cloned() else { return Ok(()) };
        // Without a series it would be only comments on the page.
        if self.points(index).is_empty() {
            return Ok(());
        }
        let Descriptor { name, kind, .. } = &shown.descriptor;
        let mut hashes = std::mem::take(&mut self.hashes);
        hashes.clear();
        for_each_claim(name, *kind, |stem, suffix| hashes.push(self.hash(stem, suffix)));
        let placed = self.place_by(&hashes, index, &shown);
        self.hashes = hashes;
        placed
    }

    fn place_by(
        &mut self,
        hashes: &[u64],
        index: FamilyIndex,
        shown: &Arc<SourceFamily>,
    ) -> Result<(), TryReserveError> {
        let Descriptor { name, kind, .. } = &shown.descriptor;
        for hash in hashes {
            let Some(other) = self.claimed.get(hash).copied() else { continue };
            let Some(stays) = self.shown(other) else { continue };
            if shown.is_like(stays) {
                return memory::push(&mut self.shown_families, index);
            }
            let other = &stays.descriptor;
            if naming::clash(name, *kind, &other.name, other.kind) {
                let conflict = Conflict::new(other, &shown.descriptor);
                return memory::push(&mut self.problems, Problem::Conflict(conflict));
            }
        }
        self.claimed.try_reserve(hashes.len())?;
        self.claimed.extend(hashes.iter().map(|hash| (*hash, index)));
        memory::push(&mut self.shown_families, index)
    }

    fn hash(&self, stem: &str, suffix: &str) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        // Byte by byte, so that the hash does not depend on where the name is split.
        stem.bytes().chain(suffix.bytes()).for_each(|byte| hasher.write_u8(byte));
        hasher.finish()
    }

    /// Shows one family, whose parts have these indices.
    fn show(&mut self, indices: &[FamilyIndex], sink: &mut dyn Sink) -> Flow {
        let Some(shown) = indices.first().and_then(|first| self.shown(*first)).cloned() else {
            return Flow::Continue;
        };
        let flow = sink.family(&shown.descriptor);
        if flow != Flow::Continue {
            return after(flow);
        }
        let mut cursors = std::mem::take(&mut self.cursors);
        cursors.clear();
        cursors.extend(
            indices
                .iter()
                .map(|index| Cursor { source: index.source, points: self.points(*index) }),
        );
        let flow = self.show_points(&shown, &mut cursors, sink);
        self.cursors = cursors;
        if flow == Flow::Continue {
            sink.end();
        }
        after(flow)
    }

    fn show_points(
        &mut self,
        shown: &SourceFamily,
        cursors: &mut [Cursor],
        sink: &mut dyn Sink,
    ) -> Flow {
        let is_own = shown.descriptor.location().package == "measurand";
        while let Some(first) = self.first(cursors) {
            let (source, point) = (cursors[first].source, cursors[first].points.start);
            cursors[first].points.start += 1;
            let Some(page) = self.pages.get(source) else { break };
            let Some(mut value) = page.point(point, shown) else { break };
            let mut twice = 0;
            for cursor in cursors.iter_mut().skip(first) {
                let Some(other) = self.pages.get(cursor.source) else { continue };
                // A single source may also show a series twice.
                while !cursor.points.is_empty()
                    && other.values(cursor.points.start).eq(page.values(point))
                {
                    let again = other.point(cursor.points.start, shown);
                    cursor.points.start += 1;
                    match again {
                        Some(again) if is_own => value = together(&shown.descriptor, value, again),
                        _ => twice += 1,
                    }
                }
            }
            let flow = sink.point(&shown.descriptor, page.labels(point, shown), &value);
            if twice > 0 {
                self.report_twice(&shown.descriptor);
            }
            if flow != Flow::Continue {
                return flow;
            }
        }
        Flow::Continue
    }

    /// Returns the cursor whose next series comes first; of equal ones, the earliest source.
    fn first(&self, cursors: &[Cursor]) -> Option<usize> {
        let mut first: Option<usize> = None;
        for (index, cursor) in cursors.iter().enumerate() {
            if cursor.points.is_empty() {
                continue;
            }
            let is_before = |other: usize| {
                let other = &cursors[other];
                let (Some(a), Some(b)) =
                    (self.pages.get(cursor.source), self.pages.get(other.source))
                else {
                    return false;
                };
                a.values(cursor.points.start).cmp(b.values(other.points.start)) == Ordering::Less
            };
            if first.is_none_or(is_before) {
                first = Some(index);
            }
        }
        first
    }

    fn report_twice(&mut self, family: &Descriptor) {
        let problem = PointProblem::new(family.name().to_owned(), family, Reason::Twice);
        let problem = Problem::Point(Box::new(problem));
        if self.problems.last() != Some(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Returns how the gather goes on after a family.
fn after(flow: Flow) -> Flow {
    match flow {
        Flow::Stop => Flow::Stop,
        Flow::Continue | Flow::Skip => Flow::Continue,
    }
}

/// Combines two points of what registries report about themselves.
fn together<'a>(family: &Descriptor, one: Point<'a>, other: Point<'a>) -> Point<'a> {
    let value = match (one.value, other.value) {
        (Value::Counter(a), Value::Counter(b)) => Value::Counter(a.plus(b)),
        // The only gauges with a unit are ages.
        (Value::Gauge(a), Value::Gauge(b)) if family.unit().is_some() => {
            Value::Gauge(if a.as_f64() < b.as_f64() { b } else { a })
        }
        (Value::Gauge(a), Value::Gauge(b)) => Value::Gauge(a.plus(b)),
        (value, _) => value,
    };
    Point { value, ..one }
}
