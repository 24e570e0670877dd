//! A sheet of a workbook to fill: where its cells stand in the XML, and the same XML with some of them changed.
//! Everything between those cells stays byte for byte as it is.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::cell::{Area, column_letters, parse_address};
use crate::problem::Kind;
use crate::report::tidy::Field;
use crate::source::Structured;
use crate::source::limits::Limits;
use crate::source::xlsx::markup::{self, Attributes, Stop, Token};
use crate::source::xlsx::strings::{Strings, rich_text};

/// Excel's longest cell text, in UTF-16 units.
const LONGEST_TEXT: usize = 32_767;

/// Where everything stands.
#[derive(Debug)]
pub struct Sheet {
    bytes: Vec<u8>,
    /// Prefix of the names of elements, with its colon.
    prefix: String,
    rows: Vec<RowAt>,
    /// Where `<sheetData>` ends; or all of it, where it is empty.
    end: Range<usize>,
    merged: Vec<Area>,
    /// Areas that one formula fills.
    calculated: Vec<Area>,
    /// First and last column, and the style of their blank cells.
    columns: Vec<(u32, u32, u32)>,
    dimension: Option<(Range<usize>, Area)>,
    /// Header rows of tables (Insert › Table), whose columns are called by them.
    headers: Vec<Area>,
}

#[derive(Debug)]
struct RowAt {
    index: u32,
    tag: Range<usize>,
    /// Where `</row>` begins; nothing for a row without content.
    end: Option<usize>,
    style: Option<u32>,
    cells: Vec<CellAt>,
}

#[derive(Debug)]
struct CellAt {
    column: u32,
    /// All of it, its opening tag, and its `<v>`.
    whole: Range<usize>,
    tag: Range<usize>,
    value: Option<Range<usize>>,
    style: Option<u32>,
    is_formula: bool,
    text: Option<String>,
}

/// A cell's new content and style.
#[derive(Clone, Debug)]
pub struct NewCell {
    pub field: Field,
    pub style: Option<u32>,
}

/// Row and column, zero-based.
pub type Place = (u32, u32);

fn damaged(detail: &str, row: u32) -> Kind {
    Kind::DamagedSheet { detail: detail.to_string(), row: u64::from(row) + 1 }
}

/// Where a tag begins whose name is at this place: before its prefix.
fn start_of(bytes: &[u8], name: &[u8]) -> usize {
    let at = name.as_ptr() as usize - bytes.as_ptr() as usize;
    memchr::memrchr(b'<', &bytes[..at]).unwrap_or(at)
}

fn number(attributes: &Attributes<'_>, name: &[u8]) -> Option<u32> {
    std::str::from_utf8(attributes.get(name)?).ok()?.parse().ok()
}

impl Sheet {
    /// Finds the cells of a sheet's XML.
    ///
    /// # Errors
    /// Damage, or a limit.
    pub fn parse(bytes: Vec<u8>, tables: &[Structured], strings: &Strings, limits: &Limits) -> Result<Self, Kind> {
        crate::source::xlsx::parts::check_encoding(&bytes)?;
        let mut found = Found::default();
        let mut at = 0;
        let mut n_cells = 0u64;
        loop {
            let row = found.rows.last().map_or(0, |row| row.index);
            let (token, next) = match markup::token(&bytes, at) {
                Ok(found) => found,
                Err(Stop::More) if bytes[at.min(bytes.len())..].trim_ascii().is_empty() => break,
                Err(Stop::More) => return Err(damaged("the sheet is cut off", row)),
                Err(Stop::Damaged(detail)) => return Err(damaged(detail, row)),
                Err(Stop::DocumentType) => return Err(Kind::DocumentType),
            };
            at = match token {
                Token::Open { name: b"is", is_empty: false, .. } if found.cell.is_some() => {
                    let mut text = String::new();
                    let next = rich_text(&bytes, next, b"is", &mut text).map_err(|_| damaged("text", row))?;
                    found.text = Some(text);
                    next
                }
                Token::Open { name, attributes, is_empty } => {
                    n_cells += u64::from(name == b"c");
                    limits.check("cells_per_sheet", n_cells, limits.cells_per_sheet)?;
                    found.open(name, &attributes, is_empty, start_of(&bytes, name)..next, &bytes)?;
                    next
                }
                Token::Close { name } => {
                    found.close(name, start_of(&bytes, name)..next, strings)?;
                    next
                }
                Token::Text(raw) | Token::Verbatim(raw) => {
                    if found.value_start.is_some() {
                        let mut text = found.text.take().unwrap_or_default();
                        markup::unescape(raw, &mut text).map_err(|_| damaged("text is not UTF-8", row))?;
                        found.text = Some(text);
                    }
                    next
                }
            };
        }
        let Found { prefix, rows, end: Some(end), merged, calculated, columns, dimension, .. } = found else {
            return Err(damaged("no <sheetData>", 0));
        };
        limits.check("merged_ranges", merged.len() as u64, limits.merged_ranges)?;
        let header = |table: &Structured| {
            let Area { first, last } = table.area;
            let below = first.0.saturating_add(table.n_header_rows).min(last.0 + 1);
            (below > first.0).then(|| Area { first, last: (below - 1, last.1) })
        };
        let headers = tables.iter().filter_map(header).collect();
        Ok(Sheet { bytes, prefix, rows, end, merged, calculated, columns, dimension, headers })
    }

