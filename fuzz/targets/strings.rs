//! Shared strings: any part is read or refused.
#![no_main]

use attain_fuzz::{read, workbook};
use libfuzzer_sys::fuzz_target;

const SHEET: &[u8] = b"<worksheet><sheetData><row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c><c t=\"s\"><v>2</v></c><c t=\"s\"><v>9</v></c></row></sheetData></worksheet>";

fuzz_target!(|data: &[u8]| {
    let strings = [b"<sst>", data, b"</sst>"].concat();
    let _ = read("a.xlsx", workbook(SHEET, &strings, b"<styleSheet/>"));
});
