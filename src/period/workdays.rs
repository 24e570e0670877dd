//! Which days people work: Monday to Friday, less holidays, plus make-up days.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::Span;

/// The work-day table of an organisation.
#[derive(Clone, Debug, Default)]
pub struct WorkDays {
    /// Weekdays on which nobody works.
    off: BTreeSet<NaiveDate>,
    /// Weekend days on which people work (调休).
    on: BTreeSet<NaiveDate>,
    /// Years the table speaks about; empty when there is no table.
    years: BTreeSet<i32>,
}

/// One year of a holiday file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HolidayYear {
    /// Days off, as `2026-02-15..2026-02-23` or single days.
    off: Vec<String>,
    /// Weekend days worked.
    #[serde(default)]
    work: Vec<String>,
    /// Where the dates come from: those that are shipped say it.
    #[serde(default, rename = "source")]
    _source: String,
}

const CHINA: &str = include_str!("holidays/cn.toml");

impl WorkDays {
    /// Mainland China's public holidays and make-up days for the years the shipped table knows.
    pub fn china() -> Self {
        Self::from_toml(CHINA).unwrap_or_default()
    }

    /// Reads a holiday file: one table per year with `off`, `work` and `source`.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let years: BTreeMap<String, HolidayYear> = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut table = WorkDays::default();
        for (name, days) in years {
            let year: i32 = name.parse().map_err(|_| format!("`{name}` is not a year; write [2026]"))?;
            let parse = |text: &str| match text.parse::<NaiveDate>() {
                // A holiday may begin in December and end in January.
                Ok(day) if (day.year() - year).abs() <= 1 => Ok(day),
                Ok(day) => Err(format!("[{name}]: {day} is not of that year")),
                Err(_) => Err(format!("[{name}]: `{text}` is not a date; write 2026-02-15, or 2026-02-15..2026-02-23")),
            };
            table.years.insert(year);
            for range in days.off {
                let (first, last) = range.split_once("..").unwrap_or((&range, &range));
                let (first, last) = (parse(first)?, parse(last)?);
                if last < first {
                    return Err(format!("[{name}]: `{range}` ends before it begins"));
                }
                table.off.extend(first.iter_days().take_while(|day| *day <= last));
            }
            for day in days.work {
                table.on.insert(parse(&day)?);
            }
        }
        Ok(table)
    }

    /// What two tables say together.
    pub fn and(mut self, other: WorkDays) -> Self {
        self.off.extend(other.off);
        self.on.extend(other.on);
        self.years.extend(other.years);
        self
    }

    /// Adds the user's own days.
    pub fn with(mut self, off: &[NaiveDate], on: &[NaiveDate]) -> Self {
        self.off.extend(off);
        self.on.extend(on);
        self
    }

    /// Whether a holiday table was chosen but says nothing about this year.
    pub fn is_unknown_year(&self, year: i32) -> bool {
        !self.years.is_empty() && !self.years.contains(&year)
    }

    pub fn is_work_day(&self, day: NaiveDate) -> bool {
        self.on.contains(&day) || (day.weekday().num_days_from_monday() < 5 && !self.off.contains(&day))
    }

    /// Work days in a span, both ends included.
    pub fn count(&self, span: Span) -> i64 {
        let total = (span.last - span.first).num_days() + 1;
        if total <= 0 {
            return 0;
        }
        let start = i64::from(span.first.weekday().num_days_from_monday());
        let rest = total % 7;
        let extra = (start..start + rest).filter(|index| index % 7 < 5).count();
        let weekdays = total / 7 * 5 + i64::try_from(extra).unwrap_or(0);
        let is_weekday = |day: &&NaiveDate| day.weekday().num_days_from_monday() < 5;
        let range = span.first..=span.last;
        let off = self.off.range(range.clone()).filter(|day| is_weekday(day) && !self.on.contains(day)).count();
        let on = self.on.range(range).filter(|day| !is_weekday(day)).count();
        weekdays - i64::try_from(off).unwrap_or(0) + i64::try_from(on).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first: &str, last: &str) -> Span {
        Span { first: first.parse().unwrap(), last: last.parse().unwrap() }
    }

    #[test]
    fn weekdays_without_a_table() {
        let days = WorkDays::default();
        // January to March 2026: 22 + 20 + 22 weekdays.
        assert_eq!(days.count(span("2026-01-01", "2026-03-31")), 64);
        assert_eq!(days.count(span("2026-01-03", "2026-01-04")), 0);
        assert_eq!(days.count(span("2026-01-05", "2026-01-05")), 1);
    }

    #[test]
    fn chinese_holidays_and_make_up_days() {
        let days = WorkDays::china();
        // February 2026: 20 weekdays; 16–20 and 23 February off (6), 14 and 28 February worked.
        assert_eq!(days.count(span("2026-02-01", "2026-02-28")), 16);
        assert!(days.is_work_day("2026-02-28".parse().unwrap()));
        assert!(!days.is_work_day("2026-02-17".parse().unwrap()));
        assert!(days.is_unknown_year(2031) && !days.is_unknown_year(2026));
        assert!(!WorkDays::default().is_unknown_year(2031));
    }

    #[test]
    fn a_file_of_ones_own_is_checked() {
        let read = |text: &str| WorkDays::from_toml(&format!("[2026]\nsource = \"works council\"\n{text}"));
        let table = WorkDays::china().and(read("off = [\"2026-12-24..2027-01-01\"]").unwrap());
        // Thursday 24 December to Friday 1 January: seven weekdays.
        assert_eq!(table.count(span("2026-12-21", "2027-01-08")), 15 - 7);
        assert!(!table.is_work_day("2026-02-17".parse().unwrap()));
        for (text, expected) in [
            ("off = [\"24.12.2026\"]", "not a date"),
            ("off = [\"2026-12-26..2026-12-24\"]", "ends before it begins"),
            ("off = [\"2062-12-24\"]", "not of that year"),
            ("days = []", "unknown field"),
            ("", "missing field `off`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
        assert!(WorkDays::from_toml("[holidays]\nsource = \"\"\noff = []").unwrap_err().contains("not a year"));
    }

    #[test]
    fn counting_agrees_with_asking_day_by_day() {
        let days = WorkDays::china();
        for length in 0..500 {
            let first: NaiveDate = "2025-09-17".parse().unwrap();
            let last = first + chrono::Days::new(length);
            let slow = first.iter_days().take_while(|day| *day <= last).filter(|day| days.is_work_day(*day)).count();
            assert_eq!(days.count(Span { first, last }), i64::try_from(slow).unwrap());
        }
    }
}