    /// Cells that hold a text, in order.
    pub fn texts(&self) -> impl Iterator<Item = (Place, &str)> {
        self.rows
            .iter()
            .flat_map(|row| row.cells.iter().filter_map(|cell| Some(((row.index, cell.column), cell.text.as_deref()?))))
    }

    fn row(&self, row: u32) -> Option<&RowAt> {
        let position = self.rows.binary_search_by_key(&row, |row| row.index).ok()?;
        Some(&self.rows[position])
    }

    fn cell(&self, (row, column): Place) -> Option<&CellAt> {
        let cells = &self.row(row)?.cells;
        let position = cells.binary_search_by_key(&column, |cell| cell.column).ok()?;
        Some(&cells[position])
    }

    /// Whether a formula makes what the cell shows.
    pub fn is_calculated(&self, place: Place) -> bool {
        let here = Area { first: place, last: place };
        self.cell(place).is_some_and(|cell| cell.is_formula) || self.calculated.iter().any(|area| area.contains(&here))
    }

    /// Whether a cell names a column of a table: Excel refuses tables whose headers are not what they were.
    pub fn is_header(&self, place: Place) -> bool {
        let here = Area { first: place, last: place };
        self.headers.iter().any(|area| area.contains(&here))
    }

    /// Whether these cells are merged into one.
    pub fn is_merged(&self, area: &Area) -> bool {
        self.merged.contains(area)
    }

    /// Whether nothing would be lost by writing into a cell: it is blank, and not covered by another one.
    pub fn is_free(&self, place: Place) -> bool {
        let here = Area { first: place, last: place };
        let is_covered = self.merged.iter().any(|area| area.contains(&here) && area.first != place);
        let is_blank = self.cell(place).is_none_or(|cell| cell.text.is_none() && cell.value.is_none());
        is_blank && !is_covered && !self.is_header(place) && !self.is_calculated(place)
    }

    /// The style of a cell, blank or not: its own, else its row's, else its column's.
    pub fn style(&self, place: Place) -> Option<u32> {
        let of_column = || self.columns.iter().find(|(first, last, _)| (*first..=*last).contains(&place.1));
        match self.cell(place) {
            Some(cell) => cell.style,
            None => self.row(place.0).and_then(|row| row.style).or_else(|| of_column().map(|(_, _, style)| *style)),
        }
    }

