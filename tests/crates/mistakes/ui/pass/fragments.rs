//! Every option as a fragment of `macro_rules!`, in any position.

#![deny(warnings)]

use measurand::unit::{Bytes, Seconds};
use measurand::{Calls, Counter, Family, Gauge, Histogram, LabelSet, LabelValue, Metrics};
use measurand::{Registry, instrument_metrics};
use std::future::Future;

#[derive(LabelValue)]
enum Op {
    Get,
    Put,
}

const STEP: u32 = 2;

macro_rules! fields {
    ($name:ident, $global:ident, $space:literal, $sub:expr, $version:expr, $reason:literal, $tt:tt,
     $calls:ty, $family:ty, $histogram:ty, $help:expr, $rename:literal, $bound:expr, $bounds:expr,
     $count:literal, $max:expr, $krate:path, $skipped:ty, $start:expr, $doc:literal) => {
        #[derive(Metrics)]
        #[metrics(
            crate = $krate,
            namespace = $space,
            global = $global,
            subsystem = $sub,
            const_labels(version = $version, stage = $tt)
        )]
        struct $name {
            #[doc = $doc]
            work: $calls,
            #[metric(help = $help, rename = $rename)]
            family: $family,
            #[metric(rename = $rename, help = $help, buckets = [$bound, 3 * $bound, 100])]
            #[cfg(any())]
            absent: $histogram,
            #[doc = $doc]
            #[metric(buckets = [$bound, 3 * $bound, 100])]
            first_seconds: $histogram,
            #[metric(buckets = linear($bound, $bound, $count), help = $doc)]
            second_seconds: $histogram,
            #[metric(buckets = $bounds)]
            #[doc = $doc]
            third_seconds: $histogram,
            #[metric(max_label_bytes = 2 * $max, max_series = $max, help = $tt)]
            open_total: Family<Tenant<'static>, Counter>,
            #[metric(expect(counter_total, reason = $reason), help = $help)]
            waived_total: Gauge,
            #[metric(skip = $start)]
            skipped: $skipped,
        }
    };
}

#[derive(LabelSet)]
struct Tenant<'a> {
    tenant: &'a str,
}

fields!(
    Fields, FIELDS, "fragments", "all", "1", "a test", "tt", Calls<Op>, Family<Op, Counter<Bytes>>,
    Histogram<Seconds>, "By an expression.", "read_bytes_total", 1 + STEP, [1, 2], 3, 1 + 2,
    ::measurand, u8, 1 + 2, "By a literal."
);

