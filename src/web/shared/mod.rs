//! What a department shares, for whoever has the link: the same figures as a page and as files.
//!
//! Everything here is told from [`Figures`](crate::surveillance::release::Figures) alone, in
//! which nothing is that may not be seen.

/// The figures as files.
pub mod files;
/// The figures as a page.
pub mod page;

use crate::{
    Result,
    app::App,
    surveillance::{
        charts::{Bar, EpiCurve, Scale, Step, Unit},
        release::{self, Figures, Shown},
    },
    tenancy::{Tenant, TenantTx},
    web::words,
};

/// What a link opens.
struct Shared {
    tenant: Tenant,
    figures: Figures,
}

impl Shared {
    async fn open(app: &App, token: &str) -> Result<Self> {
        let now = app.clock.now();
        let (tenant, id) = release::find(&mut app.pools.gate().await?, token, now).await?;
        let mut tx = TenantTx::begin(&app.pools, &tenant.id).await?;
        let figures = release::read(&mut tx, id).await?;
        tx.commit().await?;
        Ok(Self { tenant, figures })
    }

    fn title(&self) -> String {
        format!("{}: weekly cases", self.tenant.name)
    }

    /// What the figures say, in a sentence or two.
    fn summary(&self) -> String {
        let weeks = &self.figures.weeks;
        let shown: Vec<i64> = weeks.iter().filter_map(|week| week.total.count()).collect();
        let days = self.figures.window().map_or_else(String::new, |window| {
            words::days(window.first(), window.last())
        });
        let mut text = match (shown.len(), shown.iter().sum::<i64>()) {
            (0, _) => format!("No weekly total from {days} is shown"),
            (1, sum) => format!("{} new cases in one week of {days}", words::whole(sum)),
            (number, sum) => format!(
                "{} new cases in {number} weeks from {days}",
                words::whole(sum)
            ),
        };
        let hidden = weeks
            .iter()
            .filter(|week| week.total == Shown::Hidden)
            .count();
        let incomplete = weeks
            .iter()
            .filter(|week| week.total == Shown::Incomplete)
            .count();
        if hidden > 0 {
            text += &format!("; the total of {hidden} more is hidden");
        }
        if incomplete > 0 {
            text += &format!("; {incomplete} more are incomplete");
        }
        text + "."
    }

    /// What is left out, and why.
    fn left_out(&self) -> String {
        format!(
            "Counts from 1 to {} are hidden, since they could point at a person, and others beside them from which \
             they could be worked out. A week of which a place has not reported every day is incomplete, and stands \
             in no total. The figures are as they were known on {}, and do not change.",
            self.figures.threshold - 1,
            words::day(self.figures.drawn_up_on)
        )
    }

    /// A bar for each week; a hidden or incomplete total has none.
    fn bars(&self) -> Vec<Bar> {
        let weeks = self.figures.weeks.iter();
        weeks
            .map(|week| Bar::of(week.monday, week.total.count().map(|count| count as f64)))
            .collect()
    }

    fn curve<'a>(&self, bars: &'a [Bar], title: &'a str, description: &'a str) -> EpiCurve<'a> {
        EpiCurve {
            title,
            description,
            bars,
            notes: &[],
            step: Step::IsoWeek,
            unit: Unit::NewCases,
            scale: Scale::Linear,
        }
    }
}
