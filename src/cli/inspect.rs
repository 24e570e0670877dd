//! `attain inspect`: what the reader sees in files: sheets, headers, columns, shapes, what is left out and why.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;
use serde_json::{Value, json};

use crate::cell::column_letters;
use crate::problem::{Problem, metric_word, stage_word};
use crate::report::InputRecord;
use crate::tables::habits::{DecimalMark, PercentScale};
use crate::tables::mapping::Role;
use crate::tables::{ColumnSummary, SheetSummary};
use crate::text::Lang;

use super::{CommandResult, LangArgument, RunArguments, job};

#[derive(Args, Clone, Debug)]
pub(super) struct InspectArguments {
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[arg(long, env = "ATTAIN_LANG")]
    lang: Option<LangArgument>,
    #[arg(long, value_name = "FILE", env = "ATTAIN_CONFIG")]
    config: Option<PathBuf>,
    #[arg(long, value_name = "NAME|FILE", env = "ATTAIN_PROFILE")]
    profile: Option<String>,
    #[arg(long)]
    json: bool,
}

/// Places of one kind of problem that are shown.
const PLACES_SHOWN: usize = 5;

pub(super) fn main(arguments: InspectArguments, today: NaiveDate) -> CommandResult {
    let reading = RunArguments {
        inputs: arguments.files,
        lang: arguments.lang,
        config: arguments.config,
        profile: arguments.profile,
        ..RunArguments::default()
    };
    let job = job(&reading, today)?;
    let lang = job.lang;
    let files = crate::run::inspect(&job).map_err(|stop| (lang, stop))?;
    if arguments.json {
        let document: Value = files.iter().map(|(record, problems)| file_json(record, problems, lang)).collect();
        super::print_document(&document).map_err(|stop| (lang, stop))?;
        return Ok(0);
    }
    let mut text = String::new();
    for (record, problems) in &files {
        text.push_str(&file_text(record, problems, lang));
    }
    // A closed pipe is no failure: whoever reads has read enough.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(0)
}

/// What a file holds, for people.
pub(super) fn file_text(record: &InputRecord, problems: &[Problem], lang: Lang) -> String {
    let outcome = lang.word(&format!("outcome.{}", record.outcome.key()));
    let mut text = format!("{}: {outcome}\n", record.name);
    for sheet in &record.sheets {
        text.push_str(&sheet_text(sheet, lang));
    }
    text.push_str(&problems_text(problems, lang));
    text
}

fn sheet_text(sheet: &SheetSummary, lang: Lang) -> String {
    let name = if sheet.place.sheet.is_empty() {
        lang.word("inspect.file").to_string()
    } else {
        sheet.place.sheet.to_string()
    };
    let hidden = if sheet.hidden { lang.word("inspect.hidden_sheet") } else { "" };
    let Some(table) = sheet.table else {
        return format!("  {name}{hidden}: {}\n", lang.word("word.not_recognised"));
    };
    let number = |n: usize| n.to_string();
    let rows = match (sheet.first_header_row, sheet.header_row) {
        (Some(first), Some(last)) if first < last => format!("{}–{}", first + 1, last + 1),
        (_, last) => (last.unwrap_or(0) + 1).to_string(),
    };
    let n_known = sheet.columns.iter().map(|column| column.column).collect::<std::collections::BTreeSet<_>>().len();
    let line = lang.say(
        "inspect.table",
        &[
            ("table", lang.word(&format!("table.{table}"))),
            ("rows", &rows),
            ("known", &number(n_known)),
            ("headers", &number(sheet.n_headers)),
            ("used", &number(sheet.n_used)),
            ("all", &number(sheet.n_rows)),
        ],
    );
    let mut text = format!("  {name}{hidden}: {line}\n");
    let left_out = [
        ("totals", sheet.n_totals),
        ("notes", sheet.n_notes),
        ("filtered", sheet.n_filtered),
        ("scenarios", sheet.n_other_scenarios),
        ("headers", sheet.n_repeated_headers),
        ("hidden", sheet.n_hidden),
        ("unread", sheet.n_unread),
    ];
    let left_out = left_out.iter().filter(|(_, n)| *n > 0);
    let left_out: Vec<String> =
        left_out.map(|(what, n)| lang.say(&format!("inspect.rows.{what}"), &[("n", &number(*n))])).collect();
    if !left_out.is_empty() {
        text.push_str(&format!("    {}\n", left_out.join(lang.word("separator"))));
    }
    let context = match (sheet.context.year, sheet.context.month) {
        (Some(year), Some(month)) => Some(format!("{year}-{month:02}")),
        (Some(year), None) => Some(year.to_string()),
        _ => None,
    };
    if let Some(context) = context {
        text.push_str(&format!("    {}\n", lang.say("inspect.context", &[("context", &context)])));
    }
    if sheet.money_power != 0 {
        let factor = format!("10^{}", sheet.money_power);
        text.push_str(&format!("    {}\n", lang.say("inspect.unit", &[("factor", &factor)])));
    }
    if let Some(profile) = &sheet.profile {
        text.push_str(&format!("    {}\n", lang.say("inspect.profile", &[("profile", profile)])));
    }
    for column in sheet.columns.iter().filter(|column| column.role != Role::Operand) {
        text.push_str(&format!("    {}\n", column_text(column, lang)));
    }
    text
}

