//! Files → rows of cells with absolute places, whatever the format.
//!
//! Nothing above this module knows zip, XML, calamine, csv or encodings: a
//! [`Sink`] is told of each sheet and handed its rows one by one, with cells
//! borrowed from the reader's buffers.

mod delimited;
pub mod limits;
mod sniff;
mod workbook;

use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cell::{Cell, CellRef};
use crate::problem::{Kind, Problem};

use self::limits::Limits;
use self::sniff::FileType;

/// One file to read, with the name people know it by.
#[derive(Clone, Debug)]
pub struct InputFile {
    pub path: PathBuf,
    /// The path as the user would write it, relative to the input folder.
    pub name: Arc<str>,
}

/// A file's bytes, read once, with what identifies them.
pub struct Loaded {
    pub bytes: Vec<u8>,
    /// BLAKE3 of the bytes, in hexadecimal.
    pub hash: String,
}

/// What a reader should be told about a file, from a profile.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    pub delimiter: Option<u8>,
    pub encoding: Option<String>,
}

/// A sheet that is about to be read.
pub struct SheetHead {
    /// The sheet's place, without a cell.
    pub place: CellRef,
    pub hidden: bool,
}

/// Receives what a file holds.
pub trait Sink {
    fn begin_sheet(&mut self, head: SheetHead);
    /// One row with at least one filled cell; columns ascend. Rows come in file order.
    fn row(&mut self, row: u32, cells: &[Cell<'_>]);
    fn end_sheet(&mut self);
    fn problem(&mut self, problem: Problem);
}

/// Endings of the names that a folder is searched for.
pub const EXTENSIONS: [&str; 7] = ["xlsx", "xlsm", "xls", "xlsb", "ods", "csv", "tsv"];

/// Whether a file name has one of [`EXTENSIONS`]; owner files of an open Excel (`~$…`) have not.
pub fn is_input_name(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    !name.starts_with("~$") && !name.starts_with('.') && EXTENSIONS.contains(&extension)
}

/// Reads a file's bytes and hashes them.
///
/// # Errors
/// Why the file is rejected, or ignored when it is not a regular file.
pub fn load(input: &InputFile, limits: &Limits) -> Result<Loaded, Kind> {
    let unreadable = |error: std::io::Error| Kind::UnreadableFile { detail: error.to_string() };
    let link = std::fs::symlink_metadata(&input.path).map_err(unreadable)?;
    if link.is_symlink() {
        return Err(Kind::SymbolicLink);
    }
    if !link.is_file() {
        return Err(Kind::NotARegularFile);
    }
    limits.check("file_size", link.len(), limits.file_size)?;
    let mut bytes = Vec::with_capacity(usize::try_from(link.len()).unwrap_or(0));
    let file = File::open(&input.path).map_err(unreadable)?;
    file.take(limits.file_size + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    limits.check("file_size", bytes.len() as u64, limits.file_size)?;
    if bytes.is_empty() {
        return Err(Kind::EmptyFile);
    }
    let hash = blake3::hash(&bytes).to_hex().to_string();
    Ok(Loaded { bytes, hash })
}

/// Hands all sheets of a loaded file to the sink.
///
/// # Errors
/// Why the file is rejected as a whole. What the sink received before that must not be used.
pub fn read(input: &InputFile, bytes: &[u8], hints: &Hints, limits: &Limits, sink: &mut dyn Sink) -> Result<(), Kind> {
    let file = CellRef::file(&input.name);
    let extension = input.name.rsplit_once('.').map_or(String::new(), |(_, extension)| extension.to_lowercase());
    let actual = sniff::file_type(bytes);
    let wants_text = matches!(extension.as_str(), "csv" | "tsv");
    match actual {
        FileType::Encrypted => return Err(Kind::PasswordProtected),
        FileType::Html | FileType::SpreadsheetMl | FileType::Pdf | FileType::Numbers => {
            return Err(Kind::OtherType { actual: actual.key().to_string() });
        }
        FileType::Text if !wants_text => return Err(Kind::OtherType { actual: actual.key().to_string() }),
        FileType::Xls | FileType::Zip if wants_text => {
            return Err(Kind::OtherType { actual: actual.key().to_string() });
        }
        FileType::TruncatedZip => return Err(Kind::IncompleteWorkbook { detail: "no central directory".to_string() }),
        FileType::Text | FileType::Xls | FileType::Zip => {}
    }
    // A library that panics on a hostile file must not take the other files with it.
    let outcome = catch_unwind(AssertUnwindSafe(|| match actual {
        FileType::Text => delimited::read(&file, bytes, hints, limits, sink),
        _ => {
            if actual == FileType::Zip {
                limits.check_package(bytes)?;
            }
            workbook::read(&file, bytes, limits, sink)
        }
    }));
    outcome.unwrap_or_else(|_| Err(Kind::ReaderFailed { detail: "the reader panicked".to_string() }))
}
