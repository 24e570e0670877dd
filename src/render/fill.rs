//! A workbook of the user's own, filled with figures: cells with markers and cells with defined names
//! (`report/lookup.rs` says which figure each means). Parts that have nothing to fill are copied as they are packed.
//!
//! Stored results of formulas are dropped on every sheet once anything is filled, for they may depend on it, and
//! the workbook asks to be calculated when it is opened. Charts keep what they show until then. Formulas are never
//! written over, so that the chain of calculation stays true.

mod archive;
mod sheet;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::cell::{Area, CellRef};
use crate::problem::{Kind, Problem, Severity};
use crate::report::lookup::{Figures, Query, is_marker};
use crate::report::tidy::Field;
use crate::source::content::Content;
use crate::source::limits::Limits;
use crate::source::sniff::{FileType, file_type};
use crate::source::xlsx::markup::{Token, token};
use crate::source::xlsx::package::{Package, Packed};
use crate::source::xlsx::{DefinedName, Workbook, structured_tables};
use crate::source::{self, Hints, InputFile, Means, Row, SheetTail, Sink};

use self::sheet::{NewCell, Place, Sheet};

/// A workbook to fill, read and checked.
#[derive(Debug)]
pub struct Template {
    file: CellRef,
    parts: Vec<Packed>,
    sheets: Vec<TemplateSheet>,
    names: Arc<[DefinedName]>,
    /// Name of the part that lists the sheets, and what it holds.
    main: (String, Vec<u8>),
    /// BLAKE3 of the file.
    pub hash: String,
}

#[derive(Debug)]
struct TemplateSheet {
    name: String,
    part: String,
    xml: Sheet,
}

/// A workbook that was filled.
#[derive(Debug)]
pub struct Filled {
    pub bytes: Vec<u8>,
    pub n_cells: usize,
    pub problems: Vec<Problem>,
}

/// Cells to write, by sheet.
type Cells = Vec<BTreeMap<Place, NewCell>>;

