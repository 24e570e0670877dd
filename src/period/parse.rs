//! How people write periods, in both languages: `2026-03`, `2026年3月`, `Q1`,
//! `一季度`, `第14周`, `Jan-26`, `M01`, `FY2026 Q2`.

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

use super::{Kind, Period};

/// A period as written: complete, or lacking its year.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Written {
    Whole(Period),
    NeedsYear {
        kind: Kind,
        index: u32,
    },
    /// A day without its year, and perhaps without its month: `8月3日`, `Day 3`, `3日`.
    DayOf {
        month: Option<u32>,
        day: u32,
    },
}

/// The year and month that stand around a period: in a title, a sheet's name, a column beside it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Context {
    pub year: Option<i32>,
    pub month: Option<u32>,
}

impl Context {
    /// What this one says, and what it leaves open the other.
    pub fn or(self, other: Context) -> Context {
        match self.year {
            // A month belongs to the year beside it, not to another one.
            Some(year) => Context {
                year: Some(year),
                month: self.month.or(other.month.filter(|_| other.year.is_none_or(|o| o == year))),
            },
            None => Context { year: other.year, month: self.month.or(other.month) },
        }
    }

    /// The period that it names: a month, or a year.
    pub fn period(self) -> Option<Period> {
        match (self.year, self.month) {
            (Some(year), Some(month)) => Some(Period::month(year, month)),
            (Some(year), None) => Some(Period::year(year)),
            _ => None,
        }
    }

    /// The year and month of a period.
    pub fn of(period: Period) -> Context {
        Context { year: Some(period.year), month: (period.kind == Kind::Month).then_some(period.index) }
    }
}

impl From<Option<i32>> for Context {
    fn from(year: Option<i32>) -> Context {
        Context { year, month: None }
    }
}

impl Written {
    /// The period, taking from the context what the text does not say.
    pub fn resolve(self, context: Context) -> Option<Period> {
        match self {
            Written::Whole(period) => Some(period),
            Written::NeedsYear { kind, index } => Some(Period { kind, year: context.year?, index }),
            Written::DayOf { month, day } => {
                let month = month.or(context.month)?;
                NaiveDate::from_ymd_opt(context.year?, month, day).map(Period::day)
            }
        }
    }

    /// How long the period is.
    pub fn kind(self) -> Kind {
        match self {
            Written::Whole(period) => period.kind,
            Written::NeedsYear { kind, .. } => kind,
            Written::DayOf { .. } => Kind::Day,
        }
    }

