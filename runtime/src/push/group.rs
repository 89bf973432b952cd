//! The grouping key.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::PushError;
use crate::kind::Kind;
use crate::naming::{self, Escaping, LabelError, Rules, equal_labels, label_error_with};

/// All characters but those that need no encoding in a path. Source:
/// <https://www.rfc-editor.org/rfc/rfc3986#section-2.3>
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The start of names that the gateway decodes.
const ESCAPED: &str = "U__";

const JOB: &str = "job";
const INSTANCE: &str = "instance";

/// The job and the other labels.
#[derive(Clone)]
pub(super) struct Group {
    job: String,
    labels: BTreeMap<String, String>,
    /// Whether names of any characters are allowed.
    is_utf8: bool,
}

impl Group {
    pub(super) fn new(job: &str) -> Result<Group, PushError> {
        match job.is_empty() {
            true => Err(PushError::EmptyJob),
            false => Ok(Group { job: job.to_owned(), labels: BTreeMap::new(), is_utf8: false }),
        }
    }

    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), PushError> {
        let waived = if self.is_utf8 { Rules::UTF8 } else { Rules::NONE };
        let error = [None, Some(Kind::Histogram), Some(Kind::Summary)];
        let error = error.iter().find_map(|kind| label_error_with(name, *kind, waived));
        let reason = match error {
            Some(LabelError::Charset) => format!(
                "{}, or allow such names by `Pushgateway::utf8_names`",
                naming::label_problem(name, LabelError::Charset)
            ),
            Some(error) => naming::label_problem(name, error),
            None if name == JOB => {
                "label `job` is the name of the job\nhelp: pass it to `Pushgateway::new`".to_owned()
            }
            None if self.is_utf8 && name.starts_with(ESCAPED) => {
                format!("label `{name}` looks like an escaped name\nhelp: choose another name")
            }
            None => {
                self.labels.insert(name.to_owned(), value.to_owned());
                return Ok(());
            }
        };
        Err(PushError::Label { label: name.to_owned(), reason })
    }

    pub(super) fn allow_utf8(&mut self) {
        self.is_utf8 = true;
    }

    pub(super) fn set_instance(&mut self, instance: &str) {
        self.labels.insert(INSTANCE.to_owned(), instance.to_owned());
    }

    pub(super) fn unset_instance(&mut self) {
        self.labels.remove(INSTANCE);
    }

    pub(super) fn has_instance(&self) -> bool {
        self.labels.contains_key(INSTANCE)
    }

    /// Returns whether a label is part of the grouping key, as the gateway sees it.
    pub(super) fn has(&self, label: &str) -> bool {
        let mut names = self.labels.keys().map(String::as_str).chain([JOB]);
        names.any(|name| if self.is_utf8 { name == label } else { equal_labels(name, label) })
    }

    /// Returns the path of the group. Source: <https://github.com/prometheus/pushgateway#url>
    pub(super) fn path(&self) -> String {
        let mut path = String::from("/metrics");
        push_pair(&mut path, JOB, &self.job);
        for (name, value) in &self.labels {
            push_pair(&mut path, &Escaping::Values.escape_label(name), value);
        }
        path
    }
}

fn push_pair(path: &mut String, name: &str, value: &str) {
    path.push('/');
    path.push_str(name);
    // Base64, since normalizing a path would remove `//`, a `/` at the end, and dots.
    if value.is_empty() {
        path.push_str("@base64/=");
    } else if value.contains('/') || matches!(value, "." | "..") {
        path.push_str("@base64/");
        URL_SAFE_NO_PAD.encode_string(value, path);
    } else {
        path.push('/');
        path.extend(utf8_percent_encode(value, ENCODED));
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entry(&JOB, &self.job).entries(&self.labels).finish()
    }
}
