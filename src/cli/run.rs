//! `attain run`: read, analyse, write the report.

use std::io::Write;

use chrono::NaiveDate;

use crate::problem::Severity;
use crate::report::Outcome;

use super::{CommandResult, RunArguments, job, print_problems, with_progress};

pub(super) fn main(arguments: RunArguments, today: NaiveDate) -> CommandResult {
    let job = job(&arguments, today)?;
    let lang = job.lang;
    let finished = with_progress(&arguments, lang, |progress| crate::run::run(&job, progress))
        .map_err(|stop| arguments.stopped(lang, stop))?;
    let mut stderr = std::io::stderr().lock();
    // Quiet is for when all is well.
    if !arguments.quiet || finished.exit_code != 0 {
        print_problems(&mut stderr, &finished.problems, lang, arguments.shown());
        let count =
            |severity| finished.problems.iter().filter(|problem| problem.severity() == severity).count().to_string();
        let files = |outcome| finished.inputs.iter().filter(|input| input.outcome == outcome).count().to_string();
        let summary = lang.say(
            "cli.summary",
            &[
                ("files", &finished.inputs.len().to_string()),
                ("rejected", &files(Outcome::Rejected)),
                ("errors", &count(Severity::Error)),
                ("warnings", &count(Severity::Warning)),
                ("infos", &count(Severity::Info)),
            ],
        );
        let _ = writeln!(stderr, "{summary}");
    }
    let is_workbook =
        |path: &&std::path::PathBuf| path.extension().is_some_and(|ending| ending != "csv" && ending != "json");
    if arguments.json {
        super::print_document(&finished.account).map_err(|stop| (lang, stop))?;
    } else if !arguments.quiet {
        // The last lines name what was written; a closed pipe is no failure of the run.
        for workbook in finished.outputs.iter().filter(is_workbook) {
            let line = lang.say("cli.written", &[("path", &workbook.display().to_string())]);
            let _ = writeln!(std::io::stdout(), "{line}");
        }
    }
    Ok(finished.exit_code)
}
