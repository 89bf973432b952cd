//! Names that only newer scrapers take: what each of them is given.

use std::collections::BTreeSet;
use std::time::Duration;

use measurand::descriptor::DescriptorError;
use measurand::exposition::{Encoder, Escaping, Format, Negotiated};
use measurand::family::Method;
use measurand::naming::{LabelError, NameError};
use measurand::registry::{Collector, Point, Points, Problem};
use measurand::runtime::{FamilyOptions, InvalidFamily, RegisterFamilyError};
use measurand::unit::{Bytes, Seconds};
use measurand::{
    Calls, Counter, Descriptor, Family, Gauge, Histogram, Info, LabelSet, LabelValue, Metrics,
    Registry, StateSet, WithExemplars,
};
use measurand_tests::{Random, usually_or_long};

#[derive(LabelSet)]
struct Request<'a> {
    #[label(rename = "http.method", utf8)]
    method: Method,
    #[label(rename = "mandant \"größe\"", utf8)]
    tenant: &'a str,
    plain: bool,
}

#[derive(LabelValue, Clone, Copy, PartialEq)]
#[label(name = "mode.of.work", utf8)]
enum Mode {
    On,
    Off,
}

#[derive(LabelSet)]
struct Build<'a> {
    #[label(rename = "rev.id", utf8)]
    revision: &'a str,
}

/// One of each.
#[derive(Metrics)]
#[metrics(namespace = "app.", utf8, instance(größe: &str))]
struct Dotted {
    /// Requests.
    #[metric(rename = "requests.total", max_series = 5)]
    requests: Family<Request<'static>, Counter>,
    /// Jobs.
    #[metric(rename = "jobs_total")]
    jobs: WithExemplars<Counter>,
    /// "Odd" \ name.
    #[metric(rename = "a \"b\" \\ 花火\n")]
    odd: Gauge,
    /// Time.
    #[metric(rename = "wait.seconds", buckets = [0.5])]
    wait: WithExemplars<Histogram<Seconds>>,
    /// Size.
    #[metric(rename = "size_bytes")]
    size: Gauge<Bytes>,
    /// Build.
    #[metric(rename = "build_info")]
    build: Info<Build<'static>>,
    /// Mode.
    #[metric(rename = "mode")]
    mode: StateSet<Mode>,
    /// Modes.
    modes: Family<Mode, Gauge>,
    /// Calls.
    #[metric(rename = "db.query", buckets = [1])]
    calls: Calls,
}

/// Only some.
#[derive(Metrics)]
#[metrics(namespace = "plain", instance)]
struct Plain {
    /// Jobs.
    #[metric(rename = "jobs.done_total", utf8)]
    jobs: Counter,
    /// Level.
    level: Gauge,
}

fn dotted() -> (Registry, measurand::registry::Registered<Dotted>) {
    let registry = Registry::new();
    let dotted = Dotted::register(&registry, "x").unwrap();
    let labels = Request { method: Method::Get, tenant: "a\"b\n", plain: true };
    dotted.requests.with(labels).inc_by(3);
    dotted.jobs.inc_by_with_exemplar(2, &[("id", "7")]);
    dotted.odd.set(1.5);
    dotted.wait.observe(Duration::from_millis(300));
    dotted.size.set(7);
    dotted.build.set(Build { revision: "f00" });
    dotted.mode.set(Mode::Off);
    dotted.modes.with(Mode::On).set(4);
    (registry, dotted)
}

fn page(registry: &Registry, format: Format, escaping: Escaping) -> String {
    let mut page = Vec::new();
    Encoder::new(format).escaping(escaping).encode(registry, &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

/// The lines that start with one of these.
fn lines<'a>(page: &'a str, starts: &[&str]) -> Vec<&'a str> {
    let is_asked = |line: &&str| starts.iter().any(|start| line.starts_with(start));
    page.lines().filter(is_asked).collect()
}

