//! The system's randomness.

use ring::rand::{SystemRandom, generate};

/// `N` bytes that nobody can guess, where the system has any.
pub(crate) fn bytes<const N: usize>() -> Option<[u8; N]>
where
    [u8; N]: ring::rand::RandomlyConstructable,
{
    Some(generate(&SystemRandom::new()).ok()?.expose())
}
