//! What reading costs: each mode reads every `.xlsx` below a folder, once, and prints a line of its result.
//!
//! `cargo bench --bench reading -- MODE FOLDER [JOBS]`, with MODE one of
//! - `inflate`: unpack all sheets and shared strings, nothing else: the limit that reading can reach;
//! - `scan`: our reader into a sink that looks at every cell;
//! - `columns`: our reader into one typed column per sheet column;
//! - `calamine`: calamine's streaming reader, every cell looked at.
//!
//! The folder of the real benchmark is made by `cargo run --release --example make-benchmark`; see the README here.

use std::hint::black_box;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Instant;

use attain::cell::Value;
use attain::source::content::Content;
use attain::source::limits::Limits;
use attain::source::{self, Hints, InputFile, Means, Row, SheetHead, SheetTail, Sink};
use flate2::{Decompress, FlushDecompress, Status};
use rayon::prelude::*;

/// What reading a file came to: it must be the same for every reader.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    cells: u64,
    /// Sum of the numbers, as binary numbers.
    sum: f64,
    /// Bytes of the texts.
    text: u64,
    /// Bytes unpacked.
    unpacked: u64,
}

impl std::iter::Sum for Seen {
    fn sum<I: Iterator<Item = Seen>>(all: I) -> Seen {
        all.fold(Seen::default(), |a, b| Seen {
            cells: a.cells + b.cells,
            sum: a.sum + b.sum,
            text: a.text + b.text,
            unpacked: a.unpacked + b.unpacked,
        })
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [mode, folder, jobs @ ..] = &arguments[..] else {
        println!("modes: inflate, scan, columns, calamine; see benches/README.md");
        return;
    };
    let jobs = jobs.first().map_or(1, |jobs| jobs.parse().expect("JOBS is a number"));
    let read: fn(&Path) -> Seen = match mode.as_str() {
        "inflate" => inflate,
        "scan" => |path| ours::<Scan>(path, || Scan(Seen::default()), |sink| sink.0),
        "columns" => |path| ours::<Columns>(path, Columns::default, Columns::seen),
        "calamine" => calamine,
        other => panic!("no mode {other}"),
    };
    let files = files_below(Path::new(folder));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().expect("a pool");
    let started = Instant::now();
    let seen: Seen = pool.install(|| files.par_iter().map(|path| read(path)).collect::<Vec<_>>()).into_iter().sum();
    let seconds = started.elapsed().as_secs_f64();
    let Seen { cells, sum, text, unpacked } = seen;
    println!(
        "{mode}\t{seconds:.4}\tfiles {}\tcells {cells}\tsum {sum:.2}\ttext {text}\tunpacked {unpacked}",
        files.len()
    );
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "xlsx") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Unpacks sheets and shared strings in windows, with the inflater that the reader uses.
fn inflate(path: &Path) -> Seen {
    const WINDOW: usize = 256 << 10;
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).expect("a file")).expect("a package");
    let mut file = std::fs::File::open(path).expect("a file");
    let (mut input, mut output) = (vec![0; 64 << 10], vec![0; WINDOW]);
    let mut unpacked = 0;
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).expect("a part");
        let name = part.name().expect("a name").to_string();
        if !name.starts_with("xl/worksheets/sheet") && name != "xl/sharedStrings.xml" {
            continue;
        }
        let mut left = part.compressed_size();
        let start = part.data_start().expect("data");
        drop(part);
        file.seek(SeekFrom::Start(start)).expect("seek");
        let mut inflater = Decompress::new(false);
        'part: while left > 0 {
            let length = input.len().min(usize::try_from(left).expect("a size"));
            file.read_exact(&mut input[..length]).expect("bytes");
            left -= length as u64;
            let mut used = 0;
            while used < length {
                let (before_in, before_out) = (inflater.total_in(), inflater.total_out());
                let status = inflater.decompress(&input[used..length], &mut output, FlushDecompress::None);
                used += (inflater.total_in() - before_in) as usize;
                unpacked += inflater.total_out() - before_out;
                black_box(&output);
                if status.expect("deflate") == Status::StreamEnd {
                    break 'part;
                }
            }
        }
    }
    Seen { unpacked, ..Seen::default() }
}

