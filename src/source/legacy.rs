//! `.xls`, `.xlsb` and `.ods` through calamine, in a child process of this program with limits on memory, time and
//! processor: whatever such a file does to its reader, it does to that process alone.
//!
//! The child is given the limits and the bytes on its standard input and answers with one JSON value a line.

use std::io::{BufRead, BufReader, BufWriter, Cursor, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use calamine::{CellErrorType, Data, ExcelDateTime, Ods, Reader, SheetVisible, Sheets, Xls, Xlsb};
use serde::{Deserialize, Serialize};

use crate::cell::CellRef;
use crate::measure::{Number, Stored};
use crate::problem::{Checked, Kind, Problem};

use super::content::Content;
use super::limits::Limits;
use super::row::{Book, RowBuffer};
use super::xlsx::iso_date;
use super::{Begin, Means, SheetHead, SheetTail, Sink, Visibility};

/// The argument that makes this program such a child.
pub const CHILD_ARGUMENT: &str = "read-legacy-format";

/// What the child is told before the bytes.
#[derive(Debug, Deserialize, Serialize)]
struct Order {
    format: String,
    memory: u64,
    cpu_seconds: u64,
    cells: u64,
    sheets: u64,
}

/// One line of the child's answer.
#[derive(Debug, Deserialize, Serialize)]
enum Line {
    Sheet {
        name: String,
        visibility: u8,
    },
    Row(u32, Vec<(u32, Datum)>),
    /// Everything was read.
    End,
    PasswordProtected,
    Damaged(String),
    TooMany {
        setting: String,
        actual: u64,
    },
}

/// A cell's value on its way from the child.
#[derive(Debug, Deserialize, Serialize)]
enum Datum {
    N(i64, i16),
    T(String),
    B(bool),
    /// A day, as days from the common era.
    D(i32),
    E(String),
    /// A number that is not finite.
    X,
}

/// Reads a legacy file through a child process.
///
/// # Errors
/// Why the file is rejected: what the child said, or how it ended.
pub fn read<S: Sink>(
    file: &CellRef,
    content: &Content,
    format: &str,
    means: &Means<'_>,
    begin: &Begin<'_, S>,
) -> Result<Checked<Vec<S>>, Kind> {
    let limits = means.limits;
    let order = Order {
        format: format.to_string(),
        memory: limits.legacy_memory,
        cpu_seconds: limits.legacy_cpu_seconds,
        cells: limits.cells_per_sheet,
        sheets: limits.sheets,
    };
    let bytes = content.to_vec()?;
    let deadline = Instant::now() + Duration::from_secs(limits.legacy_wall_seconds);
    let failed = |detail: String| Kind::ReaderFailed { detail };
    let mut child = Command::new(means.program)
        .arg(CHILD_ARGUMENT)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(failed("no pipe to the reader".to_string()));
    };
    let answer = std::thread::scope(|scope| {
        scope.spawn(move || send(stdin, &order, &bytes));
        let (sender, lines) = sync_channel(64);
        scope.spawn(move || {
            for line in BufReader::new(stdout).lines() {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut assembly =
            Assembly { file, begin, sinks: Vec::new(), buffer: RowBuffer::default(), book: Book::default() };
        let outcome = loop {
            match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Ok(line)) => match assembly.take(&line, means) {
                    Ok(false) => {}
                    Ok(true) => break Ok(()),
                    Err(kind) => break Err(kind),
                },
                Ok(Err(error)) => break Err(failed(error.to_string())),
                Err(RecvTimeoutError::Timeout) => {
                    break Err(Kind::ReaderTimeout { seconds: limits.legacy_wall_seconds });
                }
                Err(RecvTimeoutError::Disconnected) => break Err(ended(&mut child, limits)),
            }
        };
        // One that still runs is not needed any more; the threads end with its pipes.
        let _ = child.kill();
        let _ = child.wait();
        drop(lines);
        outcome.map(|()| assembly.finish())
    });
    let sinks = answer?;
    let remark = Problem::new(file.clone(), Kind::LegacyFormat { format: format.to_string() });
    Ok(Checked { value: sinks, problems: vec![remark] })
}

fn send(stdin: std::process::ChildStdin, order: &Order, bytes: &[u8]) {
    // A child that died does not read on; that is seen by its answer.
    let mut stdin = BufWriter::new(stdin);
    let order = serde_json::to_string(order).unwrap_or_default();
    let _ = writeln!(stdin, "{order}").and_then(|()| stdin.write_all(bytes)).and_then(|()| stdin.flush());
}

/// Why a child that stopped talking did: how it ended, for which it is given a moment.
fn ended(child: &mut Child, limits: &Limits) -> Kind {
    let until = Instant::now() + Duration::from_secs(5);
    let status = loop {
        match child.try_wait() {
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            other => break other.ok().flatten(),
        }
    };
    if status.is_some_and(is_out_of_time) {
        return Kind::ReaderTimeout { seconds: limits.legacy_cpu_seconds };
    }
    Kind::ReaderFailed { detail: status.map_or_else(|| "?".to_string(), |status| status.to_string()) }
}

#[cfg(unix)]
fn is_out_of_time(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(rustix::process::Signal::XCPU.as_raw())
}

#[cfg(not(unix))]
fn is_out_of_time(_: ExitStatus) -> bool {
    false
}

/// Sinks in the making.
struct Assembly<'a, S> {
    file: &'a CellRef,
    begin: &'a Begin<'a, S>,
    sinks: Vec<S>,
    buffer: RowBuffer,
    book: Book,
}

