//! The front door on one screen: every route, and what wraps them all.

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use tower::{ServiceBuilder, limit::GlobalConcurrencyLimitLayer};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, CompressionLevel},
    services::ServeDir,
    timeout::TimeoutLayer,
    trace::TraceLayer,
};

use crate::{
    Error, Result,
    access::{session, source},
    api,
    app::App,
    web::{
        account, admin, audit, billing, cases, confirm, cross_site,
        data::{self, upload},
        errors, forecast, glass, headers, invitation, keys, login, metering, onboard, passkey,
        people, runs, second, shared, sign_on, tenants, usage,
    },
};

/// The largest form. Files have a way of their own.
const LARGEST_FORM: usize = 64 * 1024;

/// How many PNG charts are drawn at once: each takes a processor for up to a tenth of a second.
const PICTURES_AT_ONCE: usize = 2;

/// After this a request is given up.
const TIMEOUT: Duration = Duration::from_secs(30);

/// After this a file is given up that is still arriving.
const FILE_TIMEOUT: Duration = Duration::from_secs(600);

/// Every route of the portal.
pub fn router(app: App) -> Router {
    let site = ServeDir::new(app.config.site_dir.join("pkg"))
        .precompressed_br()
        .precompressed_gzip();
    let favicon = app.config.site_dir.join("favicon.svg");
    // What shows a secret or cannot be taken back asks again who it is.
    let proven = |handler: MethodRouter<App>| {
        handler.layer(middleware::from_fn_with_state(app.clone(), confirm::fresh))
    };
    // A file takes longer than a form, and has a limit of its own.
    let files = Router::new().route("/data/uploads", post(data::uploads::receive));
    // A form's other fields, and the heads of its parts, are held in memory: they end where a
    // file would.
    let largest = usize::try_from(app.config.largest_upload)
        .unwrap_or(usize::MAX)
        .saturating_add(data::uploads::AROUND_A_FILE);
    let files = around(files, &app, FILE_TIMEOUT, DefaultBodyLimit::max(largest));
    let pages = Router::new()
        // A department.
        .route("/", get(cases::page::show))
        .route("/data", get(data::uploads::list))
        .route("/data/uploads/{upload}", get(upload::show))
        .route("/data/uploads/{upload}/progress", get(upload::progress))
        .route("/data/uploads/{upload}/refused.csv", get(upload::refused))
        .route("/data/uploads/{upload}/check", post(upload::check_again))
        .route(
            "/data/uploads/{upload}/reading",
            post(upload::read_otherwise),
        )
        .route("/data/uploads/{upload}/locations", post(upload::add_places))
        .route("/data/uploads/{upload}/accept", post(upload::accept))
        .route("/data/uploads/{upload}/cancel", post(upload::cancel))
        .route("/data/uploads/{upload}/undo", post(upload::undo))
        .route("/data/export", get(data::export::form))
        .route("/data/export/file", get(data::export::file))
        .route(
            "/data/share",
            get(data::share::show).post(data::share::make),
        )
        .route(
            "/data/share/{release}/withdraw",
            post(data::share::withdraw),
        )
        .route("/data/daily.csv", get(cases::files::csv))
        .route("/charts/daily.svg", get(cases::files::svg))
        .route(
            "/charts/daily.png",
            get(cases::files::png).layer(GlobalConcurrencyLimitLayer::new(PICTURES_AT_ONCE)),
        )
        .route(
            "/keys",
            proven(get(keys::department::list).post(keys::department::issue)),
        )
        .route("/keys/{key}/rotate", proven(post(keys::department::rotate)))
        .route("/keys/{key}/revoke", post(keys::department::revoke))
        .route(
            "/keys/check",
            post(keys::leaked::check_own).layer(DefaultBodyLimit::max(keys::leaked::LARGEST_FORM)),
        )
        .route("/forecast", get(forecast::page::show))
        .route("/forecast/progress", get(forecast::acts::progress))
        .route("/forecast/runs", post(forecast::acts::run))
        .route("/forecast/daily.csv", get(forecast::files::daily))
        .route("/forecast/hubverse.csv", get(forecast::files::hubverse))
        .route(
            "/forecast/parameters",
            get(forecast::parameters::show).post(forecast::parameters::set),
        )
        .route("/data/revisions", get(data::revisions::show))
        .route(
            "/data/annotations",
            get(data::annotations::show).post(data::annotations::add),
        )
        .route(
            "/data/annotations/{annotation}/remove",
            post(data::annotations::remove),
        )
        .route(
            "/data/annotations/{annotation}/restore",
            post(data::annotations::restore),
        )
        .route("/data/quality", get(data::quality::show))
        .route("/usage", get(usage::page::show))
        .route("/usage/statement", get(usage::statement::show))
        .route("/usage/statement.csv", get(usage::files::lines))
        .route("/usage/daily.csv", get(usage::files::daily))
        // The platform.
        .route("/admin", get(admin::show))
        .route("/admin/runs", get(runs::show))
        .route("/admin/billing", get(billing::page::show))
        .route("/admin/billing/close", proven(post(billing::close::submit)))
        .route(
            "/admin/billing/statements.csv",
            get(billing::files::statements),
        )
        .route("/admin/billing/focus.csv", get(billing::files::in_focus))
        .route(
            "/admin/billing/attribution.csv",
            get(billing::files::attributed),
        )
        .route(
            "/admin/billing/costs",
            get(billing::costs::show).post(billing::costs::submit),
        )
        .route(
            "/admin/billing/costs/{cost}/remove",
            post(billing::costs::take_away),
        )
        .route(
            "/admin/billing/prices",
            get(billing::prices::show).post(billing::prices::submit),
        )
        .route("/admin/billing/planning", get(billing::planning::show))
        .route(
            "/admin/billing/tenants/{tenant}",
            get(billing::department::show),
        )
        .route(
            "/admin/billing/tenants/{tenant}/plan",
            post(billing::department::plan),
        )
        .route(
            "/admin/billing/tenants/{tenant}/budget",
            post(billing::department::budget),
        )
        .route(
            "/admin/billing/tenants/{tenant}/corrections",
            post(billing::department::correction),
        )
        .route("/people", get(people::department::show))
        .route(
            "/people/invitations",
            proven(post(people::department::invite)),
        )
        .route(
            "/people/invitations/{invitation}/revoke",
            post(people::department::revoke),
        )
        .route(
            "/people/sign-on",
            proven(get(sign_on::settings::show).post(sign_on::settings::save)),
        )
        .route(
            "/people/{user}/{deed}",
            proven(post(people::department::change)),
        )
        .route("/admin/staff", get(people::staff::show))
        .route(
            "/admin/staff/invitations",
            proven(post(people::staff::invite)),
        )
        .route(
            "/admin/staff/invitations/{invitation}/revoke",
            post(people::staff::revoke),
        )
        .route(
            "/admin/staff/{user}/{deed}",
            proven(post(people::staff::change)),
        )
        .route(
            "/admin/break-glass",
            proven(get(glass::show).post(glass::begin)),
        )
        .route("/admin/break-glass/end", post(glass::end))
        .route("/audit", get(audit::page::of_department))
        .route("/audit/lines.csv", get(audit::files::found))
        .route("/audit/lines.jsonl", get(audit::files::whole))
        .route("/admin/audit", get(audit::page::of_all))
        .route("/admin/audit/lines.csv", get(audit::files::found_of_all))
        .route("/admin/audit/lines.jsonl", get(audit::files::whole_of_all))
        .route("/admin/tenants", get(tenants::list))
        .route(
            "/admin/tenants/{tenant}/keys",
            proven(get(keys::staff::list).post(keys::staff::issue)),
        )
        .route(
            "/admin/tenants/{tenant}/keys/{key}/rotate",
            proven(post(keys::staff::rotate)),
        )
        .route(
            "/admin/tenants/{tenant}/keys/{key}/revoke",
            post(keys::staff::revoke),
        )
        .route(
            "/admin/tenants/check",
            post(keys::leaked::check_all).layer(DefaultBodyLimit::max(keys::leaked::LARGEST_FORM)),
        )
        .route(
            "/admin/onboard",
            proven(get(onboard::form).post(onboard::submit)),
        )
        // Everybody.
        .route("/home", get(login::home))
        .route("/login", get(login::form).post(login::sign_in))
        .route("/login/second", get(second::form).post(second::submit))
        .route("/login/passkey", get(passkey::form).post(passkey::submit))
        .route("/login/sign-on", post(sign_on::begin::look_up))
        .route("/login/sign-on/{tenant}", get(sign_on::begin::begin))
        .route(
            "/login/sign-on/{tenant}/callback",
            get(sign_on::callback::come_back),
        )
        .route("/account", get(account::page::show))
        .route("/account/password", post(account::password::change))
        .route(
            "/account/second-factor",
            proven(get(account::second_factor::form).post(account::second_factor::submit)),
        )
        .route(
            "/account/second-factor/remove",
            proven(post(account::second_factor::take_away)),
        )
        .route(
            "/account/passkeys",
            proven(get(account::passkeys::form).post(account::passkeys::add)),
        )
        .route(
            "/account/passkeys/{passkey}/remove",
            proven(post(account::passkeys::remove)),
        )
        .route(
            "/account/recovery-codes",
            proven(post(account::second_factor::recovery_codes)),
        )
        .route(
            "/account/sessions/end-others",
            post(account::sessions::end_others),
        )
        .route(
            "/account/sessions/{session}/end",
            post(account::sessions::end_one),
        )
        .route("/logout", post(login::sign_out))
        .route(
            "/invitation/{token}",
            get(invitation::form).post(invitation::accept),
        )
        .route("/shared/{token}", get(shared::page::show))
        .route("/shared/{token}/weekly.csv", get(shared::files::csv))
        .route("/shared/{token}/weekly.json", get(shared::files::json))
        .route("/shared/{token}/weekly.svg", get(shared::files::svg))
        .fallback(|| async { Error::NotFound("page") });
    around(pages, &app, TIMEOUT, DefaultBodyLimit::max(LARGEST_FORM))
        .merge(files)
        // A department's programs: no session, and so nothing that another site could send.
        .nest_service(
            "/api",
            around_programs(api::router(), &app).with_state(app.clone()),
        )
        // What belongs to nobody needs no session.
        .nest_service(
            "/pkg",
            ServiceBuilder::new()
                .layer(middleware::from_fn(for_good))
                .service(site),
        )
        .route_service(
            "/favicon.svg",
            tower_http::services::ServeFile::new(favicon),
        )
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .layer(middleware::from_fn_with_state(app.clone(), headers::secure))
        .layer(middleware::from_fn_with_state(app.clone(), source::note))
        .with_state(app)
}

