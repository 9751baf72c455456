//! What a department and what administrators see of use, statements and costs.

use std::time::Duration;

use crate::{
    billing::{EventType, Outcome, upkeep},
    tests::{
        billing::{decimal, month},
        portal::{Browser, Department, TestPortal},
    },
};

fn run(milliseconds: u64) -> EventType {
    EventType::EnkfRun {
        cpu: Duration::from_millis(milliseconds),
    }
}

/// Prices at which an hour of a processor costs 36, in the currency that is usual.
async fn prices(admin: &mut Browser, from: &str) {
    let set = admin
        .post(
            "/admin/billing/prices",
            &[
                ("plan", "standard"),
                ("from", from),
                ("currency", "CAD"),
                ("minimum", "2.50"),
                ("refused", "50"),
                ("failed", "0"),
                ("api_call_included", "2"),
                ("api_call_price", "0.10"),
                ("enkf_run_price", "0.0001"),
            ],
        )
        .await;
    assert_eq!(set.status, 303, "{}", set.text);
}

#[tokio::test]
async fn a_department_sees_its_month_by_kind_by_day_and_by_key_and_no_other_department() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    let mut admin = portal.admin().await;
    prices(&mut admin, "2026-03").await;
    let mut person = alder.epidemiologist().await;
    let empty = person.get("/usage").await;
    assert!(
        empty.text.contains("Nothing was used in March 2026"),
        "{}",
        empty.text
    );

    let mut program = portal.browser();
    for path in [
        "/api/v1/locations",
        "/api/v1/locations",
        "/api/v1/locations",
        "/api/v1/observations?from=x",
    ] {
        program.get_with_key(path, &alder.key).await;
    }
    alder.uses("run:1", run(1_000_000), Outcome::Done).await;
    birch.uses("run:1", run(77_000_000), Outcome::Done).await;
    // 3.5 calls of which 2 are included, 100,000 units of runs.
    let page = person.get("/usage").await;
    for words in [
        "Usage in March 2026",
        "10.15",
        "Calls of programs",
        "Runs of the model",
        "100,000",
        "first key",
        "CAD",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    // The 31st at noon: the month is nearly over.
    assert!(page.text.contains("At this pace"));
    assert!(
        !page.text.contains("7,700,000")
            && !page.text.contains("770.00")
            && !page.text.contains("birch")
    );
    let csv = person.get("/usage/daily.csv").await;
    let lines: Vec<_> = csv
        .text
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>())
        .collect();
    assert_eq!(
        lines[0],
        [
            "date",
            "event_type",
            "events",
            "refused",
            "failed",
            "duration_ms",
            "cost_units"
        ]
    );
    assert_eq!(
        (lines[1][..5].to_vec(), lines[1][6]),
        (vec!["2026-03-31", "api_call", "4", "1", "0"], "4")
    );
    assert_eq!(
        (lines[2][1], lines[2][6], lines.len()),
        ("enkf_run", "100000", 3)
    );

    let before = person.get("/usage?month=2026-02").await;
    assert!(before.text.contains("Nothing was used in February 2026"));
    // There was no platform yet.
    for early in ["2001-01", "0001-01", "9999-12"] {
        let page = person.get(&format!("/usage?month={early}")).await;
        assert!(
            page.status == 200 && page.text.contains("Nothing was used"),
            "{early}: {}",
            page.text
        );
    }
    for bad in ["2026", "2026-13", "march"] {
        assert_eq!(
            person.get(&format!("/usage?month={bad}")).await.status,
            400,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn an_administrator_closes_a_month_and_the_department_keeps_its_statement() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    portal.onboard("birch").await;
    let mut admin = portal.admin().await;
    prices(&mut admin, "2026-03").await;
    alder.uses("run:1", run(1_000_000), Outcome::Done).await;
    let page = admin.get("/admin/billing").await;
    assert!(
        page.text
            .contains("It can be closed from 1 April 2026, 01:00 UTC on"),
        "{}",
        page.text
    );
    assert!(
        page.text.contains("12.50 CAD"),
        "10.00 of alder and the minimum of birch: {}",
        page.text
    );
    let early = admin
        .post("/admin/billing/close", &[("month", "2026-03")])
        .await;
    assert_eq!(early.status, 409);
    portal.wait_until("2026-04-02T00:00:00Z");
    let mut admin = portal.signed_in("admin@cordon.example").await;
    let page = admin.get("/admin/billing?month=2026-03").await;
    assert!(page.text.contains("Close March 2026…"));
    let closed = admin
        .post("/admin/billing/close", &[("month", "2026-03")])
        .await;
    assert_eq!(closed.location(), "/admin/billing?month=2026-03");
    let page = admin.get("/admin/billing?month=2026-03").await;
    assert!(page.text.contains("This month is closed"));
    let compared = admin.get("/admin/billing?month=2026-04").await;
    assert!(compared.text.contains("−75"), "{}", compared.text);

    let mut person = alder.epidemiologist().await;
    let usage = person.get("/usage").await;
    assert!(
        usage.text.contains("/usage/statement?month=2026-03"),
        "{}",
        usage.text
    );
    let statement = person.get("/usage/statement?month=2026-03").await;
    assert!(
        statement.text.contains("Closed on 2 Apr") && statement.text.contains("SHA-256"),
        "{}",
        statement.text
    );
    let open = person.get("/usage/statement").await;
    assert!(open.text.contains("as it stands so far"));
    let csv = person.get("/usage/statement.csv?month=2026-03").await;
    assert_eq!(
        csv.header("content-disposition"),
        "attachment; filename=\"alder-statement-2026-03.csv\""
    );
    assert!(
        csv.text.contains(
            "alder,2026-03,closed,1,usage,enkf_run,100000,0.0001,10.00,CAD,standard,,10.00,"
        ),
        "{}",
        csv.text
    );
    let by_key = portal
        .browser()
        .get_with_key("/usage/statement.csv?month=2026-03", &alder.key)
        .await;
    assert_eq!(by_key.text, csv.text);

    // A correction, seen by the department with its reason.
    let form = |line: &'static str| {
        [
            ("month", "2026-03"),
            ("line", line),
            ("amount", "4"),
            ("reason", "a run too many"),
        ]
    };
    let path = "/admin/billing/tenants/alder/corrections";
    let wrong = admin.post(path, &form("x")).await;
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.text.contains("The line is a number")
            && wrong.text.contains("value=\"a run too many\""),
        "{}",
        wrong.text
    );
    assert_eq!(admin.post(path, &form("1")).await.status, 303);
    assert_eq!(admin.post(path, &form("1")).await.status, 400, "once");
    let statement = person.get("/usage/statement").await;
    for words in [
        "Taken back: Runs of the model (2026-03, line 1: a run too many)",
        "−10.00",
        "4.00",
    ] {
        assert!(
            statement.text.contains(words),
            "{words}: {}",
            statement.text
        );
    }
    let owner = &mut portal.owner().await;
    let told: Vec<String> = sqlx::query_scalar(
        "select action || ' by ' || actor from audit where tenant_id = 'alder' and action like 'statement.%' order by audit.occurred_at, 1",
    )
    .fetch_all(owner)
    .await
    .expect("an audit");
    assert_eq!(
        told,
        [
            "statement.closed by admin@cordon.example",
            "statement.corrected by admin@cordon.example"
        ]
    );
}