impl Template {
    /// Reads a workbook within the limits of all files.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, Kind> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let input = InputFile { path: path.to_path_buf(), name: Arc::from(&*name) };
        let file = CellRef::file(&input.name);
        let content = Content::load(&input, limits)?;
        match file_type(&content, limits)? {
            FileType::Xlsx => {}
            FileType::Encrypted => return Err(Kind::PasswordProtected),
            other => return Err(Kind::OtherType { actual: other.key().to_string() }),
        }
        check(&input, &content, limits)?;
        let parts = Package::open(&content, limits)?.packed()?;
        let package = Package::open(&content, limits)?;
        let workbook = Workbook::open(&package, &file, limits)?;
        let sheets = workbook.sheets.into_iter().map(|(listed, part)| {
            let tables = structured_tables(&package, &part)?;
            let xml = Sheet::parse(package.whole(&part)?, &tables, &workbook.book.strings, limits)?;
            Ok(TemplateSheet { name: listed.name, part, xml })
        });
        let sheets = sheets.collect::<Result<_, Kind>>()?;
        let main = (workbook.main.clone(), package.whole(&workbook.main)?);
        content.check_unchanged()?;
        Ok(Template { file, parts, sheets, names: workbook.names, main, hash: content.hash.clone() })
    }

    /// The workbook with every marker that can be filled; the others are left, and named.
    ///
    /// # Errors
    /// That the package would be larger than its format allows.
    pub fn fill(&self, figures: &Figures<'_>) -> Result<Filled, String> {
        let mut problems = Vec::new();
        let mut cells: Cells = self.sheets.iter().map(|_| BTreeMap::new()).collect();
        let mut blocks = Vec::new();
        let mut n_markers = 0;
        for (index, sheet) in self.sheets.iter().enumerate() {
            for (place, text) in sheet.xml.texts().filter(|(_, text)| is_marker(text)) {
                n_markers += 1;
                let at = self.at(index, place);
                match Query::parse(text) {
                    _ if sheet.xml.is_calculated(place) => {
                        problems.push(Problem::new(at, Kind::MarkerOnFormula { raw: text.to_string() }));
                    }
                    _ if sheet.xml.is_header(place) => {
                        problems.push(Problem::new(at, Kind::BadMarker { raw: text.to_string(), why: "table_header" }));
                    }
                    Err(kind) => problems.push(Problem::new(at, kind)),
                    Ok(query) if query.is_block => blocks.push((index, place, query)),
                    Ok(query) => self.figure((index, place), &query, figures, &mut cells, &mut problems),
                }
            }
        }
        for name in self.names.iter() {
            let Some(query) = Query::named(&name.name, figures) else { continue };
            n_markers += 1;
            match self.cell_of(name) {
                Err(kind) => problems.push(Problem::new(self.file.clone(), kind)),
                Ok((index, place)) => match query {
                    // The marker that stands in the cell was looked at already.
                    _ if self.marker_at(index, place) => {}
                    Err(kind) => problems.push(Problem::new(self.at(index, place), kind)),
                    Ok(query) => self.figure((index, place), &query, figures, &mut cells, &mut problems),
                },
            }
        }
        // Last, so that no block covers a cell that has a figure of its own.
        for (index, place, query) in blocks {
            self.block((index, place), &query, figures, &mut cells, &mut problems);
        }
        if n_markers == 0 {
            problems.push(Problem::new(self.file.clone(), Kind::NoMarkers));
        }
        let n_cells = cells.iter().map(BTreeMap::len).sum();
        let order = |problem: &Problem| {
            let sheet = self.sheets.iter().position(|sheet| *sheet.name == *problem.at.sheet);
            (sheet, problem.at.cell)
        };
        problems.sort_by_key(order);
        Ok(Filled { bytes: self.written(&cells).ok_or("zip64")?, n_cells, problems })
    }

    fn at(&self, sheet: usize, (row, column): Place) -> CellRef {
        CellRef::sheet(&self.file.file, &Arc::from(self.sheets[sheet].name.as_str())).at(row, column)
    }

    fn marker_at(&self, sheet: usize, place: Place) -> bool {
        self.sheets[sheet].xml.texts().any(|(at, text)| at == place && is_marker(text))
    }

    /// The one cell that a name stands for: merged cells are one, too.
    fn cell_of(&self, name: &DefinedName) -> Result<(usize, Place), Kind> {
        let found = name.refers_to.rsplit_once('!').and_then(|(sheet, cell)| {
            let sheet = sheet.trim_matches('\'').replace("''", "'");
            let index = self.sheets.iter().position(|known| known.name.eq_ignore_ascii_case(&sheet))?;
            let area = Area::parse(cell.as_bytes())?;
            let is_one = area.n_cells() == 1 || self.sheets[index].xml.is_merged(&area);
            is_one.then_some((index, area.first))
        });
        found.ok_or_else(|| Kind::BadMarker { raw: name.name.clone(), why: "not_one_cell" })
    }

    /// Puts one figure into its cell.
    fn figure(
        &self,
        (index, place): (usize, Place),
        query: &Query,
        figures: &Figures<'_>,
        cells: &mut Cells,
        problems: &mut Vec<Problem>,
    ) {
        let sheet = &self.sheets[index].xml;
        let raw = || query.raw().to_string();
        let mut remark = |kind| problems.push(Problem::new(self.at(index, place), kind));
        if sheet.is_calculated(place) {
            return remark(Kind::MarkerOnFormula { raw: raw() });
        }
        if sheet.is_header(place) {
            return remark(Kind::BadMarker { raw: raw(), why: "table_header" });
        }
        let field = match query.rows(figures) {
            Ok(rows) => rows.into_iter().flatten().next().unwrap_or(Field::Blank),
            Err(kind) => return remark(kind),
        };
        if field == Field::Blank {
            remark(Kind::NoFigureForMarker { raw: raw(), reason: query.reason(figures) });
        }
        cells[index].insert(place, NewCell { field, style: sheet.style(place) });
    }

    /// Puts rows below each other, the first where the marker stands: all of them, or none.
    fn block(
        &self,
        (index, (top, left)): (usize, Place),
        query: &Query,
        figures: &Figures<'_>,
        cells: &mut Cells,
        problems: &mut Vec<Problem>,
    ) {
        let sheet = &self.sheets[index].xml;
        let rows = match query.rows(figures) {
            Ok(rows) => rows,
            Err(kind) => return problems.push(Problem::new(self.at(index, (top, left)), kind)),
        };
        let mut block = BTreeMap::new();
        for (row, fields) in (top..).zip(rows) {
            for (column, field) in (left..).zip(fields) {
                let place = (row, column);
                let is_inside = row < 1_048_576 && column < 16_384;
                let is_free = place == (top, left) || sheet.is_free(place) && !cells[index].contains_key(&place);
                if !is_inside || !is_free {
                    let cell = CellRef::file(&self.file.file).at(row, column).address();
                    let kind = Kind::CellInTheWay { raw: query.raw().to_string(), cell };
                    return problems.push(Problem::new(self.at(index, (top, left)), kind));
                }
                block.insert(place, NewCell { field, style: sheet.style((top, column)) });
            }
        }
        cells[index].append(&mut block);
    }

    /// The package: sheets with their new cells, the list of sheets with the wish to be calculated, all else as it was.
    fn written(&self, cells: &Cells) -> Option<Vec<u8>> {
        let mut changed: Vec<(String, Vec<u8>)> = Vec::new();
        if cells.iter().any(|cells| !cells.is_empty()) {
            for (sheet, cells) in self.sheets.iter().zip(cells) {
                changed.extend(sheet.xml.with(cells).map(|bytes| (sheet.part.to_lowercase(), bytes)));
            }
            let main = calculated_on_load(&self.main.1);
            changed.extend((main != self.main.1).then(|| (self.main.0.to_lowercase(), main)));
        }
        let parts = self.parts.iter().map(|part| match changed.iter().find(|(name, _)| *name == part.name) {
            Some((_, bytes)) => archive::repacked(part, bytes),
            None => part.clone(),
        });
        archive::archive(&parts.collect::<Vec<_>>())
    }
}

