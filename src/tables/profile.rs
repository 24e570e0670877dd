//! Mapping profiles: how somebody else's export becomes our tables.
//!
//! A profile is a small TOML: which files, which delimiter, which header is which of
//! our columns, in which unit, and which keys are looked up in another file.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use globset::Glob;
use serde::Deserialize;

use crate::cell::{Cell, CellRef, Value};
use crate::metric::Metrics;
use crate::problem::{Checked, Kind, Problem, Severity};
use crate::source::content::Content;
use crate::source::limits::Limits;
use crate::source::{self, Hints, InputFile, Means, Row, SheetTail, Sink};

use super::grammar::{self, DateOrder};
use super::header::{self, NamedLookup};
use crate::measure::units;

/// Profiles that come with the tool, by name.
pub const BUILT_IN: [(&str, &str); 2] = [
    ("adventureworks", include_str!("../../templates/profiles/adventureworks.toml")),
    ("crm", include_str!("../../templates/profiles/crm.toml")),
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
    /// Settings as in `attain.toml`, which wins over them.
    #[serde(default)]
    pub settings: toml::Table,
    #[serde(default, rename = "table")]
    pub tables: Vec<ProfileTable>,
    #[serde(default, rename = "lookup")]
    pub lookups: Vec<Lookup>,
}

/// How certain files feed one of our tables.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileTable {
    /// Key of our table: targets, team, actuals, funnel.
    pub kind: String,
    /// File names or patterns such as `sales_*.csv`.
    pub files: Vec<String>,
    /// Sheet name or pattern; every sheet when left out.
    pub sheet: Option<String>,
    pub delimiter: Option<String>,
    pub encoding: Option<String>,
    /// `","` when the comma separates decimals.
    pub decimal: Option<String>,
    pub date_order: Option<DateOrder>,
    /// The one metric of targets that name none.
    pub metric: Option<String>,
    /// The year of periods written without one.
    pub year: Option<i32>,
    /// The unit of all money in the table: 元, 万元, k.
    pub unit: Option<String>,
    /// Texts that mean nothing.
    #[serde(default)]
    pub blanks: Vec<String>,
    /// Every header that names a period is a column of targets.
    #[serde(default)]
    pub periods_across: bool,
    /// Our column → their header.
    pub columns: BTreeMap<String, ColumnSource>,
}

/// Where a column comes from: a header, or a header with a unit or a translation.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum ColumnSource {
    Header(String),
    Detailed(DetailedSource),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetailedSource {
    pub header: String,
    pub unit: Option<String>,
    /// Name of a lookup that translates the values.
    pub lookup: Option<String>,
}

/// A file that translates keys: two of its columns.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    pub name: String,
    pub files: Vec<String>,
    pub delimiter: Option<String>,
    /// Header of the column with the keys.
    pub key: String,
    /// Header of the column with the values.
    pub value: String,
}

/// The lookups of a profile, read.
pub type Lookups = HashMap<String, Arc<HashMap<String, String>>>;

impl ColumnSource {
    pub fn header(&self) -> &str {
        match self {
            ColumnSource::Header(header) => header,
            ColumnSource::Detailed(source) => &source.header,
        }
    }

    pub fn unit(&self) -> Option<&str> {
        match self {
            ColumnSource::Header(_) => None,
            ColumnSource::Detailed(source) => source.unit.as_deref(),
        }
    }

    pub fn lookup(&self, lookups: &Lookups) -> Option<NamedLookup> {
        match self {
            ColumnSource::Header(_) => None,
            ColumnSource::Detailed(source) => {
                let name = source.lookup.as_ref()?;
                Some((name.clone(), lookups.get(name).cloned().unwrap_or_default()))
            }
        }
    }
}

impl Profile {
    /// Reads a profile: a built-in one by name, or a file.
    ///
    /// # Errors
    /// Why it cannot be used, with the line and the key.
    pub fn load(name: &str) -> Result<Self, String> {
        let built_in = BUILT_IN.iter().find(|(built_in, _)| *built_in == name);
        let text = match built_in {
            Some((_, text)) => (*text).to_string(),
            None => std::fs::read_to_string(name).map_err(|error| {
                let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
                format!("{name}: {error} (built-in profiles: {})", names.join(", "))
            })?,
        };
        toml::from_str(&text).map_err(|error| format!("{name}: {error}"))
    }

