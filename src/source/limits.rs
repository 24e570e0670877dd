//! How much a file may ask for before it is refused.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::problem::Kind;

/// Limits on one input file. Each is named in the message that it causes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a workbook.
    pub file_size: u64,
    /// Bytes of a CSV or TSV file, which holds no more than it shows.
    pub text_size: u64,
    /// Parts of a workbook package.
    pub zip_entries: u64,
    /// Bytes of one part when unpacked, counted while unpacking.
    pub entry_uncompressed: u64,
    /// Bytes of all parts when unpacked.
    pub total_uncompressed: u64,
    /// How many times larger a part may unpack, once it is beyond 16 MiB.
    pub inflate_ratio: u64,
    /// Bytes of a part that is held whole: styles, relationships, the list of sheets.
    pub part_bytes: u64,
    /// Sheets of a workbook.
    pub sheets: u64,
    /// Filled cells of a sheet.
    pub cells_per_sheet: u64,
    /// Bytes that one row takes.
    pub row_bytes: u64,
    /// UTF-16 units of one cell's text, which is Excel's own limit.
    pub cell_text: u64,
    /// Distinct texts of a workbook.
    pub shared_strings: u64,
    /// Bytes of them.
    pub shared_string_bytes: u64,
    /// Cell styles.
    pub styles: u64,
    /// Number formats of the workbook's own.
    pub number_formats: u64,
    /// Merged ranges of a sheet.
    pub merged_ranges: u64,
    /// Bytes of memory that reading a legacy file (.xls, .xlsb, .ods) may take.
    pub legacy_memory: u64,
    /// Seconds of computing that it may take.
    pub legacy_cpu_seconds: u64,
    /// Seconds on the clock that it may take.
    pub legacy_wall_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            file_size: 200 << 20,
            text_size: 4 << 30,
            zip_entries: 5_000,
            entry_uncompressed: 1 << 30,
            total_uncompressed: 2 << 30,
            inflate_ratio: 200,
            part_bytes: 64 << 20,
            sheets: 256,
            cells_per_sheet: 20_000_000,
            row_bytes: 16 << 20,
            cell_text: 32_767,
            shared_strings: 5_000_000,
            shared_string_bytes: 512 << 20,
            styles: 100_000,
            number_formats: 5_000,
            merged_ranges: 50_000,
            legacy_memory: 1_536 << 20,
            legacy_cpu_seconds: 60,
            legacy_wall_seconds: 120,
        }
    }
}

impl Limits {
    /// The limit on a file's size, by its name, and what it is called.
    pub fn size_of(&self, name: &str) -> (&'static str, u64) {
        let is_text = [".csv", ".tsv"].iter().any(|ending| name.to_lowercase().ends_with(ending));
        if is_text { ("text_size", self.text_size) } else { ("file_size", self.file_size) }
    }

    /// Refuses when `actual` exceeds the limit named `setting`.
    ///
    /// # Errors
    /// The limit, what was met, and the line that would allow it.
    #[inline]
    pub fn check(&self, setting: &'static str, actual: u64, limit: u64) -> Result<(), Kind> {
        if actual <= limit { Ok(()) } else { Err(Kind::OverLimit { setting, limit, actual }) }
    }

    /// Refuses a row that takes too many bytes. How many more is not known while it is read, so the message
    /// names twice the limit: it must not depend on how a sheet was cut into windows.
    ///
    /// # Errors
    /// As [`Limits::check`].
    #[inline]
    pub fn check_row(&self, bytes: u64) -> Result<(), Kind> {
        if bytes <= self.row_bytes {
            return Ok(());
        }
        Err(Kind::OverLimit { setting: "row_bytes", limit: self.row_bytes, actual: self.row_bytes.saturating_mul(2) })
    }

    /// Refuses what is left of a window when it is beyond any row: the room of a window more.
    ///
    /// # Errors
    /// As [`Limits::check_row`].
    pub fn check_rest(&self, bytes: u64) -> Result<(), Kind> {
        self.check_row(bytes.saturating_sub(1 << 20))
    }

    /// Refuses a text that no cell of Excel's could hold.
    ///
    /// # Errors
    /// As [`Limits::check`].
    #[inline]
    pub fn check_text(&self, text: &str) -> Result<(), Kind> {
        // As many UTF-16 units as bytes at most.
        if text.len() as u64 <= self.cell_text {
            return Ok(());
        }
        self.check("cell_text", text.encode_utf16().count() as u64, self.cell_text)
    }
}
