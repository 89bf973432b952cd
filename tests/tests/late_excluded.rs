//! A package that is left out stays so, whether the linker brings its metrics or not.

mod unlinked;

use measurand::{Counter, Metrics, Registry, instrument_metrics};

/// The linker brings it.
#[derive(Metrics)]
#[metrics(namespace = "early")]
struct Early {
    /// Things.
    things_total: Counter,
}

/// It comes late.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late")]
struct Late {
    /// Things.
    things_total: Counter,
}

#[instrument_metrics(crate = crate::unlinked)]
fn late_function() {}

#[test]
fn a_package_that_is_left_out_has_nothing_on_the_page() {
    Registry::global().exclude_package("measurand-tests").unwrap();
    for _ in 0..2 {
        Early::global().things_total.inc();
        Late::global().things_total.inc();
        late_function();
        let mut text = String::new();
        measurand::encode_text(&mut text);
        assert_eq!(text, "");
    }
    Registry::global().validate().unwrap();
}
