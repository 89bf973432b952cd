//! State sets, which show which states of a set hold.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

use super::UnlabelledStore;
use super::touches::Touches;
use super::unlabelled::Inline;
use crate::labels::{LabelValue, ValueSet};
use crate::place::{Place, Totals};
use crate::series::{AnySeries, Parts, Reading, Stored};
use crate::unit::{Scale, Unitless};

/// The states of type `S` that hold: one series for each state, which is 1 while the state holds
/// and 0 otherwise.
///
/// Use it for what is in one of a few states, such as a connection or a role in a cluster. The
/// states are an enum with `#[derive(LabelValue)]`, or `bool`. The label with the state has the
/// name of the family, as OpenMetrics demands; the text format 0.0.4 shows a gauge.
///
/// A scrape reads all states at one moment, so that of mutually exclusive states exactly one shows.
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
///
/// // For a thread or a struct that sets it, wherever its state set comes from:
/// let kept = role.keep();
/// std::thread::spawn(move || kept.set(Role::Candidate)).join().unwrap();
/// assert!(role.is_set(Role::Candidate));
/// ```
///
/// If several states may hold, change single ones by [`enable`](StateSet::enable) and
/// [`disable`](StateSet::disable).
#[doc(alias = "Enum")]
pub struct StateSet<S: State> {
    unlabelled: UnlabelledStore<[Place; 0], Inline<StateCells>, ()>,
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

/// The states of a [`StateSet`]: any label value that borrows nothing.
///
/// ```
/// use measurand::metric::State;
/// use measurand::{LabelValue, Metrics, Series, StateSet};
///
/// /// A machine whose state is shown.
/// struct Machine<S: State> {
///     shown: Series<StateSet<S>>,
/// }
///
/// impl<S: State> Machine<S> {
///     fn enter(&mut self, state: S) {
///         self.shown.set(state);
///     }
/// }
///
/// #[derive(LabelValue, Clone, Copy)]
/// enum Door { Open, Shut }
///
/// /// The hall.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_state", global = HALL)]
/// struct HallMetrics {
///     /// What the door is.
///     door: StateSet<Door>,
/// }
///
/// let mut door = Machine { shown: HALL.door.keep() };
/// door.enter(Door::Shut);
/// assert!(HALL.door.is_set(Door::Shut) && !HALL.door.is_set(Door::Open));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of states",
    label = "not the values of a label",
    note = "the states are an enum with `#[derive(LabelValue)]`, or `bool`"
)]
pub trait State: LabelValue + 'static {}

#[diagnostic::do_not_recommend]
impl<S: LabelValue + 'static> State for S {}

/// The states that hold.
#[derive(Debug)]
pub struct StateCells {
    /// One bit for each state.
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

/// Returns why these values cannot be the states of a set, if so.
pub(crate) const fn states_problem(states: ValueSet) -> Option<&'static str> {
    if !states.is_closed() {
        return Some(
            "a state of this type can have any value\nhelp: make it an enum with `#[derive(LabelValue)]`",
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

    /// Returns one bit for each state.
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
    // No declaration has checked a state set that is created at run time.
    const {
        if let Some(problem) = states_problem(S::VALUES) {
            panic!("{}", problem);
        }
    };
    series.update(
        |_, _| false,
        |cells| {
            change(&cells.states);
            if !T::IS_UNLABELLED {
                cells.touches.touch();
            }
        },
    );
}

methods! { impl[S: State] StateSet<S> {
    /// Sets `state`, and unsets all others.
    pub fn set(&self, state: S) {
        change(self, |states| states.store(1 << state.position(), Ordering::Relaxed));
    }

    /// Sets `state`, and leaves the others as they are.
    ///
    /// ```
    /// use measurand::{LabelValue, Metrics, Registry, StateSet};
    ///
    /// #[derive(LabelValue, Clone, Copy)]
    /// enum Alarm { Heat, Smoke }
    ///
    /// /// The hall.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_hall", instance)]
    /// struct Hall {
    ///     /// Alarms that are on.
    ///     alarm: StateSet<Alarm>,
    /// }
    ///
    /// let hall = Hall::register(&Registry::new()).unwrap();
    /// let alarm = &hall.alarm;
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

    /// Unsets `state`, and leaves the others as they are.
    pub fn disable(&self, state: S) {
        change(self, |states| {
            states.fetch_and(!(1 << state.position()), Ordering::Relaxed);
        });
    }

    /// Returns whether `state` holds; `false` if there is no such series.
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
