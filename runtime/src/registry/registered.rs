//! Instances: metrics that come and go.

use std::any::{Any, TypeId};
use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Weak};

use super::WeakRegistry;
use super::conflict::Conflict;
use crate::collect::{Collect, Fields};
use crate::place::Totals;

/// An instance of a metrics struct in a registry.
///
/// It derefs to the struct. A clone is the same instance; its series leave the registry when the
/// last clone is dropped.
pub struct Registered<T> {
    metrics: Arc<Numbered<T>>,
    registration: Arc<Registration<T>>,
}

/// A struct with the number that it has in its registry: two of them are never taken for one,
/// wherever in memory they are.
pub(super) struct Numbered<T> {
    pub(super) id: u64,
    pub(super) metrics: T,
}

impl<T: Fields> Fields for Numbered<T> {
    fn id(&self) -> Option<u64> {
        Some(self.id)
    }

    fn metric(&self, index: usize) -> Option<&dyn Collect> {
        self.metrics.metric(index)
    }

    fn bits(&self, index: usize, totals: &Totals) -> u64 {
        self.metrics.bits(index, totals)
    }
}

struct Registration<T> {
    metrics: Arc<Numbered<T>>,
    registry: WeakRegistry,
}

impl<T> Drop for Registration<T> {
    fn drop(&mut self) {
        self.registry.remove(self.metrics.id);
    }
}

impl<T: Send + Sync + 'static> Registered<T> {
    pub(super) fn new(
        metrics: Arc<Numbered<T>>,
        registry: WeakRegistry,
    ) -> (Self, (TypeId, Weak<dyn Any + Send + Sync>)) {
        let registration = Arc::new(Registration { metrics: metrics.clone(), registry });
        let handle: Weak<Registration<T>> = Arc::downgrade(&registration);
        (Registered { metrics, registration }, (TypeId::of::<T>(), handle))
    }

    pub(super) fn from_handle(handle: Arc<dyn Any + Send + Sync>) -> Option<Self> {
        let registration = handle.downcast::<Registration<T>>().ok()?;
        Some(Registered { metrics: registration.metrics.clone(), registration })
    }
}

impl<T> Deref for Registered<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.metrics.metrics
    }
}

impl<T> Clone for Registered<T> {
    fn clone(&self) -> Self {
        Registered { metrics: self.metrics.clone(), registration: self.registration.clone() }
    }
}

impl<T: fmt::Debug> fmt::Debug for Registered<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registered").field(&self.metrics.metrics).finish()
    }
}

/// Why a struct was not registered. The registry has not changed then.
#[non_exhaustive]
pub enum RegisterError<T> {
    /// An instance with the same label values is registered already; here it is.
    AlreadyRegistered(Registered<T>),
    /// A family of the struct conflicts with another one.
    Conflict(Box<Conflict>),
    /// A metric declares a label that the registry gives to every series.
    LabelTaken {
        /// The label.
        label: String,
        /// The metric.
        metric: String,
    },
    /// A thread that changes the registry stands still.
    Stuck,
}

impl<T> fmt::Debug for RegisterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegisterError({self})")
    }
}

impl<T> fmt::Display for RegisterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RegisterError::AlreadyRegistered(_) => f.write_str(
                "an instance with these label values is registered already; the error holds it",
            ),
            RegisterError::Conflict(conflict) => conflict.fmt(f),
            RegisterError::Stuck => f.write_str(
                "another thread has been changing the registry for seconds, and may be stopped: let it run, and try again",
            ),
            RegisterError::LabelTaken { label, metric } => write!(
                f,
                "metric `{metric}` declares the label `{label}`, which the registry gives to every series: rename one"
            ),
        }
    }
}

impl<T> Error for RegisterError<T> {}
