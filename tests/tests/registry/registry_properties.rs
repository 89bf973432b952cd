//! Whatever is registered and leaves, in whatever order: pages are right, and what is left out is said.

use std::any::Any;

use measurand::exposition::encode_text_of;
use measurand::naming::clash;
use measurand::registry::{
    Collector, Flow, Gather, Labels, Point, Points, Problem, RegisterError, Registries, Sink, Value,
};
use measurand::runtime::{FamilyOptions, RegisterFamilyError};
use measurand::{Counter, Descriptor, Gauge, Histogram, Kind, Metrics, Registry};
use measurand_tests::{Page, Random, usually_or_long};

/// A family as a model knows it, with one series.
#[derive(Clone, Debug, PartialEq)]
struct Fam {
    name: String,
    kind: Kind,
    help: &'static str,
    own: Vec<&'static str>,
    constant: Vec<(&'static str, &'static str)>,
    values: Vec<&'static str>,
    /// Whether series come by updates, of what is no collector's.
    is_open: Option<bool>,
}

impl Fam {
    /// Whether both are one family.
    fn is_like(&self, other: &Fam) -> bool {
        let names = |fam: &Fam| fam.constant.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        (&self.name, self.kind, self.help) == (&other.name, other.kind, other.help)
            && self.own == other.own
            && names(self) == names(other)
    }

    fn conflicts(&self, other: &Fam) -> bool {
        let is_read_otherwise =
            self.is_open.zip(other.is_open).is_some_and(|(one, other)| one != other);
        (!self.is_like(other) || is_read_otherwise)
            && clash(&self.name, self.kind, &other.name, other.kind)
    }

