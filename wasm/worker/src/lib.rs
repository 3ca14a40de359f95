//! The Worker: the page, the API and the check's fan-out to the regions, on Cloudflare Workers.
//!
//! A Worker cannot open port 25 (the platform forbids it), so it never probes: it looks up, asks the vantages of its
//! operator, and judges with the same core as everywhere. `wrangler.toml` beside this crate names the bindings;
//! `settings` says what each variable means.

mod adapter;
mod cache;
mod clock;
mod environment;
mod fetch;
mod fleet;
mod host;
mod kept;
mod limits;
mod random;
mod settings;
mod turnstile;
mod voice;

use worker::{Context, Env, Request, Response, event};

/// Answers one request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    adapter::respond(request, env).await
}
