//! Every form of every macro, in a crate that forbids `unsafe`, denies all warnings, and has names
//! of its own for everything in the prelude.

#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, clippy::all, clippy::pedantic)]
#![allow(
    non_camel_case_types,
    clippy::wildcard_imports,
    unreachable_pub,
    reason = "the names that generated code must not pick up"
)]

/// Names that generated code must not pick up.
#[allow(dead_code, reason = "they are there to be in the way")]
mod shadows {
    pub(crate) mod std {}
    pub(crate) mod core {}
    pub(crate) mod measurand {}
    pub(crate) struct Option;
    pub(crate) struct Some;
    pub(crate) struct None;
    pub(crate) struct Result;
    pub(crate) struct Ok;
    pub(crate) struct Err;
    pub(crate) struct String;
    pub(crate) struct Vec;
    pub(crate) struct Box;
    pub(crate) struct str;
    pub(crate) struct u64;
    pub(crate) struct u32;
    pub(crate) struct usize;
    pub(crate) struct f64;
    pub(crate) struct bool;
    pub(crate) trait Send {}
    pub(crate) trait Sync {}
    pub(crate) trait Sized {}
    pub(crate) trait Copy {}
    pub(crate) trait Clone {}
    pub(crate) trait Fn {}
    pub(crate) trait ToString {}
    pub(crate) trait Into {}
}

mod declarations {
    #![allow(unused_imports, reason = "not each shadow is looked up by name")]
    use crate::shadows::*;
    use ::measurand::unit::{Bytes, Ratio, Seconds};
    use ::measurand::{Counter, Gauge, Histogram, InProgress, LabelSet, LabelValue, Metrics};

    ::measurand::unit!(
        /// Pages of a document.
        pub Pages = "pages",
        whole
    );
    ::measurand::unit!(
        /// Brightness.
        pub Lux = "lux",
        fractional
    );

    /// Bounds of buckets as a constant.
    pub const BOUNDS: [::core::primitive::f64; 2] = [0.25, 0.5];

    /// A static struct with every option.
    #[derive(Metrics)]
    #[metrics(
        namespace = "forbid",
        subsystem = "every",
        global = EVERY,
        const_labels(version = "1"),
        deny(namespace)
    )]
    pub struct Every {
        /// A counter.
        pub counted_total: Counter,
        /// A counter of bytes.
        pub read_bytes_total: Counter<Bytes>,
        /// A counter of seconds.
        pub spent_seconds_total: Counter<Seconds>,
        /// A counter of a unit of one's own.
        pub printed_pages_total: Counter<Pages>,
        /// A gauge.
        pub depth: Gauge,
        /// A gauge of a unit of one's own.
        pub ambient_lux: Gauge<Lux>,
        /// How many run.
        pub in_progress: InProgress,
        /// A histogram with default buckets.
        pub wait_duration_seconds: Histogram<Seconds>,
        /// Linear buckets.
        #[metric(buckets = linear(1, 2, 3))]
        pub batch: Histogram,
        /// Exponential buckets.
        #[metric(buckets = exponential(256, 4, 5))]
        pub body_size_bytes: Histogram<Bytes>,
        /// A range of buckets.
        #[metric(buckets = exponential_range(0.001, 10, 5))]
        pub range_duration_seconds: Histogram<Seconds>,
        /// Buckets as a list.
        #[metric(buckets = [-1, 0.5, 2])]
        pub delta_ratio: Histogram<Ratio>,
        /// Buckets as a constant.
        #[metric(buckets = BOUNDS)]
        pub const_ratio: Histogram<Ratio>,
        /// Replaced by the option.
        #[metric(rename = "renamed_total", help = "The help of the option.")]
        pub whatever: Counter,
        /// A name that breaks a rule.
        #[metric(expect(counter_total, reason = "a test"))]
        pub waived_total: Gauge,
        /// A raw identifier.
        pub r#loop: Gauge,
        /// Only with an attribute of its own.
        #[cfg(not(any()))]
        pub present: Gauge,
        /// Not there.
        #[cfg(any())]
        pub absent: NoSuchType,
        /// A group.
        #[metric(flatten)]
        pub group: Group,
        /// The same group.
        #[metric(flatten(prefix = "spare"))]
        pub spare: Group,
        /// No metric.
        #[metric(skip = 5)]
        pub skipped: ::core::primitive::u8,
    }

    /// A group in a group.
    #[derive(Metrics)]
    #[metrics(group)]
    pub struct Inner {
        /// Opened.
        pub opened_total: Counter,
    }

    /// A group.
    #[derive(Metrics)]
    #[metrics(group)]
    pub struct Group {
        /// Waiting.
        pub waiting: Gauge,
        /// The inner group.
        #[metric(flatten(prefix = "inner"))]
        pub inner: Inner,
    }

    /// An instance.
    #[derive(Metrics)]
    #[metrics(namespace = "forbid", subsystem = "instance", instance(pool: &::core::primitive::str, shard: ::core::primitive::u16))]
    pub struct Instance {
        /// Opened.
        pub opened_total: Counter,
        /// A group.
        #[metric(flatten)]
        pub group: Group,
    }

    /// A struct whose names stand elsewhere too.
    #[derive(Metrics)]
    #[metrics(namespace = "forbid", subsystem = "local", local)]
    struct Local {
        /// Opened.
        opened_total: Counter,
    }

    /// The other one.
    pub mod other {
        use crate::shadows::*;

        /// A struct whose names stand elsewhere too.
        #[derive(::measurand::Metrics)]
        #[metrics(namespace = "forbid", subsystem = "local", local)]
        pub(super) struct Local {
            /// Opened.
            pub(super) opened_total: ::measurand::Counter,
        }
    }

    /// A label with every option.
    #[derive(LabelValue)]
    #[label(
        name = "type",
        rename_all = "kebab-case",
        expect(target_label, reason = "a test"),
        crate = ::measurand
    )]
    #[non_exhaustive]
    pub enum Coding {
        /// As it is.
        AsIs,
        /// Renamed.
        #[label(rename = "x-lzma")]
        Lzma,
        /// Any other.
        #[label(other)]
        Other,
        /// None.
        #[label(skip)]
        Absent,
    }

    /// A label around a value.
    #[derive(LabelValue)]
    pub struct Tenant<'a>(pub &'a ::core::primitive::str);

    /// A set with every option.
    #[derive(LabelSet)]
    #[label(crate = ::measurand)]
    pub struct Call<'a, 'b> {
        /// A raw identifier.
        pub r#loop: ::core::primitive::u8,
        /// Renamed.
        #[label(rename = "howSo", expect(snake_case, reason = "a test"))]
        pub way: &'a ::core::primitive::str,
        /// Another set.
        #[label(flatten)]
        pub tenant: Tenant<'b>,
        /// Two sets.
        #[label(flatten)]
        pub pair: (Coding, ::measurand::family::Method),
        /// No label.
        #[label(skip)]
        pub skipped: ::core::primitive::char,
    }

    /// Updates what is private.
    pub fn update() {
        Local::global().opened_total.inc();
        other::Local::global().opened_total.inc();
    }

    /// A struct in a body.
    pub fn in_a_body() -> ::core::primitive::u64 {
        /// A struct in a body.
        #[derive(Metrics)]
        #[metrics(namespace = "forbid", subsystem = "body")]
        struct Body {
            /// Opened.
            opened_total: Counter,
        }
        Body::global().opened_total.inc();
        Body::global().opened_total.get()
    }
}

