//! Packs: one workbook for each region, manager or person, with what they may see and no more.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::{Value, json};

use crate::analysis::attainment::Attainment;
use crate::cell::CellRef;
use crate::facts::readers::{Narrower, Reader, Split};
use crate::facts::{Facts, Unit};
use crate::job::Job;
use crate::problem::{Kind, Problem};
use crate::publish::file_names::file_names;
use crate::publish::{Output, PACKS, REPORT, Stop, read_account};
use crate::report::{self, Findings, packs};
use crate::tables::register::{self, Entry, Register, Written};

use super::{Read, findings, had_register, workbook};

/// The registers of the earlier report and of the packs beside it.
pub(super) struct Earlier {
    pub entries: Vec<Entry>,
    pub problems: Vec<Problem>,
    /// What each pack holds that people wrote, by its path in the folder.
    packs: BTreeMap<String, Register>,
}

/// Who gets a pack, and what becomes of the others that are there.
pub(super) struct Plan<'a> {
    split: Split,
    narrower: Narrower<'a>,
    readers: Vec<(Reader, String)>,
    /// Packs that this run does not make and that hold what people wrote: they stay.
    left: Vec<String>,
    /// Those that hold nothing of the kind.
    outdated: Vec<String>,
}

/// Packs as files, and what they say in the account.
#[derive(Default)]
pub(super) struct Made {
    pub outputs: Vec<Output>,
    pub account: Value,
    /// Hashes of what each pack shows that people wrote, by its path.
    pub entries: BTreeMap<String, Value>,
    /// Files to remove once everything is written.
    pub outdated: Vec<String>,
}

/// Reads the register of the earlier report and those of all packs in the folder, and joins them.
pub(super) fn read_registers(job: &Job) -> Result<Earlier, Stop> {
    let mut problems = Vec::new();
    let mut registers = Vec::new();
    let stop = |path: &Path, why: &str| {
        // Written over, whatever people entered there would be lost.
        let path = path.display().to_string();
        Stop::Output(job.lang.say("stop.previous", &[("path", &path), ("why", why)]))
    };
    let refused = |path: &Path, kind: &Kind| stop(path, &kind.message(job.lang));
    let no_register = job.lang.word("stop.no_register");
    let own = job.out.join(REPORT);
    if own.is_file() {
        let read = register::read(&own, &job.limits, &job.program).map_err(|kind| refused(&own, &kind))?;
        if !read.value.is_there && had_register(&job.out) {
            return Err(stop(&own, no_register));
        }
        problems.extend(read.problems);
        registers.push((REPORT.to_string(), read.value));
    }
    let read = existing(&job.out)?.into_par_iter().map(|(file, path)| {
        let read = register::read(&path, &job.limits, &job.program).map_err(|kind| refused(&path, &kind))?;
        Ok((file, read))
    });
    let mut packs = BTreeMap::new();
    for (file, mut read) in read.collect::<Result<Vec<_>, Stop>>()? {
        for (at, entry) in &mut read.value.lines {
            at.file = file.as_str().into();
            entry.packs.insert(file.clone());
        }
        problems.extend(read.problems);
        registers.push((file.clone(), read.value.clone()));
        packs.insert(file, read.value);
    }
    if let Some(previous) = &job.previous {
        let mut read = register::read(previous, &job.limits, &job.program).map_err(|kind| refused(previous, &kind))?;
        if !read.value.is_there {
            return Err(stop(previous, no_register));
        }
        // What stands in the folder is later: of the report that was named, only what is not there.
        let known: HashSet<String> =
            registers.iter().flat_map(|(_, register)| &register.lines).filter_map(|(_, entry)| entry.id()).collect();
        read.value.lines.retain(|(_, entry)| entry.id().is_none_or(|id| !known.contains(&id)));
        problems.extend(read.problems);
        registers.push((String::new(), read.value));
    }
    let joined = register::join(registers, &written(&job.out));
    problems.extend(joined.problems);
    Ok(Earlier { entries: joined.value, problems, packs })
}

