//! Passwords that are known by their hashes, of which each takes long to make.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use bcrypt::HashParts;
use subtle::ConstantTimeEq as _;
use tokio::sync::{Semaphore, oneshot};

use super::AccessError;
use crate::sync::unpoisoned;

/// So many wait to be looked at, at most.
const MOST_WAITING: usize = 16;

/// So many that were right are remembered, at most.
const MOST_KNOWN: usize = 100;

/// The passwords of some users.
pub(super) struct Passwords {
    users: Vec<(String, String)>,
    shared: Arc<Shared>,
}

struct Shared {
    /// What was right, by two hashes that nobody outside can make.
    right: Mutex<HashSet<(u64, u64)>>,
    hashers: [RandomState; 2],
    waiting: AtomicUsize,
    /// One is looked at at a time: whoever guesses takes no more than one processor.
    turn: Arc<Semaphore>,
}

/// What is known of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    Right,
    Wrong,
    /// Too many others wait.
    Busy,
}

impl Default for Passwords {
    fn default() -> Passwords {
        let shared = Shared {
            right: Mutex::default(),
            hashers: [RandomState::new(), RandomState::new()],
            waiting: AtomicUsize::new(0),
            turn: Arc::new(Semaphore::new(1)),
        };
        Passwords { users: Vec::new(), shared: Arc::new(shared) }
    }
}

impl Passwords {
    /// These, and one more.
    pub(super) fn and(&self, user: &str, hash: &str) -> Result<Passwords, AccessError> {
        if hash.parse::<HashParts>().is_err() {
            return Err(AccessError::Hash { user: user.to_owned() });
        }
        let mut users = self.users.clone();
        users.push((user.to_owned(), hash.to_owned()));
        Ok(Passwords { users, ..Passwords::default() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    pub(super) async fn check(&self, user: String, password: String) -> Checked {
        let [first, second] = &self.shared.hashers;
        let key = (first.hash_one((&user, &password)), second.hash_one((&user, &password)));
        if self.shared.is_known(key) {
            return Checked::Right;
        }
        let Some(_place) = Place::take(&self.shared) else { return Checked::Busy };
        let Ok(turn) = self.shared.turn.clone().acquire_owned().await else {
            return Checked::Busy;
        };
        // Whoever came at the same time may have had it looked at.
        if self.shared.is_known(key) {
            return Checked::Right;
        }
        let is_user =
            |(known, _): &&(String, String)| bool::from(known.as_bytes().ct_eq(user.as_bytes()));
        let found = self.users.iter().find(is_user);
        // An unknown user takes as long as one that is known.
        let Some((_, hash)) = found.or_else(|| self.users.first()) else { return Checked::Wrong };
        let (is_there, hash) = (found.is_some(), hash.clone());
        let (send, verified) = oneshot::channel();
        let verify = move || {
            // Nobody waits for it where the client has gone.
            let _ = send.send(bcrypt::verify(password, &hash).unwrap_or(false));
            // The next one has its turn when this one is done, also if its client has gone.
            drop(turn);
        };
        let thread = thread::Builder::new().name("metrics-password".to_owned()).spawn(verify);
        if thread.is_err() {
            return Checked::Busy;
        }
        if verified.await.unwrap_or(false) && is_there {
            self.shared.remember(key);
            Checked::Right
        } else {
            Checked::Wrong
        }
    }
}

impl Shared {
    fn is_known(&self, key: (u64, u64)) -> bool {
        unpoisoned(self.right.lock()).contains(&key)
    }

    fn remember(&self, key: (u64, u64)) {
        let mut right = unpoisoned(self.right.lock());
        if right.len() < MOST_KNOWN {
            right.insert(key);
        }
    }
}

/// A place among those that wait.
struct Place<'a>(&'a AtomicUsize);

impl Place<'_> {
    fn take(shared: &Shared) -> Option<Place<'_>> {
        let place = Place(&shared.waiting);
        let before = shared.waiting.fetch_add(1, Ordering::Relaxed);
        // It is given back where it is dropped.
        (before < MOST_WAITING).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
