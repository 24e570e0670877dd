//! `.xlsx` and `.xlsm`: package → parts → sheets, streaming.
//!
//! The directory of the package is read, then the small parts and the shared strings, then each sheet on its own:
//! sheets need nothing of each other, so they are read side by side, and a large one is inflated on a thread
//! beside the one that reads it.

pub mod formats;
pub(crate) mod markup;
pub mod package;
pub(crate) mod parts;
mod sheet;
pub mod strings;

use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use rayon::prelude::*;

use crate::cell::{Area, CellRef};
use crate::problem::{Checked, Kind, Problem};

use self::formats::Styles;
use self::package::{Package, PartReader, Window};
use self::parts::{ListedSheet, Relationship, relationships};
use self::sheet::{Phase, RowSink, SheetScanner};
use self::strings::Strings;
use super::content::Content;
use super::limits::Limits;
use super::row::{Book, Row};
use super::{Begin, SheetHead, SheetTail, Sink, Structured};

pub use self::parts::DefinedName;
pub use self::sheet::iso_date;

/// A sheet whose packed size is above this is inflated beside reading it.
const LARGE_SHEET: u64 = 4 << 20;
/// Windows that the inflating thread may be ahead, their size, and the room in front of each.
const AHEAD: usize = 4;
const BESIDE_WINDOW: usize = 512 << 10;
const CARRY: usize = 32 << 10;

/// Reads every sheet of a workbook into a sink of its own; the sinks come back in the workbook's order.
///
/// # Errors
/// Why the file is rejected as a whole. A sheet that is damaged is a problem of that sheet alone.
pub fn read<S: Sink>(
    file: &CellRef,
    content: &Content,
    limits: &Limits,
    begin: &Begin<'_, S>,
) -> Result<Checked<Vec<S>>, Kind> {
    let package = Package::open(content, limits)?;
    let workbook = Workbook::open(&package, file, limits)?;
    let mut problems = workbook.problems.clone();
    let place = |sheet: &ListedSheet| CellRef::sheet(&file.file, &Arc::from(sheet.name.as_str()));
    let read: Vec<Result<Checked<S>, Kind>> = workbook
        .sheets
        .par_iter()
        .map(|(sheet, part)| read_sheet(&package, &workbook, sheet, part, &place(sheet), limits, begin))
        .collect();
    let mut sinks = Vec::new();
    for (outcome, (sheet, _)) in read.into_iter().zip(&workbook.sheets) {
        match outcome {
            Ok(read) => {
                problems.extend(read.problems);
                sinks.push(read.value);
            }
            Err(kind) if kind.rejects_sheet() => problems.push(Problem::new(place(sheet), kind)),
            Err(kind) => return Err(kind),
        }
    }
    content.check_unchanged()?;
    Ok(Checked { value: sinks, problems })
}

/// What is known before the first sheet is read.
pub(crate) struct Workbook {
    pub(crate) book: Book,
    /// Worksheets with the part that holds each; charts and macro sheets hold no cells for us.
    pub(crate) sheets: Vec<(ListedSheet, String)>,
    pub(crate) names: Arc<[DefinedName]>,
    /// Name of the part that lists the sheets.
    pub(crate) main: String,
    problems: Vec<Problem>,
}

