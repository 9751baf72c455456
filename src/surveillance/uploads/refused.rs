//! The rows of an upload that were not taken, as they came, to be corrected and sent again.

use std::{
    io::{self, Write},
    sync::Arc,
};

use tokio::sync::mpsc;

use super::{check::Job, places, register};
use crate::{
    Error, Result,
    surveillance::reading::{Index, write_refused},
};

/// Bytes that are sent together.
const PIECE: usize = 64 * 1024;

/// A file of the refused rows, piece by piece.
///
/// # Errors
/// [`Error::NotFound`] where nothing was refused, or its text is kept no longer.
pub async fn stream(
    job: &Job,
) -> Result<impl futures_core::Stream<Item = io::Result<Vec<u8>>> + Send + use<>> {
    let mut tx = job.begin().await?;
    let upload = register::find(&mut tx, job.upload_no).await?;
    let period = upload.reading.as_ref().map(|reading| reading.period);
    let period = period.unwrap_or_default();
    let context = places::context(&mut tx, upload.as_of, period, upload.received_at, &[]).await?;
    let context = Arc::new(context);
    let kept = register::has_text(&mut tx, job.upload_no).await?;
    tx.commit().await?;
    let (Some(reading), true, true) = (upload.reading, kept, upload.refused_rows > 0) else {
        return Err(Error::NotFound("file of refused rows"));
    };
    let text = job.text();
    let (send, pieces) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        let mut out = Pieces {
            send,
            piece: Vec::with_capacity(PIECE),
        };
        let written = Index::of(|| Ok(text.open()), &reading, &context)
            .and_then(|index| write_refused(text.open(), &reading, &context, &index, &mut out));
        let ended = match written {
            Ok(_) => out.flush(),
            Err(fault) => Err(io::Error::other(fault)),
        };
        if let Err(error) = ended {
            // Ends the answer in the middle, so that nobody takes it for whole.
            let _gone = out.send.blocking_send(Err(error));
        }
    });
    Ok(Received(pieces))
}

struct Received(mpsc::Receiver<io::Result<Vec<u8>>>);

impl futures_core::Stream for Received {
    type Item = io::Result<Vec<u8>>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

struct Pieces {
    send: mpsc::Sender<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.send
            .blocking_send(Ok(piece))
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}
