//! Proof of the isolation of a live database.
//!
//! First the catalogue, then probes: two canary departments with a row in every table, and
//! each hat tries what it must not be able to do. All of it happens inside one transaction
//! of the owner that is rolled back, so nothing remains and no one else sees it.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{
    Error, Result,
    database::{
        Binding, Hat, Pools, Server,
        catalogue::{self, GRANTS},
        migrate::connect_as_owner,
    },
};

/// Two departments that exist for the length of the proof.
const CANARIES: [&str; 2] = ["cordon-canary-one", "cordon-canary-two"];

/// What was proved, a sentence each.
pub type Proof = Vec<String>;

/// Checks the catalogue, the log-ins and, by probing, every table with every hat.
///
/// # Errors
/// The first thing that does not hold.
pub async fn verify(server: &Server, pools: &Pools) -> Result<Proof> {
    let mut proof = Proof::new();
    for (hat, pool) in pools.each() {
        let mut connection = pool.acquire().await?;
        let user: String = sqlx::query_scalar("select session_user::text")
            .fetch_one(&mut *connection)
            .await?;
        require(user == hat.role(), || {
            format!("{} logs in as {user}", hat.role())
        })?;
        catalogue::check(&mut connection).await?;
    }
    proof.push("roles, grants, policies, keys and views are exactly as designed".into());
    proof.push("each hat logs in as itself".into());

    let mut owner = connect_as_owner(server).await?;
    let mut tx = Connection::begin(&mut owner).await?;
    plant_canaries(&mut tx).await?;
    let mut probe = Probe {
        owner: &mut tx,
        binding: pools.binding(),
    };
    for hat in Hat::ALL {
        proof.extend(probe.as_hat(hat).await?);
    }
    proof.push(probe.for_forgeries().await?);
    tx.rollback().await?;
    owner.close().await?;
    Ok(proof)
}

/// A row for each canary in every table that has a `tenant_id`.
async fn plant_canaries(owner: &mut PgConnection) -> Result<()> {
    // Without superuser the owner, too, is under row-level security, and steps into a hat
    // only as its member. Both end with the transaction.
    owner
        .execute(AssertSqlSafe(include_str!("canaries.sql")))
        .await?;
    for table in tenant_tables() {
        for canary in CANARIES {
            let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
                "select count(*) from {table} where tenant_id = $1"
            )))
            .bind(canary)
            .fetch_one(&mut *owner)
            .await?;
            require(count > 0, || format!("no canary was planted in {table}"))?;
        }
    }
    Ok(())
}

/// Every table with rows of tenants that some hat has a right on.
fn tenant_tables() -> Vec<&'static str> {
    let mut tables: Vec<_> = GRANTS
        .iter()
        .map(|(_, table, _)| *table)
        .filter(|table| {
            !matches!(
                *table,
                "users"
                    | "sessions"
                    | "staff_invitations"
                    | "passkeys"
                    | "answered_challenges"
                    | "totp_secrets"
                    | "recovery_codes"
                    | "platform_audit"
                    | "platform_audit_links"
                    | "_sqlx_migrations"
                    | "plans"
                    | "price_lists"
                    | "price_tiers"
                    | "closed_months"
                    | "platform_costs"
            ) && !table.starts_with("queue.")
        })
        .collect();
    tables.sort_unstable();
    tables.dedup();
    tables
}

/// Tries with each hat on, inside a transaction of the owner.
struct Probe<'a> {
    owner: &'a mut PgConnection,
    binding: &'a Binding,
}

