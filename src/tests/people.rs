//! Leads let their own department's people in and shut them out, administrators the staff; and nobody
//! makes anything of themselves.

use std::time::Duration;

use axum::http::StatusCode;
use chrono::TimeDelta;
use uuid::Uuid;

use super::{
    behind::{NOT_ALLOWED, attempt, refusal},
    portal::{Answer, Browser, PASSWORD, TestPortal},
};
use crate::{
    access::{
        people::{Change, change},
        user::NewRole,
    },
    database::Hat,
    tenancy::TenantId,
};

pub(super) const LEAD: &str = "lead@alder.example";
const EPI: &str = "epi@alder.example";
pub(super) const NEW: &str = "seventeen small boats";

/// A portal where alder has a lead and an epidemiologist, and the lead signed in.
async fn led() -> (TestPortal, Browser) {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let alder = TenantId::parse("alder").expect("an id");
    portal.add_person(LEAD, NewRole::Lead(alder)).await;
    let lead = portal.signed_in(LEAD).await;
    (portal, lead)
}

async fn id_of(portal: &TestPortal, email: &str) -> Uuid {
    sqlx::query_scalar("select user_id from users where email = $1")
        .bind(email)
        .fetch_one(&mut portal.owner().await)
        .await
        .expect("somebody")
}

/// The path of the invitation that a page shows once.
pub(super) fn link(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let link = answer.between("id=\"invitation\" class=\"selectable\">", "<");
    let (_, path) = link.split_once("/invitation/").expect("a link");
    format!("/invitation/{path}")
}

pub(super) async fn accept(portal: &TestPortal, path: &str) -> Answer {
    let fields = [("name", "New Colleague"), ("password", NEW)];
    portal.browser().post(path, &fields).await
}

pub(super) async fn sign_in(portal: &TestPortal, email: &str, password: &str) -> (Browser, Answer) {
    let mut browser = portal.browser();
    let fields = [("email", email), ("password", password)];
    let answer = browser.post("/login", &fields).await;
    (browser, answer)
}