impl<S: Sink> Assembly<'_, S> {
    /// Takes one line; `true` when it was the last.
    fn take(&mut self, line: &str, means: &Means<'_>) -> Result<bool, Kind> {
        let line: Line =
            serde_json::from_str(line).map_err(|error| Kind::ReaderFailed { detail: error.to_string() })?;
        match line {
            Line::Sheet { name, visibility } => {
                self.close();
                let place = CellRef::sheet(&self.file.file, &Arc::from(name));
                let known = [Visibility::Visible, Visibility::Hidden, Visibility::VeryHidden];
                let head = SheetHead::plain(place, known[usize::from(visibility.min(2))]);
                self.sinks.push((self.begin)(head));
            }
            Line::Row(index, data) => {
                self.buffer.clear();
                for (column, datum) in data {
                    self.push(column, datum);
                }
                if let Some(sink) = self.sinks.last_mut().filter(|_| self.buffer.len() > 0) {
                    sink.row(&self.buffer.row(index, false, &self.book));
                }
            }
            Line::End => return Ok(true),
            Line::PasswordProtected => return Err(Kind::PasswordProtected),
            Line::Damaged(detail) => return Err(Kind::UnreadableFile { detail }),
            Line::TooMany { setting, actual } => {
                let limits = means.limits;
                let (setting, limit) = match setting.as_str() {
                    "sheets" => ("sheets", limits.sheets),
                    _ => ("cells_per_sheet", limits.cells_per_sheet),
                };
                return Err(Kind::OverLimit { setting, limit, actual });
            }
        }
        Ok(false)
    }

    fn push(&mut self, column: u32, datum: Datum) {
        match datum {
            Datum::N(digits, exponent) => self.buffer.push_number(column, 0, Number::new(digits, exponent)),
            Datum::T(text) => self.buffer.push_text(column, &text),
            Datum::B(truth) => self.buffer.push_truth(column, truth),
            Datum::D(day) => match chrono::NaiveDate::from_num_days_from_ce_opt(day) {
                Some(day) => self.buffer.push_date(column, day),
                None => self.buffer.push_not_finite(column),
            },
            Datum::E(text) => self.buffer.push_error(column, &text),
            Datum::X => self.buffer.push_not_finite(column),
        }
    }

    fn close(&mut self) {
        if let Some(sink) = self.sinks.last_mut() {
            sink.end(SheetTail::default());
        }
    }

    fn finish(mut self) -> Vec<S> {
        self.close();
        self.sinks
    }
}

/// What the child does: takes the order and the bytes from `input`, and answers on `output`.
///
/// Returns the exit status.
pub fn serve(input: impl Read, output: impl Write) -> u8 {
    let mut input = BufReader::new(input);
    let mut order = String::new();
    let mut bytes = Vec::new();
    let read = input.read_line(&mut order).and_then(|_| input.read_to_end(&mut bytes));
    let (Ok(_), Ok(order)) = (read, serde_json::from_str::<Order>(&order)) else { return 2 };
    limit_this_process(&order);
    let mut output = BufWriter::new(output);
    let last = match answer(&bytes, &order, &mut output) {
        Ok(()) => Line::End,
        Err(line) => line,
    };
    let written = write_line(&mut output, &last).is_ok() && output.flush().is_ok();
    u8::from(!written)
}

