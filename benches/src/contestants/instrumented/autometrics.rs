//! autometrics, by the backend that takes least time.

use std::sync::Once;

use ::autometrics::prometheus_exporter;

use super::{Counted, Function};

/// Without options, as its docs begin. Nobody sees how many calls run now.
pub(super) mod called {
    use autometrics::autometrics;

    super::super::functions!(
        { #[autometrics] },
        super::NAMES[0],
        Some(|function| super::counted(module_path!(), function))
    );
}

/// With the option that shows how many calls run now, as measurand does.
pub(super) mod concurrent {
    use autometrics::autometrics;

    super::super::functions!(
        { #[autometrics(track_concurrency)] },
        super::NAMES[1],
        Some(|function| super::counted(module_path!(), function))
    );
}

/// The backend is a feature of the whole binary, so another one is in another run.
const NAMES: [&str; 2] = if cfg!(feature = "autometrics-prometheus") {
    ["autometrics", "autometrics(track_concurrency)"]
} else {
    ["autometrics on prometheus-client", "autometrics(track_concurrency) on prometheus-client"]
};

fn counted(module: &str, function: Function) -> Counted {
    static INIT: Once = Once::new();
    INIT.call_once(prometheus_exporter::init);
    super::counted(&prometheus_exporter::encode_to_string().unwrap(), module, function)
}
