//! Whole requests, dropped at every point at which they can wait.

use axum::http::StatusCode;
use chrono::TimeDelta;
use uuid::Uuid;

use super::{
    Next, ROUNDS,
    dropping::{ENDLESS, MOMENTS, Statements, dropped_after, left_behind},
};
use crate::{
    Config,
    database::Guard,
    tests::portal::{Browser, PASSWORD, TestPortal},
};

/// Requests that between them wear every hat, and read and write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Cases,
    AllDepartments,
    FileWithKey,
    SignIn,
    Onboard,
}

/// Who asks.
struct People {
    nobody: Browser,
    epidemiologist: Browser,
    staff: Browser,
    admin: Browser,
    key: String,
}

impl People {
    async fn ask(&self, ask: Ask, attempt: usize) -> StatusCode {
        let answer = match ask {
            Ask::Cases => self.epidemiologist.clone().get("/").await,
            Ask::AllDepartments => self.admin.clone().get("/admin").await,
            Ask::FileWithKey => {
                let mut program = self.nobody.clone();
                program.get_with_key("/data/daily.csv", &self.key).await
            }
            Ask::SignIn => {
                let form = [("email", "epi@alder.example"), ("password", PASSWORD)];
                self.nobody.clone().post("/login", &form).await
            }
            Ask::Onboard => {
                let form = [
                    ("tenant", &*format!("cedar-{attempt}")),
                    ("name", "Cedar"),
                    ("contact", "contact@cedar.example"),
                    ("submission", &Uuid::new_v4().to_string()),
                ];
                self.staff.clone().post("/admin/onboard", &form).await
            }
        };
        answer.status
    }
}

/// Drops requests everywhere, as the server does when a browser goes away. Says what was left
/// behind and how many acknowledged rows were lost.
async fn drop_requests(guard: Guard, size: u32, asks: &[Ask]) -> (Vec<String>, i64) {
    let small = |config| Config {
        pool_size: size,
        ..config
    };
    let portal = TestPortal::start_guarded(small, guard).await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    alder.reports("north", "2026-03-01", &[4, 5, 6]).await;
    let people = People {
        nobody: portal.browser(),
        epidemiologist: alder.epidemiologist().await,
        staff: portal.onboarding_staff().await,
        admin: portal.admin().await,
        key: alder.key.clone(),
    };
    let mut next = Next {
        pools: &portal.app.pools,
        tenant: &birch.tenant,
        acknowledged: 0,
    };
    let mut found = left_behind(&portal.app.pools, Statements::New).await;
    let mut attempts = 0;
    for (ask, moment) in asks
        .iter()
        .flat_map(|ask| MOMENTS.map(|moment| (*ask, moment)))
    {
        for polls in 0..=ENDLESS {
            attempts += 1;
            let status = dropped_after(polls, moment, people.ask(ask, attempts)).await;
            found.extend(left_behind(&portal.app.pools, Statements::New).await);
            next.works().await;
            if let Some(status) = status {
                let good = status.is_success() || status.is_redirection();
                assert!(good, "{ask:?}: {status}");
                break;
            }
            assert_ne!(polls, ENDLESS, "{ask:?} never ends");
        }
        // What is written once a minute, of a session and of a key, is written again.
        portal.wait(TimeDelta::seconds(61));
    }
    assert_whole(&portal).await;
    (found, next.lost(&portal).await)
}

/// A department that was being brought on when the browser went away is on board with all
/// that belongs to it, or not at all.
async fn assert_whole(portal: &TestPortal) {
    let parts: Vec<(String, i64, i64, i64, i64)> = sqlx::query_as(
        "select tenant_id,
            (select count(*) from api_keys k where k.tenant_id = t.tenant_id),
            (select count(*) from model_states s where s.tenant_id = t.tenant_id),
            (select count(*) from invitations i where i.tenant_id = t.tenant_id),
            (select count(*) from audit a where a.tenant_id = t.tenant_id and action = 'tenant.onboarded')
         from (
            select tenant_id from tenants union select tenant_id from api_keys
            union select tenant_id from model_states union select tenant_id from invitations
         ) t",
    )
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("rows");
    assert!(parts.len() >= 2);
    for (tenant, keys, states, invitations, lines) in parts {
        assert_eq!((keys, states, invitations, lines), (1, 1, 1, 1), "{tenant}");
    }
}

#[tokio::test]
async fn a_request_dropped_anywhere_leaves_nothing_behind() {
    let asks = [
        Ask::Cases,
        Ask::AllDepartments,
        Ask::FileWithKey,
        Ask::SignIn,
        Ask::Onboard,
    ];
    for size in [1, 2] {
        let (found, lost) = drop_requests(Guard::On, size, &asks).await;
        assert_eq!((found, lost), (vec![], 0), "with {size} connections");
    }
}

#[tokio::test]
async fn without_the_guard_a_dropped_page_leaves_a_transaction_open() {
    let open = "Tenant: an open transaction".to_owned();
    for _ in 0..ROUNDS {
        let (found, _) = drop_requests(Guard::Off, 1, &[Ask::Cases]).await;
        if found.contains(&open) {
            return;
        }
    }
    panic!("{open} was not found in {ROUNDS} rounds");
}
