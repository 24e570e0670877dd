//! Cell addresses: what is read is written the same again.
#![no_main]

use attain::cell::{Area, column_letters, parse_address};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some((row, column)) = parse_address(data) {
        assert!(row < 1_048_576 && column < 16_384);
        let written = format!("{}{}", column_letters(column), row + 1);
        let plain: Vec<u8> = data.iter().filter(|byte| **byte != b'$').map(u8::to_ascii_uppercase).collect();
        assert_eq!(written.as_bytes(), plain);
    }
    if let Some(area) = Area::parse(data) {
        assert_eq!(Area::parse(area.to_string().as_bytes()), Some(area));
        assert!(area.n_cells() > 0 && area.contains(&area));
    }
});
