//! `attain explain report.xlsx!Sheet!Cell`: from a figure of a report to its formula, its groups and its source cells.
//!
//! A report is deterministic: its run is done once more in memory, from what `run.json` beside it says, and nothing is
//! written.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::cell::{CellRef, OwnedValue, column_letters, parse_address};
use crate::facts::sources::SourceCell;
use crate::job::Job;
use crate::measure::Amount;
use crate::period::Span;
use crate::publish::{REPORT, Stop, read_account};
use crate::report::explain::{Explanation, Kinds, Term, full, page_named};
use crate::report::{self, Look};
use crate::source::InputFile;
use crate::text::Lang;

use super::super::{CommandResult, LangArgument, RunArguments, print_document};
use super::ExplainArguments;

/// Source cells of a term that are shown on the terminal, and lines of a group.
const MOST_CELLS: usize = 50;
const MOST_LINES: usize = 20;

/// A cell of a report, as somebody names it: `report.xlsx!Sheet!J7`, parts in quotes where they need them.
#[derive(Debug, PartialEq)]
struct Reference {
    file: Option<String>,
    sheet: String,
    /// Row and column, zero-based.
    cell: (u32, u32),
}

impl Reference {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = parts(text.trim());
        let cell = parse_address(parts.pop()?.trim().as_bytes())?;
        let sheet = parts.pop().filter(|sheet| !sheet.trim().is_empty())?;
        // A path may have the mark in it, too.
        let file = (!parts.is_empty()).then(|| parts.join("!")).filter(|file| !file.is_empty());
        Some(Reference { file, sheet, cell })
    }
}

/// Divides at the marks that stand outside quotes; a quote within quotes is written twice.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let last = parts.len() - 1;
        match character {
            '\'' if is_quoted && characters.peek() == Some(&'\'') => {
                characters.next();
                parts[last].push('\'');
            }
            '\'' if is_quoted => is_quoted = false,
            '\'' if parts[last].is_empty() => is_quoted = true,
            // People type the full-width mark, too.
            '!' | '！' if !is_quoted => parts.push(String::new()),
            other => parts[last].push(other),
        }
    }
    parts
}

/// A report, and the run that made it.
struct Run {
    report: PathBuf,
    folder: PathBuf,
    account: Value,
}

impl Run {
    fn open(file: Option<&str>, lang: Lang) -> Result<Self, String> {
        let report = match file {
            Some(file) => {
                let path = PathBuf::from(file);
                if path.is_dir() { path.join(REPORT) } else { path }
            }
            None => {
                let usual = [Path::new("out").join(REPORT), PathBuf::from(REPORT)];
                usual.iter().find(|path| path.is_file()).unwrap_or(&usual[0]).clone()
            }
        };
        let shown = report.display().to_string();
        if !report.is_file() {
            return Err(lang.say("usage.no_report", &[("path", &shown)]));
        }
        let folder = match report.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let has_paths = |account: &Value| account["inputs"][0]["path"].is_string();
        match read_account(&folder).filter(has_paths) {
            Some(account) => Ok(Run { report, folder, account }),
            None => Err(lang.say("usage.no_run", &[("path", &shown)])),
        }
    }

    fn text(&self, key: &str) -> Option<String> {
        self.account[key].as_str().map(str::to_string)
    }

    /// A file that the account names beside others, by its path from the report's folder.
    fn file(&self, key: &str) -> Option<PathBuf> {
        self.account[key]["path"].as_str().map(|path| self.folder.join(path))
    }

    /// The inputs by their names, with where they are and what they were.
    fn inputs(&self) -> Vec<(InputFile, String)> {
        let inputs = self.account["inputs"].as_array().into_iter().flatten();
        let input = |input: &Value| {
            let (name, path) = (input["file"].as_str()?, input["path"].as_str()?);
            let hash = input["blake3"].as_str().unwrap_or("").to_string();
            Some((InputFile { path: self.folder.join(path), name: name.into() }, hash))
        };
        inputs.filter_map(input).collect()
    }

