//! Time: periods, the fiscal calendar, work days, and the scope of a run.
//!
//! No clock here: the only "today" is [`Scope::as_of`], decided in `main`.

pub mod cadence;
pub mod cycle;
pub mod parse;
pub mod weeks;
pub mod workdays;

use std::fmt;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use self::weeks::{Pattern, WeekRule, YearStart};
use self::workdays::WorkDays;

/// How long a period is. Coarser first, so that a year sorts before its months.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    Year,
    Quarter,
    Month,
    Week,
    /// A single day: no report has a line for it, but a target may be set for one.
    Day,
}

/// A named stretch of the calendar: `2026`, `2026-Q1`, `2026-03`, `2026-W14`, `2026-03-31`.
///
/// Years and quarters are fiscal; months and weeks are as the calendar has them: by default calendar months and ISO
/// weeks, in a fiscal year of weeks the months of that name and the weeks since its start.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Period {
    pub kind: Kind,
    pub year: i32,
    /// 1 for a year; 1–4 for quarters, 1–12 for months, 1–53 for weeks, 1–366 for days.
    pub index: u32,
}

impl Period {
    pub fn year(year: i32) -> Self {
        Period { kind: Kind::Year, year, index: 1 }
    }

    pub fn quarter(year: i32, index: u32) -> Self {
        Period { kind: Kind::Quarter, year, index }
    }

    pub fn month(year: i32, index: u32) -> Self {
        Period { kind: Kind::Month, year, index }
    }

    pub fn week(year: i32, index: u32) -> Self {
        Period { kind: Kind::Week, year, index }
    }

    pub fn day(day: NaiveDate) -> Self {
        Period { kind: Kind::Day, year: day.year(), index: day.ordinal() }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Year => write!(formatter, "{}", self.year),
            Kind::Quarter => write!(formatter, "{}-Q{}", self.year, self.index),
            Kind::Month => write!(formatter, "{}-{:02}", self.year, self.index),
            Kind::Week => write!(formatter, "{}-W{:02}", self.year, self.index),
            Kind::Day => match NaiveDate::from_yo_opt(self.year, self.index) {
                Some(day) => write!(formatter, "{day}"),
                None => write!(formatter, "{}-{:03}", self.year, self.index),
            },
        }
    }
}

/// Days from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Span {
    pub first: NaiveDate,
    pub last: NaiveDate,
}

impl Span {
    pub fn day(day: NaiveDate) -> Self {
        Span { first: day, last: day }
    }

    pub fn contains(&self, day: NaiveDate) -> bool {
        self.first <= day && day <= self.last
    }

    /// The days both spans have, if any.
    pub fn overlap(&self, other: &Span) -> Option<Span> {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        (first <= last).then_some(Span { first, last })
    }
}

/// The organisation's calendar: when its year begins, what its months are made of, which days it works.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// Month in which the fiscal year begins, 1–12.
    pub first_month: u32,
    /// Whether a year that spans two calendar years is named after the later one.
    pub named_by_end: bool,
    pub pattern: Pattern,
    /// For a year of weeks.
    pub year_start: YearStart,
    pub week_start: Weekday,
    pub weeks: WeekRule,
    pub work_days: WorkDays,
    pub pace: Pace,
}

/// What counts as time passing within a period.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Pace {
    #[default]
    WorkDays,
    CalendarDays,
    /// The weights of January to December; work days within a month.
    Weights([i64; 12]),
}

impl Default for Calendar {
    fn default() -> Self {
        Calendar {
            first_month: 1,
            named_by_end: true,
            pattern: Pattern::default(),
            year_start: YearStart::default(),
            week_start: Weekday::Mon,
            weeks: WeekRule::default(),
            work_days: WorkDays::default(),
            pace: Pace::default(),
        }
    }
}

impl Calendar {
    /// Year and number of the first month of a year, quarter or month, and how many months it has.
    fn first_month_of(&self, period: Period) -> (i32, u32, u32) {
        if period.kind == Kind::Month {
            return (period.year, period.index, 1);
        }
        let starts_before = self.first_month > 1 && self.named_by_end;
        let year = if starts_before { period.year - 1 } else { period.year };
        match period.kind {
            Kind::Quarter => {
                let (year, month) = later(year, self.first_month, 3 * (period.index.max(1) - 1));
                (year, month, 3)
            }
            _ => (year, self.first_month, 12),
        }
    }

