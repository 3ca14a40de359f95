//! `noanswer`, the command.
fn main() {}
