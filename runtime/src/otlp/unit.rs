//! Units of OpenTelemetry.

/// Returns a unit in the [Unified Code for Units of Measure][UCUM], as the [specification] maps it.
/// Unknown units stay as they are.
///
/// [UCUM]: https://ucum.org/ucum
/// [specification]: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-metadata
pub(super) fn ucum(word: &str) -> &str {
    match word {
        "days" => "d",
        "hours" => "h",
        "minutes" => "min",
        "seconds" => "s",
        "milliseconds" => "ms",
        "microseconds" => "us",
        "nanoseconds" => "ns",
        "bytes" => "By",
        "kibibytes" => "KiBy",
        "mebibytes" => "MiBy",
        "gibibytes" => "GiBy",
        "tebibytes" => "TiBy",
        "kilobytes" => "kBy",
        "megabytes" => "MBy",
        "gigabytes" => "GBy",
        "terabytes" => "TBy",
        "meters" => "m",
        "volts" => "V",
        "amperes" => "A",
        "joules" => "J",
        "watts" => "W",
        "grams" => "g",
        "celsius" => "Cel",
        "hertz" => "Hz",
        "percent" => "%",
        // The table of the specification lacks both. Its reverse mapping turns `1` into a ratio,
        // and the sign of kelvin is that of the SI.
        "ratio" => "1",
        "kelvin" => "K",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_table_or_stay() {
        for (word, expected) in
            [("milliseconds", "ms"), ("mebibytes", "MiBy"), ("percent", "%"), ("pages", "pages")]
        {
            assert_eq!(ucum(word), expected);
        }
    }
}