fn column_text(column: &ColumnSummary, lang: Lang) -> String {
    let mut line =
        format!("{:>3}  {} → {}", column_letters(column.column), column.header, role_text(&column.role, lang));
    let mut add = |text: String| line.push_str(&format!(", {text}"));
    match column.power {
        Some(power) if power > 0 => add(format!("×10^{power}")),
        Some(-2) => add("%".to_string()),
        _ => {}
    }
    if let Some(order) = column.habits.date_order {
        add(format!("{order:?}").to_lowercase());
    }
    if column.habits.decimal == DecimalMark::Comma {
        add("1.234,56".to_string());
    }
    if column.habits.percent == PercentScale::Hundred {
        add(lang.word("inspect.percent").to_string());
    }
    if let Some(sum) = column.sum {
        add(format!("Σ {}", sum.grouped(if sum.rounded(0) == sum { 0 } else { 2 })));
    }
    line
}

/// What a column is, in words.
pub(super) fn role_text(role: &Role, lang: Lang) -> String {
    match role {
        Role::Field(field) => lang.word(&format!("column.{field}")).to_string(),
        Role::Figure { metric, period } => {
            let metric = metric.as_ref().map(|metric| metric_word(metric, lang));
            let period = period.map(|period| match period.resolve(Default::default()) {
                Some(period) => period.to_string(),
                None => period_word(period),
            });
            let parts: Vec<String> = [metric, period].into_iter().flatten().collect();
            if parts.is_empty() { lang.word("inspect.figure").to_string() } else { parts.join(" ") }
        }
        Role::Beside { scenario, metric, period } => {
            let scenario = lang.word(&format!("scenario.{}", scenario.key())).to_string();
            let metric = metric.as_ref().map(|metric| metric_word(metric, lang));
            [Some(scenario), metric, period.map(period_word)].into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        Role::Stage(stage) => stage_word(stage, lang),
        Role::StageDate(stage) => lang.say("word.stage_date", &[("stage", &stage_word(stage, lang))]),
        Role::Total => lang.word("inspect.total").to_string(),
        Role::Currency => lang.word("inspect.currency").to_string(),
        Role::Operand => lang.word("inspect.operand").to_string(),
    }
}

/// A period that lacks its year: `?-Q1`, `?-03`, `?-?-05`.
fn period_word(period: crate::period::parse::Written) -> String {
    use crate::period::Kind;
    use crate::period::parse::Written;
    match period {
        Written::Whole(period) => period.to_string(),
        Written::NeedsYear { kind: Kind::Quarter, index } => format!("?-Q{index}"),
        Written::NeedsYear { kind: Kind::Week, index } => format!("?-W{index:02}"),
        Written::NeedsYear { index, .. } => format!("?-{index:02}"),
        Written::DayOf { month: Some(month), day } => format!("?-{month:02}-{day:02}"),
        Written::DayOf { month: None, day } => format!("?-?-{day:02}"),
    }
}

/// Problems by code: how many, where first, and what to do.
fn problems_text(problems: &[Problem], lang: Lang) -> String {
    let mut by_code: BTreeMap<(std::cmp::Reverse<crate::problem::Severity>, &str), Vec<&Problem>> = BTreeMap::new();
    for problem in problems {
        by_code.entry((std::cmp::Reverse(problem.severity()), problem.kind.code())).or_default().push(problem);
    }
    let mut text = String::new();
    for ((_, code), group) in by_code {
        let places: Vec<String> = group.iter().take(PLACES_SHOWN).map(|problem| place(problem)).collect();
        let more = if group.len() > PLACES_SHOWN { format!(" +{}", group.len() - PLACES_SHOWN) } else { String::new() };
        let first = group[0];
        let severity = lang.word(&format!("severity.{}", first.severity().key()));
        text.push_str(&format!("  {severity} {code} × {}: {}{more}\n", group.len(), places.join(" ")));
        text.push_str(&format!("    {}\n", first.kind.message(lang)));
        text.push_str(&format!("    {}\n", lang.say("cli.hint", &[("hint", &first.kind.hint(lang))])));
    }
    text
}

/// A place inside its file.
fn place(problem: &Problem) -> String {
    let at = &problem.at;
    match (at.sheet.is_empty(), at.cell.is_some()) {
        (true, true) => at.address(),
        (true, false) => at.file.to_string(),
        (false, true) => format!("{}!{}", at.sheet, at.address()),
        (false, false) => at.sheet.to_string(),
    }
}

fn file_json(record: &InputRecord, problems: &[Problem], lang: Lang) -> Value {
    let sheets: Vec<Value> = record.sheets.iter().map(sheet_json).collect();
    json!({
        "file": record.name,
        "bytes": record.size,
        "blake3": record.hash,
        "outcome": record.outcome.key(),
        "tables": sheets,
        "problems": problems.iter().map(|problem| super::problem_json(problem, lang)).collect::<Vec<_>>(),
    })
}

fn sheet_json(sheet: &SheetSummary) -> Value {
    let columns = sheet.columns.iter().map(|column| {
        let (role, metric, period) = match &column.role {
            Role::Field(field) => (*field, None, None),
            Role::Figure { metric, period } => ("figure", metric.clone(), period.map(period_word)),
            Role::Beside { scenario, metric, period } => (scenario.key(), metric.clone(), period.map(period_word)),
            Role::Stage(stage) => ("stage", Some(stage.clone()), None),
            Role::StageDate(stage) => ("stage_date", Some(stage.clone()), None),
            Role::Total => ("total", None, None),
            Role::Currency => ("currency", None, None),
            Role::Operand => ("operand", None, None),
        };
        json!({
            "column": column_letters(column.column),
            "header": column.header,
            "role": role,
            "metric": metric,
            "period": period,
            "power_of_ten": column.power,
            "date_order": column.habits.date_order.map(|order| format!("{order:?}").to_lowercase()),
            "decimal_comma": column.habits.decimal == DecimalMark::Comma,
            "sum": column.sum.map(|sum| sum.plain()),
        })
    });
    json!({
        "sheet": sheet.place.sheet.to_string(),
        "hidden": sheet.hidden,
        "table": sheet.table,
        "header_rows": sheet.first_header_row.zip(sheet.header_row).map(|(first, last)| [first + 1, last + 1]),
        "columns_known": sheet.columns.len(),
        "columns_with_headers": sheet.n_headers,
        "year": sheet.context.year,
        "month": sheet.context.month,
        "money_power_of_ten": sheet.money_power,
        "profile": sheet.profile,
        "columns": columns.collect::<Vec<_>>(),
        "rows": sheet.n_rows,
        "used": sheet.n_used,
        "totals": sheet.n_totals,
        "notes": sheet.n_notes,
        "filtered": sheet.n_filtered,
        "other_scenarios": sheet.n_other_scenarios,
        "repeated_headers": sheet.n_repeated_headers,
        "hidden_rows": sheet.n_hidden,
        "unread_cells": sheet.n_unread,
    })
}
