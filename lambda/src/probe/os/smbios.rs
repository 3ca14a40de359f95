//! The firmware's table (DMTF DSP0134, "System Management BIOS"), as Windows keeps it: eight bytes before it (Microsoft,
//! `RawSMBIOSData`), then structures, each with the strings that it names behind it.

/// The structures that say whose machine it is: BIOS, system, board, chassis (DSP0134 s7.1 to 7.4).
const MACHINE: std::ops::RangeInclusive<u8> = 0..=3;

/// What stands before the table.
const HEADER: usize = 8;

/// The strings of the structures that say whose machine it is, one after the other. A table that ends too early gives those
/// before its end.
pub(super) fn words(raw: &[u8]) -> String {
    let mut rest = raw.get(HEADER..).unwrap_or_default();
    let mut found = Vec::new();
    while let [kind, length, ..] = *rest {
        let Some(strings) = rest.get(length.into()..).filter(|_| length >= 4) else { break };
        // The strings end at an empty one: two zeros, also where there is no string at all.
        let Some(end) = strings.windows(2).position(|two| two == [0, 0]) else { break };
        if MACHINE.contains(&kind) {
            let strings = strings[..end].split(|byte| *byte == 0);
            found.extend(strings.map(|one| String::from_utf8_lossy(one).into_owned()));
        }
        rest = &strings[end + 2..];
    }
    found.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn structure(kind: u8, strings: &[&str]) -> Vec<u8> {
        let mut bytes = vec![kind, 6, 0, 0, 1, 2];
        for one in strings {
            bytes.extend(one.bytes().chain([0]));
        }
        if strings.is_empty() {
            bytes.push(0);
        }
        bytes.push(0);
        bytes
    }

    #[test]
    fn the_machines_strings_are_read_and_no_others() {
        let mut raw = vec![0; HEADER];
        raw.extend(structure(1, &["Microsoft Corporation", "Virtual Machine"]));
        raw.extend(structure(17, &["Amazon EC2 memory"]));
        raw.extend(structure(32, &[]));
        raw.extend(structure(3, &["7783-7084-3265-9085-8269-3286-77"]));
        raw.extend(structure(127, &[]));
        let read = words(&raw);
        assert_eq!(read, "Microsoft Corporation Virtual Machine 7783-7084-3265-9085-8269-3286-77");
        let cloud = noanswer_core::evidence::cloud_of_dmi(&read).map(|cloud| cloud.key);
        assert_eq!(cloud, Some("azure"));
    }

    #[test]
    fn no_table_is_too_short_or_too_odd() {
        let mut raw = vec![0; HEADER];
        raw.extend(structure(1, &["A", "B"]));
        for end in 0..raw.len() {
            assert_eq!(words(&raw[..end]), "");
        }
        assert_eq!(words(&[0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]), "", "a structure of no length");
    }
}
