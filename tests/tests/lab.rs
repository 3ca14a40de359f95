//! Every scenario of `tests/lab/`: a world really built, really broken, and the verdict of the command held against it.

use noanswer_tests::lab::suite;

#[test]
fn every_scenario_comes_out_as_it_must() {
    if !suite::is_inside("every_scenario_comes_out_as_it_must") {
        return;
    }
    let lines = suite::all("").expect("the scenarios can be read");
    assert!(!lines.is_empty(), "there are no scenarios");
    let wrong: Vec<&str> =
        lines.iter().filter(|line| !line.is_right()).map(|line| line.scenario.name.as_str()).collect();
    assert!(wrong.is_empty(), "{} of {} scenarios: {wrong:?}", wrong.len(), lines.len());
}
