//! Checks of a config struct.

use syn::GenericParam;

use crate::ast::config::{ConfigGauge, ConfigStruct};
use crate::attr::config::ConfigOptions;
use crate::diagnostics::Diagnostics;

/// Reports every mistake in a config struct.
pub(crate) fn config_struct(model: &ConfigStruct, errors: &mut Diagnostics) {
    let ConfigOptions { instance, group, global, unlinked, local, krate: _ } = &model.options;
    let others = [
        ("instance", instance),
        ("group", group),
        ("global", global),
        ("unlinked", unlinked),
        ("local", local),
    ];
    for (name, place) in others {
        if let Some(place) = place {
            let problem = format!("a config struct has no `{name}`");
            errors.error_at(place.0, &problem, &format!("remove `{name}`"));
        }
    }
    for parameter in &model.generics.params {
        if !matches!(parameter, GenericParam::Lifetime(_)) {
            let problem = "a config struct has no generic parameters but lifetimes";
            errors.error(parameter, problem, "remove the parameter");
        }
    }
    model.gauges.iter().for_each(|gauge| check_unit(gauge, errors));
    if model.gauges.is_empty() {
        let problem = "no field of this struct is a number";
        let help = "remove the derive; integers, floats, `bool`, `Duration` and an `Option` of these are shown";
        errors.error(&model.ident, problem, help);
    }
}

fn check_unit(gauge: &ConfigGauge, errors: &mut Diagnostics) {
    if gauge.is_time || gauge.options.expect.is_some() {
        return;
    }
    if let Some((unit, help)) = foreign_unit(&gauge.called) {
        // Renaming alone would be wrong: the number would stay the same.
        let problem = format!("`{}` is in `{unit}`, which is not a base unit", gauge.called);
        let help = format!("{help}, or leave it out: `#[metric(skip)]`");
        errors.error_at(gauge.field.span(), &problem, &help);
    }
}

/// Returns a unit in a name that is not a base unit, and what to do.
fn foreign_unit(name: &str) -> Option<(&str, &'static str)> {
    name.split('_').skip(1).find_map(|word| {
        let help = match word {
            "ns" | "us" | "ms" | "sec" | "secs" | "mins" | "hr" | "hrs" | "nanos" | "micros"
            | "millis" | "nanoseconds" | "microseconds" | "milliseconds" | "minutes" | "hours"
            | "days" | "weeks" => "make the field a `Duration`",
            "kb" | "mb" | "gb" | "tb" | "kib" | "mib" | "gib" | "tib" | "kilobytes"
            | "megabytes" | "gigabytes" | "kibibytes" | "mebibytes" | "gibibytes" => {
                "hold it in bytes, as `…_bytes`"
            }
            "percent" | "pct" | "percentage" => "hold it as a ratio from 0 to 1, as `…_ratio`",
            _ => return None,
        };
        Some((word, help))
    })
}
