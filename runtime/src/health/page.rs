//! The body of a readiness response, as text or JSON.

use std::cmp::Reverse;
use std::fmt::Write as _;
use std::sync::Arc;

use super::outcome::CheckOutcome;
use crate::exposition::{split, weight};

/// The readiness of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    Ready,
    NotReady,
    Starting,
    Draining,
}

impl Readiness {
    fn words(self) -> &'static str {
        match self {
            Readiness::Ready => "ready",
            Readiness::NotReady => "not ready",
            Readiness::Starting => "starting",
            Readiness::Draining => "draining",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Readiness::NotReady => "not_ready",
            other => other.words(),
        }
    }
}

/// A check as it is shown.
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) is_optional: bool,
    /// The last result; `None` before the first run.
    pub(super) outcome: Option<Arc<CheckOutcome>>,
}

impl Line<'_> {
    fn error(&self, shows_errors: bool) -> Option<&str> {
        let error = self.outcome.as_ref()?.error.as_str();
        (shows_errors && !error.is_empty()).then_some(error)
    }
}

/// The format of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
}

impl Form {
    /// Chooses a format by the query, or else by `Accept`; text if neither says.
    pub(super) fn of(accept: &str, query: &str) -> Form {
        let format = query.split('&').find_map(|pair| pair.strip_prefix("format="));
        match format {
            Some("json") => Form::Json,
            Some("text") => Form::Text,
            _ => Form::accepted(accept).unwrap_or(Form::Text),
        }
    }

    fn accepted(accept: &str) -> Option<Form> {
        let mut wanted: Vec<_> = split(accept, ',').filter_map(Form::clause).collect();
        wanted.sort_by_key(|(_, weight)| Reverse(*weight));
        wanted.first().map(|(form, _)| *form)
    }

    /// Parses a part of `Accept`; `None` if its format is not supported or its weight is 0.
    fn clause(text: &str) -> Option<(Form, u32)> {
        let mut parts = split(text, ';').map(str::trim);
        let media = parts.next()?;
        let is = |list: &[&str]| list.iter().any(|it| media.eq_ignore_ascii_case(it));
        let form = if is(&["application/json", "application/*"]) {
            Form::Json
        } else if is(&["*/*", "text/*", "text/plain"]) {
            Form::Text
        } else {
            return None;
        };
        let mut parameters = parts.filter_map(|part| part.split_once('='));
        let q = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
        let weight = q.map_or(1000, |(_, q)| weight(q.trim()));
        (weight > 0).then_some((form, weight))
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Form::Text => "text/plain; charset=utf-8",
            Form::Json => "application/json",
        }
    }

    pub(super) fn write(
        self,
        readiness: Readiness,
        lines: &[Line<'_>],
        shows_errors: bool,
    ) -> String {
        match self {
            Form::Text => text(readiness, lines, shows_errors),
            Form::Json => json(readiness, lines, shows_errors),
        }
    }
}

fn text(readiness: Readiness, lines: &[Line<'_>], shows_errors: bool) -> String {
    let mut text = format!("{}\n", readiness.words());
    for line in lines {
        push_line(&mut text, line.name);
        text.push_str(": ");
        text.push_str(line.outcome.as_ref().map_or("not run", |outcome| outcome.status.words()));
        if line.is_optional {
            text.push_str(" (optional)");
        }
        if let Some(error) = line.error(shows_errors) {
            text.push_str(": ");
            push_line(&mut text, error);
        }
        text.push('\n');
    }
    text
}

/// Appends a text, with control characters replaced, so that it stays on one line.
fn push_line(to: &mut String, text: &str) {
    to.extend(text.chars().map(|it| if it.is_control() { ' ' } else { it }));
}

fn json(readiness: Readiness, lines: &[Line<'_>], shows_errors: bool) -> String {
    let mut json = format!("{{\"status\":\"{}\",\"checks\":[", readiness.key());
    for (index, line) in lines.iter().enumerate() {
        json.push_str(if index == 0 { "{\"name\":" } else { ",{\"name\":" });
        push_string(&mut json, line.name);
        let status = line.outcome.as_ref().map_or("not_run", |outcome| outcome.status.key());
        // Writing to a string cannot fail.
        let _ = write!(json, ",\"status\":\"{status}\",\"optional\":{}", line.is_optional);
        if let Some(error) = line.error(shows_errors) {
            json.push_str(",\"error\":");
            push_string(&mut json, error);
        }
        json.push('}');
    }
    json.push_str("]}\n");
    json
}

fn push_string(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\0'..='\x1f' => _ = write!(json, "\\u{:04x}", u32::from(character)),
            _ => json.push(character),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: &str, query: &str, form: Form) {
        assert_eq!(Form::of(accept, query), form, "{accept} {query}");
    }

    #[test]
    fn the_form_is_that_which_is_wanted_most() {
        check("", "", Form::Text);
        check("application/json", "", Form::Json);
        check("Application/JSON; charset=utf-8", "", Form::Json);
        check("application/json, text/plain, */*", "", Form::Json);
        check("text/html,application/xhtml+xml,*/*;q=0.8", "", Form::Text);
        check("text/plain;q=0.5,application/json;q=0.6", "", Form::Json);
        check("text/plain;q=0.6,application/json;q=0.5", "", Form::Text);
        check("application/json;q=0", "", Form::Text);
        check("application/*", "", Form::Json);
        check("image/png;;,q=\"", "", Form::Text);
        check("", "format=json", Form::Json);
        check("text/plain", "a=b&format=json", Form::Json);
        check("application/json", "format=text", Form::Text);
        check("", "format=xml&json", Form::Text);
    }

    #[test]
    fn a_string_of_json_is_escaped() {
        let mut json = String::new();
        push_string(&mut json, "a\"b\\c\nd\re\tf\u{0}g\u{1f}hé");
        assert_eq!(json, "\"a\\\"b\\\\c\\nd\\re\\tf\\u0000g\\u001fhé\"");
    }
}