    /// The same job again: its settings, its days, its files.
    fn job(&self, lang: Lang, jobs: Option<usize>) -> Result<Job, (Lang, Stop)> {
        let names = self.account["reports"].as_array().into_iter().flatten();
        let inputs: Vec<InputFile> = self.inputs().into_iter().map(|(input, _)| input).collect();
        let present: Vec<PathBuf> =
            inputs.iter().map(|input| input.path.clone()).filter(|path| path.is_file()).collect();
        if present.is_empty() {
            let message = lang.say("usage.inputs_gone", &[("path", &self.report.display().to_string())]);
            return Err((lang, Stop::Usage(message)));
        }
        let profile = self.file("profile_file").map(|path| path.display().to_string());
        let arguments = RunArguments {
            inputs: present,
            out: Some(self.folder.clone()),
            as_of: self.text("as_of"),
            period: self.text("period"),
            lang: Some(match lang {
                Lang::En => LangArgument::En,
                Lang::Zh => LangArgument::Zh,
            }),
            profile: profile.or_else(|| self.text("profile")),
            report: names.filter_map(Value::as_str).map(str::to_string).collect(),
            jobs,
            scale: self.text("scale"),
            ..RunArguments::default()
        };
        let job = super::super::job_by(&arguments, self.file("config"), lang, NaiveDate::default())?;
        Ok(Job { inputs, ..job })
    }

    /// What is not as it was when the report was made.
    fn changes(&self, inputs: &[report::InputRecord], lang: Lang) -> Vec<String> {
        let mut changes = Vec::new();
        for (input, hash) in self.inputs() {
            let now = inputs.iter().find(|record| *record.name == *input.name).map(|record| record.hash.as_str());
            let name = input.name.to_string();
            if !input.path.is_file() {
                changes.push(lang.say("explain.gone", &[("file", &name)]));
            } else if now != Some(hash.as_str()) {
                changes.push(lang.say("explain.changed", &[("file", &name)]));
            }
        }
        for key in ["config", "profile_file"] {
            let Some(path) = self.file(key) else { continue };
            let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().to_string());
            let now = std::fs::read(&path).ok().map(|bytes| blake3::hash(&bytes).to_hex().to_string());
            if now.as_deref() != self.account[key]["blake3"].as_str() {
                changes.push(lang.say("explain.changed", &[("file", &name)]));
            }
        }
        if self.account["attain"].as_str() != Some(env!("CARGO_PKG_VERSION")) {
            let version = self.text("attain").unwrap_or_default();
            changes.push(lang.say("explain.other_version", &[("version", &version)]));
        }
        changes
    }

    /// What the report itself says in a cell, where that is another number than ours.
    fn difference(&self, job: &Job, sheet: &str, cell: (u32, u32), value: Amount) -> Option<Amount> {
        let found = crate::publish::read_cell(&self.report, sheet, cell, &job.limits, &job.program)?;
        let OwnedValue::Number(number) = found else { return None };
        let stored = number.amount()?;
        // Cells are read at six decimals.
        let near = (stored.binary() - value.binary()).abs() <= 1e-6 + 1e-12 * value.binary().abs();
        (!near).then_some(stored)
    }
}

/// What a command line asks for, found.
struct Found {
    explanation: Explanation,
    sheet: String,
}

pub(super) fn main(arguments: &ExplainArguments, lang: Option<Lang>, early: Lang) -> CommandResult {
    let usage = |lang: Lang, message: String| (lang, Stop::Usage(message));
    let Some(reference) = Reference::parse(&arguments.reference) else {
        let early = lang.unwrap_or(early);
        return Err(usage(early, early.say("usage.not_a_cell", &[("raw", &arguments.reference)])));
    };
    let run = Run::open(reference.file.as_deref(), lang.unwrap_or(early))
        .map_err(|message| usage(lang.unwrap_or(early), message))?;
    // What explains a report speaks its language.
    let of_report = run.text("lang").and_then(|code| Lang::from_locale(&code));
    let lang = lang.or(of_report).unwrap_or(early);
    let job = run.job(lang, arguments.jobs)?;
    let shown = RunArguments { json: arguments.json, ..RunArguments::default() };
    let (found, inputs) = super::super::with_progress(&shown, lang, |progress| {
        crate::run::explain(&job, progress, &|findings, sources| {
            let pages = report::build(findings);
            let Some(page) = page_named(&pages, &reference.sheet) else {
                let names: Vec<String> =
                    pages.iter().map(|page| report::sheet_name(page.number, page.key, lang)).collect();
                return Err(lang.say("usage.no_sheet", &[("sheet", &reference.sheet), ("names", &names.join(", "))]));
            };
            let explanation = report::explain::explain(findings, sources, page, reference.cell);
            let sheet = report::sheet_name(page.number, page.key, of_report.unwrap_or(lang));
            Ok(Found { explanation, sheet })
        })
    })
    .map_err(|stop| (lang, stop))?;
    let mut found = found.map_err(|message| usage(lang, message))?;
    let changes = run.changes(&inputs, lang);
    let mut is_wrong = !changes.is_empty();
    if let Some(value) = found.explanation.value
        && let Some(stored) = run.difference(&job, &found.sheet, reference.cell, value)
    {
        is_wrong = true;
        let note = lang.say("explain.report_says", &[("value", &stored.plain())]);
        found.explanation.notes.insert(0, note);
    }
    is_wrong |= found.explanation.is_confirmed == Some(false);
    is_wrong |= found.explanation.terms.iter().any(|term| !term.adds_up());
    if arguments.json {
        print_document(&document(&found, reference.cell, &changes)).map_err(|stop| (lang, stop))?;
    } else {
        let mut stderr = std::io::stderr().lock();
        for change in &changes {
            let _ = writeln!(stderr, "{change}");
        }
        let most = if arguments.all { usize::MAX } else { MOST_CELLS };
        let text = text(&found, reference.cell, most, lang);
        let _ = std::io::stdout().write_all(text.as_bytes());
        // On a terminal the two streams stand in one place: what is worth a second look comes last.
        if is_wrong && std::io::stdout().is_terminal() {
            let _ = writeln!(stderr, "{}", lang.word("explain.look_again"));
        }
    }
    Ok(u8::from(is_wrong))
}

