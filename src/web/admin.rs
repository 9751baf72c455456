//! All departments on one chart, for administrators. Read through the operator hat.

use axum::{
    extract::{Query, State},
    response::Response,
};
use chrono::NaiveDate;
use leptos::prelude::*;
use serde::Deserialize;

use super::{page::Page, words};
use crate::{
    Error, Result,
    access::Admin,
    app::App,
    surveillance::{
        Window,
        charts::{DepartmentSeries, Size, all_departments_svg, small_multiple_svg, sparkline_svg},
        departments::{Department, departments},
    },
};

/// Up to this many departments share one chart; beyond, each has a small one of its own.
const ON_ONE_CHART: usize = 12;

/// Days shown.
const DAYS: u64 = 90;

/// A department that has reported nothing for this long is late.
const LATE_AFTER: i64 = 14;

/// What is asked.
#[derive(Deserialize)]
pub struct Order {
    #[serde(default)]
    sort: String,
    #[serde(default)]
    to: String,
}

/// A department's name and its days, as charts take them.
type Series = (String, Vec<(NaiveDate, Option<f64>)>);

/// Columns by which the table can be sorted: the name in the address, and the heading.
const COLUMNS: [(&str, &str); 4] = [
    ("name", "Department"),
    ("cases", "Last 7 days"),
    ("change", "Change"),
    ("latest", "Latest report"),
];

/// `GET /admin`.
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    Query(order): Query<Order>,
) -> Result<Response> {
    let to = last_day(&order.to)?;
    let sort = COLUMNS
        .iter()
        .map(|(name, _)| *name)
        .find(|name| *name == order.sort)
        .unwrap_or("name");
    let mut tx = admin.begin().await?;
    let (window, mut all) = departments(&mut tx, to, DAYS).await?;
    tx.commit().await?;
    arrange(&mut all, sort);
    Ok(Page::new("All departments").of(&admin.person).render(&app, || {
        view! {
            <h1>"All departments"</h1>
            <p class="lead">{summary(&all, window)}</p>
            <form method="get" action="/admin" class="choices" aria-label="Days to show">
                <label>{format!("{DAYS} days to ")}
                    <input type="date" name="to" value=window.map(|window| window.last().to_string())/>
                </label>
                <input type="hidden" name="sort" value=sort/>
                <button type="submit">"Show"</button>
            </form>
            {window.map(|window| charts(&all, window))}
            {(!all.is_empty()).then(|| table(&all, sort, &order.to))}
        }
    }))
}

fn last_day(text: &str) -> Result<Option<NaiveDate>> {
    if text.is_empty() {
        return Ok(None);
    }
    let (first, last) = (
        NaiveDate::from_ymd_opt(1900, 1, 1),
        NaiveDate::from_ymd_opt(2199, 12, 31),
    );
    text.parse()
        .ok()
        .filter(|day| first <= Some(*day) && Some(*day) <= last)
        .map(Some)
        .ok_or_else(|| Error::Invalid("the last day should be a date such as 2026-03-31".into()))
}

/// Largest or latest first; names as they are spelled.
fn arrange(all: &mut [Department], sort: &str) {
    match sort {
        "cases" => all.sort_by_key(|department| std::cmp::Reverse(department.last_seven())),
        "change" => all.sort_by(|a, b| {
            let change = |department: &Department| department.change().unwrap_or(f64::NEG_INFINITY);
            change(b).total_cmp(&change(a))
        }),
        "latest" => all.sort_by_key(|department| std::cmp::Reverse(department.latest)),
        _ => {}
    }
}

fn summary(all: &[Department], window: Option<Window>) -> String {
    let Some(window) = window else {
        return "No department has reported a case yet.".to_owned();
    };
    let cases: i64 = all.iter().filter_map(Department::last_seven).sum();
    let late = all
        .iter()
        .filter(|department| is_late(department, window.last()))
        .count();
    let late = match late {
        0 => String::new(),
        1 => format!(" 1 has not reported for more than {LATE_AFTER} days."),
        late => format!(" {late} have not reported for more than {LATE_AFTER} days."),
    };
    format!(
        "{} department{}; {} new cases in the last 7 days that each reported.{late}",
        all.len(),
        if all.len() == 1 { "" } else { "s" },
        words::whole(cases)
    )
}

fn is_late(department: &Department, last: NaiveDate) -> bool {
    department
        .latest
        .is_none_or(|latest| (last - latest).num_days() > LATE_AFTER)
}

