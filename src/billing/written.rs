//! Statements as files: our own CSV, and the columns of FOCUS.
//!
//! FOCUS is the FinOps Foundation's open specification of cost and usage
//! (<https://focus.finops.org>). Written are the columns that version 1.2 asks of every provider,
//! and of the others those that say something here.

use rust_decimal::Decimal;

use super::{
    money::to_the_cent,
    prices::{Kind, Line},
    statement::Statement,
};
use crate::{Error, Result, surveillance::formula::neutral};

/// What a kind of event is called where people read it, and its unit.
pub fn service(event_type: &str) -> (&'static str, &'static str) {
    match event_type {
        "api_call" => ("Calls of programs", "calls"),
        "enkf_run" => ("Runs of the model", "10 ms of a processor"),
        "report_gen" => ("Reports", "reports"),
        "data_stored" => ("Data stored", "megabytes a day"),
        "page_view" => ("Pages", "pages"),
        _ => ("Other use", "units"),
    }
}

/// What a line is about, in words.
pub fn about(line: &Line) -> String {
    let what = line
        .event_type
        .as_deref()
        .map_or("Month", |event_type| service(event_type).0);
    match line.kind {
        Kind::Usage if line.note.is_empty() => what.to_owned(),
        Kind::Usage => format!("{what}, {}", line.note),
        Kind::Minimum => "Up to the plan's minimum".to_owned(),
        Kind::Reversal => format!("Taken back: {what} ({})", line.note),
        Kind::Correction => format!("Instead: {what} ({})", line.note),
    }
}

/// The statements' lines, each with its department and month.
///
/// # Errors
/// When it cannot be written, which is our fault.
pub fn csv(statements: &[Statement]) -> Result<Vec<u8>> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record([
        "tenant_id",
        "month",
        "status",
        "line",
        "kind",
        "event_type",
        "quantity",
        "unit_price",
        "amount",
        "currency",
        "plan",
        "note",
        "statement_total",
        "sha256",
    ])
    .map_err(Error::internal)?;
    for statement in statements {
        let (status, sha256) = match statement.closed {
            Some(closed) => ("closed", crate::secret::hex(&closed.sha256)),
            None => ("open", String::new()),
        };
        for (line, number) in statement.lines.iter().zip(1..) {
            rows.write_record([
                statement.tenant_id.as_str(),
                &statement.month.to_string(),
                status,
                &i32::to_string(&number),
                line.kind.as_str(),
                line.event_type.as_deref().unwrap_or_default(),
                &line.quantity.normalize().to_string(),
                &line.unit_price.normalize().to_string(),
                &to_the_cent(line.amount).to_string(),
                statement.currency.code(),
                &statement.plan_id,
                // Somebody typed it, and a spreadsheet may read it.
                &neutral(&line.note),
                &to_the_cent(statement.total).to_string(),
                &sha256,
            ])
            .map_err(Error::internal)?;
        }
    }
    rows.into_inner()
        .map_err(|error| Error::internal(error.into_error()))
}

/// The columns of FOCUS that are written.
const FOCUS: [&str; 25] = [
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "EffectiveCost",
    "ListCost",
    "ListUnitPrice",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "InvoiceIssuerName",
    "ServiceCategory",
    "ServiceName",
];

/// The statements' lines in the columns of FOCUS, with the departments' names by id. `provider`
/// is whose platform it is.
///
/// # Errors
/// When it cannot be written, which is our fault.
pub fn focus(statements: &[(Statement, String)], provider: &str) -> Result<Vec<u8>> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(FOCUS).map_err(Error::internal)?;
    for (statement, name) in statements {
        let moment = |at: crate::clock::Now| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let (begins, ends) = (
            moment(statement.month.begins_at()),
            moment(statement.month.ends_at()),
        );
        for line in &statement.lines {
            let usage = line.event_type.is_some();
            let corrects = matches!(line.kind, Kind::Reversal | Kind::Correction);
            let (what, unit) = service(line.event_type.as_deref().unwrap_or_default());
            let only_usage = |text: String| if usage { text } else { String::new() };
            let amount = to_the_cent(line.amount).to_string();
            let number = |number: Decimal| number.normalize().to_string();
            rows.write_record([
                amount.as_str(),
                &statement.tenant_id,
                &neutral(name),
                statement.currency.code(),
                &ends,
                &begins,
                if usage { "Usage" } else { "Purchase" },
                if corrects { "Correction" } else { "" },
                &neutral(&about(line)),
                if usage { "Usage-Based" } else { "Recurring" },
                &ends,
                &begins,
                &only_usage(number(line.quantity)),
                &only_usage(unit.to_owned()),
                &amount,
                &amount,
                &amount,
                &only_usage(number(line.unit_price)),
                &only_usage(number(line.quantity)),
                &only_usage(unit.to_owned()),
                provider,
                provider,
                provider,
                match line.event_type.as_deref() {
                    Some("enkf_run") => "Compute",
                    Some("data_stored") => "Storage",
                    Some("api_call") => "Integration",
                    Some("report_gen") => "Analytics",
                    _ => "Other",
                },
                what,
            ])
            .map_err(Error::internal)?;
        }
    }
    rows.into_inner()
        .map_err(|error| Error::internal(error.into_error()))
}
