//! How much a file may ask for before it is refused.

use std::io::{Cursor, Read};

use serde::Deserialize;
use zip::ZipArchive;

use crate::problem::Kind;

/// Limits on one input file. Each is named in the message that it causes.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of the file.
    pub file_size: u64,
    /// Parts of a workbook package.
    pub zip_entries: u64,
    /// Bytes of all parts when unpacked.
    pub total_uncompressed: u64,
    /// Filled cells of a sheet.
    pub cells_per_sheet: u64,
    /// Sheets of a workbook.
    pub sheets: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            file_size: 200 << 20,
            zip_entries: 5_000,
            total_uncompressed: 2 << 30,
            cells_per_sheet: 20_000_000,
            sheets: 256,
        }
    }
}

impl Limits {
    /// Refuses when `actual` exceeds the limit named `setting`.
    pub fn check(&self, setting: &str, actual: u64, limit: u64) -> Result<(), Kind> {
        if actual <= limit {
            return Ok(());
        }
        let setting = format!("[limits] {setting} = {actual}");
        Err(Kind::FileTooLarge { limit: limit.to_string(), actual: actual.to_string(), setting })
    }

    /// Looks over a zip package before a library allocates by what it claims.
    pub fn check_package(&self, bytes: &[u8]) -> Result<(), Kind> {
        let damaged = |error: zip::result::ZipError| Kind::UnreadableFile { detail: error.to_string() };
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        self.check("zip_entries", archive.len() as u64, self.zip_entries)?;
        let mut total = 0u64;
        let mut strings = None;
        for index in 0..archive.len() {
            let part = archive.by_index_raw(index).map_err(damaged)?;
            total = total.saturating_add(part.size());
            if part.name().is_ok_and(|name| name.eq_ignore_ascii_case("xl/sharedstrings.xml")) {
                strings = Some((index, part.size()));
            }
        }
        self.check("total_uncompressed", total, self.total_uncompressed)?;
        // A count of strings that the part cannot hold makes readers ask for terabytes.
        if let Some((index, size)) = strings {
            let mut head = Vec::new();
            let part = archive.by_index(index).map_err(damaged)?;
            part.take(2048)
                .read_to_end(&mut head)
                .map_err(|error| Kind::UnreadableFile { detail: error.to_string() })?;
            let head = String::from_utf8_lossy(&head);
            for attribute in ["uniqueCount=\"", "count=\""] {
                let claimed = head.split(attribute).nth(1).and_then(|rest| rest.split('"').next());
                // The shortest entry, `<si/>`, takes five bytes.
                if let Some(claimed) = claimed.map(|text| text.parse::<u64>().unwrap_or(u64::MAX))
                    && attribute.starts_with("unique")
                    && claimed > size / 5 + 16
                {
                    return Err(Kind::UnreadableFile {
                        detail: format!("sharedStrings claims {claimed} entries in {size} bytes"),
                    });
                }
            }
        }
        Ok(())
    }
}