#[tokio::test]
async fn exports_hold_every_line_and_what_somebody_typed_is_no_formula() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut admin = portal.admin().await;
    prices(&mut admin, "2026-03").await;
    alder.uses("run:1", run(1_000_000), Outcome::Done).await;
    let focus = admin.get("/admin/billing/focus.csv?month=2026-03").await;
    let mut rows = csv::Reader::from_reader(focus.text.as_bytes());
    let names: Vec<String> = rows
        .headers()
        .expect("a head")
        .iter()
        .map(str::to_owned)
        .collect();
    let records: Vec<_> = rows
        .records()
        .map(|record| record.expect("a row"))
        .collect();
    assert_eq!(records.len(), 1);
    let value = |name: &str| {
        &records[0][names
            .iter()
            .position(|column| column == name)
            .expect("a column")]
    };
    for (column, expected) in [
        ("BilledCost", "10.00"),
        ("BillingAccountId", "alder"),
        ("BillingCurrency", "CAD"),
        ("BillingPeriodStart", "2026-03-01T00:00:00Z"),
        ("BillingPeriodEnd", "2026-04-01T00:00:00Z"),
        ("ChargeCategory", "Usage"),
        ("ChargeClass", ""),
        ("PricingQuantity", "100000"),
        ("ListUnitPrice", "0.0001"),
        ("ServiceCategory", "Compute"),
        ("ServiceName", "Runs of the model"),
    ] {
        assert_eq!(value(column), expected, "{column}");
    }

    let cost = |name: &'static str, amount: &'static str| {
        [
            ("month", "2026-03"),
            ("name", name),
            ("amount", amount),
            ("currency", "CAD"),
            ("driver", "processors"),
            ("capacity", "2000000"),
            ("rest", "evenly"),
        ]
    };
    let wrong = admin
        .post("/admin/billing/costs", &cost("servers", "much"))
        .await;
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.text.contains("The amount should be a number")
            && wrong.text.contains("value=\"servers\"")
    );
    assert_eq!(
        admin
            .post("/admin/billing/costs", &cost("=cmd()", "100"))
            .await
            .status,
        303
    );
    let csv = admin
        .get("/admin/billing/attribution.csv?month=2026-03")
        .await;
    assert!(
        csv.text
            .contains("'=cmd(),processors,evenly,alder,50.00,50.00,0.00,100.00,CAD"),
        "{}",
        csv.text
    );
    let page = admin.get("/admin/billing/costs?month=2026-03").await;
    let remove = page
        .between("action=\"/admin/billing/costs/", "\"")
        .to_owned();
    assert!(remove.ends_with("/remove"));
    let path = format!("/admin/billing/costs/{remove}");
    assert_eq!(admin.post(&path, &[("month", "2026-03")]).await.status, 303);
    assert_eq!(
        admin.post(&path, &[("month", "2026-03")]).await.status,
        404,
        "once"
    );
    let page = admin.get("/admin/billing/costs?month=2026-03").await;
    assert!(page.text.contains("No cost is entered for this month"));
}

