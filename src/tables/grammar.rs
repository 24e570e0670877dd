//! What a cell may say: one strict grammar per kind of value, both languages.
//!
//! A value is read, blank, or refused with the reason; it is never guessed.

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

use crate::cell::{DAYS_TO_1904, Value, date_from_serial};
use crate::measure::Number;
use crate::measure::units::{CURRENCIES, UNITS};
use crate::problem::Kind;

use super::habits::{DecimalMark, Habits, PercentScale};

/// How a column writes its values: decided per column, from header and profile.
#[derive(Clone, Debug, Default)]
pub struct Writing {
    /// The header, for messages.
    pub field: String,
    /// Power of ten that the header's or title's unit stands for: 4 for 万元.
    pub power: i16,
    /// The cells are fractions: 0.92, 92 %, and never 92.
    pub is_fraction: bool,
    /// The cell shows its number as a percentage.
    pub is_percent: bool,
    /// How the column writes decimals, dates and rates, as far as it is known.
    pub habits: Habits,
    /// Texts that mean nothing, besides dashes.
    pub blanks: Vec<String>,
    /// Text cells are the normal thing here (delimited files).
    pub is_text: bool,
    /// Serial numbers of days count from 1904.
    pub is_1904: bool,
    /// The year of dates that do not say it.
    pub year: Option<i32>,
}

/// The order in which a text date names its parts.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    Dmy,
    Mdy,
    Ymd,
}

/// What a cell said: the value, nothing, or why it is refused.
#[derive(Debug, PartialEq)]
pub enum Said<T> {
    Value(T),
    /// A value together with something worth a remark.
    Remarked(T, Kind),
    Nothing,
    Refused(Kind),
}

