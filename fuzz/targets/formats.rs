//! Number formats: any code is something, and any styles part is read or refused.
#![no_main]

use attain::cell::NumberFormat;
use attain_fuzz::{read, workbook};
use libfuzzer_sys::fuzz_target;

const SHEET: &[u8] = b"<worksheet><sheetData><row><c s=\"0\"><v>45292.5</v></c><c s=\"1\"><v>-1</v></c></row></sheetData></worksheet>";

fuzz_target!(|data: &[u8]| {
    if let Ok(code) = std::str::from_utf8(data) {
        NumberFormat::parse(code);
    }
    let styles = [b"<styleSheet>", data, b"</styleSheet>"].concat();
    let _ = read("a.xlsx", workbook(SHEET, b"<sst/>", &styles));
});