#[::core::prelude::rust_2024::test]
fn every_form_compiles_and_counts() {
    use ::std::prelude::rust_2024::*;
    use ::std::{assert, assert_eq, format};

    use declarations::{Call, Coding, EVERY, Every, Instance, Tenant};

    EVERY.counted_total.inc();
    EVERY.printed_pages_total.inc_by(3);
    EVERY.ambient_lux.set(2.5);
    EVERY.r#loop.set(7);
    EVERY.group.inner.opened_total.inc();
    EVERY.spare.inner.opened_total.inc_by(2);
    assert_eq!(EVERY.skipped, 5);
    assert!(::std::ptr::eq(&raw const EVERY, Every::global()));
    declarations::update();
    assert_eq!(declarations::in_a_body(), 1);
    let instance = Instance::register(::measurand::Registry::global(), "a", 7);
    let instance = instance.unwrap();
    instance.group.waiting.set(1);

    let mut text = String::new();
    ::measurand::encode_text(&mut text);
    for line in [
        "# HELP forbid_every_renamed_total The help of the option.",
        "forbid_every_counted_total{version=\"1\"} 1",
        "forbid_every_printed_pages_total{version=\"1\"} 3",
        "forbid_every_ambient_lux{version=\"1\"} 2.5",
        "forbid_every_loop{version=\"1\"} 7",
        "forbid_every_present{version=\"1\"} 0",
        "forbid_every_inner_opened_total{version=\"1\"} 1",
        "forbid_every_spare_inner_opened_total{version=\"1\"} 2",
        "forbid_every_batch_bucket{version=\"1\",le=\"5\"} 0",
        "forbid_every_const_ratio_bucket{version=\"1\",le=\"0.25\"} 0",
        "forbid_every_delta_ratio_bucket{version=\"1\",le=\"-1\"} 0",
        "forbid_instance_waiting{pool=\"a\",shard=\"7\"} 1",
        "forbid_instance_inner_opened_total{pool=\"a\",shard=\"7\"} 0",
        "forbid_local_opened_total 2",
        "forbid_body_opened_total 1",
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line}\nis not in\n{text}");
    }
    ::measurand::Registry::global().validate().unwrap();

    let call = Call {
        r#loop: 5,
        way: "a",
        tenant: Tenant("b"),
        pair: (Coding::from("as-is"), ::measurand::family::Method::Head),
        skipped: 'a',
    };
    assert_eq!(::measurand::LabelSet::position(&call), 1);
    assert_eq!(call.skipped, 'a');
}