fn address((row, column): (u32, u32)) -> String {
    format!("{}{}", column_letters(column), row + 1)
}

/// As the cell shows it.
fn as_shown(value: Amount, look: Look) -> String {
    let percent = |sign: &str| format!("{}{}%", sign, (value * Amount::whole(100)).grouped(1));
    let sign = if value.is_positive() { "+" } else { "" };
    match look {
        Look::Amount(decimals) | Look::Money(decimals) => value.grouped(decimals),
        Look::Delta(decimals) | Look::MoneyDelta(decimals) => format!("{sign}{}", value.grouped(decimals)),
        Look::Percent => percent(""),
        Look::DeltaPercent => percent(sign),
        Look::Points => format!("{sign}{}pt", value.grouped(1)),
    }
}

fn text(found: &Found, cell: (u32, u32), most: usize, lang: Lang) -> String {
    let explanation = &found.explanation;
    let mut text = String::new();
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(text, "{}", lang.say("explain.line", &[("what", lang.word(key)), ("value", value)]));
    };
    let mut labels = explanation.labels.clone();
    labels.extend(Some(explanation.column.clone()).filter(|column| !column.is_empty()));
    line("explain.cell", &format!("{}!{}", found.sheet, address(cell)));
    if !labels.is_empty() {
        line("explain.what", &labels.join(" · "));
    }
    match (explanation.kind, explanation.value) {
        (Kinds::Figure, Some(value)) => {
            let look = explanation.look.unwrap_or(Look::Amount(0));
            let (shown, all) = (as_shown(value, look), full(value));
            let value = if shown == all { shown } else { format!("{shown} ({all})") };
            line("explain.value", &value);
        }
        (kind, _) => {
            line("explain.kind", lang.word(&format!("explain.kind.{}", kind.key())));
            if !explanation.text.is_empty() {
                line("explain.text", &explanation.text);
            }
        }
    }
    if let Some(formula) = &explanation.formula {
        line("explain.formula", formula);
    }
    if let Some(numbers) = &explanation.numbers {
        let mark = explanation.is_confirmed.map_or("", |is_so| if is_so { " ✓" } else { " ✗" });
        line("explain.numbers", &format!("{numbers}{mark}"));
    } else if explanation.is_confirmed == Some(false) {
        line("explain.numbers", lang.word("explain.not_confirmed"));
    }
    if let Some(table) = &explanation.table {
        let row = table.row.to_string();
        let place = [("path", table.path.as_str()), ("row", row.as_str()), ("column", table.column)];
        line("explain.table", &lang.say("explain.table_row", &place));
    }
    if let Some(nearest) = explanation.nearest {
        line("explain.nearest", &format!("{}!{}", found.sheet, address(nearest)));
    }
    for note in &explanation.notes {
        line("head.note", note);
    }
    if explanation.kind == Kinds::Figure && explanation.terms.is_empty() {
        line("explain.sources", lang.word("explain.no_sources"));
    }
    for term in &explanation.terms {
        add_term(&mut text, term, most, lang);
    }
    text
}

