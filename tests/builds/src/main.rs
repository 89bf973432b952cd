//! A program that holds two builds of one breaking version, as where one crate depends on that of a
//! registry and another on a path. It writes both pages twice, and what each build finds wrong.

#![forbid(unsafe_code)]

mod one {
    use measurand::{Counter, Metrics, instrument_metrics};

    /// What is counted by the one build.
    #[derive(Metrics)]
    #[metrics(namespace = "one", global = METRICS)]
    pub(crate) struct OneMetrics {
        /// Things.
        pub(crate) things_total: Counter,
        /// What nobody counts, and who reads the list knows.
        pub(crate) untouched_total: Counter,
    }

    #[instrument_metrics]
    pub(crate) fn one_function() {}
}

mod other {
    use measurand_copy::{Counter, Metrics, instrument_metrics};

    /// What is counted by the other build.
    #[derive(Metrics)]
    #[metrics(crate = ::measurand_copy, namespace = "other", global = METRICS)]
    pub(crate) struct OtherMetrics {
        /// Things.
        pub(crate) things_total: Counter,
        /// What nobody counts, and who reads the list knows.
        pub(crate) untouched_total: Counter,
    }

    #[instrument_metrics(crate = ::measurand_copy)]
    pub(crate) fn other_function() {}
}

fn main() {
    for _ in 0..2 {
        one::METRICS.things_total.inc();
        one::one_function();
        other::METRICS.things_total.inc();
        other::other_function();
        let (mut of_one, mut of_other) = (String::new(), String::new());
        measurand::encode_text(&mut of_one);
        measurand_copy::encode_text(&mut of_other);
        println!("{of_one}\n{of_other}");
    }
    println!("\n{:?}", measurand::Registry::global().validate().map_err(|error| error.to_string()));
    let of_other = measurand_copy::Registry::global().validate();
    println!("{:?}", of_other.map_err(|error| error.to_string()));
}
