//! Structs that can be pushed without the rest of the registry.

use crate::declare::{DeclaredStruct, Scope, refuse_if};
use crate::link::Linked;
use crate::registry::{RegisterError, Registry};

/// A static struct with `#[derive(Metrics)]`, for [`Pushgateway::only`](super::Pushgateway::only).
///
/// Instances with labels are not supported: register one in your own registry, and push that.
///
/// ```compile_fail,E0080
/// use measurand::push::Pushgateway;
/// use measurand::{Counter, Metrics};
///
/// /// One pool of connections.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_push_pool", instance(pool: &str))]
/// struct PoolMetrics {
///     /// Connections opened.
///     opened_connections_total: Counter,
/// }
///
/// let registry = measurand::Registry::new();
/// let pool = Box::leak(Box::new(PoolMetrics::register(&registry, "orders").unwrap()));
/// let gateway = Pushgateway::new("http://localhost:9091", "backup").unwrap();
/// let pool: &'static PoolMetrics = pool;
/// gateway.only(pool);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a metrics struct",
    label = "cannot be pushed alone",
    note = "help: pass a static struct with `#[derive(Metrics)]`"
)]
pub trait StaticMetrics {
    /// Registers the struct.
    #[doc(hidden)]
    fn register_in(&'static self, registry: &Registry) -> Result<(), RegisterError<()>>;
}

const INSTANCE: &str = "an instance with labels cannot be pushed by `only`\n\
                        help: register it in your own registry, and push that with `Pushgateway::registry`";

impl<T: DeclaredStruct<T> + Scope> StaticMetrics for T {
    fn register_in(&'static self, registry: &Registry) -> Result<(), RegisterError<()>> {
        const { refuse_if(!T::LABEL_NAMES.is_empty(), INSTANCE) };
        registry.register_static::<T>(Linked::of_struct(self, T::DECLARATIONS))
    }
}