fn add_term(text: &mut String, term: &Term, most: usize, lang: Lang) {
    let value = term.value.map_or_else(|| "–".to_string(), full);
    let _ = writeln!(text, "\n{} = {value}", term.name);
    for note in &term.notes {
        let _ = writeln!(text, "  {note}");
    }
    for group in &term.groups {
        let _ = writeln!(text, "  {}", lang.say("explain.by", &[("by", &group.by)]));
        let most = if most == usize::MAX { most } else { MOST_LINES };
        let mut lines: Vec<&(String, Amount)> = group.lines.iter().collect();
        if lines.len() > most {
            lines.sort_by_key(|(_, value)| std::cmp::Reverse(value.abs()));
        }
        for (name, value) in lines.iter().take(most) {
            let _ = writeln!(text, "    {name}  {}", full(*value));
        }
        if let Some(rest) = lines.get(most..).filter(|rest| !rest.is_empty()) {
            let sum: Amount = rest.iter().map(|(_, value)| *value).sum();
            let _ = writeln!(text, "    {}", more(rest.len(), sum, lang));
        }
        let _ = writeln!(text, "    {}", ties(group.sum(), term.gap_of(group), lang));
    }
    let Some(cells) = &term.cells else { return };
    let _ = writeln!(text, "  {}", lang.say("explain.cells", &[("count", &cells.len().to_string())]));
    let mut shown: Vec<&SourceCell> = cells.iter().collect();
    // Largest first; what is alike in the order of the files.
    shown.sort_by_key(|cell| std::cmp::Reverse(cell.amount.unwrap_or(Amount::ZERO).abs()));
    for cell in shown.iter().take(most) {
        let _ = writeln!(text, "    {}", cell_line(cell, lang));
    }
    if let Some(rest) = shown.get(most..).filter(|rest| !rest.is_empty()) {
        let sum: Amount = rest.iter().filter_map(|cell| cell.amount).sum();
        let _ = writeln!(text, "    {}", more(rest.len(), sum, lang));
    }
    if let Some(gap) = term.gap() {
        let _ = writeln!(text, "    {}", ties(term.sum(), gap, lang));
    }
}

fn more(count: usize, sum: Amount, lang: Lang) -> String {
    lang.say("explain.more", &[("count", &count.to_string()), ("sum", &full(sum))])
}

fn ties(sum: Amount, gap: Amount, lang: Lang) -> String {
    if gap.is_zero() {
        lang.say("explain.adds_up", &[("sum", &full(sum))])
    } else {
        lang.say("explain.differs", &[("sum", &full(sum)), ("gap", &full(gap))])
    }
}

/// A source cell: where, when, who, how much, and of how much it is a part.
fn cell_line(cell: &SourceCell, lang: Lang) -> String {
    let mut parts = vec![cell.at.to_string()];
    parts.extend(cell.days.map(days));
    parts.extend(cell.person.clone());
    parts.push(match (cell.amount, cell.stated) {
        (Some(amount), Some(stated)) if amount != stated => {
            lang.say("explain.part_of", &[("amount", &full(amount)), ("stated", &full(stated))])
        }
        (Some(amount), _) => full(amount),
        (None, _) => lang.word("explain.unreadable").to_string(),
    });
    parts.join("  ")
}

fn days(days: Span) -> String {
    if days.first == days.last { days.first.to_string() } else { format!("{} – {}", days.first, days.last) }
}

