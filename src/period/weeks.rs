//! Fiscal years of whole weeks (4-4-5 and the like), and the month of a week that lies in two.
//!
//! The months of such a year keep the names of the calendar's: in a retail year from February, `2026-03` is the
//! month called March, the second one of the year, and begins with a week instead of on the 1st.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Calendar, Kind, Period, Span};

/// What the months of the fiscal year are made of.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
pub enum Pattern {
    /// Calendar months.
    #[default]
    #[serde(rename = "months")]
    Months,
    /// Quarters of 13 weeks, divided so.
    #[serde(rename = "4-4-5")]
    FourFourFive,
    #[serde(rename = "4-5-4")]
    FourFiveFour,
    #[serde(rename = "5-4-4")]
    FiveFourFour,
}

/// On which day a year of weeks begins, seen from the first day of its first month.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum YearStart {
    /// The week start nearest to it, as in the retail calendar and in ISO 8601.
    #[default]
    Nearest,
    /// The first one on or after it.
    First,
    /// The last one on or before it.
    Last,
}

/// Where the figures of a week that lies in two months belong.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum WeekRule {
    /// In both, by their work days.
    #[default]
    WorkDays,
    /// In the month of its Thursday.
    IsoThursday,
    /// In the month of its Monday.
    Monday,
}

impl Pattern {
    /// The name in settings.
    pub fn key(self) -> &'static str {
        match self {
            Pattern::Months => "months",
            Pattern::FourFourFive => "4-4-5",
            Pattern::FourFiveFour => "4-5-4",
            Pattern::FiveFourFour => "5-4-4",
        }
    }

    /// Weeks of the year before each of a quarter's months; nothing for calendar months.
    fn weeks_before(self) -> Option<[u64; 3]> {
        match self {
            Pattern::Months => None,
            Pattern::FourFourFive => Some([0, 4, 8]),
            Pattern::FourFiveFour => Some([0, 4, 9]),
            Pattern::FiveFourFour => Some([0, 5, 9]),
        }
    }
}

impl YearStart {
    pub fn key(self) -> &'static str {
        match self {
            YearStart::Nearest => "nearest",
            YearStart::First => "first",
            YearStart::Last => "last",
        }
    }
}

impl WeekRule {
    pub fn key(self) -> &'static str {
        match self {
            WeekRule::WorkDays => "work_days",
            WeekRule::IsoThursday => "iso_thursday",
            WeekRule::Monday => "monday",
        }
    }

    fn weekday(self) -> Option<Weekday> {
        match self {
            WeekRule::WorkDays => None,
            WeekRule::IsoThursday => Some(Weekday::Thu),
            WeekRule::Monday => Some(Weekday::Mon),
        }
    }
}

/// The first such weekday on or after a day.
fn on_or_after(day: NaiveDate, weekday: Weekday) -> Option<NaiveDate> {
    day.checked_add_days(Days::new(u64::from(weekday.days_since(day.weekday()))))
}

impl Calendar {
    /// Whether the fiscal year is made of whole weeks.
    pub fn has_weeks(&self) -> bool {
        self.pattern != Pattern::Months
    }

    /// Whether years, and with them quarters, are other ones than the calendar's.
    pub fn is_fiscal(&self) -> bool {
        self.first_month != 1 || self.has_weeks()
    }

    /// The first day of the week that a day lies in.
    fn week_start_of(&self, day: NaiveDate) -> Option<NaiveDate> {
        day.checked_sub_days(Days::new(u64::from(day.weekday().days_since(self.week_start))))
    }

    /// First day of the year of weeks whose first month is that of this calendar year.
    fn year_of_weeks(&self, year: i32) -> Option<NaiveDate> {
        let first = NaiveDate::from_ymd_opt(year, self.first_month, 1)?;
        let around = match self.year_start {
            // Three days before to three days after.
            YearStart::Nearest => first.checked_add_days(Days::new(3))?,
            YearStart::First => first.checked_add_days(Days::new(6))?,
            YearStart::Last => first,
        };
        self.week_start_of(around)
    }

