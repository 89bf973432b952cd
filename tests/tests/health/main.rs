//! Liveness and readiness.

mod health;
mod health_runs;
