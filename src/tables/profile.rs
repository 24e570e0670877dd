//! Mapping profiles: how somebody else's export becomes our tables.
//!
//! A profile is a small TOML: which files or headers, which header is which of our columns, in which unit, what
//! names of files and sheets say, which rows count, and which keys are looked up in another file.

pub mod find;
mod source;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use globset::Glob;
use regex::Regex;
use serde::Deserialize;
use toml::Spanned;

use crate::cell::{Cell, CellRef, Value};
use crate::metric::Metrics;
use crate::problem::{Checked, Kind, Problem, Severity};
use crate::source::content::Content;
use crate::source::limits::Limits;
use crate::source::{self as files, Hints, InputFile, Means, Row, SheetTail, Sink};

use super::grammar::{self, DateOrder};
use super::habits::{DecimalMark, PercentScale};
use super::mapping::{HiddenPolicy, Repeats};
use super::{Open, TableSpec};
use crate::measure::units;

pub use self::source::{ColumnSource, DetailedSource};

/// Profiles that come with the tool, by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("adventureworks", include_str!("../../templates/profiles/adventureworks.toml")),
    ("cn_orders", include_str!("../../templates/profiles/cn_orders.toml")),
    ("crm", include_str!("../../templates/profiles/crm.toml")),
    ("nyc", include_str!("../../templates/profiles/nyc.toml")),
    ("regional", include_str!("../../templates/profiles/regional.toml")),
    ("superstore", include_str!("../../templates/profiles/superstore.toml")),
    ("zareh", include_str!("../../templates/profiles/zareh.toml")),
];

/// A profile as its file has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub name: String,
    /// What the profile is for, for people.
    #[serde(default)]
    pub description: String,
    /// Files that hold nothing for us: listed, not read.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Sheets that none of its tables fits are left alone, even if they look like tables of ours.
    #[serde(default)]
    pub only: bool,
    /// Settings as in `attain.toml`, which wins over them.
    #[serde(default)]
    pub settings: toml::Table,
    #[serde(default, rename = "table")]
    pub tables: Vec<ProfileTable>,
    #[serde(default, rename = "lookup")]
    pub lookups: Vec<Lookup>,
    /// The file it came from and its text, to say where a mistake is.
    #[serde(skip)]
    origin: (String, String),
}

/// How certain files feed one of our tables.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileTable {
    /// Key of our table: targets, team, actuals, funnel, …
    pub kind: Spanned<String>,
    /// File names or patterns such as `sales_*.csv`. Without any, every sheet with these headers is meant.
    #[serde(default)]
    pub files: Vec<String>,
    /// Sheet name or pattern; every sheet when left out.
    pub sheet: Option<String>,
    /// Row of the header, as people count; found by its headers when left out.
    pub header_row: Option<u32>,
    pub delimiter: Option<String>,
    pub encoding: Option<String>,
    /// `","` when the comma separates decimals.
    pub decimal: Option<String>,
    pub date_order: Option<DateOrder>,
    /// What 85 means in a column of rates: `fraction` (8,500 %) or `percent` (85 %).
    pub percent_scale: Option<WrittenScale>,
    /// The one metric of figures that name none.
    pub metric: Option<Spanned<String>>,
    /// The year of periods written without one.
    pub year: Option<i32>,
    /// The period of all rows, where no column says it.
    pub period: Option<Spanned<String>>,
    /// The unit of all money in the table: 元, 万元, k.
    pub unit: Option<Spanned<String>>,
    /// Texts that mean nothing.
    #[serde(default)]
    pub blanks: Vec<String>,
    /// Every header that names a period is a column of figures.
    #[serde(default)]
    pub periods_across: bool,
    /// Columns that stay as they are until a row says otherwise.
    #[serde(default)]
    pub fill_down: Vec<Spanned<String>>,
    #[serde(default)]
    pub hidden: HiddenPolicy,
    #[serde(default)]
    pub repeats: Repeats,
    /// Columns that are the same in every row.
    #[serde(default)]
    pub constants: BTreeMap<String, Spanned<String>>,
    /// Patterns with named groups (`year`, `month`, `quarter`, `period`, or one of our columns) that the names
    /// of the file and the sheet are matched against.
    #[serde(default)]
    pub capture: Capture,
    /// Which rows count.
    #[serde(default)]
    pub filter: Vec<Filter>,
    /// Our column → their header.
    #[serde(default)]
    pub columns: BTreeMap<String, Spanned<ColumnSource>>,
}

