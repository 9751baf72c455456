//! How well a place's forecasts have done, and whether they may be shown.

use std::fmt;

/// At least so many moments must have been judged.
pub const ENOUGH_ORIGINS: i64 = 20;

/// Relative to the flat line's, the weighted interval score may be so much.
pub const WORST_RELATIVE_WIS: f64 = 0.90;

/// Of the 95 % intervals, so many must have held what happened: fewer, and the forecast is too
/// sure of itself; more, and it says nothing.
pub const COVERAGE_95: [f64; 2] = [0.85, 0.99];

/// How well the twin's forecasts of a place's weekly totals have done, one to four weeks ahead,
/// beside the flat line's of the same moments.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Record {
    /// At how many moments forecasts were made whose outcome is known.
    pub origins: i64,
    /// Mean weighted interval score over the flat line's, in cases. None where the flat line
    /// never erred.
    pub relative_wis: Option<f64>,
    /// The same of the logarithms.
    pub relative_log_wis: Option<f64>,
    /// The share of outcomes within the 95 % interval.
    pub coverage_95: Option<f64>,
}

/// What keeps a forecast from being shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Objection {
    /// It was judged at fewer moments than [`ENOUGH_ORIGINS`].
    TooFewOrigins(i64),
    /// It does not beat the flat line by enough, in cases.
    NoBetter(f64),
    /// It does not beat the flat line by enough, in proportion.
    NoBetterInProportion(f64),
    /// Its 95 % interval holds too few outcomes.
    TooSure(f64),
    /// Its 95 % interval holds too many.
    TooUnsure(f64),
}

impl Record {
    /// What keeps the twin's forecast from being shown. Nothing: it is shown.
    pub fn objections(&self) -> Vec<Objection> {
        let mut objections = Vec::new();
        if self.origins < ENOUGH_ORIGINS {
            objections.push(Objection::TooFewOrigins(self.origins));
        }
        // Of a flat line that never erred, nothing can be better.
        let relative = |wis: Option<f64>| wis.unwrap_or(1.0);
        if self.origins > 0 {
            let wis = relative(self.relative_wis);
            if wis.is_nan() || wis > WORST_RELATIVE_WIS {
                objections.push(Objection::NoBetter(wis));
            }
            let wis = relative(self.relative_log_wis);
            if wis.is_nan() || wis > WORST_RELATIVE_WIS {
                objections.push(Objection::NoBetterInProportion(wis));
            }
            let [least, most] = COVERAGE_95;
            let coverage = self.coverage_95.unwrap_or(0.0);
            if coverage < least {
                objections.push(Objection::TooSure(coverage));
            } else if coverage > most {
                objections.push(Objection::TooUnsure(coverage));
            }
        }
        objections
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFewOrigins(0) => f.write_str("it has no record yet"),
            Self::TooFewOrigins(origins) => write!(
                f,
                "it was judged at {origins} moments so far, and {ENOUGH_ORIGINS} are needed"
            ),
            Self::NoBetter(wis) => write!(
                f,
                "its errors were {wis:.2} times the flat line's, and {WORST_RELATIVE_WIS:.2} is the most"
            ),
            Self::NoBetterInProportion(wis) => write!(
                f,
                "its errors in proportion were {wis:.2} times the flat line's, and {WORST_RELATIVE_WIS:.2} is the most"
            ),
            Self::TooSure(coverage) => write!(
                f,
                "its 95\u{a0}% intervals held {:.0}\u{a0}% of what happened: it was too sure of itself",
                100.0 * coverage
            ),
            Self::TooUnsure(coverage) => write!(
                f,
                "its 95\u{a0}% intervals held {}\u{a0}% of what happened: they are too wide to tell anything",
                (1_000.0 * coverage).round() / 10.0
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Record = Record {
        origins: 20,
        relative_wis: Some(0.9),
        relative_log_wis: Some(0.9),
        coverage_95: Some(0.85),
    };

    #[test]
    fn a_record_at_the_limits_is_good_enough() {
        assert_eq!(GOOD.objections(), []);
        let most = Record {
            coverage_95: Some(0.99),
            ..GOOD
        };
        assert_eq!(most.objections(), []);
    }

    #[test]
    fn each_limit_is_one() {
        let cases = [
            (
                Record {
                    origins: 19,
                    ..GOOD
                },
                Objection::TooFewOrigins(19),
            ),
            (
                Record {
                    relative_wis: Some(0.901),
                    ..GOOD
                },
                Objection::NoBetter(0.901),
            ),
            (
                Record {
                    relative_wis: None,
                    ..GOOD
                },
                Objection::NoBetter(1.0),
            ),
            (
                Record {
                    relative_log_wis: Some(0.901),
                    ..GOOD
                },
                Objection::NoBetterInProportion(0.901),
            ),
            (
                Record {
                    coverage_95: Some(0.849),
                    ..GOOD
                },
                Objection::TooSure(0.849),
            ),
            (
                Record {
                    coverage_95: Some(0.991),
                    ..GOOD
                },
                Objection::TooUnsure(0.991),
            ),
        ];
        for (record, objection) in cases {
            assert_eq!(record.objections(), [objection]);
        }
    }

    #[test]
    fn without_a_record_there_is_one_thing_to_say() {
        let objections = Record::default().objections();
        assert_eq!(objections, [Objection::TooFewOrigins(0)]);
        assert_eq!(objections[0].to_string(), "it has no record yet");
    }
}