    /// The sheet with new cells, and without the stored results of formulas. Nothing where it is the same.
    pub fn with(&self, cells: &BTreeMap<Place, NewCell>) -> Option<Vec<u8>> {
        let mut edits: Vec<(Range<usize>, Vec<u8>)> = Vec::new();
        for row in &self.rows {
            for cell in &row.cells {
                let place = (row.index, cell.column);
                if let Some(value) = cell.value.clone().filter(|_| self.is_calculated(place)) {
                    edits.push((value, Vec::new()));
                    // The type is that of the result.
                    let type_at = attribute_at(&self.bytes[cell.tag.clone()], b"t");
                    edits.extend(type_at.map(|at| (cell.tag.start + at.start..cell.tag.start + at.end, Vec::new())));
                }
            }
        }
        let used = cells.keys().copied();
        let mut cells = cells.iter().peekable();
        let mut new_rows: Vec<u8> = Vec::new();
        while let Some(((index, _), _)) = cells.peek() {
            let index = *index;
            let of_row: Vec<(u32, &NewCell)> = std::iter::from_fn(|| cells.next_if(|((row, _), _)| *row == index))
                .map(|((_, column), cell)| (*column, cell))
                .collect();
            if let Some(row) = self.row(index) {
                self.put_into(row, &of_row, &mut edits);
                continue;
            }
            let written: String = of_row.iter().map(|(column, cell)| self.written((index, *column), cell)).collect();
            let prefix = &self.prefix;
            let new = format!("<{prefix}row r=\"{}\">{written}</{prefix}row>", index + 1).into_bytes();
            match self.rows.get(self.rows.partition_point(|row| row.index < index)) {
                Some(next) => edits.push((next.tag.start..next.tag.start, new)),
                None => new_rows.extend(new),
            }
        }
        if !new_rows.is_empty() {
            edits.push(if self.end.is_empty() {
                (self.end.clone(), new_rows)
            } else {
                let rows = String::from_utf8_lossy(&new_rows).into_owned();
                (self.end.clone(), format!("<{0}sheetData>{rows}</{0}sheetData>", self.prefix).into_bytes())
            });
        }
        edits.extend(self.larger_dimension(used));
        (!edits.is_empty()).then(|| edited(&self.bytes, edits))
    }

    /// Puts cells into a row that is there: in place of those that it has, or between them.
    fn put_into(&self, row: &RowAt, cells: &[(u32, &NewCell)], edits: &mut Vec<(Range<usize>, Vec<u8>)>) {
        let written = |column: u32, cell: &NewCell| self.written((row.index, column), cell).into_bytes();
        let has = |column: u32| row.cells.binary_search_by_key(&column, |cell| cell.column);
        if cells.iter().any(|(column, _)| has(*column).is_err()) {
            // What a row says about its columns is only an aid, and no longer true.
            let spans = attribute_at(&self.bytes[row.tag.clone()], b"spans");
            edits.extend(spans.map(|at| (row.tag.start + at.start..row.tag.start + at.end, Vec::new())));
        }
        let mut last = Vec::new();
        for (column, cell) in cells {
            match has(*column) {
                Ok(position) => edits.push((row.cells[position].whole.clone(), written(*column, cell))),
                Err(position) => match row.cells.get(position) {
                    Some(next) => edits.push((next.whole.start..next.whole.start, written(*column, cell))),
                    None => last.extend(written(*column, cell)),
                },
            }
        }
        if last.is_empty() {
            return;
        }
        match row.end {
            Some(end) => edits.push((end..end, last)),
            None => {
                // `<row …/>` opens, and is closed behind its new cells.
                let slash = row.tag.end - 2;
                edits.push((slash..slash + 1, Vec::new()));
                let close = format!("</{}row>", self.prefix);
                edits.push((row.tag.end..row.tag.end, [last, close.into_bytes()].concat()));
            }
        }
    }

    /// A cell as XML.
    fn written(&self, (row, column): Place, cell: &NewCell) -> String {
        let prefix = &self.prefix;
        let style = cell.style.map_or(String::new(), |style| format!(" s=\"{style}\""));
        let head = format!("<{prefix}c r=\"{}{}\"{style}", column_letters(column), row + 1);
        match &cell.field {
            Field::Blank => format!("{head}/>"),
            Field::Number(number) => format!("{head}><{prefix}v>{}</{prefix}v></{prefix}c>", binary(number)),
            Field::Text(text) => format!(
                "{head} t=\"inlineStr\"><{prefix}is><{prefix}t xml:space=\"preserve\">{}</{prefix}t></{prefix}is></{prefix}c>",
                escaped(text)
            ),
        }
    }

    /// The range that the sheet says it uses, where new cells lie outside it.
    fn larger_dimension(&self, used: impl Iterator<Item = Place>) -> Option<(Range<usize>, Vec<u8>)> {
        let (tag, declared) = self.dimension.clone()?;
        let mut area = declared;
        for (row, column) in used {
            area.first = (area.first.0.min(row), area.first.1.min(column));
            area.last = (area.last.0.max(row), area.last.1.max(column));
        }
        let value = attribute_at(&self.bytes[tag.clone()], b"ref").filter(|_| area != declared)?;
        Some((tag.start + value.start..tag.start + value.end, format!(" ref=\"{area}\"").into_bytes()))
    }
}

