//! Verifying passwords by slow hashes.

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

/// The most passwords that may wait to be verified.
const MOST_WAITING: usize = 16;

/// The most correct passwords that are remembered.
const MOST_KNOWN: usize = 100;

/// Users and the hashes of their passwords.
pub(super) struct Passwords {
    users: Vec<(String, String)>,
    shared: Arc<Shared>,
}

struct Shared {
    /// Correct passwords, by two hashes with random keys.
    right: Mutex<HashSet<(u64, u64)>>,
    hashers: [RandomState; 2],
    waiting: AtomicUsize,
    /// Held while a password is verified: guessing passwords takes at most one processor.
    turn: Arc<Semaphore>,
}

/// The result of checking a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PasswordCheck {
    Right,
    Wrong,
    /// Too many other passwords wait.
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
    /// Returns these users and another one.
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

    pub(super) async fn check(&self, user: String, password: String) -> PasswordCheck {
        let [first, second] = &self.shared.hashers;
        let key = (first.hash_one((&user, &password)), second.hash_one((&user, &password)));
        if self.shared.is_known(key) {
            return PasswordCheck::Right;
        }
        let Some(_place) = QueuePlace::take(&self.shared) else { return PasswordCheck::Busy };
        let Ok(turn) = self.shared.turn.clone().acquire_owned().await else {
            return PasswordCheck::Busy;
        };
        // A concurrent request may have verified the same password.
        if self.shared.is_known(key) {
            return PasswordCheck::Right;
        }
        let is_user =
            |(known, _): &&(String, String)| bool::from(known.as_bytes().ct_eq(user.as_bytes()));
        let found = self.users.iter().find(is_user);
        // Verify a hash for unknown users, too, so that the time does not reveal them.
        let Some((_, hash)) = found.or_else(|| self.users.first()) else {
            return PasswordCheck::Wrong;
        };
        let (is_there, hash) = (found.is_some(), hash.clone());
        let (send, verified) = oneshot::channel();
        let verify = move || {
            // Sending fails if the client has disconnected.
            let _ = send.send(bcrypt::verify(password, &hash).unwrap_or(false));
            // Released only now, even if the client disconnected earlier.
            drop(turn);
        };
        let thread = thread::Builder::new().name("metrics-password".to_owned()).spawn(verify);
        if thread.is_err() {
            return PasswordCheck::Busy;
        }
        if verified.await.unwrap_or(false) && is_there {
            self.shared.remember(key);
            PasswordCheck::Right
        } else {
            PasswordCheck::Wrong
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

/// A place among the passwords that wait.
struct QueuePlace<'a>(&'a AtomicUsize);

impl QueuePlace<'_> {
    fn take(shared: &Shared) -> Option<QueuePlace<'_>> {
        let place = QueuePlace(&shared.waiting);
        let before = shared.waiting.fetch_add(1, Ordering::Relaxed);
        // Dropping the place gives it back.
        (before < MOST_WAITING).then_some(place)
    }
}

impl Drop for QueuePlace<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
