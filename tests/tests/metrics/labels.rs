//! What the derives of label values and label sets make of a type.

use std::cell::RefCell;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroI64, NonZeroU16};
use std::path::Path;
use std::thread;

use measurand::__private_0_1::{LabelList, ValueSet};
use measurand::family::{Method, StatusClass, StatusCode};
use measurand::{Counter, Family, Gauge, LabelSet, LabelValue, Metrics, Registry};
use measurand_tests::{in_time, samples};

#[derive(LabelValue, Clone, Copy)]
enum Algorithm {
    Sha256,
    Blake3,
    #[label(rename = "crc 32/\"C\"")]
    Crc32c = 7,
}

#[derive(LabelValue)]
#[label(name = "result", rename_all = "SCREAMING-KEBAB-CASE")]
enum CallResult {
    NotFound,
    #[label(other)]
    Anything,
    r#Match,
    #[label(skip)]
    Unknown,
}

#[derive(LabelValue)]
struct Tenant<'a>(&'a str);

#[derive(LabelValue)]
#[label(name = "codec")]
struct Chosen(Option<Algorithm>);

#[derive(LabelValue)]
#[label(expect(target_label, reason = "a test"))]
struct Job(u16);

#[derive(LabelSet)]
struct Client<'a, 'b> {
    tenant: &'a str,
    #[label(rename = "tier")]
    level: Option<bool>,
    r#loop: &'b str,
}

#[derive(LabelSet)]
struct Call<'a> {
    algorithm: Algorithm,
    #[label(flatten)]
    client: Client<'a, 'static>,
    #[label(skip)]
    started: u64,
    #[label(flatten)]
    status: StatusClass,
    #[label(expect(target_label, snake_case, reason = "a test"), rename = "type")]
    #[cfg(any())]
    absent: NoSuchType,
    cached: bool,
}

/// The list that a derive is to make.
#[track_caller]
fn check_labels<L: LabelSet>(expected: LabelList) {
    assert_eq!(format!("{:?}", L::LABELS), format!("{expected:?}"));
}

fn open_values<L: LabelSet>(labels: &L) -> Vec<String> {
    let values = RefCell::new(Vec::new());
    labels.visit_open(&mut |value| values.borrow_mut().push(value.to_owned()));
    values.into_inner()
}

const ALGORITHMS: ValueSet = ValueSet::known(&["sha256", "blake3", "crc 32/\"C\""]);

#[test]
fn an_enum_is_a_label_of_its_variants() {
    assert_eq!(Algorithm::VALUES, ALGORITHMS);
    check_labels::<Algorithm>(LabelList::new().label("algorithm", ALGORITHMS));
    check_labels::<CallResult>(
        LabelList::new().label("result", ValueSet::known(&["NOT-FOUND", "ANYTHING", "MATCH", ""])),
    );
}

#[test]
fn a_position_is_not_the_discriminant() {
    let all = [Algorithm::Sha256, Algorithm::Blake3, Algorithm::Crc32c];
    assert_eq!(all.map(|value| value as usize), [0, 1, 7]);
    assert_eq!(all.map(|value| LabelValue::position(&value)), [0, 1, 2]);
    assert_eq!(all.map(|value| LabelSet::position(&value)), [0, 1, 2]);
    assert!(open_values(&Algorithm::Sha256).is_empty());
}

#[test]
fn what_no_variant_has_is_the_other_one() {
    assert!(matches!(CallResult::from("NOT-FOUND"), CallResult::NotFound));
    assert!(matches!(CallResult::from("MATCH"), CallResult::Match));
    assert!(matches!(CallResult::from(""), CallResult::Unknown));
    for text in ["ANYTHING", "not-found", "NotFound", "Match", " "] {
        assert!(matches!(CallResult::from(text), CallResult::Anything), "{text}");
    }
}

#[test]
fn a_newtype_has_the_values_inside() {
    check_labels::<Tenant<'_>>(LabelList::new().label("tenant", ValueSet::OPEN));
    assert_eq!(open_values(&Tenant("a")), ["a"]);
    check_labels::<Job>(LabelList::new().label("job", ValueSet::OPEN));
    assert_eq!(open_values(&Job(5)), ["5"]);
    check_labels::<Chosen>(LabelList::new().label("codec", <Option<Algorithm>>::VALUES));
    assert_eq!(LabelSet::position(&Chosen(None)), 0);
    assert_eq!(LabelSet::position(&Chosen(Some(Algorithm::Crc32c))), 3);
}