    /// First day of a month. The week beyond 52 that some years have is in the last month.
    pub(super) fn month_start(&self, year: i32, month: u32) -> Option<NaiveDate> {
        let Some(weeks_before) = self.pattern.weeks_before() else { return NaiveDate::from_ymd_opt(year, month, 1) };
        let first_year = if month >= self.first_month { year } else { year - 1 };
        let months_in = (month + 12 - self.first_month) % 12;
        let weeks = 13 * u64::from(months_in / 3) + weeks_before[(months_in % 3) as usize];
        self.year_of_weeks(first_year)?.checked_add_days(Days::new(7 * weeks))
    }

    /// Year and number of the month that a day lies in.
    pub(super) fn month_of(&self, day: NaiveDate) -> (i32, u32) {
        let Some(weeks_before) = self.pattern.weeks_before() else { return (day.year(), day.month()) };
        let mut starts = (day.year() - 1..=day.year() + 1).rev().map(|year| (year, self.year_of_weeks(year)));
        let found = starts.find_map(|(year, start)| start.filter(|start| *start <= day).map(|start| (year, start)));
        let Some((year, start)) = found else { return (day.year(), day.month()) };
        let week = u64::try_from((day - start).num_days() / 7).unwrap_or(0).min(51);
        let in_quarter = weeks_before.iter().rposition(|before| *before <= week % 13).unwrap_or(0);
        let months_in = u32::try_from(week / 13 * 3).unwrap_or(0) + u32::try_from(in_quarter).unwrap_or(0);
        let month = self.first_month + months_in;
        if month > 12 { (year + 1, month - 12) } else { (year, month) }
    }

    /// First day of week 1: of the fiscal year if it is made of weeks; else week 1 is the one that has most of its
    /// days in the calendar year, as in ISO 8601 and, for weeks from Sunday, in the weeks of epidemiology (MMWR).
    pub(super) fn first_week(&self, year: i32) -> Option<NaiveDate> {
        if self.has_weeks() {
            let starts_before = self.first_month > 1 && self.named_by_end;
            return self.year_of_weeks(if starts_before { year - 1 } else { year });
        }
        self.week_start_of(NaiveDate::from_ymd_opt(year, 1, 4)?)
    }

    /// The week that a day lies in.
    pub(super) fn week_of(&self, day: NaiveDate) -> Period {
        let mut years = (day.year() - 1..=day.year() + 2).rev();
        let found =
            years.find_map(|year| self.first_week(year).filter(|first| *first <= day).map(|first| (year, first)));
        let (year, first) = found.unwrap_or((day.year(), day));
        Period::week(year, u32::try_from((day - first).num_days() / 7).unwrap_or(0) + 1)
    }

    /// The month that a week's figures belong to as a whole; nothing where they are divided, or for other spans.
    pub fn month_of_week(&self, span: Span) -> Option<Period> {
        let weekday = self.weeks.weekday().filter(|_| (span.last - span.first).num_days() == 6)?;
        Some(self.containing(Kind::Month, on_or_after(span.first, weekday)?))
    }

    /// The days whose week figures make up a month: its own, or those of the weeks that belong to it as a whole.
    pub fn span_of_weeks(&self, month: Period) -> Span {
        let span = self.span(month);
        let Some(weekday) = self.weeks.weekday() else { return span };
        let last = span.last.checked_sub_days(Days::new(6)).and_then(|day| on_or_after(day, weekday));
        let weeks = on_or_after(span.first, weekday).zip(last).and_then(|(first, last)| {
            let last = self.week_start_of(last)?.checked_add_days(Days::new(6))?;
            Some(Span { first: self.week_start_of(first)?, last })
        });
        weeks.unwrap_or(span)
    }

