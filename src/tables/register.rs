//! The register of deviations that an earlier run wrote and people filled in: read back, so that nothing of it is
//! lost. Only what people may write is understood; everything else is carried as it stands.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::OnceLock;

use crate::cell::{CellRef, OwnedValue, Value, column_letters};
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
pub const OURS: [&str; 18] = [
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
    "first_cell",
];

/// How the numbers of deviations begin.
pub const ID_PREFIX: &str = "DEV-";

/// The register of one workbook: its lines with their places.
#[derive(Clone, Debug, Default)]
pub struct Register {
    pub lines: Vec<(CellRef, Entry)>,
    /// Whether the report has one at all.
    pub is_there: bool,
}

/// One line of the register, by the keys of its columns; blank cells are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    pub ours: BTreeMap<&'static str, OwnedValue>,
    pub inputs: BTreeMap<&'static str, OwnedValue>,
    /// Columns of their own that people added, or named otherwise: header and cell.
    pub own: Vec<(String, OwnedValue)>,
    /// File names of the packs that the line stands in.
    pub packs: BTreeSet<String>,
}

/// What the last run wrote into the columns for people, as hashes by file, deviation and column: what differs from
/// it was written since.
#[derive(Clone, Debug, Default)]
pub struct Written(pub HashMap<(String, String, String), String>);

impl Written {
    /// The hash of a value, as run.json keeps it.
    pub fn hash(value: &OwnedValue) -> String {
        let text = value.borrowed().display();
        blake3::hash(text.trim().as_bytes()).to_hex()[..16].to_string()
    }

    fn has(&self, file: &str, id: &str, key: &str, value: &OwnedValue) -> bool {
        let place = (file.to_string(), id.to_string(), key.to_string());
        self.0.get(&place).is_some_and(|hash| *hash == Written::hash(value))
    }
}

impl Entry {
    /// The deviation's number; nothing for a line that people added, whatever they called it.
    pub fn id(&self) -> Option<String> {
        let id = self.ours.get("deviation")?.borrowed().display().trim().to_uppercase();
        id.starts_with(ID_PREFIX).then_some(id)
    }

    /// Whether people wrote anything in it.
    pub fn is_written(&self) -> bool {
        !self.inputs.is_empty() || !self.own.is_empty()
    }

    fn is_blank(&self) -> bool {
        self.ours.is_empty() && !self.is_written()
    }
}

/// Reads the register of a report. A report without one has none; what cannot be opened is refused, for
/// writing over it would lose what it holds.
///
/// # Errors
/// Why the report cannot be read.
pub fn read(path: &Path, limits: &Limits, program: &Path) -> Result<Checked<Register>, Kind> {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().to_string());
    let input = InputFile { path: path.to_path_buf(), name: name.into() };
    let content = Content::load(&input, limits)?;
    let means = Means { limits, program, hints: Hints::default() };
    let sheets = source::read(&input, &content, &means, &|head| Reader::new(&head))?;
    let mut problems = sheets.problems;
    let mut register = Register::default();
    let entries = &mut register.lines;
    for sheet in sheets.value {
        register.is_there |= sheet.columns.is_some();
        if let Some(kind) = sheet.lost {
            return Err(kind);
        }
        for (at, entry) in sheet.entries {
            let known = entry.id().and_then(|id| entries.iter_mut().find(|(_, other)| other.id() == Some(id.clone())));
            match known {
                None => entries.push((at, entry)),
                // The same deviation twice, say by copying lines: both texts are kept.
                Some((_, known)) => {
                    let id = entry.id().unwrap_or_default();
                    if merge(known, entry) {
                        problems.push(Problem::new(at, Kind::RegisterConflict { id }));
                    }
                }
            }
        }
    }
    Ok(Checked { value: register, problems })
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
    merge_own(entry, other.own);
    differ
}

/// Adds columns of people's own; two texts in one of them are both kept.
fn merge_own(entry: &mut Entry, own: Vec<(String, OwnedValue)>) {
    for (header, value) in own {
        match entry.own.iter_mut().find(|(known, _)| *known == header) {
            None => entry.own.push((header, value)),
            Some((_, known)) => {
                let (here, there) = (known.borrowed().display(), value.borrowed().display());
                if !here.contains(&there) {
                    *known = OwnedValue::Text(format!("{here} / {there}"));
                }
            }
        }
    }
}

/// A value that stands in a column for people, somewhere.
struct Stated {
    value: OwnedValue,
    /// Whether it is not what the last run wrote there.
    is_new: bool,
    at: CellRef,
}

