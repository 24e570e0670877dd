//! Numbers: the digits of a text give what the binary number gives, at fifteen digits.
#![no_main]

use attain::measure::{Number, Stored};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = Number::from_plain(text);
    match (Number::from_stored(text), text.parse::<f64>()) {
        (Stored::Finite(number), Ok(binary)) => {
            // A binary number has at most seventeen digits of its own: a longer text may say more than it.
            let digits = text.split(['e', 'E']).next().unwrap_or("").bytes().filter(u8::is_ascii_digit).count();
            // Below the smallest normal number it has fewer than fifteen.
            if digits <= 17 && (binary == 0.0 || binary.abs() > 1e-290) {
                let expected = Number::from_binary(binary).unwrap();
                let is_zero = number.parts().0 == 0 || binary == 0.0;
                assert!(number == expected || is_zero, "{text}: {number:?} {expected:?}");
            }
            let _ = number.amount();
            for scale in 0..=6 {
                let _ = number.at_scale(scale);
            }
        }
        (Stored::NotANumber, Ok(_)) => panic!("{text} is a number"),
        (Stored::Finite(_), Err(_)) => panic!("{text} is no number"),
        _ => {}
    }
});
