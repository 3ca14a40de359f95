//! The variables and secrets of the Worker.

use worker::Env;

/// The variable or secret `name`, when it is there and not empty.
pub(crate) fn value(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
}
