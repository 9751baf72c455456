//! Starts what takes longer than a page should, and waits a moment for it.

use std::time::Duration;

use chrono::NaiveDate;

use crate::{
    Result,
    access::Epidemiologist,
    app::App,
    surveillance::{
        reading::Reading,
        uploads::{Job, check, decide, register, undo},
    },
};

/// Most files are done by then, and their page is shown complete.
const A_MOMENT: Duration = Duration::from_millis(1_500);

/// Checks an upload as it is, or as it was read before.
pub async fn check(app: &App, who: &Epidemiologist, upload_no: i32) {
    // Where it is being read or stored already, the page says so.
    check_with(app, who, upload_no, None, |_| Ok(())).await;
}

/// Checks an upload, read otherwise and as known on another day. False where it is being read
/// or stored just now, and nothing of that was heard.
pub async fn check_with(
    app: &App,
    who: &Epidemiologist,
    upload_no: i32,
    as_of: Option<NaiveDate>,
    edit: impl FnOnce(&mut Reading) -> Result<()> + Send + 'static,
) -> bool {
    let started = app.work.start(&who.tenant.id, upload_no, |progress| {
        let job = job(app, who, upload_no, progress);
        async move {
            if let Some(as_of) = as_of {
                let mut tx = job.begin().await?;
                register::set_as_of(&mut tx, upload_no, as_of).await?;
                tx.commit().await?;
            }
            check::check(&job, edit).await.map(drop)
        }
    });
    a_moment(app, who, upload_no).await;
    started
}

/// Stores what can be taken of an upload.
pub async fn accept(app: &App, who: &Epidemiologist, upload_no: i32) {
    app.work.start(&who.tenant.id, upload_no, |progress| {
        let (job, by) = (job(app, who, upload_no, progress), who.person.email.clone());
        async move { decide::accept(&job, &by, async |_| Ok(())).await.map(drop) }
    });
    a_moment(app, who, upload_no).await;
}

/// Takes an upload back, or brings it back.
pub async fn undo(app: &App, who: &Epidemiologist, upload_no: i32) {
    app.work.start(&who.tenant.id, upload_no, |progress| {
        let (job, by) = (job(app, who, upload_no, progress), who.person.email.clone());
        async move {
            let mut tx = job.begin().await?;
            undo::undo_or_redo(&mut tx, upload_no, &by, job.now).await?;
            tx.commit().await
        }
    });
    a_moment(app, who, upload_no).await;
}

/// An upload's work, asked for now.
pub fn job(
    app: &App,
    who: &Epidemiologist,
    upload_no: i32,
    progress: std::sync::Arc<crate::surveillance::uploads::work::Progress>,
) -> Job {
    let now = app.clock.now();
    Job::new(who.pools(), &who.tenant.id, upload_no, now, progress)
}

/// Whoever is not done in a moment is shown on the page that follows.
async fn a_moment(app: &App, who: &Epidemiologist, upload_no: i32) {
    let _still_running =
        tokio::time::timeout(A_MOMENT, app.work.finished(&who.tenant.id, upload_no)).await;
}
