//! The stages in order, and every parallel step.

mod packs;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use rayon::prelude::*;
use serde_json::{Value, json};

use crate::analysis;
use crate::analysis::attainment::Attainment;
use crate::analysis::budget::BudgetFigures;
use crate::cell::CellRef;
use crate::facts::budgets::Figure;
use crate::facts::{self, Facts, Sources, Unit};
use crate::job::{Job, TablesFormat};
use crate::measure::Amount;
use crate::metric;
use crate::period::Period;
use crate::problem::{Checked, Kind, Problem, Severity};
use crate::publish::{ACCOUNT, FILLED, FILLED_WITH_MACROS, FINDINGS, Folder, Output, REPORT, Stop, read_account};
use crate::render;
use crate::render::fill::{Filled, Template};
use crate::report::deviations::State;
use crate::report::lookup::Figures;
use crate::report::{self, Findings, InputRecord, Outcome, Page, digest, tidy};
use crate::source::InputFile;
use crate::source::content::Content;
use crate::tables::register::Entry;
use crate::tables::{self, FileTables, Knowledge, Vocabulary};

/// What a finished run says.
#[derive(Debug)]
pub struct Finished {
    /// Files written, in order; none for a check that writes nothing.
    pub outputs: Vec<PathBuf>,
    pub problems: Vec<Problem>,
    pub inputs: Vec<InputRecord>,
    /// The machine-readable account, without timing.
    pub account: Value,
    pub exit_code: u8,
}

/// Everything read and joined.
struct Read {
    facts: Facts,
    problems: Vec<Problem>,
    inputs: Vec<InputRecord>,
}

/// How long each stage took, in seconds and in order.
struct Stages {
    begun: Instant,
    ended: Instant,
    seconds: serde_json::Map<String, Value>,
}

impl Stages {
    fn new() -> Self {
        let now = Instant::now();
        Stages { begun: now, ended: now, seconds: serde_json::Map::new() }
    }

    fn end(&mut self, stage: &str) {
        let now = Instant::now();
        self.seconds.insert(stage.to_string(), json!((now - self.ended).as_secs_f64()));
        self.ended = now;
    }

    fn total(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }
}

