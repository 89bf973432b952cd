//! What small inputs expand to, pretty-printed, in files: read the difference before you accept
//! it with `UPDATE_EXPECT=1`.

use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_quote};

use crate::expand;

#[track_caller]
fn check(input: DeriveInput, expected: ExpectFile) {
    check_expansion(expand::metrics(input), expected);
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
    check_expansion(expand::label_value(input), expect_file!["snapshots/label_enum.expanded"]);
}

#[test]
fn a_label_of_a_newtype() {
    let input = parse_quote! {
        struct Tenant<'a>(&'a str);
    };
    check_expansion(expand::label_value(input), expect_file!["snapshots/label_newtype.expanded"]);
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
    check_expansion(expand::label_value(input), expect_file!["snapshots/label_wrong.expanded"]);
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
    check_expansion(expand::label_set(input), expect_file!["snapshots/label_set.expanded"]);
}

#[track_caller]
fn check_calls(attribute: TokenStream, item: TokenStream, expected: ExpectFile) {
    check_expansion(expand::instrument_metrics(attribute, item), expected);
}

#[test]
fn a_field_of_calls() {
    check(
        parse_quote! {
            #[metrics(namespace = "shop")]
            struct ShopMetrics {
                /// Use of the price list.
                #[metric(buckets = [0.001, 0.1])]
                pricing: Calls<Op>,
            }
        },
        expect_file!["snapshots/calls.expanded"],
    );
}

#[test]
fn a_function_that_cannot_fail() {
    check_calls(
        quote!(),
        quote! {
            /// Adds one.
            pub(crate) fn next(n: u32) -> u32 {
                if n == 0 {
                    return 1;
                }
                n + 1
            }
        },
        expect_file!["snapshots/call_in_place.expanded"],
    );
}

#[test]
fn a_function_that_returns_a_result() {
    check_calls(
        quote!(error = LoadError::kind, sample = 64, skip(in_progress)),
        quote! {
            fn load<T: Decode>(path: &Path) -> Result<T, LoadError> {
                T::decode(&read(path)?)
            }
        },
        expect_file!["snapshots/call_returning.expanded"],
    );
}

#[test]
fn an_async_function_that_counts_in_a_field() {
    check_calls(
        quote!(METRICS.orders, labels(op = Op::Insert, tenant = &order.tenant)),
        quote! {
            async fn insert(order: Order) -> Result<(), StoreError> {
                send(order).await
            }
        },
        expect_file!["snapshots/call_async.expanded"],
    );
}

#[test]
fn a_function_that_returns_a_future() {
    check_calls(
        quote!(),
        quote! {
            fn load(&self) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send + '_>> {
                let id = self.id;
                Box::pin(async move { fetch(id).await })
            }
        },
        expect_file!["snapshots/call_future.expanded"],
    );
}

#[test]
fn an_impl_block() {
    check_calls(
        quote!(),
        quote! {
            impl<T> Store<T> {
                const SIZE: usize = 3;

                #[track_caller]
                fn get(&self, (row, column): (usize, usize)) -> Result<&T, Missing> {
                    self.cells.get(row + Self::SIZE * column).ok_or(Missing)
                }

                #[instrument_metrics(skip)]
                fn len(&self) -> usize {
                    self.cells.len()
                }
            }
        },
        expect_file!["snapshots/call_impl.expanded"],
    );
}