fn ours<S: Sink>(path: &Path, make: fn() -> S, seen: fn(S) -> Seen) -> Seen {
    let limits = Limits::default();
    let means = Means { limits: &limits, program: Path::new(""), hints: Hints::default() };
    let input = InputFile { path: path.to_path_buf(), name: path.to_string_lossy().as_ref().into() };
    let content = Content::load(&input, &limits).expect("a file");
    let begin = move |_: SheetHead| make();
    let read = source::read(&input, &content, &means, &begin).expect("a workbook");
    read.value.into_iter().map(seen).sum()
}

/// Looks at every cell.
struct Scan(Seen);

impl Sink for Scan {
    fn row(&mut self, row: &Row<'_>) {
        for cell in row.cells() {
            self.0.cells += 1;
            match cell.value {
                Value::Number(number) => self.0.sum += binary(number.parts()),
                Value::Date(day) => self.0.sum += f64::from(chrono::Datelike::num_days_from_ce(&day) - 693_594),
                Value::Text(text) => self.0.text += text.len() as u64,
                other => drop(black_box(other)),
            }
        }
    }

    fn end(&mut self, _: SheetTail) {}
}

fn binary((digits, exponent): (i64, i16)) -> f64 {
    const POWERS: [f64; 7] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];
    match usize::try_from(-exponent).ok().and_then(|power| POWERS.get(power)) {
        Some(power) => digits as f64 / power,
        None => digits as f64 * 10f64.powi(i32::from(exponent)),
    }
}

/// One typed column per column of the sheet: shared strings as their numbers, numbers as digits and exponent.
#[derive(Default)]
struct Columns {
    columns: Vec<Column>,
    n_rows: usize,
    other: Vec<(usize, u32, String)>,
}

#[derive(Default)]
struct Column {
    strings: Vec<u32>,
    digits: Vec<i64>,
    exponents: Vec<i8>,
    days: Vec<i32>,
}

impl Sink for Columns {
    fn row(&mut self, row: &Row<'_>) {
        self.n_rows += 1;
        for position in 0..row.len() {
            let at = row.column(position) as usize;
            if self.columns.len() <= at {
                self.columns.resize_with(at + 1, Column::default);
            }
            let column = &mut self.columns[at];
            if let Some(string) = row.string(position) {
                column.strings.push(string);
                continue;
            }
            match row.cell(position).value {
                Value::Number(number) => {
                    let (digits, exponent) = number.parts();
                    column.digits.push(digits);
                    column.exponents.push(i8::try_from(exponent).expect("a small exponent"));
                }
                Value::Date(day) => column.days.push(chrono::Datelike::num_days_from_ce(&day)),
                other => self.other.push((self.n_rows, row.column(position), other.display())),
            }
        }
    }

    fn end(&mut self, _: SheetTail) {}
}

impl Columns {
    fn seen(self) -> Seen {
        let mut seen = Seen::default();
        for column in &self.columns {
            seen.cells += (column.strings.len() + column.digits.len() + column.days.len()) as u64;
            seen.sum += column.days.iter().map(|day| f64::from(day - 693_594)).sum::<f64>();
            let numbers = column.digits.iter().zip(&column.exponents);
            seen.sum += numbers.map(|(digits, exponent)| binary((*digits, i16::from(*exponent)))).sum::<f64>();
        }
        seen.cells += self.other.len() as u64;
        seen
    }
}

fn calamine(path: &Path) -> Seen {
    use calamine::{DataRef, Reader};
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(path).expect("a workbook");
    let mut seen = Seen::default();
    for name in workbook.sheet_names() {
        let mut reader = workbook.worksheet_cells_reader(&name).expect("a sheet");
        while let Some(cell) = reader.next_cell().expect("a cell") {
            match cell.get_value() {
                DataRef::Empty => continue,
                DataRef::Float(value) => seen.sum += value,
                DataRef::Int(value) => seen.sum += *value as f64,
                DataRef::DateTime(moment) => seen.sum += moment.as_f64(),
                DataRef::SharedString(text) => seen.text += text.len() as u64,
                DataRef::String(text) => seen.text += text.len() as u64,
                other => drop(black_box(other)),
            }
            seen.cells += 1;
        }
    }
    seen
}
