//! Numbers that may be given as a percentage: `IntOrString`, read as `k8s.io/apimachinery/pkg/util/intstr` does.

use super::lens::NumberOrText;

/// What becomes of a part of a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Bounds of a disruption budget, and `maxSurge`.
    Up,
    /// `maxUnavailable` of a rollout.
    Down,
}

impl NumberOrText<'_> {
    /// `25` of `25%`; `None` for a number, and for text that is no percentage, which the API refuses.
    pub fn percent(self) -> Option<i64> {
        match self {
            Self::Number(_) => None,
            Self::Text(text) => text.strip_suffix('%')?.parse().ok(),
        }
    }

    /// How many of `total` it stands for; `None` for text that is no percentage.
    pub fn share_of(self, total: i64, rounding: Rounding) -> Option<i64> {
        if let Self::Number(number) = self {
            return Some(number);
        }
        let share = self.percent()?.checked_mul(total)?;
        let part = rounding == Rounding::Up && share.rem_euclid(100) != 0;
        Some(share.div_euclid(100) + i64::from(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_rounded_as_told() {
        for (bound, total, up, down) in [
            (NumberOrText::Number(2), 3, Some(2), Some(2)),
            (NumberOrText::Text("50%"), 3, Some(2), Some(1)),
            (NumberOrText::Text("34%"), 3, Some(2), Some(1)),
            (NumberOrText::Text("25%"), 1, Some(1), Some(0)),
            (NumberOrText::Text("100%"), 3, Some(3), Some(3)),
            (NumberOrText::Text("0%"), 3, Some(0), Some(0)),
            (NumberOrText::Text("half"), 3, None, None),
            (NumberOrText::Text("9223372036854775807%"), i64::MAX, None, None),
        ] {
            assert_eq!(bound.share_of(total, Rounding::Up), up, "{bound} of {total}");
            assert_eq!(bound.share_of(total, Rounding::Down), down, "{bound} of {total}");
        }
    }
}
