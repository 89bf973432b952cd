//! A crate that knows `measurand` under another name, and through a re-export.

/// Where this crate's own users would find it.
pub mod reexported {
    pub use kit as measurand;
}

/// By the name in `Cargo.toml`.
#[derive(Debug, kit::Metrics)]
#[metrics(namespace = "renamed", crate = kit)]
pub struct ByName {
    /// Things done.
    pub things_total: kit::Counter,
    /// Things.
    pub things: kit::Calls,
}

/// By the re-export.
#[derive(Debug, kit::Metrics)]
#[metrics(namespace = "renamed", subsystem = "path", crate = crate::reexported::measurand)]
pub struct ByPath {
    /// Things being done now.
    pub in_progress: kit::InProgress,
}

/// Does a thing.
#[kit::instrument_metrics(crate = kit)]
pub fn do_thing() -> Result<(), String> {
    Ok(())
}

/// Does a thing.
#[kit::instrument_metrics(ByName::global().things, crate = crate::reexported::measurand)]
pub async fn do_thing_later() {}

#[cfg(test)]
mod tests {
    #[test]
    fn both_are_registered() {
        super::ByName::global().things_total.inc();
        super::do_thing().unwrap();
        assert_eq!(super::ByName::global().things.count(kit::calls::Outcome::Ok), 0);
        let _guard = super::ByPath::global().in_progress.start();
        let mut text = String::new();
        kit::encode_text(&mut text);
        assert!(text.contains("\nrenamed_things_total 1\n"), "{text}");
        assert!(text.contains("\nrenamed_path_in_progress 1\n"), "{text}");
        let labels = "function=\"do_thing\",module=\"renamed\",outcome=\"ok\"";
        assert!(text.contains(&format!("\nfunction_calls_total{{{labels}}} 1\n")), "{text}");
    }

    /// Cargo says how the package is called; without it, the crate is called so too.
    #[test]
    fn both_are_of_this_package() {
        let registry = kit::Registry::new();
        super::ByName::register(&registry).unwrap();
        assert!(registry.exclude_package("another").is_err());
        registry.exclude_package("renamed").unwrap();
        let mut text = String::new();
        registry.encode_text(&mut text);
        assert_eq!(text, "");
    }
}
