//! State sets: which of some states hold.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Lone;
use super::lone::Inline;
use super::touches::Touches;
use crate::labels::{LabelValue, Values};
use crate::place::{Place, Totals};
use crate::series::{AnySeries, Parts, Reading, Stored};
use crate::unit::{Scale, Unitless};

/// Which of the states `S` hold: a series for each of them, which is 1 while it holds and 0 otherwise.
///
/// Use it for what is in one of a few states, such as a connection or a role in a cluster. The states
/// are an enum with `#[derive(LabelValue)]`, or `bool`. The label that names the state is called as the
/// family, as OpenMetrics asks; text format 0.0.4 shows a gauge.
///
/// A scrape sees the states of one moment: of those that exclude each other, one.
///
/// ```
/// use measurand::{LabelValue, Metrics, StateSet};
///
/// #[derive(LabelValue, Clone, Copy, PartialEq)]
/// enum Role { Follower, Candidate, Leader }
///
/// /// The cluster.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_raft")]
/// struct Raft {
///     /// What this node is.
///     role: StateSet<Role>,
/// }
///
/// let role = &Raft::global().role;
/// role.set(Role::Leader);
/// assert!(role.is_set(Role::Leader) && !role.is_set(Role::Follower));
///
/// let mut text = String::new();
/// measurand::encode_text(&mut text);
/// assert!(text.contains("doc_raft_role{doc_raft_role=\"candidate\"} 0\n"));
/// assert!(text.contains("doc_raft_role{doc_raft_role=\"leader\"} 1\n"));
/// ```
///
/// Where several states may hold, [`enable`](StateSet::enable) and [`disable`](StateSet::disable) change
/// one of them.
#[doc(alias = "Enum")]
pub struct StateSet<S: State> {
    lone: Lone<[Place; 0], Inline<StateCells>, ()>,
    of: PhantomData<fn() -> S>,
}

metric! {
    impl[S: State, or State] StateSet<S> {
        kind: StateSet,
        unit: Unitless,
        scale: Scale::Whole,
        places: 0,
        cells: StateCells,
        facts: (),
        own: Inline<StateCells> = Inline(StateCells::new()),
        debug: StateSet(bits),
    }
}

/// The states of a [`StateSet`]: whatever is the value of a label and borrows nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no set of states",
    label = "not the values of a label",
    note = "the states are an enum with `#[derive(LabelValue)]`, or `bool`"
)]
pub trait State: LabelValue + 'static {}

#[diagnostic::do_not_recommend]
impl<S: LabelValue + 'static> State for S {}

/// Which states hold.
#[derive(Debug)]
pub struct StateCells {
    /// A bit for each.
    states: AtomicU64,
    touches: Touches,
}

impl StateCells {
    const fn new() -> Self {
        StateCells { states: AtomicU64::new(0), touches: Touches::new() }
    }

    fn bits(&self) -> u64 {
        self.states.load(Ordering::Relaxed)
    }
}

/// Why these cannot be the states of a set.
pub(crate) const fn states_problem(states: Values) -> Option<&'static str> {
    if !states.is_closed() {
        return Some(
            "any value may come in a state of this type\nhelp: make it an enum with `#[derive(LabelValue)]`",
        );
    }
    if states.count() > u64::BITS as usize {
        return Some("a state set has at most 64 states\nhelp: use a family of gauges");
    }
    None
}

#[diagnostic::do_not_recommend]
impl<S: State> Stored for StateSet<S> {
    const PARTS: Parts = Parts::of(S::VALUES);

    fn cells((): &()) -> StateCells {
        StateCells::new()
    }

    fn reset(cells: &StateCells) {
        cells.touches.forget();
        cells.states.store(0, Ordering::Relaxed);
    }

    fn has_changed(cells: &StateCells, _: &mut u64) -> bool {
        cells.touches.take_fresh()
    }

    fn is_touched_in(read: &Reading<'_, Self>) -> bool {
        read.own().is_some_and(|cells| cells.touches.is_any())
    }

    /// A bit for each state.
    fn bits_in(read: &Reading<'_, Self>) -> u64 {
        read.own().map_or(0, StateCells::bits)
    }

    fn part_bits(read: &Reading<'_, Self>, state: usize, totals: &Totals) -> u64 {
        let states = |cells: &StateCells| totals.moments.of(cells, || cells.bits());
        read.own().map_or(0, states) >> state & 1
    }
}

/// Updates the states of a series.
fn change<T: AnySeries<StateSet<S>>, S: State>(series: &T, change: impl FnOnce(&AtomicU64)) {
    // Of one that is made at run time nobody has looked at them before.
    const {
        if let Some(problem) = states_problem(S::VALUES) {
            panic!("{}", problem);
        }
    };
    series.update(
        |_, _| false,
        |cells| {
            change(&cells.states);
            if !T::IS_ALONE {
                cells.touches.touch();
            }
        },
    );
}

methods! { impl[S: State] StateSet<S> {
    /// Has this state hold, and no other.
    pub fn set(&self, state: S) {
        change(self, |states| states.store(1 << state.position(), Ordering::Relaxed));
    }

    /// Has this state hold, whatever others do.
    ///
    /// ```
    /// use measurand::{LabelValue, Metrics, StateSet};
    ///
    /// #[derive(LabelValue, Clone, Copy)]
    /// enum Alarm { Heat, Smoke }
    ///
    /// /// The hall.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_hall")]
    /// struct Hall {
    ///     /// Alarms that are on.
    ///     alarm: StateSet<Alarm>,
    /// }
    ///
    /// let alarm = &Hall::global().alarm;
    /// alarm.enable(Alarm::Heat);
    /// alarm.enable(Alarm::Smoke);
    /// alarm.disable(Alarm::Heat);
    /// assert!(alarm.is_set(Alarm::Smoke) && !alarm.is_set(Alarm::Heat));
    /// ```
    pub fn enable(&self, state: S) {
        change(self, |states| {
            states.fetch_or(1 << state.position(), Ordering::Relaxed);
        });
    }

    /// Has this state hold no longer, whatever others do.
    pub fn disable(&self, state: S) {
        change(self, |states| {
            states.fetch_and(!(1 << state.position()), Ordering::Relaxed);
        });
    }

    /// Whether this state holds; false if there is no such series.
    #[must_use]
    pub fn is_set(&self, state: S) -> bool {
        self.present_bits() >> state.position() & 1 == 1
    }
} }

impl<S: State> StateSet<S> {
    fn bits(&self) -> u64 {
        self.present_bits()
    }
}
