//! The commands: one file each, of the command's name.
//!
//! Here: reading the command line, the settings and the log every command shares, and how a failure looks in a terminal.
//! Not here: what the commands do, which are operations of the domain. What a reader would get wrong: standard output is
//! the answer and nothing else, so that it can be piped; everything said beside it goes to standard error.

mod account;
mod collect;
mod database;
mod demo;
mod export;
mod failure;
mod import;
mod log;
mod member;
mod migrate;
mod org;
mod progress;
mod schedules;
mod schema;
mod serve;
mod settings;
mod sources;
mod token;
mod work;

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use self::{failure::Failure, settings::Settings};

/// Most characters of a title or a name on a line.
const MOST: usize = 60;

/// Backend for dropshipping teams: marketplace sellers, order records, and both as files of any size.
#[derive(Debug, Parser)]
#[command(name = "sellerbook", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try it: a throw-away organisation with data, and a server; prints addresses and tokens
    Demo(demo::Demo),
    /// Serve the API and the downloads, and work on jobs
    Serve(serve::Serve),
    /// Work on jobs only
    Work(work::Work),
    /// Bring the database up to date
    Migrate(migrate::Migrate),
    /// Print the GraphQL schema
    Schema,
    /// Organisations
    #[command(subcommand)]
    Org(org::Org),
    /// Members of an organisation
    #[command(subcommand)]
    Member(member::MemberCommand),
    /// Accounts of an organisation
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// API tokens
    #[command(subcommand)]
    Token(token::Token),
    /// Import records or sellers from a CSV, JSON, NDJSON or XLSX file, or undo that
    #[command(subcommand)]
    Import(import::Import),
    /// Write records or sellers to a file
    #[command(subcommand)]
    Export(Box<export::Export>),
    /// Start a collection run, work on it and follow it to its end
    Collect(collect::Collect),
    /// List schedules with their next times
    Schedules(schedules::Schedules),
    /// Where collection runs read best sellers and listings
    #[command(subcommand)]
    Sources(sources::SourcesCommand),
}

/// Reads the command line and runs the command. A usage error ends with 2, as every program's does; a failure with 1; what
/// Ctrl-C ended, with 130.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::new(format!("starting the runtime: {error}")).exit(),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(failure) => failure.exit(),
    }
}

async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let settings = cli.settings;
    let done = match cli.command {
        Command::Collect(command) => return command.run(settings).await,
        Command::Demo(command) => command.run(settings).await,
        Command::Serve(command) => command.run(settings).await,
        Command::Work(command) => command.run(settings).await,
        Command::Migrate(command) => command.run(settings).await,
        Command::Schema => schema::run(),
        Command::Org(command) => command.run(settings).await,
        Command::Member(command) => command.run(settings).await,
        Command::Account(command) => command.run(settings).await,
        Command::Token(command) => command.run(settings).await,
        Command::Import(command) => command.run(settings).await,
        Command::Export(command) => command.run(settings).await,
        Command::Schedules(command) => command.run(settings).await,
        Command::Sources(command) => command.run(settings).await,
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Writes a line of the answer. Whoever stopped reading (`| head`) has seen enough: that is no failure.
fn say(line: impl Display) -> Result<(), Failure> {
    match writeln!(io::stdout().lock(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("writing to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Says something beside the answer.
fn note(line: impl Display) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Text of somebody else: on one line, without what terminals obey, and cut.
fn shown(text: &str) -> String {
    let harmless = |letter: char| if letter.is_control() || is_direction(letter) { '\u{fffd}' } else { letter };
    let mut shown: String = text.chars().take(MOST).map(harmless).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

/// What turns the order of the letters that follow.
fn is_direction(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