/// Text as people compare it: NFKC, trimmed, inner white space and line breaks as one blank.
pub fn clean(text: &str) -> String {
    if text.is_ascii() && !text.contains("  ") && !text.contains(['\n', '\r', '\t', '\u{7f}']) {
        return text.trim().to_string();
    }
    // Most Chinese text needs nothing done: look before building.
    let is_clean = unicode_normalization::is_nfkc_quick(text.chars()) == unicode_normalization::IsNormalized::Yes
        && !text.chars().any(|character| character.is_whitespace() || is_invisible(character));
    if is_clean {
        return text.to_string();
    }
    let visible = text.nfkc().filter(|character| !is_invisible(*character));
    visible.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name as it is shown: trimmed, inner white space as one blank, without what nobody sees. Width and marks stay
/// as they are typed; names compare without them.
pub fn name(text: &str) -> String {
    let is_plain = |character: char| !character.is_whitespace() && !is_invisible(character);
    let trimmed = text.trim();
    if trimmed.chars().all(|character| character == ' ' || is_plain(character)) && !trimmed.contains("  ") {
        return trimmed.to_string();
    }
    let visible = trimmed.chars().filter(|character| !is_invisible(*character));
    visible.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
        || (character.is_control() && !character.is_whitespace())
}

/// Reads a number.
pub fn number(value: Value<'_>, writing: &Writing) -> Said<Number> {
    let field = || writing.field.clone();
    let raw = || value.display();
    match value {
        // Shown as a percentage, it is none of the amounts or counts that the column holds.
        Value::Number(_) if writing.is_percent && !writing.is_fraction => {
            Said::Refused(Kind::WrongType { field: field(), raw: raw() })
        }
        Value::Number(number) => finish(number, writing.is_percent, writing, &raw()),
        Value::Text(text) => text_number(text, writing),
        Value::Error(_) => Said::Refused(Kind::ErrorCell { field: field(), raw: raw() }),
        Value::NotCalculated => Said::Refused(Kind::NotCalculated { field: field() }),
        Value::NotFinite => Said::Refused(Kind::NotFinite { field: field(), raw: raw() }),
        Value::Date(_) | Value::Truth(_) => Said::Refused(Kind::WrongType { field: field(), raw: raw() }),
    }
}

/// Applies the column's unit and checks the scale of fractions.
fn finish(number: Number, had_percent_sign: bool, writing: &Writing, raw: &str) -> Said<Number> {
    let refused = |kind: fn(String, String) -> Kind| Said::Refused(kind(writing.field.clone(), raw.to_string()));
    if number.amount().is_none_or(|amount| amount.abs() > crate::measure::Amount::whole(1_000_000_000_000_000)) {
        return refused(|field, raw| Kind::TooManyDigits { field, raw });
    }
    if writing.is_fraction {
        if had_percent_sign {
            let limit = crate::measure::Amount::whole(1_000);
            let is_rate = number.amount().is_some_and(|amount| amount.abs() <= limit);
            return if is_rate { Said::Value(number) } else { refused(|field, raw| Kind::PercentScale { field, raw }) };
        }
        // Beyond 150 % nobody can tell 1.8 = 180 % from 1.8 %; and under a header with %, a
        // small number may be a fraction that the cell's format shows as a percentage.
        let is_small = number.amount().is_some_and(is_small_rate);
        let is_zero = number.amount().is_some_and(crate::measure::Amount::is_zero);
        return match (writing.power != 0, is_small) {
            _ if is_zero => Said::Value(number),
            _ if writing.habits.percent == PercentScale::Fraction => Said::Value(number),
            (false, _) if writing.habits.percent == PercentScale::Hundred => {
                let number = number.times_ten_to(-2);
                let used = number.text();
                Said::Remarked(
                    number,
                    Kind::PercentDecided { field: writing.field.clone(), raw: raw.to_string(), used },
                )
            }
            (true, false) => Said::Value(number.times_ten_to(writing.power)),
            (false, true) => Said::Value(number),
            _ => refused(|field, raw| Kind::PercentScale { field, raw }),
        };
    }
    Said::Value(number.times_ten_to(writing.power))
}

/// Whether a rate is one that is usually written as a fraction: up to 150 %.
pub fn is_small_rate(amount: crate::measure::Amount) -> bool {
    amount.abs() <= crate::measure::Amount::from_units(15, 1)
}

/// Whether a text has characters that nobody sees.
pub fn has_invisible(text: &str) -> bool {
    if text.is_ascii() {
        text.bytes().any(|byte| byte == 0x7f || (byte < 0x20 && !byte.is_ascii_whitespace()))
    } else {
        text.chars().any(is_invisible)
    }
}

fn text_number(raw: &str, writing: &Writing) -> Said<Number> {
    // The common case in delimited files: nothing to clean.
    let trimmed = raw.trim();
    if writing.is_text
        && writing.habits.decimal == DecimalMark::Point
        && let Some(number) = Number::from_plain(trimmed)
    {
        return finish(number, false, writing, trimmed);
    }
    let text = clean(raw).to_lowercase();
    if text.is_empty() || matches!(text.as_str(), "-" | "–" | "—" | "--" | "/") || writing.blanks.contains(&text) {
        return Said::Nothing;
    }
    if text.starts_with('#') {
        return Said::Refused(Kind::ErrorCell { field: writing.field.clone(), raw: raw.to_string() });
    }
    let not_a_number = || Said::Refused(Kind::NotANumber { field: writing.field.clone(), raw: raw.to_string() });
    let mut body = text.as_str();
    let mut negative = false;
    if let Some(inner) = body.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        (body, negative) = (inner.trim(), true);
    }
    for _ in 0..2 {
        for sign in ['-', '−'] {
            if let Some(rest) = body.strip_prefix(sign).or_else(|| body.strip_suffix(sign)) {
                if negative {
                    return not_a_number();
                }
                (body, negative) = (rest.trim(), true);
            }
        }
        if let Some(rest) = CURRENCIES.iter().find_map(|currency| body.strip_prefix(currency)) {
            body = rest.trim();
        }
    }
    body = body.strip_prefix('+').unwrap_or(body);
    let mut power = None;
    let mut percent = false;
    if let Some(rest) = body.strip_suffix('%') {
        (body, percent) = (rest.trim(), true);
    } else if let Some((unit, unit_power)) = UNITS.iter().find(|(unit, _)| body.ends_with(unit)) {
        body = body[..body.len() - unit.len()].trim();
        power = Some(*unit_power);
    }
    let plain = match plain_digits(body, writing.habits.decimal) {
        Digits::Plain(plain) => plain,
        Digits::Ambiguous(readings) => {
            let kind = Kind::AmbiguousNumber { field: writing.field.clone(), raw: raw.to_string(), readings };
            return Said::Refused(kind);
        }
        Digits::None => return not_a_number(),
    };
    let Some(mut number) = Number::from_plain(&plain) else { return not_a_number() };
    if negative {
        number = number.negated();
    }
    if percent {
        if !writing.is_fraction {
            return Said::Refused(Kind::WrongType { field: writing.field.clone(), raw: raw.to_string() });
        }
        number = number.times_ten_to(-2);
    }
    // A unit beside the number says more than the header's.
    let finished = match power.filter(|power| *power != 0) {
        Some(power) => finish(number.times_ten_to(power), percent, &Writing { power: 0, ..writing.clone() }, raw),
        None => finish(number, percent, writing, raw),
    };
    match finished {
        // In a delimited file text is all there is: a plain number needs no remark.
        Said::Value(number) if writing.is_text && power.is_none() => Said::Value(number),
        Said::Value(number) => {
            let used = number.text();
            Said::Remarked(number, Kind::TextNumber { field: writing.field.clone(), raw: raw.to_string(), used })
        }
        other => other,
    }
}

