//! `cordon serve`.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::serve::ListenerExt as _;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    task::JoinHandle,
};

use super::{arrivals::Paced, running::Running};
use crate::{
    Config, Error, Result,
    app::App,
    billing::{months, upkeep},
    clock::Clock,
    database::{Origin, catalogue},
    demo,
    forecasting::runs::{execute::Twins, schedule, worker::work},
    router::router,
    site::Site,
};

/// How long requests under way may take once the portal is told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// Serves the portal until it is told to stop.
pub async fn serve(config: Config) -> Result<()> {
    // What can be wrong without a database is found out before one is started.
    let site = Site::find(&config.site_dir)?;
    let listener = TcpListener::bind(config.addr).await.map_err(|error| {
        Error::Setup(format!(
            "{} cannot be listened on ({error}); stop what does, or set CORDON_ADDR",
            config.addr
        ))
    })?;
    let running = Running::start_migrated(&config).await?;
    let served = serve_with(config, site, listener, &running).await;
    running.stop().await;
    served
}

async fn serve_with(
    config: Config,
    site: Site,
    listener: TcpListener,
    running: &Running,
) -> Result<()> {
    for (_, pool) in running.pools.each() {
        catalogue::check(&mut *pool.acquire().await?).await?;
    }
    let app = App::new(
        config,
        &running.secret,
        running.pools.asked_from(Origin::Portal),
        Clock::system(),
        site,
    )?;
    if app.config.demo {
        let password = app
            .config
            .demo_password
            .clone()
            .unwrap_or_else(|| demo::password(&running.secret));
        let people = demo::prepare(&app, &password).await?;
        println!("Simulated departments. Who can sign in, all with the password  {password}\n");
        for person in people {
            println!("  {:<30} {}", person.email, person.sees);
        }
        println!();
    }
    println!("Cordon is served on {}", app.config.origin);
    // A place for the events of this month is there before the first request.
    months::prepare(&app.pools, app.clock.now().date_naive()).await?;
    let told = told_to_stop()?;
    let (stopping, stopped) = oneshot::channel();
    let runs = Runs::begin(&app);
    // Otherwise the last part of a page waits until the browser has acknowledged the first.
    let listener = Paced::new(listener).tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection goes on with delays");
        }
    });
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        told.await;
        // Nobody listens any more only when serving has ended already.
        stopping.send(()).ok();
    });
    let served = tokio::select! {
        served = server => served.map_err(Error::internal),
        () = async {
            if stopped.await.is_ok() {
                tokio::time::sleep(LAST_REQUESTS).await;
            } else {
                std::future::pending::<()>().await;
            }
        } => Ok(()),
    };
    runs.end().await;
    served
}

/// The model's runs, done beside the requests.
struct Runs {
    stop: oneshot::Sender<()>,
    working: JoinHandle<()>,
    scheduling: JoinHandle<()>,
    upkeep: JoinHandle<()>,
}

impl Runs {
    fn begin(app: &App) -> Self {
        let (stop, stopped) = oneshot::channel();
        let twins = Arc::new(Twins {
            pools: app.pools.clone(),
            clock: app.clock.clone(),
        });
        let working = work(app.pools.clone(), app.clock.clone(), twins, async {
            // Whoever drops the sender wants it to stop as well.
            stopped.await.ok();
        });
        let upkeep = {
            let (app, kept) = (app.clone(), app.config.usage_months);
            tokio::spawn(async move {
                upkeep::keep(&app.pools, &app.clock, &app.standings, kept).await;
            })
        };
        let (pools, clock, hour) = (app.pools.clone(), app.clock.clone(), app.config.runs_hour);
        Self {
            stop,
            working: tokio::spawn(working),
            upkeep,
            scheduling: tokio::spawn(async move { schedule::keep(&pools, &clock, hour).await }),
        }
    }

    /// Lets the run under way end, if that takes no longer than a few seconds. Otherwise it is
    /// done anew after the next start.
    async fn end(self) {
        self.scheduling.abort();
        self.upkeep.abort();
        self.stop.send(()).ok();
        if let Err(error) = self.working.await {
            tracing::error!(%error, "the model's runs ended with a fault");
        }
    }
}

/// Resolves on Ctrl-C and on SIGTERM.
fn told_to_stop() -> Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::internal)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