/// Reads, analyses and writes. `progress` is told how many of how many files are read.
///
/// # Errors
/// Why nothing was written.
pub fn run(job: &Job, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Finished, Stop> {
    pool(job.jobs)?.install(|| run_here(job, progress))
}

fn run_here(job: &Job, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Finished, Stop> {
    let mut stages = Stages::new();
    let template = open_template(job)?;
    let folder = Folder::open(&job.out)?;
    let mut read = read(job, progress, &mut stages, None)?;
    stages.end("join");
    let mut earlier = packs::read_registers(job)?;
    read.problems.append(&mut earlier.problems);
    let (plan, problems) = packs::plan(job, &read.facts, &earlier);
    read.problems.extend(problems);
    let focus = analysis::focus(&read.facts);
    let mut findings = findings(job, &read, &earlier.entries, focus);
    stages.end("analyse");
    let filled = template.as_ref().map(|template| fill(template, &findings)).transpose()?;
    // What could not be filled stands in the report, too.
    let mut problems = read.problems.clone();
    problems.extend(filled.iter().flat_map(|filled| filled.problems.clone()));
    findings.problems = &problems;
    let pages = report::build(&findings);
    stages.end("report");
    let links = links(&job.inputs, folder.path());
    let workbook = workbook(job, &pages, &links).map_err(Stop::Output)?;
    let mut outputs = Vec::new();
    if let Some(format) = job.tables {
        let rendered = tidy::build(&findings).into_par_iter().map(|table| {
            let bytes = match format {
                TablesFormat::Csv => render::csv::render(&table),
                TablesFormat::Parquet => render::parquet::render(&table).map_err(Stop::Output)?,
            };
            Ok(Output { path: format!("tables/{}.{}", table.name, format.key()), bytes })
        });
        outputs.extend(rendered.collect::<Result<Vec<_>, Stop>>()?);
    }
    outputs.push(Output { path: REPORT.to_string(), bytes: workbook });
    let mut n_filled = 0;
    if let (Some(filled), Some(path)) = (filled, job.template.as_ref().and_then(|path| filled_name(path))) {
        n_filled = filled.n_cells;
        outputs.push(Output { path: path.to_string(), bytes: filled.bytes });
    }
    stages.end("render");
    // Whether the report has a register: the next run will look for it.
    let is_written = pages.iter().any(|page| page.key == "deviations");
    let states = if is_written { register_states(&findings) } else { Value::Null };
    let mut made = packs::make(job, plan, &findings)?;
    if job.split.is_some() {
        stages.end("packs");
    }
    let (digest, scale) = (digest::build(&findings), findings.scale);
    read.problems = problems;
    let exit_code = exit_code(job, &read);
    let mut account = account(job, &read, exit_code);
    outputs.append(&mut made.outputs);
    add_places(&mut account, job, &links, folder.path());
    account["outputs"] = outputs.iter().map(described).collect();
    if let (Some(template), Some(path)) = (&template, &job.template) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        account["template"] = json!({"file": name, "blake3": template.hash, "cells_filled": n_filled});
    }
    account["register"] = states;
    account["entries"] = packs::entries_account(&earlier, &made);
    if job.split.is_some() {
        account["packs"] = made.account;
    }
    account["scale"] = json!(scale.key());
    account["analyses"] = digest;
    // The only part that may differ between two runs over the same input.
    account["timing"] = json!({"seconds": stages.total(), "jobs": job.jobs, "stages": stages.seconds});
    Ok(Finished {
        outputs: publish(&folder, outputs, &made.outdated, &account)?,
        problems: read.problems,
        inputs: read.inputs,
        account,
        exit_code,
    })
}

/// Whether the account of the run before says that its report had a register.
pub(super) fn had_register(out: &Path) -> bool {
    let account = read_account(out);
    let states = account.as_ref().and_then(|account| account["register"].as_object());
    states.is_some_and(|states| states.values().any(|count| count.as_u64().is_some_and(|count| count > 0)))
}

/// The workbook to fill, before anything else is looked at.
fn open_template(job: &Job) -> Result<Option<Template>, Stop> {
    let Some(path) = &job.template else { return Ok(None) };
    let shown = path.display().to_string();
    if filled_name(path).is_none() {
        return Err(Stop::Usage(job.lang.say("usage.template_type", &[("path", &shown)])));
    }
    let refused = |kind: Kind| {
        let why = kind.message(job.lang);
        let hint = job.lang.say("cli.hint", &[("hint", &kind.hint(job.lang))]);
        Stop::Usage(job.lang.say("usage.template", &[("path", &shown), ("why", &why)]) + "\n  " + &hint)
    };
    Template::open(path, &job.limits).map(Some).map_err(refused)
}

/// What the filled workbook is called: one with macros must say so.
fn filled_name(template: &Path) -> Option<&'static str> {
    match template.extension()?.to_string_lossy().to_lowercase().as_str() {
        "xlsx" => Some(FILLED),
        "xlsm" => Some(FILLED_WITH_MACROS),
        _ => None,
    }
}

fn fill(template: &Template, findings: &Findings<'_>) -> Result<Filled, Stop> {
    let tables = tidy::all(findings);
    let figures = Figures {
        tables: &tables,
        metrics: &findings.facts.metrics,
        focus: findings.focus.map(|period| period.to_string()),
        lang: findings.lang,
    };
    template.fill(&figures).map_err(Stop::Output)
}