/// What a plain 85 means in a column of rates.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum WrittenScale {
    Fraction,
    Percent,
}

impl From<WrittenScale> for PercentScale {
    fn from(scale: WrittenScale) -> Self {
        match scale {
            WrittenScale::Fraction => PercentScale::Fraction,
            WrittenScale::Percent => PercentScale::Hundred,
        }
    }
}

/// Patterns for names.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Capture {
    pub file: Option<Spanned<String>>,
    pub sheet: Option<Spanned<String>>,
}

/// Rows that count, by the text of one of their columns.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    pub header: String,
    #[serde(default)]
    pub keep: Vec<String>,
    #[serde(default)]
    pub drop: Vec<String>,
    /// A lookup that translates the text first.
    pub lookup: Option<String>,
}

/// A file that translates keys: two of its columns.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    pub name: String,
    pub files: Vec<String>,
    /// Sheet name or pattern; every sheet when left out.
    pub sheet: Option<String>,
    pub delimiter: Option<String>,
    pub encoding: Option<String>,
    /// Header of the column with the keys.
    pub key: String,
    /// Header of the column with the values.
    pub value: String,
}

/// The lookups of a profile, read.
pub type Lookups = HashMap<String, Arc<HashMap<String, String>>>;

/// Groups of a capture that are no columns.
const TIME_GROUPS: [&str; 4] = ["year", "month", "quarter", "period"];

impl ProfileTable {
    /// Whether a name says which files it is for: then it must fit them.
    pub fn is_named_by_file(&self) -> bool {
        !self.files.is_empty()
    }

    pub fn decimal_mark(&self) -> DecimalMark {
        mark(self.decimal.as_deref())
    }
}

/// A mark as a profile writes it.
fn mark(text: Option<&str>) -> DecimalMark {
    if text == Some(",") { DecimalMark::Comma } else { DecimalMark::Point }
}

impl Profile {
    /// Reads a profile: a built-in one by name, a file, or `profiles/NAME.toml` below one of the folders.
    ///
    /// # Errors
    /// Why it cannot be used, with the line and the key.
    pub fn load(name: &str, folders: &[&Path]) -> Result<Self, String> {
        let built_in = BUILT_IN.iter().find(|(built_in, _)| *built_in == name);
        let (origin, text) = match built_in {
            Some((_, text)) => (name.to_string(), (*text).to_string()),
            None => {
                let saved = folders.iter().map(|folder| folder.join("profiles").join(format!("{name}.toml")));
                let path = saved.into_iter().find(|path| path.is_file()).unwrap_or_else(|| name.into());
                let text = std::fs::read_to_string(&path).map_err(|error| {
                    let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
                    format!("{name}: {error} (built-in profiles: {})", names.join(", "))
                })?;
                (path.display().to_string(), text)
            }
        };
        Profile::parse(&origin, &text)
    }

    /// Its file; the built-in ones have none.
    pub fn file(&self) -> Option<&Path> {
        let is_built_in = BUILT_IN.iter().any(|(name, _)| *name == self.origin.0);
        (!is_built_in).then(|| Path::new(&self.origin.0))
    }

    /// Reads a profile's text.
    ///
    /// # Errors
    /// As [`Profile::load`].
    pub fn parse(origin: &str, text: &str) -> Result<Self, String> {
        let profile: Profile =
            toml::from_str(text).map_err(|error| format!("{origin}: {}", error.to_string().trim_end()))?;
        Ok(Profile { origin: (origin.to_string(), text.to_string()), ..profile })
    }

