//! How often money is budgeted, as people write it: `第1季度`, `全年`, `每半年一次`, `monthly`, `H1`.
//!
//! What is not understood is nothing, never a guess.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::parse::{Written, read_period};
use super::{Calendar, Period};
use crate::text;

/// When a budget line is to be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cycle {
    /// In one named period: `第1季度`, `2026-03`.
    In(Written),
    /// In the first or second half of a year.
    Half { year: Option<i32>, index: usize },
    /// Again and again.
    Every(Rhythm),
}

/// How often something comes back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rhythm {
    Year,
    HalfYear,
    Quarter,
    Month,
}

/// The months over which a line is spread, and how many times its cycle comes round in them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Phase {
    /// In time order; their number is a multiple of the occurrences.
    pub months: Vec<Period>,
    pub n_occurrences: usize,
}

/// Why a cycle cannot be placed in time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NoPhase {
    /// Nothing says which year.
    NeedsYear,
    /// No such period, one without months (a week), or one outside the period beside it.
    NoSuchPeriod,
}

impl Rhythm {
    fn n_months(self) -> usize {
        match self {
            Rhythm::Year => 12,
            Rhythm::HalfYear => 6,
            Rhythm::Quarter => 3,
            Rhythm::Month => 1,
        }
    }
}

/// Words of both languages, normalised, and what they mean.
static WORDS: LazyLock<HashMap<String, Cycle>> = LazyLock::new(|| {
    let half = |index| Cycle::Half { year: None, index };
    let meanings = [
        ("cycle.year", Cycle::Every(Rhythm::Year)),
        ("cycle.half_year", Cycle::Every(Rhythm::HalfYear)),
        ("cycle.quarter", Cycle::Every(Rhythm::Quarter)),
        ("cycle.month", Cycle::Every(Rhythm::Month)),
        ("cycle.first_half", half(0)),
        ("cycle.second_half", half(1)),
    ];
    let words = meanings
        .into_iter()
        .flat_map(|(key, cycle)| text::wordings(key).into_iter().map(move |word| (normalise(word), cycle)));
    words.collect()
});

fn normalise(text: &str) -> String {
    let is_kept = |character: &char| character.is_alphanumeric();
    text.nfkc().flat_map(char::to_lowercase).filter(is_kept).collect()
}

impl Cycle {
    /// Reads a cycle. Nothing when the text names none.
    pub fn read(text: &str) -> Option<Self> {
        let name = normalise(text);
        if let Some(cycle) = WORDS.get(&name) {
            return Some(*cycle);
        }
        if let Some(written) = read_period(text) {
            return Some(Cycle::In(written));
        }
        // 2026年上半年, 2026 H2, H2 2026, 2026全年: a year before or after one of the words.
        let year_in = |digits: &str| digits.parse::<i32>().ok().filter(|year| (1990..=2100).contains(year));
        let before = || Some((year_in(name.get(..4)?)?, name.get(4..)?));
        let after = || {
            let at = name.len().checked_sub(4)?;
            Some((year_in(name.get(at..)?)?, name.get(..at)?))
        };
        let (year, rest) = before().or_else(after)?;
        let marks = ["年", "年度", "财年"];
        let rests = std::iter::once(rest).chain(marks.iter().filter_map(|mark| rest.strip_prefix(mark)));
        match rests.filter_map(|rest| WORDS.get(rest)).next()? {
            Cycle::Half { index, .. } => Some(Cycle::Half { year: Some(year), index: *index }),
            Cycle::Every(Rhythm::Year) => Some(Cycle::In(Written::Whole(Period::year(year)))),
            _ => None,
        }
    }

