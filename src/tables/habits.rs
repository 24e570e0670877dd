//! How a column writes its texts: decided by the whole column, never by one cell.
//!
//! `03/08/2026` may be two days, `1.234` two numbers, `85` two rates. While a sheet is read, what its columns
//! show is collected; where that decides what single cells left open, the sheet is read again.

use super::grammar::DateOrder;

/// Which mark separates decimals.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum DecimalMark {
    #[default]
    Point,
    Comma,
    /// `1.234` could be either: refused.
    Unclear,
}

/// What `85` means in a column of rates.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum PercentScale {
    /// Decided cell by cell, by percent signs, number formats and size.
    #[default]
    ByCell,
    /// 85 is 8,500 %.
    Fraction,
    /// 85 is 85 %.
    Hundred,
}

/// How the texts of a column are written, where it is known.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Habits {
    pub date_order: Option<DateOrder>,
    pub decimal: DecimalMark,
    pub percent: PercentScale,
    /// Dates of targets are single days, and not months dated on their first or last day.
    pub dates_are_days: bool,
}

/// What the cells of a column showed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence {
    /// Text dates whose order is not plain, how many of them make sense with the day, month or year first,
    /// and how many in more than one way.
    dates: u32,
    dates_that_fit: [u32; 3],
    unclear_dates: u32,
    /// Numbers whose mark can only be a point, or a comma.
    points: u32,
    commas: u32,
    /// `1.234`, and `1,234`, which nearly always is a thousand and more.
    unclear_numbers: u32,
    grouped_by_commas: u32,
    /// Rates up to 1.5, and above.
    fractions: u32,
    hundreds: u32,
    /// Dates in a period's column inside a month.
    inner_days: u32,
}

impl Evidence {
    /// Looks at a text that should be a number.
    pub fn note_number(&mut self, text: &str) {
        let folded;
        // １,５００ is 1,500.
        let text = if text.is_ascii() {
            text.trim()
        } else {
            folded = super::grammar::clean(text);
            folded.as_str()
        };
        let Some(first) = text.find(['.', ',']) else { return };
        let last = text.rfind(['.', ',']).unwrap_or(first);
        let is_digit = |byte: &u8| byte.is_ascii_digit();
        let digits_after = text.as_bytes()[last + 1..].iter().take_while(|byte| is_digit(byte)).count();
        let before = text.as_bytes()[..first].iter().rev().take_while(|byte| is_digit(byte)).count();
        let leads_with_zero = before == 1 && text.as_bytes()[first - 1] == b'0';
        let (first_mark, last_mark) = (text.as_bytes()[first], text.as_bytes()[last]);
        // One mark before three digits may group them; a second of its kind can do nothing else.
        let may_group = digits_after == 3 && (1..=3).contains(&before) && !leads_with_zero;
        let is_comma = match (first == last, first_mark == last_mark) {
            (true, _) if may_group && last_mark == b'.' => {
                self.unclear_numbers += 1;
                return;
            }
            (true, _) if may_group => {
                self.grouped_by_commas += 1;
                return;
            }
            (true, _) => last_mark == b',',
            (false, true) => last_mark == b'.',
            (false, false) => last_mark == b',',
        };
        if is_comma { self.commas += 1 } else { self.points += 1 }
    }

    /// Looks at a text date: which orders it makes sense in (see [`super::grammar::orders_that_fit`]).
    pub fn note_date(&mut self, fits: [bool; 3]) {
        self.dates += 1;
        for (count, fits) in self.dates_that_fit.iter_mut().zip(fits) {
            *count += u32::from(fits);
        }
        self.unclear_dates += u32::from(fits.iter().filter(|fits| **fits).count() > 1);
    }

    /// Looks at a plain number that should be a rate.
    pub fn note_rate(&mut self, is_small: bool) {
        if is_small { self.fractions += 1 } else { self.hundreds += 1 }
    }

    /// Looks at a date in a column of periods.
    pub fn note_day(&mut self, is_bound_of_month: bool) {
        self.inner_days += u32::from(!is_bound_of_month);
    }

