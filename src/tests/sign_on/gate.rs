//! What the database lets the gate do about people who sign on, and what it does not.

use super::Scene;
use crate::{
    access::user::NewRole,
    database::Hat,
    tests::behind::{NOT_ALLOWED, attempt, refusal},
};

#[tokio::test]
async fn the_gate_adds_nobody_to_a_department_but_by_its_own_sign_on() {
    let scene = Scene::new().await;
    scene.portal.onboard("birch").await;
    scene
        .portal
        .add_person("admin@cordon.example", NewRole::Admin)
        .await;
    let issuer = scene.issuer.url("alder");
    let link = |tenant: &str, issuer: &str, whom: &str| {
        format!(
            "insert into sign_on_links select '{tenant}', '{issuer}', 'x', user_id, now() from users
             where email = '{whom}'"
        )
    };
    let new = "insert into users values (gen_random_uuid(), 'new@alder.example', 'New', '', 'epidemiologist', now())";
    let join = |tenant: &str, whom: &str, lead: bool| {
        format!(
            "insert into memberships (tenant_id, user_id, created_at, lead)
             select '{tenant}', user_id, now(), {lead} from users where email = '{whom}'"
        )
    };
    let somebody = "new@alder.example";
    let good = [
        new.to_owned(),
        link("alder", &issuer, somebody),
        join("alder", somebody, false),
    ];
    for (statements, allowed) in [
        (good.to_vec(), true),
        // Without a link; by a link to another issuer; as a lead, which the provider does not say.
        (vec![new.to_owned(), join("alder", somebody, false)], false),
        (
            vec![
                new.to_owned(),
                link("alder", "https://x.example", somebody),
                join("alder", somebody, false),
            ],
            false,
        ),
        (
            vec![
                new.to_owned(),
                link("alder", &issuer, somebody),
                join("alder", somebody, true),
            ],
            false,
        ),
        // Somebody of another department, and staff.
        (
            vec![
                link("alder", &issuer, "epi@birch.example"),
                join("alder", "epi@birch.example", false),
            ],
            false,
        ),
        (
            vec![
                link("alder", &issuer, "admin@cordon.example"),
                join("alder", "admin@cordon.example", false),
            ],
            false,
        ),
        // Into a department whose people do not sign on so.
        (
            vec![
                new.to_owned(),
                link("birch", &issuer, somebody),
                join("birch", somebody, false),
            ],
            false,
        ),
    ] {
        let mut tx = scene
            .portal
            .app
            .pools
            .begin_gate()
            .await
            .expect("a transaction");
        let (last, before) = statements.split_last().expect("statements");
        for statement in before {
            attempt(tx.conn(), statement).await.expect("done");
        }
        let outcome = refusal(attempt(tx.conn(), last).await);
        assert_eq!(
            outcome,
            if allowed { "" } else { NOT_ALLOWED },
            "{statements:?}"
        );
    }
    // And nobody but the gate reads what a department's secret is sealed as.
    for hat in Hat::ALL.into_iter().filter(|hat| *hat != Hat::Gate) {
        let pools = scene.portal.app.pools.each();
        let (_, pool) = pools.iter().find(|(of, _)| *of == hat).expect("a pool");
        let mut tx = pool.begin().await.expect("a transaction");
        if hat == Hat::Tenant {
            let binding = scene.portal.app.pools.binding();
            binding.bind(&mut tx, "alder").await.expect("bound");
        }
        let read = attempt(&mut tx, "select sealed_secret from sign_ons").await;
        assert_eq!(refusal(read), NOT_ALLOWED, "{hat:?}");
    }
}
