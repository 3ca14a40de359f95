//! Who took mail on port 25 in which hour: what a failure of the same hour is held against.

use crate::address::Family;
use crate::keyed::Keyed;
use crate::timestamp::Timestamp;

/// At most this many operators are told apart.
pub(super) const OPERATORS: usize = 2_048;

/// At most this many hours are kept: some two weeks.
pub(super) const MOST: usize = 400;

/// Seconds of an hour.
const SECONDS: i64 = 3_600;

/// One bit an operator.
type Set = [u64; OPERATORS / 64];

/// The operators that took mail, by hour and family.
#[derive(Debug, Default)]
pub(super) struct Hours(Keyed<Box<[Set; 2]>>);

/// The hour of a moment, counted from the Unix epoch.
pub(super) fn hour_of(at: Timestamp) -> i64 {
    at.unix().div_euclid(SECONDS)
}

impl Hours {
    /// The operator of that number took a mail.
    pub(super) fn took(&mut self, hour: i64, family: Family, operator: usize) {
        let key = hour.to_be_bytes();
        if self.0.len() >= MOST && !self.0.contains(&key) {
            return;
        }
        let sets = self.0.get_or_insert_with(&key, || Box::new([[0; OPERATORS / 64]; 2]));
        sets[usize::from(family == Family::Ipv6)][operator / 64] |= 1 << (operator % 64);
    }

    /// How many operators but `own` took mail in one of `hours`: over each family that is asked for, the fewest. Where none
    /// is, IPv4.
    pub(super) fn others(&self, hours: &[i64], families: [bool; 2], own: Option<usize>) -> u64 {
        let asked: &[usize] = match families {
            [_, false] => &[0],
            [false, true] => &[1],
            [true, true] => &[0, 1],
        };
        let count = |family: &usize| {
            let mut all = [0; OPERATORS / 64];
            for set in hours.iter().filter_map(|hour| self.0.get(&hour.to_be_bytes())) {
                all.iter_mut().zip(set[*family]).for_each(|(all, one)| *all |= one);
            }
            if let Some(own) = own {
                all[own / 64] &= !(1 << (own % 64));
            }
            all.iter().map(|word| u64::from(word.count_ones())).sum()
        };
        asked.iter().map(count).min().unwrap_or(0)
    }
}
