//! What names of files and sheets say: the period of the data, and which revision it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

use crate::cell::CellRef;
use crate::period::{Calendar, Period, Span};
use crate::problem::{Kind, Problem};
use crate::tables::actuals::{Chunk, UNDATED};

use super::super::roster::key;
use super::{Joined, sum};

pub fn find(joined: &Joined<'_>, problems: &mut Vec<Problem>) {
    periods(joined, problems);
    revisions(joined, problems);
}

/// Years between data and the period that its name names, beyond which the name names none.
const FURTHEST: i32 = 3;

/// A period that a name names; of a week without a year any year's will do.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Named {
    written: String,
    /// The days it may mean, given the days that the data covers.
    meaning: Meaning,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Meaning {
    Period(Period),
    /// The fiscal year of this name, or the calendar's: names do not say which.
    Year(i32),
    WeekOfAnyYear(u32),
}

impl Named {
    fn spans(&self, calendar: &Calendar, covered: Span) -> Vec<Span> {
        match self.meaning {
            Meaning::Period(period) => vec![calendar.span(period)],
            Meaning::Year(year) => {
                let days = |first: (u32, u32), last: (u32, u32)| {
                    let first = NaiveDate::from_ymd_opt(year, first.0, first.1)?;
                    Some(Span { first, last: NaiveDate::from_ymd_opt(year, last.0, last.1)? })
                };
                [Some(calendar.span(Period::year(year))), days((1, 1), (12, 31))].into_iter().flatten().collect()
            }
            Meaning::WeekOfAnyYear(week) => (covered.first.year() - 1..=covered.last.year() + 1)
                .map(|year| Period::week(year, week))
                .filter(|period| calendar.exists(*period))
                .map(|period| calendar.span(period))
                .collect(),
        }
    }
}

/// A sheet, a file's sheets, or a funnel's rows, by their days.
fn covered(chunks: &[&Chunk]) -> Option<Span> {
    let dated = || {
        chunks
            .iter()
            .flat_map(|chunk| chunk.first_day.iter().zip(&chunk.last_day))
            .filter(|(first, _)| **first != UNDATED)
    };
    let day = NaiveDate::from_num_days_from_ce_opt;
    let first = dated().map(|(first, _)| *first).min()?;
    let last = dated().map(|(_, last)| *last).max()?;
    Some(Span { first: day(first)?, last: day(last)? })
}

fn has_any_day(chunks: &[&Chunk], span: Span) -> bool {
    let (from, to) = (span.first.num_days_from_ce(), span.last.num_days_from_ce());
    let overlaps = |chunk: &&Chunk| {
        chunk
            .first_day
            .iter()
            .zip(&chunk.last_day)
            .any(|(first, last)| *first != UNDATED && *first <= to && from <= *last)
    };
    chunks.iter().any(overlaps)
}

/// Actuals of which no day lies in the period that their file or sheet is named after.
fn periods(joined: &Joined<'_>, problems: &mut Vec<Problem>) {
    let mut by_file: BTreeMap<&Arc<str>, Vec<&Chunk>> = BTreeMap::new();
    for chunk in joined.chunks {
        by_file.entry(&chunk.place.file).or_default().push(chunk);
    }
    for (file, chunks) in by_file {
        let stem = stem(file);
        if note(joined, &stem, &chunks, CellRef::file(file), problems) {
            continue;
        }
        for chunk in chunks {
            note(joined, &chunk.place.sheet, &[chunk], chunk.place.clone(), problems);
        }
    }
}

