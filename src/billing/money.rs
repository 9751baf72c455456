//! Money: decimal, to the cent.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::{Error, Result};

/// Currencies that have cents (ISO 4217, exponent 2), in which prices can be.
const CURRENCIES: [&str; 10] = [
    "AUD", "CAD", "CHF", "DKK", "EUR", "GBP", "NOK", "NZD", "SEK", "USD",
];

/// A currency that has cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(&'static str);

impl Currency {
    /// All that prices can be in.
    pub fn all() -> impl Iterator<Item = Self> {
        CURRENCIES.into_iter().map(Self)
    }

    /// `EUR` is one.
    ///
    /// # Errors
    /// Says which there are.
    pub fn parse(text: &str) -> Result<Self> {
        Self::all()
            .find(|currency| currency.0 == text)
            .ok_or_else(|| {
                Error::Invalid(format!("a currency is one of {}", CURRENCIES.join(", ")))
            })
    }

    /// Its code.
    pub fn code(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl TryFrom<String> for Currency {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

/// To the cent, half to even, so that many roundings favour nobody.
pub fn to_the_cent(amount: Decimal) -> Decimal {
    let mut rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointNearestEven);
    rounded.rescale(2);
    // Nothing has no sign, and a database keeps none.
    if rounded.is_zero() {
        rounded.abs()
    } else {
        rounded
    }
}

/// `1234.5` as `1,234.50`.
pub fn written(amount: Decimal) -> String {
    let text = to_the_cent(amount.abs()).to_string();
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let digits: Vec<_> = whole.bytes().rev().collect();
    let grouped: Vec<_> = digits
        .chunks(3)
        .map(|group| {
            group
                .iter()
                .rev()
                .map(|digit| char::from(*digit))
                .collect::<String>()
        })
        .rev()
        .collect();
    let sign = if to_the_cent(amount) < Decimal::ZERO {
        "−"
    } else {
        ""
    };
    format!("{sign}{}.{cents}", grouped.join(","))
}

/// An amount that somebody typed.
///
/// # Errors
/// Names the field and says what it takes.
pub fn typed(field: &str, text: &str) -> Result<Decimal> {
    let plain = text.trim().replace(',', "");
    plain
        .parse::<Decimal>()
        .ok()
        .filter(|amount| amount.scale() <= 8 && amount.abs() < Decimal::from(1_000_000_000_000_i64))
        .ok_or_else(|| {
            Error::Invalid(format!(
                "{field} should be a number such as 12.50, and is `{text}`"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn half_a_cent_goes_to_the_even_one() {
        for (exact, rounded) in [
            ("0.005", "0.00"),
            ("0.015", "0.02"),
            ("0.025", "0.02"),
            ("-0.015", "-0.02"),
            ("7", "7.00"),
            ("-0.001", "0.00"),
        ] {
            assert_eq!(to_the_cent(decimal(exact)).to_string(), rounded);
        }
    }

    #[test]
    fn amounts_are_written_in_groups_of_three() {
        for (amount, text) in [
            ("0", "0.00"),
            ("999.999", "1,000.00"),
            ("-1234567.1", "−1,234,567.10"),
            ("12", "12.00"),
            ("-0.001", "0.00"),
        ] {
            assert_eq!(written(decimal(amount)), text);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_by_name() {
        assert_eq!(
            typed("the minimum", " 1,250.50 ").unwrap_or_default(),
            decimal("1250.50")
        );
        for bad in ["", "x", "1e400", "0.000000001", "99999999999999"] {
            let refused = typed("the minimum", bad)
                .err()
                .map(|error| error.to_string());
            assert!(
                refused.unwrap_or_default().starts_with("the minimum"),
                "{bad}"
            );
        }
        assert!(Currency::parse("JPY").is_err() && Currency::parse("CAD").is_ok());
    }
}
