//! The register of deviations that an earlier run wrote and people filled in: read back, so that nothing of it is
//! lost. Only what people may write is understood; everything else is carried as it stands.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::OnceLock;

use crate::cell::{CellRef, OwnedValue, Value};
use crate::problem::{Checked, Kind, Problem};
use crate::source::content::Content;
use crate::source::limits::Limits;
use crate::source::{self, Hints, InputFile, Means, Row, SheetHead, SheetTail, Sink};
use crate::text::Lang;

/// Keys of the register's columns for people, in the report's order: `head.…`.
pub const INPUTS: [&str; 10] = [
    "cause_category",
    "cause_note",
    "action",
    "action_owner",
    "action_due",
    "action_status",
    "action_done",
    "expected_recovery",
    "reviewer",
    "review",
];

/// Keys of the columns that the tool fills in, in the report's order.
pub const OURS: [&str; 17] = [
    "deviation",
    "register_state",
    "first_seen",
    "periods_in_a_row",
    "level",
    "unit",
    "metric",
    "period",
    "base",
    "ac",
    "delta",
    "delta_percent",
    "status",
    "rule",
    "likely_cause",
    "owner",
    "overdue_days",
];

/// One line of the register, by the keys of its columns; blank cells are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    pub ours: BTreeMap<&'static str, OwnedValue>,
    pub inputs: BTreeMap<&'static str, OwnedValue>,
}

impl Entry {
    /// The deviation's number; nothing for a line that people added.
    pub fn id(&self) -> Option<String> {
        self.ours.get("deviation").map(|value| value.borrowed().display()).filter(|id| !id.is_empty())
    }

    fn is_blank(&self) -> bool {
        self.ours.is_empty() && self.inputs.is_empty()
    }
}

/// Reads the register of a report. A report without one has none; what cannot be opened is refused, for
/// writing over it would lose what it holds.
///
/// # Errors
/// Why the report cannot be read.
pub fn read(path: &Path, limits: &Limits, program: &Path) -> Result<Checked<Vec<Entry>>, Kind> {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().to_string());
    let input = InputFile { path: path.to_path_buf(), name: name.into() };
    let content = Content::load(&input, limits)?;
    let means = Means { limits, program, hints: Hints::default() };
    let sheets = source::read(&input, &content, &means, &|head| Reader::new(&head))?;
    let mut problems = sheets.problems;
    let mut entries: Vec<Entry> = Vec::new();
    for sheet in sheets.value {
        for (at, entry) in sheet.entries {
            let known = entry.id().and_then(|id| entries.iter_mut().find(|other| other.id() == Some(id.clone())));
            match known {
                None => entries.push(entry),
                // The same deviation twice, say by copying lines: both texts are kept.
                Some(known) => {
                    let id = entry.id().unwrap_or_default();
                    if merge(known, entry) {
                        problems.push(Problem::new(at, Kind::RegisterConflict { id }));
                    }
                }
            }
        }
    }
    Ok(Checked { value: entries, problems })
}

/// Adds what another line of the same deviation says; whether they contradict each other.
fn merge(entry: &mut Entry, other: Entry) -> bool {
    let mut differ = false;
    for (key, value) in other.inputs {
        match entry.inputs.get(key) {
            None => drop(entry.inputs.insert(key, value)),
            Some(own) if *own == value => {}
            Some(own) => {
                let both = format!("{} / {}", own.borrowed().display(), value.borrowed().display());
                entry.inputs.insert(key, OwnedValue::Text(both));
                differ = true;
            }
        }
    }
    differ
}

/// Reads the sheet that has the register's header, whatever its language.
struct Reader {
    place: CellRef,
    /// Column → key, once the header was met.
    columns: Option<BTreeMap<u32, &'static str>>,
    entries: Vec<(CellRef, Entry)>,
}

/// Columns by which the header is known.
const SIGNS: [&str; 3] = ["deviation", "register_state", "action_status"];

impl Reader {
    fn new(head: &SheetHead) -> Self {
        Reader { place: head.place.clone(), columns: None, entries: Vec::new() }
    }
}

/// Keys by the header texts of both languages.
fn keys() -> &'static HashMap<&'static str, &'static str> {
    static KEYS: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let of_key = |key: &'static str| [Lang::En, Lang::Zh].map(|lang| (lang.word(&format!("head.{key}")), key));
        OURS.into_iter().chain(INPUTS).flat_map(of_key).collect()
    })
}

/// The key of a header cell.
fn key_of(value: &Value<'_>) -> Option<&'static str> {
    match value {
        Value::Text(text) => keys().get(text.trim()).copied(),
        _ => None,
    }
}

impl Sink for Reader {
    fn row(&mut self, row: &Row<'_>) {
        let Some(columns) = &self.columns else {
            let named = row.cells().filter_map(|cell| Some((cell.column, key_of(&cell.value)?)));
            let columns: BTreeMap<u32, &'static str> = named.collect();
            if SIGNS.iter().all(|sign| columns.values().any(|key| key == sign)) {
                self.columns = Some(columns);
            }
            return;
        };
        let mut entry = Entry::default();
        for cell in row.cells() {
            let Some(key) = columns.get(&cell.column) else { continue };
            let value = cell.value.owned();
            if cell.value.display().trim().is_empty() {
                continue;
            }
            let of_key = if INPUTS.contains(key) { &mut entry.inputs } else { &mut entry.ours };
            of_key.insert(key, value);
        }
        if !entry.is_blank() {
            self.entries.push((self.place.at(row.index, 0), entry));
        }
    }

    fn end(&mut self, _: SheetTail) {}
}
