//! `attain map`: writes a mapping profile for somebody else's file: by questions on a terminal, by flags in a script.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::Args;

use crate::cell::column_letters;
use crate::job::Job;
use crate::publish::{Output, Stop, write_all};
use crate::tables::mapping::Role;
use crate::tables::peek::{Peek, sheet_name};
use crate::tables::profile::{Profile, mappable_keys, stage_date_key};
use crate::tables::{SheetSummary, TABLES, TableSpec, table};
use crate::text::Lang;

use super::{CommandResult, LangArgument, RunArguments, inspect, job};

#[derive(Args, Clone, Debug)]
pub(super) struct MapArguments {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "NAME")]
    save: String,
    #[arg(long, value_name = "TABLE")]
    kind: Option<String>,
    #[arg(long, value_name = "SHEET")]
    sheet: Option<String>,
    #[arg(long, value_name = "ROW")]
    header_row: Option<u32>,
    #[arg(long, value_name = "COLUMN=HEADER")]
    set: Vec<String>,
    #[arg(long, value_name = "COLUMN=TEXT")]
    constant: Vec<String>,
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    #[arg(long, value_name = "ORDER")]
    date_order: Option<String>,
    #[arg(long, value_name = "MARK")]
    decimal: Option<String>,
    #[arg(long, value_name = "METRIC")]
    metric: Option<String>,
    #[arg(long, value_name = "PERIOD")]
    period: Option<String>,
    #[arg(long)]
    periods_across: bool,
    #[arg(long, value_name = "PATTERN")]
    files: Option<String>,
    #[arg(long)]
    force: bool,
    #[arg(long, env = "ATTAIN_LANG")]
    lang: Option<LangArgument>,
    #[arg(long, value_name = "FILE", env = "ATTAIN_CONFIG")]
    config: Option<PathBuf>,
}

/// One table of the profile that is being made.
#[derive(Clone, Debug, Default)]
struct Draft {
    kind: String,
    sheet: Option<String>,
    /// Our column → their header.
    columns: BTreeMap<String, String>,
    periods_across: bool,
}