    /// A mistake, at its line.
    fn mistake<T>(&self, at: &Spanned<T>, what: &str) -> String {
        let before = self.origin.1.get(..at.span().start).unwrap_or("");
        format!("{}: line {}: {what}", self.origin.0, before.matches('\n').count() + 1)
    }

    /// Checks what the format alone cannot: table kinds, column keys, lookup names, patterns.
    ///
    /// # Errors
    /// The first thing that makes no sense, at its line, with what would.
    pub fn check(&self, metrics: &Metrics, stages: &[String]) -> Result<(), String> {
        let patterns = self.tables.iter().flat_map(|table| &table.files).chain(&self.ignore);
        let patterns = patterns.chain(self.tables.iter().filter_map(|table| table.sheet.as_ref()));
        for pattern in patterns.chain(self.lookups.iter().flat_map(|lookup| &lookup.files)) {
            Glob::new(pattern).map_err(|error| format!("{}: {error}", self.origin.0))?;
        }
        for table in &self.tables {
            self.check_table(table, metrics, stages)?;
        }
        Ok(())
    }

    fn check_table(&self, table: &ProfileTable, metrics: &Metrics, stages: &[String]) -> Result<(), String> {
        let Some(spec) = super::table(table.kind.get_ref()) else {
            let kinds: Vec<&str> = super::TABLES.iter().map(|table| table.key).collect();
            let what = format!("kind = \"{}\" is none of {}", table.kind.get_ref(), kinds.join(", "));
            return Err(self.mistake(&table.kind, &what));
        };
        let keys = mappable_keys(spec, metrics, stages);
        let near = |key: &str| {
            let score = |other: &String| strsim::jaro_winkler(key, other);
            let near = keys.iter().max_by(|a, b| score(a).total_cmp(&score(b)));
            near.map_or(String::new(), |near| format!(" (did you mean `{near}`?)"))
        };
        let no_column = |key: &str| format!("table `{}` has no column `{key}`{}", spec.key, near(key));
        let is_field = |key: &str| spec.columns.iter().any(|column| column.key == key);
        let bad_unit = |unit: &str| format!("unit = \"{unit}\" is not known; write 元, 千元, 万元, 亿元, k, m or %");
        if let Some(unit) = table.unit.as_ref().filter(|unit| units::unit_power(unit.get_ref()).is_none()) {
            return Err(self.mistake(unit, &bad_unit(unit.get_ref())));
        }
        for (key, source) in &table.columns {
            let details = source.get_ref();
            if !keys.contains(key) {
                return Err(self.mistake(source, &no_column(key)));
            }
            if let Some(unit) = details.unit().filter(|unit| units::unit_power(unit).is_none()) {
                return Err(self.mistake(source, &bad_unit(unit)));
            }
            if let Some(name) = details.lookup_name().filter(|name| !self.has_lookup(name)) {
                let what = format!("column `{key}` uses lookup `{name}`, which is not defined");
                return Err(self.mistake(source, &what));
            }
            if details.is_product() && is_field(key) {
                return Err(self.mistake(source, &format!("column `{key}` holds no figure that could be multiplied")));
            }
            if let Err(what) = details.check() {
                return Err(self.mistake(source, &format!("column `{key}`: {what}")));
            }
        }
        for (key, value) in &table.constants {
            if !is_field(key) {
                return Err(self.mistake(value, &no_column(key)));
            }
        }
        if let Some(key) = table.fill_down.iter().find(|key| !is_field(key.get_ref())) {
            return Err(self.mistake(key, &no_column(key.get_ref())));
        }
        for filter in &table.filter {
            if let Some(name) = filter.lookup.as_ref().filter(|name| !self.has_lookup(name)) {
                return Err(format!("{}: filter uses lookup `{name}`, which is not defined", self.origin.0));
            }
        }
        for pattern in [&table.capture.file, &table.capture.sheet].into_iter().flatten() {
            let compiled = Regex::new(pattern.get_ref());
            let compiled = compiled.map_err(|error| self.mistake(pattern, &error.to_string()))?;
            let mut groups = compiled.capture_names().flatten();
            if let Some(group) = groups.find(|group| !TIME_GROUPS.contains(group) && !is_field(group)) {
                let what = format!(
                    "group `{group}` is neither a column of `{}` nor one of {}",
                    spec.key,
                    TIME_GROUPS.join(", ")
                );
                return Err(self.mistake(pattern, &what));
            }
        }
        if let Some(metric) = table.metric.as_ref().filter(|metric| metrics.get(metric.get_ref()).is_none()) {
            let what = format!("metric = \"{}\" is not known", metric.get_ref());
            return Err(self.mistake(metric, &what));
        }
        if let Some(period) = &table.period
            && find::whole_period(period.get_ref()).is_none()
        {
            let what = format!(
                "period = \"{}\" is not a period; write it as 2026, 2026-Q1, 2026-03 or 2026-W14",
                period.get_ref()
            );
            return Err(self.mistake(period, &what));
        }
        if table.columns.is_empty() && !table.periods_across {
            return Err(self.mistake(&table.kind, "the table names no columns"));
        }
        Ok(())
    }

