//! Statements, prices, costs: closed once, and then as they are.

mod at_once;
mod closing;
mod histories;
mod pages;

use rust_decimal::Decimal;

use super::portal::{Department, TestPortal};
use crate::{
    billing::{
        EventType, Month, Outcome, UsageEvent, closing::close, record, statement::Statement,
    },
    tenancy::TenantTx,
};

/// A number, exactly.
pub fn decimal(text: &str) -> Decimal {
    text.parse().expect("a number")
}

/// A month.
pub fn month(text: &str) -> Month {
    Month::parse(text).expect("a month")
}

impl TestPortal {
    /// Closes a month as an administrator does.
    pub async fn close(&self, month: Month) -> crate::Result<Vec<Statement>> {
        let mut tx = self.app.pools.begin_operator().await?;
        let now = self.app.clock.now();
        let statements = close(&mut tx, month, "admin@cordon.example", now).await?;
        tx.commit().await?;
        Ok(statements)
    }

    /// Lets time pass until this moment.
    pub fn wait_until(&self, moment: &str) {
        let moment: crate::clock::Now = moment.parse().expect("a moment");
        self.wait(moment - self.app.clock.now());
    }
}

impl Department<'_> {
    /// Uses what costs this many units now, under a name.
    pub async fn uses(&self, key: &str, event_type: EventType, outcome: Outcome) -> bool {
        let now = self.portal().app.clock.now();
        let event = UsageEvent {
            outcome,
            ..UsageEvent::done(event_type, now, std::time::Duration::from_millis(3))
        };
        let mut tx: TenantTx = self.begin().await;
        let billed = record(&mut tx, key, event).await.expect("recorded");
        tx.commit().await.expect("committed");
        billed
    }

    /// Its statement of a month, closed or so far.
    pub async fn statement(&self, month: Month) -> Statement {
        let mut tx = self.begin().await;
        crate::billing::statement::statement(&mut tx, month)
            .await
            .expect("a statement")
    }
}
