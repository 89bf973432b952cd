//! Where the time of a process goes, asked from outside while it runs: what `net/http/pprof` is to a Go service.
//!
//! [`Profiler::answer`] answers what comes below `/debug/pprof/`, whatever server it came to. With the feature
//! `actix`, [`Profiling`](crate::actix::Profiling) is just that.
//!
//! | path | query | answer |
//! |---|---|---|
//! | `/debug/pprof/` | | what there is |
//! | `/debug/pprof/profile` | `seconds`, `frequency` | a profile of the processor's time, for `go tool pprof` |
//! | `/debug/pprof/flamegraph` | `seconds`, `frequency` | the same as a picture, SVG |
//! | `/debug/pprof/heap` | | what is on the heap, by where it was allocated, for `go tool pprof` |
//! | `/debug/pprof/threads` | `debug=1`, or `debug=2` for each thread | the threads: their names, states and time, and what Tokio says of its tasks |
//!
//! ```sh
//! go tool pprof -http :8000 'http://127.0.0.1:9091/debug/pprof/profile?seconds=10'
//! ```
//!
//! Nothing is sampled, and no signal is handled, until someone asks. Then a signal interrupts the thread that runs,
//! so many times in each second that the process computes, and its stack is walked by frame pointers: build with
//!
//! ```toml
//! # .cargo/config.toml
//! [build]
//! rustflags = ["-C", "force-frame-pointers=yes"]
//! ```
//!
//! and with `debug = "line-tables-only"` in the profile for names of lines and of inlined functions. Without frame
//! pointers stacks are cut short, or empty.
//!
//! A stack may lack the caller of a function that has only just been called, and has not yet said where its frame is.
//! (The other unwinders of `pprof` know, and bring the process down now and then: where threads panic, or open
//! libraries.) Time in the C library is not sampled: it may hold locks there that the walk would wait for.
//!
//! `heap` needs the feature `profile-heap`, jemalloc as the allocator, and its sampling, which a program is started
//! with. It costs little, and names functions without frame pointers:
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
//! Names are in the profile; without `-symbolize=none` the tool looks for them in the program as well, if that is on
//! its machine, and knows Rust's less well.
//!
//! What a task waits for is not to be had: stable Rust knows no stacks of tasks that do not run.
//!
//! One profile is taken at a time; who asks meanwhile gets 409. It ends with its client, where the server drops the
//! future of an answer whose connection was closed.

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
use turn::Refused;

/// How long a profile is taken, unless the query says so.
const SECONDS: u64 = 30;

/// How often a second, unless the query says so.
const FREQUENCY: u32 = 100;

/// More often is no profile any more.
const MOST_FREQUENT: u32 = 1_000;

/// Answers who asks where the time goes. A clone answers the same.
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
    /// Takes profiles of up to 60 seconds.
    pub fn new() -> Profiler {
        Profiler { longest: Duration::from_secs(60) }
    }

    /// How long a profile may be taken.
    pub fn longest(self, time: Duration) -> Profiler {
        Profiler { longest: time }
    }

    /// Answers what comes for a path below `/debug/pprof/`, with what follows the `?`. It needs a Tokio runtime with
    /// time.
    ///
    /// The status is 200; 400 where the query asks for what cannot be, and says what can; 404 for other paths; 409
    /// while another profile is taken; 500 where the system refuses one; or 501 where the allocator has none of the
    /// heap, and what it takes.
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

    /// How long and how often a query asks for.
    fn asked(&self, query: &str) -> Result<(Duration, u32), String> {
        let longest = self.longest.as_secs_f64();
        let seconds = match value_of(query, "seconds") {
            None => (SECONDS as f64).min(longest),
            Some(text) => {
                text.parse().ok().filter(|seconds| *seconds > 0.0 && *seconds <= longest).ok_or(
                    format!(
                        "`seconds` is a number above 0, and {longest} at the most: try `seconds=10`"
                    ),
                )?
            }
        };
        let frequency = match value_of(query, "frequency") {
            None => FREQUENCY,
            Some(text) => {
                text.parse().ok().filter(|it| (1..=MOST_FREQUENT).contains(it)).ok_or(format!(
                    "`frequency` is a whole number from 1 to {MOST_FREQUENT}: try `frequency=99`"
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

fn given(content_type: &'static str, profile: Result<Vec<u8>, Refused>) -> ProfileAnswer {
    let (status, why) = match profile {
        Ok(body) => return ProfileAnswer::of(content_type, body),
        Err(Refused::Busy) => (409, "another profile is being taken: try again later".to_owned()),
        #[cfg(feature = "profile-heap")]
        Err(Refused::Unavailable(why)) => (501, format!("there is no such profile: {why}")),
        Err(Refused::Failed(error)) => (500, format!("no profile can be taken: {error}")),
    };
    ProfileAnswer::error(status, why)
}

/// The first value of a query that has this name.
fn value_of<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// An answer of a [`Profiler`].
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

/// What `go tool pprof` reads.
const OCTETS: &str = "application/octet-stream";

fn index() -> String {
    let heap = match cfg!(feature = "profile-heap") {
        true => {
            "<li><a href=\"heap\">heap</a>: what is allocated, for <code>go tool pprof</code></li>\n"
        }
        false => "",
    };
    format!(
        "<!DOCTYPE html>
<title>/debug/pprof/</title>
<h1>/debug/pprof/</h1>
<ul>
<li><a href=\"profile?seconds=10\">profile</a>: the processor's time of 10 seconds, for <code>go tool pprof</code></li>
<li><a href=\"flamegraph?seconds=10\">flamegraph</a>: the same as a picture</li>
{heap}<li><a href=\"threads?debug=1\">threads</a>, and <a href=\"threads?debug=2\">each of them</a></li>
</ul>
"
    )
}
