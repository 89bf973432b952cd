//! What a gather left out.

use std::fmt;
use std::sync::Arc;

use super::conflict::Problem;

/// What a gather left out of a page that is otherwise complete and correct.
///
/// [`Gather::try_gather`](super::Gather::try_gather) returns it. It is empty, and costs nothing, if
/// all is well.
///
/// ```
/// use measurand::Registry;
/// use measurand::registry::{Collector, Flow, Labels, Point, Points, Problem, Sink};
/// use measurand::Descriptor;
///
/// /// Reads a quota that is not always available.
/// struct Quota(Descriptor);
///
/// impl Collector for Quota {
///     fn collect(&self, points: &mut Points<'_>) {
///         points.fail(&self.0, "there is no quota today");
///     }
/// }
///
/// struct Nowhere;
///
/// impl Sink for Nowhere {
///     fn family(&mut self, _: &Descriptor) -> Flow {
///         Flow::Skip
///     }
///     fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
///         Flow::Continue
///     }
/// }
///
/// let registry = Registry::new();
/// assert!(registry.try_gather(&mut Nowhere)?.is_whole());
/// registry.register_collector(Quota(Descriptor::gauge("doc_report_quota", "Quota.").build()?))?.leak();
/// let report = registry.try_gather(&mut Nowhere)?;
/// let problems: Vec<_> = report.problems().collect();
/// assert!(matches!(problems[0], Problem::Point(point) if point.metric == "doc_report_quota"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Report {
    /// The problems that the registry knows of, shared with it.
    lasting: Arc<[Problem]>,
    /// The problems of this gather alone.
    of_gather: Vec<Problem>,
}

impl Report {
    pub(super) fn new(lasting: Arc<[Problem]>, of_gather: Vec<Problem>) -> Report {
        Report { lasting, of_gather }
    }

    /// Returns everything that keeps families and points off the page.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.lasting.iter().chain(&self.of_gather)
    }

    /// Returns whether nothing was left out.
    pub fn is_whole(&self) -> bool {
        self.lasting.is_empty() && self.of_gather.is_empty()
    }

    /// Returns the problems of this gather, which the registry does not keep.
    pub(super) fn of_gather(&self) -> &[Problem] {
        &self.of_gather
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.problems()).finish()
    }
}

/// Adds problems, for implementors of [`Gather`](super::Gather) that leave something out
/// themselves.
impl Extend<Problem> for Report {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        self.of_gather.extend(problems);
    }
}
