use measurand::instrument_metrics;

#[instrument_metrics]
use std::fmt;

fn main() {}