#[cfg(unix)]
fn limit_this_process(order: &Order) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let set = |resource, most: u64| {
        // A moment between the signal that says why and the one that cannot be caught.
        let limit = Rlimit { current: Some(most), maximum: Some(most.saturating_add(5)) };
        // A system that refuses leaves the limit on the clock, which the parent keeps.
        let _ = setrlimit(resource, limit);
    };
    set(Resource::As, order.memory);
    set(Resource::Cpu, order.cpu_seconds);
    set(Resource::Core, 0);
}

#[cfg(not(unix))]
fn limit_this_process(_: &Order) {}

fn write_line(output: &mut impl Write, line: &Line) -> Result<(), Line> {
    let lost = |error: String| Line::Damaged(error);
    let text = serde_json::to_string(line).map_err(|error| lost(error.to_string()))?;
    writeln!(output, "{text}").map_err(|error| lost(error.to_string()))
}

fn answer(bytes: &[u8], order: &Order, output: &mut impl Write) -> Result<(), Line> {
    let bytes = Cursor::new(bytes);
    // By what the file was found to be: a library that tries every format says of none why it failed.
    let mut workbook = match order.format.as_str() {
        "xls" => Sheets::Xls(Xls::new(bytes).map_err(|error| refusal(error.into()))?),
        "xlsb" => Sheets::Xlsb(Xlsb::new(bytes).map_err(|error| refusal(error.into()))?),
        _ => Sheets::Ods(Ods::new(bytes).map_err(|error| refusal(error.into()))?),
    };
    let sheets = workbook.sheets_metadata().to_vec();
    let check = |setting: &str, actual: u64, limit: u64| {
        if actual > limit { Err(Line::TooMany { setting: setting.to_string(), actual }) } else { Ok(()) }
    };
    check("sheets", sheets.len() as u64, order.sheets)?;
    for sheet in sheets {
        if sheet.typ != calamine::SheetType::WorkSheet {
            continue;
        }
        let visibility = match sheet.visible {
            SheetVisible::Visible => 0,
            SheetVisible::Hidden => 1,
            SheetVisible::VeryHidden => 2,
        };
        write_line(output, &Line::Sheet { name: sheet.name.clone(), visibility })?;
        let range = workbook.worksheet_range(&sheet.name).map_err(refusal)?;
        check("cells_per_sheet", range.used_cells().count() as u64, order.cells)?;
        let (top, left) = range.start().unwrap_or((0, 0));
        for (offset, row) in range.rows().enumerate() {
            let filled = row.iter().enumerate().filter_map(|(column, data)| {
                let column = left.checked_add(u32::try_from(column).ok()?)?;
                Some((column, datum(data)?))
            });
            let cells: Vec<(u32, Datum)> = filled.collect();
            if !cells.is_empty() {
                let index = top.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX));
                write_line(output, &Line::Row(index, cells))?;
            }
        }
    }
    Ok(())
}

fn datum(data: &Data) -> Option<Datum> {
    match data {
        Data::Empty => None,
        Data::Int(whole) => Some(number(&whole.to_string())),
        Data::Float(float) => Some(number(&float.to_string())),
        Data::String(text) | Data::DurationIso(text) => written(text),
        Data::Bool(truth) => Some(Datum::B(*truth)),
        Data::DateTime(moment) => Some(date(moment)),
        Data::DateTimeIso(text) => match iso_date(text) {
            Some(day) => Some(Datum::D(chrono::Datelike::num_days_from_ce(&day))),
            None => written(text),
        },
        Data::Error(error) => Some(Datum::E(error_text(error).to_string())),
    }
}

fn written(text: &str) -> Option<Datum> {
    (!text.trim().is_empty()).then(|| Datum::T(text.to_string()))
}

fn number(text: &str) -> Datum {
    match Number::from_stored(text) {
        Stored::Finite(number) => {
            let (digits, exponent) = number.parts();
            Datum::N(digits, exponent)
        }
        Stored::NotFinite | Stored::NotANumber => Datum::X,
    }
}

fn date(moment: &ExcelDateTime) -> Datum {
    // Durations and bare times of day are numbers to us.
    match moment.as_datetime() {
        Some(datetime) if !moment.is_duration() && moment.as_f64() >= 1.0 => {
            Datum::D(chrono::Datelike::num_days_from_ce(&datetime.date()))
        }
        _ => number(&moment.as_f64().to_string()),
    }
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

fn refusal(error: calamine::Error) -> Line {
    use calamine::Error;
    match error {
        Error::Xls(calamine::XlsError::Password)
        | Error::Xlsb(calamine::XlsbError::Password)
        | Error::Ods(calamine::OdsError::Password) => Line::PasswordProtected,
        other => Line::Damaged(other.to_string()),
    }
}