/// Whether something was noted.
fn note(joined: &Joined<'_>, name: &str, chunks: &[&Chunk], at: CellRef, problems: &mut Vec<Problem>) -> bool {
    let named = named_periods(name, joined.calendar);
    if named.is_empty() {
        return false;
    }
    let Some(days) = covered(chunks) else { return false };
    let mut spans: Vec<Span> = named.iter().flat_map(|named| named.spans(joined.calendar, days)).collect();
    // From the first period that is named to the last: what lies between them is meant, too.
    if named.len() > 1 {
        let hull = spans.iter().copied().reduce(|a, b| Span { first: a.first.min(b.first), last: a.last.max(b.last) });
        spans = hull.into_iter().collect();
    }
    // A number far from the data's years is a number.
    let is_near = |span: &Span| {
        let years = (span.first.year() - days.last.year()).max(days.first.year() - span.last.year());
        years <= FURTHEST
    };
    if spans.iter().any(|span| has_any_day(chunks, *span)) || !spans.iter().all(is_near) {
        return false;
    }
    let amounts = chunks.iter().map(|chunk| sum(chunk, 0..chunk.n_rows()));
    let amount = amounts.reduce(|a, b| a.zip(b).map(|(a, b)| a + b)).flatten();
    let written: Vec<&str> = named.iter().map(|named| named.written.as_str()).collect();
    let kind = Kind::PeriodNamed {
        name: name.to_string(),
        period: written.join(", "),
        first: days.first.to_string(),
        last: days.last.to_string(),
    };
    problems.push(Problem::new(at, kind).worth(amount));
    true
}

/// A file's name without its folder and ending.
fn stem(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_string()
}

/// Periods written with their year, and weeks: `2026-01`, `202601`, `2026年1月`, `2026-Q1`, `2026-W05`, `W05`,
/// `第5周`, `2026`, `FY26`. A day names the day of an export, not a period; what a range covers is not guessed.
fn named_periods(name: &str, calendar: &Calendar) -> Vec<Named> {
    let text: Vec<char> = name.to_lowercase().chars().collect();
    let mut found: Vec<Named> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let is_word_start = at == 0 || !text[at - 1].is_ascii_alphanumeric();
        let n_digits = digits(&text, at);
        let (length, meaning) = if n_digits > 0 {
            let year = i32::try_from(number(&text, at, n_digits.min(4))).unwrap_or(0);
            let is_year = (1990..=2100).contains(&year);
            match n_digits {
                4 if is_year && is_word_start => match after_year(&text, at + 4, year) {
                    Some((end, meaning)) => (end - at, Some(meaning)),
                    None => break,
                },
                6 if is_year => {
                    let period = Period::month(year, number(&text, at + 4, 2));
                    (6, calendar.exists(period).then_some(Meaning::Period(period)))
                }
                // Eight digits are a day; others are numbers.
                _ => (n_digits, None),
            }
        } else if is_word_start && text[at..].starts_with(&['f', 'y']) {
            let year = |length: usize| i32::try_from(number(&text, at + 2, length)).unwrap_or(0);
            match digits(&text, at + 2) {
                2 => (4, Some(Meaning::Year(2000 + year(2)))),
                4 => (6, Some(Meaning::Year(year(4)))),
                _ => (2, None),
            }
        } else if let Some((end, week)) = week(&text, at).filter(|_| is_word_start || text[at] == '第') {
            (end - at, Some(Meaning::WeekOfAnyYear(week)))
        } else {
            (1, None)
        };
        if let Some(meaning) = meaning {
            let end = (at + length).min(text.len());
            if is_range(&text, end) {
                return Vec::new();
            }
            let written: String = name.chars().skip(at).take(end - at).collect();
            let written = written.trim_end_matches(['-', '_', ' ', '.']).to_string();
            if !found.iter().any(|named| named.meaning == meaning) {
                found.push(Named { written, meaning });
            }
        }
        at += length.max(1);
    }
    // Of several weeks without a year nobody knows which.
    let is_open = |named: &Named| matches!(named.meaning, Meaning::WeekOfAnyYear(_));
    if found.len() > 1 && found.iter().any(is_open) { Vec::new() } else { found }
}

/// How many digits stand from here on.
fn digits(text: &[char], from: usize) -> usize {
    text[from.min(text.len())..].iter().take_while(|character| character.is_ascii_digit()).count()
}

fn number(text: &[char], from: usize, length: usize) -> u32 {
    let digits: String = text.get(from..from + length).unwrap_or(&[]).iter().collect();
    digits.parse().unwrap_or(0)
}

