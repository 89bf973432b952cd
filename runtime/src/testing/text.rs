//! Reading and comparing pages in tests.

use std::error::Error;
use std::fmt;

use similar::TextDiff;

use crate::descriptor::Descriptor;
use crate::exposition::encode_text_of;
use crate::registry::{Flow, Gather, GatherError, Labels, Point, Registry, Report, Sink};

/// Returns the value of a series, by its name and labels on the page; for a histogram, use
/// `…_count`, `…_sum` or `…_bucket`. The order of the labels does not matter.
///
/// ```
/// use measurand::{Family, Counter, Metrics, Registry, family::Method, testing};
///
/// /// Metrics of the site.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_value", global = SITE)]
/// struct SiteMetrics {
///     /// Requests.
///     requests_total: Family<Method, Counter>,
/// }
///
/// let _isolation = testing::isolate();
/// SITE.requests_total.with(Method::Get).inc();
/// let value = |method| {
///     testing::value(Registry::global(), "doc_value_requests_total", &[("method", method)])
/// };
/// assert_eq!((value("GET"), value("PUT")), (1.0, 0.0));
/// ```
///
/// # Panics
///
/// Panics if there is no such series, and lists those of that name.
#[track_caller]
pub fn value(source: &(impl Gather + ?Sized), name: &str, labels: &[(&str, &str)]) -> f64 {
    let page = page(source);
    match find(&page, name, labels) {
        Some(value) => value,
        None => {
            let wanted = Wanted { name, labels };
            let of_name: Vec<_> =
                samples(&page).filter(|sample| sample.name == name).map(|it| it.line).collect();
            match of_name.as_slice() {
                [] => panic!(
                    "there is no `{wanted}`, nor any series of that name\nnote: the page is\n{page}"
                ),
                lines => panic!(
                    "there is no `{wanted}`\nnote: series of that name are\n{}",
                    lines.join("\n")
                ),
            }
        }
    }
}

/// Like [`value`], but returns `None` if there is no such series.
///
/// ```
/// use measurand::{Registry, testing};
/// assert_eq!(testing::find_value(&Registry::new(), "up", &[("job", "api")]), None);
/// ```
pub fn find_value(
    source: &(impl Gather + ?Sized),
    name: &str,
    labels: &[(&str, &str)],
) -> Option<f64> {
    find(&page(source), name, labels)
}

struct Wanted<'a> {
    name: &'a str,
    labels: &'a [(&'a str, &'a str)],
}

impl fmt::Display for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        let labels: Vec<_> =
            self.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        if labels.is_empty() { Ok(()) } else { write!(f, "{{{}}}", labels.join(",")) }
    }
}

/// A sample on a page.
struct Sample<'a> {
    line: &'a str,
    name: &'a str,
    labels: Vec<(&'a str, String)>,
    value: f64,
}

fn page(source: &(impl Gather + ?Sized)) -> String {
    let mut page = String::new();
    encode_text_of(source, &mut page);
    page
}

fn find(page: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let mut wanted = Vec::from(labels);
    wanted.sort_unstable();
    let is_wanted = |sample: &Sample<'_>| {
        let mut labels: Vec<_> =
            sample.labels.iter().map(|(name, value)| (*name, value.as_str())).collect();
        labels.sort_unstable();
        sample.name == name && labels == wanted
    };
    samples(page).find(is_wanted).map(|sample| sample.value)
}

fn samples(page: &str) -> impl Iterator<Item = Sample<'_>> {
    page.lines().filter(|line| !line.starts_with('#')).filter_map(sample)
}

/// Parses a line of text format 0.0.4.
fn sample(line: &str) -> Option<Sample<'_>> {
    let (name, mut rest) = line.split_at(line.find(['{', ' '])?);
    let mut labels = Vec::new();
    if let Some(list) = rest.strip_prefix('{') {
        rest = list;
        while !rest.starts_with('}') {
            let (name, quoted) = rest.trim_start_matches(',').split_once("=\"")?;
            let (value, after) = unquoted(quoted)?;
            labels.push((name, value));
            rest = after;
        }
        rest = &rest[1..];
    }
    let value = rest.split_whitespace().next()?.parse().ok()?;
    Some(Sample { line, name, labels, value })
}

/// Parses a label value up to its closing quote, and returns what follows, too.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut chars) = (String::new(), text.chars());
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.push(match chars.next()? {
                'n' => '\n',
                other => other,
            }),
            other => value.push(other),
        }
    }
}

/// The difference between a page and what is expected.
///
/// It is displayed line by line, with `-` before missing lines and `+` before unexpected ones.
///
/// ```
/// use measurand::runtime::FamilyOptions;
/// use measurand::testing::{Difference, compare_text};
/// use measurand::{Gauge, Registry};
///
/// let registry = Registry::new();
/// let _jobs = FamilyOptions::new("jobs", "Jobs waiting.").register_unlabelled::<Gauge>(&registry)?;
/// let difference: Difference = compare_text(&registry, "jobs 7").unwrap_err();
/// assert!(difference.to_string().ends_with("-jobs 7\n+jobs 0\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Difference {
    lines: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the page is not as expected (`-` is missing, `+` is unexpected):\n{}",
            self.lines
        )
    }
}

impl fmt::Debug for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Difference {}

/// Compares a page with what is expected, as [`assert_text`] does.
///
/// # Errors
///
/// Returns the difference, if there is one.
///
/// ```
/// use measurand::{Registry, testing};
///
/// assert_eq!(testing::compare_text(&Registry::new(), ""), Ok(()));
/// let difference = testing::compare_text(&Registry::new(), "up 1").unwrap_err();
/// assert!(difference.to_string().contains("-up 1\n"));
/// ```
pub fn compare_text(source: &(impl Gather + ?Sized), expected: &str) -> Result<(), Difference> {
    compare(&page(source), expected)
}