    /// The first day of a period, and the day after its last.
    fn bounds(&self, period: Period) -> Option<(NaiveDate, NaiveDate)> {
        match period.kind {
            Kind::Year | Kind::Quarter | Kind::Month => {
                let (year, month, count) = self.first_month_of(period);
                let (next_year, next_month) = later(year, month, count);
                Some((self.month_start(year, month)?, self.month_start(next_year, next_month)?))
            }
            Kind::Week => {
                let weeks = u64::from(period.index.checked_sub(1)?);
                let first = self.first_week(period.year)?.checked_add_days(Days::new(7 * weeks))?;
                Some((first, first.checked_add_days(Days::new(7))?))
            }
            Kind::Day => {
                let day = NaiveDate::from_yo_opt(period.year, period.index)?;
                Some((day, day.succ_opt()?))
            }
        }
    }

    /// The days a period covers. Periods are checked when read, so the fallback is never seen.
    pub fn span(&self, period: Period) -> Span {
        let (first, next) = self.bounds(period).unwrap_or((NaiveDate::MIN, NaiveDate::MIN));
        Span { first, last: next.pred_opt().unwrap_or(first) }
    }

    /// Whether the calendar has such a period at all (not every year has a week 53).
    pub fn exists(&self, period: Period) -> bool {
        let most = match period.kind {
            Kind::Year => 1,
            Kind::Quarter => 4,
            Kind::Month => 12,
            Kind::Week => 53,
            Kind::Day => 366,
        };
        let is_named = (1900..=2200).contains(&period.year) && (1..=most).contains(&period.index);
        let first = if is_named { self.bounds(period).map(|(first, _)| first) } else { None };
        // Week 53 of a year with 52 is the first of the next.
        first.is_some_and(|first| period.kind != Kind::Week || self.containing(Kind::Week, first) == period)
    }

    /// The period of a kind that a day falls in.
    pub fn containing(&self, kind: Kind, day: NaiveDate) -> Period {
        match kind {
            Kind::Week => return self.week_of(day),
            Kind::Day => return Period::day(day),
            Kind::Year | Kind::Quarter | Kind::Month => {}
        }
        let (year_of_month, month) = self.month_of(day);
        let months_in = (month + 12 - self.first_month) % 12;
        let mut year = if month >= self.first_month { year_of_month } else { year_of_month - 1 };
        if self.first_month > 1 && self.named_by_end {
            year += 1;
        }
        match kind {
            Kind::Year => Period::year(year),
            Kind::Quarter => Period::quarter(year, months_in / 3 + 1),
            _ => Period::month(year_of_month, month),
        }
    }

    /// The month that begins or ends on a day. Where months are made of weeks, people still date them by the calendar:
    /// `2026-03-01` is March.
    pub fn month_bounded_by(&self, day: NaiveDate) -> Option<Period> {
        let calendar_month = Period::month(day.year(), day.month());
        let is_bound = |next: Option<NaiveDate>| next.is_none_or(|next| next.month() != day.month());
        if is_bound(day.pred_opt()) || is_bound(day.succ_opt()) {
            return Some(calendar_month);
        }
        let month = self.containing(Kind::Month, day);
        let span = self.span(month);
        (day == span.first || day == span.last).then_some(month)
    }

    /// The next coarser period: day → month → quarter → year.
    pub fn parent(&self, period: Period) -> Option<Period> {
        match period.kind {
            Kind::Day => Some(self.containing(Kind::Month, self.span(period).first)),
            Kind::Year | Kind::Week => None,
            Kind::Quarter => Some(Period::year(period.year)),
            Kind::Month => Some(self.containing(Kind::Quarter, self.span(period).first)),
        }
    }

    /// The next finer periods, in order: year → quarters → months.
    pub fn parts(&self, period: Period) -> Vec<Period> {
        match period.kind {
            Kind::Year => (1..=4).map(|index| Period::quarter(period.year, index)).collect(),
            Kind::Quarter => self.months(period),
            Kind::Month | Kind::Week | Kind::Day => Vec::new(),
        }
    }

    /// The months of a period, in order. A week and a day have none of their own.
    pub fn months(&self, period: Period) -> Vec<Period> {
        if matches!(period.kind, Kind::Week | Kind::Day) {
            return Vec::new();
        }
        let (year, month, count) = self.first_month_of(period);
        let months = (0..count).map(|offset| later(year, month, offset));
        months.map(|(year, month)| Period::month(year, month)).collect()
    }

    /// The same period a year earlier.
    pub fn year_before(&self, period: Period) -> Period {
        Period { year: period.year - 1, ..period }
    }

