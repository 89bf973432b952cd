//! What the derives of label values and label sets make of a type.

use std::cell::RefCell;

use measurand::__private_0_1::{LabelList, Values};
use measurand::family::{Method, StatusClass};
use measurand::{LabelSet, LabelValue};

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

const ALGORITHMS: Values = Values::known(&["sha256", "blake3", "crc 32/\"C\""]);

#[test]
fn an_enum_is_a_label_of_its_variants() {
    assert_eq!(Algorithm::VALUES, ALGORITHMS);
    check_labels::<Algorithm>(LabelList::new().label("algorithm", ALGORITHMS));
    check_labels::<CallResult>(
        LabelList::new().label("result", Values::known(&["NOT-FOUND", "ANYTHING", "MATCH", ""])),
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
    check_labels::<Tenant<'_>>(LabelList::new().label("tenant", Values::OPEN));
    assert_eq!(open_values(&Tenant("a")), ["a"]);
    check_labels::<Job>(LabelList::new().label("job", Values::OPEN));
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
        .label("tenant", Values::OPEN)
        .label("tier", <Option<bool>>::VALUES)
        .label("loop", Values::OPEN)
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
