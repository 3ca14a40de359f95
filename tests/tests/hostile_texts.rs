//! The symptom reader on damaged and hostile texts: the smoke of `fuzz/fuzz_targets/symptom.rs`, from a fixed seed.

use noanswer_tests::reads::check;
use std::fs;
use std::path::PathBuf;

/// How many damaged texts are read.
const ROUNDS: usize = 3_000;

/// A small generator (xorshift64*): the same texts in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap_or(0) % bound.max(1)
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut files: Vec<PathBuf> = fs::read_dir(corpus.join("bounces"))
        .expect("bounces")
        .map(|entry| entry.expect("entry").path())
        .collect();
    files.sort();
    let mut seeds: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).expect("readable")).collect();
    for name in ["loglines.jsonl", "must_fire.toml", "must_not_fire.toml"] {
        let text = fs::read_to_string(corpus.join(name)).expect(name);
        seeds.extend(text.lines().map(|line| line.as_bytes().to_vec()));
    }
    assert!(seeds.len() > 300, "the corpus is there");
    seeds
}

fn damage(dice: &mut Dice, bytes: &mut Vec<u8>, other: &[u8]) {
    const SPICE: &[&[u8]] = &[
        b"\xff",
        b"\0",
        b"\r",
        b"\r\n",
        b"=",
        b"->",
        b"[",
        b"]:25",
        b"4.4.1",
        b"550 ",
        b"10060",
        b" said: ",
        b"<<< ",
        "ü".as_bytes(),
        "接続".as_bytes(),
        b"Diagnostic-Code: smtp; ",
        b"\n--x\nContent-Transfer-Encoding: base64\n\n",
    ];
    match dice.below(5) {
        0 => bytes.truncate(dice.below(bytes.len() + 1)),
        1 => {
            let cut = dice.below(bytes.len() + 1);
            bytes.drain(..cut);
        }
        2 if !bytes.is_empty() => {
            let at = dice.below(bytes.len());
            bytes[at] = u8::try_from(dice.below(256)).unwrap_or(0);
        }
        3 => {
            let at = dice.below(bytes.len() + 1);
            let from = dice.below(other.len() + 1);
            let to = (from + dice.below(200)).min(other.len());
            bytes.splice(at..at, other[from..to].iter().copied());
        }
        _ => {
            let at = dice.below(bytes.len() + 1);
            bytes.splice(at..at, SPICE[dice.below(SPICE.len())].iter().copied());
        }
    }
}

#[test]
fn damaged_texts_are_read_or_left() {
    let seeds = seeds();
    let mut dice = Dice(0x6e6f_616e_7377_6572);
    let mut read = 0;
    for _ in 0..ROUNDS {
        let mut bytes = seeds[dice.below(seeds.len())].clone();
        let other = &seeds[dice.below(seeds.len())];
        for _ in 0..=dice.below(6) {
            damage(&mut dice, &mut bytes, other);
        }
        read += check(&bytes);
    }
    assert!(read > ROUNDS / 10, "damage leaves most texts readable: {read}");
}

#[test]
fn large_texts_end() {
    // Each repeats what some part of the reader looks for; a quadratic reader would not come back.
    const ONE_LINE: &[&str] = &[
        "x",
        "4.4.1 ",
        "550 ",
        "1",
        ":",
        "a@",
        "@",
        "[192.0.2.1]:25 ",
        "connection timed out ",
        "-> ",
        "<<< ",
        " said:",
        "errno=",
        "=C3",
        "winsock 10060 ",
        "2026-",
        "接",
        "status=",
        " == ",
    ];
    for bait in ONE_LINE {
        let text = bait.repeat((10 << 20) / bait.len());
        check(text.as_bytes());
    }
    for bait in ["\n", "\r", "a@example.org\n", "connect to a.example[192.0.2.1]:25: Connection refused\n"] {
        let text = bait.repeat((1 << 19) / bait.len());
        check(text.as_bytes());
    }
}

#[test]
fn large_bounces_end() {
    let headers = "Subject: x\nFrom: y\n\n";
    let status = "Final-Recipient: rfc822; a@example.org\nDiagnostic-Code: smtp; 550 no\n";
    for bait in [status, "--b\n", "a@example.org\n", " folded\n", ">>> a\n"] {
        check(format!("{headers}{}", bait.repeat((1 << 19) / bait.len())).as_bytes());
        check(format!("{headers}{status}{}", bait.repeat((1 << 19) / bait.len())).as_bytes());
    }
    let recipients: String = (0..40_000).map(|number| format!("a{number}@example.org\n")).collect();
    check(format!("{headers}{recipients}").as_bytes());
    let each: String = (0..10_000)
        .map(|number| format!("\nFinal-Recipient: rfc822; a{number}@example.org\nStatus: 4.4.1\n"))
        .collect();
    check(format!("{headers}{recipients}{each}").as_bytes());
}