impl Workbook {
    pub(crate) fn open(package: &Package<'_>, file: &CellRef, limits: &Limits) -> Result<Self, Kind> {
        let missing = |what: &str| Kind::NotAWorkbook { missing: what.to_string() };
        let roots = relationships(package, "")?;
        let main = roots.iter().find(|relationship| relationship.kind == "officeDocument");
        let main = main.ok_or_else(|| missing("_rels/.rels"))?.target.clone();
        if !main.to_lowercase().ends_with(".xml") {
            return Err(missing("workbook.xml"));
        }
        let part = parts::workbook_part(&package.whole(&main)?)?;
        let related = relationships(package, &main)?;
        limits.check("sheets", part.sheets.len() as u64, limits.sheets)?;
        if part.sheets.is_empty() {
            return Err(missing("<sheets>"));
        }
        let target = |kind: &str| {
            let found = related.iter().find(|relationship| relationship.kind == kind);
            found.map(|relationship| relationship.target.clone()).filter(|target| package.has(target))
        };
        let mut problems = Vec::new();
        let styles = match target("styles") {
            Some(target) => Styles::parse(&package.whole(&target)?, limits)?,
            None => Styles::default(),
        };
        let strings = match target("sharedStrings") {
            Some(target) => {
                let (strings, claimed) = Strings::read(package.part(&target)?, limits)?;
                let n_found = strings.len() as u64;
                if let Some(claimed) = claimed.filter(|claimed| *claimed != n_found) {
                    problems.push(Problem::new(file.clone(), Kind::WrongCount { claimed, n_found }));
                }
                strings
            }
            None => Strings::default(),
        };
        let mut sheets = Vec::new();
        for sheet in part.sheets {
            let relationship = related.iter().find(|relationship| relationship.id == sheet.relationship);
            let Some(Relationship { kind, target, .. }) = relationship else {
                return Err(missing(&sheet.name));
            };
            if kind == "worksheet" {
                // Two names for the same cells would count them twice.
                if sheets.iter().any(|(_, other): &(ListedSheet, String)| other.eq_ignore_ascii_case(target)) {
                    return Err(Kind::DuplicatePart { part: target.clone() });
                }
                sheets.push((sheet, target.clone()));
            }
        }
        let has = |wanted: &str| related.iter().any(|relationship| relationship.kind == wanted);
        if has("vbaProject") {
            problems.push(Problem::new(file.clone(), Kind::Macros));
        }
        if has("externalLink") {
            problems.push(Problem::new(file.clone(), Kind::ExternalLinks));
        }
        if has("connections") {
            problems.push(Problem::new(file.clone(), Kind::DataConnections));
        }
        let book = Book { strings, styles, is_1904: part.is_1904 };
        Ok(Workbook { book, sheets, names: part.names.into(), main, problems })
    }
}

/// The tables that a sheet declares.
pub(crate) fn structured_tables(package: &Package<'_>, part: &str) -> Result<Vec<Structured>, Kind> {
    let mut tables = Vec::new();
    for relationship in relationships(package, part)? {
        if relationship.kind == "table" && package.has(&relationship.target) {
            tables.extend(parts::structured_table(&package.whole(&relationship.target)?)?);
        }
    }
    Ok(tables)
}

fn read_sheet<S: Sink>(
    package: &Package<'_>,
    workbook: &Workbook,
    sheet: &ListedSheet,
    part: &str,
    place: &CellRef,
    limits: &Limits,
    begin: &Begin<'_, S>,
) -> Result<Checked<S>, Kind> {
    let structured = structured_tables(package, part)?;
    let reader = package.part(part)?;
    let is_beside = package.packed_size(part) > LARGE_SHEET && rayon::current_num_threads() > 1;
    let mut reading = Reading {
        scanner: SheetScanner::new(&workbook.book, place, limits),
        state: State::Head { structured, names: &workbook.names, begin },
        visibility: sheet.visibility,
        place,
        limits,
        is_first: true,
    };
    if is_beside {
        inflate_beside(reader, |bytes, more| reading.advance(bytes, more))?;
    } else {
        let mut reader = reader;
        let mut window = Window::new(&reader);
        loop {
            let more = window.fill(&mut reader)?;
            let used = reading.advance(window.bytes(), more)?;
            window.take(used);
            if !more {
                break;
            }
        }
    }
    reading.finish()
}

/// Inflates on a thread of its own, a few windows ahead of whoever takes them. `take` is given what it left
/// unused together with the next window, and says how much of it it used.
fn inflate_beside(
    mut reader: PartReader<'_>,
    mut take: impl FnMut(&[u8], bool) -> Result<usize, Kind>,
) -> Result<(), Kind> {
    std::thread::scope(|scope| {
        let (full, filled) = sync_channel::<Result<(Vec<u8>, usize, bool), Kind>>(AHEAD);
        let (empty, emptied) = sync_channel::<Vec<u8>>(AHEAD + 2);
        scope.spawn(move || {
            loop {
                let mut window = emptied.try_recv().unwrap_or_else(|_| vec![0; CARRY + BESIDE_WINDOW]);
                let outcome = reader.fill(&mut window[CARRY..]).map(|(filled, more)| (window, filled, more));
                let is_last = !matches!(outcome, Ok((_, _, true)));
                // Whoever reads may have given up: then there is nobody to inflate for.
                if full.send(outcome).is_err() || is_last {
                    return;
                }
            }
        });
        // The beginning of a row that goes on in the next window: small, and put in front of it.
        let mut carry: Vec<u8> = Vec::new();
        // A row of many windows is tried again when there is twice as much of it.
        let mut worth_trying = 0;
        for outcome in filled {
            let (mut window, filled, more) = outcome?;
            if carry.len() <= CARRY {
                let start = CARRY - carry.len();
                window[start..CARRY].copy_from_slice(&carry);
                let bytes = &window[start..CARRY + filled];
                let used = take(bytes, more)?;
                carry.clear();
                carry.extend_from_slice(&bytes[used..]);
            } else {
                carry.extend_from_slice(&window[CARRY..CARRY + filled]);
                if carry.len() >= worth_trying || !more {
                    let used = take(&carry, more)?;
                    carry.drain(..used);
                    worth_trying = carry.len() * 2;
                }
            }
            let _ = empty.try_send(window);
        }
        Ok(())
    })
}