/// Reads and analyses as [`run`] does, asks about what was found, and writes nothing.
///
/// # Errors
/// That there is nothing to read.
pub fn explain<T: Send>(
    job: &Job,
    progress: &(dyn Fn(usize, usize) + Sync),
    ask: &(dyn Fn(&Findings<'_>, &Sources) -> T + Sync),
) -> Result<(T, Vec<InputRecord>), Stop> {
    pool(job.jobs)?.install(|| {
        let mut kept = None;
        let mut read = read(job, progress, &mut Stages::new(), Some(&mut kept))?;
        let mut earlier = packs::read_registers(job)?;
        read.problems.append(&mut earlier.problems);
        let findings = findings(job, &read, &earlier.entries, analysis::focus(&read.facts));
        let answer = kept.map(|sources| ask(&findings, &sources));
        drop(findings);
        answer.map(|answer| (answer, read.inputs)).ok_or(Stop::NoInput(read.problems))
    })
}

/// Where the inputs and settings are from the folder of the report: what explaining a figure needs.
fn add_places(account: &mut Value, job: &Job, links: &HashMap<String, String>, out: &Path) {
    for input in account["inputs"].as_array_mut().into_iter().flatten() {
        let link = input["file"].as_str().and_then(|name| links.get(name)).cloned();
        input["path"] = json!(link);
    }
    let out = out.canonicalize().ok();
    let place = |path: &Path| {
        let path = path.canonicalize().ok()?;
        let hash = blake3::hash(&std::fs::read(&path).ok()?).to_hex().to_string();
        Some(json!({"path": reach(&path, out.as_deref()?), "blake3": hash}))
    };
    account["config"] = json!(job.config.as_deref().and_then(place));
    account["profile_file"] = json!(job.profile.as_ref().and_then(|profile| place(profile.file()?)));
}

/// How many lines of the register are new, repeated, closed and added by hand.
fn register_states(findings: &Findings<'_>) -> Value {
    let register = report::deviations::register(findings);
    let count = |state: &State| register.iter().filter(|line| line.state == *state).count();
    State::ALL
        .iter()
        .map(|state| (state.key().to_string(), json!(count(state))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Reads and judges only. With `writes`, the findings become a workbook for whoever owns the files.
///
/// # Errors
/// That there is nothing to read, or why the workbook was not written.
pub fn check(job: &Job, writes: bool, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Finished, Stop> {
    pool(job.jobs)?.install(|| check_here(job, writes, progress))
}

fn check_here(job: &Job, writes: bool, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Finished, Stop> {
    let folder = if writes { Some(Folder::open(&job.out)?) } else { None };
    let read = read(job, progress, &mut Stages::new(), None)?;
    let exit_code = exit_code(job, &read);
    let mut account = account(job, &read, exit_code);
    let mut outputs = Vec::new();
    if let Some(folder) = folder {
        let pages = report::findings::build(&read.problems, job.company.as_deref(), job.lang);
        let links = links(&job.inputs, folder.path());
        let bytes = workbook(job, &pages, &links).map_err(Stop::Output)?;
        let output = Output { path: FINDINGS.to_string(), bytes };
        account["outputs"] = json!([described(&output)]);
        folder.publish(&[output])?;
        outputs.push(folder.path().join(FINDINGS));
    }
    Ok(Finished { outputs, problems: read.problems, inputs: read.inputs, account, exit_code })
}

/// The pages as a workbook that looks as the job says.
fn workbook(job: &Job, pages: &[Page], links: &HashMap<String, String>) -> Result<Vec<u8>, String> {
    let options = render::xlsx::Options { lang: job.lang, as_of: job.scope.as_of, links, theme: &job.theme };
    render::xlsx::render(pages, &options)
}

/// A file that was written, so that anybody can tell whether it is still the same.
fn described(output: &Output) -> Value {
    let hash = blake3::hash(&output.bytes).to_hex().to_string();
    json!({"path": output.path, "bytes": output.bytes.len(), "blake3": hash})
}

/// One thread is a pool of one: there is no other path.
fn pool(jobs: usize) -> Result<rayon::ThreadPool, Stop> {
    rayon::ThreadPoolBuilder::new().num_threads(jobs).build().map_err(|error| Stop::Usage(error.to_string()))
}

/// Writes the outputs and, last, the account that vouches for them; then removes what is outdated.
fn publish(
    folder: &Folder,
    mut outputs: Vec<Output>,
    outdated: &[String],
    account: &Value,
) -> Result<Vec<PathBuf>, Stop> {
    let text = serde_json::to_string_pretty(account).map_err(|error| Stop::Output(error.to_string()))?;
    outputs.push(Output { path: ACCOUNT.to_string(), bytes: format!("{text}\n").into_bytes() });
    folder.publish(&outputs)?;
    folder.remove(outdated)?;
    Ok(outputs.iter().map(|output| folder.path().join(&output.path)).collect())
}

/// Calls with what reading needs to know, and with what was wrong with the profile's lookups.
fn with_knowledge<T>(job: &Job, work: impl FnOnce(&Knowledge<'_>, Vec<Problem>) -> T) -> T {
    let vocabulary = Vocabulary::new(&job.metrics, &job.stages, &job.calendar);
    let mut problems = Vec::new();
    let lookups = match &job.profile {
        Some(profile) => {
            let lookups = profile.read_lookups(&job.inputs, &job.limits, &job.program);
            problems.extend(lookups.problems);
            problems.extend(profile.unmatched_tables(&job.inputs));
            lookups.value
        }
        None => tables::profile::Lookups::new(),
    };
    let knowledge = Knowledge {
        metrics: &job.metrics,
        vocabulary: &vocabulary,
        profile: job.profile.as_ref(),
        lookups: &lookups,
        context: job.context(),
        aliases: job.aliases.clone(),
        limits: &job.limits,
        program: &job.program,
    };
    work(&knowledge, problems)
}

/// Reads the files one by one and joins nothing: what each of them holds, and what is wrong with it.
///
/// # Errors
/// That no threads could be had.
pub fn inspect(job: &Job) -> Result<Vec<(InputRecord, Vec<Problem>)>, Stop> {
    let inspected = |file: FileRead| (file.record, file.read.problems);
    Ok(pool(job.jobs)?.install(|| {
        with_knowledge(job, |knowledge, _| {
            job.inputs.par_iter().map(|input| inspected(read_file(input, knowledge))).collect()
        })
    }))
}

/// The most likely headers of the first file's sheets.
///
/// # Errors
/// Why the file cannot be read.
pub fn peek(job: &Job, header_row: Option<u32>) -> Result<Vec<tables::peek::Peek>, Kind> {
    let Some(input) = job.inputs.first() else { return Ok(Vec::new()) };
    let content = Content::load(input, &job.limits)?;
    with_knowledge(job, |knowledge, _| tables::peek::peek(input, &content, knowledge, header_row))
}

fn read(
    job: &Job,
    progress: &(dyn Fn(usize, usize) + Sync),
    stages: &mut Stages,
    kept: Option<&mut Option<Sources>>,
) -> Result<Read, Stop> {
    let (mut problems, files) =
        with_knowledge(job, |knowledge, problems| (problems, read_files(job, knowledge, progress)));
    problems.extend(mixed_date_systems(job, &files));
    let mut inputs = Vec::new();
    let mut used = Vec::new();
    let mut seen: HashMap<String, Arc<str>> = HashMap::new();
    for (input, mut file) in job.inputs.iter().zip(files) {
        if file.record.outcome == Outcome::Used {
            if let Some(first) = seen.get(&file.record.hash) {
                // The same content twice would count everything twice.
                let kind = Kind::SameContent { other: first.to_string() };
                file.record.outcome = Outcome::LeftOut;
                file.record.sheets.clear();
                file.read = Checked { value: None, problems: vec![Problem::new(CellRef::file(&input.name), kind)] };
            } else {
                seen.insert(file.record.hash.clone(), input.name.clone());
            }
        }
        problems.extend(file.read.problems);
        used.extend(file.read.value);
        inputs.push(file.record);
    }
    if !used.iter().any(FileTables::has_rows) {
        return Err(Stop::NoInput(problems));
    }
    stages.end("read");
    let joined =
        facts::join(used, job.metrics.clone(), &job.stages, job.calendar.clone(), (job.scope, job.rules), kept);
    problems.extend(joined.problems);
    if let Some(period) = job.scope.period
        && analysis::periods(&joined.value).is_empty()
        && analysis::deals::compute(&joined.value, job.deals.min_decided).is_empty()
        && analysis::budget::compute(&joined.value).is_empty()
    {
        let at = CellRef::file(&"--period".into());
        problems.push(Problem::new(at, Kind::NothingInPeriod { period: period.to_string() }));
    }
    if let Some(rule) = &job.allocation {
        let problem = |kind| Problem::new(CellRef::file(&"attain.toml".into()), kind);
        if analysis::allocation::members(&joined.value, rule).is_empty() {
            problems.push(problem(Kind::NothingToAllocate { level: rule.level.key() }));
        }
        let unknown = analysis::allocation::unknown_names(&joined.value, rule);
        problems.extend(unknown.into_iter().map(|name| problem(Kind::UnknownAllocation { name })));
    }
    Ok(Read { facts: joined.value, problems, inputs })
}

/// Workbooks whose days count from 1904 beside others: dates copied between them would move.
fn mixed_date_systems(job: &Job, files: &[FileRead]) -> Vec<Problem> {
    let is_workbook = |name: &str| name.rsplit_once('.').is_some_and(|(_, ending)| matches!(ending, "xlsx" | "xlsm"));
    let counts = |file: &FileRead, from_1904: bool| {
        file.read.value.as_ref().is_some_and(|read| read.has_rows() && read.is_1904 == from_1904)
    };
    let named = || job.inputs.iter().zip(files);
    let other = named().find(|(input, file)| is_workbook(&input.name) && counts(file, false));
    let Some((other, _)) = other else { return Vec::new() };
    let problem = |(input, _): (&InputFile, &FileRead)| {
        Problem::new(CellRef::file(&input.name), Kind::MixedDateSystems { other: other.name.to_string() })
    };
    named().filter(|(_, file)| counts(file, true)).map(problem).collect()
}

/// Reads all files side by side.
fn read_files(job: &Job, knowledge: &Knowledge<'_>, progress: &(dyn Fn(usize, usize) + Sync)) -> Vec<FileRead> {
    let n_read = AtomicUsize::new(0);
    // In input order, whatever thread finishes first.
    job.inputs
        .par_iter()
        .map(|input| {
            let file = read_file(input, knowledge);
            progress(n_read.fetch_add(1, Ordering::Relaxed) + 1, job.inputs.len());
            file
        })
        .collect()
}

/// One file, read or not.
struct FileRead {
    record: InputRecord,
    read: Checked<Option<FileTables>>,
}

fn read_file(input: &InputFile, knowledge: &Knowledge<'_>) -> FileRead {
    let record = |outcome, size: u64, hash: String, sheets| InputRecord {
        name: input.name.to_string(),
        size,
        hash,
        outcome,
        sheets,
    };
    let problem = |kind| vec![Problem::new(CellRef::file(&input.name), kind)];
    if let Some(profile) = knowledge.profile.filter(|profile| profile.ignores(&input.name)) {
        let kind = Kind::LeftOutByProfile { profile: profile.name.clone() };
        let record = record(Outcome::LeftOut, 0, String::new(), Vec::new());
        return FileRead { record, read: Checked { value: None, problems: problem(kind) } };
    }
    let content = match Content::load(input, knowledge.limits) {
        Ok(content) => content,
        Err(kind) => {
            let outcome = if kind.rejects_file() { Outcome::Rejected } else { Outcome::LeftOut };
            let record = record(outcome, 0, String::new(), Vec::new());
            return FileRead { record, read: Checked { value: None, problems: problem(kind) } };
        }
    };
    let (size, hash) = (content.size, content.hash.clone());
    if knowledge.profile.is_some_and(|profile| profile.is_lookup(&input.name)) {
        let record = record(Outcome::Lookup, size, hash, Vec::new());
        return FileRead { record, read: Checked::default() };
    }
    match tables::read(input, &content, knowledge) {
        Ok(read) if report::is_own(read.value.sheets.iter().map(|sheet| &*sheet.place.sheet)) => {
            // What we wrote must not become what we read.
            let record = record(Outcome::LeftOut, size, hash, Vec::new());
            FileRead { record, read: Checked { value: None, problems: problem(Kind::OwnReport) } }
        }
        Ok(read) => FileRead {
            record: record(
                if read.value.has_table() { Outcome::Used } else { Outcome::Rejected },
                size,
                hash,
                read.value.sheets.clone(),
            ),
            read: Checked { value: Some(read.value), problems: read.problems },
        },
        Err(kind) => FileRead {
            record: record(Outcome::Rejected, size, hash, Vec::new()),
            read: Checked { value: None, problems: problem(kind) },
        },
    }
}

/// Everything that the pages are made from.
fn findings<'a>(job: &Job, read: &'a Read, register: &'a [Entry], focus: Option<Period>) -> Findings<'a> {
    let facts = &read.facts;
    let attainment = analysis::attainment::compute(facts);
    let variances = analysis::variance::compute(facts, &attainment, job.missing, focus);
    let bridges = analysis::bridge::compute(facts, job.bridge, focus);
    let weeks = analysis::weekly::compute(facts);
    let budget = analysis::budget::compute(facts);
    let deals = analysis::deals::compute(facts, job.deals.min_decided);
    let deal_alerts = analysis::deal_alerts::compute(facts, &job.deals);
    let shortfalls = analysis::shortfall::compute(facts, &attainment, &deals, job.deals.attribution);
    let milestones = analysis::milestones::compute(facts);
    // The register is of the as-of day: a period that is asked for closes nothing.
    let own_focus = if facts.scope.period.is_some() { analysis::own_focus(facts) } else { focus };
    let (all, of_all);
    let (attainment_of_all, variances_of_all) = if facts.scope.period.is_some() {
        all = analysis::attainment::compute_all(facts);
        of_all = analysis::variance::compute(facts, &all, job.missing, own_focus);
        (&all, &of_all)
    } else {
        (&attainment, &variances)
    };
    let analyses = analysis::deviations::Analyses {
        attainment: attainment_of_all,
        variances: variances_of_all,
        bridges: &bridges,
        weeks: &weeks,
        budget: &budget,
        shortfalls: &shortfalls,
        deals: &deals,
        milestones: &milestones,
        status: &job.status,
        band: &job.band,
        levels: &job.levels,
        focus: own_focus,
    };
    let deviations = analysis::deviations::compute(facts, &analyses);
    let scale = job.scale.resolved(largest_total(facts, &attainment, &budget), job.lang);
    let allocation = job.allocation.as_ref();
    let allocation = allocation.and_then(|rule| analysis::allocation::compute(facts, &attainment, rule));
    let period_weeks = analysis::weekly::in_period(facts, &weeks, &attainment, focus);
    Findings {
        facts,
        shortfalls,
        period_weeks,
        people: analysis::people::compute(facts, &attainment, focus),
        attainment,
        variances,
        bridges,
        weeks,
        deviations,
        register,
        drivers: analysis::drivers::compute(&read.facts, focus),
        budget,
        milestones,
        monitoring: analysis::monitoring::compute(&read.facts),
        funnel: analysis::funnel::compute(&read.facts, job.deals.cohort),
        stages: analysis::stages::compute(&read.facts, &deal_alerts, job.deals.min_decided),
        stage_flows: analysis::stage_flows::compute(&read.facts),
        pipeline: analysis::pipeline::compute(&read.facts),
        deals,
        deal_alerts,
        deal_rules: job.deals,
        problems: &read.problems,
        inputs: &read.inputs,
        status: job.status,
        levels: job.levels.clone(),
        band: job.band,
        allocation,
        lang: job.lang,
        company: job.company.clone(),
        sign_off: job.sign_off,
        scale,
        settings: job.settings.clone(),
        focus,
        wanted: job.reports.clone(),
    }
}

/// The largest of the company's totals in money.
fn largest_total(facts: &Facts, attainment: &[Attainment], budget: &[BudgetFigures]) -> Amount {
    let is_money =
        |figure: &&Attainment| figure.unit == Unit::Company && facts.metrics[figure.metric].unit == metric::Unit::Money;
    let of_metrics =
        attainment.iter().filter(is_money).flat_map(|figure| [figure.target.value(), figure.actual.value()]);
    let totals = of_metrics.chain(budget.iter().map(|figures| figures.adjusted())).flatten();
    totals.map(Amount::abs).max().unwrap_or(Amount::ZERO)
}

/// 3 when a file was rejected, else 1 when a problem is as bad as `--fail-on`, else 0.
fn exit_code(job: &Job, read: &Read) -> u8 {
    if read.inputs.iter().any(|input| input.outcome == Outcome::Rejected) {
        return 3;
    }
    let is_bad = |problem: &Problem| job.fail_on.is_some_and(|least| problem.severity() >= least);
    u8::from(read.problems.iter().any(is_bad))
}

/// The machine-readable account: the same for the same input, whenever and on however many threads it is made.
fn account(job: &Job, read: &Read, exit_code: u8) -> Value {
    let inputs: Vec<Value> = read
        .inputs
        .iter()
        .map(|input| {
            let sheets: Vec<Value> = input
                .sheets
                .iter()
                .map(|sheet| {
                    json!({
                        "sheet": sheet.place.sheet.to_string(),
                        "table": sheet.table,
                        "header_row": sheet.header_row.map(|row| u64::from(row) + 1),
                        "hidden": sheet.hidden,
                        "rows": sheet.n_rows,
                        "used": sheet.n_used,
                        "totals": sheet.n_totals,
                        "notes": sheet.n_notes,
                    })
                })
                .collect();
            json!({"file": input.name, "bytes": input.size, "blake3": input.hash, "outcome": input.outcome.key(), "sheets": sheets})
        })
        .collect();
    let controls: serde_json::Map<String, Value> = read
        .facts
        .ledger
        .controls
        .iter()
        .map(|(metric, control)| {
            let key = read.facts.metrics[*metric].key.clone();
            let value = json!({
                "read": control.read.plain(),
                "credited": control.credited.plain(),
                "undated": control.undated.plain(),
                "after_as_of": control.after_as_of.plain(),
                "others_share": control.others_share.plain(),
                "gap": control.gap().plain(),
                "unreadable_cells": control.n_unreadable,
            });
            (key, value)
        })
        .collect();
    let mut by_code = std::collections::BTreeMap::new();
    for problem in &read.problems {
        *by_code.entry(problem.kind.code()).or_insert(0u64) += 1;
    }
    let count = |severity| read.problems.iter().filter(|problem| problem.severity() == severity).count();
    json!({
        "attain": env!("CARGO_PKG_VERSION"),
        "as_of": job.scope.as_of.to_string(),
        "period": job.scope.period.map(|period| period.to_string()),
        "lang": job.lang.code(),
        "profile": job.profile.as_ref().map(|profile| profile.name.clone()),
        "reports": job.reports,
        "tables": job.tables.map(TablesFormat::key),
        "settings": job.settings.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "inputs": inputs,
        "control_totals": controls,
        "table_totals": table_totals(&read.facts),
        "problems": {
            "errors": count(Severity::Error),
            "warnings": count(Severity::Warning),
            "infos": count(Severity::Info),
            "by_code": by_code,
        },
        "exit_code": exit_code,
    })
}

/// What became of the deals, the budget and the spending: only of those that were read.
fn table_totals(facts: &Facts) -> Value {
    let counted = |counted: &facts::deals::Counted| json!({"rows": counted.n_rows, "amount": counted.sum().plain()});
    let mut totals = serde_json::Map::new();
    let control = &facts.deals.control;
    if control.read.n_rows > 0 {
        let value = json!({
            "read": counted(&control.read),
            "won": counted(&control.won),
            "lost": counted(&control.lost),
            "open": counted(&control.open),
            "undecided": counted(&control.undecided),
            "earlier": counted(&control.earlier),
            "after_as_of": counted(&control.after_as_of),
            "repeated": counted(&control.repeated),
            "gap": {"rows": i64::try_from(control.gap_in_rows()).unwrap_or(i64::MAX), "amount": control.gap().plain()},
            "unreadable_cells": control.read.amount.n_unreadable,
        });
        totals.insert("deals".to_string(), value);
    }
    let control = &facts.budgets.budget_control;
    let stated = |figure| facts.budgets.sum_stated(figure).plain();
    if control.read.n_rows > 0 {
        let value = json!({
            "rows": control.read.n_rows,
            "read": control.read.sum().plain(),
            "repeated": control.repeated.plain(),
            "planned": control.planned.plain(),
            "adjusted": control.adjusted.plain(),
            "stated": {
                "actual": stated(Figure::Actual),
                "committed": stated(Figure::Committed),
                "latest_estimate": stated(Figure::LatestEstimate),
                "prior_year": stated(Figure::PriorYear),
            },
            "unplaced": control.unplaced.sum().plain(),
            "gap": control.gap().plain(),
            "unreadable_cells": control.read.amount.n_unreadable,
        });
        totals.insert("budget".to_string(), value);
    }
    let control = &facts.budgets.spend_control;
    if control.read.n_rows > 0 {
        let value = json!({
            "rows": control.read.n_rows,
            "read": control.read.sum().plain(),
            "actual": control.actual.plain(),
            "committed": control.committed.plain(),
            "after_as_of": control.after_as_of.plain(),
            "unplaced": control.unplaced.sum().plain(),
            "gap": control.gap().plain(),
            "unreadable_cells": control.read.amount.n_unreadable,
        });
        totals.insert("spend".to_string(), value);
    }
    Value::Object(totals)
}

/// How to reach each input from the folder of the report.
fn links(inputs: &[InputFile], out: &Path) -> HashMap<String, String> {
    let Ok(out) = out.canonicalize() else { return HashMap::new() };
    let link = |input: &InputFile| Some((input.name.to_string(), reach(&input.path.canonicalize().ok()?, &out)));
    inputs.iter().filter_map(link).collect()
}

/// The way from a folder to a file, both in full.
fn reach(path: &Path, out: &Path) -> String {
    let shared = path.components().zip(out.components()).take_while(|(a, b)| a == b).count();
    let up = out.components().count() - shared;
    let down: Vec<String> =
        path.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().to_string()).collect();
    format!("{}{}", "../".repeat(up), down.join("/"))
}