#[tokio::test]
async fn a_lead_invites_a_colleague_who_is_in_once_and_for_this_department() {
    let (portal, mut lead) = led().await;
    let fields = [("email", " New@Alder.example "), ("lead", "")];
    let shown = lead.post("/people/invitations", &fields).await;
    let path = link(&shown);
    let people = lead.get("/people").await.text;
    assert!(people.contains("new@alder.example") && people.contains("Take back"));
    assert!(!people.contains(&path), "the link is shown again");
    let page = portal.browser().get(&path).await.text;
    assert!(page.contains("Join alder health department"), "{page}");
    assert_eq!(accept(&portal, &path).await.location(), "/login");
    assert_eq!(accept(&portal, &path).await.status, StatusCode::NOT_FOUND);
    let (mut colleague, _) = sign_in(&portal, "new@alder.example", NEW).await;
    assert_eq!(colleague.get("/").await.status, StatusCode::OK);
    // Not a lead, and so lets nobody in.
    let refused = colleague.post("/people/invitations", &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(
        !colleague
            .get("/people")
            .await
            .text
            .contains("Invite a colleague")
    );
    let recorded = lead.get("/audit?q=invitation").await.text;
    assert!(recorded.contains("invitation.sent") && recorded.contains("invitation.accepted"));
}

#[tokio::test]
async fn an_invitation_that_was_taken_back_or_has_expired_lets_nobody_in() {
    let (portal, mut lead) = led().await;
    let fields = [("email", "new@alder.example"), ("lead", "on")];
    let path = link(&lead.post("/people/invitations", &fields).await);
    let people = lead.get("/people").await.text;
    let revoke = people
        .split("action=\"")
        .filter_map(|rest| rest.split('"').next())
        .filter(|action| action.ends_with("/revoke"))
        .map(str::to_owned)
        .collect::<Vec<_>>();
    for action in revoke {
        assert_eq!(lead.post(&action, &[]).await.location(), "/people");
    }
    assert_eq!(
        portal.browser().get(&path).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(accept(&portal, &path).await.status, StatusCode::NOT_FOUND);
    let late = link(&lead.post("/people/invitations", &fields).await);
    portal.wait(chrono::TimeDelta::days(15));
    assert_eq!(accept(&portal, &late).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_lead_invites_a_hundred_a_day_and_not_the_world() {
    let (portal, mut lead) = led().await;
    let earlier = "insert into invitations (tenant_id, invitation_id, email, role, token_hash, invited_by, created_at,
            expires_at, revoked_at)
        select 'alder', gen_random_uuid(), n || '@alder.example', 'epidemiologist', sha256(n::text::bytea), 'x',
            now, now + interval '14 days', now
        from generate_series(1, 98) n, (select max(created_at) as now from invitations) i";
    attempt(&mut portal.owner().await, earlier)
        .await
        .expect("invited and taken back");
    // The contact's, these and one more.
    let invite = |email| [("email", email)];
    let hundredth = lead
        .post("/people/invitations", &invite("a@b.example"))
        .await;
    assert_eq!(hundredth.status, StatusCode::OK);
    let one_more = lead
        .post("/people/invitations", &invite("c@b.example"))
        .await;
    assert_eq!(one_more.status, StatusCode::BAD_REQUEST);
    assert!(one_more.text.contains("100 people were invited"));
    assert!(
        one_more.text.contains("c@b.example"),
        "what was typed is lost"
    );
    // Another department's are counted by themselves, whatever the form says.
    portal.onboard("birch").await;
    let birch = TenantId::parse("birch").expect("an id");
    portal
        .add_person("lead@birch.example", NewRole::Lead(birch))
        .await;
    let mut other = portal.signed_in("lead@birch.example").await;
    let fields = [("email", "d@b.example"), ("tenant_id", "alder")];
    let invited = other.post("/people/invitations", &fields).await;
    assert_eq!(invited.status, StatusCode::OK, "{}", invited.text);
    portal.wait(TimeDelta::hours(25));
    let (mut lead, _) = sign_in(&portal, LEAD, PASSWORD).await;
    let tomorrow = lead
        .post("/people/invitations", &invite("c@b.example"))
        .await;
    assert_eq!(tomorrow.status, StatusCode::OK);
}

#[tokio::test]
async fn a_lead_who_was_invited_as_one_leads() {
    let (portal, mut lead) = led().await;
    let fields = [("email", "second@alder.example"), ("lead", "on")];
    let path = link(&lead.post("/people/invitations", &fields).await);
    accept(&portal, &path).await;
    let (mut second, _) = sign_in(&portal, "second@alder.example", NEW).await;
    assert!(
        second
            .get("/people")
            .await
            .text
            .contains("Invite a colleague")
    );
}

#[tokio::test]
async fn whoever_is_removed_is_out_at_once_and_stays_out_when_let_in_again_until_they_sign_in() {
    let (portal, mut lead) = led().await;
    let mut epi = portal.signed_in(EPI).await;
    let base = format!("/people/{}", id_of(&portal, EPI).await);
    assert_eq!(
        lead.post(&format!("{base}/remove"), &[]).await.location(),
        "/people"
    );
    assert_eq!(epi.get("/").await.location(), "/login");
    let (_, answer) = sign_in(&portal, EPI, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(lead.get("/people").await.text.contains("Let in again"));
    // Twice is once.
    let again = lead.post(&format!("{base}/remove"), &[]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let role = lead.post(&format!("{base}/make-lead"), &[]).await;
    assert_eq!(
        role.status,
        StatusCode::NOT_FOUND,
        "somebody who is out leads"
    );
    lead.post(&format!("{base}/readmit"), &[]).await;
    assert_eq!(
        epi.get("/").await.location(),
        "/login",
        "the old session lives again"
    );
    let (_, answer) = sign_in(&portal, EPI, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn another_role_signs_its_person_out_everywhere() {
    let (portal, mut lead) = led().await;
    let mut epi = portal.signed_in(EPI).await;
    let base = format!("/people/{}", id_of(&portal, EPI).await);
    lead.post(&format!("{base}/make-lead"), &[]).await;
    assert_eq!(epi.get("/").await.location(), "/login");
    let mut epi = portal.signed_in(EPI).await;
    assert!(epi.get("/people").await.text.contains("Invite a colleague"));
    lead.post(&format!("{base}/end-lead"), &[]).await;
    assert_eq!(epi.get("/").await.location(), "/login");
}

#[tokio::test]
async fn the_last_lead_stays_even_when_two_remove_each_other_at_once() {
    let (portal, mut lead) = led().await;
    let own = format!("/people/{}", id_of(&portal, LEAD).await);
    for deed in ["remove", "end-lead"] {
        let refused = lead.post(&format!("{own}/{deed}"), &[]).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(
            refused.text.contains("keeps one lead at least"),
            "{}",
            refused.text
        );
    }
    let (first, second) = (id_of(&portal, LEAD).await, id_of(&portal, EPI).await);
    lead.post(&format!("/people/{second}/make-lead"), &[]).await;
    let (alder, now) = (portal.known("alder"), portal.app.clock.now());
    let (mut by_first, mut by_second) = (alder.begin().await, alder.begin().await);
    change(&mut by_first, second, Change::Remove, LEAD, now)
        .await
        .expect("removed");
    // The other one waits for that to be done, and then is not a lead who is there any more.
    let mut removal = Box::pin(change(&mut by_second, first, Change::Remove, EPI, now));
    let waited = tokio::time::timeout(Duration::from_secs(1), &mut removal).await;
    assert!(waited.is_err(), "each removes the other");
    by_first.commit().await.expect("committed");
    removal.await.expect_err("the last lead");
    let left: i64 =
        sqlx::query_scalar("select count(*) from memberships where lead and removed_at is null")
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("a count");
    assert_eq!(left, 1);
}

#[tokio::test]
async fn a_lead_reaches_nobody_of_another_department() {
    let (portal, mut lead) = led().await;
    portal.onboard("birch").await;
    let mut epi = portal.signed_in("epi@birch.example").await;
    let theirs = id_of(&portal, "epi@birch.example").await;
    for deed in ["remove", "make-lead", "end-lead", "readmit"] {
        let answer = lead.post(&format!("/people/{theirs}/{deed}"), &[]).await;
        let nobody = lead
            .post(&format!("/people/{}/{deed}", Uuid::nil()), &[])
            .await;
        assert_eq!(
            (answer.status, &answer.text),
            (StatusCode::NOT_FOUND, &nobody.text)
        );
    }
    let invitation: Uuid =
        sqlx::query_scalar("select invitation_id from invitations where tenant_id = 'birch'")
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("an invitation");
    let answer = lead
        .post(&format!("/people/invitations/{invitation}/revoke"), &[])
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(!lead.get("/people").await.text.contains("birch"));
    assert_eq!(epi.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_administrator_lets_staff_in_changes_them_and_shuts_them_out() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut admin = portal.admin().await;
    let fields = [("email", "new@cordon.example"), ("role", "onboarding")];
    let path = link(&admin.post("/admin/staff/invitations", &fields).await);
    let page = portal.browser().get(&path).await.text;
    assert!(
        page.contains("Join the staff of Cordon") && page.contains("second factor"),
        "{page}"
    );
    accept(&portal, &path).await;
    let (mut staff, _) = sign_in(&portal, "new@cordon.example", NEW).await;
    assert_eq!(
        staff.get("/admin/tenants").await.location(),
        "/account/second-factor"
    );
    portal
        .set_up_second_factor(&mut staff, "new@cordon.example")
        .await;
    assert_eq!(staff.get("/admin/tenants").await.status, StatusCode::OK);
    assert_eq!(staff.get("/admin").await.status, StatusCode::NOT_FOUND);
    let base = format!(
        "/admin/staff/{}",
        id_of(&portal, "new@cordon.example").await
    );
    admin.post(&format!("{base}/make-admin"), &[]).await;
    assert_eq!(
        staff.get("/admin/tenants").await.location(),
        "/login?next=%2Fadmin%2Ftenants"
    );
    admin.post(&format!("{base}/disable"), &[]).await;
    let (_, answer) = sign_in(&portal, "new@cordon.example", NEW).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    admin.post(&format!("{base}/enable"), &[]).await;
    let (_, answer) = sign_in(&portal, "new@cordon.example", NEW).await;
    assert_eq!(answer.location(), "/login/second");
    let own = format!(
        "/admin/staff/{}",
        id_of(&portal, "admin@cordon.example").await
    );
    admin.post(&format!("{base}/disable"), &[]).await;
    for deed in ["disable", "make-onboarding"] {
        let refused = admin.post(&format!("{own}/{deed}"), &[]).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(
            refused.text.contains("keeps one administrator at least"),
            "{}",
            refused.text
        );
    }
    let recorded = admin.get("/admin/audit?of=platform").await.text;
    for action in [
        "invitation.sent",
        "invitation.accepted",
        "user.role_changed",
        "user.disabled",
        "user.enabled",
    ] {
        assert!(recorded.contains(action), "{action}");
    }
}

#[tokio::test]
async fn an_invitation_makes_nobody_more_than_it_says() {
    let (portal, mut lead) = led().await;
    let fields = [
        ("email", "new@alder.example"),
        ("lead", ""),
        ("role", "admin"),
    ];
    let path = link(&lead.post("/people/invitations", &fields).await);
    let answer = portal
        .browser()
        .post(
            &path,
            &[
                ("name", "New"),
                ("password", NEW),
                ("role", "admin"),
                ("lead", "on"),
                ("email", "admin@cordon.example"),
                ("tenant", "birch"),
            ],
        )
        .await;
    assert_eq!(answer.location(), "/login");
    let made: (String, String, bool) = sqlx::query_as(
        "select role, tenant_id, lead from users join memberships using (user_id) where email = 'new@alder.example'",
    )
    .fetch_one(&mut portal.owner().await)
    .await
    .expect("somebody");
    assert_eq!(made, ("epidemiologist".into(), "alder".into(), false));
    // Nor is there a way in the database: by whichever hat.
    for (hat, statement) in [
        (
            Hat::Gate,
            "insert into users values (gen_random_uuid(), 'a@b.example', 'A', '', 'admin', now())",
        ),
        (Hat::Gate, "update users set role = 'admin'"),
        (
            Hat::Gate,
            "insert into memberships select 'alder', user_id, now(), true from users",
        ),
        (Hat::Gate, "update memberships set lead = true"),
        (Hat::Tenant, "update users set role = 'admin'"),
        (Hat::Registrar, "update users set role = 'admin'"),
        (Hat::Registrar, "update memberships set lead = true"),
        (Hat::Operator, "update users set role = 'admin'"),
        (
            Hat::Steward,
            "insert into users values (gen_random_uuid(), 'a@b.example', 'A', '', 'admin', now())",
        ),
        (Hat::Steward, "update users set password_hash = ''"),
        (Hat::Steward, "select from memberships"),
        (Hat::Steward, "select from observations"),
        (Hat::Steward, "select from tenants"),
        (Hat::Steward, "select password_hash from users"),
        (Hat::Steward, "select token_hash from staff_invitations"),
        (Hat::Steward, "select from totp_secrets"),
        (Hat::Steward, "select from sessions"),
    ] {
        let pools = portal.app.pools.each();
        let (_, pool) = pools.iter().find(|(of, _)| *of == hat).expect("a pool");
        let mut tx = pool.begin().await.expect("a transaction");
        if hat == Hat::Tenant {
            let binding = portal.app.pools.binding();
            binding.bind(&mut tx, "alder").await.expect("bound");
        }
        let tried = attempt(&mut tx, statement).await;
        assert_eq!(refusal(tried), NOT_ALLOWED, "{hat:?}: {statement}");
    }
    // An administrator of staff finds no epidemiologist to make anything of.
    let mut tx = portal
        .app
        .pools
        .begin_steward()
        .await
        .expect("a transaction");
    let touched = attempt(
        tx.conn(),
        "update users set role = 'admin' where email = 'epi@alder.example'",
    )
    .await;
    assert_eq!(touched.expect("none"), 0);
}
