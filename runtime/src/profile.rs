//! Profiles of the running process over HTTP, like `net/http/pprof` in Go.
//!
//! [`Profiler::answer`] answers requests below `/debug/pprof/`, for any server. With the feature
//! `actix`, [`Profiling`](crate::actix::Profiling) is a service for it.
//!
//! | path | query | response |
//! |---|---|---|
//! | `/debug/pprof/` | | an index |
//! | `/debug/pprof/profile` | `seconds`, `frequency` | a CPU profile for `go tool pprof` |
//! | `/debug/pprof/flamegraph` | `seconds`, `frequency` | a CPU profile as a flame graph, in SVG |
//! | `/debug/pprof/heap` | | the heap, by allocation site, for `go tool pprof` |
//! | `/debug/pprof/threads` | `debug=1`, or `debug=2` for each thread | the threads: their names, states and CPU time, and the number of Tokio tasks |
//!
//! ```sh
//! go tool pprof -http :8000 'http://127.0.0.1:9091/debug/pprof/profile?seconds=10'
//! ```
//!
//! Nothing is sampled, and no signal is handled, until a profile is requested. Then a signal
//! interrupts the running thread, at the given frequency of CPU time, and its stack is walked by
//! frame pointers. Build with
//!
//! ```toml
//! # .cargo/config.toml
//! [build]
//! rustflags = ["-C", "force-frame-pointers=yes"]
//! ```
//!
//! and with `debug = "line-tables-only"` in the Cargo profile for line numbers and inlined
//! functions. Without frame pointers stacks are truncated or empty.
//!
//! A stack may lack the caller of a function that was called just now and has not set up its frame.
//! (The other unwinders of `pprof` handle that, but occasionally crash the process, when threads
//! panic or open libraries.) Time in the C library is not sampled, since it may hold locks that the
//! walk needs.
//!
//! `heap` needs the feature `profile-heap`, jemalloc as the allocator, and its sampling, which must
//! be enabled when the program starts. Sampling costs little, and does not need frame pointers:
//!
//! ```
//! # #[cfg(any())] // The crate is not a dependency here.
//! #[global_allocator]
//! static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
//! ```
//!
//! ```sh
//! _RJEM_MALLOC_CONF=prof:true ./service
//! go tool pprof -symbolize=none -http :8000 'http://127.0.0.1:9091/debug/pprof/heap'
//! ```
//!
//! The profile includes the names; without `-symbolize=none` the tool also looks for them in the
//! program, if it is on the same machine, and handles Rust's names less well.
//!
//! What tasks wait for cannot be shown: stable Rust has no stacks of suspended tasks.
//!
//! One profile is taken at a time; further requests get 409. A profile ends early if its client
//! disconnects, if the server then drops the future of the response.

mod cpu;
mod flamegraph;
#[cfg(feature = "profile-heap")]
mod heap;
mod proto;
mod threads;
mod turn;

use std::fmt;
use std::time::Duration;

use cpu::Stacks;
use turn::ProfileRefused;

/// The default duration of a profile, in seconds.
const SECONDS: u64 = 30;

/// The default number of samples per second of CPU time.
const FREQUENCY: u32 = 100;

/// The highest frequency; sampling more often would distort the profile.
const MOST_FREQUENT: u32 = 1_000;

/// Answers requests for profiles.
///
/// ```
/// use measurand::profile::Profiler;
///
/// # actix_web::rt::System::new().block_on(async {
/// let answer = Profiler::new().answer("threads", "debug=1").await;
/// assert_eq!(answer.status, 200);
/// assert!(answer.body.starts_with(b"threads: "));
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Profiler {
    longest: Duration,
}

impl Profiler {
    /// Creates a profiler that takes profiles of up to 60 seconds.
    pub fn new() -> Profiler {
        Profiler { longest: Duration::from_secs(60) }
    }

    /// Sets the maximum duration of a profile.
    ///
    /// ```
    /// use std::time::Duration;
    /// use measurand::profile::Profiler;
    ///
    /// # actix_web::rt::System::new().block_on(async {
    /// let profiler = Profiler::new().longest(Duration::from_secs(10));
    /// assert_eq!(profiler.answer("profile", "seconds=60").await.status, 400);
    /// # });
    /// ```
    pub fn longest(self, time: Duration) -> Profiler {
        Profiler { longest: time }
    }

