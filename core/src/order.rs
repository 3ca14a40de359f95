//! Sorting in few bytes: the standard library's sorts are compiled for each type and each key, 4 kB of wasm every time. Here
//! places are sorted, not things, and by one sort for all.

use std::cmp::Ordering;

/// Sorts `items` by `key`; what is equal stays in its order.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |one, other| key(one).cmp(&key(other)));
}

/// Sorts `items` as `compare` says; what is equal stays in its order.
pub fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut places = order(items.len(), &|one, other| compare(&items[one], &items[other]));
    // Each place says which item belongs there: items move round in circles, and each circle is walked once.
    for start in 0..places.len() {
        let mut at = start;
        while places[at] != start {
            let from = std::mem::replace(&mut places[at], at);
            items.swap(at, from);
            at = from;
        }
        places[at] = at;
    }
}

/// The places of `length` items in their order.
#[inline(never)]
fn order(length: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    // Most that is sorted is in order already, and short.
    if (1..length).all(|at| compare(at - 1, at).is_le()) {
        return Vec::new();
    }
    // Runs that are in order are merged, two by two, until one is left: the standard library's sorts know more ways.
    let mut places: Vec<usize> = (0..length).collect();
    let mut run = 1;
    while run < length {
        let mut merged = Vec::with_capacity(length);
        for both in places.chunks(2 * run) {
            let (mut one, mut other) = both.split_at(run.min(both.len()));
            while let (Some((first, rest)), Some((second, more))) = (one.split_first(), other.split_first()) {
                if compare(*first, *second).is_le() {
                    merged.push(*first);
                    one = rest;
                } else {
                    merged.push(*second);
                    other = more;
                }
            }
            merged.extend_from_slice(one);
            merged.extend_from_slice(other);
        }
        places = merged;
        run *= 2;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_standard_library_does(numbers in prop::collection::vec(0_u8..9, 0..60)) {
            let mut expected: Vec<(u8, usize)> = numbers.iter().copied().zip(0..).collect();
            let mut sorted = expected.clone();
            expected.sort_by_key(|(number, _)| *number);
            sort_by_key(&mut sorted, |(number, _)| *number);
            prop_assert_eq!(sorted, expected);
        }
    }
}
