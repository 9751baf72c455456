//! The first step: bytes arrive, and are kept as text until somebody decides.

use chrono::{Days, TimeDelta};
use sqlx::types::Json;
use tokio::sync::mpsc;

use super::{NewUpload, Status, register, report::Report, text};
use crate::{
    Error, Result,
    clock::Now,
    database::Pools,
    surveillance::reading::{FaultCode, FileFault, Received, Reception},
    tenancy::{TenantId, TenantTx},
};

/// How long an upload waits for a decision, and a decided one keeps its refused rows.
const KEPT_DAYS: u64 = 30;

/// Uploads of one department that may wait for a decision.
const UNDECIDED: i64 = 20;

/// Texts that one department may have kept: of undecided uploads, and of decided ones with
/// refused rows.
const TEXTS: i64 = 40;

/// Whatever is still arriving after so long arrives no more.
const ARRIVES_WITHIN: TimeDelta = TimeDelta::hours(1);

/// An upload that is arriving.
pub struct Receiving {
    pools: Pools,
    tenant: TenantId,
    /// Its number.
    pub upload_no: i32,
    by: String,
    most: u64,
    length: u64,
    reception: Reception,
    writer: text::Writer,
    fault: Option<FileFault>,
}

impl Receiving {
    /// Begins an upload of at most `most` bytes.
    ///
    /// # Errors
    /// [`Error::Conflict`] when too many wait for a decision.
    pub async fn begin(
        pools: &Pools,
        tenant: &TenantId,
        new: &NewUpload<'_>,
        most: u64,
        now: Now,
    ) -> Result<Self> {
        let mut tx = TenantTx::begin(pools, tenant).await?;
        forget_old(&mut tx, now).await?;
        let upload_no = register::open(&mut tx, new, now).await?;
        // Counted after the number was given: two that begin at the same moment see each other.
        if register::undecided(&mut tx, now - ARRIVES_WITHIN).await? > UNDECIDED {
            return Err(Error::Conflict(format!(
                "{UNDECIDED} uploads of your department wait for a decision, and no more may; \
                 store or cancel one of them on the page “Data” first"
            )));
        }
        tx.commit().await?;
        Ok(Self::of(pools, tenant, upload_no, new.by, most))
    }

    /// Begins an upload again that arrived in part, or was never decided on: its sender sends all
    /// of it once more.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it was decided on.
    pub async fn begin_again(
        pools: &Pools,
        tenant: &TenantId,
        upload_no: i32,
        new: &NewUpload<'_>,
        most: u64,
    ) -> Result<Self> {
        let mut tx = TenantTx::begin(pools, tenant).await?;
        register::hold(&mut tx, upload_no).await?;
        text::delete(&mut tx, upload_no).await?;
        let (id, connection) = tx.parts();
        sqlx::query(
            r#"
            update uploads
            set status = 'receiving', as_of = $3, reading = null, report = null
            where tenant_id = $1 and upload_no = $2
            "#,
        )
        .bind(id)
        .bind(upload_no)
        .bind(new.as_of)
        .execute(connection)
        .await?;
        tx.commit().await?;
        Ok(Self::of(pools, tenant, upload_no, new.by, most))
    }

