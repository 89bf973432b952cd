//! What small inputs expand to, pretty-printed, in files: read the difference before you accept
//! it with `UPDATE_EXPECT=1`.

use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;
use syn::{DeriveInput, parse_quote};

use crate::{derive_label_set, derive_label_value, derive_metrics};

#[track_caller]
fn check(input: DeriveInput, expected: ExpectFile) {
    check_expansion(derive_metrics::expand(input), expected);
}

#[track_caller]
fn check_expansion(tokens: TokenStream, expected: ExpectFile) {
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

#[test]
fn a_label_of_an_enum() {
    let input = parse_quote! {
        #[label(name = "type", rename_all = "kebab-case")]
        #[label(expect(target_label, reason = "an old dashboard"))]
        pub enum Coding {
            Gzip,
            #[label(rename = "x-lzma")]
            Lzma,
            #[label(other)]
            AnythingElse,
            #[label(skip)]
            Absent,
        }
    };
    check_expansion(
        derive_label_value::expand(input),
        expect_file!["snapshots/label_enum.expanded"],
    );
}

#[test]
fn a_label_of_a_newtype() {
    let input = parse_quote! {
        struct Tenant<'a>(&'a str);
    };
    check_expansion(
        derive_label_value::expand(input),
        expect_file!["snapshots/label_newtype.expanded"],
    );
}

#[test]
fn a_label_of_no_type_that_could_be_one() {
    let input = parse_quote! {
        enum Outcome {
            Failed(String),
            #[label(other)]
            Other,
        }
    };
    check_expansion(
        derive_label_value::expand(input),
        expect_file!["snapshots/label_wrong.expanded"],
    );
}

#[test]
fn a_label_set() {
    let input = parse_quote! {
        #[label(crate = kit)]
        pub struct CallLabels<'a, 'b> {
            algorithm: Algorithm,
            #[label(rename = "customer", expect(snake_case, reason = "an old dashboard"))]
            tenant: &'a str,
            #[label(flatten)]
            client: ClientLabels<'b>,
            #[label(flatten)]
            pair: (StatusClass, Method),
            #[label(skip)]
            started: Instant,
        }
    };
    check_expansion(derive_label_set::expand(input), expect_file!["snapshots/label_set.expanded"]);
}
