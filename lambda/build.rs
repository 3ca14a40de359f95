//! Takes the page into the binary: every file of `web/`, without what only its writers need, compressed with brotli where
//! that is shorter, and once: who takes no brotli gets it unpacked.
//!
//! `cargo xtask` builds `web/pkg` (the wasm) first; without it the page is served without its tool.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let web = Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../web");
    println!("cargo::rerun-if-changed={}", web.display());
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets it"));
    let mut files = Vec::new();
    collect(&web, &mut files);
    files.sort();
    let mut table = format!("pub(super) static FILES: [File; {}] = [\n", files.len());
    for (number, file) in files.iter().enumerate() {
        let name = file.strip_prefix(&web).expect("below web").to_string_lossy().replace('\\', "/");
        let bytes = fs::read(file).expect("readable");
        let bytes = noanswer_minify::minified(file, &bytes);
        let packed = brotli(&bytes);
        let shorter = packed.len() < bytes.len();
        let kept = out.join(format!("{number}.kept"));
        fs::write(&kept, if shorter { &packed } else { bytes.as_ref() }).expect("writable");
        let _ = writeln!(
            table,
            "    File {{ path: {:?}, kept: Kept::{}(include_bytes!({:?}){}), etag: \"\\\"{:016x}\\\"\" }},",
            format!("/{name}"),
            if shorter { "Brotli" } else { "Plain" },
            kept,
            if shorter { ", OnceLock::new()" } else { "" },
            fnv(&bytes),
        );
    }
    table.push_str("];\n");
    fs::write(out.join("files.rs"), table).expect("writable");
    describe(web.join("pkg/reader_bg.wasm").is_file());
}

/// What `noanswer --version` says beside the version.
fn describe(page: bool) {
    println!("cargo::rerun-if-env-changed=NOANSWER_COMMIT");
    let commit = std::env::var("NOANSWER_COMMIT").ok().filter(|commit| !commit.is_empty());
    println!(
        "cargo::rustc-env=NOANSWER_COMMIT={}",
        commit.or_else(commit_of_clone).as_deref().unwrap_or("unknown")
    );
    println!("cargo::rustc-env=NOANSWER_TARGET={}", std::env::var("TARGET").expect("cargo sets it"));
    let page = if page { "page" } else { "page without its tool" };
    println!("cargo::rustc-env=NOANSWER_FEATURES={page}, lab, vantage, lambda, tls by ring");
}

/// The commit that a release build is made from. Builds for development do not ask: each commit would compile them anew.
fn commit_of_clone() -> Option<String> {
    if std::env::var("PROFILE").ok()? != "release" {
        return Some("of a development build".to_owned());
    }
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git").args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    // Written at each commit, checkout and rebase.
    println!("cargo::rerun-if-changed={}", git(&["rev-parse", "--git-path", "logs/HEAD"])?);
    git(&["describe", "--always", "--dirty", "--abbrev=12", "--match="])
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.ends_with("web/site") {
            continue; // Rust: what servers say, not what browsers load
        }
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    {
        let mut writer = brotli::CompressorWriter::new(&mut packed, 4096, 11, 22);
        writer.write_all(bytes).expect("memory");
    }
    packed
}

/// FNV-1a: an entity tag tells versions apart and keeps no secret.
fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
