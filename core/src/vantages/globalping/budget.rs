//! The hourly budget: what is left decides how many probes look at how many targets. The panel shrinks first, then the
//! targets, and the controls never: without them nothing that is seen counts.

/// The fewest probes that are worth asking: two networks must agree, and one probe may be blind.
pub const FEWEST: u16 = 3;

/// How much of a check the budget bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// How many probes.
    pub probes: u16,
    /// How many of the targets, in the order of the plan.
    pub targets: usize,
}

/// What `left` tests suffice for, where `probes` shall make `controls` and `targets` measurements; `None` where not even
/// the fewest probes could look at one target.
pub fn share(left: u64, probes: u16, controls: usize, targets: usize) -> Option<Share> {
    let each = |measurements: usize| left / (measurements.max(1) as u64);
    let affordable = u16::try_from(each(controls + targets)).unwrap_or(u16::MAX);
    if affordable >= probes {
        return Some(Share { probes, targets });
    }
    let fewest = FEWEST.min(probes);
    if affordable >= fewest {
        return Some(Share { probes: affordable, targets });
    }
    let measurements = usize::try_from(left / u64::from(fewest.max(1))).unwrap_or(usize::MAX);
    let fewer = measurements.checked_sub(controls).filter(|fewer| *fewer > 0)?;
    Some(Share { probes: fewest, targets: fewer.min(targets) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_panel_shrinks_first_then_the_targets_and_the_controls_never() {
        let of = |left| share(left, 8, 5, 2).map(|share| (share.probes, share.targets));
        assert_eq!(of(250), Some((8, 2)));
        assert_eq!(of(56), Some((8, 2)));
        assert_eq!(of(55), Some((7, 2)));
        assert_eq!(of(21), Some((3, 2)));
        assert_eq!(of(20), Some((3, 1)));
        assert_eq!(of(18), Some((3, 1)));
        assert_eq!(of(17), None);
        assert_eq!(of(0), None);
    }

    #[test]
    fn a_share_never_costs_more_than_is_left() {
        for left in 0..400 {
            for probes in 1..20 {
                for targets in 1..9 {
                    if let Some(share) = share(left, probes, 5, targets) {
                        assert!(
                            u64::from(share.probes) * (share.targets as u64 + 5) <= left,
                            "{left} {probes}"
                        );
                        assert!(share.probes <= probes && share.targets <= targets && share.targets > 0);
                    }
                }
            }
        }
    }
}
