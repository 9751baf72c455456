//! What can be seen of a key after it was shown, and how long it lasts.

use chrono::TimeDelta;
use uuid::Uuid;

use super::Scopes;
use crate::{Result, clock::Now, database::Tx, tenancy::TenantId};

/// What people see of a key.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct KeyCard {
    /// Its id.
    pub key_id: Uuid,
    /// What it is for.
    pub name: String,
    /// How it begins.
    pub prefix: String,
    /// What it may do.
    #[sqlx(try_from = "Vec<String>")]
    pub scopes: Scopes,
    /// The key whose place it took, if it was rotated in.
    pub replaces: Option<Uuid>,
    /// When it was issued.
    pub created_at: Now,
    /// When it ends, if it does.
    pub expires_at: Option<Now>,
    /// When it was last used, if it ever was.
    pub last_used_at: Option<Now>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Now>,
}

/// Whether a key opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It opens.
    Active,
    /// It opens, and ends within two weeks.
    ExpiringSoon,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

/// How long before its end a key counts as expiring soon.
const SOON: TimeDelta = TimeDelta::days(14);

impl KeyCard {
    /// Whether it opens anything now.
    pub fn state(&self, now: Now) -> KeyState {
        match self.expires_at {
            _ if self.revoked_at.is_some() => KeyState::Revoked,
            Some(end) if end <= now => KeyState::Expired,
            Some(end) if end - now <= SOON => KeyState::ExpiringSoon,
            _ => KeyState::Active,
        }
    }

    /// True while it opens.
    pub fn is_in_use(&self, now: Now) -> bool {
        matches!(self.state(now), KeyState::Active | KeyState::ExpiringSoon)
    }
}

/// A department's keys, the newest first.
pub async fn list<H>(tx: &mut Tx<H>, tenant: &TenantId) -> Result<Vec<KeyCard>> {
    Ok(sqlx::query_as(
        r#"
        select key_id, name, prefix, scopes, replaces, created_at, expires_at, last_used_at, revoked_at
        from api_keys
        where tenant_id = $1
        order by created_at desc, key_id
        "#,
    )
    .bind(tenant.as_str())
    .fetch_all(tx.conn())
    .await?)
}

/// How long a new key lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lifetime {
    /// 30 days.
    Month,
    /// 90 days.
    Quarter,
    /// 365 days.
    #[default]
    Year,
    /// Until it is revoked.
    Unlimited,
}

impl Lifetime {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Month, Self::Quarter, Self::Year, Self::Unlimited];

    /// Its name in a form, and its name on a page.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Month => ("30d", "30 days"),
            Self::Quarter => ("90d", "90 days"),
            Self::Year => ("1y", "1 year"),
            Self::Unlimited => ("never", "never expires"),
        }
    }

    /// When a key that is issued now ends.
    pub fn end(self, now: Now) -> Option<Now> {
        match self {
            Self::Month => Some(now + TimeDelta::days(30)),
            Self::Quarter => Some(now + TimeDelta::days(90)),
            Self::Year => Some(now + TimeDelta::days(365)),
            Self::Unlimited => None,
        }
    }
}

/// How long an old key goes on beside the one that takes its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlap {
    /// Not at all.
    None,
    /// An hour.
    Hour,
    /// 24 hours.
    #[default]
    Day,
    /// 7 days.
    Week,
}

impl Overlap {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::None, Self::Hour, Self::Day, Self::Week];

    /// Its name in a form, and its name on a page.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::None => ("now", "at once"),
            Self::Hour => ("1h", "in 1 hour"),
            Self::Day => ("1d", "in 1 day"),
            Self::Week => ("7d", "in 7 days"),
        }
    }

    /// When an old key ends that is rotated now.
    pub fn end(self, now: Now) -> Now {
        now + match self {
            Self::None => TimeDelta::zero(),
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::days(1),
            Self::Week => TimeDelta::days(7),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(expires_at: Option<Now>, revoked_at: Option<Now>) -> KeyCard {
        KeyCard {
            key_id: Uuid::nil(),
            name: "nightly".into(),
            prefix: "cordon_12345678".into(),
            scopes: Scopes::read(),
            replaces: None,
            created_at: Now::default(),
            expires_at,
            last_used_at: None,
            revoked_at,
        }
    }

    #[test]
    fn a_key_is_active_then_expiring_then_expired() {
        let end = Now::default() + TimeDelta::days(100);
        for (day, state) in [
            (0, KeyState::Active),
            (85, KeyState::Active),
            (86, KeyState::ExpiringSoon),
            (99, KeyState::ExpiringSoon),
            // At its end it opens no more: so says the gate's query as well.
            (100, KeyState::Expired),
            (200, KeyState::Expired),
        ] {
            let now = Now::default() + TimeDelta::days(day);
            assert_eq!(card(Some(end), None).state(now), state, "day {day}");
            let revoked = card(Some(end), Some(now));
            assert_eq!(revoked.state(now), KeyState::Revoked, "day {day}");
            assert_eq!(card(None, None).state(now), KeyState::Active, "day {day}");
        }
    }

    #[test]
    fn a_key_lasts_a_year_and_an_old_one_a_day_unless_told_otherwise() {
        let now = Now::default();
        assert_eq!(
            Lifetime::default().end(now),
            Some(now + TimeDelta::days(365))
        );
        assert_eq!(Lifetime::Unlimited.end(now), None);
        assert_eq!(Overlap::default().end(now), now + TimeDelta::days(1));
        assert_eq!(Overlap::None.end(now), now);
    }
}
