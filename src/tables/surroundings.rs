//! What stands around a table and is said once for all of it: titles and notes above the header, the names of
//! the sheet and the file.

use unicode_normalization::UnicodeNormalization;

use crate::measure::units;
use crate::metric::Scenario;
use crate::period::Kind as PeriodKind;
use crate::period::parse::{Context, Written, read_period};

use super::vocabulary::Vocabulary;

/// What titles say about a table.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    pub says_plan: bool,
    pub says_actual: bool,
    pub says_budget: bool,
    /// Figures are running sums.
    pub says_cumulative: bool,
    /// Year and month of periods that do not say them.
    pub context: Context,
    /// Power of ten of the unit of all money in the table.
    pub money_power: Option<i16>,
    /// The one metric that a title names.
    pub metric: Option<String>,
}

impl Surroundings {
    /// What texts above a header, or a sheet's name, say about the table.
    pub fn of<'a>(texts: impl Iterator<Item = &'a str>, vocabulary: &Vocabulary) -> Self {
        let titles: Vec<String> = texts.map(|text| text.nfkc().collect()).collect();
        let mut metrics = titles.iter().filter_map(|title| vocabulary.metric_within(title));
        let metric = metrics.next().filter(|first| metrics.all(|other| other == *first));
        Surroundings {
            says_plan: titles.iter().any(|title| vocabulary.says(title, Scenario::Plan)),
            says_budget: titles.iter().any(|title| vocabulary.says(title, Scenario::Budget)),
            says_cumulative: titles.iter().any(|title| vocabulary.says_cumulative(title)),
            says_actual: titles.iter().any(|title| vocabulary.says(title, Scenario::Actual)),
            context: titles.iter().fold(Context::default(), |found, title| found.or(context_of(title))),
            money_power: titles.iter().find_map(|title| money_power(title)),
            metric,
        }
    }

    /// Whether it says what the figures stand for.
    pub fn says_scenario(&self) -> bool {
        self.says_plan || self.says_actual || self.says_budget
    }

    /// Whether it says anything about the table below it.
    pub fn says_anything(&self) -> bool {
        self.says_scenario() || self.context.year.is_some() || self.money_power.is_some() || self.metric.is_some()
    }

    /// What the upper one says, and what it leaves open the lower one.
    pub fn or(&self, lower: &Surroundings) -> Self {
        Surroundings {
            says_plan: self.says_plan || lower.says_plan,
            says_actual: self.says_actual || lower.says_actual,
            says_budget: self.says_budget || lower.says_budget,
            says_cumulative: self.says_cumulative || lower.says_cumulative,
            context: self.context.or(lower.context),
            money_power: self.money_power.or(lower.money_power),
            metric: self.metric.clone().or_else(|| lower.metric.clone()),
        }
    }
}

/// The year, and perhaps the month, that a title or a name has in it: `2026年3月销售日报`, `actuals 2026-03`,
/// `FY26`. Two months or years contradict each other: then it is the year they share, or nothing.
pub fn context_of(title: &str) -> Context {
    // 2026年3月: a period in the middle of a text, cut out where digits and marks begin and end.
    let is_part = |character: char| character.is_ascii_digit() || "年月-/._".contains(character);
    let runs = title.split(|character: char| !is_part(character));
    let mut months = Vec::new();
    let mut years = Vec::new();
    for run in runs {
        let run = run.trim_matches(|character: char| {
            "-/._月".contains(character) && !run.ends_with('月') || "-/._".contains(character)
        });
        match read_period(run) {
            Some(Written::Whole(period)) if period.kind == PeriodKind::Month => months.push(period),
            Some(Written::Whole(period)) if period.kind == PeriodKind::Year => years.push(period.year),
            _ => {
                let digits = run.split(|character: char| !character.is_ascii_digit()).filter(|run| run.len() == 4);
                years.extend(digits.filter_map(|run| run.parse().ok()).filter(|year| (1990..=2100).contains(year)));
            }
        }
    }
    // February 2026, Feb-26.
    let words: Vec<&str> =
        title.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    for pair in
        words.windows(2).filter(|pair| pair.iter().any(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic())))
    {
        match read_period(&pair.join(" ")) {
            Some(Written::Whole(period)) if period.kind == PeriodKind::Month => months.push(period),
            _ => {}
        }
    }
    // FY26: two digits are a year only behind such a mark.
    let lower = title.to_lowercase();
    if let Some((_, after)) = lower.split_once("fy") {
        let digits: String = after.trim_start().chars().take_while(char::is_ascii_digit).collect();
        if digits.len() == 2 {
            years.extend(digits.parse::<i32>().ok().map(|year| 2000 + year));
        }
    }
    months.dedup();
    years.extend(months.iter().map(|month| month.year));
    years.sort_unstable();
    years.dedup();
    let year = if let [year] = years[..] { Some(year) } else { None };
    let month = if let [month] = months[..] { Some(month.index) } else { None };
    // A sheet named 3月 is of a year that stands elsewhere.
    let alone = match read_period(title) {
        Some(Written::NeedsYear { kind: PeriodKind::Month, index }) => Some(index),
        _ => None,
    };
    Context { year, month: month.filter(|_| year.is_some()).or(alone) }
}

/// A unit that a cell beside a header states: only with the word for it, for names have brackets, too.
pub fn stated_unit(text: &str) -> Option<i16> {
    let text: String = text.nfkc().collect::<String>().to_lowercase();
    ["单位", "單位", "unit"]
        .iter()
        .any(|mark| text.trim_start_matches('(').starts_with(mark))
        .then(|| money_power(&text))?
}

/// `(万元)` in a title, or `单位:万元` anywhere in it.
fn money_power(title: &str) -> Option<i16> {
    let inner = title.split('(').skip(1).filter_map(|part| part.split_once(')')).map(|(inner, _)| inner);
    let in_brackets = inner.filter_map(units::unit_power).find(|power| *power > 0);
    if in_brackets.is_some() {
        return in_brackets;
    }
    let marks = ["单位:", "單位:", "单位", "單位", "unit:", " in "];
    let title = format!(" {}", title.to_lowercase());
    let after = marks.iter().find_map(|mark| title.split_once(mark)).map(|(_, after)| after)?;
    let word: String = after.trim().chars().take_while(|c| !c.is_whitespace() && !")],;,;".contains(*c)).collect();
    units::unit_power(word.trim_start_matches(':')).filter(|power| *power > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_in_a_title_is_a_word_of_its_own() {
        assert_eq!(money_power("Sales 2026, in thousands"), Some(3));
        assert_eq!(money_power("单位:万元"), Some(4));
        assert_eq!(money_power("Team Berlin M"), None);
    }

    #[test]
    fn titles_say_year_and_month() {
        for (title, year, month) in [
            ("2026年3月销售日报", Some(2026), Some(3)),
            ("actuals 2026-03.xlsx", Some(2026), Some(3)),
            ("sales_202603_final", Some(2026), Some(3)),
            ("2026年度销售目标", Some(2026), None),
            ("Daily sales, February 2026", Some(2026), Some(2)),
            ("Jan-26", Some(2026), Some(1)),
            ("3月", None, Some(3)),
            ("FY26 plan", Some(2026), None),
            ("Sales 2025 and 2026", None, None),
            ("2026年1月-2026年3月", Some(2026), None),
            ("20260331", None, None),
            ("Q1", None, None),
        ] {
            assert_eq!(context_of(title), Context { year, month }, "{title}");
        }
    }
}