/// Looks at no cell: that they can be read is all.
struct Unread;

impl Sink for Unread {
    fn row(&mut self, _: &Row<'_>) {}
    fn end(&mut self, _: SheetTail) {}
}

/// Reads the workbook as an input is read: what is damaged here would be so when it is filled.
fn check(input: &InputFile, content: &Content, limits: &Limits) -> Result<(), Kind> {
    let means = Means { limits, program: Path::new(""), hints: Hints::default() };
    let read = source::read(input, content, &means, &|_| Unread)?;
    let damage = read.problems.into_iter().find(|problem| problem.severity() == Severity::Error);
    damage.map_or(Ok(()), |problem| Err(problem.kind))
}

/// The list of sheets, with what makes a program calculate everything when it opens the workbook.
fn calculated_on_load(bytes: &[u8]) -> Vec<u8> {
    const WISH: &[u8] = b" fullCalcOnLoad=\"1\"";
    // What may stand before `<calcPr>`, which has its place in the order.
    const BEFORE: [&[u8]; 4] = [b"sheets", b"functionGroups", b"externalReferences", b"definedNames"];
    let begin = |name: &[u8]| {
        let at = name.as_ptr() as usize - bytes.as_ptr() as usize;
        memchr::memrchr(b'<', &bytes[..at]).unwrap_or(at)
    };
    let mut at = 0;
    let mut behind = None;
    let mut prefix = String::new();
    while let Ok((piece, next)) = token(bytes, at) {
        match piece {
            Token::Open { name: b"calcPr", is_empty, .. } => {
                let name = b"calcPr";
                let start = bytes[..next].windows(name.len()).rposition(|window| window == name).unwrap_or(at);
                let end = next - 1 - usize::from(is_empty);
                let mut edits: Vec<(Range<usize>, Vec<u8>)> = vec![(end..end, WISH.to_vec())];
                let old = sheet::attribute_at(&bytes[start..next], b"fullCalcOnLoad");
                edits.extend(old.map(|old| (start + old.start..start + old.end, Vec::new())));
                return sheet::edited(bytes, edits);
            }
            Token::Open { name: name @ b"workbook", .. } => {
                let start = begin(name) + 1;
                let length = name.as_ptr() as usize - bytes.as_ptr() as usize - start;
                prefix = String::from_utf8_lossy(&bytes[start..start + length]).into_owned();
            }
            Token::Open { name, is_empty: true, .. } | Token::Close { name } if BEFORE.contains(&name) => {
                behind = Some(next);
            }
            _ => {}
        }
        at = next;
    }
    match behind {
        Some(behind) => {
            let new = [format!("<{prefix}calcPr").as_bytes(), WISH, b"/>"].concat();
            sheet::edited(bytes, vec![(behind..behind, new)])
        }
        None => bytes.to_vec(),
    }
}