    /// Takes over what another table saw in the same column.
    pub fn add(&mut self, other: &Evidence) {
        self.dates += other.dates;
        for (own, other) in self.dates_that_fit.iter_mut().zip(other.dates_that_fit) {
            *own += other;
        }
        self.unclear_dates += other.unclear_dates;
        self.points += other.points;
        self.commas += other.commas;
        self.unclear_numbers += other.unclear_numbers;
        self.grouped_by_commas += other.grouped_by_commas;
        self.fractions += other.fractions;
        self.hundreds += other.hundreds;
        self.inner_days += other.inner_days;
    }

    /// The habits that the column turned out to have, given those it was read by.
    pub fn decide(&self, read_by: Habits) -> Habits {
        let mut habits = read_by;
        if read_by.date_order.is_none() && self.unclear_dates > 0 {
            // The one order in which every date of the column makes sense.
            let fits = |order: usize| self.dates_that_fit[order] == self.dates;
            habits.date_order = match (fits(0), fits(1), fits(2)) {
                (true, false, false) => Some(DateOrder::Dmy),
                (false, true, false) => Some(DateOrder::Mdy),
                (false, false, true) => Some(DateOrder::Ymd),
                _ => None,
            };
        }
        if read_by.decimal == DecimalMark::Point {
            habits.decimal = match (self.points + self.grouped_by_commas, self.commas, self.unclear_numbers) {
                (0, 1.., _) => DecimalMark::Comma,
                (0, 0, 1..) => DecimalMark::Unclear,
                _ => DecimalMark::Point,
            };
        }
        if read_by.percent == PercentScale::ByCell && self.fractions == 0 && self.hundreds > 1 {
            habits.percent = PercentScale::Hundred;
        }
        habits.dates_are_days |= self.inner_days > 0;
        habits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::grammar::orders_that_fit;

    fn decimal(texts: &[&str]) -> DecimalMark {
        let mut evidence = Evidence::default();
        texts.iter().for_each(|text| evidence.note_number(text));
        evidence.decide(Habits::default()).decimal
    }

    #[test]
    fn one_cell_decides_for_its_column() {
        use DecimalMark::{Comma, Point, Unclear};
        for (texts, expected) in [
            (&["1.234", "12,5"][..], Comma),
            (&["1.234,56"], Comma),
            (&["1.234.567"], Comma),
            (&["1.234", "2.500"], Unclear),
            (&["1.234", "2.5"], Point),
            (&["0.125", "1.234"], Point),
            (&["1,234", "2,500"], Point),
            (&["1,234.50", "1.234"], Point),
            (&["90,000", "1.234,56"], Point),
            (&["１,５００", "２,５００"], Point),
            // Both kinds in one column: single cells are refused where they do not fit.
            (&["12,5", "12.5"], Point),
            (&["1234", "17"], Point),
        ] {
            assert_eq!(decimal(texts), expected, "{texts:?}");
        }
    }

    #[test]
    fn the_whole_column_decides_the_order() {
        let order = |dates: &[&str]| {
            let mut evidence = Evidence::default();
            dates.iter().filter_map(|date| orders_that_fit(date)).for_each(|fits| evidence.note_date(fits));
            evidence.decide(Habits::default()).date_order
        };
        assert_eq!(order(&["03/08/2026", "25/12/2026"]), Some(DateOrder::Dmy));
        assert_eq!(order(&["03/08/2026", "12/25/2026"]), Some(DateOrder::Mdy));
        assert_eq!(order(&["03/08/2026"]), None);
        assert_eq!(order(&["03/08/2026", "25/12/2026", "12/25/2026"]), None);
        // 20 October 2016 or 16 October 2020: both make sense everywhere.
        assert_eq!(order(&["20-10-16", "01-03-17"]), None);
        assert_eq!(order(&["20-10-16", "01-03-17", "05-11-32", "31-12-16", "12-30-16"]), None);
        assert_eq!(order(&["1/2/02", "1/13/02"]), Some(DateOrder::Mdy));
        assert_eq!(order(&["2026-03-08"]), None);
    }
}