/// Whether something follows that makes a day or a range of a period: `-31`, `至3月`, ` - Q3`.
fn is_range(text: &[char], from: usize) -> bool {
    let blanks = |from: usize| text[from.min(text.len())..].iter().take_while(|character| **character == ' ').count();
    let mark = from + blanks(from);
    let is_mark = |character: &char| matches!(character, '-' | '_' | '.' | '/' | '~' | '–' | '—' | '至' | '到');
    let next = mark + 1 + blanks(mark + 1);
    text.get(mark).is_some_and(is_mark)
        && text.get(next).is_some_and(|character| {
            matches!(character, 'q' | 'w' | '第') && digits(text, next + 1) > 0 || character.is_ascii_digit()
        })
}

/// What follows a year: a quarter, a week, a month, or nothing. Nothing at all where it is a day or something
/// that is not understood.
fn after_year(text: &[char], from: usize, year: i32) -> Option<(usize, Meaning)> {
    let is_separator = |character: &char| matches!(character, '-' | '_' | ' ' | '.' | '/' | '年');
    let at = from + text[from..].iter().take_while(|character| is_separator(character)).count();
    if let Some((end, week)) = week(text, at) {
        return Some((end, Meaning::Period(Period::week(year, week))));
    }
    if text.get(at) == Some(&'q') && digits(text, at + 1) == 1 && (1..=4).contains(&number(text, at + 1, 1)) {
        return Some((at + 2, Meaning::Period(Period::quarter(year, number(text, at + 1, 1)))));
    }
    let ordinal = if text.get(at) == Some(&'第') { at + 1 } else { at };
    if let (Some(mark), Some('季')) = (text.get(ordinal), text.get(ordinal + 1)) {
        let index = ["1234", "一二三四"].iter().find_map(|marks| marks.chars().position(|known| known == *mark))?;
        let quarter = u32::try_from(index + 1).unwrap_or(1);
        let end = ordinal + 2 + usize::from(text.get(ordinal + 2) == Some(&'度'));
        return Some((end, Meaning::Period(Period::quarter(year, quarter))));
    }
    let n_digits = digits(text, at);
    if at > from && matches!(n_digits, 1 | 2) && (1..=12).contains(&number(text, at, n_digits)) {
        let end = at + n_digits;
        let is_marked = text.get(end) == Some(&'月');
        let next = end + usize::from(is_marked);
        // `2026-03-31`, `2026年3月31日`; `2026-1 (2)` and `2026-03 v2` are months.
        let is_day = is_marked && digits(text, next) > 0;
        let month = Meaning::Period(Period::month(year, number(text, at, n_digits)));
        return (!is_day && !is_range(text, next)).then_some((next, month));
    }
    // Halves, ranges of years and whatever else is written here mean something that is not understood.
    let is_open = text.get(at).is_none_or(|next| !next.is_ascii_digit() && !matches!(next, 'h' | '上' | '下'));
    is_open.then_some((from, Meaning::Year(year)))
}

/// `W05`, `W5`, `第5周`.
fn week(text: &[char], at: usize) -> Option<(usize, u32)> {
    let mark = text.get(at)?;
    let n_digits = digits(text, at + 1);
    if !matches!(n_digits, 1 | 2) {
        return None;
    }
    let end = at + 1 + n_digits;
    let week = number(text, at + 1, n_digits);
    let is_week = match mark {
        'w' => !text.get(end).is_some_and(char::is_ascii_alphabetic),
        '第' => text.get(end) == Some(&'周'),
        _ => false,
    };
    let end = if *mark == '第' { end + 1 } else { end };
    (is_week && (1..=53).contains(&week)).then_some((end, week))
}

/// Words that mark a revision of a file, longer ones first; `true` says that it is the newer one.
const MARKS: [(&str, bool); 18] = [
    ("最终修订版", true),
    ("最终版", true),
    ("修订版", true),
    ("更新版", true),
    ("最新版", true),
    ("终版", true),
    ("终稿", true),
    ("定稿", true),
    ("最终", true),
    ("修订", true),
    ("最新", true),
    ("副本", false),
    ("复件", false),
    ("revised", true),
    ("final", true),
    ("copy of", false),
    ("copy", false),
    ("rev", true),
];

/// A name without its marks of revision, and how new they say it is.
#[derive(Debug, Eq, PartialEq)]
struct Revision {
    base: String,
    /// Version number, or the number of a download: `v2`, `(2)`, `rev 3`.
    number: u32,
    is_final: bool,
    is_copy: bool,
}