    /// The months of the cycle within the period that stands beside it, or within a year.
    ///
    /// # Errors
    /// Why it cannot be placed.
    pub fn phase(self, within: Option<Period>, year: Option<i32>, calendar: &Calendar) -> Result<Phase, NoPhase> {
        let year = within.map(|period| period.year).or(year);
        let months_of = |period: Period| {
            let months = if calendar.exists(period) { calendar.months(period) } else { Vec::new() };
            if months.is_empty() { Err(NoPhase::NoSuchPeriod) } else { Ok(months) }
        };
        let (months, n_occurrences) = match self {
            Cycle::In(written) => (months_of(written.resolve(year.into()).ok_or(NoPhase::NeedsYear)?)?, 1),
            Cycle::Half { year: own, index } => {
                let months = months_of(Period::year(own.or(year).ok_or(NoPhase::NeedsYear)?))?;
                (months.into_iter().skip(6 * index).take(6).collect(), 1)
            }
            Cycle::Every(rhythm) => {
                let period = within.or(year.map(Period::year)).ok_or(NoPhase::NeedsYear)?;
                let months = months_of(period)?;
                // What comes once a year, budgeted for March, comes in March.
                let n_occurrences = (months.len() / rhythm.n_months()).max(1);
                (months, n_occurrences)
            }
        };
        if let Some(within) = within {
            let all = months_of(within)?;
            if !months.iter().all(|month| all.contains(month)) {
                return Err(NoPhase::NoSuchPeriod);
            }
        }
        Ok(Phase { months, n_occurrences })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::Kind;

    #[test]
    fn cycles_as_people_write_them() {
        let quarter = |index| Some(Cycle::In(Written::NeedsYear { kind: Kind::Quarter, index }));
        let half = |year, index| Some(Cycle::Half { year, index });
        for (text, expected) in [
            ("第1季度", quarter(1)),
            ("第一季度", quarter(1)),
            ("Q1", quarter(1)),
            ("2026-03", Some(Cycle::In(Written::Whole(Period::month(2026, 3))))),
            ("2026年", Some(Cycle::In(Written::Whole(Period::year(2026))))),
            ("2026年全年", Some(Cycle::In(Written::Whole(Period::year(2026))))),
            ("全年", Some(Cycle::Every(Rhythm::Year))),
            ("Annual", Some(Cycle::Every(Rhythm::Year))),
            ("每半年一次", Some(Cycle::Every(Rhythm::HalfYear))),
            ("half-yearly", Some(Cycle::Every(Rhythm::HalfYear))),
            ("每季度", Some(Cycle::Every(Rhythm::Quarter))),
            ("每月", Some(Cycle::Every(Rhythm::Month))),
            ("monthly", Some(Cycle::Every(Rhythm::Month))),
            ("上半年", half(None, 0)),
            ("H2", half(None, 1)),
            ("2026年下半年", half(Some(2026), 1)),
            ("H1 2026", half(Some(2026), 0)),
            // Twice a month, or every second month? Biannual, or biennial? Nobody can say.
            ("bimonthly", None),
            ("biannual", None),
            ("偶尔", None),
            ("as needed", None),
            ("2026年每月", None),
            ("", None),
        ] {
            assert_eq!(Cycle::read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_cycle_is_placed_in_its_year() {
        let calendar = Calendar::default();
        let phase = |text: &str, within, year| Cycle::read(text).unwrap().phase(within, year, &calendar);
        let shape = |phase: Phase| (phase.months[0].to_string(), phase.months.len(), phase.n_occurrences);
        let placed = |text, within, year| shape(phase(text, within, year).unwrap());
        assert_eq!(placed("第1季度", None, Some(2026)), ("2026-01".into(), 3, 1));
        assert_eq!(placed("全年", None, Some(2026)), ("2026-01".into(), 12, 1));
        assert_eq!(placed("每半年一次", None, Some(2026)), ("2026-01".into(), 12, 2));
        assert_eq!(placed("H2", None, Some(2026)), ("2026-07".into(), 6, 1));
        assert_eq!(placed("monthly", Some(Period::quarter(2026, 2)), None), ("2026-04".into(), 3, 3));
        // Once a year, and that in March.
        assert_eq!(placed("全年", Some(Period::month(2026, 3)), None), ("2026-03".into(), 1, 1));
        assert_eq!(phase("全年", None, None), Err(NoPhase::NeedsYear));
        assert_eq!(phase("2026-W14", None, None), Err(NoPhase::NoSuchPeriod));
        assert_eq!(phase("Q1", Some(Period::month(2026, 5)), None), Err(NoPhase::NoSuchPeriod));
    }

    #[test]
    fn halves_are_those_of_the_fiscal_year() {
        let calendar = Calendar { first_month: 7, ..Calendar::default() };
        let phase = Cycle::Half { year: Some(2027), index: 0 }.phase(None, None, &calendar).unwrap();
        assert_eq!((phase.months[0], phase.months[5]), (Period::month(2026, 7), Period::month(2026, 12)));
    }
}
