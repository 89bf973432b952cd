//! The families that a collector may give.

use std::sync::Arc;

use super::conflict::{MetricRefusal, Problem};
use super::wrap::Wrap;
use crate::descriptor::Descriptor;

/// What a registry knows of a collector's families.
#[derive(Clone, Default)]
pub(super) struct Claims {
    /// Sorted by name.
    pub(super) claims: Vec<Claim>,
    /// What is wrong with the collector's points.
    pub(super) problems: Vec<Problem>,
    /// The view by which the collector was registered; `None` for the registry itself.
    pub(super) wrap: Option<Arc<Wrap>>,
    /// Whether only families that the collector describes may be given.
    pub(super) is_pedantic: bool,
}

/// A family that a collector may give.
#[derive(Clone)]
pub(super) struct Claim {
    /// The family as the collector names it.
    pub(super) descriptor: Arc<Descriptor>,
    /// The family with the additions of a view.
    pub(super) shown: Arc<Descriptor>,
    pub(super) is_described: bool,
    /// Why the family is left out, if it is.
    pub(super) refusal: Option<Problem>,
}

impl Claims {
    pub(super) fn of(
        described: Vec<Descriptor>,
        wrap: Option<Arc<Wrap>>,
    ) -> Result<Claims, MetricRefusal> {
        let mut claims = Claims { wrap, ..Claims::default() };
        let mut all = Vec::with_capacity(described.len());
        for descriptor in described {
            let descriptor = Arc::new(descriptor);
            let shown = claims.shown(&descriptor)?;
            all.push(Claim { descriptor, shown, is_described: true, refusal: None });
        }
        claims.extend(all);
        Ok(claims)
    }

    /// Returns a family as it is shown.
    pub(super) fn shown(&self, family: &Arc<Descriptor>) -> Result<Arc<Descriptor>, MetricRefusal> {
        match &self.wrap {
            None => Ok(family.clone()),
            Some(wrap) => Ok(Arc::new(wrap.wrapped(family)?)),
        }
    }

    /// Returns the name under which a family is shown.
    pub(super) fn shown_name(&self, family: &Descriptor) -> String {
        match &self.wrap {
            None => family.name().to_owned(),
            Some(wrap) => wrap.name(family.name()),
        }
    }

    /// Adds claims, after those of the same name.
    pub(super) fn extend(&mut self, claims: impl IntoIterator<Item = Claim>) {
        self.claims.extend(claims);
        self.claims.sort_by(|a, b| a.descriptor.name().cmp(b.descriptor.name()));
    }

    /// Returns everything that keeps points of the collector off the page.
    pub(super) fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        self.claims.iter().filter_map(|claim| claim.refusal.as_ref()).chain(&self.problems)
    }

    /// Returns whether both collectors describe the same families.
    pub(super) fn describe_the_same(&self, other: &Claims) -> bool {
        let described = |claims: &Claims| {
            let described = claims.claims.iter().filter(|claim| claim.is_described);
            described.map(|claim| claim.shown.clone()).collect::<Vec<_>>()
        };
        let (own, others) = (described(self), described(other));
        own.len() == others.len() && std::iter::zip(&own, &others).all(|(a, b)| a.is_like(b))
    }

    pub(super) fn find(&self, descriptor: &Descriptor) -> Option<&Claim> {
        let name = descriptor.name();
        let start = self.claims.partition_point(|claim| claim.descriptor.name() < name);
        let of_name = self.claims.iter().skip(start);
        let mut of_name = of_name.take_while(|claim| claim.descriptor.name() == name);
        of_name.find(|claim| {
            std::ptr::eq(&*claim.descriptor, descriptor) || claim.descriptor.is_like(descriptor)
        })
    }
}