enum Digits {
    Plain(String),
    Ambiguous([String; 2]),
    None,
}

/// Takes separators out of a number, if their reading is certain.
fn plain_digits(body: &str, decimal: DecimalMark) -> Digits {
    let (group, point) = if decimal == DecimalMark::Comma { ('.', ',') } else { (',', '.') };
    if body.is_empty()
        || !body.chars().all(|character| character.is_ascii_digit() || matches!(character, ',' | '.' | ' '))
    {
        return Digits::None;
    }
    let body: String = body.chars().filter(|character| *character != ' ').collect();
    let strip = |text: &str, group: char, point: char| -> Option<String> {
        let (whole, fraction) =
            text.split_once(point).map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
        if fraction.is_some_and(|fraction| fraction.contains([group, point]) || fraction.is_empty()) {
            return None;
        }
        let groups: Vec<&str> = whole.split(group).collect();
        let grouped_well = groups.len() == 1
            || (groups[1..].iter().all(|group| group.len() == 3) && (1..=3).contains(&groups[0].len()));
        if !grouped_well || groups[0].is_empty() {
            return None;
        }
        let digits = groups.concat();
        Some(fraction.map_or(digits.clone(), |fraction| format!("{digits}.{fraction}")))
    };
    // Nothing in its column says what the point of 1.234 does.
    if decimal == DecimalMark::Unclear
        && let Some((whole, fraction)) = body.split_once('.')
        && fraction.len() == 3
        && (1..=3).contains(&whole.len())
        && whole != "0"
    {
        return Digits::Ambiguous([format!("{whole}{fraction}"), body.clone()]);
    }
    if let Some(plain) = strip(&body, group, point) {
        return Digits::Plain(plain);
    }
    // It would be a number with the separators' roles exchanged: say both readings.
    match strip(&body, point, group) {
        Some(other) => Digits::Ambiguous([body.replace(group, ""), other]),
        None => Digits::None,
    }
}

/// Reads a date.
pub fn date(value: Value<'_>, writing: &Writing) -> Said<NaiveDate> {
    let field = || writing.field.clone();
    let raw = || value.display();
    let refused = |kind: Kind| Said::Refused(kind);
    match value {
        Value::Date(day) if is_plausible(day) => Said::Value(day),
        Value::Date(_) | Value::Truth(_) => refused(Kind::NotADate { field: field(), raw: raw() }),
        Value::Number(number) => {
            let whole = number.whole().or_else(|| number.amount().map(|amount| amount.binary() as i64));
            let packed = whole.filter(|whole| (19_900_101..=21_001_231).contains(whole)).and_then(|whole| {
                let part = |part: i64| u32::try_from(part).ok();
                NaiveDate::from_ymd_opt(
                    i32::try_from(whole / 10_000).ok()?,
                    part(whole / 100 % 100)?,
                    part(whole % 100)?,
                )
            });
            let serial = whole
                .and_then(|whole| {
                    date_from_serial(if writing.is_1904 { whole.checked_add(DAYS_TO_1904)? } else { whole })
                })
                .filter(|day| is_plausible(*day));
            match packed.or(serial) {
                Some(day) => {
                    let used = day.to_string();
                    Said::Remarked(day, Kind::DateFromNumber { field: field(), raw: raw(), used })
                }
                None => refused(Kind::NotADate { field: field(), raw: raw() }),
            }
        }
        Value::Text(text) => text_date(text, writing),
        Value::Error(_) => refused(Kind::ErrorCell { field: field(), raw: raw() }),
        Value::NotCalculated => refused(Kind::NotCalculated { field: field() }),
        Value::NotFinite => refused(Kind::NotFinite { field: field(), raw: raw() }),
    }
}

