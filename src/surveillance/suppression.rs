//! Small numbers, and what would give them away, taken out of a week's counts. Pure.
//!
//! A count from 1 to below the threshold may point at a person: the Centers for Medicare &
//! Medicaid Services allow no cell of 1 to 10 to be shown, nor one from which such a cell can be
//! worked out (CMS Cell Size Suppression Policy, 2020). So a small count is hidden, and where the
//! total of the week would give it away, others are hidden with it (complementary suppression;
//! Hundepool et al., *Statistical Disclosure Control*, 2012, chapter 4).
//!
//! Which others does not depend on how large they are. Hiding the smallest that helps, as is
//! often done, tells whoever knows the rule that the hidden count is no larger than any that is
//! shown, and that can be enough to find it. Here a hidden small count could be any small count.

/// Counts of a week with what must not be seen taken out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown {
    /// A count for each place; `None` where it is hidden.
    pub counts: Vec<Option<i64>>,
    /// Their sum; `None` where it is hidden.
    pub total: Option<i64>,
}

/// Takes out of `counts`, one for each place, what must not be seen. The order of places must
/// not depend on their counts. Zeros are shown, since nobody is behind them; a count below zero,
/// a correction, is hidden like a small one.
pub fn suppress(counts: &[i64], threshold: u32) -> Shown {
    let threshold = i64::from(threshold);
    let total: i64 = counts.iter().sum();
    let small = |count: i64| count != 0 && count < threshold;
    let mut hidden: Vec<bool> = counts.iter().map(|&count| small(count)).collect();
    let Some(first) = hidden.iter().position(|&hidden| hidden) else {
        return Shown {
            counts: counts.iter().copied().map(Some).collect(),
            total: Some(total),
        };
    };
    // Enough is hidden when each of the small counts could be any small count: something that is
    // not small is hidden with them, and what they have above one each is enough for two.
    let enough = |hidden: &[bool], companions: usize| {
        let above_one: i64 = counts
            .iter()
            .zip(hidden)
            .filter(|(_, hidden)| **hidden)
            .map(|(count, _)| count - 1)
            .sum();
        companions > 0 && above_one >= 2 * (threshold - 1)
    };
    let mut companions = 0;
    for place in (first + 1..counts.len()).chain(0..first) {
        if enough(&hidden, companions) {
            break;
        }
        if !hidden[place] && counts[place] != 0 {
            hidden[place] = true;
            companions += 1;
        }
    }
    Shown {
        counts: counts
            .iter()
            .zip(&hidden)
            .map(|(&count, &hidden)| (!hidden).then_some(count))
            .collect(),
        total: enough(&hidden, companions).then_some(total),
    }
}

#[cfg(test)]
mod tests;