    /// The values of all labels.
    fn series(&self) -> Vec<&'static str> {
        self.values.iter().copied().chain(self.constant.iter().map(|(_, value)| *value)).collect()
    }

    /// As a view makes it, or nothing if it has the label itself.
    fn through(mut self, view: View) -> Option<Fam> {
        match view {
            View::Whole => {}
            View::Prefix => self.name = format!("p_{}", self.name),
            View::Label(value) => {
                if self.own.contains(&"s") {
                    return None;
                }
                self.constant.push(("s", value));
            }
        }
        Some(self)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum View {
    Whole,
    Prefix,
    Label(&'static str),
}

impl View {
    fn of(self, registry: &Registry) -> Registry {
        match self {
            View::Whole => registry.clone(),
            View::Prefix => registry.with_prefix("p").unwrap(),
            View::Label(value) => registry.with_label("s", value).unwrap(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    Family,
    Instance,
    Static,
    Described,
    Unchecked,
}

/// Something that is registered.
struct Entry {
    what: What,
    view: View,
    fams: Vec<Fam>,
    /// What keeps it there, but a static struct.
    handle: Option<Box<dyn Any>>,
}

/// A static struct of two families.
#[derive(Metrics)]
#[metrics(namespace = "q", local)]
struct Statics {
    /// H.
    level: Gauge,
    /// H.
    things_total: Counter,
}

/// An instance.
#[derive(Metrics)]
#[metrics(namespace = "q", instance(a: &str))]
struct Instance {
    /// H.
    items_total: Counter,
}

/// Gives one family.
struct Gives {
    family: Descriptor,
    values: Vec<&'static str>,
    is_described: bool,
}

impl Collector for Gives {
    fn describe(&self) -> Vec<Descriptor> {
        if self.is_described { vec![self.family.clone()] } else { Vec::new() }
    }

    fn collect(&self, points: &mut Points<'_>) {
        let point = match self.family.kind() {
            Kind::Counter => Point::counter(1_u8),
            Kind::Gauge => Point::gauge(1),
            _ => Point::histogram(&[1, 0], 1_u8),
        };
        points.push(&self.family, &self.values, point);
    }
}

/// A family that is on a page.
#[derive(Debug)]
struct Shown {
    name: String,
    kind: Kind,
    help: String,
    own: Vec<String>,
    constant: Vec<String>,
    series: Vec<Vec<String>>,
}

impl Shown {
    fn is(&self, fam: &Fam) -> bool {
        let constant = fam.constant.iter().map(|(name, _)| *name);
        (self.name.as_str(), self.kind, self.help.as_str()) == (&*fam.name, fam.kind, fam.help)
            && self.own == fam.own
            && self.constant.iter().map(String::as_str).eq(constant)
    }
}

#[derive(Default)]
struct Seen(Vec<Shown>, f64);

impl Sink for Seen {
    fn family(&mut self, family: &Descriptor) -> Flow {
        self.0.push(Shown {
            name: family.name().to_owned(),
            kind: family.kind(),
            help: family.help().to_owned(),
            own: family.label_names().map(str::to_owned).collect(),
            constant: family.const_labels().map(|(name, _)| name.to_owned()).collect(),
            series: Vec::new(),
        });
        Flow::Continue
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        if let ("measurand_conflicts", Value::Gauge(value)) = (family.name(), point.value) {
            self.1 = value.as_f64();
        }
        let values = labels.iter().map(|(_, value)| value.to_owned()).collect();
        self.0.last_mut().unwrap().series.push(values);
        Flow::Continue
    }
}

struct Model {
    registry: Registry,
    random: Random,
    entries: Vec<Entry>,
    /// What the last gather has shown.
    seen: Seen,
    log: Vec<String>,
    tally: Tally,
}

/// How often what has happened, so that nothing is looked at in vain.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    added: usize,
    existing: usize,
    conflicts: usize,
    labels_taken: usize,
    left_out: usize,
    merged: usize,
    twice: usize,
}

const NAMES: [&str; 6] = ["q", "q_total", "q_count", "p_q", "q_items_total", "q_level"];
const LABELS: [&[&str]; 4] = [&[], &["a"], &["b", "a"], &["s"]];
const VIEWS: [View; 4] = [View::Whole, View::Prefix, View::Label("1"), View::Label("2")];
const KINDS: [Kind; 3] = [Kind::Counter, Kind::Gauge, Kind::Histogram];

impl Model {
    fn new(seed: u64, tally: Tally) -> Model {
        Model {
            registry: Registry::new(),
            random: Random(seed),
            entries: Vec::new(),
            seen: Seen::default(),
            log: vec![format!("seed {seed}")],
            tally,
        }
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.random.below(all.len())]
    }

    /// One of the families that there can be.
    fn fam(&mut self) -> Fam {
        let (name, kind) = (self.pick(&NAMES), self.pick(&KINDS));
        let is_whole = kind != Kind::Counter || name.ends_with("_total");
        let name = if is_whole { name.to_owned() } else { format!("{name}_total") };
        let own = self.pick(&LABELS).to_vec();
        let values = own.iter().map(|_| self.pick(&["x", "y"])).collect();
        let help = self.pick(&["H.", "H.", "H.", "Other."]);
        Fam { name, kind, help, own, constant: Vec::new(), values, is_open: None }
    }

    /// What has its name already: what was registered, and of the rest what is on the page.
    fn held(&self) -> impl Iterator<Item = &Fam> {
        let is_held = |fam: &&Fam, what: What| {
            what != What::Unchecked || self.seen.0.iter().any(|shown| shown.is(fam))
        };
        self.entries
            .iter()
            .flat_map(move |entry| entry.fams.iter().filter(move |fam| is_held(fam, entry.what)))
    }

    fn step(&mut self) {
        match self.random.below(10) {
            0..4 if !self.entries.is_empty() => self.remove(),
            4 => self.add(What::Instance),
            5 => self.add(What::Static),
            6 => self.add(What::Described),
            7 => self.add(What::Unchecked),
            _ => self.add(What::Family),
        }
        self.check();
    }

    fn remove(&mut self) {
        let index = self.random.below(self.entries.len());
        let entry = self.entries.remove(index);
        self.log.push(format!("remove {:?} {:?} {:?}", entry.what, entry.view, entry.fams));
        match entry.handle {
            Some(handle) => drop(handle),
            None => {
                assert!(
                    entry.view.of(&self.registry).unregister(Statics::global()),
                    "{:#?}",
                    self.log
                );
            }
        }
    }

    fn add(&mut self, what: What) {
        let (view, mut fam) = (self.pick(&VIEWS), self.fam());
        let declared = |name: &str, kind, own: &[&'static str], values: &[&'static str]| Fam {
            name: name.to_owned(),
            kind,
            help: "H.",
            own: own.to_vec(),
            constant: Vec::new(),
            values: values.to_vec(),
            is_open: Some(false),
        };
        let inner = match what {
            What::Instance => {
                let value = self.pick(&["x", "y"]);
                vec![declared("q_items_total", Kind::Counter, &["a"], &[value])]
            }
            What::Static => vec![
                declared("q_level", Kind::Gauge, &[], &[]),
                declared("q_things_total", Kind::Counter, &[], &[]),
            ],
            _ => {
                if what == What::Family {
                    fam.values.fill("x");
                    fam.is_open = Some(!fam.own.is_empty());
                }
                vec![fam]
            }
        };
        self.log.push(format!("add {what:?} {view:?} {inner:?}"));
        let fams: Option<Vec<_>> = inner.iter().cloned().map(|fam| fam.through(view)).collect();
        let result = register(&view.of(&self.registry), what, &inner[0]);
        let log = &self.log;
        let Some(fams) = fams else {
            if what == What::Unchecked {
                let Ok(handle) = result else { panic!("{log:#?}") };
                // It gives what cannot be shown; that it is said is looked at there.
                let mut fam = inner[0].clone();
                fam.constant.push(("s", "taken"));
                return self.entries.push(Entry { what, view, fams: vec![fam], handle });
            }
            assert!(matches!(result, Err(Refusal::LabelTaken)), "{log:#?}");
            self.tally.labels_taken += 1;
            return;
        };
        let same = self.entries.iter().find(|entry| match what {
            What::Described => {
                let is_same = |(a, b): (&Fam, &Fam)| a.is_like(b) && a.constant == b.constant;
                entry.what == what
                    && fams.iter().all(|fam| fam.own.is_empty())
                    && std::iter::zip(&entry.fams, &fams).all(is_same)
            }
            What::Family | What::Instance => {
                let is_type = |fam: &Fam| (fam.kind, fam.own.is_empty());
                entry.what == what
                    && entry.view == view
                    && is_type(&entry.fams[0]) == is_type(&fams[0])
                    && entry.fams[0].is_like(&fams[0])
                    && (what == What::Family || entry.fams[0].values == fams[0].values)
            }
            What::Static => entry.what == what && entry.view == view,
            What::Unchecked => false,
        });
        let conflict = self.held().find(|held| fams.iter().any(|fam| fam.conflicts(held)));
        match (result, same, conflict) {
            (Err(Refusal::Existing), Some(_), _) => self.tally.existing += 1,
            // Once more is no change.
            (Ok(None), Some(_), _) => self.tally.existing += 1,
            (Ok(handle), None, _) if what == What::Unchecked => {
                self.entries.push(Entry { what, view, fams, handle });
            }
            (Ok(handle), None, None) => {
                self.tally.added += 1;
                self.entries.push(Entry { what, view, fams, handle });
            }
            (Err(Refusal::Conflict), None, Some(_)) => self.tally.conflicts += 1,
            (result, same, conflict) => {
                let (result, same) = (result.map(|_| ()), same.map(|entry| &entry.fams));
                panic!("{result:?} but {same:?} and {conflict:?}: {log:#?}")
            }
        }
    }

    /// Gathers, and compares what there is with what was registered.
    fn check(&mut self) {
        let mut seen = Seen::default();
        let report = self.registry.gather(&mut seen);
        self.seen = seen;
        let (seen, log) = (&self.seen, &self.log);
        let shown = &seen.0;
        assert!(shown.is_sorted_by(|a, b| a.name < b.name), "{shown:#?} {log:#?}");
        for (index, one) in shown.iter().enumerate() {
            let is_in_order = one.series.is_sorted_by(|a, b| a < b);
            assert!(is_in_order && !one.series.is_empty(), "{one:#?} {log:#?}");
            let others = &shown[index + 1..];
            let other = others.iter().find(|it| clash(&one.name, one.kind, &it.name, it.kind));
            assert!(other.is_none(), "{one:#?} {other:#?} {log:#?}");
        }
        let mut text = String::new();
        self.registry.encode_text(&mut text);
        Page::parse(text.as_bytes()).unwrap_or_else(|wrong| panic!("{wrong} {log:#?}"));

        let mut expected = Vec::new();
        for entry in &self.entries {
            for fam in &entry.fams {
                let is_there = shown.iter().find(|shown| shown.is(fam));
                match is_there {
                    Some(shown) => {
                        let series = fam.series();
                        let has = shown.series.iter().any(|values| *values == series);
                        assert!(has, "{series:?} of {shown:#?} {log:#?}");
                    }
                    // A family without an update has no series, and each of these has one.
                    None => {
                        assert_eq!(entry.what, What::Unchecked, "{fam:?} {log:#?}");
                        let why = self.held().any(|held| held.conflicts(fam));
                        let is_taken = fam.constant.contains(&("s", "taken"));
                        assert!(why || is_taken, "{fam:?} is left out for nothing: {log:#?}");
                        expected.push((fam.name.clone(), is_taken));
                    }
                }
            }
        }
        for shown in shown.iter().filter(|shown| !shown.name.starts_with("measurand_")) {
            for series in &shown.series {
                let all = self.entries.iter().flat_map(|entry| &entry.fams);
                let mut of_it = all.filter(|fam| shown.is(fam) && fam.series() == *series);
                assert!(of_it.next().is_some(), "nobody has {series:?} of {shown:#?} {log:#?}");
            }
        }
        self.tally.left_out += expected.len();
        let is_twice = |problem: &&Problem| matches!(problem, Problem::Point(_));
        self.tally.twice += report.problems().filter(is_twice).count();
        self.tally.merged += shown.iter().filter(|shown| shown.series.len() > 1).count();
        let mut left_out: Vec<_> = report.problems().filter_map(left_out).collect();
        left_out.sort();
        expected.sort();
        assert_eq!(left_out, expected, "{log:#?}");
        let problems = report.problems().count();
        assert_eq!(seen.1, problems as f64, "{report:?} {log:#?}");
        let found = match self.registry.validate() {
            Ok(()) => Vec::new(),
            Err(error) => error.problems().to_vec(),
        };
        assert!(found.iter().eq(report.problems()), "{found:?} {report:?} {log:#?}");
    }
}

/// The family that a problem is about, if it is about one, and whether it is a label.
fn left_out(problem: &Problem) -> Option<(String, bool)> {
    match problem {
        Problem::Conflict(conflict) => Some((conflict.name.clone(), false)),
        Problem::LabelTaken { metric, .. } => Some((metric.clone(), true)),
        Problem::Point(_) => None,
        problem => panic!("{problem}"),
    }
}

#[derive(Debug)]
enum Refusal {
    Existing,
    Conflict,
    LabelTaken,
}

fn refusal<T>(error: RegisterError<T>) -> Refusal {
    match error {
        RegisterError::AlreadyRegistered(_) => Refusal::Existing,
        RegisterError::Conflict { .. } => Refusal::Conflict,
        RegisterError::LabelTaken { .. } => Refusal::LabelTaken,
        error => panic!("{error}"),
    }
}

/// Makes a family of a type, with one series.
macro_rules! made {
    ($metric:ty, $options:expr, $registry:expr, $fam:expr, |$it:ident| $update:expr) => {{
        let (options, own) = ($options, &$fam.own);
        if own.is_empty() {
            match options.register_unlabelled::<$metric>($registry) {
                Ok(registered) => {
                    let $it = &*registered;
                    $update;
                    Ok(Some(Box::new(registered) as Box<dyn Any>))
                }
                Err(RegisterFamilyError::Register(error)) => Err(refusal(error)),
                Err(error) => panic!("{error}"),
            }
        } else {
            match options.register_dynamic::<$metric>($registry, own) {
                Ok(registered) => {
                    let $it = registered.try_with(&$fam.values).unwrap();
                    $update;
                    Ok(Some(Box::new(registered.clone()) as Box<dyn Any>))
                }
                Err(RegisterFamilyError::Register(error)) => Err(refusal(error)),
                Err(error) => panic!("{error}"),
            }
        }
    }};
}

fn register(registry: &Registry, what: What, fam: &Fam) -> Result<Option<Box<dyn Any>>, Refusal> {
    fn boxed<T: 'static, E>(
        result: Result<T, RegisterError<E>>,
    ) -> Result<Option<Box<dyn Any>>, Refusal> {
        let boxed = |it| Some(Box::new(it) as Box<dyn Any>);
        result.map(boxed).map_err(refusal)
    }
    match what {
        What::Instance => boxed(Instance::register(registry, fam.values[0])),
        What::Static => Statics::register(registry).map(|()| None).map_err(refusal),
        What::Described | What::Unchecked => {
            let (name, help) = (fam.name.as_str(), fam.help);
            let builder = match fam.kind {
                Kind::Counter => Descriptor::counter(name, help),
                Kind::Gauge => Descriptor::gauge(name, help),
                _ => Descriptor::histogram(name, help).buckets([1.0]),
            };
            let family = builder.labels(fam.own.iter().copied()).build().unwrap();
            let is_described = what == What::Described;
            let gives = Gives { family, values: fam.values.clone(), is_described };
            boxed(registry.register_collector(gives))
        }
        What::Family => {
            let options = FamilyOptions::new(&*fam.name, fam.help).max_series(10);
            match fam.kind {
                Kind::Counter => made!(Counter, options, registry, fam, |it| it.inc()),
                Kind::Gauge => made!(Gauge, options, registry, fam, |it| it.set(1.0)),
                _ => {
                    let options = options.buckets([1.0]);
                    made!(Histogram, options, registry, fam, |it| it.observe(1))
                }
            }
        }
    }
}

/// The text of a page.
fn text(gather: &impl Gather) -> String {
    let mut text = String::new();
    encode_text_of(gather, &mut text);
    text
}

#[test]
fn a_registry_that_is_cut_into_several_gives_the_same_page() {
    for seed in 1..=usually_or_long(100, 2_000) {
        let mut random = Random(seed * 0x9e37_79b9);
        let whole = Registry::new();
        let parts = [(); 3].map(|()| Registry::new());
        // No two of one name that differ, and no series twice: then it is the same who has which.
        let mut made = Vec::new();
        let mut handles = Vec::new();
        for _ in 0..random.below(30) {
            let mut model = Model::new(random.0, Tally::default());
            let fam = model.fam();
            random.below(2);
            let conflicts = |other: &Fam| {
                other.conflicts(&fam) || other.is_like(&fam) && other.values == fam.values
            };
            if made.iter().any(conflicts) {
                continue;
            }
            let part = &parts[random.below(parts.len())];
            for registry in [&whole, part] {
                handles.push(register(registry, What::Unchecked, &fam).unwrap());
            }
            made.push(fam);
        }
        let several = Registries::new(&parts);
        for _ in 0..2 {
            assert_eq!(text(&several), text(&whole), "{made:#?}");
        }
    }
}

#[test]
fn pages_are_right_and_what_is_left_out_is_said() {
    let mut tally = Tally::default();
    for seed in 1..=usually_or_long(60, 2_000) {
        let mut model = Model::new(seed * 0x9e37_79b9, tally);
        for _ in 0..60 {
            model.step();
        }
        while !model.entries.is_empty() {
            model.remove();
            model.check();
        }
        assert!(model.seen.0.is_empty(), "{:#?}", model.log);
        tally = model.tally;
    }
    let Tally { added, existing, conflicts, labels_taken, left_out, merged, twice } = tally;
    let least = [added, existing, conflicts, labels_taken, left_out, merged, twice];
    assert!(least.iter().all(|count| *count > 20), "{tally:?}");
}