/// Compares some families of a page with what is expected, as [`assert_families`] does.
///
/// # Errors
///
/// Returns the difference, if there is one.
///
/// ```
/// use measurand::{Registry, testing};
/// assert_eq!(testing::compare_families(&Registry::new(), &["up"], ""), Ok(()));
/// ```
pub fn compare_families(
    source: &(impl Gather + ?Sized),
    families: &[&str],
    expected: &str,
) -> Result<(), Difference> {
    compare_text(&Only { families, source: &source }, expected)
}

fn compare(page: &str, expected: &str) -> Result<(), Difference> {
    let lines = expected.lines().map(str::trim).filter(|line| !line.is_empty());
    let expected: Vec<_> = lines.collect();
    let has_comments = expected.iter().any(|line| line.starts_with('#'));
    let found: Vec<_> =
        page.lines().filter(|line| has_comments || !line.starts_with('#')).collect();
    if found == expected {
        return Ok(());
    }
    let text = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let (expected, found) = (text(&expected), text(&found));
    let lines = TextDiff::from_lines(expected.as_str(), found.as_str()).iter_all_changes().fold(
        String::new(),
        |mut lines, change| {
            lines.push_str(&format!("{}{}", change.tag(), change.value()));
            lines
        },
    );
    Err(Difference { lines })
}

/// Selected families of a source.
struct Only<'a> {
    families: &'a [&'a str],
    source: &'a dyn Gather,
}

impl Gather for Only<'_> {
    fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
        self.source.try_gather(&mut OnlySink { families: self.families, sink })
    }
}

struct OnlySink<'a> {
    families: &'a [&'a str],
    sink: &'a mut dyn Sink,
}

impl Sink for OnlySink<'_> {
    fn family(&mut self, family: &Descriptor) -> Flow {
        if self.families.contains(&family.name()) { self.sink.family(family) } else { Flow::Skip }
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        self.sink.point(family, labels, point)
    }

    fn end(&mut self) {
        self.sink.end();
    }
}

/// Asserts that a source shows exactly this page, in text format 0.0.4.
///
/// Blank lines and indentation are ignored, and so are comments unless `expected` has some.
///
/// ```
/// use measurand::{Counter, Metrics, Registry, testing};
///
/// /// Metrics of the mailer.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_assert_text", instance)]
/// struct MailMetrics {
///     /// Mails sent.
///     sent_total: Counter,
/// }
///
/// let registry = Registry::new();
/// let mail = MailMetrics::register(&registry)?;
/// mail.sent_total.inc();
/// testing::assert_text(&registry, "doc_assert_text_sent_total 1");
/// testing::assert_text(
///     &registry,
///     r#"
///     ## HELP doc_assert_text_sent_total Mails sent.
///     ## TYPE doc_assert_text_sent_total counter
///     doc_assert_text_sent_total 1
///     "#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
///
/// Panics with the [`Difference`], if there is one.
#[doc(alias = "GatherAndCompare")]
#[doc(alias = "CollectAndCompare")]
#[track_caller]
pub fn assert_text(source: &(impl Gather + ?Sized), expected: &str) {
    if let Err(difference) = compare_text(source, expected) {
        panic!("{difference}");
    }
}

/// Like [`assert_text`], but compares only families of these names, such as those of the struct
/// under test in the global registry.
///
/// ```
/// use measurand::{Counter, Metrics, Registry, testing};
///
/// /// Metrics of the mailer.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_assert_families", global = MAIL)]
/// struct MailMetrics {
///     /// Mails sent.
///     sent_total: Counter,
/// }
///
/// let _isolation = testing::isolate();
/// MAIL.sent_total.inc();
/// testing::assert_families(
///     Registry::global(),
///     &["doc_assert_families_sent_total"],
///     "doc_assert_families_sent_total 1",
/// );
/// ```
///
/// # Panics
///
/// Panics with the [`Difference`], if there is one.
#[track_caller]
pub fn assert_families(source: &(impl Gather + ?Sized), families: &[&str], expected: &str) {
    if let Err(difference) = compare_families(source, families, expected) {
        panic!("{difference}");
    }
}

/// Asserts that no family of a registry breaks a rule, and that all of them are on the page.
///
/// ```
/// use measurand::{Registry, testing};
/// testing::assert_no_lints(Registry::global());
/// ```
///
/// # Panics
///
/// Panics with the results of [`Registry::lint`] and [`Registry::validate`], if there are any.
#[doc(alias = "GatherAndLint")]
#[doc(alias = "CollectAndLint")]
#[track_caller]
pub fn assert_no_lints(registry: &Registry) {
    let mut problems: Vec<_> = registry.lint().iter().map(ToString::to_string).collect();
    problems.extend(registry.validate().err().map(|error| error.to_string()));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_back() {
        let page = "# HELP a A{b\na 1\nb{} NaN\nc{x=\"1\",y=\"a\\\"b\\\\c\\nd, }\"} +Inf 1700\n";
        assert_eq!(find(page, "a", &[]), Some(1.0));
        assert!(find(page, "b", &[]).unwrap().is_nan());
        let labels = [("y", "a\"b\\c\nd, }"), ("x", "1")];
        assert_eq!(find(page, "c", &labels), Some(f64::INFINITY));
        assert_eq!(find(page, "c", &labels[..1]), None);
    }

    #[test]
    fn a_difference_shows_what_is_missing_and_what_is_too_much() {
        let difference = compare("a 1\nb 2\n", "a 1\nb 3").unwrap_err();
        assert!(difference.to_string().ends_with(":\n a 1\n-b 3\n+b 2\n"), "{difference}");
    }
}