/// The packs in a folder by their paths in it, in order. What begins with `~$` is Excel's, while a pack is open.
fn existing(out: &Path) -> Result<Vec<(String, PathBuf)>, Stop> {
    let folder = out.join(PACKS);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let refused = |error: std::io::Error| Stop::Output(format!("{}: {error}", folder.display()));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        let name = entry.file_name().to_string_lossy().to_string();
        let is_pack = name.ends_with(".xlsx") && !name.starts_with(['.', '~']);
        if is_pack && entry.file_type().map_err(refused)?.is_file() {
            found.push((format!("{PACKS}/{name}"), entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

/// What the last run's account says that it wrote for people to change.
fn written(out: &Path) -> Written {
    // Without an account everything counts as written since: then more is kept, not less.
    let account = read_account(out).unwrap_or_default();
    let entries: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>> =
        serde_json::from_value(account["entries"].clone()).unwrap_or_default();
    let mut written = HashMap::new();
    for (file, ids) in entries {
        for (id, keys) in ids {
            written.extend(keys.into_iter().map(|(key, hash)| ((file.clone(), id.clone(), key), hash)));
        }
    }
    Written(written)
}

/// The hashes of entries, by number and column.
fn hashes<'e>(entries: impl Iterator<Item = &'e Entry>) -> Value {
    let mut of_file: BTreeMap<String, BTreeMap<&str, String>> = BTreeMap::new();
    for entry in entries.filter(|entry| !entry.inputs.is_empty()) {
        let hashed = entry.inputs.iter().map(|(key, value)| (*key, Written::hash(value)));
        of_file.extend(entry.id().map(|id| (id, hashed.collect())));
    }
    json!(of_file)
}

/// What people can find in the report's register and in the packs that stay: by it the next run knows what is new.
pub(super) fn entries_account(earlier: &Earlier, made: &Made) -> Value {
    let mut account = serde_json::Map::new();
    account.insert(REPORT.to_string(), hashes(earlier.entries.iter()));
    let is_written =
        |file: &String| made.outputs.iter().any(|output| output.path == *file) || made.outdated.contains(file);
    for (file, register) in earlier.packs.iter().filter(|(file, _)| !is_written(file)) {
        account.insert(file.clone(), hashes(register.lines.iter().map(|(_, entry)| entry)));
    }
    account.extend(made.entries.clone());
    account.retain(|_, entries| entries.as_object().is_some_and(|entries| !entries.is_empty()));
    account.into()
}

/// Decides who gets a pack; with it what there is to say about packs of others.
pub(super) fn plan<'a>(job: &Job, facts: &'a Facts, earlier: &Earlier) -> (Option<Plan<'a>>, Vec<Problem>) {
    let Some(split) = job.split else { return (None, Vec::new()) };
    let narrower = Narrower::new(facts);
    let readers = narrower.readers(split);
    let mut problems = Vec::new();
    if readers.is_empty() {
        let kind = Kind::NothingToSplitBy { level: split.key() };
        problems.push(Problem::new(CellRef::file(&"--split-by".into()), kind));
    }
    let unassigned = job.lang.word("word.unassigned");
    let named: Vec<(String, String)> = readers
        .iter()
        .map(|reader| {
            (reader.name.as_deref().unwrap_or(unassigned).to_string(), format!("{}|{}", split.key(), reader.id))
        })
        .collect();
    let files: Vec<String> = file_names(&named).into_iter().map(|name| format!("{PACKS}/{name}.xlsx")).collect();
    let has_entries = |register: &Register| register.lines.iter().any(|(_, entry)| entry.is_written());
    // Systems that do not tell case apart have one file where others have two: the new one takes its place.
    let made: HashSet<String> = files.iter().map(|file| file.to_lowercase()).collect();
    let others = earlier.packs.iter().filter(|(file, _)| !made.contains(&file.to_lowercase()));
    let (left, outdated): (Vec<_>, Vec<_>) = others.partition(|(_, register)| has_entries(register));
    let names = |packs: Vec<(&String, &Register)>| packs.into_iter().map(|(file, _)| file.clone()).collect::<Vec<_>>();
    let (left, outdated) = (names(left), names(outdated));
    problems.extend(left.iter().map(|file| Problem::new(CellRef::file(&file.as_str().into()), Kind::PackLeft)));
    let readers = readers.into_iter().zip(files).collect();
    (Some(Plan { split, narrower, readers, left, outdated }), problems)
}

/// Makes the packs, side by side.
pub(super) fn make(job: &Job, plan: Option<Plan<'_>>, whole: &Findings<'_>) -> Result<Made, Stop> {
    let Some(plan) = plan else { return Ok(Made { account: Value::Null, ..Made::default() }) };
    let of_whole = packs::deviation_ids(whole);
    let made = plan.readers.par_iter().map(|(reader, file)| {
        // Files and problems are of the whole organisation.
        let read = Read { facts: plan.narrower.narrow(reader), problems: Vec::new(), inputs: Vec::new() };
        let mut own = findings(job, &read, &[], whole.focus);
        packs::narrow(&mut own, &of_whole);
        let entries = packs::entries(whole.register, &packs::deviation_ids(&own), &of_whole, file);
        let own = Findings { register: &entries, scale: whole.scale, ..own };
        let pages = report::build(&own);
        // Links would name the files that everybody's figures are in.
        let bytes = workbook(job, &pages, &HashMap::new()).map_err(|error| Stop::Output(format!("{file}: {error}")))?;
        let account = json!({
            "path": file,
            "level": plan.split.key(),
            "id": reader.id,
            "name": reader.name,
            "totals": totals(&own),
        });
        Ok((Output { path: file.clone(), bytes }, (account, (file.clone(), hashes(entries.iter())))))
    });
    // In the readers' order, whatever thread finishes first.
    let (outputs, said): (Vec<Output>, Vec<_>) = made.collect::<Result<Vec<_>, Stop>>()?.into_iter().unzip();
    let (files, entries): (Vec<Value>, BTreeMap<String, Value>) = said.into_iter().unzip();
    let account = json!({
        "split_by": plan.split.key(),
        "files": files,
        "left": plan.left,
        "removed": plan.outdated,
    });
    Ok(Made { outputs, account, entries, outdated: plan.outdated })
}

/// Target and actual of the reader's unit in the period of the summary, by metric.
fn totals(findings: &Findings<'_>) -> Value {
    let figures = findings
        .attainment
        .iter()
        .filter(|figure| figure.unit == Unit::Company && Some(figure.period) == findings.focus && !figure.is_rate);
    let total = |figure: &Attainment| {
        let [target, actual] = [figure.target, figure.actual].map(|tally| tally.value().map(|amount| amount.plain()));
        (findings.facts.metrics[figure.metric].key.clone(), json!({"target": target, "actual": actual}))
    };
    Value::Object(figures.map(total).collect())
}
