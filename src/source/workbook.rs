//! Workbooks through calamine. The only module that reads with it; `publish` opens what it wrote.

use std::io::{Cursor, Read, Seek};
use std::sync::Arc;

use calamine::{
    CellErrorType, Data, DataRef, ExcelDateTime, Reader, SheetVisible, Sheets, Xlsx, open_workbook_auto_from_rs,
};
use chrono::{NaiveDate, NaiveDateTime};

use crate::cell::{Cell, CellRef, Value};
use crate::measure::Number;
use crate::problem::{Kind, Problem};

use super::limits::Limits;
use super::{SheetHead, Sink};

/// A damaged cell is reported and passed over; a sheet with more of them than this is given up.
const MOST_DAMAGED_CELLS: usize = 100;

pub fn read(file: &CellRef, bytes: &[u8], limits: &Limits, sink: &mut dyn Sink) -> Result<(), Kind> {
    let mut workbook = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(refusal)?;
    let format = match &workbook {
        Sheets::Xls(_) => Some("xls"),
        Sheets::Xlsb(_) => Some("xlsb"),
        Sheets::Ods(_) => Some("ods"),
        Sheets::Xlsx(_) => None,
    };
    if let Some(format) = format {
        sink.problem(Problem::new(file.clone(), Kind::LegacyFormat { format: format.to_string() }));
    }
    let sheets = workbook.sheets_metadata().to_vec();
    limits.check("sheets", sheets.len() as u64, limits.sheets)?;
    for sheet in sheets {
        if sheet.typ != calamine::SheetType::WorkSheet {
            continue;
        }
        let place = CellRef::sheet(&file.file, &Arc::from(sheet.name.as_str()));
        sink.begin_sheet(SheetHead { place: place.clone(), hidden: sheet.visible != SheetVisible::Visible });
        match &mut workbook {
            Sheets::Xlsx(workbook) => stream(workbook, &sheet.name, &place, limits, sink)?,
            _ => {
                let range = workbook.worksheet_range(&sheet.name).map_err(refusal)?;
                let (top, left) = range.start().unwrap_or((0, 0));
                limits.check("cells_per_sheet", (range.height() * range.width()) as u64, limits.cells_per_sheet)?;
                let mut cells = Vec::new();
                for (offset, row) in range.rows().enumerate() {
                    cells.clear();
                    cells.extend(row.iter().enumerate().filter_map(|(column, data)| {
                        let column = left.checked_add(u32::try_from(column).ok()?)?;
                        Some(Cell { column, value: owned_value(data)? })
                    }));
                    if !cells.is_empty() {
                        sink.row(top.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX)), &cells);
                    }
                }
            }
        }
        sink.end_sheet();
    }
    Ok(())
}

