//! Choosing the format by the header `Accept`.

use std::cmp::Reverse;

use super::{Escaping, Format};

/// The format that a scraper gets, and its `Content-Type`.
///
/// ```
/// use measurand::exposition::{Format, Negotiated};
///
/// let asked = Negotiated::of("application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5");
/// assert_eq!(asked.format(), Format::OpenMetrics);
/// assert_eq!(asked.content_type(), "application/openmetrics-text; version=1.0.0; charset=utf-8");
/// // Text is the fallback if nothing else is accepted, or the header cannot be parsed.
/// assert_eq!(Negotiated::of("image/png").format(), Format::Text);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Negotiated {
    format: Format,
    version: &'static str,
    escaping: Option<Escaping>,
}

const TEXT: &str = "0.0.4";
/// The same format, in the version by which newer scrapers ask for names in UTF-8.
const TEXT_UTF8: &str = "1.0.0";
const OPENMETRICS: &str = "1.0.0";
const OPENMETRICS_DRAFT: &str = "0.0.1";
#[cfg(feature = "experimental-openmetrics-2")]
const OPENMETRICS_2: &str = "2.0.0";

impl Negotiated {
    const NOTHING: Negotiated = Negotiated { format: Format::Text, version: TEXT, escaping: None };

    /// Chooses a format by the header `Accept`. Join several headers with commas.
    ///
    /// This is the accepted format with the highest weight (`q`), the first of equal ones. Parts
    /// that cannot be parsed are ignored.
    pub fn of(accept: &str) -> Negotiated {
        let mut clauses: Vec<_> = split(accept, ',').filter_map(Clause::of).collect();
        clauses.sort_by_key(|clause| Reverse(clause.weight));
        clauses.iter().find_map(Clause::admits).unwrap_or(Negotiated::NOTHING)
    }

    /// Returns the format.
    pub fn format(self) -> Format {
        self.format
    }

    /// Returns how names are written that only newer scrapers accept: as the scraper asks, or by
    /// the default of the format, which is with underscores except in OpenMetrics 2.0.
    ///
    /// ```
    /// use measurand::exposition::{Escaping, Negotiated};
    ///
    /// let asked = Negotiated::of("text/plain;version=1.0.0;escaping=allow-utf-8");
    /// assert_eq!(asked.escaping(), Escaping::AllowUtf8);
    /// ```
    pub fn escaping(self) -> Escaping {
        self.escaping.unwrap_or(self.format.escaping())
    }

    /// Returns the `Content-Type` of the response.
    pub fn content_type(self) -> String {
        let Negotiated { format, version, escaping } = self;
        let mut text = match format {
            Format::Text => format!("text/plain; version={version}; charset=utf-8"),
            Format::OpenMetrics => {
                format!("application/openmetrics-text; version={version}; charset=utf-8")
            }
            _ => format.content_type().to_owned(),
        };
        if let Some(escaping) = escaping {
            text.push_str("; escaping=");
            text.push_str(escaping.as_str());
        }
        text
    }
}

/// A part of the header `Accept`.
struct Clause<'a> {
    media: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
    /// The weight in thousandths.
    weight: u32,
}

impl<'a> Clause<'a> {
    /// Parses a part; `None` if its weight is 0.
    fn of(text: &'a str) -> Option<Clause<'a>> {
        let mut parts = split(text, ';').map(str::trim);
        let media = parts.next()?;
        let mut clause = Clause { media, parameters: Vec::new(), weight: 1000 };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            match name.eq_ignore_ascii_case("q") {
                true => clause.weight = weight(value),
                false => clause.parameters.push((name, value)),
            }
        }
        (clause.weight > 0).then_some(clause)
    }

    fn parameter(&self, name: &str) -> Option<&'a str> {
        let mut parameters = self.parameters.iter();
        parameters.find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// Returns the first format that it accepts.
    fn admits(&self) -> Option<Negotiated> {
        let is = |media: &str| self.media.eq_ignore_ascii_case(media);
        let version = self.parameter("version");
        let (format, version) = if is("*/*") || is("text/*") {
            (Format::Text, TEXT)
        } else if is("text/plain") {
            (Format::Text, one_of(version.unwrap_or(TEXT), &[TEXT, TEXT_UTF8])?)
        } else if is("application/openmetrics-text") {
            let version = version.unwrap_or(OPENMETRICS_DRAFT);
            #[cfg(feature = "experimental-openmetrics-2")]
            if version == OPENMETRICS_2 {
                return Some(self.of_format(Format::OpenMetrics2, OPENMETRICS_2));
            }
            (Format::OpenMetrics, one_of(version, &[OPENMETRICS, OPENMETRICS_DRAFT])?)
        } else if is("application/*") {
            (Format::OpenMetrics, OPENMETRICS)
        } else if is("application/vnd.google.protobuf")
            && self.parameter("proto") == Some("io.prometheus.client.MetricFamily")
            && self.parameter("encoding") == Some("delimited")
        {
            (Format::Protobuf, "")
        } else {
            return None;
        };
        Some(self.of_format(format, version))
    }