    /// Checks what the format alone cannot: table kinds, column keys, lookup names, patterns.
    ///
    /// # Errors
    /// The first thing that makes no sense, with what would.
    pub fn check(&self, metrics: &Metrics, stages: &[String]) -> Result<(), String> {
        let patterns = self.tables.iter().flat_map(|table| &table.files).chain(&self.ignore);
        for pattern in patterns.chain(self.lookups.iter().flat_map(|lookup| &lookup.files)) {
            Glob::new(pattern).map_err(|error| format!("{}: {error}", self.name))?;
        }
        for table in &self.tables {
            let Some(spec) = super::table(&table.kind) else {
                let kinds: Vec<&str> = super::TABLES.iter().map(|table| table.key).collect();
                return Err(format!("{}: kind = \"{}\" is none of {}", self.name, table.kind, kinds.join(", ")));
            };
            let keys = header::mappable_keys(spec, metrics, stages);
            let units = table.columns.values().filter_map(ColumnSource::unit).chain(table.unit.as_deref());
            if let Some(unit) = units.into_iter().find(|unit| units::unit_power(unit).is_none()) {
                return Err(format!(
                    "{}: unit = \"{unit}\" is not known; write 元, 千元, 万元, 亿元, k, m or %",
                    self.name
                ));
            }
            for (key, source) in &table.columns {
                if !keys.contains(key) {
                    let near = keys
                        .iter()
                        .max_by(|a, b| strsim::jaro_winkler(key, a).total_cmp(&strsim::jaro_winkler(key, b)));
                    let near = near.map_or(String::new(), |near| format!(" (did you mean `{near}`?)"));
                    return Err(format!("{}: table `{}` has no column `{key}`{near}", self.name, table.kind));
                }
                if let ColumnSource::Detailed(DetailedSource { lookup: Some(name), .. }) = source
                    && !self.lookups.iter().any(|lookup| lookup.name == *name)
                {
                    return Err(format!("{}: column `{key}` uses lookup `{name}`, which is not defined", self.name));
                }
            }
            if let Some(metric) = &table.metric
                && metrics.get(metric).is_none()
            {
                return Err(format!("{}: metric = \"{metric}\" is not known", self.name));
            }
        }
        Ok(())
    }

    /// Whether the profile says to leave a file out.
    pub fn ignores(&self, file: &str) -> bool {
        matches(&self.ignore, file)
    }

    /// Whether a file only translates keys.
    pub fn is_lookup(&self, file: &str) -> bool {
        self.lookups.iter().any(|lookup| matches(&lookup.files, file))
    }

    /// The tables that a sheet of a file may feed, in the profile's order.
    pub fn tables_for(&self, file: &str, sheet: &str) -> Vec<&ProfileTable> {
        let fits = |table: &&ProfileTable| {
            matches(&table.files, file)
                && table.sheet.as_ref().is_none_or(|pattern| matches(std::slice::from_ref(pattern), sheet))
        };
        self.tables.iter().filter(fits).collect()
    }

    /// What the reader should know of a file before opening it.
    pub fn hints(&self, file: &str) -> Hints {
        let table = self.tables.iter().find(|table| matches(&table.files, file));
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
                let means = Means { limits, program, hints: Hints { delimiter, encoding: None } };
                let begin = |_| PairReader { lookup, columns: None, pairs: Vec::new() };
                let read =
                    Content::load(input, limits).and_then(|content| source::read(input, &content, &means, &begin));
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
                let headers = format!("{}, {} ({})", lookup.key, lookup.value, lookup.files.join(", "));
                let kind = Kind::ProfileHeaders { profile: self.name.clone(), headers };
                let file = lookup.files.first().map_or(self.name.as_str(), String::as_str);
                lookups.problems.push(Problem::new(CellRef::file(&file.into()), kind));
            }
            lookups.value.insert(lookup.name.clone(), Arc::new(pairs));
        }
        lookups
    }

    /// Tables whose files are not among the inputs: a misspelt name would otherwise go unnoticed.
    pub fn unmatched_tables(&self, inputs: &[InputFile]) -> Vec<Problem> {
        let is_unmatched = |table: &&ProfileTable| !inputs.iter().any(|input| matches(&table.files, &input.name));
        let problem = |table: &ProfileTable| {
            let files = table.files.join(", ");
            let kind = Kind::ProfileMatchesNothing { profile: self.name.clone(), files: files.clone() };
            Problem::new(CellRef::file(&files.into()), kind)
        };
        self.tables.iter().filter(is_unmatched).map(problem).collect()
    }
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
    columns: Option<(u32, u32)>,
    pairs: Vec<(String, String)>,
}

impl Sink for PairReader<'_> {
    fn row(&mut self, row: &Row<'_>) {
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
