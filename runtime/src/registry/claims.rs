//! The families that a collector may give.

use std::sync::Arc;

use super::conflict::Problem;
use crate::descriptor::Descriptor;

/// What a registry knows of a collector's families.
#[derive(Clone, Default)]
pub(super) struct Claims {
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
        Claims { claims: described.into_iter().map(claim).collect(), problems: Vec::new() }
    }

    /// What keeps its points off the page.
    pub(super) fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        self.claims.iter().filter_map(|claim| claim.refusal.as_ref()).chain(&self.problems)
    }

    pub(super) fn find(&self, descriptor: &Arc<Descriptor>) -> Option<&Claim> {
        let is_it = |claim: &&Claim| {
            Arc::ptr_eq(&claim.descriptor, descriptor) || claim.descriptor.is_like(descriptor)
        };
        self.claims.iter().find(is_it)
    }
}
