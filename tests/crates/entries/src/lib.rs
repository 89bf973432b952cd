//! Metrics of a library that a program of another language links, or that is loaded while one runs.
//!
//! Each is in a module of its own, so that the linker may find no use for what is beside it.

use std::ffi::{CStr, c_char, c_int};

mod plain {
    use measurand::{Counter, Metrics};

    /// Metrics without labels.
    #[derive(Metrics)]
    #[metrics(namespace = "entries", global = PLAIN)]
    pub(crate) struct Plain {
        /// Things.
        pub(crate) things_total: Counter,
    }
}

mod closed {
    use measurand::{Counter, Family, LabelValue, Metrics};

    #[derive(LabelValue, Clone, Copy)]
    pub(crate) enum Tender {
        Cash,
        Card,
    }

    /// A family of closed labels.
    #[derive(Metrics)]
    #[metrics(namespace = "entries", global = CLOSED)]
    pub(crate) struct Closed {
        /// Sales.
        pub(crate) sales_total: Family<Tender, Counter>,
    }
}

mod open {
    use measurand::{Counter, Family, LabelSet, Metrics};

    #[derive(LabelSet)]
    pub(crate) struct Shop<'a> {
        pub(crate) shop: &'a str,
    }

    /// A family of open labels.
    #[derive(Metrics)]
    #[metrics(namespace = "entries", global = OPEN)]
    pub(crate) struct Open {
        /// Visits.
        #[metric(max_series = 10)]
        pub(crate) visits_total: Family<Shop<'static>, Counter>,
    }
}

mod calls {
    use measurand::instrument_metrics;

    #[instrument_metrics]
    pub(crate) fn answer(question: i32) -> Result<i32, i32> {
        if question == 42 { Ok(question) } else { Err(question) }
    }
}

/// Updates each metric once.
#[unsafe(no_mangle)]
pub extern "C" fn entries_update() {
    plain::PLAIN.things_total.inc();
    closed::CLOSED.sales_total.with(closed::Tender::Cash).inc();
    closed::CLOSED.sales_total.with(closed::Tender::Card).inc_by(2);
    open::OPEN.visits_total.with(open::Shop { shop: "north" }).inc();
    let _ = calls::answer(42);
}

/// Writes the page of this copy's global registry to a file; how long it is, or -1.
///
/// # Safety
///
/// The path is a string that ends with a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entries_write_page(path: *const c_char) -> c_int {
    // SAFETY: the caller says so.
    let path = unsafe { CStr::from_ptr(path) };
    let mut page = String::new();
    measurand::encode_text(&mut page);
    let written = path.to_str().map(|path| std::fs::write(path, &page));
    match written {
        Ok(Ok(())) => c_int::try_from(page.len()).unwrap_or(c_int::MAX),
        _ => -1,
    }
}