#[tokio::test]
async fn prices_that_cannot_be_come_back_as_they_were_typed() {
    let portal = TestPortal::start().await;
    let mut admin = portal.admin().await;
    for (field, value, words) in [
        ("minimum", "much", "The minimum should be a number"),
        ("from", "soon", "A month is written like 2026-03"),
        ("refused", "200", "A share of the price is between 0 and 1"),
        ("plan", "My Plan", "A plan’s id has"),
        (
            "enkf_run_more_price",
            "1",
            "from how many units on the second price",
        ),
        ("currency", "JPY", "A currency is one of"),
    ] {
        let mut form = vec![
            ("plan", "county"),
            ("from", "2026-05"),
            ("currency", "CAD"),
            ("minimum", "7.25"),
            ("refused", "100"),
            ("failed", "0"),
            ("enkf_run_price", "0.5"),
            ("enkf_run_more_price", ""),
        ];
        for entry in &mut form {
            if entry.0 == field {
                entry.1 = value;
            }
        }
        let answer = admin.post("/admin/billing/prices", &form).await;
        assert_eq!(answer.status, 400, "{field}");
        let text = answer.text.replace("&#x27;", "’").replace('\'', "’");
        assert!(text.contains(words), "{words}: {text}");
        assert!(
            field == "enkf_run_price" || text.contains("value=\"0.5\""),
            "{field}"
        );
    }
    let page = admin.get("/admin/billing/prices").await;
    assert!(page.text.contains("Standard") && !page.text.contains("county"));
    // What a plan costs now is there to be changed.
    let page = admin.get("/admin/billing/prices?plan=standard").await;
    for value in [
        "standard", "2026-04", "10000", "0.0005", "1000000", "0.0002", "0.000002",
    ] {
        assert!(page.text.contains(&format!("value=\"{value}\"")), "{value}");
    }
}

