//! PodDisruptionBudget, API group `policy`.

use super::lens::{IntOrString, NumberOrText, lens};
use super::meta::ObjectMeta;
use super::selector::LabelSelector;

lens! {
    /// [`PodDisruptionBudget`](https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/pod-disruption-budget-v1/).
    PodDisruptionBudget {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: PodDisruptionBudgetSpec,
    }

    /// Which Pods, and how many of them must stay.
    PodDisruptionBudgetSpec {
        "selector" => selector: LabelSelector,
        "minAvailable" => min_available: IntOrString,
        "maxUnavailable" => max_unavailable: IntOrString,
    }
}

/// How many of `replicas` a bound stands for; percentages are rounded up, as the disruption controller does for
/// both bounds. `None` for text that is no percentage, which the API refuses.
pub fn resolve(bound: NumberOrText<'_>, replicas: i64) -> Option<i64> {
    match bound {
        NumberOrText::Number(number) => Some(number),
        NumberOrText::Text(text) => {
            let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
            let share = percent.checked_mul(replicas)?;
            Some(share.div_euclid(100) + i64::from(share.rem_euclid(100) != 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_up() {
        for (bound, replicas, expected) in [
            (NumberOrText::Number(2), 3, Some(2)),
            (NumberOrText::Text("50%"), 3, Some(2)),
            (NumberOrText::Text("34%"), 3, Some(2)),
            (NumberOrText::Text("100%"), 3, Some(3)),
            (NumberOrText::Text("0%"), 3, Some(0)),
            (NumberOrText::Text("half"), 3, None),
            (NumberOrText::Text("9223372036854775807%"), i64::MAX, None),
        ] {
            assert_eq!(resolve(bound, replicas), expected, "{bound} of {replicas}");
        }
    }
}