    /// All years, quarters and months that touch the span, coarse to fine, each kind in time order.
    pub fn periods_within(&self, span: Span) -> Vec<Period> {
        let mut periods = Vec::new();
        for kind in [Kind::Year, Kind::Quarter, Kind::Month] {
            let mut day = span.first;
            while day <= span.last {
                let period = self.containing(kind, day);
                periods.push(period);
                match self.span(period).last.succ_opt() {
                    Some(next) => day = next,
                    None => break,
                }
            }
        }
        periods
    }

    /// How much of a span has passed at the end of `as_of`, as (passed, all): work days, calendar days, or
    /// shares of weighted months (§5 of the method).
    ///
    /// Day 11 of a 30-day span is 11 of 30: the as-of day itself has passed.
    pub fn elapsed(&self, span: Span, as_of: NaiveDate) -> (i64, i64) {
        match self.pace {
            Pace::WorkDays => self.days_elapsed(span, as_of),
            Pace::CalendarDays => {
                let days = |span: Span| (span.last - span.first).num_days() + 1;
                (days(Span { last: span.last.min(as_of), ..span }).max(0), days(span))
            }
            Pace::Weights(weights) => {
                let months = self.weighted_months(span, &weights);
                let share = |part: Span| months.iter().map(|month| month.share(part, self)).sum::<i64>();
                let all = share(span);
                if all == 0 {
                    return self.days_elapsed(span, as_of);
                }
                let passed = if as_of < span.first { 0 } else { share(Span { last: span.last.min(as_of), ..span }) };
                let divisor = greatest_divisor(passed, all);
                (passed / divisor, all / divisor)
            }
        }
    }

    /// The months that a span touches, their weights brought to one denominator.
    fn weighted_months(&self, span: Span, weights: &[i64; 12]) -> Vec<WeightedMonth> {
        let mut months = Vec::new();
        let mut day = span.first;
        while day <= span.last {
            let days = self.span(self.containing(Kind::Month, day));
            let (_, n_days) = self.days_elapsed(days, days.last);
            months.push(WeightedMonth { days, n_days, weight: weights[day.month0() as usize] });
            match days.last.succ_opt() {
                Some(next) => day = next,
                None => break,
            }
        }
        let common = months.iter().map(|month| month.n_days).fold(1, |a, b| a / greatest_divisor(a, b) * b);
        months.iter_mut().for_each(|month| month.weight = month.weight.saturating_mul(common / month.n_days));
        months
    }

    /// Days of a span, counted as pace counts them, that lie before a day of it.
    fn days_before(&self, span: Span, day: NaiveDate) -> i64 {
        day.pred_opt().map_or(0, |before| self.days_elapsed(span, before).0)
    }

    /// Work days of a span that lie after the as-of day.
    pub fn work_days_left(&self, span: Span, as_of: NaiveDate) -> i64 {
        let (passed, all) = self.days_elapsed(span, as_of);
        all - passed
    }

    /// Work days passed and in all. A span without work days counts calendar days.
    fn days_elapsed(&self, span: Span, as_of: NaiveDate) -> (i64, i64) {
        let passed = Span { first: span.first, last: span.last.min(as_of) };
        let all = self.work_days.count(span);
        if all > 0 {
            return (if passed.first > passed.last { 0 } else { self.work_days.count(passed) }, all);
        }
        let days = |span: Span| (span.last - span.first).num_days() + 1;
        (days(passed).max(0), days(span))
    }
}

/// Year and number of the month that comes so many months after another.
fn later(year: i32, month: u32, months: u32) -> (i32, u32) {
    let months = month - 1 + months;
    (year + i32::try_from(months / 12).unwrap_or(0), months % 12 + 1)
}

/// A month of a span, and what each of its days weighs.
struct WeightedMonth {
    days: Span,
    n_days: i64,
    weight: i64,
}

impl WeightedMonth {
    /// What the days weigh that a part of the span has of the month.
    fn share(&self, part: Span, calendar: &Calendar) -> i64 {
        let Some(days) = self.days.overlap(&part) else { return 0 };
        self.weight
            .saturating_mul(calendar.days_elapsed(self.days, days.last).0 - calendar.days_before(self.days, days.first))
    }
}

/// The greatest common divisor; of zero and a number, the number.
pub fn greatest_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { greatest_divisor(b, a % b) }
}

