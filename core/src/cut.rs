//! A text's parts, and what stands in it, in few bytes: an index is checked, and told in a panic, at each place where it stands, 60 bytes of wasm
//! every time. Here one check is, and a part that a text does not have is empty: no hostile text ends the reader.

/// What stands in a text before, after and between places, in bytes.
pub trait Cut {
    /// What stands from `from` up to `to`; nothing where either is past the end or within a letter.
    fn within(&self, from: usize, to: usize) -> &str;
    /// What stands from `at` on.
    fn after(&self, at: usize) -> &str;
    /// What stands up to `at`.
    fn before(&self, at: usize) -> &str;
    /// Whether any of `words`, one a line, stands in it: one search for all lists, not a closure for each.
    fn has(&self, words: &str) -> bool;
    /// Whether it begins with any of `words`, one a line.
    fn begins(&self, words: &str) -> bool;
    /// Whether it ends with any of `words`, one a line.
    fn ends(&self, words: &str) -> bool;
    /// Whether it is one of `words`, one a line, in any case of its letters.
    fn is_one_of(&self, words: &str) -> bool;
}

impl Cut for str {
    #[inline(never)]
    fn within(&self, from: usize, to: usize) -> &str {
        self.get(from..to).unwrap_or_default()
    }

    #[inline(never)]
    fn after(&self, at: usize) -> &str {
        self.get(at..).unwrap_or_default()
    }

    #[inline(never)]
    fn before(&self, at: usize) -> &str {
        self.get(..at).unwrap_or_default()
    }

    #[inline(never)]
    fn has(&self, words: &str) -> bool {
        words.split('\n').any(|word| self.contains(word))
    }

    #[inline(never)]
    fn begins(&self, words: &str) -> bool {
        words.split('\n').any(|word| self.starts_with(word))
    }

    #[inline(never)]
    fn ends(&self, words: &str) -> bool {
        words.split('\n').any(|word| self.ends_with(word))
    }

    #[inline(never)]
    fn is_one_of(&self, words: &str) -> bool {
        words.split('\n').any(|word| self.eq_ignore_ascii_case(word))
    }
}

#[cfg(test)]
mod tests {
    use super::Cut as _;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_part_is_the_standard_librarys_or_empty(text in "[aé\u{1f600}]{0,6}", from in 0_usize..30, to in 0_usize..30) {
            prop_assert_eq!(text.within(from, to), text.get(from..to).unwrap_or(""));
            prop_assert_eq!(text.after(from), text.get(from..).unwrap_or(""));
            prop_assert_eq!(text.before(to), text.get(..to).unwrap_or(""));
        }
    }
}