#[test]
fn a_label_is_absent_in_one_way() {
    assert_eq!(<Option<CallResult>>::VALUES, CallResult::VALUES);
    assert_eq!(<Option<Option<bool>>>::VALUES, <Option<bool>>::VALUES);
    let absent = Some(CallResult::Unknown);
    assert_eq!(LabelValue::position(&absent), 3);
    assert_eq!(LabelValue::position(&None::<CallResult>), 3);
    assert_eq!(LabelValue::position(&Some(CallResult::Match)), 2);
    assert_eq!(LabelValue::position(&Some(Some(true))), 2);
    assert_eq!(LabelValue::position(&Some(None::<bool>)), 0);
    assert_eq!(LabelValue::position(&None::<Option<bool>>), 0);
}

#[test]
fn a_set_has_its_fields_in_order() {
    let call = LabelList::new()
        .label("algorithm", ALGORITHMS)
        .label("tenant", ValueSet::OPEN)
        .label("tier", <Option<bool>>::VALUES)
        .label("loop", ValueSet::OPEN)
        .set(StatusClass::LABELS)
        .label("cached", bool::VALUES);
    check_labels::<Call<'_>>(call);
    assert_eq!(Call::COMBINATIONS, 3 * 3 * 5 * 2);
    let call = Call {
        algorithm: Algorithm::Blake3,
        client: Client { tenant: "a", level: Some(true), r#loop: "b" },
        started: 5,
        status: StatusClass::Redirection,
        cached: true,
    };
    assert_eq!(call.started, 5);
    assert_eq!(open_values(&call), ["a", "b"]);
}

#[test]
fn every_combination_has_a_position_of_its_own() {
    let mut positions = Vec::new();
    for algorithm in [Algorithm::Sha256, Algorithm::Blake3, Algorithm::Crc32c] {
        for level in [None, Some(false), Some(true)] {
            for code in [100, 200, 300, 400, 500] {
                for cached in [false, true] {
                    let call = Call {
                        algorithm,
                        client: Client { tenant: "a", level, r#loop: "b" },
                        started: 0,
                        status: StatusClass::from_code(code),
                        cached,
                    };
                    positions.push(call.position());
                }
            }
        }
    }
    assert!(positions.into_iter().eq(0..Call::COMBINATIONS));
}

#[test]
fn derived_labels_are_sets_in_tuples() {
    type Labels<'a> = (Algorithm, Tenant<'a>, Method);
    check_labels::<Labels<'_>>(
        LabelList::new().set(Algorithm::LABELS).set(Tenant::LABELS).set(Method::LABELS),
    );
    let labels: Labels<'_> = (Algorithm::Blake3, Tenant("a"), Method::Head);
    assert_eq!(LabelSet::position(&labels), 11);
    assert_eq!(open_values(&labels), ["a"]);
}

#[test]
fn labels_are_lent_for_a_shorter_time() {
    fn tenant<L: LabelSet>(labels: &L::With<'_>) -> String {
        open_values(labels).concat()
    }
    let name = String::from("a");
    let client = Client { tenant: &name, level: None, r#loop: &name };
    assert_eq!(tenant::<Client<'static, 'static>>(&client), "aa");
    assert_eq!(tenant::<Tenant<'static>>(&Tenant(&name)), "a");
    assert_eq!(tenant::<(Algorithm, Tenant<'static>)>(&(Algorithm::Sha256, Tenant(&name))), "a");
}

/// Shown as a whole.
#[derive(LabelValue, Clone, Copy)]
#[label(display, name = "order")]
struct OrderId {
    year: u16,
    number: u32,
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.year, self.number)
    }
}

/// An enum with data.
#[derive(LabelValue)]
#[label(display)]
#[allow(dead_code, reason = "only the spelling counts")]
enum Failure {
    Io(u8),
    Gone,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Failure::Io(_) => "io",
            Failure::Gone => "gone",
        })
    }
}

/// Has a `Display` of its own.
#[derive(LabelValue)]
#[label(display)]
struct Loud(&'static str);

impl fmt::Display for Loud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_uppercase())
    }
}