    /// Whether the context must say the year or month.
    pub fn is_open(self) -> bool {
        !matches!(self, Written::Whole(_))
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Token {
    Digits(String),
    Letters(String),
    Han(String),
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTHS_LONG: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// Longer numerals first, so that 十二 is not read as 十 and 二.
const HAN_NUMERALS: [(&str, &str); 12] = [
    ("十二", "12"),
    ("十一", "11"),
    ("十", "10"),
    ("一", "1"),
    ("二", "2"),
    ("三", "3"),
    ("四", "4"),
    ("五", "5"),
    ("六", "6"),
    ("七", "7"),
    ("八", "8"),
    ("九", "9"),
];

/// Reads a period. Nothing when the text names none.
pub fn read_period(text: &str) -> Option<Written> {
    if !may_be_period(text) {
        return None;
    }
    let mut text: String = text.nfkc().collect::<String>().to_lowercase();
    if !text.is_ascii() {
        for (numeral, digits) in HAN_NUMERALS {
            text = text.replace(numeral, digits);
        }
    }
    let mut tokens = tokens(&text)?;
    if let Some(day) = day_of(&tokens) {
        return Some(day);
    }
    let year = take_year(&mut tokens);
    let (kind, index) = match year {
        Some(year) if tokens.is_empty() => return Some(Written::Whole(Period::year(year))),
        _ => kind_and_index(&tokens, year.is_some())?,
    };
    let largest = match kind {
        Kind::Year | Kind::Day => return None,
        Kind::Quarter => 4,
        Kind::Month => 12,
        Kind::Week => 53,
    };
    if !(1..=largest).contains(&index) {
        return None;
    }
    Some(match year {
        Some(year) => Written::Whole(Period { kind, year, index }),
        None => Written::NeedsYear { kind, index },
    })
}

/// Chinese numerals up to 99 in digits: 二十五 → 25. 两 is 2, too.
pub fn with_digits(text: &str) -> String {
    let mut plain = String::new();
    let mut run: Vec<u32> = Vec::new();
    let close = |run: &mut Vec<u32>, plain: &mut String| {
        let number = match run[..] {
            [] => return,
            [ten @ 10] => Some(ten),
            [10, ones @ ..10] => Some(10 + ones),
            [tens @ ..10, 10] => Some(10 * tens),
            [tens @ ..10, 10, ones @ ..10] => Some(10 * tens + ones),
            [ones] => Some(ones),
            // 一三五 is no number.
            _ => None,
        };
        plain.push_str(&number.map_or("?".to_string(), |number| number.to_string()));
        run.clear();
    };
    for character in text.chars() {
        let value = match character {
            '两' => Some(2),
            _ => "一二三四五六七八九十".chars().position(|numeral| numeral == character).map(|at| at + 1),
        };
        match value.and_then(|value| u32::try_from(value).ok()) {
            Some(value) => run.push(value),
            None => {
                close(&mut run, &mut plain);
                plain.push(character);
            }
        }
    }
    close(&mut run, &mut plain);
    plain
}

/// Asked of every text near a header: nearly all of them are no periods, and are told apart without being taken
/// apart. A period has a digit, a numeral, or is the name of a month.
fn may_be_period(text: &str) -> bool {
    if text.len() > 96 || text.chars().count() > 24 {
        return false;
    }
    let is_digit = |character: char| {
        character.is_ascii_digit() || matches!(character, '０'..='９') || "一二三四五六七八九十".contains(character)
    };
    if text.chars().any(is_digit) {
        return true;
    }
    let text = text.trim();
    let is_month = |name: &&str| text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(name));
    text.is_ascii() && MONTHS.iter().any(is_month)
}

/// `8月3日`, `3日`, `Day 3`, `第3天`.
fn day_of(tokens: &[Token]) -> Option<Written> {
    use Token::{Digits, Han, Letters};
    let number =
        |run: &str, most: u32| run.parse::<u32>().ok().filter(|value| run.len() <= 2 && (1..=most).contains(value));
    let is_day = |mark: &str| matches!(mark, "日" | "号" | "號" | "天");
    let (month, day) = match tokens {
        [Digits(month), Han(mark), Digits(day), Han(end)] if mark == "月" && is_day(end) => {
            (Some(number(month, 12)?), number(day, 31)?)
        }
        [Digits(month), Han(mark), Digits(day)] if mark == "月" => (Some(number(month, 12)?), number(day, 31)?),
        [Digits(day), Han(end)] if is_day(end) => (None, number(day, 31)?),
        [Han(ordinal), Digits(day), Han(end)] if ordinal == "第" && is_day(end) => (None, number(day, 31)?),
        [Letters(word), Digits(day)] if word == "day" => (None, number(day, 31)?),
        _ => return None,
    };
    Some(Written::DayOf { month, day })
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut separated = true;
    for character in text.chars() {
        match (character, tokens.last_mut()) {
            (' ' | '-' | '/' | '.' | '_' | '\'' | '\u{2019}', _) => {
                separated = true;
                continue;
            }
            ('0'..='9', Some(Token::Digits(run))) if !separated => run.push(character),
            ('0'..='9', _) => tokens.push(Token::Digits(character.to_string())),
            ('a'..='z', Some(Token::Letters(run))) if !separated => run.push(character),
            ('a'..='z', _) => tokens.push(Token::Letters(character.to_string())),
            ('\u{4e00}'..='\u{9fff}', Some(Token::Han(run))) if !separated => run.push(character),
            ('\u{4e00}'..='\u{9fff}', _) => tokens.push(Token::Han(character.to_string())),
            _ => return None,
        }
        separated = false;
    }
    (!tokens.is_empty()).then_some(tokens)
}

/// Takes the year out of the tokens, with `FY` before and 年, 年度 or 财年 after it.
fn take_year(tokens: &mut Vec<Token>) -> Option<i32> {
    let four_digits = |token: &Token| match token {
        Token::Digits(run) if run.len() == 4 => run.parse().ok().filter(|year| (1990..=2100).contains(year)),
        _ => None,
    };
    if let [Token::Digits(run)] = &tokens[..]
        && run.len() == 6
    {
        let (year, month) = (run[..4].to_string(), run[4..].to_string());
        *tokens = vec![Token::Digits(year), Token::Digits(month)];
    }
    // `2026第1季度`: the mark after a year may be glued to the next word.
    let position = tokens.iter().position(|token| four_digits(token).is_some());
    let Some(position) = position else {
        return two_digit_year(tokens);
    };
    let year = four_digits(&tokens[position])?;
    tokens.remove(position);
    if let Some(Token::Han(run)) = tokens.get(position).cloned() {
        let rest = ["财年", "年度", "年"].iter().find_map(|mark| run.strip_prefix(mark)).map(str::to_string);
        match rest.as_deref() {
            Some("") => drop(tokens.remove(position)),
            Some(rest) => tokens[position] = Token::Han(rest.to_string()),
            None => {}
        }
    }
    if position > 0 && tokens[position - 1] == Token::Letters("fy".to_string()) {
        tokens.remove(position - 1);
    }
    Some(year)
}

/// `Jan-26`, `FY26`, `26年3月`: two digits are a year only beside such a mark.
fn two_digit_year(tokens: &mut Vec<Token>) -> Option<i32> {
    let two_digits = |token: Option<&Token>| match token {
        Some(Token::Digits(run)) if run.len() == 2 => run.parse::<i32>().ok().map(|year| 2000 + year),
        _ => None,
    };
    match &tokens[..] {
        [Token::Letters(word), ..] if word == "fy" => {
            let year = two_digits(tokens.get(1))?;
            tokens.drain(..2);
            Some(year)
        }
        [Token::Letters(word), _] if month_index(word).is_some() => {
            let year = two_digits(tokens.get(1))?;
            tokens.truncate(1);
            Some(year)
        }
        // Q1'26, 2Q26, 26Q4.
        [Token::Letters(word), Token::Digits(index), Token::Digits(_)]
        | [Token::Digits(index), Token::Letters(word), Token::Digits(_)]
            if word == "q" && index.len() == 1 =>
        {
            let year = two_digits(tokens.get(2))?;
            tokens.truncate(2);
            Some(year)
        }
        [Token::Digits(_), Token::Letters(word), Token::Digits(index)] if word == "q" && index.len() == 1 => {
            let year = two_digits(tokens.first())?;
            tokens.remove(0);
            Some(year)
        }
        [Token::Digits(_), Token::Han(mark), ..] if mark == "年" => {
            let year = two_digits(tokens.first())?;
            tokens.drain(..2);
            Some(year)
        }
        _ => None,
    }
}

fn month_index(word: &str) -> Option<u32> {
    let position = MONTHS.iter().position(|month| *month == word);
    let position = position.or_else(|| MONTHS_LONG.iter().position(|month| *month == word));
    let position = position.or((word == "sept").then_some(8))?;
    u32::try_from(position + 1).ok()
}

fn kind_and_index(tokens: &[Token], has_year: bool) -> Option<(Kind, u32)> {
    use Token::{Digits, Han, Letters};
    let number = |run: &str| run.parse::<u32>().ok();
    // 第 before the number says nothing more.
    let tokens = match tokens {
        [Han(ordinal), rest @ ..] if ordinal == "第" => rest,
        _ => tokens,
    };
    match tokens {
        [Letters(word)] => Some((Kind::Month, month_index(word)?)),
        [Digits(run)] if has_year && run.len() <= 2 => Some((Kind::Month, number(run)?)),
        // 1-3月: the months of a quarter.
        [Digits(first), Digits(last), Han(mark)] if matches!(mark.as_str(), "月" | "月份") => {
            match (number(first)?, number(last)?) {
                (first, last) if last == first + 2 && first % 3 == 1 => Some((Kind::Quarter, last / 3)),
                _ => None,
            }
        }
        [Letters(word), Digits(run)] | [Digits(run), Letters(word)] => match word.as_str() {
            "q" => Some((Kind::Quarter, number(run)?)),
            "m" => Some((Kind::Month, number(run)?)),
            "w" | "wk" | "week" => Some((Kind::Week, number(run)?)),
            _ => None,
        },
        [Digits(run), Han(mark)] => match mark.as_str() {
            "季度" | "季" => Some((Kind::Quarter, number(run)?)),
            "月" | "月份" => Some((Kind::Month, number(run)?)),
            "周" | "週" => Some((Kind::Week, number(run)?)),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_as_people_write_them() {
        for (text, label) in [
            ("2026", "2026"),
            ("FY2026", "2026"),
            ("2026年度", "2026"),
            ("2026-03", "2026-03"),
            ("2026/3", "2026-03"),
            ("202603", "2026-03"),
            ("2026年3月", "2026-03"),
            ("２０２６年０３月", "2026-03"),
            ("26年3月", "2026-03"),
            ("Jan-17", "2017-01"),
            ("Sept 2026", "2026-09"),
            ("2026Q1", "2026-Q1"),
            ("Q1 2026", "2026-Q1"),
            ("1Q 2026", "2026-Q1"),
            ("FY26 Q2", "2026-Q2"),
            ("2026年第一季度", "2026-Q1"),
            ("2026年四季度", "2026-Q4"),
            ("2026-W14", "2026-W14"),
            ("2026年第14周", "2026-W14"),
            ("Q1'26", "2026-Q1"),
            ("2Q26", "2026-Q2"),
            ("26Q4", "2026-Q4"),
            ("2026年4-6月", "2026-Q2"),
        ] {
            match read_period(text) {
                Some(Written::Whole(period)) => assert_eq!(period.to_string(), label, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn periods_without_a_year_need_one() {
        for (text, kind, index) in [
            ("一季度", Kind::Quarter, 1),
            ("第3季度", Kind::Quarter, 3),
            ("Q4", Kind::Quarter, 4),
            ("十二月", Kind::Month, 12),
            ("3月份", Kind::Month, 3),
            ("M01", Kind::Month, 1),
            ("may", Kind::Month, 5),
            ("第3周", Kind::Week, 3),
        ] {
            assert_eq!(read_period(text), Some(Written::NeedsYear { kind, index }), "{text}");
        }
    }

    #[test]
    fn days_take_what_they_lack_from_the_context() {
        for (text, month, day) in [
            ("8月3日", Some(8), 3),
            ("十二月三十一日", None, 0),
            ("Day 3", None, 3),
            ("Day31", None, 31),
            ("3日", None, 3),
        ] {
            let expected = (day > 0).then_some(Written::DayOf { month, day });
            assert_eq!(read_period(text), expected, "{text}");
        }
        let march = Context { year: Some(2026), month: Some(3) };
        let resolve = |text: &str, context| {
            read_period(text).and_then(|written| written.resolve(context)).map(|period| period.to_string())
        };
        assert_eq!(resolve("Day 31", march).as_deref(), Some("2026-03-31"));
        assert_eq!(resolve("8月3日", march).as_deref(), Some("2026-08-03"));
        assert_eq!(resolve("Day 31", Context { year: Some(2026), month: Some(2) }), None);
        assert_eq!(resolve("Day 1", Context { year: Some(2026), month: None }), None);
    }

    #[test]
    fn other_texts_are_no_periods() {
        for text in ["", "5", "13月", "Q5", "2026-13", "销售额", "20260803", "total", "Jan 2026 plan", "1899", "(2026)"]
        {
            assert_eq!(read_period(text), None, "{text}");
        }
    }
}
