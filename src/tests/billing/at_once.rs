//! Two administrators set the same thing at the same moment.

use sqlx::{AssertSqlSafe, Executor as _};

use crate::tests::{
    behind::waiting,
    portal::{Browser, TestPortal},
};

/// What one of them has set and not committed, and what the other then sends where.
struct Case {
    sets: &'static str,
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
}

const CASES: [Case; 3] = [
    Case {
        sets: "insert into tenant_plans values ('alder', '2026-05-01', 1, 'standard', now(), 'x')",
        path: "/admin/billing/tenants/alder/plan",
        fields: &[("plan", "standard"), ("from", "2026-05")],
    },
    Case {
        sets: "insert into budgets (tenant_id, revision, soft, hard, created_at, created_by)
         values ('alder', 1, 5, 10, now(), 'x')",
        path: "/admin/billing/tenants/alder/budget",
        fields: &[("soft", "7.5"), ("hard", "12.25")],
    },
    Case {
        sets: "insert into price_lists (plan_id, valid_from, revision, currency, minimum, refused_share,
            failed_share, created_at, created_by)
         values ('standard', '2026-05-01', 1, 'CAD', 1, 0, 0, now(), 'x')",
        path: "/admin/billing/prices",
        fields: &[
            ("plan", "standard"),
            ("from", "2026-05"),
            ("currency", "CAD"),
            ("minimum", "12.25"),
            ("refused", "50"),
            ("failed", "0"),
            ("api_call_price", "0.10"),
        ],
    },
];

#[tokio::test]
async fn of_two_who_set_the_same_at_once_the_second_is_told_and_loses_nothing_typed() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut admin: Browser = portal.admin().await;
    let (mut other, mut owner) = (portal.owner().await, portal.owner().await);
    for Case { sets, path, fields } in CASES {
        other
            .execute(AssertSqlSafe(format!("begin; {sets}")))
            .await
            .expect(path);
        let (told, ()) = tokio::join!(admin.post(path, fields), async {
            waiting(&mut owner).await;
            other.execute("commit").await.expect("committed");
        });
        assert_eq!(told.status, 400, "{path}: {}", told.text);
        assert!(told.text.contains("Somebody else has set this"), "{path}");
        for (name, typed) in fields {
            assert!(told.text.contains(typed), "{path} lost {name}");
        }
        let again = admin.post(path, fields).await;
        assert_eq!(again.status, 303, "{path}: {}", again.text);
    }
}
