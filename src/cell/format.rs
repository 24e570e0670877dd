//! Number formats: what a cell shows its number as, which decides what the number is.

use crate::measure::units::unit_power;

/// How a number is meant, by its format.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum FormatKind {
    #[default]
    General,
    /// A date, or a date with a time of day.
    Date,
    /// A length of time such as `[h]:mm`: a number of days, not a date.
    Duration,
    Percent,
    Text,
    /// A time of day without a date.
    Time,
}

/// A cell's number format, as far as it says what the number is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct NumberFormat {
    pub kind: FormatKind,
    /// Power of ten of a unit that the format writes beside the stored number: 4 for `0.00"万元"`.
    /// Nothing where the format scales what it shows: `0!.0,"万"` stores the full number.
    pub unit_power: Option<i16>,
}

impl NumberFormat {
    /// The format of a built-in id (ECMA-376 part 1, 18.8.30, with the East Asian ids 27–36 and 50–58,
    /// which are dates in every edition that uses them).
    pub fn built_in(id: u32) -> Self {
        let kind = match id {
            9 | 10 => FormatKind::Percent,
            14..=17 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58 => FormatKind::Date,
            // 上午/下午 h:mm and their kin: 32–35 and 55–56.
            18..=21 | 32..=35 | 45 | 47 | 55 | 56 => FormatKind::Time,
            46 => FormatKind::Duration,
            49 => FormatKind::Text,
            _ => FormatKind::General,
        };
        NumberFormat { kind, unit_power: None }
    }

    /// Reads a format code such as `[$-804]yyyy"年"m"月";@`. Only the first section counts: it is the one
    /// for positive numbers.
    pub fn parse(code: &str) -> Self {
        let mut seen = Seen::default();
        let mut characters = code.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                ';' => break,
                '"' => seen.literal.extend(characters.by_ref().take_while(|quoted| *quoted != '"')),
                '\\' | '!' => {
                    let escaped = characters.next();
                    // A point that is only drawn moves the number to the eye, not in the cell.
                    seen.is_scaled |= escaped == Some('.');
                    seen.literal.extend(escaped);
                }
                // A blank as wide as the next character; a character to fill with.
                '_' | '*' => drop(characters.next()),
                '[' => {
                    let inner: String = characters.by_ref().take_while(|inner| *inner != ']').collect();
                    let is_elapsed =
                        |unit: char| !inner.is_empty() && inner.chars().all(|c| c.eq_ignore_ascii_case(&unit));
                    if is_elapsed('h') || is_elapsed('m') || is_elapsed('s') {
                        seen.is_duration = true;
                    } else if inner.starts_with(['<', '>', '=']) {
                        // Which section is for which number would have to be asked of each number.
                        seen.is_scaled = true;
                    } else if let Some(currency) = inner.strip_prefix('$') {
                        seen.literal.push_str(currency.split('-').next().unwrap_or(""));
                    }
                }
                '%' => seen.is_percent = true,
                '@' => seen.is_text = true,
                '0' | '#' | '?' => seen.last_digit_then_comma = false,
                ',' => seen.last_digit_then_comma = true,
                'e' | 'E' if matches!(characters.peek(), Some('+' | '-')) => drop(characters.next()),
                'G' | 'g' if code_is_general(&mut characters) => {}
                'y' | 'Y' | 'd' | 'D' | 'e' | 'E' | 'g' | 'b' | 'B' => seen.has_day = true,
                'm' | 'M' => seen.has_month_or_minute = true,
                'h' | 'H' | 's' | 'S' => seen.has_time = true,
                // AM/PM and A/P belong to a time.
                'A' | 'a' | 'P' | 'p' | '/' => {}
                other if other.is_alphabetic() => seen.literal.push(other),
                _ => {}
            }
        }
        seen.format()
    }
}

/// `General` begins with a letter that is an era in dates.
fn code_is_general(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    let is_general = rest.clone().take(6).collect::<String>().eq_ignore_ascii_case("eneral");
    if is_general {
        rest.nth(5);
    }
    is_general
}

/// What a format code has in it.
#[derive(Default)]
struct Seen {
    literal: String,
    has_day: bool,
    has_month_or_minute: bool,
    has_time: bool,
    is_duration: bool,
    is_percent: bool,
    is_text: bool,
    is_scaled: bool,
    /// A comma after the last digit divides by a thousand.
    last_digit_then_comma: bool,
}

impl Seen {
    fn format(self) -> NumberFormat {
        let kind = if self.is_duration {
            FormatKind::Duration
        } else if self.has_day || (self.has_month_or_minute && !self.has_time) {
            FormatKind::Date
        } else if self.has_time {
            FormatKind::Time
        } else if self.is_percent {
            FormatKind::Percent
        } else if self.is_text {
            FormatKind::Text
        } else {
            FormatKind::General
        };
        let is_unit = kind == FormatKind::General && !self.is_scaled && !self.last_digit_then_comma;
        let unit = self.literal.trim();
        let unit_power = if is_unit && unit.chars().any(char::is_alphabetic) {
            unit_power(unit).filter(|power| *power > 0)
        } else {
            None
        };
        NumberFormat { kind, unit_power }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_a_number_is() {
        use FormatKind::{Date, Duration, General, Percent, Text, Time};
        for (code, kind, unit_power) in [
            ("General", General, None),
            ("0.00", General, None),
            ("#,##0.00_);[Red]\\(#,##0.00\\)", General, None),
            ("_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * \"-\"??_ ;_ @_ ", General, None),
            ("0.00E+00", General, None),
            ("0%", Percent, None),
            ("0.0\"%\"", General, None),
            ("yyyy-mm-dd", Date, None),
            ("[$-804]yyyy\"年\"m\"月\"d\"日\";@", Date, None),
            ("m/d/yy h:mm", Date, None),
            ("mmm", Date, None),
            ("[$-411]ge.m.d", Date, None),
            ("h:mm AM/PM", Time, None),
            ("mm:ss.0", Time, None),
            ("[h]:mm", Duration, None),
            ("[mm]:ss", Duration, None),
            ("[Red]-#,##0.00;[h]:mm", General, None),
            ("general", General, None),
            ("[>=10000]0.00\"万元\";0.00\"元\"", General, None),
            ("#,##0\"d\";[DBNum1][$-804]General", General, None),
            ("@", Text, None),
            ("0.00\"万元\"", General, Some(4)),
            ("0.00万元", General, Some(4)),
            ("#,##0.0\\k", General, Some(3)),
            ("#,##0,\"k\"", General, None),
            ("0!.0,\"万\"", General, None),
            ("0\\.0,\"万\"", General, None),
            ("¥#,##0.00\"元\"", General, None),
            ("[$¥-804]#,##0.00", General, None),
        ] {
            assert_eq!(NumberFormat::parse(code), NumberFormat { kind, unit_power }, "{code}");
        }
    }

    #[test]
    fn east_asian_ids_are_dates() {
        for id in [14, 27, 28, 29, 30, 31, 36, 50, 57, 58] {
            assert_eq!(NumberFormat::built_in(id).kind, FormatKind::Date, "{id}");
        }
        assert_eq!(NumberFormat::built_in(10).kind, FormatKind::Percent);
        assert_eq!(NumberFormat::built_in(4).kind, FormatKind::General);
        assert_eq!(NumberFormat::built_in(46).kind, FormatKind::Duration);
    }
}