/// What a run is about: which periods, seen from which day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Scope {
    /// The last day whose facts count. The only clock that figures depend on.
    pub as_of: NaiveDate,
    /// The period asked for; nothing means all that the facts cover.
    pub period: Option<Period>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn span(first: &str, last: &str) -> Span {
        Span { first: day(first), last: day(last) }
    }

    #[test]
    fn a_fiscal_year_from_july_is_named_after_its_end() {
        let calendar = Calendar { first_month: 7, ..Calendar::default() };
        assert_eq!(calendar.span(Period::year(2018)), span("2017-07-01", "2018-06-30"));
        assert_eq!(calendar.span(Period::quarter(2018, 1)), span("2017-07-01", "2017-09-30"));
        assert_eq!(calendar.span(Period::quarter(2018, 4)), span("2018-04-01", "2018-06-30"));
        assert_eq!(calendar.containing(Kind::Quarter, day("2018-01-15")), Period::quarter(2018, 3));
        assert_eq!(calendar.parent(Period::month(2017, 9)), Some(Period::quarter(2018, 1)));
        let by_start = Calendar { named_by_end: false, ..calendar };
        assert_eq!(by_start.containing(Kind::Year, day("2018-01-15")), Period::year(2017));
    }

    #[test]
    fn weeks_are_iso_weeks() {
        let calendar = Calendar::default();
        // 2027-01-03 is a Sunday and belongs to 2026-W53.
        assert_eq!(calendar.containing(Kind::Week, day("2027-01-03")), Period::week(2026, 53));
        assert_eq!(calendar.span(Period::week(2026, 1)), span("2025-12-29", "2026-01-04"));
        assert!(!calendar.exists(Period::week(2025, 53)) && !calendar.exists(Period::quarter(2026, 5)));
    }

    #[test]
    fn periods_are_listed_coarse_to_fine() {
        let calendar = Calendar::default();
        let labels: Vec<String> =
            calendar.periods_within(span("2025-12-31", "2026-01-01")).iter().map(Period::to_string).collect();
        assert_eq!(labels, ["2025", "2026", "2025-Q4", "2026-Q1", "2025-12", "2026-01"]);
    }

    #[test]
    fn pace_by_calendar_days_and_by_weights() {
        // Methods §5: day 11 of a 30-day month is 11 of 30.
        let by_days = Calendar { pace: Pace::CalendarDays, ..Calendar::default() };
        assert_eq!(by_days.elapsed(by_days.span(Period::month(2026, 4)), day("2026-04-11")), (11, 30));
        assert_eq!(by_days.elapsed(by_days.span(Period::month(2026, 4)), day("2026-03-31")), (0, 30));
        // January weighs 1, February 1, March 2. By 13 March 10 of its 22 work days have passed:
        // (1 + 1 + 2 × 10/22) ÷ 4 = 64/22 ÷ 4 = 8/11.
        let mut weights = [1; 12];
        weights[2] = 2;
        let weighted = Calendar { pace: Pace::Weights(weights), ..Calendar::default() };
        let quarter = weighted.span(Period::quarter(2026, 1));
        assert_eq!(weighted.elapsed(quarter, day("2026-03-13")), (8, 11));
        assert_eq!(weighted.elapsed(quarter, day("2026-02-28")), (1, 2));
        assert_eq!(weighted.elapsed(quarter, day("2025-12-31")).0, 0);
        assert_eq!(weighted.elapsed(quarter, day("2026-12-31")), (1, 1));
        assert_eq!(weighted.work_days_left(quarter, day("2026-03-13")), 12);
        // Within one month, weights change nothing: 11 of 22 work days of April.
        assert_eq!(weighted.elapsed(weighted.span(Period::month(2026, 4)), day("2026-04-15")), (1, 2));
        // Four of April's 22 work days and one of May's 21: 4/22 ÷ (4/22 + 1/21) = 42/53.
        let week = span("2026-04-27", "2026-05-03");
        assert_eq!(weighted.elapsed(week, day("2026-04-30")), (42, 53));
    }

    #[test]
    fn the_as_of_day_has_passed() {
        // April 2026 has 22 weekdays; by Wednesday the 15th eleven have passed.
        let calendar = Calendar::default();
        assert_eq!(calendar.elapsed(calendar.span(Period::month(2026, 4)), day("2026-04-15")), (11, 22));
        assert_eq!(calendar.elapsed(calendar.span(Period::month(2026, 4)), day("2026-03-31")), (0, 22));
        assert_eq!(calendar.elapsed(calendar.span(Period::month(2026, 4)), day("2026-12-31")), (22, 22));
        // A weekend has no work days: calendar days are used.
        assert_eq!(calendar.elapsed(span("2026-04-04", "2026-04-05"), day("2026-04-04")), (1, 2));
    }
}