/// The bytes with stretches of them replaced.
pub fn edited(bytes: &[u8], mut edits: Vec<(Range<usize>, Vec<u8>)>) -> Vec<u8> {
    // Stable: what is put into the same place stays in order.
    edits.sort_by_key(|(at, _)| (at.start, at.end));
    let mut out = Vec::with_capacity(bytes.len() + edits.iter().map(|(_, new)| new.len()).sum::<usize>());
    let mut next = 0;
    for (at, new) in edits {
        out.extend_from_slice(&bytes[next..at.start.max(next)]);
        out.extend_from_slice(&new);
        next = at.end.max(next);
    }
    out.extend_from_slice(&bytes[next..]);
    out
}

/// Where an attribute stands in a tag, with the blank in front of it.
pub fn attribute_at(tag: &[u8], wanted: &[u8]) -> Option<Range<usize>> {
    let mut at = tag.iter().position(u8::is_ascii_whitespace)?;
    loop {
        let start = at;
        at += tag[at..].iter().position(|byte| !byte.is_ascii_whitespace())?;
        let equals = at + memchr::memchr(b'=', &tag[at..])?;
        let name = tag[at..equals].trim_ascii_end();
        let open = equals + tag[equals..].iter().position(|byte| matches!(byte, b'"' | b'\''))?;
        let end = open + 1 + memchr::memchr(tag[open], &tag[open + 1..])? + 1;
        if name == wanted {
            return Some(start..end);
        }
        at = end;
    }
}

/// A decimal as the nearest binary number writes it, which is what a cell holds.
fn binary(decimal: &str) -> String {
    decimal.parse::<f64>().map_or_else(|_| decimal.to_string(), |value| value.to_string())
}

/// Text in XML, as long as Excel's cells are; characters that XML cannot hold by ECMA-376's `_xHHHH_`.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    let mut units = 0;
    for (at, character) in text.char_indices() {
        units += character.len_utf16();
        if units > LONGEST_TEXT {
            break;
        }
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\n' | '\t' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            character if character < ' ' => escaped.push_str(&format!("_x{:04X}_", u32::from(character))),
            // What looks like such an escape is none.
            '_' if is_escape(&text[at..]) => escaped.push_str("_x005F_"),
            _ => escaped.push(character),
        }
    }
    escaped
}

fn is_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 7 && bytes[1] == b'x' && bytes[2..6].iter().all(u8::is_ascii_hexdigit) && bytes[6] == b'_'
}

/// What was met so far while a sheet is read.
#[derive(Default)]
struct Found {
    prefix: String,
    has_root: bool,
    rows: Vec<RowAt>,
    is_inside: bool,
    end: Option<Range<usize>>,
    merged: Vec<Area>,
    calculated: Vec<Area>,
    columns: Vec<(u32, u32, u32)>,
    dimension: Option<(Range<usize>, Area)>,
    /// The cell that is open, the type of its value, and where its `<v>` began.
    cell: Option<CellAt>,
    is_shared: bool,
    is_text: bool,
    value_start: Option<usize>,
    text: Option<String>,
    is_row_open: bool,
}

impl Found {
    fn open(
        &mut self,
        name: &[u8],
        attributes: &Attributes<'_>,
        is_empty: bool,
        tag: Range<usize>,
        bytes: &[u8],
    ) -> Result<(), Kind> {
        let row = self.rows.last().map_or(0, |row| row.index);
        if !self.has_root {
            if name != b"worksheet" {
                return Err(damaged("no <worksheet>", 0));
            }
            self.has_root = true;
            let written = &bytes[tag.start + 1..tag.end];
            let before = memchr::memmem::find(written, b"worksheet").unwrap_or(0);
            self.prefix = String::from_utf8_lossy(&written[..before]).into_owned();
            return Ok(());
        }
        let area = || Area::parse(attributes.get(b"ref")?);
        match name {
            b"dimension" if self.end.is_none() && !self.is_inside => self.dimension = area().map(|area| (tag, area)),
            b"col" if self.end.is_none() && !self.is_inside => {
                let column = |name: &[u8]| number(attributes, name).and_then(|column| column.checked_sub(1));
                if let (Some(first), Some(last), Some(style)) =
                    (column(b"min"), column(b"max"), number(attributes, b"style"))
                {
                    self.columns.push((first, last, style));
                }
            }
            b"mergeCell" if !self.is_inside => self.merged.extend(area()),
            b"sheetData" if self.end.is_some() || self.is_inside => return Err(damaged("two <sheetData>", row)),
            b"sheetData" if is_empty => self.end = Some(tag),
            b"sheetData" => self.is_inside = true,
            b"row" if self.is_inside => self.open_row(attributes, is_empty, tag)?,
            b"c" if self.is_inside => self.open_cell(attributes, is_empty, tag)?,
            b"f" => {
                if let Some(cell) = &mut self.cell {
                    cell.is_formula = true;
                    if matches!(attributes.get(b"t"), Some(b"array" | b"dataTable")) {
                        // A cell of its own has the formula itself.
                        self.calculated.extend(area().filter(|area| area.n_cells() > 1));
                    }
                }
            }
            b"v" if self.cell.is_some() && !is_empty => self.value_start = Some(tag.start),
            _ => {}
        }
        Ok(())
    }