    /// The day of a month that compares with the as-of day in its own month: as many days in. Nothing for months
    /// of another name.
    pub fn as_of_in(&self, month: Period, as_of: NaiveDate) -> Option<NaiveDate> {
        let own = self.containing(Kind::Month, as_of);
        if own.index != month.index {
            return None;
        }
        self.span(month).first.checked_add_signed(as_of - self.span(own).first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// The 4-5-4 calendar of the National Retail Federation: weeks from Sunday, years from February.
    fn retail() -> Calendar {
        Calendar {
            first_month: 2,
            named_by_end: false,
            pattern: Pattern::FourFiveFour,
            week_start: Weekday::Sun,
            ..Calendar::default()
        }
    }

    #[test]
    fn the_retail_calendar_as_it_is_published() {
        let calendar = retail();
        // NRF: 2022 began on 30 January, 2023 on 29 January with 53 weeks, 2024 on 4 February, 2025 on 2 February.
        for (year, first, last, n_weeks) in [
            (2022, "2022-01-30", "2023-01-28", 52),
            (2023, "2023-01-29", "2024-02-03", 53),
            (2024, "2024-02-04", "2025-02-01", 52),
            (2025, "2025-02-02", "2026-01-31", 52),
        ] {
            let span = calendar.span(Period::year(year));
            assert_eq!((span.first, span.last), (day(first), day(last)), "{year}");
            assert_eq!((span.last - span.first).num_days() + 1, 7 * n_weeks, "{year}");
            assert_eq!(calendar.exists(Period::week(year, 53)), n_weeks == 53, "{year}");
        }
        // NRF 2023: February 29 Jan – 25 Feb, March 26 Feb – 1 Apr, April 2 – 29 Apr, ..., January 31 Dec – 3 Feb
        // with the 53rd week; NRF 2024: January 5 Jan – 1 Feb.
        for (year, month, first, last) in [
            (2023, 2, "2023-01-29", "2023-02-25"),
            (2023, 3, "2023-02-26", "2023-04-01"),
            (2023, 4, "2023-04-02", "2023-04-29"),
            (2023, 12, "2023-11-26", "2023-12-30"),
            (2024, 1, "2023-12-31", "2024-02-03"),
            (2025, 1, "2025-01-05", "2025-02-01"),
        ] {
            let span = calendar.span(Period::month(year, month));
            assert_eq!((span.first, span.last), (day(first), day(last)), "{year}-{month}");
        }
        assert_eq!(calendar.containing(Kind::Quarter, day("2024-02-03")), Period::quarter(2023, 4));
        assert_eq!(calendar.containing(Kind::Quarter, day("2024-02-04")), Period::quarter(2024, 1));
        assert_eq!(calendar.containing(Kind::Week, day("2024-02-03")), Period::week(2023, 53));
        assert_eq!(calendar.parent(Period::month(2024, 1)), Some(Period::quarter(2023, 4)));
        assert_eq!(calendar.months(Period::year(2023)).len(), 12);
    }

    #[test]
    fn years_that_end_on_the_last_saturday() {
        // Apple: fiscal 2023 was 2022-09-25 to 2023-09-30 (53 weeks), 2024 to 2024-09-28, 2025 to 2025-09-27: years
        // that end on the last Saturday of September.
        let calendar = Calendar {
            first_month: 10,
            pattern: Pattern::FourFourFive,
            year_start: YearStart::Last,
            week_start: Weekday::Sun,
            ..Calendar::default()
        };
        for (year, first, last) in
            [(2023, "2022-09-25", "2023-09-30"), (2024, "2023-10-01", "2024-09-28"), (2025, "2024-09-29", "2025-09-27")]
        {
            let span = calendar.span(Period::year(year));
            assert_eq!((span.first, span.last), (day(first), day(last)), "{year}");
        }
        // Apple's first quarter of 2023 had the week more, which is here in the last, as everywhere: its quarters
        // of 2024 are 13 weeks each, to 2023-12-30, 2024-03-30, 2024-06-29, 2024-09-28.
        let ends = (1..=4).map(|quarter| calendar.span(Period::quarter(2024, quarter)).last);
        assert_eq!(ends.collect::<Vec<_>>(), ["2023-12-30", "2024-03-30", "2024-06-29", "2024-09-28"].map(day));
        let first = Calendar { year_start: YearStart::First, ..calendar };
        assert_eq!(first.span(Period::year(2024)).first, day("2023-10-01"));
        assert_eq!(first.span(Period::year(2025)).first, day("2024-10-06"));
    }

    #[test]
    fn a_year_of_iso_weeks_has_their_numbers() {
        let calendar = Calendar { pattern: Pattern::FourFourFive, ..Calendar::default() };
        let months = Calendar::default();
        for offset in 0..4000 {
            let day = day("2019-12-20") + Days::new(offset);
            let iso = day.iso_week();
            assert_eq!(calendar.containing(Kind::Week, day), Period::week(iso.year(), iso.week()), "{day}");
            assert_eq!(months.containing(Kind::Week, day), Period::week(iso.year(), iso.week()), "{day}");
        }
    }

    #[test]
    fn every_day_lies_in_its_periods() {
        for pattern in [Pattern::Months, Pattern::FourFourFive, Pattern::FourFiveFour, Pattern::FiveFourFour] {
            for (first_month, year_start) in [(1, YearStart::Nearest), (2, YearStart::First), (10, YearStart::Last)] {
                for (week_start, named_by_end) in [(Weekday::Mon, true), (Weekday::Sun, false), (Weekday::Sat, true)] {
                    let calendar =
                        Calendar { first_month, year_start, week_start, named_by_end, pattern, ..Calendar::default() };
                    for offset in 0..2600 {
                        let day = day("2019-12-20") + Days::new(offset);
                        for kind in [Kind::Year, Kind::Quarter, Kind::Month, Kind::Week, Kind::Day] {
                            let period = calendar.containing(kind, day);
                            assert!(calendar.span(period).contains(day), "{calendar:?} {day} {period}");
                            assert!(calendar.exists(period), "{calendar:?} {day} {period}");
                        }
                        let month = calendar.containing(Kind::Month, day);
                        assert!(calendar.months(calendar.containing(Kind::Year, day)).contains(&month));
                    }
                }
            }
        }
    }

    #[test]
    fn weeks_from_sunday_are_those_of_epidemiology() {
        let calendar = Calendar { week_start: Weekday::Sun, ..Calendar::default() };
        // MMWR: 2025 began on 29 December 2024 and had 53 weeks; 2026 begins on 4 January.
        assert_eq!(calendar.span(Period::week(2025, 1)).first, day("2024-12-29"));
        assert_eq!(calendar.containing(Kind::Week, day("2026-01-03")), Period::week(2025, 53));
        assert_eq!(calendar.span(Period::week(2026, 1)).first, day("2026-01-04"));
        assert!(!calendar.exists(Period::week(2026, 53)));
    }

    #[test]
    fn a_week_belongs_to_the_month_of_one_of_its_days() {
        let with = |weeks| Calendar { weeks, ..Calendar::default() };
        // Monday 30 March to Sunday 5 April 2026: its Thursday is the 2nd of April.
        let week = Span { first: day("2026-03-30"), last: day("2026-04-05") };
        assert_eq!(with(WeekRule::WorkDays).month_of_week(week), None);
        assert_eq!(with(WeekRule::IsoThursday).month_of_week(week), Some(Period::month(2026, 4)));
        assert_eq!(with(WeekRule::Monday).month_of_week(week), Some(Period::month(2026, 3)));
        assert_eq!(with(WeekRule::Monday).month_of_week(Span { last: day("2026-04-06"), ..week }), None);
        // The Thursdays of April 2026 are the 2nd to the 30th, its Mondays the 6th to the 27th.
        let weeks = with(WeekRule::IsoThursday).span_of_weeks(Period::month(2026, 4));
        assert_eq!((weeks.first, weeks.last), (day("2026-03-30"), day("2026-05-03")));
        let weeks = with(WeekRule::Monday).span_of_weeks(Period::month(2026, 4));
        assert_eq!((weeks.first, weeks.last), (day("2026-04-06"), day("2026-05-03")));
    }

    #[test]
    fn the_as_of_day_in_earlier_years() {
        let months = Calendar::default();
        assert_eq!(months.as_of_in(Period::month(2025, 3), day("2026-03-15")), Some(day("2025-03-15")));
        assert_eq!(months.as_of_in(Period::month(2025, 2), day("2026-03-15")), None);
        // The tenth day of the retail March: 10 March 2026 (from 1 March) and 11 March 2025 (from 2 March).
        assert_eq!(retail().as_of_in(Period::month(2025, 3), day("2026-03-10")), Some(day("2025-03-11")));
    }
}
