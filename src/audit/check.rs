//! Whether the record is what was written: each chain followed, each head reached.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    chain::{End, Line, follow},
    head::{Head, PublicKey, reaches},
    search::{Before, Filter, all},
};
use crate::{Error, Result, database::OperatorTx, tenancy::TenantId};

/// The end of each chain that holds, by its name; empty for the platform's.
pub type Ends = BTreeMap<String, End>;

/// Follows each chain of `lines`, and holds the heads against them.
///
/// # Errors
/// Names the first line that does not hold, and a head that nobody signed.
pub fn check(lines: &[Line], heads: &[Head], key: &PublicKey) -> Result<Ends> {
    let chains: BTreeSet<&str> = lines
        .iter()
        .map(|line| line.chain.as_str())
        .chain(heads.iter().map(|head| head.chain.as_str()))
        .collect();
    let mut found = Ends::new();
    for chain in chains {
        let mut ends = follow(chain, lines).map_err(|fault| Error::Setup(fault.to_string()))?;
        for head in heads.iter().filter(|head| head.chain == chain) {
            if !key.signed(head) {
                return Err(Error::Setup(format!(
                    "the head of line {} signed {} is not signed by this key",
                    head.seq, head.signed_at
                )));
            }
            reaches(&ends, head).map_err(|fault| Error::Setup(fault.to_string()))?;
        }
        if let Some(end) = ends.pop() {
            found.insert(chain.to_owned(), end);
        }
    }
    Ok(found)
}

/// All lines of one department, or of every chain.
///
/// # Errors
/// When there is no such department.
pub async fn read(tx: &mut OperatorTx, tenant: Option<&TenantId>) -> Result<Vec<Line>> {
    if let Some(tenant) = tenant {
        let known: bool =
            sqlx::query_scalar("select exists (select from tenants where tenant_id = $1)")
                .bind(tenant.as_str())
                .fetch_one(tx.conn())
                .await?;
        if !known {
            return Err(Error::NotFound("department"));
        }
    }
    let mut lines = all(
        tx,
        tenant.map(TenantId::as_str),
        &Filter::default(),
        Before::FIRST_PAGE,
        i64::MAX,
    )
    .await?;
    lines.sort_by(|a, b| (&a.chain, a.seq).cmp(&(&b.chain, b.seq)));
    Ok(lines)
}