    fn has_lookup(&self, name: &str) -> bool {
        self.lookups.iter().any(|lookup| lookup.name == *name)
    }

    /// Whether the profile says to leave a file out.
    pub fn ignores(&self, file: &str) -> bool {
        matches(&self.ignore, file)
    }

    /// Whether a file only translates keys: no table is read from it.
    pub fn is_lookup(&self, file: &str) -> bool {
        self.lookups.iter().any(|lookup| matches(&lookup.files, file))
            && !self.tables.iter().any(|table| matches(&table.files, file))
    }

    /// The tables that a sheet of a file may feed, in the profile's order.
    pub fn tables_for(&self, file: &str, sheet: &str) -> Vec<&ProfileTable> {
        let fits = |table: &&ProfileTable| {
            (table.files.is_empty() || matches(&table.files, file))
                && table.sheet.as_ref().is_none_or(|pattern| matches(std::slice::from_ref(pattern), sheet))
        };
        self.tables.iter().filter(fits).collect()
    }

    /// What the reader should know of a file before opening it.
    pub fn hints(&self, file: &str) -> Hints {
        let is_named = |table: &&ProfileTable| matches(&table.files, file);
        let table =
            self.tables.iter().find(is_named).or_else(|| self.tables.iter().find(|table| table.files.is_empty()));
        let delimiter = table.and_then(|table| table.delimiter.as_ref()).and_then(|text| text.bytes().next());
        Hints { delimiter, encoding: table.and_then(|table| table.encoding.clone()) }
    }

    /// Reads the lookup files among the inputs.
    pub fn read_lookups(&self, inputs: &[InputFile], limits: &Limits, program: &Path) -> Checked<Lookups> {
        let mut lookups = Checked { value: Lookups::new(), problems: Vec::new() };
        for lookup in &self.lookups {
            let mut pairs: HashMap<String, String> = HashMap::new();
            for input in inputs.iter().filter(|input| matches(&lookup.files, &input.name)) {
                let delimiter = lookup.delimiter.as_ref().and_then(|text| text.bytes().next());
                let means = Means { limits, program, hints: Hints { delimiter, encoding: lookup.encoding.clone() } };
                let begin = |head: files::SheetHead| {
                    let sheet = head.place.sheet;
                    let is_wanted =
                        lookup.sheet.as_ref().is_none_or(|pattern| matches(std::slice::from_ref(pattern), &sheet));
                    PairReader { lookup, is_wanted, columns: None, pairs: Vec::new() }
                };
                let read =
                    Content::load(input, limits).and_then(|content| files::read(input, &content, &means, &begin));
                let problems = match read {
                    Ok(read) => {
                        for (key, value) in read.value.into_iter().flat_map(|sheet| sheet.pairs) {
                            pairs.entry(key).or_insert(value);
                        }
                        read.problems
                    }
                    Err(kind) => vec![Problem::new(CellRef::file(&input.name), kind)],
                };
                // A lookup file is not a table: only what loses rows of it matters.
                lookups.problems.extend(problems.into_iter().filter(|problem| problem.severity() == Severity::Error));
            }
            if pairs.is_empty() {
                let file = lookup.files.first().map_or(self.name.as_str(), String::as_str);
                let is_there = inputs.iter().any(|input| matches(&lookup.files, &input.name));
                let profile = self.name.clone();
                let kind = if is_there {
                    let headers = format!("{}, {} ({})", lookup.key, lookup.value, lookup.files.join(", "));
                    Kind::ProfileHeaders { profile, headers }
                } else {
                    Kind::ProfileMatchesNothing { profile, files: lookup.files.join(", ") }
                };
                lookups.problems.push(Problem::new(CellRef::file(&file.into()), kind));
            }
            lookups.value.insert(lookup.name.clone(), Arc::new(pairs));
        }
        lookups
    }