fn revision(file: &str) -> Revision {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let mut base = stem.to_lowercase().replace(['(', '('], " (").replace([')', ')'], ") ");
    let mut revision = Revision { base: String::new(), number: 0, is_final: false, is_copy: false };
    for (mark, is_newer) in MARKS {
        while let Some(at) = position_of(&base, mark) {
            base.replace_range(at..at + mark.len(), " ");
            revision.is_final |= is_newer;
            revision.is_copy |= !is_newer;
        }
    }
    let mut words: Vec<&str> = Vec::new();
    for word in base.split([' ', '_', '-']).filter(|word| !word.is_empty() && *word != "()") {
        let digits = word.trim_start_matches('v').trim_start_matches('(').trim_end_matches(')');
        let is_marked = word.starts_with('v') || (word.starts_with('(') && word.ends_with(')'));
        match digits.split('.').next().and_then(|digits| digits.parse::<u32>().ok()) {
            Some(number) if is_marked && digits.len() <= 4 => revision.number = revision.number.max(number),
            _ => words.push(word),
        }
    }
    revision.base = words.join(" ");
    revision
}

/// Where a mark stands as a word of its own; Chinese marks need no borders.
fn position_of(text: &str, mark: &str) -> Option<usize> {
    let is_border = |character: Option<char>| character.is_none_or(|character| !character.is_ascii_alphanumeric());
    text.match_indices(mark).map(|(at, _)| at).find(|at| {
        let (before, after) = (text[..*at].chars().next_back(), text[at + mark.len()..].chars().next());
        // `rev2`, `rev 2`: alone it may stand for revenue.
        let number = text[at + mark.len()..].trim_start().chars().next();
        let is_whole = if mark == "rev" { number.is_some_and(|next| next.is_ascii_digit()) } else { is_border(after) };
        !mark.is_ascii() || (is_border(before) && is_whole)
    })
}

/// What a file gives: whom it is about and which days.
#[derive(Default)]
struct Gives {
    units: BTreeSet<String>,
    span: Option<Span>,
}

impl Gives {
    fn add(&mut self, unit: Option<&str>, span: Option<Span>) {
        self.units.extend(unit.map(key));
        self.span = match (self.span, span) {
            (Some(a), Some(b)) => Some(Span { first: a.first.min(b.first), last: a.last.max(b.last) }),
            (a, b) => a.or(b),
        };
    }

    /// Whether both are about some of the same units in some of the same days; without units, about the company.
    fn meets(&self, other: &Gives) -> bool {
        let same_units = (self.units.is_empty() && other.units.is_empty()) || !self.units.is_disjoint(&other.units);
        let same_days = match (self.span, other.span) {
            (Some(a), Some(b)) => a.overlap(&b).is_some(),
            (None, None) => true,
            _ => false,
        };
        same_units && same_days
    }
}

