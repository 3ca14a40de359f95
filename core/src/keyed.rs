//! A map in few bytes: the standard library's ordered maps are compiled for each type of key and of value, 3 kB of wasm
//! every time. Here one is, from bytes to places, and the values stand beside it.

use std::collections::BTreeMap;

/// Values by keys of bytes, in the order of the keys.
#[derive(Debug)]
pub struct Keyed<V> {
    index: Index,
    values: Vec<Option<V>>,
}

/// Where the value of each key stands.
#[derive(Debug, Default)]
struct Index {
    places: BTreeMap<Box<[u8]>, usize>,
    /// Places whose values were taken away.
    free: Vec<usize>,
}

impl Index {
    #[inline(never)]
    fn get(&self, key: &[u8]) -> Option<usize> {
        self.places.get(key).copied()
    }

    /// The place for a new key, of `length` that there are: one of those, or the next.
    #[inline(never)]
    fn add(&mut self, key: &[u8], length: usize) -> usize {
        let place = self.free.pop().unwrap_or(length);
        self.places.insert(key.into(), place);
        place
    }

    #[inline(never)]
    fn remove(&mut self, key: &[u8]) -> Option<usize> {
        let place = self.places.remove(key)?;
        self.free.push(place);
        Some(place)
    }
}

impl<V> Default for Keyed<V> {
    fn default() -> Self {
        Self { index: Index::default(), values: Vec::new() }
    }
}

impl<V> Keyed<V> {
    /// How many values there are.
    pub fn len(&self) -> usize {
        self.index.places.len()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is a value of `key`.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.index.get(key).is_some()
    }

    /// The value of `key`.
    pub fn get(&self, key: &[u8]) -> Option<&V> {
        self.values.get(self.index.get(key)?)?.as_ref()
    }

    /// The value of `key`, to be changed.
    pub fn get_mut(&mut self, key: &[u8]) -> Option<&mut V> {
        self.values.get_mut(self.index.get(key)?)?.as_mut()
    }

    /// The value of `key`; where there is none, what `make` makes.
    pub fn get_or_insert_with(&mut self, key: &[u8], make: impl FnOnce() -> V) -> &mut V {
        let place = self.index.get(key).unwrap_or_else(|| self.index.add(key, self.values.len()));
        if place == self.values.len() {
            self.values.push(None);
        }
        self.values[place].get_or_insert_with(make)
    }

    /// Takes the value of `key` away.
    pub fn remove(&mut self, key: &[u8]) -> Option<V> {
        self.values.get_mut(self.index.remove(key)?)?.take()
    }

    /// Takes the value of the first key away.
    pub fn remove_first(&mut self) -> Option<V> {
        let first = self.index.places.keys().next()?.clone();
        self.remove(&first)
    }

    /// The keys and their values, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &V)> {
        let places = self.index.places.iter();
        places.filter_map(|(key, place)| Some((key.as_ref(), self.values.get(*place)?.as_ref()?)))
    }

    /// The values, in the order of their keys.
    pub fn into_values(mut self) -> Vec<V> {
        let places: Vec<usize> = self.index.places.values().copied().collect();
        places.into_iter().filter_map(|place| self.values.get_mut(place)?.take()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_keeps_what_the_standard_library_keeps(
            steps in prop::collection::vec((0_u8..4, prop::collection::vec(0_u8..3, 0..3)), 0..60)
        ) {
            let (mut ours, mut theirs) = (Keyed::default(), BTreeMap::new());
            for (number, (what, key)) in steps.into_iter().enumerate() {
                match what {
                    0 => prop_assert_eq!(ours.remove(&key), theirs.remove(&key)),
                    1 => prop_assert_eq!(ours.remove_first(), theirs.pop_first().map(|(_, value)| value)),
                    _ => prop_assert_eq!(
                        *ours.get_or_insert_with(&key, || number),
                        *theirs.entry(key.clone()).or_insert(number)
                    ),
                }
                prop_assert_eq!(ours.get(&key), theirs.get(&key));
                prop_assert_eq!(ours.len(), theirs.len());
            }
            let pairs: Vec<_> = ours.iter().map(|(key, value)| (key.to_vec(), *value)).collect();
            prop_assert_eq!(&pairs, &theirs.iter().map(|(key, value)| (key.clone(), *value)).collect::<Vec<_>>());
            prop_assert_eq!(ours.into_values(), theirs.into_values().collect::<Vec<_>>());
        }
    }
}
