//! What is wrong with a TOML file, in one line.

/// The error in one line, with the number of the line of `text` that it is about.
pub fn one_line(error: &toml::de::Error, text: &str) -> String {
    let words = error.message().lines().collect::<Vec<_>>().join(" ");
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => format!("line {}: {words}", before.matches('\n').count() + 1),
        None => words,
    }
}