#[tokio::test]
async fn planning_says_who_drives_the_cost_and_what_ten_more_need() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    alder.uses("run:1", run(3_000_000), Outcome::Done).await;
    birch.uses("run:1", run(1_000_000), Outcome::Done).await;
    birch
        .uses(
            "stored",
            EventType::DataStored { bytes: 5_000_000 },
            Outcome::Done,
        )
        .await;
    let page = portal.admin().await.get("/admin/billing/planning").await;
    let text = page.text.clone();
    let (first, second) = (
        text.find("alder health").expect("alder"),
        text.find("birch health").expect("birch"),
    );
    assert!(first < second, "the larger first");
    for words in [
        "75 %",
        "25 %",
        "100 %",
        "10 more departments like the median one would need",
        "3,000 s",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

/// Sets a budget as an administrator does.
async fn budget(admin: &mut Browser, soft: &str, hard: &str) {
    let set = admin
        .post(
            "/admin/billing/tenants/alder/budget",
            &[("month", "2026-03"), ("soft", soft), ("hard", hard)],
        )
        .await;
    assert_eq!(set.status, 303, "{}", set.text);
}

/// Whether a run can be asked for: by a program, and by a person.
async fn runs(alder: &Department<'_>, key: &str) -> [u16; 2] {
    let request = axum::http::Request::post("/api/v1/runs")
        .header("authorization", format!("Bearer {key}"))
        .body(axum::body::Body::empty())
        .expect("a request");
    let program = alder.portal().browser().send(request).await;
    if program.status == 429 {
        assert_eq!(
            program.header("retry-after"),
            (12 * 3_600).to_string(),
            "until the month ends"
        );
        assert!(
            program
                .text
                .contains("no more forecasts are made until 1 April 2026"),
            "{}",
            program.text
        );
    }
    let person = alder
        .epidemiologist()
        .await
        .post("/forecast/runs", &[("kind", "forecast")])
        .await;
    [program.status.as_u16(), person.status.as_u16()]
}

#[tokio::test]
async fn a_budget_is_told_and_ends_runs_and_is_in_the_way_of_nothing_else() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let birch = portal.onboard("birch").await;
    alder.reports("north", "2026-03-01", &[5, 6, 7]).await;
    let (_, key) = portal.issue("alder", crate::access::Scopes::all()).await;
    let mut admin = portal.admin().await;
    prices(&mut admin, "2026-03").await;
    alder.uses("run:1", run(1_000_000), Outcome::Done).await;
    let mut person = alder.epidemiologist().await;
    let mut program = portal.browser();
    let page = person.get("/").await;
    assert!(!page.text.contains("budget"));
    assert_eq!(
        program
            .get_with_key("/api/v1/observations", &key)
            .await
            .header("cordon-budget"),
        ""
    );

    budget(&mut admin, "9", "20").await;
    let page = person.get("/").await;
    assert!(
        page.text.contains("10.00 CAD of this month"),
        "{}",
        page.text
    );
    let answer = program.get_with_key("/api/v1/observations", &key).await;
    assert_eq!(
        answer.header("cordon-budget"),
        "used=10.00, soft=9.00, hard=20.00, currency=CAD, resets=2026-04-01"
    );
    assert_eq!(runs(&alder, &key).await, [202, 303]);

    budget(&mut admin, "", "10").await;
    assert_eq!(runs(&alder, &key).await, [429, 429]);
    let page = person.get("/").await;
    assert!(
        page.text.contains("is used up") && page.status == 200,
        "{}",
        page.text
    );
    // Signing in was just done. Reading, exporting and reporting go on; what is reported waits for its forecast.
    for path in [
        "/",
        "/forecast",
        "/data",
        "/usage",
        "/keys",
        "/data/export/file",
        "/data/daily.csv",
    ] {
        assert_eq!(person.get(path).await.status, 200, "{path}");
    }
    for path in [
        "/api/v1/observations",
        "/api/v1/forecasts",
        "/api/v1/usage",
        "/data/export/file",
    ] {
        assert_eq!(program.get_with_key(path, &key).await.status, 200, "{path}");
    }
    let asked = "select count(*) from model_runs where status = 'queued'";
    let mut owner = portal.owner().await;
    let before = crate::tests::behind::count(&mut owner, asked)
        .await
        .expect("runs");
    alder.reports("north", "2026-03-04", &[8]).await;
    assert_eq!(
        crate::tests::behind::count(&mut owner, asked)
            .await
            .expect("runs"),
        before
    );
    // Another department goes on.
    assert!(
        !birch
            .epidemiologist()
            .await
            .get("/")
            .await
            .text
            .contains("used up")
    );

    portal.wait_until("2026-04-01T00:00:00Z");
    portal
        .app
        .standings
        .refresh(&portal.app.pools, portal.app.clock.now())
        .await
        .expect("asked");
    let page = alder.epidemiologist().await.get("/").await;
    assert!(page.status == 200 && !page.text.contains("used up"));
    assert_eq!(runs(&alder, &key).await, [202, 303], "a new month");
}

#[tokio::test]
async fn a_budget_that_cannot_be_comes_back_as_it_was_typed() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut admin = portal.admin().await;
    for (soft, hard, words) in [
        ("30", "20", "The notice comes before the end"),
        ("much", "", "The notice should be a number"),
        ("", "-1", "A budget is zero or more"),
    ] {
        let form = [("month", "2026-03"), ("soft", soft), ("hard", hard)];
        let answer = admin
            .post("/admin/billing/tenants/alder/budget", &form)
            .await;
        assert_eq!(answer.status, 400, "{soft} {hard}");
        assert!(answer.text.contains(words), "{words}: {}", answer.text);
        assert!(answer.text.contains(&format!("value=\"{soft}{hard}\"")) || soft == "30");
    }
    assert_eq!(admin.get("/admin/billing/tenants/nobody").await.status, 404);
    assert_eq!(
        admin.get("/admin/billing/tenants/No-Body").await.status,
        404
    );
}

