//! The metric of an info family, which has no value.

use super::touches::Touches;
use super::unlabelled::Inline;
use super::{Declaration, Make, Maker, UnlabelledStore};
use crate::place::Place;
use crate::series::{AnySeries, Distribution, Reading, Stored};
use crate::unit::{Scale, Unitless};

/// The metric of an [`Info`](crate::Info): what the labels say holds, so the value is always 1.
pub struct Fact {
    unlabelled: UnlabelledStore<[Place; 0], Inline<Touches>, OneAtATime>,
}

metric! {
    impl[] Fact {
        kind: Info,
        unit: Unitless,
        scale: Scale::Whole,
        places: 0,
        cells: Touches,
        facts: OneAtATime,
        own: Inline<Touches> = Inline(Touches::new()),
        debug: Fact(holds),
    }
}

/// The facts of an info family. Only one of its series holds at a time, since all its labels are
/// set together.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct OneAtATime;

impl From<Distribution> for OneAtATime {
    fn from(_: Distribution) -> OneAtATime {
        OneAtATime
    }
}

impl<D: Declaration> Make<OneAtATime> for Maker<OneAtATime, D> {
    const NEW: OneAtATime = OneAtATime;
}

#[diagnostic::do_not_recommend]
impl Stored for Fact {
    fn cells(_: &OneAtATime) -> Touches {
        Touches::new()
    }

    fn reset(cells: &Touches) {
        cells.forget();
    }

    fn has_changed(cells: &Touches, _: &mut u64) -> bool {
        cells.take_fresh()
    }

    fn is_touched_in(read: &Reading<'_, Self>) -> bool {
        read.own().is_some_and(Touches::is_any)
    }

    /// Returns 1: a series that does not hold is not exposed.
    #[inline]
    fn bits_in(_: &Reading<'_, Self>) -> u64 {
        1
    }
}

impl Fact {
    fn holds(&self) -> bool {
        holds(self)
    }
}

/// Returns whether a series of an info family holds.
pub(crate) fn holds(series: &impl AnySeries<Fact>) -> bool {
    series.read(|read| read.is_some_and(Fact::is_touched_in))
}

/// Makes a series of an info family hold.
pub(crate) fn hold(series: &impl AnySeries<Fact>) {
    series.update(|_, _| false, Touches::touch);
}