/// What every request passes through that is not of a file that belongs to nobody.
fn around(
    routes: Router<App>,
    app: &App,
    timeout: Duration,
    largest: DefaultBodyLimit,
) -> Router<App> {
    routes.layer(
        ServiceBuilder::new()
            .layer(TraceLayer::new_for_http().make_span_with(span))
            .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
            .layer(middleware::from_fn_with_state(app.clone(), errors::show))
            .layer(middleware::from_fn_with_state(app.clone(), metering::meter))
            .layer(CatchPanicLayer::custom(|_| {
                Error::internal("a handler panicked").into_response()
            }))
            .layer(TimeoutLayer::with_status_code(
                StatusCode::REQUEST_TIMEOUT,
                timeout,
            ))
            .layer(largest)
            .layer(middleware::from_fn_with_state(
                app.clone(),
                cross_site::refuse,
            ))
            .layer(session::layer(
                app.pools.clone(),
                app.clock.clone(),
                &app.config,
            )),
    )
}

/// What wraps every route of programs: they come without a session, and leave with an error as
/// problem details.
fn around_programs(routes: Router<App>, app: &App) -> Router<App> {
    routes.layer(
        ServiceBuilder::new()
            .layer(TraceLayer::new_for_http().make_span_with(span))
            .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
            .layer(middleware::from_fn(api::say_what_is_left))
            .layer(middleware::from_fn(api::problem::show))
            .layer(middleware::from_fn_with_state(app.clone(), metering::meter))
            .layer(CatchPanicLayer::custom(|_| {
                Error::internal("a handler panicked").into_response()
            })),
    )
}

/// A request in the log, by its route: an address may hold an invitation's token.
fn span(request: &Request) -> tracing::Span {
    let source::RequestId(id) = source::RequestId::of(request.extensions());
    tracing::info_span!("request", %id, method = %request.method(), route = errors::route(request))
}

/// `GET /readyz`: the database answers.
async fn ready(State(app): State<App>) -> Result<&'static str> {
    sqlx::query("select 1")
        .execute(app.pools.gate().await?.conn())
        .await?;
    Ok("ok")
}

/// The names of these files change with what is in them, so whoever has one may keep it.
async fn for_good(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        let kept = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.headers_mut().insert(header::CACHE_CONTROL, kept);
    }
    response
}
