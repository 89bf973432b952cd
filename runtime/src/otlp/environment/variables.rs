//! Parsing environment variables.
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>

use std::error::Error;
use std::fmt;
use std::time::Duration;

use percent_encoding::percent_decode_str;

/// The error of an environment variable that cannot be used.
///
/// Its message does not show values, since headers and URLs may contain secrets.
///
/// ```
/// use measurand::otlp::{Environment, EnvironmentError};
///
/// let error: EnvironmentError = Environment::of(|variable| match variable {
///     "OTEL_EXPORTER_OTLP_ENDPOINT" => Some("collector:4318".to_owned()),
///     _ => None,
/// })
/// .unwrap_err();
/// assert_eq!(error.variable, "OTEL_EXPORTER_OTLP_ENDPOINT");
/// assert!(!error.reason.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnvironmentError {
    /// The variable, such as `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub variable: &'static str,
    /// What is wrong with it, and how to fix it.
    pub reason: String,
}

impl EnvironmentError {
    pub(super) fn new(variable: &'static str, reason: impl fmt::Display) -> EnvironmentError {
        EnvironmentError { variable, reason: reason.to_string() }
    }
}

impl fmt::Display for EnvironmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EnvironmentError { variable, reason } = self;
        write!(f, "the environment variable `{variable}` cannot be used: {reason}")
    }
}

impl Error for EnvironmentError {}

/// A source of variables.
pub(super) struct Variables<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Variables<'_> {
    /// Returns the trimmed value of a variable; an empty one counts as unset.
    pub(super) fn text(&self, variable: &str) -> Option<String> {
        let value = (self.0)(variable)?;
        let trimmed = value.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    /// Returns the first of these variables that is set, with its value.
    pub(super) fn first(
        &self,
        variables: impl IntoIterator<Item = &'static str>,
    ) -> Option<(&'static str, String)> {
        variables.into_iter().find_map(|variable| Some((variable, self.text(variable)?)))
    }

    /// Returns whether a variable is `true`, ignoring case. Any other value counts as false.
    pub(super) fn is_true(&self, variable: &str) -> bool {
        match self.text(variable) {
            None => false,
            Some(value) if value.eq_ignore_ascii_case("true") => true,
            Some(value) if value.eq_ignore_ascii_case("false") => false,
            Some(value) => {
                log_ignored(variable, &value, "it must be `true` or `false`; it counts as `false`");
                false
            }
        }
    }

    /// Returns the meaning of the first of these variables that has one of `words`, ignoring case.
    /// Other values are ignored.
    pub(super) fn word<T: Copy>(
        &self,
        variables: impl IntoIterator<Item = &'static str>,
        words: &[(&str, T)],
    ) -> Option<(&'static str, T)> {
        variables.into_iter().find_map(|variable| {
            let value = self.text(variable)?;
            let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&value));
            if found.is_none() {
                let known: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
                log_ignored(variable, &value, &format!("it must be one of {}", known.join(", ")));
            }
            found.map(|(_, meaning)| (variable, *meaning))
        })
    }

    /// Returns a time in milliseconds. Values that are 0 or not a number are ignored.
    pub(super) fn interval(&self, variable: &'static str) -> Option<Duration> {
        let takes = "it must be milliseconds, such as `60000`";
        self.milliseconds(variable, takes).filter(|time| {
            let is_some = !time.is_zero();
            if !is_some {
                log_ignored(variable, "0", takes);
            }
            is_some
        })
    }

    /// Returns a time limit in milliseconds, of the first of these variables that has one; 0 means
    /// no limit.
    pub(super) fn timeout(
        &self,
        variables: impl IntoIterator<Item = &'static str>,
    ) -> Option<Duration> {
        let takes = "it must be milliseconds, such as `10000`, or `0` for no limit";
        let time = variables.into_iter().find_map(|variable| self.milliseconds(variable, takes))?;
        Some(if time.is_zero() { NO_LIMIT } else { time })
    }

    fn milliseconds(&self, variable: &str, takes: &str) -> Option<Duration> {
        let value = self.text(variable)?;
        let time = value.parse().ok().map(Duration::from_millis);
        if time.is_none() {
            log_ignored(variable, &value, takes);
        }
        time
    }
}

/// The value that the specification suggests for no limit: the greatest number of 32 bits, in
/// milliseconds.
const NO_LIMIT: Duration = Duration::from_millis(u32::MAX as u64);

/// Logs that a value is ignored, which the specification requires instead of an error.
pub(super) fn log_ignored(variable: &str, value: &str, takes: &str) {
    let shown: String = value.chars().take(100).collect();
    log::warn!("the environment variable `{variable}` is ignored: it is {shown:?}, and {takes}");
}

/// Parses `name=value,name=value`, with percent-encoded values.
///
/// Source: <https://www.w3.org/TR/baggage/#header-content>
pub(super) fn pairs(text: &str) -> Result<Vec<(String, String)>, &'static str> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text.trim()).decode_utf8();
        text.map(String::from).map_err(|_| "its percent-encoding is not UTF-8")
    };
    let pair = |pair: &str| {
        let (name, value) =
            pair.split_once('=').ok_or("it must have the form `name=value,name=value`")?;
        match name.trim() {
            "" => Err("it has a value without a name"),
            name => Ok((decoded(name)?, decoded(value)?)),
        }
    };
    // Empty parts, as after a final comma, are ignored.
    text.split(',').filter(|text| !text.trim().is_empty()).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded() {
        let check = |text: &str, expected: Result<&[(&str, &str)], ()>| {
            let expected = expected.map(|pairs| {
                pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
            });
            assert_eq!(pairs(text).map_err(drop), expected, "{text}");
        };
        check("", Ok(&[]));
        check("a=b", Ok(&[("a", "b")]));
        check(" a = b , c=d,", Ok(&[("a", "b"), ("c", "d")]));
        check("authorization=Basic%20YTpi%3D=", Ok(&[("authorization", "Basic YTpi==")]));
        check("a=%2C%3d%C3%A4%", Ok(&[("a", ",=ä%")]));
        check("a=", Ok(&[("a", "")]));
        check("a", Err(()));
        check("=b", Err(()));
        check("a=%ff", Err(()));
    }
}
