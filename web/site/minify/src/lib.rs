//! The page's files as they go over the wire: scripts and styles without comments and spaces. Names stay, so that what a
//! browser complains of can be found; brotli makes little of their length. That what is served is what was written, token
//! by token, is proved by `tests/browser/served.test.mjs`: the minifier knows JavaScript by its tokens alone.

use std::borrow::Cow;
use std::path::Path;

/// `bytes` of the file `name`, shorter where it is a script or a style that can be read, else as they are.
pub fn minified<'a>(name: &Path, bytes: &'a [u8]) -> Cow<'a, [u8]> {
    let shorter = std::str::from_utf8(bytes).ok().and_then(|text| match name.extension()?.to_str()? {
        "js" => {
            let mut short = Vec::new();
            minifier::js::minify(text).ok()?.write(&mut short).ok()?;
            Some(short)
        }
        "css" => Some(minifier::css::minify(text).ok()?.to_string().into_bytes()),
        _ => None,
    });
    shorter.map_or(Cow::Borrowed(bytes), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(name: &str, text: &str) -> String {
        String::from_utf8(minified(Path::new(name), text.as_bytes()).into_owned()).expect("UTF-8")
    }

    #[test]
    fn what_a_script_says_stays_and_what_explains_it_goes() {
        let script =
            "// why\nexport const link = `https://${host}/a  b // c`; /* how */\nconst is = /a +b/u;\n";
        assert_eq!(short("a.js", script), "export const link=`https://${host}/a  b // c`;const is=/a +b/u;");
    }

    #[test]
    fn a_style_is_shorter() {
        assert_eq!(short("a.css", "a > b { color : red; } /* why */\n").trim(), "a>b{color:red;}");
    }

    #[test]
    fn what_is_neither_stays() {
        for (name, text) in [("a.tsv", "a  b // c"), ("a.svg", "<svg  />")] {
            assert_eq!(short(name, text), text);
        }
    }
}