/// Has none, and what is inside has.
#[derive(LabelValue)]
#[label(display)]
struct Borrowed<'a>(std::path::Display<'a>);

#[derive(LabelValue)]
struct Inner(#[label(display)] OrderId);

#[derive(LabelValue)]
struct Perhaps(#[label(display)] Option<f64>);

#[derive(LabelSet)]
struct Shown<'a> {
    algorithm: Algorithm,
    #[label(display, rename = "order")]
    id: OrderId,
    #[label(display)]
    path: std::path::Display<'a>,
    #[label(display)]
    ratio: Option<f64>,
    address: SocketAddr,
}

#[test]
fn what_is_displayed_is_a_label_value() {
    let id = OrderId { year: 2019, number: 7 };
    check_labels::<OrderId>(LabelList::new().label("order", ValueSet::OPEN));
    assert_eq!(open_values(&id), ["2019-7"]);
    assert_eq!(open_values(&Failure::Io(3)), ["io"]);
    assert_eq!(open_values(&Failure::Gone), ["gone"]);
    assert_eq!(open_values(&Loud("a")), ["A"]);
    assert_eq!(open_values(&Borrowed(Path::new("a/b").display())), ["a/b"]);
    check_labels::<Inner>(LabelList::new().label("inner", ValueSet::OPEN));
    assert_eq!(open_values(&Inner(id)), ["2019-7"]);
    assert_eq!(open_values(&Perhaps(Some(0.5))), ["0.5"]);
    assert_eq!(open_values(&Perhaps(None)), [""]);
    let list = LabelList::new()
        .label("algorithm", ALGORITHMS)
        .label("order", ValueSet::OPEN)
        .label("path", ValueSet::OPEN)
        .label("ratio", ValueSet::OPEN)
        .label("address", ValueSet::OPEN);
    check_labels::<Shown<'_>>(list);
    // Longer than what has room on the stack, in one piece and in several.
    for path in ["x".repeat(10), "x".repeat(64), "x".repeat(65), "\u{FFFD}x".repeat(99)] {
        let shown = Shown {
            algorithm: Algorithm::Crc32c,
            id,
            path: Path::new(&path).display(),
            ratio: Some(1.5),
            address: SocketAddr::from(([10, 0, 0, 1], 80)),
        };
        assert_eq!(open_values(&shown), ["2019-7", &path, "1.5", "10.0.0.1:80"]);
        assert_eq!(shown.position(), 2);
    }
    let pieces = "ä".repeat(40);
    assert_eq!(open_values(&InPieces(&pieces)), [format!("{pieces}/{pieces}")]);
}

/// Written in pieces.
#[derive(LabelValue)]
#[label(display)]
struct InPieces<'a>(&'a str);

impl fmt::Display for InPieces<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, self.0)
    }
}

#[test]
fn addresses_and_numbers_but_zero_are_label_values() {
    fn value(value: impl LabelValue) -> String {
        let text = RefCell::new(String::new());
        value.visit_open(&mut |value| text.borrow_mut().push_str(value));
        text.into_inner()
    }
    let longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    assert_eq!(value(longest.parse::<IpAddr>().unwrap()), longest);
    assert_eq!(value(Ipv4Addr::LOCALHOST), "127.0.0.1");
    assert_eq!(value(Ipv6Addr::LOCALHOST), "::1");
    assert_eq!(value(Some("[::1]:80".parse::<SocketAddr>().unwrap())), "[::1]:80");
    assert_eq!(value(NonZeroU16::MAX), "65535");
    assert_eq!(value(NonZeroI64::MIN), i64::MIN.to_string());
}

#[test]
fn types_of_http_are_labels() {
    check_labels::<http::StatusCode>(LabelList::new().set(StatusCode::LABELS));
    check_labels::<http::Method>(LabelList::new().set(Method::LABELS));
    check_labels::<actix_web::http::StatusCode>(LabelList::new().set(StatusCode::LABELS));
    let code = http::StatusCode::NOT_FOUND;
    assert_eq!(StatusCode::from(code), StatusCode::from_code(404));
    assert_eq!(StatusClass::from(code), StatusClass::ClientError);
    assert_eq!(LabelSet::position(&code), LabelSet::position(&StatusCode::from_code(404)));
    assert_eq!(LabelSet::position(&http::Method::HEAD), LabelSet::position(&Method::Head));
    let brew = http::Method::from_bytes(b"BREW").unwrap();
    assert_eq!(Method::from(&brew), Method::Other);
    assert_eq!(format!("{:?}", StatusCode::from(599)), "StatusCode(5xx)");
}

