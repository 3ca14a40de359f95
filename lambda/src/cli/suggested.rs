//! A command that is suggested, with the flags that the one before it was given: it must run as it stands.

/// A flag that was given, and its value as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flag {
    /// Its name: `--vantages`.
    pub(crate) name: &'static str,
    /// Its value, not quoted; `None` for one that takes none.
    pub(crate) value: Option<String>,
    /// Whether the value stands behind a `=`.
    pub(crate) joined: bool,
}

impl Flag {
    /// The flag as a shell takes it.
    fn written(&self) -> String {
        match &self.value {
            None => self.name.to_owned(),
            Some(value) if self.joined => format!("{}={}", self.name, quoted(value)),
            Some(value) => format!("{} {}", self.name, quoted(value)),
        }
    }
}

/// A value in a command line: what a shell would read otherwise stands in quotes (POSIX 2.2.2).
fn quoted(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+,=[]".contains(&byte);
    if !value.is_empty() && value.bytes().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', "'\\''"))
}

/// `command` with `flags`: one that it names already is there once, with the value that was given, and one that does not go
/// with what it asks for is left out. Only commands of noanswer's own that check take flags.
pub(crate) fn repeated(command: &str, flags: &[Flag]) -> String {
    if !command.starts_with("noanswer check ") {
        return command.to_owned();
    }
    let mut words: Vec<String> = command.split(' ').map(str::to_owned).collect();
    // Vantages are asked from here, or by an API.
    let of_api = ["--api", "--token-env"];
    let asks_vantages = words.iter().any(|word| word == "--vantages");
    for flag in flags.iter().filter(|flag| !(asks_vantages && of_api.contains(&flag.name))) {
        match (words.iter().position(|word| word == flag.name), &flag.value) {
            (Some(at), Some(value)) if at + 1 < words.len() => words[at + 1] = quoted(value),
            (Some(_), _) => {}
            (None, _) => words.push(flag.written()),
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flag(name: &'static str, value: &str) -> Flag {
        Flag { name, value: Some(value.to_owned()), joined: false }
    }

    #[test]
    fn a_flag_stands_once_with_the_value_that_was_given() {
        let flags = [flag("--vantages", "my vantages.toml"), flag("--allow-net", "10.0.0.0/8")];
        assert_eq!(
            repeated("noanswer check a.test --vantages FILE", &flags),
            "noanswer check a.test --vantages 'my vantages.toml' --allow-net 10.0.0.0/8"
        );
        assert_eq!(repeated("dig a.test", &flags), "dig a.test");
    }

    #[test]
    fn what_does_not_go_together_is_left_out() {
        let flags = [flag("--api", "https://a.example"), flag("--token-env", "TOKEN")];
        assert_eq!(
            repeated("noanswer check a.test --vantages FILE", &flags),
            "noanswer check a.test --vantages FILE"
        );
        assert_eq!(
            repeated("noanswer check a.test --patient", &flags),
            "noanswer check a.test --patient --api https://a.example --token-env TOKEN"
        );
    }
}
