//! What the tests ask the database itself.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, PgConnection};

/// Every table of the schema.
pub async fn tables(owner: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "select relname::text from pg_class
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
             and relname <> '_sqlx_migrations'
         order by 1",
    )
    .fetch_all(owner)
    .await
    .expect("tables")
}

/// Every table with tenants' rows that departments may read. It comes from the catalogue, so
/// that a new table is among them.
pub async fn tenant_tables(owner: &mut PgConnection) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.relname::text
         from pg_class c
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
             and has_any_column_privilege('cordon_tenant', c.oid, 'select')
         order by 1",
    )
    .fetch_all(owner)
    .await
    .expect("tables");
    assert!(tables.len() >= 6, "{tables:?}");
    tables
}

/// The columns of a table that departments may read, and that are not made from others, as a
/// list for a query.
pub async fn readable_columns(owner: &mut PgConnection, table: &str) -> String {
    sqlx::query_scalar(
        "select string_agg(quote_ident(attname), ', ' order by attnum)
         from pg_attribute
         where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''
             and has_column_privilege('cordon_tenant', attrelid, attnum, 'select')",
    )
    .bind(table)
    .fetch_one(owner)
    .await
    .expect("columns")
}

/// Each table with a digest of all that is in it, but for what was used: that is counted whatever
/// became of a request.
pub async fn contents(owner: &mut PgConnection) -> BTreeMap<String, String> {
    let mut contents = BTreeMap::new();
    let tables = tables(owner).await.into_iter();
    for table in tables.filter(|table| !table.starts_with("usage_")) {
        let digest = sqlx::query_scalar(AssertSqlSafe(format!(
            "select count(*) || ' rows, ' || md5(coalesce(string_agg(t::text, ';' order by t::text), ''))
             from {table} t"
        )))
        .fetch_one(&mut *owner)
        .await
        .expect("a digest");
        contents.insert(table, digest);
    }
    contents
}

/// The number of rows that `sql` counts.
pub async fn count(connection: &mut PgConnection, sql: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_one(connection)
        .await
}

/// Does `sql`, and says how many rows it touched.
pub async fn attempt(connection: &mut PgConnection, sql: &str) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// The connection that waits for a lock of somebody else's.
pub async fn waiting(owner: &mut PgConnection) -> i32 {
    for _ in 0..1_000 {
        let pid = sqlx::query_scalar(
            "select pid from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'",
        )
        .fetch_optional(&mut *owner)
        .await
        .expect("a look at what waits");
        if let Some(pid) = pid {
            return pid;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("nobody waits");
}

/// The SQLSTATE with which the database refused; empty where it did not.
pub fn refusal<T>(outcome: Result<T, sqlx::Error>) -> String {
    match outcome {
        Ok(_) => String::new(),
        Err(error) => error
            .as_database_error()
            .and_then(|cause| cause.code())
            .unwrap_or_else(|| panic!("{error}"))
            .into_owned(),
    }
}

/// No right to do that, or a policy that says no.
pub const NOT_ALLOWED: &str = "42501";
/// No tenant is bound.
pub const UNBOUND: &str = "CD001";
/// Not the id of a tenant.
pub const NO_TENANT_ID: &str = "CD002";
/// Bound to another tenant already.
pub const BOUND_ALREADY: &str = "CD003";
/// Bound to a tenant without proof that the portal chose it.
pub const UNPROVED: &str = "CD004";
/// Refers to a row that is not there.
pub const NO_SUCH_ROW: &str = "23503";