    fn of(pools: &Pools, tenant: &TenantId, upload_no: i32, by: &str, most: u64) -> Self {
        Self {
            pools: pools.clone(),
            tenant: tenant.clone(),
            upload_no,
            by: by.to_owned(),
            most,
            length: 0,
            reception: Reception::new(),
            writer: text::Writer::new(pools, tenant, upload_no),
            fault: None,
        }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`] past the limit; the upload is then closed.
    pub async fn push(&mut self, bytes: &[u8], now: Now) -> Result<()> {
        self.length += bytes.len() as u64;
        if self.length > self.most {
            self.close(now).await?;
            return Err(Error::TooLarge(format!(
                "a file has at most {} MB; send it in parts",
                self.most / 1_000_000
            )));
        }
        // The rest of a file that cannot be read is let go by, so that its sender gets an
        // answer instead of a broken connection.
        if self.fault.is_some() {
            return Ok(());
        }
        match self.reception.push(bytes) {
            Ok(text) => self.writer.write(text.as_bytes()).await,
            Err(fault) => {
                self.fault = Some(fault);
                Ok(())
            }
        }
    }

    /// The last byte is here. What was received, or why nothing of it can be read.
    pub async fn finish(mut self, now: Now) -> Result<Result<Received, FileFault>> {
        let finished = match self.fault.take() {
            Some(fault) => Err(fault),
            None => self.rest().await?,
        };
        let received = match finished {
            Ok(received) => received,
            Err(fault) => {
                self.refuse(&Report::of_fault(None, fault.clone()), now)
                    .await?;
                return Ok(Err(fault));
            }
        };
        let Self {
            pools,
            tenant,
            upload_no,
            length,
            writer,
            ..
        } = self;
        let chunks = writer.finish().await?;
        let mut tx = TenantTx::begin(&pools, &tenant).await?;
        // It may have been cancelled while it arrived, or forgotten.
        let held = register::hold(&mut tx, upload_no).await?;
        if held.status != Status::Receiving || text::chunks(&mut tx, upload_no).await? != chunks {
            return Err(Error::Conflict(
                "the file took too long to arrive, or was sent twice at once; send it again".into(),
            ));
        }
        let report = Report {
            received: Some(received.clone()),
            ..Report::default()
        };
        let (tenant, connection) = tx.parts();
        sqlx::query(
            r#"
            update uploads
            set status = 'received', byte_length = $3, sha256 = decode($4, 'hex'), report = $5
            where tenant_id = $1 and upload_no = $2
            "#,
        )
        .bind(tenant)
        .bind(upload_no)
        .bind(i64::try_from(length).unwrap_or(i64::MAX))
        .bind(&received.sha256)
        .bind(Json(&report))
        .execute(connection)
        .await?;
        tx.commit().await?;
        Ok(Ok(received))
    }

    /// Takes what was held back: the end of a text, or all of a workbook, which is long enough
    /// to be read on a thread for blocking work and kept piece by piece.
    async fn rest(&mut self) -> Result<Result<Received, FileFault>> {
        let (send, mut pieces) = mpsc::channel::<String>(2);
        let reception = std::mem::take(&mut self.reception);
        let finishing = tokio::task::spawn_blocking(move || {
            reception.finish_into(&mut |piece| {
                send.blocking_send(piece).map_err(|_| {
                    FileFault::new(
                        FaultCode::Unreadable,
                        "the file could not be kept",
                        "send it again",
                    )
                })
            })
        });
        while let Some(piece) = pieces.recv().await {
            self.writer.write(piece.as_bytes()).await?;
        }
        finishing.await.map_err(Error::internal)
    }

    /// Nothing of it can be read: it is closed, with the reason.
    async fn refuse(&self, report: &Report, now: Now) -> Result<()> {
        let mut tx = TenantTx::begin(&self.pools, &self.tenant).await?;
        text::delete(&mut tx, self.upload_no).await?;
        let (tenant, connection) = tx.parts();
        sqlx::query(
            r#"
            update uploads
            set status = 'cancelled', decided_at = $3, decided_by = $4, byte_length = $5, report = $6
            where tenant_id = $1 and upload_no = $2
            "#,
        )
        .bind(tenant)
        .bind(self.upload_no)
        .bind(now)
        .bind(&self.by)
        .bind(i64::try_from(self.length).unwrap_or(i64::MAX))
        .bind(Json(report))
        .execute(connection)
        .await?;
        tx.commit().await
    }

    /// The sender went away. What can be begun again under its key stays open, without a text.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn break_off(&self, keyed: bool, now: Now) -> Result<()> {
        if !keyed {
            return self.close(now).await;
        }
        let mut tx = TenantTx::begin(&self.pools, &self.tenant).await?;
        text::delete(&mut tx, self.upload_no).await?;
        tx.commit().await
    }

    /// The sender went away, or sent too much.
    pub async fn close(&self, now: Now) -> Result<()> {
        self.refuse(&Report::default(), now).await
    }
}

/// Uploads that nobody decided on for a month, and those that stopped arriving, are cancelled;
/// texts that are older, or more than are kept, are deleted.
async fn forget_old(tx: &mut TenantTx, now: Now) -> Result<()> {
    let before = now.checked_sub_days(Days::new(KEPT_DAYS)).unwrap_or(now);
    let (tenant, connection) = tx.parts();
    // One that a program can begin again under its key stays open; what arrived of it goes.
    sqlx::query(
        r#"
        update uploads
        set status = 'cancelled', decided_at = $4, decided_by = 'nobody decided'
        where tenant_id = $1 and status not in ('accepted', 'cancelled')
            and (received_at < $2
                or status = 'receiving' and received_at < $3 and idempotency_key is null)
        "#,
    )
    .bind(tenant)
    .bind(before)
    .bind(now - ARRIVES_WITHIN)
    .bind(now)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        r#"
        delete from upload_chunks
        using uploads
        where upload_chunks.tenant_id = $1 and uploads.tenant_id = $1
            and uploads.upload_no = upload_chunks.upload_no
            and (uploads.status = 'cancelled'
                or uploads.status = 'accepted' and (uploads.received_at < $2 or uploads.upload_no not in (
                    select upload_no
                    from upload_chunks
                    where tenant_id = $1 and chunk_no = 0
                    order by upload_no desc
                    limit $4
                ))
                or uploads.status = 'receiving' and uploads.received_at < $3)
        "#,
    )
    .bind(tenant)
    .bind(before)
    .bind(now - ARRIVES_WITHIN)
    .bind(TEXTS)
    .execute(connection)
    .await?;
    Ok(())
}
