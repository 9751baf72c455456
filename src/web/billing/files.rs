//! Statements and attribution of all departments, as files.

use axum::{
    extract::{Query, State},
    response::Response,
};
use rust_decimal::Decimal;

use super::Asked;
use crate::{
    Error, Result,
    access::Admin,
    app::App,
    billing::{
        Month,
        costs::attribution,
        overview::{DepartmentMonth, months},
        written::{csv, focus},
    },
    surveillance::formula::neutral,
    web::download::{CSV, file},
};

/// Whose platform it is, in files that leave it.
const PROVIDER: &str = "Cordon";

/// The month that is asked for, of all departments.
async fn all(app: &App, admin: &Admin, asked: &Asked) -> Result<(Month, Vec<DepartmentMonth>)> {
    let month = asked.month(app.clock.now())?;
    let mut tx = admin.begin().await?;
    let all = months(&mut tx, month).await?;
    tx.commit().await?;
    Ok((month, all))
}

/// `GET /admin/billing/statements.csv`.
pub async fn statements(
    State(app): State<App>,
    admin: Admin,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let (month, all) = all(&app, &admin, &asked).await?;
    let statements: Vec<_> = all
        .into_iter()
        .map(|department| department.statement)
        .collect();
    file(&format!("statements-{month}.csv"), CSV, csv(&statements)?)
}

/// `GET /admin/billing/focus.csv`.
pub async fn in_focus(
    State(app): State<App>,
    admin: Admin,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let (month, all) = all(&app, &admin, &asked).await?;
    let statements: Vec<_> = all
        .into_iter()
        .map(|department| (department.statement, department.name))
        .collect();
    file(
        &format!("focus-{month}.csv"),
        CSV,
        focus(&statements, PROVIDER)?,
    )
}

/// `GET /admin/billing/attribution.csv`: a row for each cost and department.
pub async fn attributed(
    State(app): State<App>,
    admin: Admin,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let month = asked.month(app.clock.now())?;
    let mut tx = admin.begin().await?;
    let attribution = attribution(&mut tx, month).await?;
    tx.commit().await?;
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record([
        "month",
        "cost",
        "driver",
        "rest",
        "tenant_id",
        "direct",
        "idle",
        "shared",
        "total",
        "currency",
    ])
    .map_err(Error::internal)?;
    let cents = |cents: i64| Decimal::new(cents, 2).to_string();
    for (cost, shares) in attribution.costs.iter().zip(&attribution.shares) {
        for (department, share) in attribution.departments.iter().zip(shares) {
            rows.write_record([
                &month.to_string(),
                &*neutral(&cost.name),
                &cost.driver,
                &cost.rest,
                &department.tenant_id,
                &cents(share.direct),
                &cents(share.idle),
                &cents(share.shared),
                &cents(share.total()),
                &cost.currency,
            ])
            .map_err(Error::internal)?;
        }
    }
    let bytes = rows
        .into_inner()
        .map_err(|error| Error::internal(error.into_error()))?;
    file(&format!("attribution-{month}.csv"), CSV, bytes)
}