/// A sheet being read.
struct Reading<'a, S> {
    scanner: SheetScanner<'a>,
    state: State<'a, S>,
    visibility: super::Visibility,
    place: &'a CellRef,
    limits: &'a Limits,
    is_first: bool,
}

enum State<'a, S> {
    /// Before the first row: the sink is made when what precedes the rows is known.
    Head {
        structured: Vec<Structured>,
        names: &'a Arc<[DefinedName]>,
        begin: &'a Begin<'a, S>,
    },
    Open(Handed<S>),
    /// Only while the state changes.
    Between,
}

/// A sink with the remarks of the reader.
struct Handed<S> {
    sink: S,
    problems: Vec<Problem>,
}

impl<S: Sink> RowSink for Handed<S> {
    fn row(&mut self, row: &Row<'_>) {
        self.sink.row(row);
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

impl<S: Sink> Reading<'_, S> {
    /// Reads the complete rows of a window; returns how many bytes it used.
    fn advance(&mut self, window: &[u8], more: bool) -> Result<usize, Kind> {
        if std::mem::take(&mut self.is_first) {
            parts::check_encoding(window)?;
        }
        let mut used = 0;
        if self.scanner.phase == Phase::Head {
            used = self.scanner.head(window)?;
        }
        if self.scanner.phase != Phase::Head {
            self.open();
            let State::Open(handed) = &mut self.state else { return Ok(used) };
            used += self.scanner.scan(&window[used..], handed)?;
        }
        if more {
            // What is left is the beginning of one row.
            self.limits.check_rest((window.len() - used) as u64)?;
        }
        Ok(used)
    }

    fn open(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Between) {
            State::Head { structured, names, begin } => {
                let head = SheetHead {
                    place: self.place.clone(),
                    visibility: self.visibility,
                    structured,
                    is_1904: self.scanner.is_1904(),
                    names: names.clone(),
                    hidden_columns: self.scanner.outline.hidden_columns.clone(),
                };
                State::Open(Handed { sink: begin(head), problems: Vec::new() })
            }
            other => other,
        };
    }

    fn finish(mut self) -> Result<Checked<S>, Kind> {
        if self.scanner.phase != Phase::Done {
            return Err(Kind::DamagedSheet {
                detail: "the sheet is cut off".to_string(),
                row: self.scanner.next_row(),
            });
        }
        self.open();
        let State::Open(Handed { mut sink, mut problems }) = self.state else {
            return Err(Kind::DamagedSheet { detail: "no sheet".to_string(), row: 1 });
        };
        let outline = self.scanner.outline;
        if let (Some(declared), Some(used)) = (outline.declared, outline.used)
            && is_wrong(declared, used)
        {
            let kind = Kind::WrongDimension { declared: declared.to_string(), used: used.to_string() };
            problems.push(Problem::new(self.place.clone(), kind));
        }
        sink.end(SheetTail { merged: outline.merged, filter: outline.filter, used: outline.used });
        Ok(Checked { value: sink, problems })
    }
}

/// Whether a sheet's claim about its range misleads: cells outside it, or a thousand times too many.
fn is_wrong(declared: Area, used: Area) -> bool {
    // Producers that do not know the range in advance write A1.
    let is_placeholder = declared.n_cells() == 1;
    !is_placeholder && (!declared.contains(&used) || declared.n_cells() / 1000 > used.n_cells().max(1000))
}
