//! Sending observations.

use serde_json::{Value, json};

use crate::tests::portal::{Answer, Department, TestPortal};

const PATH: &str = "/api/v1/observations";

async fn send(
    department: &Department<'_>,
    query: &str,
    headers: &[(&str, &str)],
    body: impl Into<Vec<u8>>,
) -> Answer {
    let mut all = vec![("content-type", "text/csv")];
    all.extend(headers);
    let kind = headers.iter().any(|(name, _)| *name == "content-type");
    let headers = if kind { headers } else { &all };
    let mut program = department.portal().browser();
    program
        .hand_in(
            "POST",
            &format!("{PATH}{query}"),
            Some(&department.key),
            headers,
            body.into(),
        )
        .await
}

/// The numbers that the department knows now.
async fn known(department: &Department<'_>) -> Vec<Value> {
    let mut program = department.portal().browser();
    let page = program.get_with_key(PATH, &department.key).await.json();
    let rows = page["observations"].as_array().expect("rows");
    rows.iter().map(|row| row["new_cases"].clone()).collect()
}

async fn alder_with_north(portal: &TestPortal) -> Department<'_> {
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-01", &[1]).await;
    alder
}

#[tokio::test]
async fn what_is_sent_is_stored_with_a_report() {
    let portal = TestPortal::start().await;
    let alder = alder_with_north(&portal).await;
    let file =
        "date,location_id,new_cases\n2026-03-01,north,5\n2026-03-02,north,6\n2026-02-30,north,7\n";
    let tried = send(&alder, "?dry_run=true", &[], file).await;
    assert_eq!(tried.status, 200, "{}", tried.text);
    assert_eq!(tried.json()["outcome"], "dry_run");
    assert_eq!(known(&alder).await, [json!(1)]);
    let answer = send(&alder, "", &[], file).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    for (report, outcome) in [(tried.json(), "dry_run"), (answer.json(), "stored")] {
        assert_eq!(report["outcome"], outcome);
        assert_eq!(report["as_of"], "2026-03-31");
        assert_eq!(report["new"], 1);
        assert_eq!(report["changed"], 1);
        assert_eq!(report["refused"], 1);
        assert_eq!(report["codes"]["invalid_date"], 1);
        assert_eq!(report["problems"][0]["line"], 4);
        assert_eq!(report["obstacle"], Value::Null);
    }
    assert_eq!(known(&alder).await, [json!(5), json!(6)]);
}