#[test]
fn text_shows_names_as_the_scraper_asks() {
    let (registry, _dotted) = dotted();
    let as_it_is = page(&registry, Format::Text, Escaping::AllowUtf8);
    let odd = r#""app.a \"b\" \\ 花火\n""#;
    assert_eq!(
        lines(
            &as_it_is,
            &[
                "# HELP \"app.a",
                "# TYPE \"app.a",
                "{\"app.a",
                "{\"app.requests",
                "{\"app.wait",
                "{\"app.mode\""
            ]
        ),
        [
            &*format!(r#"# HELP {odd} "Odd" \\ name."#),
            &*format!("# TYPE {odd} gauge"),
            &*format!("{{{odd},\"größe\"=\"x\"}} 1.5"),
            r#"{"app.mode","größe"="x","app.mode"="off"} 1"#,
            r#"{"app.mode","größe"="x","app.mode"="on"} 0"#,
            r#"{"app.requests.total","größe"="x","http.method"="GET","mandant \"größe\""="a\"b\n",plain="true"} 3"#,
            r#"{"app.wait.seconds_bucket","größe"="x",le="0.5"} 1"#,
            r#"{"app.wait.seconds_bucket","größe"="x",le="+Inf"} 1"#,
            r#"{"app.wait.seconds_sum","größe"="x"} 0.3"#,
            r#"{"app.wait.seconds_count","größe"="x"} 1"#,
        ]
    );
    let older = registry.to_text();
    assert_eq!(older, page(&registry, Format::Text, Escaping::Underscores));
    assert_eq!(
        lines(
            &older,
            &[
                "# TYPE app_a",
                "app_a",
                "app_requests",
                "app_wait_seconds_c",
                "app_build",
                "app_modes"
            ]
        ),
        [
            "# TYPE app_a__b_______ gauge",
            "app_a__b_______{gr__e=\"x\"} 1.5",
            "app_build_info{gr__e=\"x\",rev_id=\"f00\"} 1",
            "app_modes{gr__e=\"x\",mode_of_work=\"off\"} 0",
            "app_modes{gr__e=\"x\",mode_of_work=\"on\"} 4",
            r#"app_requests_total{gr__e="x",http_method="GET",mandant__gr__e_="a\"b\n",plain="true"} 3"#,
            "app_wait_seconds_count{gr__e=\"x\"} 1",
        ]
    );
    let dots = page(&registry, Format::Text, Escaping::Dots);
    assert_eq!(
        lines(&dots, &["app_dot_jobs", "app_dot_requests"]),
        [
            "app_dot_jobs__total{gr____e=\"x\"} 2",
            r#"app_dot_requests_dot_total{gr____e="x",http_dot_method="GET",mandant____gr____e__="a\"b\n",plain="true"} 3"#,
        ]
    );
    let values = page(&registry, Format::Text, Escaping::Values);
    assert_eq!(
        lines(&values, &["U__app_2e_jobs", "U__app_2e_size"]),
        [
            "U__app_2e_jobs__total{U__gr_f6__df_e=\"x\"} 2",
            "U__app_2e_size__bytes{U__gr_f6__df_e=\"x\"} 7",
        ]
    );
}

#[test]
fn openmetrics_knows_the_suffixes_of_what_it_writes() {
    let (registry, _dotted) = dotted();
    let as_it_is = page(&registry, Format::OpenMetrics, Escaping::AllowUtf8);
    // It knows `_total`, `_info` and `_bytes`, and none behind a `.`.
    let types: Vec<_> = lines(&as_it_is, &["# TYPE", "# UNIT"]);
    assert_eq!(
        types,
        [
            r#"# TYPE "app.a \"b\" \\ 花火\n" gauge"#,
            r#"# TYPE "app.build" info"#,
            r#"# TYPE "app.db.query_calls" counter"#,
            r#"# TYPE "app.db.query_duration_seconds" histogram"#,
            r#"# UNIT "app.db.query_duration_seconds" seconds"#,
            r#"# TYPE "app.db.query_in_progress" gauge"#,
            r#"# TYPE "app.jobs" counter"#,
            r#"# TYPE "app.mode" stateset"#,
            r#"# TYPE "app.modes" gauge"#,
            r#"# TYPE "app.requests.total" unknown"#,
            r#"# TYPE "app.size_bytes" gauge"#,
            r#"# UNIT "app.size_bytes" bytes"#,
            r#"# TYPE "app.wait.seconds" histogram"#,
        ]
    );
    assert!(
        as_it_is.contains("{\"app.jobs_total\",\"größe\"=\"x\"} 2 # {id=\"7\"} 2 "),
        "{as_it_is}"
    );
    let older = page(&registry, Format::OpenMetrics, Escaping::Underscores);
    let types = lines(
        &older,
        &["# TYPE app_requests", "# UNIT app_wait", "app_requests_total", "app_mode{"],
    );
    assert_eq!(types.len(), 5, "{older}");
    assert_eq!(types[2..4], ["# TYPE app_requests counter", types[3]]);
    assert_eq!(types[4], "# UNIT app_wait_seconds seconds");
}

#[test]
fn names_that_every_scraper_takes_are_the_same_in_all() {
    let registry = Registry::new();
    let _plain = Plain::register(&registry).unwrap();
    for (escaping, jobs) in std::iter::zip(
        Escaping::ALL,
        [
            "{\"plain_jobs.done_total\"} 0",
            "plain_jobs_done_total 0",
            "plain__jobs_dot_done__total 0",
            "U__plain__jobs_2e_done__total 0",
        ],
    ) {
        let page = page(&registry, Format::Text, *escaping);
        assert!(page.contains(jobs) && page.contains("plain_level 0\n"), "{page}");
    }
}

#[test]
fn an_accept_header_chooses() {
    let of = |accept| {
        let asked = Negotiated::of(accept);
        (asked.format(), asked.escaping(), asked.content_type())
    };
    let text = "text/plain;version=1.0.0;escaping=allow-utf-8";
    let content_type = "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8";
    assert_eq!(of(text), (Format::Text, Escaping::AllowUtf8, content_type.to_owned()));
    for (accept, escaping) in [
        ("", Escaping::Underscores),
        ("text/plain;version=0.0.4", Escaping::Underscores),
        ("text/plain;escaping=none", Escaping::Underscores),
        ("application/openmetrics-text;version=1.0.0;escaping=values", Escaping::Values),
        ("application/openmetrics-text;version=1.0.0;escaping=dots;q=0.1", Escaping::Dots),
    ] {
        assert_eq!(of(accept).1, escaping, "{accept}");
    }
}

#[test]
fn run_time_names_may_be_anything_if_that_is_said() {
    let registry = Registry::new();
    let options = |name: &str| FamilyOptions::new(name, "Things.").max_series(3);
    let reads =
        options("disk.reads").utf8().register::<Counter, 1>(&registry, ["disk.name"]).unwrap();
    reads.with(["sda"]).inc();
    let wait = options("disk.wait.seconds").utf8();
    let wait = wait.register_unlabelled::<Histogram<Seconds>>(&registry).unwrap();
    wait.observe(Duration::from_secs(1));
    let text = page(&registry, Format::Text, Escaping::AllowUtf8);
    assert!(text.contains("{\"disk.reads_total\",\"disk.name\"=\"sda\"} 1\n"), "{text}");
    assert!(text.contains("{\"disk.wait.seconds_count\"} 1\n"), "{text}");
    // A unit is found behind a `.`, and so is `total`.
    assert!(registry.lint().is_empty(), "{:?}", registry.lint());
    let total = Descriptor::counter("disk.writes.total", "Writes.").utf8().build().unwrap();
    assert_eq!(total.name(), "disk.writes.total");

    let invalid = |options: FamilyOptions, label: &str| match options
        .register::<Counter, 1>(&Registry::new(), [label])
        .unwrap_err()
    {
        RegisterFamilyError::Invalid(InvalidFamily::Descriptor(error)) => error,
        other => panic!("{other:?}"),
    };
    let name_error = |error| match error {
        DescriptorError::Name { error, .. } => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(name_error(invalid(options("disk.reads"), "a")), NameError::Charset);
    assert_eq!(name_error(invalid(options("").utf8(), "a")), NameError::Empty);
    assert_eq!(name_error(invalid(options("a\0").utf8(), "a")), NameError::Nul);
    assert_eq!(name_error(invalid(options("_a.b").utf8(), "a")), NameError::LeadingUnderscore);
    assert_eq!(name_error(invalid(options(&"ä".repeat(130)).utf8(), "a")), NameError::TooLong);
    for (label, expected) in [
        ("", LabelError::Empty),
        ("\0", LabelError::Nul),
        ("__name__", LabelError::LeadingUnderscore),
        // What it would be to most scrapers.
        ("..name..", LabelError::LeadingUnderscore),
    ] {
        match invalid(options("a").utf8(), label) {
            DescriptorError::Label { error, .. } => assert_eq!(error, expected, "{label}"),
            other => panic!("{other:?}"),
        }
    }
    let gauge = Descriptor::gauge("a", "A.").utf8();
    for twice in [["a.b", "a_b"], ["a.b", "a_dot_b"], ["a.b", "U__a_2e_b"], ["a-b", "a b"]] {
        let error = gauge.clone().labels(twice).build().unwrap_err();
        assert!(matches!(error, DescriptorError::LabelTwice { .. }), "{error}");
    }
}

/// Two names that become one for some scraper are one for all, so that no page has a family twice.
#[test]
fn names_that_become_one_are_a_conflict() {
    for other in ["q_a", "q-a", "q_dot_a", "U__q_2e_a", "q.a_count"] {
        let registry = Registry::new();
        let options = |name: &str| FamilyOptions::new(name, "Things.").utf8();
        let _first = options("q.a").register_unlabelled::<Histogram<Seconds>>(&registry).unwrap();
        let error = options(other).register_unlabelled::<Gauge>(&registry).unwrap_err();
        assert!(error.to_string().contains("has a name in common with `q.a`"), "{error}");
        let _third = options("q.b").register_unlabelled::<Gauge>(&registry).unwrap();
    }
    let registry = Registry::new();
    let options = FamilyOptions::new("q_dot_a", "Things.");
    let _first = options.register_unlabelled::<Gauge>(&registry).unwrap();
    let given = Descriptor::gauge("q.a", "Given.").utf8().build().unwrap();
    let free = Descriptor::gauge("q.b", "Given.").utf8().build().unwrap();
    let _collector = registry.register_collector(Gives(vec![given, free])).unwrap();
    let text = page(&registry, Format::Text, Escaping::AllowUtf8);
    assert!(!text.contains("q.a") && text.contains("{\"q.b\"} 7\n"), "{text}");
    let problems = registry.validate().unwrap_err();
    assert!(matches!(problems.problems(), [Problem::Conflict(conflict)] if conflict.name == "q.a"));
}

struct Gives(Vec<Descriptor>);

impl Collector for Gives {
    fn collect(&self, points: &mut Points<'_>) {
        for family in &self.0 {
            let values = vec!["x"; family.label_names().len()];
            points.push(family, &values, Point::gauge(7));
        }
    }
}

/// What `Values` makes of a name, turned back.
fn unescaped(name: &str) -> String {
    let Some(mut rest) = name.strip_prefix("U__") else { return name.to_owned() };
    let mut unescaped = String::new();
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        if first != '_' {
            unescaped.push(first);
        } else if let Some(after) = rest.strip_prefix('_') {
            unescaped.push('_');
            rest = after;
        } else {
            let (number, after) = rest.split_once('_').unwrap();
            let number = u32::from_str_radix(number, 16).unwrap();
            unescaped.push(char::from_u32(number).unwrap());
            rest = after;
        }
    }
    unescaped
}

/// Whatever the names are: each page has every family once, under a name that its scraper takes, and the
/// scraper that takes all sees what was declared.
#[test]
fn any_names_are_shown_right() {
    let mut random = Random(1);
    for _ in 0..usually_or_long(200, 20_000) {
        let mut name = || {
            let letters = [
                'a', 'b', '_', '.', '-', ' ', '9', ':', '"', '\\', '\n', 'ü', '花', '😱', 'U', '}',
            ];
            let len = 1 + random.below(6);
            (0..len).map(|_| letters[random.below(letters.len())]).collect::<String>()
        };
        let registry = Registry::new();
        let mut kept = Vec::new();
        let mut names = BTreeSet::new();
        for _ in 0..8 {
            let (name, label) = (name(), name());
            let Ok(family) = Descriptor::gauge(&*name, "Any.").labels([&*label]).utf8().build()
            else {
                continue;
            };
            if names.insert(name) {
                kept.push(family);
            }
        }
        let _given = registry.register_collector(Gives(kept)).unwrap();
        let families = |escaping| {
            let page = page(&registry, Format::Text, escaping);
            let types = page
                .lines()
                .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" gauge"));
            types
                .filter(|name| !name.starts_with("measurand_"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let shown: Vec<String> =
            families(Escaping::Values).iter().map(|name| unescaped(name)).collect();
        assert!(shown.iter().all(|name| names.contains(name)), "{shown:?} of {names:?}");
        assert!(!shown.is_empty() || names.is_empty());
        for escaping in Escaping::ALL {
            let families = families(*escaping);
            assert_eq!(families.len(), shown.len());
            assert_eq!(BTreeSet::from_iter(&families).len(), shown.len(), "{families:?}");
            for (family, name) in std::iter::zip(&families, &shown) {
                if *escaping == Escaping::AllowUtf8 {
                    let quoted =
                        name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
                    assert!(
                        *family == format!("\"{quoted}\"") || family == name,
                        "{family} {name}"
                    );
                } else {
                    assert_eq!(*family, escaping.escape(name));
                    assert!(
                        family
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(&byte))
                    );
                    assert!(!family.starts_with(|first: char| first.is_ascii_digit()));
                }
            }
        }
    }
}
