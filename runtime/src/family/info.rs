//! Info: facts that are said by labels.

use std::time::Duration;

use once_cell::race::OnceBox;

use super::{Family, LabelSet};
use crate::metric::{Fact, hold, holds};
use crate::turn::Turn;

/// Facts about the program or what it talks to, as labels of one series, whose value is 1: a version, a
/// name, a mode that was chosen at start.
///
/// It shows the labels that were [`set`](Info::set) last, and nothing before that. Queries join it to
/// other metrics: `up * on (instance) group_left (version) app_build_info`. What changes often is a
/// [`StateSet`](crate::StateSet) or a gauge. The name ends in `_info`.
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

/// How long `set` waits for another thread that sets the same.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whose turn it is to set one: two threads that remove each other's labels would leave none.
static TURN: OnceBox<Turn> = OnceBox::new();

impl<L: LabelSet + 'static> Family<L, Fact> {
    /// Shows these labels, in place of those that were shown.
    ///
    /// A scrape that falls in between shows neither.
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

    /// Whether these labels are shown.
    #[must_use]
    pub fn is_set(&self, labels: L::With<'_>) -> bool {
        holds(&self.with(labels))
    }
}
