//! A crate whose dev-dependency depends on it, so that its own unit tests hold two copies of it.

use measurand::{Counter, Metrics};

/// What the crate does.
#[derive(Debug, Metrics)]
#[metrics(namespace = "cycle", global = METRICS)]
pub struct CycleMetrics {
    /// Things done.
    pub things_total: Counter,
}

/// Does a thing.
pub fn do_thing() {
    METRICS.things_total.inc();
}

#[cfg(test)]
mod tests {
    #[test]
    fn equal_series_of_two_copies_add_up() {
        super::do_thing();
        cycle_dev::do_thing_of_the_other_copy();
        cycle_dev::do_thing_of_the_other_copy();
        let mut text = String::new();
        measurand::encode_text(&mut text);
        assert!(text.contains("\ncycle_things_total 3\n"), "{text}");
        assert_eq!(text.matches("# TYPE cycle_things_total").count(), 1, "{text}");
        measurand::Registry::global().validate().unwrap();
    }
}
