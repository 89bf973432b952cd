#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused,
    nonstandard_style,
    rust_2018_idioms,
    single_use_lifetimes,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    trivial_casts,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements
)]
//! Every form of the derives for labels.

use measurand::{LabelSet, LabelValue};

/// What came of a call.
#[non_exhaustive]
#[derive(Debug, LabelValue)]
#[label(name = "result", rename_all = "kebab-case")]
pub enum Outcome {
    /// It was found.
    Found = 5,
    /// It was not.
    #[deprecated]
    #[label(rename = "404")]
    NotFound = 3,
    /// Nobody knows.
    #[label(other)]
    Unknown = -1,
    /// It is not known yet.
    #[label(skip)]
    None = 0,
}

/// A label that nobody should use.
#[deprecated]
#[derive(Debug, LabelValue)]
pub enum Old {
    /// Any.
    #[label(other)]
    Any,
}

/// An enum of one variant.
#[derive(Debug, LabelValue)]
#[label(crate = measurand)]
pub enum Single {
    /// The only one.
    One,
}

/// Who calls.
#[derive(Debug, LabelValue)]
pub struct Tenant<'a>(pub &'a str);

/// An old label.
#[derive(Debug, LabelValue)]
#[label(expect(target_label, reason = "dashboards read it"))]
pub struct Job(Option<String>);

/// A client.
#[derive(Debug, LabelSet)]
pub struct Client<'a, 'b: 'a>
where
    'a: 'a,
{
    /// Who calls.
    pub tenant: &'a str,
    /// From where.
    #[label(expect(target_label, snake_case, reason = "dashboards read it"), rename = "type")]
    #[cfg(any())]
    pub place: Nowhere,
    /// How.
    #[label(expect(snake_case, reason = "dashboards read it"), rename = "howSo")]
    pub way: std::borrow::Cow<'b, str>,
}

/// A call.
#[non_exhaustive]
#[derive(Debug, LabelSet)]
#[label(crate = measurand)]
pub struct Call<'a> {
    /// What came of it.
    pub outcome: Outcome,
    /// Who called.
    #[label(flatten)]
    pub client: Client<'a, 'a>,
    /// A pair of labels.
    #[label(flatten)]
    pub pair: (Single, Job),
    /// When.
    #[label(skip)]
    pub started: std::time::Instant,
}

/// A set of which only a skipped field borrows.
#[derive(Debug, LabelSet)]
pub struct Lent<'a> {
    /// Whether it was there.
    #[deprecated]
    pub cached: bool,
    /// By whom.
    #[label(skip)]
    pub by: &'a str,
}

macro_rules! label {
    ($set:ident, $field:ident: $type:ty, $enum:ident, $variant:ident = $value:literal) => {
        /// A set.
        #[derive(Debug, LabelSet)]
        pub struct $set<'a> {
            /// A field.
            pub $field: $type,
            /// Another.
            pub tenant: &'a str,
        }

        /// A label.
        #[derive(Debug, LabelValue)]
        pub enum $enum {
            /// A value.
            #[label(rename = $value)]
            $variant,
        }
    };
}

label!(Made, single: Option<Single>, Way, Up = "upwards");

fn labels<L: LabelSet>(_: &L::With<'_>) {}

fn main() {
    #[derive(LabelValue)]
    enum Local {
        Here,
    }
    #[derive(LabelSet)]
    struct InBody<'a> {
        local: Local,
        tenant: &'a str,
    }
    let name = String::from("a");
    labels::<InBody<'static>>(&InBody { local: Local::Here, tenant: &name });
    #[allow(deprecated)]
    let lent = Lent { cached: true, by: &name };
    labels::<Lent<'static>>(&lent);
    let outcome = Outcome::from(&*name);
    labels::<Outcome>(&outcome);
}
