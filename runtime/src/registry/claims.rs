//! The families that a collector may give.

use std::sync::Arc;

use super::conflict::Problem;
use crate::descriptor::Descriptor;

/// What a registry knows of a collector's families.
#[derive(Clone, Default)]
pub(super) struct Claims {
    /// By name.
    pub(super) claims: Vec<Claim>,
    /// What is wrong with its points.
    pub(super) problems: Vec<Problem>,
}

/// A family that a collector may give.
#[derive(Clone)]
pub(super) struct Claim {
    pub(super) descriptor: Arc<Descriptor>,
    pub(super) is_described: bool,
    /// Why it is left out, if it is.
    pub(super) refusal: Option<Problem>,
}

impl Claims {
    pub(super) fn of(described: Vec<Descriptor>) -> Claims {
        let claim = |descriptor| Claim {
            descriptor: Arc::new(descriptor),
            is_described: true,
            refusal: None,
        };
        let mut claims = Claims::default();
        claims.extend(described.into_iter().map(claim));
        claims
    }

    /// Adds some, behind those of the same name.
    pub(super) fn extend(&mut self, claims: impl IntoIterator<Item = Claim>) {
        self.claims.extend(claims);
        self.claims.sort_by(|a, b| a.descriptor.name().cmp(b.descriptor.name()));
    }

    /// What keeps its points off the page.
    pub(super) fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        self.claims.iter().filter_map(|claim| claim.refusal.as_ref()).chain(&self.problems)
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
