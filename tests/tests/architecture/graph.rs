//! A graph of files: its circles, and the arrows that lead back up between the rooms of a folder.

use std::collections::{BTreeMap, BTreeSet};

/// Who imports from whom.
#[derive(Default)]
pub struct Graph(BTreeMap<String, BTreeSet<String>>);

impl Graph {
    /// A file, even one that imports nothing.
    pub fn add_room(&mut self, file: &str) {
        self.0.entry(file.to_owned()).or_default();
    }

    /// `from` imports from `to`.
    pub fn add(&mut self, from: &str, to: &str) {
        if from != to {
            self.add_room(to);
            self.0.entry(from.to_owned()).or_default().insert(to.to_owned());
        }
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The circles: sets of files that import from each other, directly or not. Each sorted, the largest first.
    pub fn circles(&self) -> Vec<Vec<&str>> {
        let reach: BTreeMap<&str, BTreeSet<&str>> =
            self.0.keys().map(|file| (file.as_str(), self.reach(file))).collect();
        let mut circles: BTreeSet<Vec<&str>> = BTreeSet::new();
        for (file, others) in &reach {
            let circle: Vec<&str> = reach
                .keys()
                .filter(|other| others.contains(*other) && reach[*other].contains(file))
                .copied()
                .collect();
            if !circle.is_empty() {
                circles.insert(circle);
            }
        }
        let mut circles: Vec<_> = circles.into_iter().collect();
        circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
        circles
    }

    /// Everything that `from` imports from, directly or not.
    fn reach(&self, from: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut open = vec![from];
        while let Some(file) = open.pop() {
            for next in self.0.get(file).into_iter().flatten() {
                if found.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        found
    }

    /// Arrows between the rooms (files and folders) of one folder that lead both ways: `verdict: judge <-> table`. Files
    /// without a circle can stand in folders that have one.
    pub fn back_arrows(&self) -> BTreeSet<String> {
        let mut rooms: BTreeMap<(&str, &str, &str), ()> = BTreeMap::new();
        for (from, others) in &self.0 {
            for to in others {
                if let Some((folder, one, other)) = rooms_of(from, to) {
                    rooms.insert((folder, one, other), ());
                }
            }
        }
        let folders: BTreeSet<&str> = rooms.keys().map(|(folder, ..)| *folder).collect();
        let mut back = BTreeSet::new();
        for folder in folders {
            let mut graph = Graph::default();
            for (_, one, other) in rooms.keys().filter(|(of, ..)| *of == folder) {
                graph.add(one, other);
            }
            for circle in graph.circles() {
                back.extend(graph.back_in(&circle).map(|(one, other)| format!("{folder}: {one} -> {other}")));
            }
        }
        back
    }

    /// The arrows of a circle that lead back, in the order in which whoever imports most comes first.
    fn back_in<'a>(&'a self, circle: &[&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        let mut order = circle.to_vec();
        let balance = |room: &str| {
            let of = |room: &str| self.0.get(room).map_or(0, BTreeSet::len) as i64;
            let into = self.0.values().filter(|others| others.contains(room)).count() as i64;
            into - of(room)
        };
        order.sort_by_key(|room| (balance(room), *room));
        let place: BTreeMap<&str, usize> = order.iter().enumerate().map(|(at, room)| (*room, at)).collect();
        let mut back = Vec::new();
        for &from in &order {
            for to in self.0.get(from).into_iter().flatten() {
                if place.get(to.as_str()).is_some_and(|at| *at < place[from]) {
                    back.push((from, to.as_str()));
                }
            }
        }
        back.into_iter()
    }
}

/// The innermost folder that holds both files, and the room of it in which each is.
fn rooms_of<'a>(from: &'a str, to: &'a str) -> Option<(&'a str, &'a str, &'a str)> {
    let shared = from.bytes().zip(to.bytes()).take_while(|(one, other)| one == other).count();
    let folder = from[..shared].rfind('/').map_or(0, |slash| slash + 1);
    let room = |file: &'a str| file[folder..].split('/').next().unwrap_or_default();
    let (one, other) = (room(from), room(to));
    // `judge.rs` beside `judge/` is one room.
    (one != other).then_some((from[..folder].trim_end_matches('/'), one, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(arrows: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::default();
        for (from, to) in arrows {
            graph.add(from, to);
        }
        graph
    }

    #[test]
    fn a_circle_is_found_whatever_its_length() {
        assert!(graph(&[("a", "b"), ("b", "c"), ("a", "c")]).circles().is_empty());
        assert_eq!(graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")]).circles(), [["a", "b", "c"]]);
        let two = graph(&[("a", "b"), ("b", "a"), ("c", "d"), ("d", "e"), ("e", "c")]);
        assert_eq!(two.circles(), [vec!["c", "d", "e"], vec!["a", "b"]]);
    }

    #[test]
    fn folders_have_circles_that_their_files_have_not() {
        let files = graph(&[("x/a/one", "x/b/two"), ("x/b/three", "x/a/four"), ("x/b/five", "x/a/one")]);
        assert!(files.circles().is_empty());
        assert_eq!(files.back_arrows().into_iter().collect::<Vec<_>>(), ["x: b -> a"]);
        assert!(graph(&[("x/a", "x/b"), ("x/a", "y/c")]).back_arrows().is_empty());
    }
}
