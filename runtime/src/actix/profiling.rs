//! Profiles as a service.

use std::fmt;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, Resource, web};

use super::endpoint::{check, pause, refused};
use crate::access::Access;
use crate::profile::Profiler;

/// Serves profiles below `/debug/pprof/`, by default only to connections from the same machine; the
/// module [`profile`](crate::profile) lists them.
///
/// A profile ends early if its client disconnects and the server notices: set
/// [`h1_allow_half_closed(false)`](actix_web::HttpServer::h1_allow_half_closed), as
/// [`Server`](super::Server) does.
///
/// ```
/// use actix_web::{App, test};
/// use measurand::actix::Profiling;
///
/// # actix_web::rt::System::new().block_on(async {
/// let app = test::init_service(App::new().service(Profiling::new())).await;
/// let peer = "127.0.0.1:4711".parse().unwrap();
/// let request = test::TestRequest::get().uri("/debug/pprof/threads").peer_addr(peer);
/// assert_eq!(test::call_service(&app, request.to_request()).await.status(), 200);
/// let elsewhere = "192.0.2.7:4711".parse().unwrap();
/// let request = test::TestRequest::get().uri("/debug/pprof/threads").peer_addr(elsewhere);
/// assert_eq!(test::call_service(&app, request.to_request()).await.status(), 403);
/// # });
/// ```
#[derive(Clone)]
#[must_use = "it serves nothing until it is passed to `App::service`"]
pub struct Profiling {
    profiler: Profiler,
    access: Access,
}

impl Profiling {
    /// Serves connections from the same machine.
    pub fn new() -> Profiling {
        Profiling { profiler: Profiler::new(), access: Access::loopback() }
    }

    /// Sets who may see profiles. They can cause as much processor load as a profile takes, and see
    /// the names of functions.
    pub fn access(self, access: Access) -> Profiling {
        Profiling { access, ..self }
    }

    /// Sets the profiler, which has the options of profiles.
    ///
    /// ```
    /// use std::time::Duration;
    /// use actix_web::{App, test};
    /// use measurand::access::Access;
    /// use measurand::actix::Profiling;
    /// use measurand::profile::Profiler;
    ///
    /// # actix_web::rt::System::new().block_on(async {
    /// let profiling = Profiling::new()
    ///     .access(Access::credentials().bearer("a long secret")?)
    ///     .profiler(Profiler::new().longest(Duration::from_secs(10)));
    /// let app = test::init_service(App::new().service(profiling)).await;
    /// let request = test::TestRequest::get().uri("/debug/pprof/profile?seconds=60");
    /// let request = request.insert_header(("Authorization", "Bearer a long secret"));
    /// assert_eq!(test::call_service(&app, request.to_request()).await.status(), 400);
    /// # Ok::<(), measurand::access::AccessError>(())
    /// # }).unwrap();
    /// ```
    pub fn profiler(self, profiler: Profiler) -> Profiling {
        Profiling { profiler, ..self }
    }
}

impl Default for Profiling {
    fn default() -> Profiling {
        Profiling::new()
    }
}

impl fmt::Debug for Profiling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profiling").field("profiler", &self.profiler).finish_non_exhaustive()
    }
}

impl HttpServiceFactory for Profiling {
    fn register(self, config: &mut AppService) {
        let answer = move |request: HttpRequest| answer(self.clone(), request);
        // Relative links need a path that ends with a slash.
        Resource::new(["/debug/pprof", "/debug/pprof/{profile:.*}"])
            .route(web::get().to(answer))
            .register(config);
    }
}

async fn answer(profiling: Profiling, request: HttpRequest) -> HttpResponse {
    pause().await;
    if let Err(denied) = check(&profiling.access, &request).await {
        return refused(&denied);
    }
    if request.path() == "/debug/pprof" {
        return HttpResponse::PermanentRedirect()
            .insert_header(("Location", "/debug/pprof/"))
            .finish();
    }
    let profile = request.match_info().get("profile").unwrap_or_default().to_owned();
    let answer = profiling.profiler.answer(&profile, request.query_string()).await;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, answer.content_type))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .body(answer.body)
}