/// Of labels of every kind.
#[derive(Metrics)]
#[metrics(namespace = "labelled", instance(
    algorithm: Algorithm,
    customer: &str,
    order: OrderId,
    cached: Option<bool>,
    address: IpAddr,
    absent: Option<&str>,
))]
struct Labelled {
    /// Things.
    things_total: Counter,
    /// Answers.
    answers_total: Family<(http::Method, StatusCode), Counter>,
    /// All of them.
    #[metric(zeros)]
    codes: Family<StatusCode, Gauge>,
    /// Orders.
    #[metric(max_series = 5)]
    orders_total: Family<Inner, Counter>,
}

#[test]
fn labels_of_an_instance_are_any_label_values() {
    let registry = Registry::new();
    let labelled = Labelled::register(
        &registry,
        Algorithm::Crc32c,
        "acme",
        OrderId { year: 2019, number: 7 },
        Some(true),
        IpAddr::from([10, 0, 0, 1]),
        None,
    )
    .unwrap();
    labelled.things_total.inc();
    labelled.answers_total.with((http::Method::GET, StatusCode::from_code(404))).inc();
    labelled.answers_total.with((http::Method::GET, StatusCode::from_code(599))).inc();
    for number in 0..9 {
        labelled.orders_total.with(Inner(OrderId { year: 2019, number })).inc();
        labelled.orders_total.with(Inner(OrderId { year: 2019, number })).inc();
    }
    assert!(labelled.orders_total.remove(Inner(OrderId { year: 2019, number: 1 })));
    let mut text = String::new();
    registry.encode_text(&mut text);
    let own = "algorithm=\"crc 32/\\\"C\\\"\",customer=\"acme\",order=\"2019-7\",cached=\"true\",\
               address=\"10.0.0.1\"";
    assert_eq!(
        samples(&text, "labelled_things_total"),
        [format!("labelled_things_total{{{own}}} 1")]
    );
    assert_eq!(
        samples(&text, "labelled_answers_total"),
        [
            format!("labelled_answers_total{{{own},method=\"GET\",status=\"404\"}} 1"),
            format!("labelled_answers_total{{{own},method=\"GET\",status=\"5xx\"}} 1"),
        ]
    );
    assert_eq!(samples(&text, "labelled_codes").len(), 67);
    let orders: Vec<_> = [("0", 2), ("2", 2), ("3", 2), ("4", 2)]
        .map(|(number, count)| {
            format!("labelled_orders_total{{{own},inner=\"2019-{number}\"}} {count}")
        })
        .into();
    let mut lines = samples(&text, "labelled_orders_total");
    lines.retain(|line| !line.contains("__other__"));
    assert_eq!(lines, orders);
}

/// Does something with the family that it is a label of.
#[derive(LabelValue)]
#[label(display)]
struct Curious<'a>(&'a Registry, &'a str);

#[derive(Metrics)]
#[metrics(namespace = "curious", global = CURIOUS, local)]
struct CuriousMetrics {
    /// Things.
    #[metric(max_series = 50)]
    things_total: Family<Tenant<'static>, Counter>,
    /// Looks.
    #[metric(max_series = 50)]
    looks_total: Family<Curious<'static>, Counter>,
}

impl fmt::Display for Curious<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        thread::scope(|scope| {
            let work = || {
                CURIOUS.things_total.with(Tenant(self.1)).inc();
                let _ = CURIOUS.looks_total.with(Curious(self.0, "")).get();
                let mut text = String::new();
                self.0.encode_text(&mut text);
            };
            if !self.1.is_empty() {
                scope.spawn(work).join().unwrap();
            }
        });
        f.write_str(self.1)
    }
}

#[test]
fn nobody_waits_for_a_value_that_is_being_written() {
    in_time(|| {
        let registry = Registry::global();
        CURIOUS.looks_total.with(Curious(registry, "a")).inc();
        CURIOUS.looks_total.with(Curious(registry, "a")).inc();
        assert_eq!(CURIOUS.looks_total.with(Curious(registry, "a")).get(), 2);
        assert!(CURIOUS.looks_total.remove(Curious(registry, "a")));
    });
}
