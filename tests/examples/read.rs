//! Reads a file and prints its symptoms: for looking closer at one text.
fn main() {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path).expect("readable");
        for symptom in noanswer_core::symptom::read_bytes(&bytes) {
            println!("{}", serde_json::to_string(&symptom).expect("JSON"));
        }
    }
}