fn charts(all: &[Department], window: Window) -> impl IntoView + use<> {
    // Who reported nothing in these days has no line, and needs no room.
    let mut reporting: Vec<_> = all
        .iter()
        .filter(|department| department.days.iter().any(|(_, cases)| cases.is_some()))
        .collect();
    if reporting.len() <= ON_ONE_CHART {
        // A line keeps its colour, whatever the table is sorted by.
        reporting.sort_by_key(|department| (&department.name, &department.tenant_id));
    }
    let series: Vec<Series> = reporting
        .into_iter()
        .map(|department| {
            let days = department
                .days
                .iter()
                .map(|(day, cases)| (*day, cases.map(|cases| cases as f64)));
            (shown_name(department), days.collect())
        })
        .collect();
    let days = format!(
        "{} to {}",
        words::day(window.first()),
        words::day(window.last())
    );
    if series.len() > ON_ONE_CHART {
        return small_multiples(&series, &days).into_any();
    }
    let lines: Vec<_> = series
        .iter()
        .map(|(name, days)| DepartmentSeries { name, days })
        .collect();
    let title = "Daily cases: the shared table across all tenants";
    let description =
        format!("A line for each department, {days}. The table below has the figures.");
    let svg = |width, height, id| {
        all_departments_svg(title, &description, &lines, Size::new(width, height), id)
    };
    view! {
        <figure class="epi-curve">
            <div class="wide" inner_html=svg(960, 460, "all-wide")></div>
            <div class="narrow" inner_html=svg(400, 420, "all-narrow")></div>
            <figcaption>{description.clone()}</figcaption>
        </figure>
    }
    .into_any()
}

/// Too many lines for one chart: a small one each, on one scale, so that heights compare.
fn small_multiples(series: &[Series], days: &str) -> impl IntoView + use<> {
    let highest = |days: &[(NaiveDate, Option<f64>)]| {
        days.iter()
            .filter_map(|(_, cases)| *cases)
            .fold(1.0, f64::max)
    };
    let charts: Vec<_> = series
        .iter()
        .enumerate()
        .map(|(at, (name, days))| {
            let svg = small_multiple_svg(
                name,
                days,
                highest(days),
                Size::small(240, 130),
                &format!("small-{at}"),
            );
            view! { <li inner_html=svg></li> }
        })
        .collect();
    view! {
        <figure>
            <figcaption>
                {format!(
                    "Daily cases: the shared table across all tenants, {days}. Each chart has a scale of its \
                     own, marked with its highest day; the table below compares."
                )}
            </figcaption>
            <ul class="small-multiples">{charts}</ul>
        </figure>
    }
}

fn shown_name(department: &Department) -> String {
    if department.simulated {
        format!("{} (simulated)", department.name)
    } else {
        department.name.clone()
    }
}

fn table(all: &[Department], sort: &str, to: &str) -> impl IntoView + use<> {
    let headings: Vec<_> = COLUMNS
        .iter()
        .map(|(name, heading)| {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("sort", name)
                .append_pair("to", to)
                .finish();
            let order = (sort == *name).then_some(if *name == "name" { "ascending" } else { "descending" });
            view! { <th scope="col" aria-sort=order><a href=format!("/admin?{query}")>{*heading}</a></th> }
        })
        .collect();
    let last = all
        .iter()
        .filter_map(|department| department.latest)
        .max()
        .unwrap_or_default();
    let rows: Vec<_> = all
        .iter()
        .enumerate()
        .map(|(at, department)| row(at, department, last))
        .collect();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Departments">
            <table class="figures departments">
                <thead><tr>{headings}<th scope="col">{format!("{DAYS} days")}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(at: usize, department: &Department, last: NaiveDate) -> impl IntoView + use<> {
    let days: Vec<_> = department
        .days
        .iter()
        .map(|(day, cases)| (*day, cases.map(|cases| cases as f64)))
        .collect();
    let label = format!("Daily cases of {}", department.name);
    let sparkline = sparkline_svg(&days, Size::small(120, 28), &format!("spark-{at}"), &label);
    let freshness = match department.latest {
        None => "never".to_owned(),
        Some(latest) if is_late(department, last) => format!("{latest}, late"),
        Some(latest) => latest.to_string(),
    };
    view! {
        <tr>
            <th scope="row">{shown_name(department)}" "<code>{department.tenant_id.clone()}</code></th>
            <td>{department.last_seven().map_or_else(|| "–".to_owned(), words::whole)}</td>
            <td>{department.change().map_or_else(|| "–".to_owned(), words::signed_percent)}</td>
            <td>{freshness}</td>
            <td inner_html=sparkline></td>
        </tr>
    }
}
