//! `sellerbook collect`: starts a collection run, works on it in this process, and follows it to its end.
//!
//! Here: the command from its start to its exit code. Not here: what the run does (`collection`), and who works on it
//! (`work`). What a reader would get wrong: another process on the same database may take the run; this one follows it all
//! the same. Ctrl-C asks for a pause and waits for it, so that nothing that was paid for is lost; a second one leaves.

mod follow;
mod preset;
mod view;
mod words;

use std::process::ExitCode;

use clap::Args;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use self::{
    follow::{End, Interrupts, follow},
    view::View,
};
use super::{database, failure::Failure, say, settings::Settings};
use crate::{
    app::App,
    collection::{self, CollectionRun, CollectionRunStatus, NewRun},
    id::IdKind,
    work,
};

/// What a shell answers for what Ctrl-C ended.
const INTERRUPTED: u8 = 130;

#[derive(Debug, Args)]
pub(super) struct Collect {
    /// The organisation's slug
    #[arg(long)]
    org: String,
    /// What to collect: a preset by its name or id; "All categories" is built in
    #[arg(long)]
    preset: String,
    /// What to call the run; by default after the preset and the day
    #[arg(long)]
    name: Option<String>,
    /// Most it may cost, in US cents
    #[arg(long, value_name = "N")]
    max_cost_cents: Option<i64>,
    /// Most calls it may make
    #[arg(long, value_name = "N")]
    max_calls: Option<i32>,
    /// Tell what happens, a line for each event
    #[arg(long)]
    verbose: bool,
}

impl Collect {
    pub(super) async fn run(self, settings: Settings) -> Result<ExitCode, Failure> {
        let mut config = settings.load()?;
        // Whoever starts a run here wants it done here.
        config.runs = config.runs.max(1);
        let app = database::connect(config).await?;
        let actor = database::operator(&app, &self.org).await?;
        let preset_id = preset::find(&app, &actor, &self.preset).await?;
        let mut interrupts = Interrupts::listen()?;
        let new = NewRun {
            preset_id: Some(preset_id),
            name: self.name,
            max_cost_cents: self.max_cost_cents,
            max_calls: self.max_calls,
            ..NewRun::default()
        };
        let run = collection::start(&app, &actor, new).await?;
        let mut view = View::of(&run, self.verbose);
        let end = working(&app, &mut interrupts, async |interrupts| {
            follow(&app, &actor, run.id, &mut view, interrupts).await
        })
        .await;
        view.close();
        app.settle().await;
        leave(end?)
    }
}

/// Works on runs for as long as `following` takes; then lets go of those that are in hand.
async fn working(
    app: &App,
    interrupts: &mut Interrupts,
    following: impl AsyncFnOnce(&mut Interrupts) -> Result<End, Failure>,
) -> Result<End, Failure> {
    let stop = CancellationToken::new();
    let _ears = AbortOnDropHandle::new(tokio::spawn(work::listen(app.clone())));
    // Runs alone: other jobs are left to those who serve and work.
    let mut crew = AbortOnDropHandle::new(tokio::spawn(work::crew(app.clone(), 0, stop.clone())));
    let end = tokio::select! {
        end = following(interrupts) => end,
        worked = &mut crew => return Err(match worked {
            Ok(Err(error)) => error.into(),
            _ => Failure::new("the workers of this process stopped"),
        }),
    };
    if !matches!(end, Ok(End::Left)) {
        stop.cancel();
        tokio::select! {
            _ = &mut crew => {}
            () = interrupts.next() => return Ok(End::Left),
        }
    }
    end
}

/// The last words, and the exit code.
fn leave(end: End) -> Result<ExitCode, Failure> {
    match end {
        End::Over(run) => {
            say(words::summary(&run))?;
            over(&run)
        }
        End::Paused(run) => {
            say(words::summary(&run))?;
            let id = IdKind::Run.show(run.id);
            super::note(format_args!(
                "the run is paused and has lost nothing; `resumeCollectionRun(input: {{id: \"{id}\"}})` goes on with it"
            ));
            Ok(ExitCode::from(INTERRUPTED))
        }
        End::Left => {
            super::note("left the run at once; what was in hand is done again when it goes on");
            Ok(ExitCode::from(INTERRUPTED))
        }
    }
}

fn over(run: &CollectionRun) -> Result<ExitCode, Failure> {
    let reason = words::reason(run.reason.as_deref().unwrap_or_default());
    match run.status {
        CollectionRunStatus::Completed => Ok(ExitCode::SUCCESS),
        CollectionRunStatus::Cancelled => Err(Failure::new(format!("the run was cancelled: {reason}"))),
        _ => Err(Failure::new(format!("the run failed: {reason}"))),
    }
}
