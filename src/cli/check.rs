//! `attain check`: what was recognised, and every problem. Writes nothing, or with `--out` the findings
//! for whoever owns the files.

use std::io::Write;

use chrono::NaiveDate;

use crate::problem::Severity;

use super::{CommandResult, RunArguments, job, print_problems, with_progress};

/// `writes` says that a folder was named on the command line: the one for reports is not meant.
pub(super) fn main(arguments: RunArguments, writes: bool, today: NaiveDate) -> CommandResult {
    let job = job(&arguments, today)?;
    let lang = job.lang;
    let mut finished = with_progress(&arguments, lang, |progress| crate::run::check(&job, writes, progress))
        .map_err(|stop| arguments.stopped(lang, stop))?;
    if arguments.json {
        finished.account["findings"] =
            finished.problems.iter().map(|problem| super::problem_json(problem, lang)).collect();
        super::print_document(&finished.account).map_err(|stop| (lang, stop))?;
        return Ok(finished.exit_code);
    }
    if arguments.quiet && finished.exit_code == 0 {
        return Ok(0);
    }
    let mut stdout = std::io::stdout().lock();
    for input in &finished.inputs {
        let outcome = lang.word(&format!("outcome.{}", input.outcome.key()));
        let _ = writeln!(stdout, "{}: {outcome}", input.name);
        for sheet in &input.sheets {
            let line = match (sheet.table, sheet.header_row) {
                (Some(table), Some(header_row)) => lang.say(
                    "cli.sheet",
                    &[
                        ("table", lang.word(&format!("table.{table}"))),
                        ("header_row", &(u64::from(header_row) + 1).to_string()),
                        ("n_rows", &sheet.n_rows.to_string()),
                        ("n_used", &sheet.n_used.to_string()),
                    ],
                ),
                _ => lang.word("word.not_recognised").to_string(),
            };
            // Delimited files have no sheets to name.
            let name = if sheet.place.sheet.is_empty() { String::new() } else { format!("{}: ", sheet.place.sheet) };
            let _ = writeln!(stdout, "  {name}{line}");
        }
    }
    print_problems(&mut stdout, &finished.problems, lang, arguments.shown());
    let count =
        |severity| finished.problems.iter().filter(|problem| problem.severity() == severity).count().to_string();
    let summary = lang.say(
        "message.problems",
        &[
            ("errors", &count(Severity::Error)),
            ("warnings", &count(Severity::Warning)),
            ("infos", &count(Severity::Info)),
        ],
    );
    let _ = writeln!(stdout, "{summary}");
    if let Some(path) = finished.outputs.first() {
        let _ = writeln!(stdout, "{}", lang.say("cli.written", &[("path", &path.display().to_string())]));
    }
    Ok(finished.exit_code)
}
