//! measurand by its attribute.

use super::{Counted, Function};

/// Without options.
pub(super) mod every {
    use ::measurand::instrument_metrics;

    use crate::contestants::MEASURAND;

    super::super::functions!(
        { #[instrument_metrics] },
        MEASURAND,
        Some(|function| super::counted(module_path!(), function))
    );
}

/// One call in 64 is timed.
pub(super) mod sampled {
    use ::measurand::instrument_metrics;

    use crate::contestants::MEASURAND;

    super::super::functions!(
        { #[instrument_metrics(sample = 64)] },
        MEASURAND,
        Some(|function| super::counted(module_path!(), function))
    );
}

/// No call is timed.
pub(super) mod untimed {
    use ::measurand::instrument_metrics;

    use super::Counted;

    super::super::functions!(
        { #[instrument_metrics(skip(duration))] },
        "floor: skip(duration)",
        Some(|function| Counted { timed: None, ..super::counted(module_path!(), function) })
    );
}

fn counted(module: &str, function: Function) -> Counted {
    let mut page = String::new();
    ::measurand::encode_text(&mut page);
    super::counted(&page, module, function)
}