/// Joins the register of the report with those of packs, in this order. Of one deviation's entry that stands in several
/// of them, what was written since the last run counts; written differently in two of them, both are kept. Registers come
/// with their files' names.
pub fn join(registers: Vec<(String, Register)>, written: &Written) -> Checked<Vec<Entry>> {
    let mut problems = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    // For each entry and column the values that stand somewhere, each once.
    let mut values: HashMap<(usize, &'static str), Vec<Stated>> = HashMap::new();
    let lines = registers
        .into_iter()
        .flat_map(|(file, register)| register.lines.into_iter().map(move |(at, entry)| (file.clone(), at, entry)));
    for (file, at, entry) in lines {
        let known = match entry.id() {
            Some(id) => places.get(&id).copied(),
            // Lines that people added have no number: only the very same line is the same.
            None => entries
                .iter()
                .position(|other| (&other.ours, &other.inputs, &other.own) == (&entry.ours, &entry.inputs, &entry.own)),
        };
        let position = known.unwrap_or(entries.len());
        if let Some(id) = entry.id() {
            for (key, value) in &entry.inputs {
                let is_new = !written.has(&file, &id, key, value);
                let known = values.entry((position, *key)).or_default();
                match known.iter_mut().find(|other| Written::hash(&other.value) == Written::hash(value)) {
                    Some(same) => same.is_new |= is_new,
                    None => known.push(Stated { value: value.clone(), is_new, at: at.clone() }),
                }
            }
            places.insert(id, position);
        }
        match entries.get_mut(position) {
            Some(known) => {
                known.packs.extend(entry.packs);
                merge_own(known, entry.own);
            }
            None => entries.push(entry),
        }
    }
    for (position, entry) in entries.iter_mut().enumerate() {
        let Some(id) = entry.id() else { continue };
        let mut conflict = None;
        for key in INPUTS {
            let Some(known) = values.remove(&(position, key)) else { continue };
            let new: Vec<&Stated> = known.iter().filter(|stated| stated.is_new).collect();
            let value = match new[..] {
                // Nobody wrote anything since: what the report has.
                [] => known.first().map(|stated| stated.value.clone()),
                [only] => Some(only.value.clone()),
                [_, second, ..] => {
                    conflict = conflict.or(Some(second.at.clone()));
                    let all: Vec<String> = new.iter().map(|stated| stated.value.borrowed().display()).collect();
                    Some(OwnedValue::Text(all.join(" / ")))
                }
            };
            entry.inputs.extend(value.map(|value| (key, value)));
        }
        problems.extend(conflict.map(|at| Problem::new(at, Kind::RegisterConflict { id })));
    }
    Checked { value: entries, problems }
}

/// Reads the sheet that has the register's header, whatever its language.
struct Reader {
    place: CellRef,
    /// What each column is, once the header was met.
    columns: Option<BTreeMap<u32, Meaning>>,
    entries: Vec<(CellRef, Entry)>,
    /// What could not be carried on: then nothing is.
    lost: Option<Kind>,
}

/// What a column of the register is.
enum Meaning {
    Known(&'static str),
    /// Of people's own, by its header.
    Own(String),
}

/// Headers of which a row must have so many to be the register's: some may have been renamed.
const LEAST_KNOWN: usize = 5;

impl Reader {
    fn new(head: &SheetHead) -> Self {
        Reader { place: head.place.clone(), columns: None, entries: Vec::new(), lost: None }
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

impl Reader {
    /// Takes a row for the header if it has enough of one.
    fn header(&mut self, row: &Row<'_>) {
        let mut columns = BTreeMap::new();
        for cell in row.cells() {
            let header = cell.value.display().trim().to_string();
            let meaning = key_of(&cell.value).map_or(Meaning::Own(header), Meaning::Known);
            columns.insert(cell.column, meaning);
        }
        let known =
            || columns.values().filter_map(|meaning| if let Meaning::Known(key) = meaning { Some(*key) } else { None });
        let is_register = known().any(|key| key == "register_state") || known().any(|key| key == "likely_cause");
        if known().count() < LEAST_KNOWN || !is_register {
            return;
        }
        if !known().any(|key| key == "deviation") {
            let cell = self.place.at(row.index, 0).to_string();
            self.lost = Some(Kind::RegisterWithoutNumbers { cell });
        }
        self.columns = Some(columns);
    }
}

impl Sink for Reader {
    fn row(&mut self, row: &Row<'_>) {
        let Some(columns) = &self.columns else {
            self.header(row);
            return;
        };
        let mut entry = Entry::default();
        for cell in row.cells() {
            let value = cell.value.owned();
            if value.borrowed().display().trim().is_empty() {
                continue;
            }
            let at = self.place.at(row.index, cell.column);
            if value == OwnedValue::NotCalculated {
                // What such a formula says is not in the file.
                self.lost.get_or_insert(Kind::RegisterFormula { cell: at.to_string() });
            }
            match columns.get(&cell.column) {
                Some(Meaning::Known(key)) if INPUTS.contains(key) => drop(entry.inputs.insert(key, value)),
                Some(Meaning::Known(key)) => drop(entry.ours.insert(key, value)),
                Some(Meaning::Own(header)) => entry.own.push((header.clone(), value)),
                None => entry.own.push((column_letters(cell.column), value)),
            }
        }
        if !entry.is_blank() {
            self.entries.push((self.place.at(row.index, 0), entry));
        }
    }

    fn end(&mut self, _: SheetTail) {}
}
