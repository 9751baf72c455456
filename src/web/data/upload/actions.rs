//! What can be done with an upload. Each ends on its page.

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::{UploadNo, places::NewPlaces, reading, work};
use crate::{
    Error, Result,
    access::Epidemiologist,
    app::App,
    surveillance::uploads::{
        decide, places as stored, refused as refused_rows, register, work::Progress,
    },
    web::{data::uploads::known_on, download, forms::Posted},
};

fn to_page(upload_no: i32) -> Response {
    Redirect::to(&format!("/data/uploads/{upload_no}")).into_response()
}

/// `POST /data/uploads/{upload}/check`.
pub async fn check_again(
    State(app): State<App>,
    who: Epidemiologist,
    UploadNo(upload_no): UploadNo,
) -> Result<Response> {
    exists(&who, upload_no).await?;
    work::check(&app, &who, upload_no).await;
    Ok(to_page(upload_no))
}

/// `POST /data/uploads/{upload}/reading`: answers to questions, other columns, another day.
pub async fn read_otherwise(
    State(app): State<App>,
    who: Epidemiologist,
    UploadNo(upload_no): UploadNo,
    Posted(fields): Posted<HashMap<String, String>>,
) -> Result<Response> {
    exists(&who, upload_no).await?;
    let today = app.clock.now().date_naive();
    let as_of = fields.get("as_of").map(|as_of| known_on(as_of, today));
    let as_of = as_of.transpose()?;
    let edit = move |read: &mut _| reading::edit(read, &fields);
    if work::check_with(&app, &who, upload_no, as_of, edit).await {
        return Ok(to_page(upload_no));
    }
    Err(Error::Conflict(format!(
        "upload {upload_no} is being read or stored just now; wait until it is done, and say it again"
    )))
}

/// `POST /data/uploads/{upload}/locations`: places that the file names are added.
pub async fn add_places(
    State(app): State<App>,
    who: Epidemiologist,
    UploadNo(upload_no): UploadNo,
    Posted(fields): Posted<Vec<(String, String)>>,
) -> Result<Response> {
    let places = NewPlaces::read(&fields)?;
    let mut tx = who.begin().await?;
    register::find(&mut tx, upload_no).await?;
    stored::add(&mut tx, &places.0, &who.person.email, app.clock.now()).await?;
    tx.commit().await?;
    work::check(&app, &who, upload_no).await;
    Ok(to_page(upload_no))
}

/// `POST /data/uploads/{upload}/accept`.
pub async fn accept(
    State(app): State<App>,
    who: Epidemiologist,
    UploadNo(upload_no): UploadNo,
) -> Result<Response> {
    exists(&who, upload_no).await?;
    work::accept(&app, &who, upload_no).await;
    Ok(to_page(upload_no))
}

/// `POST /data/uploads/{upload}/cancel`.
pub async fn cancel(
    State(app): State<App>,
    who: Epidemiologist,
    UploadNo(upload_no): UploadNo,
) -> Result<Response> {
    let job = work::job(&app, &who, upload_no, Arc::<Progress>::default());
    decide::cancel(&job, &who.person.email).await?;
    Ok(to_page(upload_no))
}

/// `POST /data/uploads/{upload}/undo`: takes it back, or brings it back.
pub async fn undo(
    State(app): State<App>,
    who: Epidemiologist,
    UploadNo(upload_no): UploadNo,
) -> Result<Response> {
    exists(&who, upload_no).await?;
    work::undo(&app, &who, upload_no).await;
    Ok(to_page(upload_no))
}

/// `GET /data/uploads/{upload}/refused.csv`: the refused rows, as they came, with the reason.
pub async fn refused(
    State(app): State<App>,
    who: Epidemiologist,
    UploadNo(upload_no): UploadNo,
) -> Result<Response> {
    let job = work::job(&app, &who, upload_no, Arc::<Progress>::default());
    let file = refused_rows::stream(&job).await?;
    let name = format!("upload-{upload_no}-refused.csv");
    download::file(&name, download::CSV, Body::from_stream(file))
}

async fn exists(who: &Epidemiologist, upload_no: i32) -> Result<()> {
    let mut tx = who.begin().await?;
    register::find(&mut tx, upload_no).await?;
    tx.commit().await
}