/// Files whose names differ only in marks of revision, and that give the same table for the same units and days.
fn revisions(joined: &Joined<'_>, problems: &mut Vec<Problem>) {
    let mut given: BTreeMap<(&'static str, &Arc<str>), Gives> = BTreeMap::new();
    for row in joined.targets {
        let names = [&row.unit.person_id, &row.unit.person, &row.unit.team, &row.unit.region, &row.unit.unit];
        let unit = names.into_iter().flatten().next().map(String::as_str);
        given.entry(("targets", &row.at.file)).or_default().add(unit, Some(joined.calendar.span(row.period)));
    }
    for row in joined.team {
        let person = row.person_id.as_deref().or(row.person.as_deref());
        given.entry(("team", &row.at.file)).or_default().add(person, None);
    }
    for chunk in joined.chunks {
        let gives = given.entry(("actuals", &chunk.place.file)).or_default();
        gives.add(None, covered(&[chunk]));
        for person in &chunk.people.values {
            gives.add(person.id.as_deref().or(person.name.as_deref()), None);
        }
    }
    for row in joined.funnel {
        let names = [&row.unit.person_id, &row.unit.person, &row.unit.team, &row.unit.region, &row.unit.unit];
        let unit = names.into_iter().flatten().next().map(String::as_str);
        given.entry(("funnel", &row.at.file)).or_default().add(unit, Some(row.span));
    }
    type Table = &'static str;
    type File<'a> = (&'a Arc<str>, Revision, Gives);
    let mut by_base: BTreeMap<(Table, String), Vec<File<'_>>> = BTreeMap::new();
    for ((table, file), gives) in given {
        let revision = revision(file);
        by_base.entry((table, revision.base.clone())).or_default().push((file, revision, gives));
    }
    for ((table, base), mut files) in by_base {
        if base.is_empty() || files.len() < 2 {
            continue;
        }
        let rank = |revision: &Revision| (revision.number, revision.is_final, !revision.is_copy);
        files.sort_by(|a, b| rank(&a.1).cmp(&rank(&b.1)).then(a.0.cmp(b.0)));
        for two in files.windows(2) {
            let [(older, old, gave), (newer, new, gives)] = two else { continue };
            let is_marked = |revision: &Revision| revision.number > 0 || revision.is_final || revision.is_copy;
            if !(is_marked(old) || is_marked(new)) || !gives.meets(gave) {
                continue;
            }
            let is_newer = (new.number, new.is_final) > (old.number, old.is_final);
            let relation = if is_newer { "newer" } else { "unclear" };
            let table = crate::tables::table(table).map_or("actuals", |table| table.key);
            let kind = Kind::Revision { relation, table, other: older.to_string() };
            problems.push(Problem::new(CellRef::file(newer), kind));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_named(name: &str, expected: &[&str]) {
        let found = named_periods(name, &Calendar::default());
        let written: Vec<String> = found
            .iter()
            .map(|named| match named.meaning {
                Meaning::Period(period) => period.to_string(),
                Meaning::Year(year) => year.to_string(),
                Meaning::WeekOfAnyYear(week) => format!("W{week:02}"),
            })
            .collect();
        assert_eq!(written, expected, "{name}");
    }

    #[test]
    fn periods_in_names() {
        assert_named("actuals 2026-01", &["2026-01"]);
        assert_named("ResellerSales_202006", &["2020-06"]);
        assert_named("华东2026年1月实际", &["2026-01"]);
        assert_named("actuals 2026-W01", &["2026-W01"]);
        assert_named("sales W05", &["W05"]);
        assert_named("第5周周报", &["W05"]);
        assert_named("FY26 sales", &["2026"]);
        assert_named("actuals 2025-Q1", &["2025-Q1"]);
        assert_named("2026年第一季度", &["2026-Q1"]);
        assert_named("2026年度销售", &["2026"]);
        assert_named("sales 2026-01 and 2026-02", &["2026-01", "2026-02"]);
    }

    #[test]
    fn days_numbers_and_words_are_no_periods() {
        for name in [
            "export 2026-03-31",
            "20260331",
            "2026年3月31日导出",
            "order 12345",
            "Windows",
            "v2",
            "W",
            "2026H1",
            "SW05a",
            "A2034",
            "2026-01~03",
            "2026-01 - 03",
            "2026年1月至3月",
            "2026年1-3月",
            "202601-202603",
            "2026 Q1-Q3",
            "W05-W08",
            "FY25-26",
            "2025-2026",
        ] {
            assert_named(name, &[]);
        }
    }

    #[test]
    fn marks_of_revision() {
        for (file, base, number, is_final) in [
            ("targets.xlsx", "targets", 0, false),
            ("targets v2.xlsx", "targets", 2, false),
            ("targets(2).xlsx", "targets", 2, false),
            ("targets_final.csv", "targets", 0, true),
            ("销售目标最终版(2).xlsx", "销售目标", 2, true),
            ("销售目标.xlsx", "销售目标", 0, false),
            ("销售目标 - 副本.xlsx", "销售目标", 0, false),
            ("renewals 2026.xlsx", "renewals 2026", 0, false),
            ("sales rev.xlsx", "sales rev", 0, false),
            ("new customers.xlsx", "new customers", 0, false),
        ] {
            let revision = revision(file);
            assert_eq!(
                (revision.base.as_str(), revision.number, revision.is_final),
                (base, number, is_final),
                "{file}"
            );
        }
    }
}