/// Streams one sheet of an xlsx: no dense range, formulas without a result kept apart from blanks.
fn stream<R: Read + Seek>(
    workbook: &mut Xlsx<R>,
    name: &str,
    place: &CellRef,
    limits: &Limits,
    sink: &mut dyn Sink,
) -> Result<(), Kind> {
    let mut reader = workbook.worksheet_cells_reader(name).map_err(|error| refusal(error.into()))?;
    let mut current: u32 = 0;
    let mut row: Vec<(u32, DataRef<'_>, bool)> = Vec::new();
    let (mut n_cells, mut n_damaged) = (0u64, 0usize);
    loop {
        match reader.next_cell_with_formula_metadata() {
            Ok(Some(record)) => {
                let (at_row, column) = record.pos;
                if at_row != current {
                    flush(current, &mut row, place, sink);
                    current = at_row;
                }
                let not_calculated = record.formula.is_some() && record.value == DataRef::Empty;
                if record.value != DataRef::Empty || not_calculated {
                    n_cells += 1;
                    limits.check("cells_per_sheet", n_cells, limits.cells_per_sheet)?;
                    row.push((column, record.value, not_calculated));
                }
            }
            Ok(None) => break,
            Err(error) => {
                n_damaged += 1;
                let detail = error.to_string();
                if n_damaged > MOST_DAMAGED_CELLS {
                    return Err(Kind::UnreadableFile { detail });
                }
                // The reader has lost the damaged cell's column; the row is known to be at or after this one.
                sink.problem(Problem::new(place.at(current, 0), Kind::CellAfterSheetError { detail }));
            }
        }
    }
    flush(current, &mut row, place, sink);
    Ok(())
}

fn flush(at_row: u32, row: &mut Vec<(u32, DataRef<'_>, bool)>, place: &CellRef, sink: &mut dyn Sink) {
    if row.is_empty() {
        return;
    }
    row.sort_by_key(|(column, _, _)| *column);
    let mut cells: Vec<Cell<'_>> = Vec::with_capacity(row.len());
    for (column, data, not_calculated) in row.iter() {
        let value = if *not_calculated { Some(Value::NotCalculated) } else { borrowed_value(data) };
        let Some(value) = value else { continue };
        if cells.last().is_some_and(|cell| cell.column == *column) {
            sink.problem(Problem::new(place.at(at_row, *column), Kind::DuplicateCell));
            continue;
        }
        cells.push(Cell { column: *column, value });
    }
    if !cells.is_empty() {
        sink.row(at_row, &cells);
    }
    row.clear();
}

fn borrowed_value<'a>(data: &'a DataRef<'_>) -> Option<Value<'a>> {
    match data {
        DataRef::Empty => None,
        DataRef::Int(whole) => Some(Value::Number(Number::new(*whole, 0))),
        DataRef::Float(float) => Some(number(*float)),
        DataRef::String(text) | DataRef::DurationIso(text) => written(text),
        DataRef::SharedString(text) => written(text),
        DataRef::Bool(truth) => Some(Value::Truth(*truth)),
        DataRef::DateTime(moment) => Some(date(moment)),
        DataRef::DateTimeIso(text) => iso_date(text).map(Value::Date).or_else(|| written(text)),
        DataRef::Error(error) => Some(Value::Error(error_text(error))),
    }
}

fn owned_value(data: &Data) -> Option<Value<'_>> {
    match data {
        Data::Empty => None,
        Data::Int(whole) => Some(Value::Number(Number::new(*whole, 0))),
        Data::Float(float) => Some(number(*float)),
        Data::String(text) | Data::DurationIso(text) => written(text),
        Data::Bool(truth) => Some(Value::Truth(*truth)),
        Data::DateTime(moment) => Some(date(moment)),
        Data::DateTimeIso(text) => iso_date(text).map(Value::Date).or_else(|| written(text)),
        Data::Error(error) => Some(Value::Error(error_text(error))),
    }
}

fn written(text: &str) -> Option<Value<'_>> {
    (!text.trim().is_empty()).then_some(Value::Text(text))
}

fn number(float: f64) -> Value<'static> {
    Number::from_binary(float).map_or(Value::NotFinite, Value::Number)
}

fn date(moment: &ExcelDateTime) -> Value<'static> {
    // Durations and bare times of day are numbers to us.
    match moment.as_datetime() {
        Some(datetime) if !moment.is_duration() && moment.as_f64() >= 1.0 => Value::Date(datetime.date()),
        _ => number(moment.as_f64()),
    }
}

fn iso_date(text: &str) -> Option<NaiveDate> {
    let day = text.parse::<NaiveDate>().ok();
    day.or_else(|| text.trim_end_matches('Z').parse::<NaiveDateTime>().ok().map(|moment| moment.date()))
}

fn error_text(error: &CellErrorType) -> &'static str {
    match error {
        CellErrorType::Div0 => "#DIV/0!",
        CellErrorType::NA => "#N/A",
        CellErrorType::Name => "#NAME?",
        CellErrorType::Null => "#NULL!",
        CellErrorType::Num => "#NUM!",
        CellErrorType::Ref => "#REF!",
        CellErrorType::Value => "#VALUE!",
        CellErrorType::GettingData => "#GETTING_DATA",
    }
}

fn refusal(error: calamine::Error) -> Kind {
    use calamine::Error;
    match error {
        Error::Xlsx(calamine::XlsxError::Password)
        | Error::Xls(calamine::XlsError::Password)
        | Error::Xlsb(calamine::XlsbError::Password)
        | Error::Ods(calamine::OdsError::Password) => Kind::PasswordProtected,
        other => Kind::UnreadableFile { detail: other.to_string() },
    }
}
