//! Checks of a summary's quantiles.

use super::Field;
use crate::kind::Kind;
use crate::metric::Metric;

const fn is_summary<F: Field>() -> bool {
    matches!(<F::Metric as Metric>::KIND, Kind::Summary)
}

/// Stops the compilation if the metric has no quantiles, or cannot have these.
#[track_caller]
pub const fn check_quantiles<F: Field>() {
    if !is_summary::<F>() {
        panic!(
            "only a summary has quantiles\nhelp: remove `quantiles`, or make the field a `Summary`"
        );
    }
    if let Some(problem) = quantiles_problem(F::FACTS.options.quantiles) {
        panic!("{}", problem);
    }
}

/// Returns why a summary cannot have these quantiles, if so. NaN is never allowed.
pub(crate) const fn quantiles_problem(quantiles: &[(f64, f64)]) -> Option<&'static str> {
    let mut i = 0;
    while i < quantiles.len() {
        let (quantile, error) = quantiles[i];
        if !(quantile >= 0.0 && quantile <= 1.0) {
            return Some(
                "a quantile must be from 0 to 1\nhelp: write `0.99` for the 99th percentile",
            );
        }
        if !(error > 0.0 && error < 1.0) {
            return Some(
                "the error of a quantile's rank must be above 0 and below 1\nhelp: write `(0.99, 0.001)` for a value between the quantiles 0.989 and 0.991",
            );
        }
        if i > 0 && quantiles[i - 1].0 >= quantile {
            return Some(
                "quantiles must be strictly increasing\nhelp: sort them, and write each once",
            );
        }
        i += 1;
    }
    if is_reachable(quantiles, true) || is_reachable(quantiles, false) {
        return None;
    }
    Some(
        "no sketch can keep all these quantiles within their errors\nhelp: allow an error of 0.0005, or more for quantiles in the middle",
    )
}

/// Returns whether the largest sketch, accurate at either high or low ranks, keeps all quantiles
/// within their errors: four standard deviations must not exceed an error.
const fn is_reachable(quantiles: &[(f64, f64)], is_high: bool) -> bool {
    let mut i = 0;
    while i < quantiles.len() {
        let (quantile, error) = quantiles[i];
        let distance = if is_high { 1.0 - quantile } else { quantile };
        let relative = 0.130_64 * distance;
        let deviation = if relative < 0.084 { relative } else { 0.084 };
        if 4.0 * deviation / 1_024.0 > error {
            return false;
        }
        i += 1;
    }
    true
}

/// The error for a `max_age` of zero.
pub(crate) const NO_AGE: &str = "the quantiles of a summary must look back for some time\nhelp: write a time longer than the scrape interval";

/// Stops the compilation if the metric has no quantiles that `max_age` could apply to, or it is 0.
#[track_caller]
pub const fn check_max_age<F: Field>() {
    if !is_summary::<F>() {
        panic!("only a summary has a `max_age`\nhelp: remove `max_age`");
    }
    if F::FACTS.options.quantiles.is_empty() {
        panic!("`max_age` needs `quantiles`\nhelp: add `quantiles`, or remove `max_age`");
    }
    if let Some(age) = F::FACTS.options.max_age
        && age.is_zero()
    {
        panic!("{}", NO_AGE);
    }
}

/// The largest number of ages of a summary, each of which has a sketch.
pub(crate) const MAX_AGE_BUCKETS: u32 = 100;

/// The error for too many ages, or none.
pub(crate) const AGE_BUCKETS_PROBLEM: &str =
    "a summary has from 1 to 100 age buckets\nhelp: write 5";

/// Stops the compilation if the metric has no quantiles that `age_buckets` could apply to, or their
/// number is refused.
#[track_caller]
pub const fn check_age_buckets<F: Field>() {
    if !is_summary::<F>() {
        panic!("only a summary has `age_buckets`\nhelp: remove `age_buckets`");
    }
    if F::FACTS.options.quantiles.is_empty() {
        panic!("`age_buckets` needs `quantiles`\nhelp: add `quantiles`, or remove `age_buckets`");
    }
    if let Some(ages) = F::FACTS.options.age_buckets
        && (ages == 0 || ages > MAX_AGE_BUCKETS)
    {
        panic!("{}", AGE_BUCKETS_PROBLEM);
    }
}
