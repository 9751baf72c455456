//! Lines that are looked for, the latest first.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use uuid::Uuid;

use super::chain::Line;
use crate::{Error, Result, clock::Now, database::OperatorTx, tenancy::TenantTx};

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Found in who, what, to whom or from where; small and capital letters alike.
    pub words: String,
    /// From the beginning of this day on, as UTC counts days.
    pub from: Option<NaiveDate>,
    /// Up to the end of this day.
    pub to: Option<NaiveDate>,
}

impl Filter {
    /// Of all that was ever recorded, the part between.
    fn bounds(&self) -> (Now, Now) {
        let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let after = self.to.and_then(|day| day.checked_add_days(Days::new(1)));
        (
            self.from.map_or(DateTime::UNIX_EPOCH, start),
            after.map_or(FAR, start),
        )
    }
}

/// Later than anything that is recorded.
const FAR: DateTime<Utc> = DateTime::from_timestamp(253_402_300_799, 0).expect("the year 9999");

/// Before which line a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    occurred_at: Now,
    audit_id: Uuid,
}

impl Before {
    /// Before everything: the first page.
    pub const FIRST_PAGE: Self = Self {
        occurred_at: FAR,
        audit_id: Uuid::max(),
    };

    /// The page behind one that ends with this line.
    pub fn line(line: &Line) -> Self {
        Self {
            occurred_at: line.occurred_at,
            audit_id: line.audit_id,
        }
    }

    /// As it stands in an address; empty for the first page.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Ok(Self::FIRST_PAGE);
        }
        text.split_once('.')
            .and_then(|(micros, id)| {
                Some(Self {
                    occurred_at: DateTime::from_timestamp_micros(micros.parse().ok()?)?,
                    audit_id: id.parse().ok()?,
                })
            })
            .ok_or_else(|| Error::Invalid("that page does not exist; search again".into()))
    }
}

impl std::fmt::Display for Before {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}.{}",
            self.occurred_at.timestamp_micros(),
            self.audit_id
        )
    }
}

/// A department's own lines, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn own(
    tx: &mut TenantTx,
    filter: &Filter,
    before: Before,
    limit: i64,
) -> Result<Vec<Line>> {
    let (from, until) = filter.bounds();
    let (tenant, connection) = tx.parts();
    Ok(sqlx::query_as(
        r#"
        select a.tenant_id as chain, l.seq, a.audit_id, a.occurred_at, a.actor, a.origin, a.action,
            a.subject, a.outcome, encode(l.hash, 'hex') as hash
        from audit a
        left join audit_links l on l.tenant_id = a.tenant_id and l.audit_id = a.audit_id
        where a.tenant_id = $1
            and strpos(lower(concat_ws(E'\n', a.actor, a.origin, a.action, a.subject)), lower($2)) > 0
            and a.occurred_at >= $3 and a.occurred_at < $4
            and (a.occurred_at, a.audit_id) < ($5, $6)
        order by a.occurred_at desc, a.audit_id desc
        limit $7
        "#,
    )
    .bind(tenant)
    .bind(&filter.words)
    .bind(from)
    .bind(until)
    .bind(before.occurred_at)
    .bind(before.audit_id)
    .bind(limit)
    .fetch_all(connection)
    .await?)
}

/// The lines of one chain, `Some`, or of all departments and the platform, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn all(
    tx: &mut OperatorTx,
    chain: Option<&str>,
    filter: &Filter,
    before: Before,
    limit: i64,
) -> Result<Vec<Line>> {
    let (from, until) = filter.bounds();
    Ok(sqlx::query_as(
        r#"
        with recorded as (
            select a.tenant_id as chain, l.seq, a.audit_id, a.occurred_at, a.actor, a.origin, a.action,
                a.subject, a.outcome, l.hash
            from audit a
            left join audit_links l on l.tenant_id = a.tenant_id and l.audit_id = a.audit_id
            union all
            select '', l.seq, a.audit_id, a.occurred_at, a.actor, a.origin, a.action, a.subject,
                a.outcome, l.hash
            from platform_audit a
            left join platform_audit_links l on l.audit_id = a.audit_id
        )
        select chain, seq, audit_id, occurred_at, actor, origin, action, subject, outcome,
            encode(hash, 'hex') as hash
        from recorded
        where ($1::text is null or chain = $1)
            and strpos(lower(concat_ws(E'\n', chain, actor, origin, action, subject)), lower($2)) > 0
            and occurred_at >= $3 and occurred_at < $4
            and (occurred_at, audit_id) < ($5, $6)
        order by occurred_at desc, audit_id desc
        limit $7
        "#,
    )
    .bind(chain)
    .bind(&filter.words)
    .bind(from)
    .bind(until)
    .bind(before.occurred_at)
    .bind(before.audit_id)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_where_the_address_says() -> Result<()> {
        let before = Before {
            occurred_at: "2026-03-31T12:00:00.123456Z"
                .parse()
                .map_err(Error::internal)?,
            audit_id: Uuid::from_u128(7),
        };
        assert_eq!(Before::parse(&before.to_string())?, before);
        assert_eq!(Before::parse("")?, Before::FIRST_PAGE);
        for bad in [
            ".",
            "1",
            "x.y",
            "1.1",
            "99999999999999999999.00000000-0000-0000-0000-000000000007",
        ] {
            assert!(Before::parse(bad).is_err(), "{bad}");
        }
        Ok(())
    }

    #[test]
    fn a_day_is_in_it_up_to_its_end() -> Result<()> {
        let day = NaiveDate::from_ymd_opt(2026, 3, 31);
        let filter = Filter {
            from: day,
            to: day,
            ..Filter::default()
        };
        let (from, until) = filter.bounds();
        assert_eq!(from.to_rfc3339(), "2026-03-31T00:00:00+00:00");
        assert_eq!(until.to_rfc3339(), "2026-04-01T00:00:00+00:00");
        Ok(())
    }
}