    /// Returns a format with the escaping that it asks for.
    fn of_format(&self, format: Format, version: &'static str) -> Negotiated {
        let escaping = self.parameter("escaping").and_then(Escaping::from_name);
        Negotiated { format, version, escaping }
    }
}

fn one_of(version: &str, versions: &[&'static str]) -> Option<&'static str> {
    versions.iter().copied().find(|other| *other == version)
}

/// Returns a weight (`q`) in thousandths; 1000 if it cannot be parsed.
pub(crate) fn weight(text: &str) -> u32 {
    match text.parse::<f64>() {
        Ok(weight) if weight.is_finite() => (weight.clamp(0.0, 1.0) * 1000.0).round() as u32,
        _ => 1000,
    }
}

/// Splits a header at separators that are not in quotes.
pub(crate) fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    text.split(move |character| {
        is_quoted ^= character == '"';
        character == separator && !is_quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: &str, content_type: &str) {
        assert_eq!(Negotiated::of(accept).content_type(), content_type, "{accept}");
    }

    const TEXT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
    const OPENMETRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    const DRAFT_TYPE: &str = "application/openmetrics-text; version=0.0.1; charset=utf-8";
    const PROTOBUF_TYPE: &str = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

    /// The headers are those that scrapers really send.
    #[test]
    fn scrapers_are_given_what_they_want_most() {
        // Prometheus 2.42, and with native histograms.
        check(
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            OPENMETRICS_TYPE,
        );
        check(
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            PROTOBUF_TYPE,
        );
        // Prometheus 2.53, and with native histograms.
        check(
            "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            OPENMETRICS_TYPE,
        );
        check(
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4,application/openmetrics-text;version=0.0.1;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
            PROTOBUF_TYPE,
        );
        // Prometheus 3.5, and with native histograms.
        check(
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            &format!("{OPENMETRICS_TYPE}; escaping=allow-utf-8"),
        );
        check(
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.2",
            &format!("{PROTOBUF_TYPE}; escaping=allow-utf-8"),
        );
        check(
            "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3",
            "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
        );
        check(
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
            PROTOBUF_TYPE,
        );
        // VictoriaMetrics, curl, and browsers.
        check("text/plain;version=0.0.4;q=1,*/*;q=0.1", TEXT_TYPE);
        check("*/*", TEXT_TYPE);
        check(
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            TEXT_TYPE,
        );
    }

    #[test]
    fn a_version_that_is_not_there_is_not_given() {
        check("application/openmetrics-text", DRAFT_TYPE);
        check("application/openmetrics-text;version=0.0.1", DRAFT_TYPE);
        check("application/openmetrics-text;version=3.0.0", TEXT_TYPE);
        check(
            "application/openmetrics-text;version=3.0.0, application/openmetrics-text; version=1.0.0;q=0.1",
            OPENMETRICS_TYPE,
        );
        let newest = match cfg!(feature = "experimental-openmetrics-2") {
            true => "application/openmetrics-text; version=2.0.0; charset=utf-8",
            false => OPENMETRICS_TYPE,
        };
        check(
            "application/openmetrics-text;version=2.0.0, application/openmetrics-text; version=1.0.0;q=0.1",
            newest,
        );
        check(
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
            TEXT_TYPE,
        );
        check("application/vnd.google.protobuf", TEXT_TYPE);
        check("application/*", OPENMETRICS_TYPE);
        check("text/plain;version=0.0.4;escaping=dots", &format!("{TEXT_TYPE}; escaping=dots"));
        check("text/plain;escaping=none", TEXT_TYPE);
        check("TEXT/PLAIN, Application/OpenMetrics-Text;Version=\"1.0.0\";Q=0.9", TEXT_TYPE);
    }

    #[test]
    fn what_cannot_be_read_is_passed_over() {
        for accept in ["", ",", ";", ";;,;q", "q=1", "\"", "text/plain;q", "\u{0}", "/", "*/*;q=-1"]
        {
            check(accept, TEXT_TYPE);
        }
        check(
            "application/openmetrics-text;version=1.0.0;q=much,text/plain;q=0.9",
            OPENMETRICS_TYPE,
        );
        check("application/openmetrics-text;version=1.0.0;q=0,text/plain;q=0.1", TEXT_TYPE);
        check("application/openmetrics-text;version=1.0.0;q=NaN", OPENMETRICS_TYPE);
        check(
            "application/openmetrics-text;x=\",;\";version=1.0.0,text/plain;q=0.9",
            OPENMETRICS_TYPE,
        );
    }
}
