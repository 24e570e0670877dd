//! `attain init`: a folder to start from: settings with comments, blank workbooks, a small sample.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::job::settings;
use crate::publish::{Output, Stop, write_all};
use crate::render::template;
use crate::tables::{TABLES, table};
use crate::text::Lang;

use super::{CommandResult, LangArgument};

#[derive(Args, Debug)]
pub(super) struct InitArguments {
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    #[arg(long, env = "ATTAIN_LANG")]
    lang: Option<LangArgument>,
}

const ENGLISH: &str = include_str!("../../templates/attain-en.toml");
const CHINESE: &str = include_str!("../../templates/attain-zh.toml");

/// The sample's rows in the order of the template's columns; `-` leaves a cell blank.
const TEAM: [[&str; 6]; 4] = [
    ["E01", "Li Lei|李雷", "-", "-", "Team A|一组", "North|北区"],
    ["E02", "Han Mei|韩梅", "-", "-", "Team A|一组", "North|北区"],
    ["E03", "Wu Gang|吴刚", "-", "-", "Team B|二组", "South|南区"],
    ["E04", "Zhao Min|赵敏", "-", "-", "Team B|二组", "South|南区"],
];

const QUARTER_TARGETS: [(&str, &str); 4] = [("E01", "120000"), ("E02", "100000"), ("E03", "110000"), ("E04", "90000")];

const ACTUALS: [(&str, &str, &str); 12] = [
    ("2026-01-15", "E01", "41250.50"),
    ("2026-01-20", "E02", "30100"),
    ("2026-01-22", "E03", "18020"),
    ("2026-01-28", "E04", "36400"),
    ("2026-02-05", "E01", "38700"),
    ("2026-02-10", "E02", "27550.25"),
    ("2026-02-12", "E03", "21900"),
    ("2026-02-26", "E04", "33080"),
    ("2026-03-04", "E01", "44120"),
    ("2026-03-11", "E02", "35990"),
    ("2026-03-18", "E03", "24010"),
    ("2026-03-25", "E04", "27315"),
];

/// The sample's tables as rows for the template writer.
fn sample(lang: Lang) -> Vec<(&'static str, Vec<Vec<String>>)> {
    let say = |text: &str| match text.split_once('|') {
        Some((english, chinese)) => if lang == Lang::Zh { chinese } else { english }.to_string(),
        None => text.to_string(),
    };
    let sales = crate::problem::metric_word("sales_amount", lang);
    let team = TEAM.iter().map(|row| row.iter().map(|text| say(text)).collect()).collect();
    let targets = QUARTER_TARGETS.iter().map(|(id, value)| {
        let blank = || "-".to_string();
        // period, year, id, person, team, region, unit, product, segment, metric, value
        let mut row = vec!["2026-Q1".to_string(), blank(), (*id).to_string()];
        row.extend((0..6).map(|_| blank()));
        row.extend([sales.clone(), (*value).to_string()]);
        row
    });
    let actuals = ACTUALS.iter().map(|(date, id, amount)| {
        // date, period, year, id, person, team, region, product, customer, segment, document, share, sales
        let mut row = vec![(*date).to_string(), "-".to_string(), "-".to_string(), (*id).to_string()];
        row.extend((0..8).map(|_| "-".to_string()));
        row.push((*amount).to_string());
        row
    });
    vec![("team", team), ("targets", targets.collect()), ("actuals", actuals.collect())]
}

pub(super) fn main(arguments: &InitArguments, lang: Lang) -> CommandResult {
    let lang = arguments.lang.map_or(lang, Lang::from);
    let stop = |stop| (lang, stop);
    let text = if lang == Lang::Zh { CHINESE } else { ENGLISH };
    let mut outputs = vec![
        Output { path: "attain.toml".to_string(), bytes: text.as_bytes().to_vec() },
        Output { path: settings::SCHEMA_FILE.to_string(), bytes: settings::schema().into_bytes() },
    ];
    for spec in TABLES {
        let bytes = template::render(spec, &[], lang).map_err(|message| stop(Stop::Output(message)))?;
        outputs.push(Output { path: format!("templates/{}", template::file_name(spec, lang)), bytes });
    }
    for (key, rows) in sample(lang) {
        let Some(spec) = table(key) else { continue };
        let bytes = template::render(spec, &rows, lang).map_err(|message| stop(Stop::Output(message)))?;
        outputs.push(Output { path: format!("inputs/{}", template::file_name(spec, lang)), bytes });
    }
    if let Some(path) = outputs.iter().map(|output| arguments.dir.join(&output.path)).find(|path| path.exists()) {
        return Err(stop(Stop::Usage(lang.say("usage.exists", &[("path", &path.display().to_string())]))));
    }
    write_all(&arguments.dir, &outputs).map_err(stop)?;
    let dir = arguments.dir.display().to_string();
    let _ = writeln!(std::io::stdout(), "{}", lang.say("cli.initialised", &[("dir", &dir)]));
    Ok(0)
}
