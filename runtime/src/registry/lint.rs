//! Checks of naming rules that only show at run time.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::Registry;
use super::set::Set;
use super::wrap::Wrap;
use crate::descriptor::{Descriptor, Location};
use crate::naming::{self, Rule, Subject};

/// A naming rule that a family breaks.
///
/// ```
/// use measurand::naming::Rule;
/// use measurand::registry::Lint;
/// use measurand::runtime::FamilyOptions;
/// use measurand::{Gauge, Registry};
///
/// let registry = Registry::new();
/// let options = FamilyOptions::new("plugin_lag_ms", "Lag of the plug-in.");
/// let _lag = options.register_unlabelled::<Gauge>(&registry)?;
/// let Lint { metric, rule, .. } = &registry.lint()[0];
/// assert_eq!((&**metric, *rule), ("plugin_lag_ms", Rule::Abbreviation));
/// for lint in registry.lint() {
///     eprintln!("{lint}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lint {
    /// The name under which the family is exposed.
    pub metric: String,
    /// The rule.
    pub rule: Rule,
    /// What is wrong, and what to do about it.
    pub message: String,
    /// Where it was registered.
    pub location: Location,
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Lint { metric, rule, message, location } = self;
        write!(f, "{message}\nnote: `{metric}` breaks the rule `{}` at {location}", rule.as_str())
    }
}

impl Registry {
    /// Returns the naming rules that families of this registry break, sorted by the name of the
    /// family.
    ///
    /// A family that is made at run time is registered even if it breaks a [`Rule`]: its name may
    /// come from a user, who would rather see it than lose it. So call this in a test, or log the
    /// result. A name that breaks more than a rule, such as one with a `-`, is refused at
    /// registration.
    ///
    /// ```
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::naming::Rule;
    /// use measurand::{Gauge, Registry};
    ///
    /// let registry = Registry::new();
    /// let _lag = FamilyOptions::new("plugin_lag_ms", "Lag of the plug-in.")
    ///     .max_series(100)
    ///     .register::<Gauge, 1>(&registry, ["plugin"])?;
    /// let lints = registry.lint();
    /// assert_eq!(lints.len(), 1);
    /// assert_eq!(lints[0].rule, Rule::Abbreviation);
    /// assert!(lints[0].message.contains("`plugin_lag_seconds`"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Violations in derived structs are not listed, since the compiler refuses them unless the
    /// author waives the rule; only those that [`prefix_package`](Registry::prefix_package) and
    /// [`with_prefix`](Registry::with_prefix) cause are. Excluded packages are not checked, nor are
    /// the labels of [`set_label`](Registry::set_label) and [`with_label`](Registry::with_label),
    /// nor [`Rule::Namespace`], which is opt-in.
    #[must_use]
    pub fn lint(&self) -> Vec<Lint> {
        let families = self.change(|state| {
            // Instances of a type share their descriptors.
            let mut seen = HashSet::new();
            let of_set = |set: &Arc<Set>| {
                let news = set.declarations.iter();
                let news = news.filter(|declared| seen.insert(std::ptr::from_ref(*declared)));
                let news = news.filter(|declared| !state.settings.excludes(declared));
                let exposed = |declared: &Descriptor| {
                    let exposed = state.settings.name(declared);
                    let exposed = Descriptor { name: exposed, ..declared.clone() };
                    // The compiler has not seen what a view adds.
                    let inner = |wrap: &Arc<Wrap>| wrap.inner_name(declared.name()).to_owned();
                    let name =
                        set.key.wrap.as_ref().map(inner).map_or(declared.name.clone(), Cow::Owned);
                    (Descriptor { name, ..declared.clone() }, exposed)
                };
                news.map(exposed).collect::<Vec<_>>()
            };
            let declared: Vec<_> = state.sets.values().flat_map(of_set).collect();
            let described =
                state.described().map(|described| (described.clone(), described.clone()));
            declared.into_iter().chain(described).collect::<Vec<_>>()
        });
        let mut lints = Vec::new();
        for (declared, exposed) in families.unwrap_or_default() {
            let mut add = |rule, message| {
                let (metric, location) = (exposed.name.clone().into_owned(), exposed.location);
                lints.push(Lint { metric, rule, message, location });
            };
            let labels: Vec<_> = exposed.label_names().collect();
            let subject = subject(&exposed, &labels);
            let mut broken = naming::broken_rules(&subject).without(exposed.waived);
            if declared.location.is_at_run_time() {
                for label in &labels {
                    for rule in naming::label_rules(label).without(exposed.waived).iter() {
                        add(rule, naming::label_rule_problem(label, rule));
                    }
                }
                if let Some(problem) = naming::bucket_count_problem(exposed.buckets.len()) {
                    add(Rule::BucketCount, problem);
                }
            } else {
                broken = broken.without(naming::broken_rules(&self::subject(&declared, &labels)));
            }
            for rule in broken.iter() {
                add(rule, naming::rule_problem(&subject, rule));
            }
        }
        lints.sort_by(|a, b| {
            let key = |lint: &Lint| (lint.rule as u32, lint.location);
            let by_rule = || key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message));
            a.metric.cmp(&b.metric).then_with(by_rule)
        });
        // Instrumented functions share their families.
        lints.dedup_by(|b, a| (&a.metric, a.rule, &a.message) == (&b.metric, b.rule, &b.message));
        lints
    }
}

fn subject<'a>(descriptor: &'a Descriptor, labels: &'a [&'a str]) -> Subject<'a> {
    Subject { name: &descriptor.name, kind: descriptor.kind, unit: descriptor.type_unit, labels }
}
