//! Who the platform's cost is for: direct use, idle and shared overhead, to the cent. No database
//! here.
//!
//! A line of cost that has a driver (processors, the database, storage) is split by what each
//! department was measured to use of it. Where it is known how much there was to use, what nobody
//! used is idle; else all of it counts as used. Idle, and lines without a driver, are split evenly
//! or in proportion to use. Every split is by largest remainder (Hamilton's method), so that the
//! parts of a line are the line.

use rust_decimal::{Decimal, prelude::ToPrimitive as _};

/// What a line of cost is split by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// Milliseconds of processors: of runs, and of requests outside the database.
    Processors,
    /// Milliseconds for which transactions kept a connection of the database.
    Database,
    /// Megabytes stored, each day.
    Storage,
    /// Nothing that is measured: overhead that all share.
    Shared,
}

impl Driver {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Processors,
        Self::Database,
        Self::Storage,
        Self::Shared,
    ];

    /// By what name the database knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processors => "processors",
            Self::Database => "database",
            Self::Storage => "storage",
            Self::Shared => "shared",
        }
    }
}

/// How what nobody used in particular is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// The same for each department.
    Evenly,
    /// In proportion to what each used.
    InProportion,
}

impl Rest {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Evenly, Self::InProportion];

    /// By what name the database knows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Evenly => "evenly",
            Self::InProportion => "in_proportion",
        }
    }
}

/// A line of the platform's cost in a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// In cents.
    pub cents: i64,
    /// What it is split by.
    pub driver: Driver,
    /// How much there was to use in the month, in the driver's unit; where that is not known, all
    /// of the cost is for use.
    pub capacity: Option<Decimal>,
    /// How idle and overhead are split.
    pub rest: Rest,
}

/// What a department was measured to use in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// Milliseconds of processors.
    pub processor_ms: Decimal,
    /// Milliseconds of the database.
    pub database_ms: Decimal,
    /// Megabytes stored, summed over days.
    pub megabyte_days: Decimal,
}

impl Measured {
    /// How much of what this driver measures.
    pub fn of(&self, driver: Driver) -> Decimal {
        match driver {
            Driver::Processors => self.processor_ms,
            Driver::Database => self.database_ms,
            Driver::Storage => self.megabyte_days,
            Driver::Shared => Decimal::ZERO,
        }
    }
}

/// What a department bears of a cost, in cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// For what it used.
    pub direct: i64,
    /// For what nobody used.
    pub idle: i64,
    /// Of what all share.
    pub shared: i64,
}

impl Share {
    /// All of it.
    pub fn total(self) -> i64 {
        self.direct + self.idle + self.shared
    }
}

impl std::ops::AddAssign for Share {
    fn add_assign(&mut self, other: Self) {
        self.direct += other.direct;
        self.idle += other.idle;
        self.shared += other.shared;
    }
}

/// What each department bears of each cost: in the order of the costs, then of the departments.
/// Empty where there is nobody to bear it.
pub fn attribute(costs: &[Cost], departments: &[Measured]) -> Vec<Vec<Share>> {
    if departments.is_empty() {
        return Vec::new();
    }
    let mut shares: Vec<Vec<Share>> = costs.iter().map(|cost| by_use(cost, departments)).collect();
    // Overhead in proportion follows what was used directly, in money, of all costs together.
    let mut used = vec![Decimal::ZERO; departments.len()];
    for share in &shares {
        for (sum, share) in used.iter_mut().zip(share) {
            *sum += Decimal::from(share.direct);
        }
    }
    for (cost, shares) in costs.iter().zip(&mut shares) {
        if cost.driver == Driver::Shared {
            let parts = split(cost.cents, &used, cost.rest);
            for (share, part) in shares.iter_mut().zip(parts) {
                share.shared = part;
            }
        }
    }
    shares
}

/// Direct use and idle of a cost that has a driver.
fn by_use(cost: &Cost, departments: &[Measured]) -> Vec<Share> {
    let mut shares = vec![Share::default(); departments.len()];
    if cost.driver == Driver::Shared {
        return shares;
    }
    let used: Vec<Decimal> = departments
        .iter()
        .map(|department| department.of(cost.driver).max(Decimal::ZERO))
        .collect();
    let all: Decimal = used.iter().sum();
    let for_use = match cost.capacity.filter(|capacity| *capacity > Decimal::ZERO) {
        _ if all.is_zero() => 0,
        Some(capacity) if all < capacity => {
            let part = Decimal::from(cost.cents) * (all / capacity);
            part.round().to_i64().unwrap_or(cost.cents)
        }
        _ => cost.cents,
    };
    let direct = split(for_use, &used, Rest::InProportion);
    let idle = split(cost.cents - for_use, &used, cost.rest);
    for (share, (direct, idle)) in shares.iter_mut().zip(direct.into_iter().zip(idle)) {
        *share = Share {
            direct,
            idle,
            shared: 0,
        };
    }
    shares
}

/// Splits cents by weights, and evenly where there are none: by largest remainder, and among equal
/// remainders from the first on. The parts are the whole.
pub fn split(cents: i64, weights: &[Decimal], rest: Rest) -> Vec<i64> {
    let sum: Decimal = weights.iter().sum();
    let even = rest == Rest::Evenly || sum.is_zero();
    let share = |weight: &Decimal| {
        if even {
            Decimal::from(cents) / Decimal::from(weights.len())
        } else {
            // A share first, since the product of two large numbers may be too large.
            Decimal::from(cents) * (*weight / sum)
        }
    };
    let exact: Vec<Decimal> = weights.iter().map(share).collect();
    let mut parts: Vec<i64> = exact
        .iter()
        .map(|part| part.floor().to_i64().unwrap_or(0))
        .collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&at| (std::cmp::Reverse(exact[at] - exact[at].floor()), at));
    let mut left = cents - parts.iter().sum::<i64>();
    // Less than one for each, or, where shares were rounded up by a hair, one too many.
    for &at in order.iter().cycle() {
        if left == 0 {
            break;
        }
        parts[at] += left.signum();
        left -= left.signum();
    }
    parts
}

#[cfg(test)]
mod tests;
