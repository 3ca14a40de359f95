//! The list of routes, and which of them a request is for.

use super::call::{Call, Reply};
use super::host::{Group, Host};
use super::problem::Problem;
use super::{check, handlers, jobs, metrics, relay, reports, status};
use http::Method;
use http::request::Parts;

/// A route of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its method. HEAD goes where GET goes.
    pub method: &'static str,
    /// The pattern of its path: `{…}` is one segment.
    pub path: &'static str,
    /// With which others it is served.
    pub group: Group,
}

/// The list: method, path, group, handler. This is the only place that names a route.
macro_rules! routes {
    ($($method:literal $path:literal $group:ident $handler:path;)*) => {
        /// Every route of every host.
        pub const ROUTES: &[Route] =
            &[$(Route { method: $method, path: $path, group: Group::$group }),*];

        /// Has the handler of `route` answer.
        pub(super) async fn dispatch<H: Host>(
            route: &Route,
            host: &H,
            call: Call<H::Body>,
        ) -> Result<Reply, Problem> {
            match (route.method, route.path) {
                $(($method, $path) => $handler(host, call).await,)*
                _ => Err(Problem::not_found()),
            }
        }
    };
}

routes! {
    "GET"  "/healthz"                Health  handlers::healthz;
    "GET"  "/metrics"                Metrics metrics::process;
    "GET"  "/metrics/check"          Metrics metrics::check;
    "GET"  "/readyz"                 Health  status::readyz;
    "GET"  "/version"                Health  status::version;
    "GET"  "/openapi.json"           Api     handlers::openapi;
    "POST" "/v1/explain"             Api     handlers::explain;
    "GET"  "/v1/mx/{domain}"         Api     handlers::mx;
    "POST" "/v1/check"               Api     check::check;
    "POST" "/v1/checks"              Api     check::batch;
    "GET"  "/v1/checks/{id}"         Jobs    jobs::look;
    "DELETE" "/v1/checks/{id}"       Jobs    jobs::forget;
    "GET"  "/v1/vantages"            Api     status::vantages;
    "POST" "/v1/reports"             Kept    reports::keep_report;
    "GET"  "/v1/reports/{id}"        Kept    reports::report;
    "DELETE" "/v1/reports/{id}"      Kept    reports::delete_report;
    "POST" "/v1/cases"               Cases   reports::open_case;
    "GET"  "/v1/cases/{id}"          Cases   reports::read_case;
    "PUT"  "/v1/cases/{id}"          Cases   reports::fill_case;
    "GET"  "/v1/lab"                 Api     handlers::demo_domains;
    "POST" "/v1/probe"               Vantage handlers::probe;
    "POST" "/v1/controls"            Vantage handlers::controls;
    "GET"  "/dns-query"              Relay   relay::get;
    "POST" "/dns-query"              Relay   relay::post;
    "GET"  "/lab/dns-query"          Demo    handlers::demo_dns;
    "POST" "/lab/{vantage}/v1/probe" Demo    handlers::demo_probe;
    "POST" "/explain"                Pages   handlers::explain_form;
    "POST" "/check"                  Pages   handlers::check_form;
    "GET"  "/"                       Pages   handlers::page;
    "GET"  "/index.html"             Pages   handlers::page;
    "GET"  "/probe"                  Pages   handlers::page;
    "GET"  "/codes"                  Pages   handlers::page;
    "GET"  "/codes/{code}"           Pages   handlers::page;
}

/// Why no route is for a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoRoute {
    /// None has its path.
    Path,
    /// Those that have its path, the first of them here, take these methods.
    Method(&'static Route, String),
}

/// The route for a request among those that are served, and what its path says in the place of `{…}`.
pub(super) fn find(
    parts: &Parts,
    served: impl Fn(Group) -> bool,
) -> Result<(&'static Route, String), NoRoute> {
    let path = parts.uri.path();
    let method = if parts.method == Method::HEAD { "GET" } else { parts.method.as_str() };
    let (mut allow, mut first) = (Vec::new(), None);
    for route in ROUTES.iter().filter(|route| served(route.group)) {
        let Some(parameter) = parameter(route.path, path) else { continue };
        if route.method == method {
            return Ok((route, parameter.to_owned()));
        }
        first = first.or(Some(route));
        allow.push(if route.method == "GET" { "GET,HEAD" } else { route.method });
    }
    Err(first.map_or(NoRoute::Path, |route| NoRoute::Method(route, allow.join(","))))
}

/// What `path` says in the place of `{…}` of `pattern`, still percent-encoded; nothing where they do not match.
fn parameter<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let mut found = "";
    let (mut expected, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (expected.next(), given.next()) {
            (None, None) => return Some(found),
            (Some(name), Some(value)) if name.starts_with('{') && !value.is_empty() => found = value,
            (Some(expected), Some(given)) if expected == given => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(request: &str) -> Result<(&'static str, String), String> {
        let (method, path) = request.split_once(' ').expect("METHOD /path");
        let request = http::Request::builder().method(method).uri(path).body(()).expect("a request");
        super::find(&request.into_parts().0, |group| group != Group::Demo)
            .map(|(route, parameter)| (route.path, parameter))
            .map_err(|why| match why {
                NoRoute::Path => "no route".to_owned(),
                NoRoute::Method(_, allow) => allow,
            })
    }

    #[test]
    fn no_route_hides_another() {
        for (at, route) in ROUTES.iter().enumerate() {
            let other = ROUTES[..at].iter().find(|other| {
                other.method == route.method
                    && (other.path == route.path || parameter(other.path, route.path).is_some())
            });
            assert!(other.is_none(), "{route:?} is hidden by {other:?}");
        }
    }

    #[test]
    fn a_request_finds_its_route_or_learns_why_not() {
        let found = |path, parameter: &str| Ok((path, parameter.to_owned()));
        assert_eq!(find("GET /v1/mx/a%2Fb.test"), found("/v1/mx/{domain}", "a%2Fb.test"));
        assert_eq!(find("HEAD /healthz?x"), found("/healthz", ""));
        assert_eq!(find("GET /v1/mx/"), Err("no route".to_owned()));
        assert_eq!(find("GET /v1/mx/a/b"), Err("no route".to_owned()));
        assert_eq!(find("GET /lab/dns-query"), Err("no route".to_owned()), "not served here");
        assert_eq!(find("DELETE /dns-query"), Err("GET,HEAD,POST".to_owned()));
        assert_eq!(find("PUT /v1/explain"), Err("POST".to_owned()));
    }
}