    /// Tables whose files are not among the inputs: a misspelt name would otherwise go unnoticed.
    pub fn unmatched_tables(&self, inputs: &[InputFile]) -> Vec<Problem> {
        let is_unmatched = |table: &&ProfileTable| {
            table.is_named_by_file() && !inputs.iter().any(|input| matches(&table.files, &input.name))
        };
        let problem = |table: &ProfileTable| {
            let files = table.files.join(", ");
            let kind = Kind::ProfileMatchesNothing { profile: self.name.clone(), files: files.clone() };
            Problem::new(CellRef::file(&files.into()), kind)
        };
        self.tables.iter().filter(is_unmatched).map(problem).collect()
    }
}

/// Keys that a profile may map for a table: its fields, and what its open columns may be.
pub fn mappable_keys(spec: &TableSpec, metrics: &Metrics, stages: &[String]) -> Vec<String> {
    let fields = spec.columns.iter().map(|column| column.key.to_string());
    let open: Vec<String> = match spec.open {
        Open::Nothing | Open::Periods => Vec::new(),
        Open::Measures => metrics.iter().filter(|m| !m.formula.is_rate()).map(|m| m.key.clone()).collect(),
        Open::MetricsOrPeriods => metrics.iter().map(|metric| metric.key.clone()).collect(),
        Open::Stages => stages.to_vec(),
        Open::StageDates => stages.iter().filter(|stage| *stage != "won").map(|stage| stage_date_key(stage)).collect(),
    };
    fields.chain(open).collect()
}

/// The key by which a profile maps the day on which a stage was entered: `qualified_date`.
pub fn stage_date_key(stage: &str) -> String {
    format!("{stage}_date")
}

/// Whether a file's name, or its path as named, matches one of the patterns.
fn matches(patterns: &[String], file: &str) -> bool {
    let name = Path::new(file).file_name().map(|name| name.to_string_lossy().to_string()).unwrap_or_default();
    patterns.iter().any(|pattern| {
        pattern == file || *pattern == name || {
            let glob = Glob::new(pattern).ok().map(|glob| glob.compile_matcher());
            glob.is_some_and(|glob| glob.is_match(file) || glob.is_match(&name))
        }
    })
}

/// Collects two columns of a sheet as key and value.
struct PairReader<'a> {
    lookup: &'a Lookup,
    is_wanted: bool,
    columns: Option<(u32, u32)>,
    pairs: Vec<(String, String)>,
}

impl Sink for PairReader<'_> {
    fn row(&mut self, row: &Row<'_>) {
        if !self.is_wanted {
            return;
        }
        let text = |cell: Cell<'_>| match cell.value {
            Value::Text(text) => grammar::clean(text),
            value => value.display(),
        };
        let find = |wanted: &str| row.cells().find(|cell| text(*cell) == wanted).map(|cell| cell.column);
        match self.columns {
            None => self.columns = find(&self.lookup.key).zip(find(&self.lookup.value)),
            Some((key, value)) => {
                let at = |column: u32| row.cells().find(|cell| cell.column == column).map(text);
                self.pairs.extend(at(key).zip(at(value)));
            }
        }
    }

    fn end(&mut self, _: SheetTail) {}
}
