//! Delimited text: any bytes are read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = attain_fuzz::read("a.csv", data.to_vec());
});
