//! The resource that metrics belong to.

use crate::wire::{self, Message};

use super::point::{attribute_len, push_attribute};

/// `ResourceMetrics.resource`.
const RESOURCE: u32 = 1;

/// `Resource.attributes`.
const ATTRIBUTES: u32 = 1;

/// The service that metrics belong to, described by attributes such as `service.name`.
///
/// Receivers distinguish processes by it. Prometheus derives its label `job` from
/// `service.namespace` and `service.name`, joined by `/`, and its label `instance` from
/// `service.instance.id`. The names of attributes are those of OpenTelemetry's [semantic
/// conventions].
///
/// ```
/// use measurand::otlp::Resource;
///
/// let resource = Resource::new("shop")
///     .attribute("service.instance.id", "shop-7f9c")
///     .attribute("deployment.environment.name", "staging");
/// assert_eq!(resource.get("service.name"), Some("shop"));
/// assert_eq!(resource.get("service.instance.id"), Some("shop-7f9c"));
/// ```
///
/// [semantic conventions]: https://opentelemetry.io/docs/specs/semconv/resource/
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    attributes: Vec<(String, String)>,
}

impl Resource {
    /// Creates the resource of a service with this name.
    ///
    /// The attributes `telemetry.sdk.name`, `telemetry.sdk.language` and `telemetry.sdk.version` name this crate.
    pub fn new(service_name: impl Into<String>) -> Resource {
        Resource { attributes: Vec::new() }
            .attribute("service.name", service_name)
            .attribute("telemetry.sdk.name", "measurand")
            .attribute("telemetry.sdk.language", "rust")
            .attribute("telemetry.sdk.version", env!("CARGO_PKG_VERSION"))
    }

    /// Sets an attribute, and replaces an earlier one of the same name.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Resource {
        let (name, value) = (name.into(), value.into());
        match self.attributes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.attributes.push((name, value)),
        }
        self
    }

    /// Returns the value of an attribute, or `None` if there is none of this name.
    ///
    /// ```
    /// use measurand::otlp::Resource;
    ///
    /// assert_eq!(Resource::new("shop").get("telemetry.sdk.language"), Some("rust"));
    /// assert_eq!(Resource::new("shop").get("service.namespace"), None);
    /// ```
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the encoded field of a `ResourceMetrics`.
    pub(super) fn encoded(&self) -> Vec<u8> {
        let mut field = Vec::new();
        let message = Message::begin(&mut field, RESOURCE);
        for (name, value) in &self.attributes {
            field.reserve(attribute_len(name, value) + wire::LONGEST);
            push_attribute(&mut field, ATTRIBUTES, name, value);
        }
        message.end(&mut field);
        field
    }
}
