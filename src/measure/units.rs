//! Words for powers of ten, as cells, headers, titles and number formats write them.

use unicode_normalization::UnicodeNormalization;

/// Units after a number, longest first, with the power of ten they stand for.
pub const UNITS: [(&str, i16); 30] = [
    ("人民币", 0),
    ("百万元", 6),
    ("千万元", 7),
    ("million", 6),
    ("百万", 6),
    ("千万", 7),
    ("万元", 4),
    ("萬元", 4),
    ("亿元", 8),
    ("億元", 8),
    ("千元", 3),
    ("thousand", 3),
    ("rmb", 0),
    ("cny", 0),
    ("usd", 0),
    ("eur", 0),
    ("mn", 6),
    ("万", 4),
    ("萬", 4),
    ("亿", 8),
    ("億", 8),
    ("千", 3),
    ("元", 0),
    ("个", 0),
    ("人", 0),
    ("家", 0),
    ("台", 0),
    ("件", 0),
    ("k", 3),
    ("m", 6),
];

/// Units that only headers and titles use.
const WRITTEN_OUT: [(&str, i16); 8] = [
    ("000", 3),
    ("thousands", 3),
    ("10k", 4),
    ("万人民币", 4),
    ("millions", 6),
    ("mio", 6),
    ("000000", 6),
    ("十万元", 5),
];

pub const CURRENCIES: [&str; 10] = ["rmb", "cny", "usd", "eur", "hk$", "¥", "￥", "$", "€", "£"];

/// The power of ten of a unit in a header or title: `万元` → 4, `%` → −2, `元` → 0.
pub fn unit_power(text: &str) -> Option<i16> {
    let text = text.nfkc().collect::<String>().to_lowercase();
    let marks = ['¥', '$', '€', '£'];
    let text = text.trim().trim_start_matches(marks).trim_end_matches(marks).trim();
    if text.is_empty() {
        return Some(0);
    }
    if text == "%" {
        return Some(-2);
    }
    let text = text.strip_prefix("in ").unwrap_or(text).trim_start_matches('\'');
    if let Some((_, power)) = WRITTEN_OUT.iter().find(|(unit, _)| *unit == text) {
        return Some(*power);
    }
    let whole = CURRENCIES.iter().find_map(|currency| text.strip_prefix(currency)).unwrap_or(text).trim();
    let whole = CURRENCIES.iter().find_map(|currency| whole.strip_suffix(currency)).unwrap_or(whole).trim();
    if whole.is_empty() {
        return Some(0);
    }
    UNITS.iter().find(|(unit, _)| *unit == whole).map(|(_, power)| *power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_in_headers() {
        for (text, power) in [
            ("万元", 4),
            ("元", 0),
            ("%", -2),
            ("k", 3),
            ("USD", 0),
            ("千元", 3),
            ("亿", 8),
            ("in thousands", 3),
            ("'000", 3),
            ("10k", 4),
            ("k$", 3),
            ("$m", 6),
            ("k EUR", 3),
        ] {
            assert_eq!(unit_power(text), Some(power), "{text}");
        }
        assert_eq!(unit_power("含税"), None);
    }
}