pub(super) fn main(arguments: MapArguments, today: NaiveDate) -> CommandResult {
    let reading = RunArguments {
        inputs: vec![arguments.file.clone()],
        lang: arguments.lang,
        config: arguments.config.clone(),
        ..RunArguments::default()
    };
    let job = job(&reading, today)?;
    let lang = job.lang;
    let usage = |message: String| (lang, Stop::Usage(message));
    let seen = crate::run::inspect(&job).map_err(|stop| (lang, stop))?;
    let wanted_row = arguments.header_row.map(|row| row.saturating_sub(1));
    let peeks = crate::run::peek(&job, wanted_row).map_err(|kind| usage(kind.message(lang)))?;
    let is_wanted = |peek: &&Peek| arguments.sheet.as_ref().is_none_or(|sheet| *peek.place.sheet == **sheet);
    let peeks: Vec<Peek> = peeks.iter().filter(is_wanted).cloned().collect();
    if peeks.is_empty() {
        return Err(usage(lang.word("map.no_sheet").to_string()));
    }
    let summaries: Vec<&SheetSummary> = seen.iter().flat_map(|(record, _)| &record.sheets).collect();
    let is_asking = arguments.set.is_empty() && arguments.kind.is_none() && std::io::stdin().is_terminal();
    let drafts = if is_asking {
        ask(&peeks, &summaries, &job, lang).map_err(|error| usage(error.to_string()))?
    } else {
        drafts(&arguments, &peeks, &summaries, &job, lang).map_err(usage)?
    };
    let text = profile_text(&arguments, &drafts).map_err(usage)?;
    let profile = Profile::parse(&arguments.save, &text).map_err(usage)?;
    profile.check(&job.metrics, &job.stages).map_err(usage)?;
    let path = profile_path(&arguments, reading.config.as_deref());
    if path.exists() && !arguments.force {
        return Err(usage(lang.say("usage.exists", &[("path", &path.display().to_string())])));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_path_buf();
    let name = path.file_name().map(|name| name.to_string_lossy().to_string()).unwrap_or_default();
    write_all(&folder, &[Output { path: name, bytes: text.into_bytes() }]).map_err(|stop| (lang, stop))?;
    // What the profile makes of the file it was written for.
    let again = RunArguments { profile: Some(path.display().to_string()), ..reading };
    let job = self::job(&again, today)?;
    let files = crate::run::inspect(&job).map_err(|stop| (lang, stop))?;
    let mut shown = String::new();
    for (record, problems) in &files {
        shown.push_str(&inspect::file_text(record, problems, lang));
    }
    shown.push_str(&format!("{}\n", lang.say("map.saved", &[("path", &path.display().to_string())])));
    let _ = std::io::stdout().write_all(shown.as_bytes());
    let n_used: usize = files.iter().flat_map(|(record, _)| &record.sheets).map(|sheet| sheet.n_used).sum();
    Ok(u8::from(n_used == 0))
}

/// `profiles/NAME.toml` beside the settings; a path as it is.
fn profile_path(arguments: &MapArguments, config: Option<&Path>) -> PathBuf {
    if arguments.save.ends_with(".toml") || arguments.save.contains('/') {
        return PathBuf::from(&arguments.save);
    }
    let base = config.and_then(Path::parent).unwrap_or(Path::new(""));
    base.join("profiles").join(format!("{}.toml", arguments.save))
}

/// What was recognised, with what the flags say on top.
fn drafts(
    arguments: &MapArguments,
    peeks: &[Peek],
    summaries: &[&SheetSummary],
    job: &Job,
    lang: Lang,
) -> Result<Vec<Draft>, String> {
    let mut set: BTreeMap<String, String> = BTreeMap::new();
    for text in &arguments.set {
        let (key, header) = text.split_once('=').ok_or_else(|| lang.say("map.not_a_pair", &[("raw", text)]))?;
        set.insert(key.trim().to_string(), header.trim().to_string());
    }
    let Some(kind) = &arguments.kind else {
        let of_sheet = |sheet: &&&SheetSummary| peeks.iter().any(|peek| peek.place == sheet.place);
        let mut drafts: Vec<Draft> = summaries
            .iter()
            .filter(of_sheet)
            .filter_map(|sheet| recognised(sheet, arguments.metric.as_deref(), peeks.len() > 1))
            .collect();
        let Some(first) = drafts.first_mut() else { return Err(lang.word("map.kind_needed").to_string()) };
        first.columns.extend(set);
        return Ok(drafts);
    };
    let spec = table(kind).ok_or_else(|| {
        let names: Vec<&str> = TABLES.iter().map(|table| table.key).collect();
        lang.say("usage.unknown_table", &[("name", kind), ("names", &names.join(", "))])
    })?;
    // The sheet in which the headers that were named stand, or the first.
    let has_all = |peek: &&Peek| set.values().all(|header| peek.columns.iter().any(|column| column.header == *header));
    let Some(peek) = peeks.iter().find(has_all) else {
        let headers: Vec<&str> =
            peeks.iter().flat_map(|peek| &peek.columns).map(|column| column.header.as_str()).collect();
        return Err(lang.say("map.no_header", &[("headers", &headers.join(", "))]));
    };
    let keys = mappable_keys(spec, &job.metrics, &job.stages);
    let mut columns = set;
    for column in &peek.columns {
        if columns.values().any(|header| *header == column.header) || column.header.is_empty() {
            continue;
        }
        let free = column.suggestions.iter().find(|key| keys.contains(key) && !columns.contains_key(*key));
        if let Some(key) = free {
            columns.insert(key.clone(), column.header.clone());
        }
    }
    let periods_across = arguments.periods_across;
    Ok(vec![Draft { kind: kind.clone(), sheet: arguments.sheet.clone(), columns, periods_across }])
}

/// What the reader makes of a sheet by itself, as a profile would say it. Where there are several sheets, it says
/// which one it is for.
fn recognised(sheet: &SheetSummary, metric: Option<&str>, has_others: bool) -> Option<Draft> {
    let name = has_others.then(|| sheet.place.sheet.to_string());
    let mut draft = Draft { kind: sheet.table?.to_string(), sheet: name, ..Draft::default() };
    let names_metric = sheet.columns.iter().any(|column| column.role == Role::Field("metric"));
    for column in sheet.columns.iter().filter(|column| !column.header.is_empty()) {
        match &column.role {
            Role::Field(field) => drop(draft.columns.insert((*field).to_string(), column.header.clone())),
            Role::Figure { metric: Some(metric), period: None } => {
                draft.columns.insert(metric.clone(), column.header.clone());
            }
            Role::Stage(stage) => drop(draft.columns.insert(stage.clone(), column.header.clone())),
            Role::StageDate(stage) => drop(draft.columns.insert(stage_date_key(stage), column.header.clone())),
            Role::Figure { period: Some(_), .. } | Role::Beside { .. } => draft.periods_across = true,
            // The amount of whichever metric: the one that is said, or sales.
            Role::Figure { metric: None, period: None } if !names_metric => {
                draft.columns.insert(metric.unwrap_or("sales_amount").to_string(), column.header.clone());
            }
            Role::Figure { metric: None, period: None } | Role::Total | Role::Currency | Role::Operand => {}
        }
    }
    Some(draft)
}

/// Asks about each sheet: what it is, and what each of its columns is.
fn ask(peeks: &[Peek], summaries: &[&SheetSummary], job: &Job, lang: Lang) -> std::io::Result<Vec<Draft>> {
    let mut lines = std::io::stdin().lock().lines();
    let mut answer = |question: &str| -> std::io::Result<String> {
        let mut stdout = std::io::stdout().lock();
        write!(stdout, "{question} ")?;
        stdout.flush()?;
        Ok(lines.next().transpose()?.unwrap_or_default().trim().to_string())
    };
    let mut drafts = Vec::new();
    for peek in peeks {
        let known = summaries.iter().find(|sheet| sheet.place == peek.place).and_then(|sheet| sheet.table);
        let row = (peek.header_row + 1).to_string();
        let name = sheet_name(&peek.place);
        let kinds: Vec<&str> = TABLES.iter().map(|table| table.key).collect();
        let question = lang.say(
            "map.ask_kind",
            &[("sheet", &name), ("row", &row), ("kinds", &kinds.join(", ")), ("default", known.unwrap_or("-"))],
        );
        let said = answer(&question)?;
        let said = if said.is_empty() { known.unwrap_or("-").to_string() } else { said };
        let Some(spec) = table(&said) else { continue };
        let sheet = (peeks.len() > 1).then(|| peek.place.sheet.to_string());
        drafts.push(ask_columns(peek, spec, sheet, job, lang, &mut answer)?);
    }
    Ok(drafts)
}

fn ask_columns(
    peek: &Peek,
    spec: &'static TableSpec,
    sheet: Option<String>,
    job: &Job,
    lang: Lang,
    answer: &mut dyn FnMut(&str) -> std::io::Result<String>,
) -> std::io::Result<Draft> {
    let keys = mappable_keys(spec, &job.metrics, &job.stages);
    let mut draft = Draft { kind: spec.key.to_string(), sheet, ..Draft::default() };
    for column in peek.columns.iter().filter(|column| !column.header.is_empty()) {
        if column.is_period && column.suggestions.is_empty() {
            draft.periods_across = true;
            continue;
        }
        let free = column.suggestions.iter().find(|key| keys.contains(key) && !draft.columns.contains_key(*key));
        let default = free.map_or("-", String::as_str);
        let samples = column.samples.join(" · ");
        let question = lang.say(
            "map.ask_column",
            &[
                ("column", &column_letters(column.column)),
                ("header", &column.header),
                ("samples", &samples),
                ("default", default),
            ],
        );
        loop {
            let said = answer(&question)?;
            let said = if said.is_empty() { default.to_string() } else { said };
            match said.as_str() {
                "-" => break,
                key if keys.iter().any(|known| known == key) => {
                    draft.columns.insert(key.to_string(), column.header.clone());
                    break;
                }
                // `?`, or a word that is no column: say which there are, and ask again.
                _ => {
                    let _ = writeln!(std::io::stdout(), "  {}", keys.join(", "));
                }
            }
        }
    }
    Ok(draft)
}

/// The profile as a file.
fn profile_text(arguments: &MapArguments, drafts: &[Draft]) -> Result<String, String> {
    let quoted = |text: &str| toml::Value::String(text.to_string()).to_string();
    let name =
        Path::new(&arguments.save).file_stem().map(|stem| stem.to_string_lossy().to_string()).unwrap_or_default();
    let file = arguments.file.file_name().map(|name| name.to_string_lossy().to_string()).unwrap_or_default();
    let mut text = format!("name = {}\ndescription = {}\n", quoted(&name), quoted(&file));
    for draft in drafts {
        text.push_str(&format!("\n[[table]]\nkind = {}\n", quoted(&draft.kind)));
        let mut add = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                text.push_str(&format!("{key} = {value}\n"));
            }
        };
        add("files", arguments.files.as_deref().map(|pattern| format!("[{}]", quoted(pattern))));
        add("sheet", draft.sheet.as_deref().map(quoted));
        add("header_row", arguments.header_row.map(|row| row.to_string()));
        add("unit", arguments.unit.as_deref().map(quoted));
        add("date_order", arguments.date_order.as_deref().map(quoted));
        add("decimal", arguments.decimal.as_deref().map(quoted));
        add("metric", arguments.metric.as_deref().map(quoted));
        add("period", arguments.period.as_deref().map(quoted));
        add("periods_across", draft.periods_across.then(|| "true".to_string()));
        if !arguments.constant.is_empty() {
            text.push_str("[table.constants]\n");
            for constant in &arguments.constant {
                let (key, value) = constant.split_once('=').ok_or_else(|| format!("`{constant}`: KEY=TEXT"))?;
                text.push_str(&format!("{} = {}\n", key.trim(), quoted(value.trim())));
            }
        }
        text.push_str("[table.columns]\n");
        for (key, header) in &draft.columns {
            text.push_str(&format!("{key} = {}\n", quoted(header)));
        }
    }
    Ok(text)
}
