//! A pool of connections, and a collector that shows its state.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use measurand::Descriptor;
use measurand::descriptor::DescriptorError;
use measurand::registry::{Collector, Point, Points};

/// A pool of so many connections. A clone is the same pool.
#[derive(Clone, Debug)]
pub struct Pool {
    state: Arc<Mutex<State>>,
}

/// What the pool knows anyway: it need not be counted a second time.
#[derive(Clone, Copy, Debug)]
struct State {
    size: usize,
    in_use: usize,
    taken: u64,
}

impl Pool {
    /// A pool of so many connections.
    pub fn new(size: usize) -> Pool {
        Pool { state: Arc::new(Mutex::new(State { size, in_use: 0, taken: 0 })) }
    }

    /// A connection, if one is free.
    pub fn take(&self) -> Option<Connection<'_>> {
        let mut state = self.state();
        if state.in_use == state.size {
            return None;
        }
        state.in_use += 1;
        state.taken += 1;
        Some(Connection { pool: self })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection, which goes back to its pool when it is dropped.
#[derive(Debug)]
pub struct Connection<'a> {
    pool: &'a Pool,
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.pool.state().in_use -= 1;
    }
}

/// Shows the state of pools, each under its name.
///
/// The figures of a pool are of one moment: it is looked at once in a gather.
#[derive(Debug)]
pub struct PoolCollector {
    pools: Vec<(String, Pool)>,
    connections: Descriptor,
    taken: Descriptor,
}

impl PoolCollector {
    /// A collector of these pools.
    ///
    /// # Errors
    ///
    /// None: the names are fit for Prometheus.
    pub fn new(
        pools: impl IntoIterator<Item = (String, Pool)>,
    ) -> Result<PoolCollector, DescriptorError> {
        let connections = Descriptor::gauge("mailer_pool_connections", "Connections, by state.")
            .labels(["pool", "state"])
            .build()?;
        let taken = Descriptor::counter(
            "mailer_pool_taken_connections_total",
            "Connections that were taken from a pool.",
        )
        .labels(["pool"])
        .build()?;
        Ok(PoolCollector { pools: pools.into_iter().collect(), connections, taken })
    }
}

impl Collector for PoolCollector {
    fn describe(&self) -> Vec<Descriptor> {
        vec![self.connections.clone(), self.taken.clone()]
    }

    fn collect(&self, points: &mut Points<'_>) {
        for (name, pool) in &self.pools {
            let State { size, in_use, taken } = *pool.state();
            points.push(&self.connections, &[name, "idle"], Point::gauge((size - in_use) as u64));
            points.push(&self.connections, &[name, "used"], Point::gauge(in_use as u64));
            points.push(&self.taken, &[name], Point::counter(taken));
        }
    }
}