/// The same for machines, with all cells.
fn document(found: &Found, cell: (u32, u32), changes: &[String]) -> Value {
    let explanation = &found.explanation;
    let plain = |value: Option<Amount>| value.map(|value| value.plain());
    let place = |at: &CellRef| json!({"file": &*at.file, "sheet": &*at.sheet, "cell": at.address()});
    let of_cell = |cell: &SourceCell| {
        let mut document = place(&cell.at);
        document["first_day"] = json!(cell.days.map(|days| days.first.to_string()));
        document["last_day"] = json!(cell.days.map(|days| days.last.to_string()));
        document["person"] = json!(cell.person);
        document["stated"] = json!(plain(cell.stated));
        document["amount"] = json!(plain(cell.amount));
        document
    };
    let terms: Vec<Value> = explanation
        .terms
        .iter()
        .map(|term| {
            let groups: Vec<Value> = term
                .groups
                .iter()
                .map(|group| {
                    let lines: Vec<Value> =
                        group.lines.iter().map(|(name, value)| json!({"name": name, "value": value.plain()})).collect();
                    json!({
                        "by": group.by,
                        "lines": lines,
                        "sum": group.sum().plain(),
                        "gap": term.gap_of(group).plain(),
                    })
                })
                .collect();
            json!({
                "name": term.name,
                "value": plain(term.value),
                "notes": term.notes,
                "groups": groups,
                "cells": term.cells.as_ref().map(|cells| cells.iter().map(of_cell).collect::<Vec<_>>()),
                "sum": term.gap().map(|_| term.sum().plain()),
                "gap": term.gap().map(|gap| gap.plain()),
                "adds_up": term.adds_up(),
            })
        })
        .collect();
    let table =
        explanation.table.as_ref().map(|table| json!({"path": table.path, "row": table.row, "column": table.column}));
    json!({
        "attain": env!("CARGO_PKG_VERSION"),
        "page": explanation.page,
        "sheet": found.sheet,
        "cell": address(cell),
        "kind": explanation.kind.key(),
        "labels": explanation.labels,
        "column": explanation.column,
        "text": explanation.text,
        "value": plain(explanation.value),
        "formula": explanation.formula,
        "numbers": explanation.numbers,
        "is_confirmed": explanation.is_confirmed,
        "table": table,
        "nearest": explanation.nearest.map(address),
        "notes": explanation.notes,
        "changes": changes,
        "terms": terms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures of every page of a sample that are followed down add up to themselves: one in so many of them.
    #[test]
    fn figures_of_the_sample_add_up() {
        const ONE_IN: usize = 41;
        let out = tempfile::tempdir().unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/small");
        let arguments =
            ["attain".as_ref(), "run".as_ref(), folder.as_os_str(), "--out".as_ref(), out.path().as_os_str()];
        let arguments = arguments.into_iter().chain(["--quiet".as_ref()]);
        assert_eq!(crate::cli::main(arguments.map(Into::into).collect(), NaiveDate::default()), 0);
        let run = Run::open(out.path().to_str(), Lang::En).unwrap();
        let job = run.job(Lang::En, None).map_err(|(_, stop)| stop).unwrap();
        let ask = |findings: &report::Findings<'_>, sources: &crate::facts::Sources| {
            let pages = report::build(findings);
            let followed = pages.iter().flat_map(|page| page.blocks_at().map(move |block| (page, block)));
            let figures = followed.filter(|(_, (_, _, block))| !block.subjects.is_empty()).flat_map(
                |(page, (_, first, block))| {
                    let rows = (block.header_row(first) + 1..).zip(&block.lines);
                    let rows = rows.enumerate().filter(|(line, _)| block.subject(*line).is_some());
                    rows.flat_map(move |(index, (row, line))| {
                        let columns = (0u32..).zip(&line.items);
                        let is_followed = move |(column, item): &(u32, &report::Item)| {
                            // The register follows what was done; these pages count and add up, too. On others every
                            // figure is followed.
                            let counts = ["deviations", "person", "weekly", "trend"].contains(&page.key);
                            let is_shown = block.shown(index, *column as usize).is_some();
                            matches!(item, report::Item::Number(_)) && (!counts || is_shown)
                        };
                        columns.filter(is_followed).map(move |(column, _)| (page, (row, column)))
                    })
                },
            );
            let explained = figures.step_by(ONE_IN).map(|(page, place)| {
                let found = report::explain::explain(findings, sources, page, place);
                (format!("{}!{}", page.key, address(place)), found)
            });
            explained.collect::<Vec<_>>()
        };
        let (seen, _) = crate::run::explain(&job, &|_, _| (), &ask).unwrap();
        for (place, found) in &seen {
            let is_right = found.is_confirmed != Some(false) && found.terms.iter().all(Term::adds_up);
            assert!(found.formula.is_some() && is_right, "{place} {found:#?}");
        }
        assert!(seen.len() > 50, "{}", seen.len());
    }

    #[test]
    fn references_with_quotes_and_without() {
        let found = |text: &str| Reference::parse(text).map(|found| (found.file, found.sheet, found.cell));
        let whole = |file: Option<&str>, sheet: &str| Some((file.map(str::to_string), sheet.to_string(), (6, 9)));
        assert_eq!(found("report.xlsx!02_Attainment!J7"), whole(Some("report.xlsx"), "02_Attainment"));
        assert_eq!(found("'report.xlsx'!'02_达成总览'!J7"), whole(Some("report.xlsx"), "02_达成总览"));
        assert_eq!(found("'my out/it''s!.xlsx'!s!$J$7"), whole(Some("my out/it's!.xlsx"), "s"));
        assert_eq!(found("02_Attainment!j7"), whole(None, "02_Attainment"));
        assert_eq!(found("out/report.xlsx!02_达成总览!J7"), whole(Some("out/report.xlsx"), "02_达成总览"));
        for wrong in ["J7", "a!b", "!J7", "report.xlsx!02!J0", ""] {
            assert_eq!(found(wrong), None, "{wrong}");
        }
    }
}
