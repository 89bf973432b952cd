//! A parser of pages.

use std::collections::{BTreeMap, BTreeSet};

/// The samples of a page, by name and labels as written.
#[derive(Clone, Debug, Default)]
pub struct Page {
    samples: BTreeMap<String, f64>,
    families: BTreeSet<String>,
    histograms: BTreeSet<String>,
}

impl Page {
    /// Parses a page in text format 0.0.4.
    ///
    /// # Errors
    ///
    /// Returns an error if a line is not a sample, or if a family or a sample occurs twice.
    pub fn parse(text: &[u8]) -> Result<Page, String> {
        let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
        let mut page = Page::default();
        for line in text.lines() {
            if let Some(family) = line.strip_prefix("# TYPE ") {
                let (name, kind) =
                    family.split_once(' ').ok_or_else(|| format!("broken: {line}"))?;
                if !page.families.insert(name.to_owned()) {
                    return Err(format!("twice: {line}"));
                }
                if kind == "histogram" {
                    page.histograms.insert(name.to_owned());
                }
            }
            if line.starts_with('#') {
                continue;
            }
            let sample =
                line.rsplit_once(' ').and_then(|(name, value)| Some((name, value.parse().ok()?)));
            let Some((name, value)) = sample else { return Err(format!("broken: {line}")) };
            if page.samples.insert(name.to_owned(), value).is_some() {
                return Err(format!("twice: {line}"));
            }
        }
        Ok(page)
    }

    /// Returns the value of the sample with this name and labels.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.samples.get(name).copied()
    }

    /// Returns the names of all families.
    pub fn families(&self) -> &BTreeSet<String> {
        &self.families
    }

    /// Returns all samples, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.samples.iter().map(|(name, value)| (&**name, *value))
    }

    /// Returns the samples whose names start with `start`.
    pub fn starting<'a>(&'a self, start: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
        let from_there = self.samples.range(start.to_owned()..);
        let samples = from_there.take_while(move |(name, _)| name.starts_with(start));
        samples.map(|(name, value)| (&**name, *value))
    }

    /// Returns the sum of the samples whose names start with `start`.
    pub fn sum(&self, start: &str) -> f64 {
        self.starting(start).map(|(_, value)| value).sum()
    }

    /// Returns a histogram that is not consistent, if there is one: its count is not that of its
    /// last bucket, or a bucket is greater than the count, or its sum is not the count although its
    /// name ends with `_ones`, where every observation is 1.
    pub fn torn(&self) -> Option<String> {
        for family in &self.histograms {
            let count_name = format!("{family}_count");
            for (name, count) in self.starting(&count_name) {
                let labels = &name[count_name.len()..];
                let sum = self.get(&format!("{family}_sum{labels}"));
                let le = |bound: &str| match labels.strip_suffix('}') {
                    Some(labels) => format!("{family}_bucket{labels},le=\"{bound}\"}}"),
                    None => format!("{family}_bucket{{le=\"{bound}\"}}"),
                };
                let all = self.get(&le("+Inf"));
                if all != Some(count)
                    || sum.is_none()
                    || family.ends_with("_ones") && sum != Some(count)
                {
                    return Some(format!(
                        "{name} {count}, its sum {sum:?}, its last bucket {all:?}"
                    ));
                }
                let start = le("");
                let start = start.trim_end_matches("\"}");
                if let Some((bucket, value)) =
                    self.starting(start).find(|(_, value)| *value > count)
                {
                    return Some(format!("{bucket} {value}, of {count}"));
                }
            }
        }
        None
    }
}
