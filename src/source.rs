//! Files → rows of cells with absolute places, whatever the format.
//!
//! Nothing above this module knows zip, XML, calamine, csv or encodings: a [`Sink`] is made for each
//! sheet and handed its rows one by one, borrowed from the reader's buffers.

pub mod content;
mod delimited;
pub mod legacy;
pub mod limits;
mod row;
pub(crate) mod sniff;
pub(crate) mod xlsx;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cell::{Area, CellRef};
use crate::problem::{Checked, Kind};

use self::content::Content;
use self::limits::Limits;
use self::sniff::FileType;

pub use self::row::Row;
pub use self::xlsx::DefinedName;

/// One file to read, with the name people know it by.
#[derive(Clone, Debug)]
pub struct InputFile {
    pub path: PathBuf,
    /// The path as the user would write it, relative to the input folder.
    pub name: Arc<str>,
}

/// What reading a file needs to know beside the file.
#[derive(Clone, Debug)]
pub struct Means<'a> {
    pub limits: &'a Limits,
    /// This program: legacy formats are read by a child process of it.
    pub program: &'a Path,
    pub hints: Hints,
}

/// What a reader should be told about a file, from a profile.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    pub delimiter: Option<u8>,
    pub encoding: Option<String>,
}

/// Whether people see a sheet.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Visibility {
    #[default]
    Visible,
    Hidden,
    /// Hidden so that no menu shows it.
    VeryHidden,
}

/// A table that a sheet declares (Insert › Table).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Structured {
    pub name: String,
    pub area: Area,
    pub n_header_rows: u32,
    pub n_total_rows: u32,
}

/// A sheet that is about to be read.
#[derive(Clone, Debug)]
pub struct SheetHead {
    /// The sheet's place, without a cell.
    pub place: CellRef,
    pub visibility: Visibility,
    pub structured: Vec<Structured>,
    /// Whether serial numbers of days count from 1904.
    pub is_1904: bool,
    /// Names that the workbook gives to ranges.
    pub names: Arc<[DefinedName]>,
    /// First and last column of each hidden stretch, zero-based.
    pub hidden_columns: Vec<(u32, u32)>,
}

impl SheetHead {
    /// A sheet of which its format says no more.
    fn plain(place: CellRef, visibility: Visibility) -> Self {
        SheetHead {
            place,
            visibility,
            structured: Vec::new(),
            is_1904: false,
            names: [].into(),
            hidden_columns: Vec::new(),
        }
    }
}

/// What is known of a sheet once its rows are read.
#[derive(Clone, Debug, Default)]
pub struct SheetTail {
    pub merged: Vec<Area>,
    pub filter: Option<Area>,
    /// The range in which cells are filled.
    pub used: Option<Area>,
}

/// Receives the rows of one sheet.
pub trait Sink: Send {
    /// One row with at least one filled cell; columns ascend. Rows come in order.
    fn row(&mut self, row: &Row<'_>);
    fn end(&mut self, tail: SheetTail);
}

/// Makes the sink of a sheet.
pub type Begin<'a, S> = dyn Fn(SheetHead) -> S + Sync + 'a;

/// Endings of the names that a folder is searched for.
pub const EXTENSIONS: [&str; 7] = ["xlsx", "xlsm", "xls", "xlsb", "ods", "csv", "tsv"];

/// Whether a file name has one of [`EXTENSIONS`]; owner files of an open Excel (`~$…`) have not.
pub fn is_input_name(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    !name.starts_with("~$") && !name.starts_with('.') && EXTENSIONS.contains(&extension)
}

/// Reads each sheet of a file into a sink of its own; the sinks come back in the file's order, with what the
/// reader itself had to remark.
///
/// # Errors
/// Why the file is rejected as a whole.
pub fn read<S: Sink>(
    input: &InputFile,
    content: &Content,
    means: &Means<'_>,
    begin: &Begin<'_, S>,
) -> Result<Checked<Vec<S>>, Kind> {
    let file = CellRef::file(&input.name);
    let extension = input.name.rsplit_once('.').map_or(String::new(), |(_, extension)| extension.to_lowercase());
    let actual = sniff::file_type(content, means.limits)?;
    let wants_text = matches!(extension.as_str(), "csv" | "tsv");
    if wants_text != (actual == FileType::Text) && actual != FileType::Encrypted {
        return Err(Kind::OtherType { actual: actual.key().to_string() });
    }
    // A library that panics on a hostile file must not take the other files with it.
    let outcome = catch_unwind(AssertUnwindSafe(|| match actual {
        FileType::Text => delimited::read(&file, content.bytes(), means, begin),
        FileType::Xlsx => xlsx::read(&file, content, means.limits, begin),
        FileType::Xls | FileType::Xlsb | FileType::Ods => legacy::read(&file, content, actual.key(), means, begin),
        FileType::Encrypted => Err(Kind::PasswordProtected),
        other => Err(Kind::OtherType { actual: other.key().to_string() }),
    }));
    outcome.unwrap_or_else(|_| Err(Kind::ReaderFailed { detail: "panic".to_string() }))
}
