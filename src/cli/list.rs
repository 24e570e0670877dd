//! `attain list`: reports, tables, metrics, profiles and problem codes, from the lists that define them; and the
//! schema of the settings.

use std::io::Write;

use clap::{Args, ValueEnum};

use crate::job::settings::{self, Settings};
use crate::metric::Formula;
use crate::problem::{CODES, metric_word};
use crate::report::REPORTS;
use crate::tables::TABLES;
use crate::tables::profile::BUILT_IN;
use crate::text::Lang;

use super::{CommandResult, LangArgument};

#[derive(Args, Debug)]
pub(super) struct ListArguments {
    what: Option<What>,
    #[arg(long, env = "ATTAIN_LANG")]
    lang: Option<LangArgument>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum What {
    Codes,
    Metrics,
    Profiles,
    Reports,
    /// The JSON schema of attain.toml: a document of its own.
    Schema,
    Tables,
}

pub(super) fn main(arguments: &ListArguments, lang: Lang) -> CommandResult {
    let lang = arguments.lang.map_or(lang, Lang::from);
    if arguments.what == Some(What::Schema) {
        let _ = std::io::stdout().write_all(settings::schema().as_bytes());
        return Ok(0);
    }
    let mut text = String::new();
    let wanted = |what| arguments.what.is_none_or(|wanted| wanted == what);
    let mut section = |what: What, key: &str, rows: Vec<(String, String)>| {
        if !wanted(what) {
            return;
        }
        text.push_str(&format!("{}\n", lang.word(key)));
        let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, meaning) in rows {
            text.push_str(&format!("  {name:width$}  {meaning}\n"));
        }
    };
    let reports =
        REPORTS.iter().map(|report| (report.key.to_string(), lang.word(&format!("report.{}", report.key)).to_string()));
    section(What::Reports, "list.reports", reports.collect());
    let tables = TABLES.iter().map(|table| {
        let columns: Vec<&str> =
            table.columns.iter().map(|column| lang.word(&format!("column.{}", column.key))).collect();
        (table.key.to_string(), format!("{}: {}", lang.word(&format!("table.{}", table.key)), columns.join(", ")))
    });
    section(What::Tables, "list.tables", tables.collect());
    let metrics = Settings::default().metrics();
    let metrics = metrics.iter().flat_map(|metrics| metrics.iter()).map(|metric| {
        let formula = match &metric.formula {
            Formula::Sum => String::new(),
            Formula::Last => format!(" ({})", lang.word("word.last_reading")),
            Formula::Ratio { numerator, denominator } => format!(" = {numerator} ÷ {denominator}"),
        };
        (metric.key.clone(), format!("{} ({}){formula}", metric_word(&metric.key, lang), metric.polarity.key()))
    });
    section(What::Metrics, "list.metrics", metrics.collect());
    section(
        What::Profiles,
        "list.profiles",
        BUILT_IN.iter().map(|(name, _)| ((*name).to_string(), String::new())).collect(),
    );
    let codes = CODES.iter().map(|code| ((*code).to_string(), lang.word(&format!("problem.{code}.name")).to_string()));
    section(What::Codes, "list.codes", codes.collect());
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(0)
}
