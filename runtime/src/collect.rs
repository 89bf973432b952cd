//! Reading metrics: what one gives, and how those of a struct are reached.

use crate::descriptor::Descriptor;
use crate::number::Number;
use crate::place::{Place, Shape, Totals};

/// A metric that can be read.
pub trait Collect: Send + Sync {
    /// The bits of the present value, of what is no histogram; the descriptor says how they are
    /// to be read. What is kept in slabs is in `totals`.
    #[doc(hidden)]
    fn bits(&self, _totals: &Totals) -> u64 {
        0
    }

    /// Adds to the buckets of a histogram, of which it makes as many as it has, and gives the sum.
    #[doc(hidden)]
    fn histogram(&self, _totals: &Totals, _buckets: &mut Vec<u64>) -> Number {
        Number::Whole(0)
    }

    /// Names the cells that it wants in every slab.
    #[doc(hidden)]
    fn places<'a>(&'a self, _ask: &mut dyn FnMut(&'a Place, Shape)) {}

    /// How many values were dropped because they cannot be stored; `None` if the metric can
    /// store every value that its type takes.
    #[doc(hidden)]
    fn rejected(&self) -> Option<u64> {
        None
    }
}

/// The metrics of a derived struct, by position: its own first, then those of its groups.
#[doc(hidden)]
pub trait Fields: Send + Sync + 'static {
    /// The metric whose descriptor [`Declarations::get`] gives for the same index.
    fn metric(&self, index: usize) -> Option<&dyn Collect>;
}

/// What a derived struct declares, its groups included.
#[doc(hidden)]
#[derive(Debug)]
pub struct Declarations {
    /// The struct's own metrics.
    pub own: &'static [&'static Descriptor],
    /// Its flattened groups, under their full names.
    pub groups: &'static [&'static Declarations],
}

impl Declarations {
    /// How many metrics there are in all.
    pub const fn len(&self) -> usize {
        let mut len = self.own.len();
        let mut i = 0;
        while i < self.groups.len() {
            len += self.groups[i].len();
            i += 1;
        }
        len
    }

    /// Whether nothing is declared.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The descriptor at `index`, in the order of [`Fields::metric`].
    pub const fn get(&self, mut index: usize) -> Option<&'static Descriptor> {
        if index < self.own.len() {
            return Some(self.own[index]);
        }
        index -= self.own.len();
        let mut i = 0;
        while i < self.groups.len() {
            if index < self.groups[i].len() {
                return self.groups[i].get(index);
            }
            index -= self.groups[i].len();
            i += 1;
        }
        None
    }

    /// Every descriptor, in order.
    pub fn iter(&self) -> impl Iterator<Item = &'static Descriptor> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}
