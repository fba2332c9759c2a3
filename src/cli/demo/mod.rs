//! `sellerbook demo`: an organisation with data and a server, to be thrown away.
//!
//! Here: what is made, and what is said about it. Not here: the rows themselves (`rows.rs`, `names.rs`), the runs (`runs.rs`). What a reader
//! would get wrong: every step looks first whether it was done already, so that a demonstration in a database that was
//! configured keeps its data, and one that was interrupted goes on.

mod guide;
mod names;
mod rows;
mod runs;

use std::net::SocketAddr;

use chrono::TimeDelta;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{database, failure::Failure, progress, serve::bind, settings::Settings};
use crate::{
    accounts::{self, NewAccount},
    app::App,
    auth::{self, Actor, Permission, Role},
    config::Config,
    error::{Error, Result},
    members::{self, NewMember},
    organisations,
    records::{self, RecordFilter},
    sellers::{self, SellerFilter},
    serve,
};

const SLUG: &str = "demo";
/// Code and name of each account, the busiest first. The va sees the second, the client owns the third.
const ACCOUNTS: [(&str, &str); 3] =
    [("MAIN", "Main Street Deals"), ("NORDIC", "Nordic Living, Möbel & Mehr"), ("TOYS", "Toys \"R\" Fun")];
const ADMIN: &str = "admin@demo.example";
const VA: &str = "va@demo.example";
const CLIENT: &str = "client@demo.example";
/// Tokens of a demonstration end up in terminals' histories; they need not outlive it for long.
const TOKEN_DAYS: i64 = 7;

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Order records to make
    #[arg(long, value_name = "N", default_value_t = 25_000, value_parser = clap::value_parser!(u64).range(..=20_000_000))]
    records: u64,
    /// Sellers to make
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(..=10_000_000))]
    sellers: u64,
    /// Leave out the collection runs
    #[arg(long)]
    no_runs: bool,
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

/// What to sign in with.
#[derive(Debug)]
struct Tokens {
    admin: String,
    va: String,
    client: String,
}

impl Demo {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let stop = serve::stop_signal()?;
        stop_with_terminal(stop.clone())?;
        let directory = match settings.names_database() {
            true => None,
            false => Some(
                tempfile::Builder::new()
                    .prefix("sellerbook-demo-")
                    .tempdir()
                    .map_err(|error| Failure::new(format!("making a temporary directory: {error}")))?,
            ),
        };
        let database_url =
            directory.as_ref().map(|directory| format!("sqlite://{}/demo.db", directory.path().display()));
        // Never where other files are: those that no job of this database names would be swept away.
        let storage_url =
            directory.as_ref().map(|directory| format!("file:{}", directory.path().join("files").display()));
        let settings = settings.with("database_url", database_url).with("storage_url", storage_url);
        let (listener, mut config) = bind(settings.with("listen", self.listen).load()?).await?;
        let url = guide::url(config.listen);
        // What is printed is tried on this machine.
        config.public_url.get_or_insert_with(|| url.clone());
        let ready = tokio::select! {
            ready = self.prepare(config) => Some(ready?),
            () = stop.cancelled() => None,
        };
        if let Some((app, tokens)) = ready {
            guide::print(&url, directory.is_some(), &tokens)?;
            let workers = app.config.workers;
            serve::serve(app, listener, workers, stop).await?;
        }
        Ok(())
    }

    /// Makes what is not there yet, and new tokens.
    async fn prepare(&self, config: Config) -> Result<(App, Tokens), Failure> {
        let app = database::connect(config).await?;
        if organisations::find(&app, SLUG).await?.is_none() {
            organisations::create(&app, SLUG, "Demo & Sons, \"Dropshipping\"").await?;
        }
        let actor = database::operator(&app, SLUG).await?;
        let [main, nordic, toys] = ACCOUNTS;
        let accounts = [
            account(&app, &actor, main).await?,
            account(&app, &actor, nordic).await?,
            account(&app, &actor, toys).await?,
        ];
        self.fill(&app, &actor, accounts).await?;
        member(&app, &actor, ADMIN, Role::Admin, &[], &[]).await?;
        let may = [Permission::ReadRecords, Permission::ReadSellers];
        member(&app, &actor, VA, Role::Va, &may, &[nordic.0]).await?;
        member(&app, &actor, CLIENT, Role::Client, &[], &[toys.0]).await?;
        if !self.no_runs {
            let admin = members::find_by_email(&app, &actor, ADMIN).await?;
            let admin = admin.ok_or(Error::NotFound { what: "member" })?;
            runs::make(&app, &auth::of_member(&app, admin.id).await?).await?;
        }
        let tokens = Tokens {
            admin: token(&app, &actor, ADMIN).await?,
            va: token(&app, &actor, VA).await?,
            client: token(&app, &actor, CLIENT).await?,
        };
        Ok((app, tokens))
    }

    /// Fills the tables that are empty.
    async fn fill(&self, app: &App, actor: &Actor, accounts: [Uuid; 3]) -> Result<()> {
        let now = app.clock.now();
        if self.records > 0 && records::count(app, actor, &RecordFilter::default()).await? == 0 {
            let bar = progress::bar("writing records", self.records);
            let on_rows = {
                let bar = bar.clone();
                move |done| bar.set_position(done)
            };
            records::add_many(app, actor, rows::Records::new(self.records, now, accounts), on_rows).await?;
            bar.finish_and_clear();
        }
        if self.sellers > 0 && sellers::count(app, actor, &SellerFilter::default()).await? == 0 {
            let bar = progress::bar("writing sellers", self.sellers);
            let on_rows = {
                let bar = bar.clone();
                move |done| bar.set_position(done)
            };
            sellers::add_many(app, actor, rows::Sellers::new(self.sellers, now), on_rows).await?;
            bar.finish_and_clear();
        }
        Ok(())
    }
}

/// The account with this code, made when it is missing.
async fn account(app: &App, actor: &Actor, (code, name): (&str, &str)) -> Result<Uuid> {
    match accounts::get_by_code(app, actor, code).await {
        Err(Error::NotFound { .. }) => {
            let new = NewAccount { code: code.to_owned(), name: Some(name.to_owned()), owner_id: None };
            Ok(accounts::create(app, actor, new).await?.id)
        }
        account => Ok(account?.id),
    }
}

/// Adds a member when missing.
async fn member(
    app: &App,
    actor: &Actor,
    email: &str,
    role: Role,
    permissions: &[Permission],
    accounts: &[&str],
) -> Result<(), Failure> {
    if members::find_by_email(app, actor, email).await?.is_some() {
        return Ok(());
    }
    let new = NewMember {
        email: email.to_owned(),
        role,
        user_id: None,
        permissions: permissions.to_vec(),
        accounts: accounts.iter().map(|code| (*code).to_owned()).collect(),
    };
    members::add(app, actor, new).await?;
    Ok(())
}

async fn token(app: &App, actor: &Actor, email: &str) -> Result<String> {
    Ok(members::create_token(app, actor, email, None, Some(TimeDelta::days(TOKEN_DAYS))).await?.secret)
}

/// Whoever closes the window has seen enough; the data must go then too.
fn stop_with_terminal(stop: CancellationToken) -> Result<(), Failure> {
    let mut hangup = signal(SignalKind::hangup())
        .map_err(|error| Failure::new(format!("listening for the end of the terminal: {error}")))?;
    tokio::spawn(async move {
        hangup.recv().await;
        stop.cancel();
    });
    Ok(())
}