impl Probe<'_> {
    /// Tries with this hat what it must be able to do, and what not.
    async fn as_hat(&mut self, hat: Hat) -> Result<Proof> {
        let mut proof = Proof::new();
        for table in tenant_tables() {
            let sees = |rows: &Outcome| rows.as_ref().copied().unwrap_or(0) > 0;
            let [one, two] = CANARIES;
            let unbound = self.rows(hat, None, table, "").await?;
            let own = self.rows(hat, Some(one), table, "").await?;
            let other = self
                .rows(hat, Some(one), table, &format!("where tenant_id = '{two}'"))
                .await?;
            let readable = may(hat, table, "select");
            match (hat, readable) {
                (_, false) => {
                    require(unbound.is_err() && own.is_err(), || {
                        format!("{} reads {table}", hat.role())
                    })?;
                    proof.push(format!("{} cannot read {table}", hat.role()));
                }
                (Hat::Tenant, true) => {
                    require(unbound.is_err(), || {
                        format!("{table} is readable with no tenant bound")
                    })?;
                    require(sees(&own), || {
                        format!("a department cannot read its own {table}")
                    })?;
                    require(matches!(other, Ok(0)), || {
                        format!("{table} shows another department's rows")
                    })?;
                    proof.push(format!(
                        "{} reads its own {table}, no other's, and none unbound",
                        hat.role()
                    ));
                }
                (_, true) => {
                    require(sees(&unbound), || {
                        format!("{} cannot read {table}", hat.role())
                    })?;
                }
            }
            if hat == Hat::Tenant && may(hat, table, "insert") {
                let forged = self.forge(one, two, table).await?;
                require(forged.is_err(), || {
                    format!("a department writes another's {table}")
                })?;
                proof.push(format!("{} cannot write another's {table}", hat.role()));
            }
            for right in ["delete", "truncate"] {
                let sql = match right {
                    "delete" => format!("delete from {table} where tenant_id = '{two}'"),
                    _ => format!("truncate {table} cascade"),
                };
                let done = self.attempt(hat, Some(one), &sql).await?;
                // What a department may delete of its own, it cannot of another's; and a hat that may
                // forget what is old finds nothing of today.
                let harmless = may(hat, table, right) && matches!(done, Ok(0));
                require(done.is_err() || harmless, || {
                    format!("{} may {right} {table}", hat.role())
                })?;
            }
        }
        proof.push(format!(
            "{} can delete nothing of another's and truncate none of them",
            hat.role()
        ));
        Ok(proof)
    }

    /// Tries to become another tenant by its name, as a statement could that is smuggled into a
    /// department's query.
    async fn for_forgeries(&mut self) -> Result<String> {
        let [one, two] = CANARIES;
        let late = self.binding.prove(two, 1);
        for forgery in [
            format!("set local app.current_tenant = '{two}'"),
            format!(
                "set local app.current_tenant = '{two}'; set local app.tenant_proof = '{late}'"
            ),
        ] {
            let sql = format!("{forgery}; select from audit");
            let read = self.attempt(Hat::Tenant, Some(one), &sql).await?;
            require(read.is_err(), || {
                "a department becomes another by naming it".to_owned()
            })?;
        }
        Ok("cordon_tenant cannot become another department by naming it".to_owned())
    }

    async fn rows(
        &mut self,
        hat: Hat,
        tenant: Option<&str>,
        table: &str,
        filter: &str,
    ) -> Result<Outcome> {
        self.attempt(
            hat,
            tenant,
            &format!("select tenant_id from {table} {filter}"),
        )
        .await
    }

    /// Copies a row of `theirs` for `theirs`, as `own`: the row is the owner's to know, the
    /// attempt is the department's.
    async fn forge(&mut self, own: &str, theirs: &str, table: &str) -> Result<Outcome> {
        let row: serde_json::Value = sqlx::query_scalar(AssertSqlSafe(format!(
            "select to_jsonb(t) from {table} t where tenant_id = $1 limit 1"
        )))
        .bind(theirs)
        .fetch_one(&mut *self.owner)
        .await?;
        let sql = format!(
            "insert into {table} select * from jsonb_populate_record(null::{table}, '{}')",
            row.to_string().replace('\'', "''")
        );
        self.attempt(Hat::Tenant, Some(own), &sql).await
    }

    /// Runs `sql` with a hat on, inside a savepoint that is rolled back whatever comes of it.
    async fn attempt(&mut self, hat: Hat, tenant: Option<&str>, sql: &str) -> Result<Outcome> {
        let mut savepoint = Connection::begin(&mut *self.owner).await?;
        savepoint
            .execute(AssertSqlSafe(format!("set local role {}", hat.role())))
            .await?;
        if let (Hat::Tenant, Some(tenant)) = (hat, tenant) {
            self.binding.bind(&mut savepoint, tenant).await?;
        }
        let outcome = savepoint
            .execute(AssertSqlSafe(sql))
            .await
            .map(|done| done.rows_affected());
        savepoint.rollback().await?;
        Ok(outcome)
    }
}

/// Rows counted or touched, or the refusal.
type Outcome = std::result::Result<u64, sqlx::Error>;

fn may(hat: Hat, table: &str, right: &str) -> bool {
    GRANTS
        .iter()
        .filter(|(role, granted, _)| *role == hat.role() && *granted == table)
        .any(|(_, _, rights)| rights.iter().any(|granted| granted.starts_with(right)))
}

fn require(holds: bool, fault: impl FnOnce() -> String) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(Error::Setup(fault()))
    }
}
