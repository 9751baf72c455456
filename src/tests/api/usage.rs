//! Reading the usage.

use serde_json::json;

use crate::tests::portal::TestPortal;

#[tokio::test]
async fn a_department_reads_its_own_usage_by_day() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    let mut program = portal.browser();
    for key in [&alder.key, &alder.key, &birch.key] {
        assert_eq!(
            program.get_with_key("/api/v1/locations", key).await.status,
            200
        );
    }
    let mut usage = program
        .get_with_key("/api/v1/usage", &alder.key)
        .await
        .json();
    // However long it took.
    usage["usage"][0]["duration_ms"] = json!(0);
    assert_eq!(
        usage,
        json!({
            "month": "2026-03", "cost_units": 2.0,
            "usage": [{
                "date": "2026-03-31", "event_type": "api_call", "events": 2, "refused": 0, "failed": 0, "duration_ms": 0, "cost_units": 2.0
            }]
        })
    );
    let before = program
        .get_with_key("/api/v1/usage?month=2026-02", &alder.key)
        .await;
    assert_eq!(before.json()["usage"], json!([]));
    for month in ["2026", "2026-13", "march", ""] {
        let answer = program
            .get_with_key(&format!("/api/v1/usage?month={month}"), &alder.key)
            .await;
        assert!(answer.problem(422).contains("`month`"), "{month}");
    }
}
