//! What use costs in money: a price list, and what it makes of what was used. No database here.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    event::Outcome,
    money::{Currency, to_the_cent},
    month::Month,
};

/// What is billed, in the order of statements.
pub const BILLED: [&str; 4] = ["api_call", "enkf_run", "report_gen", "data_stored"];

/// From `above` units in a month on, each costs `unit_price`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// The units of the month that cost less or nothing.
    pub above: Decimal,
    /// What each unit beyond them costs.
    pub unit_price: Decimal,
}

/// What a plan costs from a month on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceList {
    /// The plan.
    pub plan_id: String,
    /// The plan's name.
    pub name: String,
    /// The first month in which it holds. A month has one price list: what is included, tiers and
    /// the minimum are of a whole month.
    pub valid_from: Month,
    /// In which currency.
    pub currency: Currency,
    /// What a month costs at least.
    pub minimum: Decimal,
    /// What share of the price a refused request costs.
    pub refused_share: Decimal,
    /// What share of the price something costs that failed by our fault.
    pub failed_share: Decimal,
    /// For each event type its tiers, from the lowest. What lies below the first is included.
    pub tiers: BTreeMap<String, Vec<Tier>>,
}

/// How much was used of one kind, with one outcome.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Quantity {
    /// What was used.
    pub event_type: String,
    /// What became of it.
    pub outcome: String,
    /// How many times.
    pub events: i64,
    /// How much, in cost units.
    pub cost_units: Decimal,
}

/// Why a line is on a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What was used.
    Usage,
    /// What is missing to the plan's minimum.
    Minimum,
    /// Takes back a line of an earlier statement.
    Reversal,
    /// Stands for a line that was taken back.
    Correction,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Usage, Self::Minimum, Self::Reversal, Self::Correction];

    /// By what name the database knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Minimum => "minimum",
            Self::Reversal => "reversal",
            Self::Correction => "correction",
        }
    }
}

/// A line of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Why it is there.
    pub kind: Kind,
    /// What was used, or what the line that is taken back was about.
    pub event_type: Option<String>,
    /// How many units.
    pub quantity: Decimal,
    /// What each costs.
    pub unit_price: Decimal,
    /// What all of them cost, to the cent.
    pub amount: Decimal,
    /// Why, where it does not go without saying.
    pub note: String,
    /// The correction that it is a part of.
    pub correction_id: Option<Uuid>,
}

impl PriceList {
    /// The units that are billed of what was used of one kind, to the millionth: those that were
    /// refused or failed count by their share.
    fn units(&self, event_type: &str, used: &[Quantity]) -> Decimal {
        used.iter()
            .filter(|quantity| quantity.event_type == event_type)
            .map(|quantity| quantity.cost_units * self.share(&quantity.outcome))
            .sum::<Decimal>()
            .round_dp(6)
    }

    fn share(&self, outcome: &str) -> Decimal {
        if outcome == Outcome::Refused.as_str() {
            self.refused_share
        } else if outcome == Outcome::Failed.as_str() {
            self.failed_share
        } else {
            Decimal::ONE
        }
    }

    /// The lines of what was used in a month, with what is missing to the minimum.
    pub fn lines(&self, used: &[Quantity]) -> Vec<Line> {
        let mut lines = Vec::new();
        for event_type in BILLED {
            let units = self.units(event_type, used);
            if !units.is_zero() {
                lines.extend(self.line_by_tier(event_type, units));
            }
        }
        let sum: Decimal = lines.iter().map(|line: &Line| line.amount).sum();
        let missing = to_the_cent(self.minimum) - sum;
        if missing > Decimal::ZERO {
            lines.push(Line {
                kind: Kind::Minimum,
                event_type: None,
                quantity: Decimal::ONE,
                unit_price: missing,
                amount: missing,
                note: "up to the plan's minimum".to_owned(),
                correction_id: None,
            });
        }
        lines
    }

    /// A line for each tier that the units reach into: first those that are included.
    fn line_by_tier(&self, event_type: &str, units: Decimal) -> Vec<Line> {
        let tiers = self.tiers.get(event_type).map_or(&[][..], Vec::as_slice);
        let free = Tier {
            above: Decimal::ZERO,
            unit_price: Decimal::ZERO,
        };
        let steps: Vec<&Tier> = std::iter::once(&free).chain(tiers).collect();
        let ends = steps
            .iter()
            .skip(1)
            .map(|tier| tier.above)
            .chain([Decimal::MAX]);
        steps
            .iter()
            .zip(ends)
            .enumerate()
            .filter_map(|(step, (tier, end))| {
                let quantity = units.min(end) - tier.above;
                (quantity > Decimal::ZERO).then(|| Line {
                    kind: Kind::Usage,
                    event_type: Some(event_type.to_owned()),
                    quantity,
                    unit_price: tier.unit_price,
                    amount: to_the_cent(quantity * tier.unit_price),
                    note: if step == 0 {
                        "included".to_owned()
                    } else {
                        String::new()
                    },
                    correction_id: None,
                })
            })
            .collect()
    }
}

/// What lines add up to.
pub fn total(lines: &[Line]) -> Decimal {
    let mut total: Decimal = lines.iter().map(|line| line.amount).sum();
    total.rescale(2);
    total
}

#[cfg(test)]
mod tests;