#[tokio::test]
async fn json_says_the_same_as_a_file() {
    let portal = TestPortal::start().await;
    let alder = alder_with_north(&portal).await;
    let as_json = [("content-type", "application/json; charset=utf-8")];
    let body = json!({"observations": [
        {"location_id": "north", "date": "2026-03-02", "new_cases": 9},
        {"location_id": "north", "date": "2026-03-03", "new_cases": null},
    ]});
    let answer = send(&alder, "", &as_json, body.to_string()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(known(&alder).await, [json!(1), json!(9), Value::Null]);
    for (body, named) in [
        ("{", "EOF"),
        ("[]", "expected"),
        (
            r#"{"observations": [{"location_id": "north", "date": "2026-03-02"}]}"#,
            "new_cases",
        ),
        // An array is no object, though it has what the fields want.
        (r#"[[]]"#, "expected an object"),
        (
            r#"{"observations": [["north", "2026-03-02", 9]]}"#,
            "expected an object",
        ),
        (
            r#"{"observations": [{"location_id": "north", "date": "2026-03-02", "new_cases": 1, "tenant_id": "birch"}]}"#,
            "tenant_id",
        ),
        (
            r#"{"observations": [{"location_id": "north", "date": "yesterday", "new_cases": 1}]}"#,
            "line 1",
        ),
    ] {
        let refused = send(&alder, "", &as_json, body).await.problem(422);
        assert!(refused.contains(named), "{body}: {refused}");
    }
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_with_the_report() {
    let portal = TestPortal::start().await;
    let alder = alder_with_north(&portal).await;
    for (file, named) in [
        ("", "empty"),
        ("date,location_id,new_cases\n", "row"),
        (
            "date,location_id,new_cases\n2026-03-02,nowhere,6\n",
            "none of its rows",
        ),
        (
            "date,location_id,new_cases\n2026-03-02,north,-6\n",
            "none of its rows",
        ),
    ] {
        let answer = send(&alder, "", &[], file).await;
        let detail = answer.problem(422);
        assert!(detail.contains(named), "{file}: {detail}");
        assert_eq!(answer.json()["report"]["outcome"], "refused", "{file}");
    }
    let known_already = "date,location_id,new_cases\n2026-03-01,north,1\n";
    assert!(
        send(&alder, "", &[], known_already)
            .await
            .problem(409)
            .contains("known already")
    );
    let corrected = "date,location_id,new_cases\n2026-03-02,north,-6\n";
    assert_eq!(
        send(&alder, "?corrections=true", &[], corrected)
            .await
            .status,
        201
    );
    assert_eq!(known(&alder).await, [json!(1), json!(-6)]);
}

/// What a file leaves open is asked, and answered by a parameter.
#[tokio::test]
async fn a_question_names_the_parameter_that_answers_it() {
    let portal = TestPortal::start().await;
    let alder = alder_with_north(&portal).await;
    let file = "date,location_id,new_cases\n03/02/2026,north,6\n04/02/2026,north,7\n";
    let asked = send(&alder, "", &[], file).await;
    asked.problem(422);
    let question = asked.json()["report"]["questions"][0].clone();
    assert_eq!(question["parameter"], "date_form", "{question}");
    let answer = question["answers"][0]["value"]
        .as_str()
        .expect("an answer")
        .to_owned();
    let stored = send(&alder, &format!("?date_form={answer}"), &[], file).await;
    assert_eq!(stored.status, 201, "{}", stored.text);
    let wrong = send(&alder, "?date_form=upside_down", &[], file).await;
    assert!(wrong.problem(422).contains("date_form"));
}

#[tokio::test]
async fn a_request_repeated_under_its_key_is_stored_once() {
    let portal = TestPortal::start().await;
    let alder = alder_with_north(&portal).await;
    let file = "date,location_id,new_cases\n2026-03-02,north,6\n";
    let key = [("idempotency-key", "monday-1")];
    let first = send(&alder, "", &key, file).await;
    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = send(&alder, "", &key, file).await;
    assert_eq!(again.status, 201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(first.json(), again.json());
    let other = "date,location_id,new_cases\n2026-03-02,north,7\n";
    assert!(
        send(&alder, "", &key, other)
            .await
            .problem(422)
            .contains("something else")
    );
    assert_eq!(known(&alder).await, [json!(1), json!(6)]);
    // Another department's keys are its own.
    let birch = portal.onboard("birch").await;
    birch.reports("north", "2026-03-01", &[3]).await;
    let theirs = send(&birch, "", &key, file).await;
    assert_eq!(
        (
            theirs.status.as_u16(),
            theirs.header("idempotency-replayed")
        ),
        (201, "")
    );
    for bad in ["", "two words", &"x".repeat(201)] {
        let bad = [("idempotency-key", bad)];
        assert!(
            send(&alder, "", &bad, file)
                .await
                .problem(422)
                .contains("Idempotency-Key")
        );
    }
}

/// A process that died between two steps left an upload that nobody decided on.
#[tokio::test]
async fn what_was_begun_and_not_decided_is_begun_again() {
    let portal = TestPortal::start().await;
    let alder = alder_with_north(&portal).await;
    for (place, status) in ["receiving", "received", "checked"].into_iter().enumerate() {
        let name = format!("cut-{place}");
        let mut tx = alder.begin().await;
        let (tenant, connection) = tx.parts();
        sqlx::query(
            "insert into uploads
                 (tenant_id, upload_no, status, source, file_name, as_of, received_at, received_by, idempotency_key)
             select $1, max(upload_no) + 1, $2, 'api', 'x', '2026-03-31', '2026-03-31', 'test', $3
             from uploads where tenant_id = $1",
        )
        .bind(tenant)
        .bind(status)
        .bind(&name)
        .execute(&mut *connection)
        .await
        .expect("an upload");
        sqlx::query(
            "insert into upload_chunks (tenant_id, upload_no, chunk_no, bytes)
             select $1, max(upload_no), 1, 'date,location_id,new_cases' from uploads where tenant_id = $1",
        )
        .bind(tenant)
        .execute(connection)
        .await
        .expect("a piece");
        tx.commit().await.expect("committed");
        let file = format!(
            "date,location_id,new_cases\n2026-03-0{},north,6\n",
            place + 2
        );
        let answer = send(&alder, "", &[("idempotency-key", &name)], file).await;
        assert_eq!(answer.status, 201, "{status}: {}", answer.text);
        assert_eq!(known(&alder).await.len(), place + 2, "{status}");
    }
}

#[tokio::test]
async fn sending_takes_its_scope_and_a_form_that_is_read() {
    let portal = TestPortal::start().await;
    let alder = alder_with_north(&portal).await;
    let refused = send(&alder, "", &[("content-type", "application/pdf")], "x").await;
    assert!(refused.problem(415).contains("text/csv"));
    for (query, named) in [
        ("?as_of=2026-04-01", "as_of"),
        ("?dry_run=maybe", "dry_run"),
        ("?tenant=birch", "tenant"),
    ] {
        assert!(
            send(&alder, query, &[], "x")
                .await
                .problem(422)
                .contains(named),
            "{query}"
        );
    }
    sqlx::raw_sql(
        "alter table api_keys no force row level security;
         update api_keys set scopes = '{read}';
         alter table api_keys force row level security",
    )
    .execute(&mut portal.owner().await)
    .await
    .expect("changed");
    let refused = send(
        &alder,
        "",
        &[],
        "date,location_id,new_cases\n2026-03-02,north,6\n",
    )
    .await;
    assert!(refused.problem(403).contains("the scope write"));
    assert_eq!(known(&alder).await, [json!(1)]);
}
