//! What small inputs expand to, pretty-printed, in files: read the difference before you accept
//! it with `UPDATE_EXPECT=1`.

use expect_test::{ExpectFile, expect_file};
use syn::{DeriveInput, parse_quote};

use crate::derive_metrics;

#[track_caller]
fn check(input: DeriveInput, expected: ExpectFile) {
    let tokens = derive_metrics::expand(input);
    let file = syn::parse2(tokens).expect("the expansion is a list of items");
    expected.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn a_static_struct() {
    check(
        parse_quote! {
            #[metrics(namespace = "digest", global = METRICS)]
            pub struct DigestMetrics {
                /// Bytes read from request bodies.
                pub read_bytes_total: Counter<Bytes>,
                /// Time to hash one body.
                #[metric(buckets = exponential(0.0001, 4.0, 10))]
                pub hash_duration_seconds: Histogram<Seconds>,
            }
        },
        expect_file!["snapshots/static.expanded"],
    );
}

#[test]
fn an_instance_struct_with_a_group() {
    check(
        parse_quote! {
            #[metrics(namespace = "pool", instance(pool: &str), const_labels(version = "1"))]
            struct Pool {
                /// Connections idle.
                #[metric(expect(unit_suffix, reason = "an old dashboard"))]
                idle_seconds: Gauge,
                #[metric(flatten(prefix = "cache"))]
                cache: Cache,
                #[metric(skip = 0)]
                id: u32,
            }
        },
        expect_file!["snapshots/instance.expanded"],
    );
}

#[test]
fn a_group() {
    check(
        parse_quote! {
            #[metrics(group, crate = kit)]
            struct Cache {
                /// Look-ups that found something.
                hits_total: Counter,
            }
        },
        expect_file!["snapshots/group.expanded"],
    );
}

#[test]
fn a_struct_that_is_none() {
    check(
        parse_quote! {
            #[metrics(global = METRICS)]
            pub struct Wrong(Counter);
        },
        expect_file!["snapshots/wrong.expanded"],
    );
}