macro_rules! metas {
    ($(#[$struct:meta])* $name:ident { $($(#[$field:meta])* $vis:vis $ident:ident: $ty:ty,)* }) => {
        #[derive(Metrics)]
        $(#[$struct])*
        struct $name {
            $($(#[$field])* $vis $ident: $ty,)*
        }
    };
}

metas! {
    /// Handed on.
    #[metrics(namespace = "fragments", subsystem = "metas", instance(pool: &str))]
    Metas {
        /// Counted.
        pub counted_total: Counter,
        /// Renamed.
        #[metric(rename = "renamed_total")]
        other: Family<(Op,), Counter>,
    }
}

macro_rules! nested {
    ($option:meta, $($options:meta),*; $label:ident, $type:ty; $ty:ty) => {
        #[derive(Metrics)]
        #[metrics($option, instance($label: $type), $($options),*)]
        struct Nested {
            /// A group.
            #[metric(flatten(prefix = "group"))]
            group: $ty,
        }
    };
}

macro_rules! group {
    ($name:ident, $prefix:expr, $ty:ty) => {
        #[derive(Metrics)]
        #[metrics(group)]
        struct $name {
            #[metric(flatten(prefix = $prefix))]
            inner: $ty,
        }
        nested!(namespace = "fragments", subsystem = "nested"; pool, &str; $name);
    };
}

#[derive(Metrics)]
#[metrics(group)]
struct Inner {
    /// Calls.
    work: Calls<Op>,
}

group!(Group, "deep", Inner);

macro_rules! labels {
    ($name:ident, $label:literal, $case:expr, $rename:literal, $reason:expr, $lifetime:lifetime,
     $ty:ty) => {
        #[derive(LabelValue)]
        #[label(name = $label, rename_all = $case, expect(target_label, reason = $reason))]
        enum $name {
            #[label(rename = $rename)]
            First,
            SecondOne,
        }

        #[derive(LabelSet)]
        #[allow(dead_code)]
        struct Set<$lifetime> {
            #[label(rename = $rename)]
            text: &$lifetime $ty,
            other: $ty,
        }
    };
}

labels!(Kind, "type", "kebab-case", "one", "a test", 'a, u8);

macro_rules! functions {
    ($field:expr, $name:ident, $label:expr, $error:path, $sample:literal, $ok:ty, $self:literal,
     $block:block) => {
        #[instrument_metrics($field, labels(op = $label))]
        fn in_field() -> $ok {
            Ok(1)
        }

        #[instrument_metrics($field, labels($label))]
        fn in_field_as_a_whole() {}

        #[instrument_metrics(sample = $sample, error = $error, self_type = $self)]
        fn alone() -> $ok $block

        struct $name;

        #[instrument_metrics(sample = $sample)]
        impl $name {
            #[instrument_metrics($field, labels(op = $label), sample = $sample)]
            fn method(&self) {}
            fn other(&self) -> $ok {
                Err("no".to_owned())
            }
        }
    };
}

fn kind(_: &String) -> Kind {
    Kind::SecondOne
}

macro_rules! sampled {
    ($($name:ident: $sample:literal $skip:ident;)*) => {$(
        #[instrument_metrics(sample = $sample, skip($skip))]
        fn $name() {}
    )*};
}

sampled! { always: 1 in_progress; seldom: 1000 in_progress; }

macro_rules! body {
    ($sum:expr, $product:expr, $pattern:pat, $ty:ty, $method:ident) => {
        #[instrument_metrics]
        fn computed(number: i64) -> Result<$ty, String> {
            let sum: $ty = 3 * $sum;
            match number {
                $pattern => Ok(-$sum - $product + sum.$method()),
                _ => Ok(2 * $sum),
            }
        }

        #[instrument_metrics]
        async fn computed_later() -> $ty {
            3 * $sum
        }

        #[instrument_metrics]
        fn computed_at_once() -> impl Future<Output = $ty> {
            let sum = 3 * $sum;
            std::future::ready(sum)
        }

        #[instrument_metrics]
        impl Body {
            fn computed(&self) -> $ty {
                3 * $sum
            }
        }
    };
}

struct Body;

body!(1 + 2, 3 - 4, -5 | 1..=2, i64, abs);

functions!(FIELDS.work, Service, Op::Put, kind, 2, Result<u8, String>, "Type", { Ok(2) });

fn main() {
    let _ = (in_field(), alone(), Service.other(), Kind::First, Op::Get);
    in_field_as_a_whole();
    Service.method();
    assert_eq!((computed(-5), computed(0)), (Ok(-3 + 1 + 9), Ok(6)));
    assert_eq!(Body.computed(), 9);
    let mut later = std::pin::pin!(computed_later());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert_eq!(later.as_mut().poll(&mut context), std::task::Poll::Ready(9));
    let mut later = std::pin::pin!(computed_at_once());
    assert_eq!(later.as_mut().poll(&mut context), std::task::Poll::Ready(9));
    FIELDS.family.with(Op::Get).inc_by(7);
    assert_eq!(FIELDS.skipped, 3);
    let pool = Metas::register(Registry::global(), "a").unwrap();
    pool.counted_total.inc();
    let nested = Nested::register(Registry::global(), "a").unwrap();
    let _ = nested.group.inner.work.with(Op::Get);
    let mut text = String::new();
    measurand::encode_text(&mut text);
    for line in [
        "# HELP fragments_all_work_calls_total By a literal: calls that have ended, by how they ended.",
        "# HELP fragments_all_read_bytes_total By an expression.",
        "fragments_all_work_calls_total{op=\"put\",outcome=\"ok\",version=\"1\",stage=\"tt\"} 3",
        "fragments_all_read_bytes_total{op=\"get\",version=\"1\",stage=\"tt\"} 7",
        "fragments_all_first_seconds_bucket{version=\"1\",stage=\"tt\",le=\"9\"} 0",
        "fragments_all_second_seconds_bucket{version=\"1\",stage=\"tt\",le=\"9\"} 0",
        "fragments_all_third_seconds_bucket{version=\"1\",stage=\"tt\",le=\"2\"} 0",
        "fragments_metas_counted_total{pool=\"a\"} 1",
        "fragments_metas_renamed_total{pool=\"a\",op=\"get\"} 0",
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line}\nis not in\n{text}");
    }
}
