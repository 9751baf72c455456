//! What was used by kind, by day and by key; and the lines of a statement.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use leptos::prelude::*;
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use crate::{
    billing::{
        Month,
        money::written,
        prices::{BILLED, Line, Quantity},
        statement::Statement,
        usage::{DailyUse, KeyUse},
        written::{about, service},
    },
    surveillance::charts::{Size, number, small_bars_svg},
    web::words,
};

/// A quantity with as many digits as say something.
pub fn quantity(units: Decimal) -> String {
    if units.fract().is_zero() {
        return words::whole(units.to_i64().unwrap_or(i64::MAX));
    }
    if units > Decimal::ZERO && units < Decimal::new(1, 3) {
        return "< 0.001".to_owned();
    }
    let digits = if units.abs() < Decimal::TEN { 3 } else { 1 };
    let rounded = units.round_dp(digits).normalize();
    let whole = words::whole(rounded.trunc().to_i64().unwrap_or(i64::MAX));
    match rounded.abs().fract().to_string().strip_prefix("0.") {
        Some(fraction) if rounded < Decimal::ZERO && rounded > -Decimal::ONE => {
            format!("−0.{fraction}")
        }
        Some(fraction) => format!("{whole}.{fraction}"),
        None => whole,
    }
}

/// How often each kind was used, with what outcome, and what it costs.
pub fn by_kind(used: &[Quantity], statement: &Statement) -> impl IntoView + use<> {
    let rows: Vec<_> = BILLED
        .into_iter()
        .filter(|kind| used.iter().any(|quantity| quantity.event_type == *kind))
        .map(|kind| {
            let of: Vec<_> = used
                .iter()
                .filter(|quantity| quantity.event_type == kind)
                .collect();
            let events = |outcome: &str| -> String {
                let events = of.iter().filter(|quantity| quantity.outcome == outcome);
                words::whole(events.map(|quantity| quantity.events).sum())
            };
            let units: Decimal = of.iter().map(|quantity| quantity.cost_units).sum();
            let lines = statement.lines.iter();
            let amount = lines
                .filter(|line| {
                    line.event_type.as_deref() == Some(kind) && line.correction_id.is_none()
                })
                .map(|line| line.amount)
                .sum();
            let (name, unit) = service(kind);
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    <td>{events("done")}</td>
                    <td>{events("refused")}</td>
                    <td>{events("failed")}</td>
                    <td>{quantity(units)}" "<span class="hint">{unit}</span></td>
                    <td>{written(amount)}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Use by kind">
            <table class="figures numeric">
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        <th scope="col">"Done"</th>
                        <th scope="col">"Refused"</th>
                        <th scope="col">"Failed"</th>
                        <th scope="col">"Cost units"</th>
                        <th scope="col">{statement.currency.code()}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// A small chart for each kind, and the figures it is drawn from.
pub fn by_day(days: &[DailyUse], month: Month, last: NaiveDate) -> impl IntoView + use<> {
    let mut kinds: BTreeMap<&str, BTreeMap<NaiveDate, &DailyUse>> = BTreeMap::new();
    for day in days {
        kinds
            .entry(&day.event_type)
            .or_default()
            .insert(day.date, day);
    }
    let charts: Vec<_> = kinds
        .iter()
        .enumerate()
        .map(|(at, (kind, days))| {
            let (name, unit) = service(kind);
            let values: Vec<_> = month
                .first()
                .iter_days()
                .take_while(|day| *day <= last)
                .map(|day| {
                    let used = days.get(&day).map_or(Decimal::ZERO, |day| day.cost_units);
                    (day, Some(used.to_f64().unwrap_or_default()))
                })
                .collect();
            let most = values
                .iter()
                .filter_map(|(_, value)| *value)
                .fold(1.0, f64::max);
            let most = if most < 10.0 {
                (10.0 * most).ceil() / 10.0
            } else {
                most.ceil()
            };
            let title = format!("{name} ({unit})");
            let description = format!("{title} by day, on a scale up to {}.", number(most));
            let svg = small_bars_svg(
                &title,
                &description,
                &values,
                most,
                Size::small(300, 150),
                &format!("use-{at}"),
            );
            view! { <li inner_html=svg></li> }
        })
        .collect();
    let rows: Vec<_> = days
        .iter()
        .rev()
        .map(|day| {
            view! {
                <tr>
                    <th scope="row">{words::day(day.date)}</th>
                    <td>{service(&day.event_type).0}</td>
                    <td>{words::whole(day.events)}</td>
                    <td>{words::whole(day.refused + day.failed)}</td>
                    <td>{quantity(day.cost_units)}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <ul class="small-multiples use">{charts}</ul>
        <details class="numbers">
            <summary>"The figures by day"</summary>
            <div class="scroll tall" tabindex="0" role="region" aria-label="Use by day">
                <table class="figures numeric">
                    <thead>
                        <tr>
                            <th scope="col">"Day"</th>
                            <th scope="col">"What"</th>
                            <th scope="col">"Times"</th>
                            <th scope="col">"Not done"</th>
                            <th scope="col">"Cost units"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
}

/// With which key how much was used.
pub fn by_key(keys: Vec<KeyUse>) -> impl IntoView {
    let rows: Vec<_> = keys
        .into_iter()
        .map(|key| {
            let name = match (key.name, key.prefix) {
                (Some(name), Some(prefix)) => {
                    view! { {name}" "<code>{prefix}"…"</code> }.into_any()
                }
                _ => view! { "Without a key: runs, and what is stored" }.into_any(),
            };
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    <td>{words::whole(key.events)}</td>
                    <td>{words::whole(key.not_done)}</td>
                    <td>{quantity(key.cost_units)}</td>
                    <td>{words::day(key.last)}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Use by key">
            <table class="figures numeric">
                <thead>
                    <tr>
                        <th scope="col">"Key"</th>
                        <th scope="col">"Times"</th>
                        <th scope="col">"Not done"</th>
                        <th scope="col">"Cost units"</th>
                        <th scope="col">"Last day"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// The lines of a statement, and what they add up to.
pub fn lines(statement: &Statement) -> impl IntoView + use<> {
    let row = |(line, number): (&Line, i32)| {
        view! {
            <tr>
                <td>{number}</td>
                <th scope="row">{about(line)}</th>
                <td>{quantity(line.quantity)}</td>
                <td>{line.unit_price.normalize().to_string()}</td>
                <td>{written(line.amount)}</td>
            </tr>
        }
    };
    let rows: Vec<_> = statement.lines.iter().zip(1..).map(row).collect();
    let none = rows.is_empty().then(|| {
        view! { <tr><td></td><th scope="row">"Nothing was used."</th><td></td><td></td><td>"0.00"</td></tr> }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Lines of the statement">
            <table class="figures numeric statement">
                <thead>
                    <tr>
                        <th scope="col">"Line"</th>
                        <th scope="col">"For"</th>
                        <th scope="col">"Quantity"</th>
                        <th scope="col">"Unit price"</th>
                        <th scope="col">{format!("Amount, {}", statement.currency)}</th>
                    </tr>
                </thead>
                <tbody>{rows}{none}</tbody>
                <tfoot>
                    <tr>
                        <td></td>
                        <th scope="row">"Total"</th>
                        <td></td>
                        <td></td>
                        <td><strong>{written(statement.total)}</strong></td>
                    </tr>
                </tfoot>
            </table>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_has_the_digits_that_say_something() {
        for (units, words) in [
            ("0", "0"),
            ("1234567", "1,234,567"),
            ("11315.2857", "11,315.3"),
            ("3.14159", "3.142"),
            ("0.0001", "< 0.001"),
            ("-0.25", "−0.25"),
            ("-7392.55", "−7,392.6"),
            ("9.9999", "10"),
        ] {
            assert_eq!(quantity(units.parse().unwrap_or_default()), words);
        }
    }
}
