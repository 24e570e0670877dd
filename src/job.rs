//! What was decided before the run: nothing below here asks for the time, reads the
//! environment, or has a default of its own.

pub mod appearance;
pub mod settings;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;

use crate::analysis::allocation::AllocationRule;
use crate::analysis::bridge;
use crate::analysis::budget::TargetBand;
use crate::analysis::deals::DealRules;
use crate::analysis::pacing::StatusRules;
use crate::analysis::variance::Missing;
use crate::facts::readers::Split;
use crate::facts::{JoinRules, Level};
use crate::metric::Metrics;
use crate::period::parse::Context;
use crate::period::{Calendar, Scope};
use crate::problem::Severity;
use crate::publish::{OUTPUT_NAMES, is_output_folder};
use crate::render::theme::Theme;
use crate::report::scale::ScaleSetting;
use crate::source::limits::Limits;
use crate::source::{InputFile, is_input_name};
use crate::tables::profile::Profile;
use crate::text::Lang;

/// A format of tidy tables.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TablesFormat {
    Csv,
    Parquet,
}

impl TablesFormat {
    /// Its name on the command line, and the ending of its files.
    pub fn key(self) -> &'static str {
        match self {
            TablesFormat::Csv => "csv",
            TablesFormat::Parquet => "parquet",
        }
    }
}

/// Everything a run needs to know.
#[derive(Debug)]
pub struct Job {
    /// Files in canonical order: by name. The order in which they were given does not matter.
    pub inputs: Vec<InputFile>,
    pub out: PathBuf,
    /// An earlier report that was named, whose register is carried on beside that of the report in `out`.
    pub previous: Option<PathBuf>,
    /// The settings file, if there is one.
    pub config: Option<PathBuf>,
    pub lang: Lang,
    pub scope: Scope,
    pub profile: Option<Profile>,
    pub metrics: Metrics,
    pub stages: Vec<String>,
    pub calendar: Calendar,
    pub rules: JoinRules,
    pub deals: DealRules,
    /// Other names of people and units.
    pub aliases: Arc<HashMap<String, String>>,
    pub status: StatusRules,
    /// The levels of the organisation that reports show.
    pub levels: Vec<Level>,
    /// How far from pace spending may be.
    pub band: TargetBand,
    /// An amount to divide over units.
    pub allocation: Option<AllocationRule>,
    pub missing: Missing,
    pub bridge: bridge::Method,
    pub limits: Limits,
    /// This program, to read legacy formats in a child process of it.
    pub program: PathBuf,
    pub company: Option<String>,
    /// How the report looks.
    pub theme: Theme,
    /// Whether the summary ends with lines to sign.
    pub sign_off: bool,
    /// The unit of money on the report's pages.
    pub scale: ScaleSetting,
    /// A workbook of the user's own to fill beside the report.
    pub template: Option<PathBuf>,
    /// Keys of the reports to write; empty means all.
    pub reports: Vec<String>,
    /// By whom packs are made beside the report.
    pub split: Option<Split>,
    /// The format of tidy tables beside the workbook; nothing for none.
    pub tables: Option<TablesFormat>,
    /// Threads.
    pub jobs: usize,
    /// From which severity on the exit code is 1; nothing means never.
    pub fail_on: Option<Severity>,
    /// Settings that figures depend on, by key and value, for the manifest.
    pub settings: Vec<(String, String)>,
}

impl Job {
    /// The year and month that the period asked for names, for periods written without.
    pub fn context(&self) -> Context {
        self.scope.period.map(Context::of).unwrap_or_default()
    }
}

/// Finds the input files: files as given, folders searched all the way down, in order of their names.
///
/// # Errors
/// A path that does not exist, or a folder that cannot be read.
pub fn find_inputs(given: &[PathBuf], out: &Path) -> Result<Vec<InputFile>, String> {
    let out = out.canonicalize().unwrap_or_else(|_| out.to_path_buf());
    let mut inputs = Vec::new();
    for path in given {
        // What we wrote is no input, even where its folder is named.
        let name = path.file_name().unwrap_or_default();
        if path.parent().is_some_and(is_output_folder) && OUTPUT_NAMES.iter().any(|ours| name == *ours) && path.is_dir()
        {
            continue;
        }
        let is_folder = path.metadata().map_err(|error| format!("{}: {error}", path.display()))?.is_dir();
        if is_folder {
            let base = if given.len() == 1 { path.clone() } else { PathBuf::new() };
            search(path, &base, &out, &mut inputs)?;
        } else {
            let name = if given.len() == 1 { path.file_name().map_or(path.as_path(), Path::new) } else { path };
            inputs.push(InputFile { path: path.clone(), name: name_of(name) });
        }
    }
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    inputs.dedup_by(|a, b| a.path == b.path);
    Ok(inputs)
}

fn search(folder: &Path, base: &Path, out: &Path, inputs: &mut Vec<InputFile>) -> Result<(), String> {
    let refused = |error: std::io::Error| format!("{}: {error}", folder.display());
    let has_outputs = is_output_folder(folder);
    for entry in std::fs::read_dir(folder).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        let path = entry.path();
        if has_outputs && OUTPUT_NAMES.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        let kind = entry.file_type().map_err(refused)?;
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() {
            // What we write must not become what we read.
            let is_ours = path.canonicalize().is_ok_and(|path| path == out) || is_output_folder(&path);
            if !is_hidden && !is_ours {
                search(&path, base, out, inputs)?;
            }
        } else if is_input_name(&path) {
            let name = path.strip_prefix(base).unwrap_or(&path).to_path_buf();
            inputs.push(InputFile { name: name_of(&name), path });
        }
    }
    Ok(())
}

/// A file's name with forward slashes, and without what would break a line or a terminal.
fn name_of(path: &Path) -> std::sync::Arc<str> {
    let name = path.to_string_lossy().replace('\\', "/");
    name.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect::<String>().into()
}

/// Parses `--as-of`.
///
/// # Errors
/// A sentence saying what a date looks like.
pub fn parse_day(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| format!("`{text}` is not a date; write it as 2026-03-31"))
}
