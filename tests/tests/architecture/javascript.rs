//! Which module of the page imports from which.

use crate::graph::Graph;
use anyhow::Result;
use std::path::{Component, Path, PathBuf};

/// The imports between the modules below `folder`.
pub fn imports(folder: &Path) -> Result<Graph> {
    let mut graph = Graph::default();
    for path in super::files_below(folder, "js")? {
        let file = path.strip_prefix(folder)?;
        let shown = name(file);
        graph.add_room(&shown);
        let source = std::fs::read_to_string(&path)?;
        for target in targets(&source) {
            let beside = file.parent().unwrap_or(Path::new("")).join(target);
            graph.add(&shown, &name(&plain(&beside)));
        }
    }
    Ok(graph)
}

/// What `source` imports from other modules of the page, as written: `./dom.js`. Types are imported in comments, and are
/// gone at run time.
fn targets(source: &str) -> impl Iterator<Item = &str> {
    let code = source.lines().map(str::trim_start).filter(|line| !line.starts_with(['*', '/']));
    code.filter_map(|line| {
        let (before, quoted) = line.split_once(['"', '\''])?;
        let imports = before.ends_with("from ") || before == "import " || before.ends_with("import(");
        let (target, _) = quoted.split_once(['"', '\''])?;
        (imports && target.starts_with('.')).then_some(target)
    })
}

fn name(path: &Path) -> String {
    path.with_extension("").to_string_lossy().into_owned()
}

/// `views/../dom.js` is `dom.js`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_import_is_seen() {
        let source = "import { a } from \"./a.js\";\nimport \"./b.js\";\n} from '../c.js';\nawait import(\"./d.js\");\n\
                      // import x from \"./e.js\";\n * import(\"./f.js\")\nconst from = \"./g.js\";\n";
        assert_eq!(targets(source).collect::<Vec<_>>(), ["./a.js", "./b.js", "../c.js", "./d.js"]);
    }
}
