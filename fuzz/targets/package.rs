//! The zip layer: any bytes under the name of a workbook are read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut bytes = data.to_vec();
    // Nothing else is a package.
    if bytes.len() >= 4 {
        bytes[..4].copy_from_slice(b"PK\x03\x04");
    }
    // Legacy formats need this program: they are refused here for the lack of it.
    let _ = attain_fuzz::read("a.xlsx", bytes);
});