/// Whether a date lies in the years that sales data can be from.
pub fn is_plausible(day: NaiveDate) -> bool {
    use chrono::Datelike;
    (1990..=2100).contains(&day.year())
}

fn text_date(raw: &str, writing: &Writing) -> Said<NaiveDate> {
    let text = if raw.is_ascii() { raw.trim().to_string() } else { clean(raw) };
    if text.is_empty() || matches!(text.as_str(), "-" | "–" | "—") {
        return Said::Nothing;
    }
    let refused = || Said::Refused(Kind::NotADate { field: writing.field.clone(), raw: raw.to_string() });
    // A time of day after the date is dropped.
    let day = text.split(['T', ' ']).next().unwrap_or(&text);
    let parts: Vec<&str> = day.split(['-', '/', '.', '年', '月', '日', '号']).filter(|part| !part.is_empty()).collect();
    let number = |part: &str| if part.len() <= 4 { part.parse::<u32>().ok() } else { None };
    let build = |year: u32, month: u32, day: u32| {
        let year = if year < 100 { year + 2000 } else { year };
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).filter(|day| is_plausible(*day))
    };
    let found = match &parts[..] {
        [packed] if packed.len() == 8 && packed.bytes().all(|byte| byte.is_ascii_digit()) => (number(&packed[..4]))
            .zip(number(&packed[4..6]))
            .zip(number(&packed[6..]))
            .and_then(|((y, m), d)| build(y, m, d)),
        [first, second, third] => {
            let (Some(a), Some(b), Some(c)) = (number(first), number(second), number(third)) else { return refused() };
            if first.len() == 4 {
                build(a, b, c)
            } else {
                match writing.habits.date_order {
                    Some(DateOrder::Ymd) => build(a, b, c),
                    Some(DateOrder::Dmy) => build(c, b, a),
                    Some(DateOrder::Mdy) => build(c, a, b),
                    None => {
                        let mut readings = vec![build(c, b, a), build(c, a, b)];
                        // With two digits the year may as well come first.
                        readings.extend((third.len() != 4).then(|| build(a, b, c)));
                        let mut readings: Vec<NaiveDate> = readings.into_iter().flatten().collect();
                        readings.dedup();
                        if let [first, second, ..] = &readings[..] {
                            return Said::Refused(Kind::AmbiguousDate {
                                field: writing.field.clone(),
                                raw: raw.to_string(),
                                readings: [first.to_string(), second.to_string()],
                            });
                        }
                        readings.first().copied()
                    }
                }
            }
        }
        // 8月3日 is of the year that stands around it.
        [month, day] if text.contains('月') => {
            let parts = number(month).zip(number(day)).zip(writing.year);
            parts.and_then(|((month, day), year)| build(u32::try_from(year).ok()?, month, day))
        }
        _ => None,
    };
    found.map_or_else(refused, Said::Value)
}