#[tokio::test]
async fn what_is_stored_is_measured_once_a_day_and_months_are_there_before_they_begin() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    portal.onboard("birch").await;
    alder.reports("north", "2026-03-01", &[5; 30]).await;
    for _ in 0..2 {
        upkeep::once(
            &portal.app.pools,
            &portal.app.clock,
            chrono::Months::new(24),
        )
        .await
        .expect("done");
    }
    portal.wait(chrono::TimeDelta::days(1));
    upkeep::once(
        &portal.app.pools,
        &portal.app.clock,
        chrono::Months::new(24),
    )
    .await
    .expect("done");
    let rows: Vec<(String, chrono::NaiveDate, i64, rust_decimal::Decimal)> = sqlx::query_as(
        "select tenant_id, date, events, cost_units from usage_days where event_type = 'data_stored' order by 1, 2",
    )
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("days");
    assert_eq!(rows.len(), 4, "{rows:?}");
    assert!(rows.iter().all(|row| row.2 == 1));
    // Thirty rows of about a hundred bytes, in megabytes; and the baseline of a department without any.
    let (alders, birchs) = (rows[0].3, rows[2].3);
    assert!(
        alders - birchs > decimal("0.001") && alders - birchs < decimal("0.02"),
        "{alders} {birchs}"
    );
    assert!(
        alder
            .statement(month("2026-04"))
            .await
            .lines
            .iter()
            .any(|line| line.event_type.as_deref() == Some("data_stored"))
    );
}

#[tokio::test]
async fn anothers_id_in_what_is_asked_gets_ones_own_and_a_key_that_may_not_read_gets_nothing() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    alder.uses("run:1", run(1_000_000), Outcome::Done).await;
    birch.uses("run:1", run(77_000_000), Outcome::Done).await;
    let mut person = alder.epidemiologist().await;
    for path in [
        "/usage/statement.csv",
        "/usage/daily.csv",
        "/usage/statement",
    ] {
        let own = person.get(path).await;
        for more in [
            "tenant=birch",
            "tenant_id=birch",
            "month=2026-03&tenant=birch",
        ] {
            let asked = person.get(&format!("{path}?{more}")).await;
            assert_eq!(asked.status, 200, "{path}?{more}");
            if path.ends_with(".csv") {
                assert_eq!(asked.text, own.text, "{path}?{more}");
            }
            assert!(
                !asked.text.contains("birch") && !asked.text.contains("7700000"),
                "{path}?{more}"
            );
        }
    }
    let writes = crate::access::Scopes::parse(["write"]).expect("a scope");
    let (_, key) = portal.issue("alder", writes).await;
    for path in ["/usage/statement.csv", "/usage/daily.csv"] {
        let answer = portal.browser().get_with_key(path, &key).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(!answer.text.contains("enkf_run"), "{path}");
    }
}

#[tokio::test]
async fn no_bill_is_made_for_a_department_there_is_not() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut admin = portal.admin().await;
    for tenant in ["nobody", "Alder", "alder%20", "..%2Falder"] {
        for (deed, fields) in [
            ("plan", vec![("plan", "standard"), ("from", "2026-05")]),
            ("budget", vec![("soft", "1")]),
            (
                "corrections",
                vec![
                    ("month", "2026-03"),
                    ("line", "1"),
                    ("amount", "0"),
                    ("reason", "x"),
                ],
            ),
        ] {
            // What the form says of a department is not asked.
            let fields = [fields, vec![("tenant", "alder"), ("tenant_id", "alder")]].concat();
            let answer = admin
                .post(&format!("/admin/billing/tenants/{tenant}/{deed}"), &fields)
                .await;
            assert_eq!(answer.status, 404, "{tenant} {deed}: {}", answer.text);
        }
    }
    let written = "select (select count(*) from budgets) + (select count(*) from tenant_plans)
        + (select count(*) from corrections)";
    let written = crate::tests::behind::count(&mut portal.owner().await, written).await;
    assert_eq!(written.expect("rows"), 0);
}
