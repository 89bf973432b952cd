//! What a gather has left out.

use std::fmt;
use std::sync::Arc;

use super::conflict::Problem;

/// What a gather has left out of a page that is whole and correct otherwise.
///
/// [`Gather::try_gather`](super::Gather::try_gather) gives it. There is nothing in it if all is well, and
/// then it costs nothing.
///
/// ```
/// use measurand::Registry;
/// use measurand::registry::{Collector, Flow, Labels, Point, Points, Problem, Sink};
/// use measurand::Descriptor;
///
/// /// Reads a file that is not always there.
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
    /// What the registry knows, shared with it.
    lasting: Arc<[Problem]>,
    /// What came up in this gather.
    of_gather: Vec<Problem>,
}

impl Report {
    pub(super) fn new(lasting: Arc<[Problem]>, of_gather: Vec<Problem>) -> Report {
        Report { lasting, of_gather }
    }

    /// What keeps families and points off the page.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.lasting.iter().chain(&self.of_gather)
    }

    /// Whether nothing was left out.
    pub fn is_whole(&self) -> bool {
        self.lasting.is_empty() && self.of_gather.is_empty()
    }

    /// What came up in this gather, and is not known to the registry.
    pub(super) fn of_gather(&self) -> &[Problem] {
        &self.of_gather
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.problems()).finish()
    }
}

/// For implementors of [`Gather`](super::Gather) that leave something out themselves.
impl Extend<Problem> for Report {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        self.of_gather.extend(problems);
    }
}