/// Which orders a text date makes sense in: day first, month first, year first with two digits. Nothing for
/// texts in which the order is plain.
pub fn orders_that_fit(text: &str) -> Option<[bool; 3]> {
    let text = text.trim();
    let mut parts = text.split(['T', ' ']).next().unwrap_or(text).split(['-', '/', '.']);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || first.len() > 2 || second.len() > 2 || !matches!(third.len(), 2 | 4) {
        return None;
    }
    let number = |part: &str| part.parse::<u32>().ok();
    let (first, second, last) = (number(first)?, number(second)?, number(third)?);
    let year = |year: u32| i32::try_from(if year < 100 { year + 2000 } else { year }).unwrap_or(0);
    let exists = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).is_some_and(is_plausible);
    Some([
        exists(year(last), second, first),
        exists(year(last), first, second),
        third.len() == 2 && exists(year(first), second, last),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, writing: &Writing) -> String {
        match number(Value::Text(text), writing) {
            Said::Value(number) => number.text(),
            Said::Remarked(number, kind) => format!("{} {}", number.text(), kind.code()),
            Said::Nothing => "blank".to_string(),
            Said::Refused(kind) => kind.code().to_string(),
        }
    }

    #[test]
    fn numbers_as_people_type_them() {
        let writing = Writing::default();
        for (text, expected) in [
            ("1,234.50元", "1234.5 W401"),
            ("￥1,234", "1234 W401"),
            ("(1,234)", "-1234 W401"),
            ("1234-", "-1234 W401"),
            ("-¥5", "-5 W401"),
            ("１２３", "123 W401"),
            ("2000万", "20000000 W401"),
            ("1.5亿元", "150000000 W401"),
            ("3k", "3000 W401"),
            ("12 000", "12000 W401"),
            (" ", "blank"),
            ("—", "blank"),
            ("十二万左右", "E402"),
            ("约200万", "E402"),
            ("12abc", "E402"),
            ("--5", "E402"),
            ("(-5)", "E402"),
            ("1.2.3", "E402"),
            ("1.234,56", "E403"),
            ("12,5", "E403"),
            ("#N/A", "E404"),
            ("85%", "E418"),
        ] {
            assert_eq!(written(text, &writing), expected, "{text}");
        }
    }

    #[test]
    fn a_column_decides_unit_and_decimal_mark() {
        let ten_thousands = Writing { power: 4, ..Writing::default() };
        assert_eq!(written("12.5", &ten_thousands), "125000 W401");
        assert_eq!(written("12.5万", &ten_thousands), "125000 W401");
        let habit = |decimal| Writing { habits: Habits { decimal, ..Habits::default() }, ..Writing::default() };
        assert_eq!(written("1.234,56", &habit(DecimalMark::Comma)), "1234.56 W401");
        assert_eq!(written("1.234", &habit(DecimalMark::Unclear)), "E403");
        assert_eq!(written("12.5", &habit(DecimalMark::Unclear)), "12.5 W401");
        let delimited = Writing { is_text: true, ..Writing::default() };
        assert_eq!(written("1234.56", &delimited), "1234.56");
    }

    #[test]
    fn fractions_are_never_a_hundred_times_too_large() {
        let fraction = Writing { is_fraction: true, is_text: true, ..Writing::default() };
        for (text, expected) in [("85%", "0.85"), ("0.85", "0.85"), ("120%", "1.2"), ("85", "E407"), ("1.5", "1.5")] {
            assert_eq!(written(text, &fraction), expected, "{text}");
        }
        let percent = Writing { power: -2, ..fraction };
        assert_eq!(written("85", &percent), "0.85");
        assert_eq!(written("0", &percent), "0");
        assert_eq!(written("0.85", &percent), "E407");
    }

    #[test]
    fn dates_as_people_type_them() {
        let read = |text: &str, order| {
            let habits = Habits { date_order: order, ..Habits::default() };
            let writing = Writing { habits, ..Writing::default() };
            match date(Value::Text(text), &writing) {
                Said::Value(day) | Said::Remarked(day, _) => day.to_string(),
                Said::Nothing => "blank".to_string(),
                Said::Refused(kind) => kind.code().to_string(),
            }
        };
        for (text, expected) in [
            ("2026-08-03", "2026-08-03"),
            ("2026/8/3", "2026-08-03"),
            ("2026.8.3", "2026-08-03"),
            ("2026年8月3日", "2026-08-03"),
            ("20260803", "2026-08-03"),
            ("2026-08-03T09:30:00", "2026-08-03"),
            ("2026-08-03 09:30", "2026-08-03"),
            ("25/12/2026", "2026-12-25"),
            ("03/03/2026", "2026-03-03"),
            ("03/08/2026", "E409"),
            ("20-10-16", "E409"),
            ("1/13/02", "2002-01-13"),
            ("2026-02-30", "E410"),
            ("0206-01-01", "E410"),
            ("soon", "E410"),
        ] {
            assert_eq!(read(text, None), expected, "{text}");
        }
        assert_eq!(read("03/08/2026", Some(DateOrder::Dmy)), "2026-08-03");
        assert_eq!(read("01-03-17", Some(DateOrder::Dmy)), "2017-03-01");
    }

    #[test]
    fn serials_are_dates_only_where_a_date_is_expected() {
        let serial = Value::Number(Number::new(45_292, 0));
        let Said::Remarked(day, kind) = date(serial, &Writing::default()) else { panic!() };
        assert_eq!((day.to_string().as_str(), kind.code()), ("2024-01-01", "W408"));
    }
}
