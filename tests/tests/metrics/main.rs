//! Metrics and their labels: what derives declare, and what is read and shown.

mod config;
mod created;
mod exemplars;
mod families;
mod family_parts;
mod identity;
mod kinds;
mod labels;
mod metrics;
mod naming_rules;
mod pedantic;
mod points;
mod readings;
mod runtime_families;
