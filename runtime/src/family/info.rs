//! Info metrics, whose labels are their value.

use std::time::Duration;

use once_cell::race::OnceBox;

use super::{Family, LabelSet};
use crate::metric::{Fact, hold, holds};
use crate::turn::Turn;

/// Information about the program or what it talks to, in the labels of a single series whose value
/// is 1: a version, a name, a mode chosen at start.
///
/// It exposes the labels of the last [`set`](Info::set), and nothing before the first. Queries join
/// it to other metrics: `up * on (instance) group_left (version) app_build_info`. For what changes
/// often, use a [`StateSet`](crate::StateSet) or a gauge. The name ends in `_info`.
///
/// ```
/// use measurand::{Info, LabelSet, Metrics};
///
/// #[derive(LabelSet)]
/// struct Server<'a> { version: &'a str, engine: &'a str }
///
/// /// The database.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_db", global = DB)]
/// struct DbMetrics {
///     /// The server that we are connected to.
///     server_info: Info<Server<'static>>,
/// }
///
/// DB.server_info.set(Server { version: "16.1", engine: "heap" });
/// DB.server_info.set(Server { version: "16.2", engine: "heap" });
/// let mut text = String::new();
/// measurand::encode_text(&mut text);
/// assert!(text.contains("doc_db_server_info{version=\"16.2\",engine=\"heap\"} 1\n"));
/// assert!(!text.contains("16.1"));
/// ```
pub type Info<L> = Family<L, Fact>;

/// How long `set` waits for another thread's `set`.
const PATIENCE: Duration = Duration::from_secs(1);

/// The turn to set an info metric: without it, two threads could remove each other's labels.
static TURN: OnceBox<Turn> = OnceBox::new();

impl<L: LabelSet + 'static> Family<L, Fact> {
    /// Exposes `labels` instead of the previous ones.
    ///
    /// A scrape at the same time may expose neither.
    pub fn set(&self, labels: L::With<'_>) {
        let fresh = self.with(labels);
        let turn = TURN.get_or_init(|| Box::new(Turn::new()));
        let Some(_turn) = turn.take(PATIENCE) else { return self.store.rejected.count() };
        let mut shown = 0;
        self.for_each(|_, _| shown += 1);
        if shown == 1 && holds(&fresh) {
            return;
        }
        self.clear();
        hold(&fresh);
    }

    /// Returns whether these labels are exposed.
    ///
    /// ```
    /// # use measurand::{Info, LabelSet, Metrics};
    /// # #[derive(LabelSet)]
    /// # struct Server<'a> { version: &'a str }
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_info_is_set", global = DB)]
    /// # struct M {
    /// #     /// The server that we are connected to.
    /// #     server_info: Info<Server<'static>>,
    /// # }
    /// DB.server_info.set(Server { version: "16.1" });
    /// DB.server_info.set(Server { version: "16.2" });
    /// assert!(DB.server_info.is_set(Server { version: "16.2" }));
    /// assert!(!DB.server_info.is_set(Server { version: "16.1" }));
    /// ```
    #[must_use]
    pub fn is_set(&self, labels: L::With<'_>) -> bool {
        holds(&self.with(labels))
    }
}
