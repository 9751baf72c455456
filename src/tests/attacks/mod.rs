//! What an attacker tries: each attack is a sentence, and a test.
//!
//! Alder is where the attacker works, or smuggles statements in; what birch has must stay unknown
//! there.

mod bodies;
mod caches;
mod database;
mod exhaust;
mod injection;
mod leftovers;
mod login;
mod look_alikes;
mod markup;
mod named;
mod names;
mod onboarding;
mod outside;
mod pgbouncer;
mod plans;
mod privilege;
mod sessions;
mod temporary;

use sqlx::{AssertSqlSafe, PgConnection};

use super::{
    behind::tenant_tables,
    portal::{Answer, Department, TestPortal},
};

/// Larger than any page of a small department, in bytes.
const LARGEST_PAGE: usize = 600_000;

/// A place that birch alone has, and what it reports there.
const SECRET_PLACE: &str = "hemlock-hollow";
const SECRET_CASES: [i32; 4] = [1_623, 1_624, 1_625, 1_626];

/// What alder reports.
const OWN_CASES: [i32; 2] = [4_815, 4_816];

/// Birch, and then alder: whoever reads the tables from their beginning comes to birch's rows first.
async fn two_departments(portal: &TestPortal) -> (Department<'_>, Department<'_>) {
    let birch = portal.onboard("birch").await;
    birch
        .reports(SECRET_PLACE, "2026-03-01", &SECRET_CASES)
        .await;
    birch
        .notes("2026-03-02", "Hemlock power cut", Some(SECRET_PLACE), false)
        .await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-01", &OWN_CASES).await;
    (alder, birch)
}

/// What of birch's is told in a text, if anything: a name, or a count that is no part of a longer
/// number or of an id.
fn of_birch(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let counts = SECRET_CASES
        .iter()
        .flat_map(|count| [count.to_string(), format!("1,{}", count % 1_000)])
        .filter(|count| stands_alone(&text, count));
    let names = ["hemlock", "birch"]
        .into_iter()
        .filter(|name| text.contains(name))
        .map(str::to_owned);
    counts.chain(names).next()
}

/// Whether a number is in a text, and no part of a longer one or of an id.
pub fn stands_alone(text: &str, number: &str) -> bool {
    text.match_indices(number).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + number.len()..].chars().next();
        !before.is_some_and(|c| c.is_alphanumeric() || ".-".contains(c))
            && !after.is_some_and(char::is_alphanumeric)
    })
}

/// All that the database says of what was tried, where it refused: its words, the detail, the hint
/// and where it happened.
fn said<T>(outcome: Result<T, sqlx::Error>) -> Option<String> {
    let error = match outcome {
        Ok(_) => return None,
        Err(sqlx::Error::Database(error)) => error,
        Err(error) => panic!("{error}"),
    };
    let error = error.downcast_ref::<sqlx::postgres::PgDatabaseError>();
    Some(format!(
        "{} {}\n{:?}\n{:?}\n{:?}",
        error.code(),
        error.message(),
        error.detail(),
        error.hint(),
        error.r#where()
    ))
}

/// The rows of a query, each as a text.
async fn lines(connection: &mut PgConnection, sql: &str) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_all(connection)
        .await
}

/// A text without what is new each time: the nonce, and a form's own id.
fn plain(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy");
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next());
    let text = answer.text.replace(nonce.unwrap_or("no nonce"), "");
    let mut pieces = text.split("name=\"submission\" value=\"");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        plain += piece.split_once('"').unwrap_or_default().1;
    }
    plain
}

/// Everything that the database holds of a department.
async fn all_of(portal: &TestPortal, tenant: &str) -> String {
    let mut owner = portal.owner().await;
    let mut all = String::new();
    for table in tenant_tables(&mut owner).await {
        if table.starts_with("usage_") {
            continue;
        }
        let rows = format!(
            "select coalesce(string_agg(t::text, E'\\n' order by t::text), '') from {table} t
             where tenant_id = '{tenant}'"
        );
        let rows: String = sqlx::query_scalar(AssertSqlSafe(rows))
            .fetch_one(&mut owner)
            .await
            .expect("rows");
        all.push_str(&format!("{table}:\n{rows}\n"));
    }
    all
}