    /// Answers a request for a path below `/debug/pprof/`, with the query after `?`. It needs a
    /// Tokio runtime with timers.
    ///
    /// The status is 200; 400 if the query is not valid; 404 for other paths; 409 while another
    /// profile is taken; 500 if the system fails; or 501 if the allocator cannot profile the heap.
    /// The body of an error tells what to do.
    pub async fn answer(&self, path: &str, query: &str) -> ProfileAnswer {
        match path.trim_matches('/') {
            "" => ProfileAnswer::of("text/html; charset=utf-8", index()),
            "profile" => self.profile(query, OCTETS, proto::encode).await,
            #[cfg(feature = "profile-heap")]
            "heap" => given(OCTETS, heap::profile().await),
            "flamegraph" => self.profile(query, "image/svg+xml", flamegraph::draw).await,
            "threads" => match threads::list(value_of(query, "debug") == Some("2")) {
                Ok(list) => ProfileAnswer::of("text/plain; charset=utf-8", list),
                Err(error) => {
                    ProfileAnswer::error(500, format!("threads cannot be listed: {error}"))
                }
            },
            _ => ProfileAnswer::error(404, "there is no such profile".to_owned()),
        }
    }

    async fn profile(
        &self,
        query: &str,
        content_type: &'static str,
        write: fn(&Stacks) -> Vec<u8>,
    ) -> ProfileAnswer {
        let (time, frequency) = match self.asked(query) {
            Ok(asked) => asked,
            Err(error) => return ProfileAnswer::error(400, error),
        };
        given(content_type, cpu::profile(time, frequency, write).await)
    }

    /// Returns the duration and the frequency that a query requests.
    fn asked(&self, query: &str) -> Result<(Duration, u32), String> {
        let longest = self.longest.as_secs_f64();
        let seconds = match value_of(query, "seconds") {
            None => (SECONDS as f64).min(longest),
            Some(text) => {
                text.parse().ok().filter(|seconds| *seconds > 0.0 && *seconds <= longest).ok_or(
                    format!("`seconds` must be above 0, and at most {longest}: try `seconds=10`"),
                )?
            }
        };
        let frequency = match value_of(query, "frequency") {
            None => FREQUENCY,
            Some(text) => {
                text.parse().ok().filter(|it| (1..=MOST_FREQUENT).contains(it)).ok_or(format!(
                    "`frequency` must be a whole number from 1 to {MOST_FREQUENT}: try `frequency=99`"
                ))?
            }
        };
        Ok((Duration::from_secs_f64(seconds), frequency))
    }
}

impl Default for Profiler {
    fn default() -> Profiler {
        Profiler::new()
    }
}

fn given(content_type: &'static str, profile: Result<Vec<u8>, ProfileRefused>) -> ProfileAnswer {
    let (status, why) = match profile {
        Ok(body) => return ProfileAnswer::of(content_type, body),
        Err(ProfileRefused::Busy) => {
            (409, "another profile is being taken: try again later".to_owned())
        }
        #[cfg(feature = "profile-heap")]
        Err(ProfileRefused::Unavailable(why)) => (501, format!("there is no such profile: {why}")),
        Err(ProfileRefused::Failed(error)) => (500, format!("no profile can be taken: {error}")),
    };
    ProfileAnswer::error(status, why)
}

/// Returns the first value with this name in a query.
fn value_of<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The response of a [`Profiler`].
///
/// ```
/// use measurand::profile::{ProfileAnswer, Profiler};
///
/// # actix_web::rt::System::new().block_on(async {
/// let answer: ProfileAnswer = Profiler::new().answer("no-such-profile", "").await;
/// assert_eq!((answer.status, answer.content_type), (404, "text/plain; charset=utf-8"));
/// assert_eq!(answer.body, b"there is no such profile\n");
/// # });
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProfileAnswer {
    /// The status code.
    pub status: u16,
    /// The header `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl ProfileAnswer {
    fn of(content_type: &'static str, body: impl Into<Vec<u8>>) -> ProfileAnswer {
        ProfileAnswer { status: 200, content_type, body: body.into() }
    }

    fn error(status: u16, why: String) -> ProfileAnswer {
        let body = format!("{why}\n").into_bytes();
        ProfileAnswer { status, content_type: "text/plain; charset=utf-8", body }
    }
}

impl fmt::Debug for ProfileAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileAnswer")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("bytes", &self.body.len())
            .finish()
    }
}

/// The content type of profiles for `go tool pprof`.
const OCTETS: &str = "application/octet-stream";

fn index() -> String {
    let heap = match cfg!(feature = "profile-heap") {
        true => "<li><a href=\"heap\">heap</a>: the heap, for <code>go tool pprof</code></li>\n",
        false => "",
    };
    format!(
        "<!DOCTYPE html>
<title>/debug/pprof/</title>
<h1>/debug/pprof/</h1>
<ul>
<li><a href=\"profile?seconds=10\">profile</a>: the CPU time of 10 seconds, for <code>go tool pprof</code></li>
<li><a href=\"flamegraph?seconds=10\">flamegraph</a>: the CPU time of 10 seconds, as a flame graph</li>
{heap}<li><a href=\"threads?debug=1\">threads</a>, or <a href=\"threads?debug=2\">each thread</a></li>
</ul>
"
    )
}