    fn open_row(&mut self, attributes: &Attributes<'_>, is_empty: bool, tag: Range<usize>) -> Result<(), Kind> {
        let before = self.rows.last().map(|row| row.index);
        let implied = before.map_or(0, |before| before + 1);
        let index = match attributes.get(b"r") {
            Some(_) => number(attributes, b"r").and_then(|row| row.checked_sub(1)),
            None => Some(implied),
        };
        let index = index.filter(|index| *index >= implied && *index < 1_048_576 && !self.is_row_open);
        let index = index.ok_or_else(|| damaged("rows are out of order", implied))?;
        let style = number(attributes, b"s").filter(|_| attributes.is_set(b"customFormat"));
        self.is_row_open = !is_empty;
        self.rows.push(RowAt { index, tag, end: None, style, cells: Vec::new() });
        Ok(())
    }

    fn open_cell(&mut self, attributes: &Attributes<'_>, is_empty: bool, tag: Range<usize>) -> Result<(), Kind> {
        let Some(row) = self.rows.last_mut().filter(|_| self.is_row_open && self.cell.is_none()) else {
            return Err(damaged("a cell outside a row", 0));
        };
        let implied = row.cells.last().map_or(0, |cell| cell.column + 1);
        let column = match attributes.get(b"r") {
            Some(address) => parse_address(address).filter(|(at, _)| *at == row.index).map(|(_, column)| column),
            None => Some(implied),
        };
        let column = column.filter(|column| *column >= implied && *column < 16_384);
        let column = column.ok_or_else(|| damaged("cells are out of order", row.index))?;
        self.is_shared = attributes.get(b"t") == Some(b"s");
        self.is_text = matches!(attributes.get(b"t"), Some(b"str" | b"inlineStr"));
        let cell = CellAt {
            column,
            whole: tag.clone(),
            tag,
            value: None,
            style: number(attributes, b"s"),
            is_formula: false,
            text: None,
        };
        if is_empty {
            row.cells.push(cell);
        } else {
            self.cell = Some(cell);
        }
        Ok(())
    }

    fn close(&mut self, name: &[u8], tag: Range<usize>, strings: &Strings) -> Result<(), Kind> {
        match name {
            b"v" => {
                if let (Some(cell), Some(start)) = (&mut self.cell, self.value_start.take()) {
                    cell.value = Some(start..tag.end);
                }
            }
            b"c" => {
                let text = self.text.take();
                if let (Some(mut cell), Some(row)) = (self.cell.take(), self.rows.last_mut()) {
                    cell.whole.end = tag.end;
                    cell.text = match text {
                        Some(index) if self.is_shared => {
                            let found = index.trim().parse().ok().and_then(|index: usize| strings.get(index));
                            Some(found.ok_or_else(|| damaged("no such shared string", row.index))?.to_string())
                        }
                        text => text.filter(|_| self.is_text),
                    };
                    row.cells.push(cell);
                }
            }
            b"row" | b"sheetData" if self.cell.is_some() => {
                return Err(damaged("a cell without end", self.rows.last().map_or(0, |row| row.index)));
            }
            b"sheetData" if self.is_row_open => {
                return Err(damaged("a row without end", self.rows.last().map_or(0, |row| row.index)));
            }
            b"row" => {
                if let Some(row) = self.rows.last_mut().filter(|_| self.is_row_open) {
                    row.end = Some(tag.start);
                }
                self.is_row_open = false;
            }
            b"sheetData" => {
                self.is_inside = false;
                self.end = Some(tag.start..tag.start);
            }
            _ => {}
        }
        Ok(())
    }
}
