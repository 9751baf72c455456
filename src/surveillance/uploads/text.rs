//! An undecided upload's text: written as it arrives, read as a stream, deleted when decided.

use std::io::{self, Read};

use tokio::sync::mpsc;

use super::register;
use crate::{
    Result,
    database::Pools,
    tenancy::{TenantId, TenantTx},
};

/// Bytes in a chunk: few rows for the database, little memory for the portal.
const CHUNK: usize = 256 * 1024;

/// Chunks that wait to be read.
const WAITING: usize = 4;

/// Writes an upload's text, each chunk in a commit of its own: a sender who is slow, or gone,
/// holds no transaction open.
pub struct Writer {
    pools: Pools,
    tenant: TenantId,
    upload_no: i32,
    chunk_no: i32,
    waiting: Vec<u8>,
}

impl Writer {
    /// Begins the text of `upload_no`.
    pub fn new(pools: &Pools, tenant: &TenantId, upload_no: i32) -> Self {
        Self {
            pools: pools.clone(),
            tenant: tenant.clone(),
            upload_no,
            chunk_no: 0,
            waiting: Vec::with_capacity(2 * CHUNK),
        }
    }

    /// Adds to the text.
    pub async fn write(&mut self, text: &[u8]) -> Result<()> {
        self.waiting.extend_from_slice(text);
        while self.waiting.len() >= CHUNK {
            let rest = self.waiting.split_off(CHUNK);
            self.store().await?;
            self.waiting = rest;
        }
        Ok(())
    }

    /// Stores what is left, and says how many chunks it came to.
    pub async fn finish(mut self) -> Result<i64> {
        if !self.waiting.is_empty() {
            self.store().await?;
        }
        Ok(self.chunk_no.into())
    }

    async fn store(&mut self) -> Result<()> {
        let mut tx = TenantTx::begin(&self.pools, &self.tenant).await?;
        let (tenant, connection) = tx.parts();
        // Nothing is added to what was cancelled while it arrived.
        let stored = sqlx::query(
            r#"
            insert into upload_chunks (tenant_id, upload_no, chunk_no, bytes)
            select $1, $2, $3, $4
            from uploads
            where tenant_id = $1 and upload_no = $2 and status = 'receiving'
            "#,
        )
        .bind(tenant)
        .bind(self.upload_no)
        .bind(self.chunk_no)
        .bind(&self.waiting)
        .execute(connection)
        .await?;
        if stored.rows_affected() == 0 {
            return Err(register::decided(self.upload_no));
        }
        tx.commit().await?;
        self.chunk_no += 1;
        Ok(())
    }
}

/// Reads an upload's text where waiting is allowed: on a thread for blocking work.
pub struct Reader {
    chunks: mpsc::Receiver<Result<Vec<u8>>>,
    chunk: io::Cursor<Vec<u8>>,
}

impl Reader {
    /// Begins to fetch the text of `upload_no`, a few chunks ahead of who reads it.
    pub fn open(pools: &Pools, tenant: &TenantId, upload_no: i32) -> Self {
        let (send, chunks) = mpsc::channel(WAITING);
        let (pools, tenant) = (pools.clone(), tenant.clone());
        tokio::spawn(async move {
            for chunk_no in 0.. {
                let fetched = fetch(&pools, &tenant, upload_no, chunk_no).await;
                let Some(chunk) = fetched.transpose() else {
                    break;
                };
                // Whoever stops reading has what they wanted.
                if send.send(chunk).await.is_err() {
                    break;
                }
            }
        });
        Self {
            chunks,
            chunk: io::Cursor::default(),
        }
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.chunk.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            match self.chunks.blocking_recv() {
                Some(Ok(chunk)) => self.chunk = io::Cursor::new(chunk),
                Some(Err(error)) => return Err(io::Error::other(error)),
                None => return Ok(0),
            }
        }
    }
}

async fn fetch(
    pools: &Pools,
    tenant: &TenantId,
    upload_no: i32,
    chunk_no: i32,
) -> Result<Option<Vec<u8>>> {
    let mut tx = TenantTx::begin(pools, tenant).await?;
    let (tenant, connection) = tx.parts();
    let chunk = sqlx::query_scalar(
        "select bytes from upload_chunks where tenant_id = $1 and upload_no = $2 and chunk_no = $3",
    )
    .bind(tenant)
    .bind(upload_no)
    .bind(chunk_no)
    .fetch_optional(connection)
    .await?;
    tx.commit().await?;
    Ok(chunk)
}

/// How many chunks of an upload's text are kept.
pub async fn chunks(tx: &mut TenantTx, upload_no: i32) -> Result<i64> {
    let (tenant, connection) = tx.parts();
    let chunks = sqlx::query_scalar(
        "select count(*) from upload_chunks where tenant_id = $1 and upload_no = $2",
    )
    .bind(tenant)
    .bind(upload_no)
    .fetch_one(connection)
    .await?;
    Ok(chunks)
}

/// Deletes an upload's text.
pub async fn delete(tx: &mut TenantTx, upload_no: i32) -> Result<()> {
    let (tenant, connection) = tx.parts();
    sqlx::query("delete from upload_chunks where tenant_id = $1 and upload_no = $2")
        .bind(tenant)
        .bind(upload_no)
        .execute(connection)
        .await?;
    Ok(())
}
