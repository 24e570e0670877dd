//! What the figures of a page are, so that they can be followed back: a line is about a subject, and a column shows
//! one of its quantities. And where the lines stand on the sheet.

use chrono::NaiveDate;

use crate::analysis::variance::Base;
use crate::facts::Unit;
use crate::period::Period;

use super::{Block, Item, Page, Scenario};

/// What a line is about.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Subject {
    /// A metric of a unit in a period; several units are those that share a line.
    Figure { metric: usize, units: Vec<Unit>, period: Period },
    /// A week of a metric of the company.
    Week { metric: usize, first_day: NaiveDate },
    /// What the company or its regions sold of items; nothing among them is what has no item.
    Sold { base: Base, units: Vec<Unit>, period: Period, items: Vec<Option<Unit>>, by: SoldBy },
    /// A unit's months: actual, plan or prior year.
    Series { metric: usize, unit: Unit, scenario: Scenario },
    /// A line of the register, by its number.
    Deviation(String),
}

impl Subject {
    /// One unit's figure.
    pub fn of(metric: usize, unit: Unit, period: Period) -> Self {
        Subject::Figure { metric, units: vec![unit], period }
    }
}

/// Another page, or the line of it that is about this.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Link {
    /// Key of the page.
    pub page: &'static str,
    pub subject: Option<Subject>,
}

/// What a line of price, volume and mix is made of.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SoldBy {
    Items,
    Regions,
}

/// What a column shows of a line's subject.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Meaning {
    PriorYear,
    Target,
    Actual,
    Forecast,
    Budget,
    Attainment,
    Pace,
    Lead,
    Delta,
    DeltaPercent,
    DeltaPriorYear,
    DeltaPriorYearPercent,
    DeltaBudget,
    DeltaBudgetPercent,
    YearToDate,
    PeriodTarget,
    PeriodAttainment,
    Required,
    Rank,
    DaysAssigned,
    NewCustomers,
    CollectionRate,
    Contribution,
    Cumulative,
    WorkDays,
    TargetAddedUp,
    ActualAddedUp,
    AttainmentAddedUp,
    NeededPerWeek,
    QuantityBefore,
    PriceBefore,
    ValueBefore,
    QuantityNow,
    PriceNow,
    ValueNow,
    Volume,
    Mix,
    Price,
    New,
    Lost,
    Other,
    Difference,
    Check,
}

impl Meaning {
    pub const ALL: [Meaning; 43] = [
        Meaning::PriorYear,
        Meaning::Target,
        Meaning::Actual,
        Meaning::Forecast,
        Meaning::Budget,
        Meaning::Attainment,
        Meaning::Pace,
        Meaning::Lead,
        Meaning::Delta,
        Meaning::DeltaPercent,
        Meaning::DeltaPriorYear,
        Meaning::DeltaPriorYearPercent,
        Meaning::DeltaBudget,
        Meaning::DeltaBudgetPercent,
        Meaning::YearToDate,
        Meaning::PeriodTarget,
        Meaning::PeriodAttainment,
        Meaning::Required,
        Meaning::Rank,
        Meaning::DaysAssigned,
        Meaning::NewCustomers,
        Meaning::CollectionRate,
        Meaning::Contribution,
        Meaning::Cumulative,
        Meaning::WorkDays,
        Meaning::TargetAddedUp,
        Meaning::ActualAddedUp,
        Meaning::AttainmentAddedUp,
        Meaning::NeededPerWeek,
        Meaning::QuantityBefore,
        Meaning::PriceBefore,
        Meaning::ValueBefore,
        Meaning::QuantityNow,
        Meaning::PriceNow,
        Meaning::ValueNow,
        Meaning::Volume,
        Meaning::Mix,
        Meaning::Price,
        Meaning::New,
        Meaning::Lost,
        Meaning::Other,
        Meaning::Difference,
        Meaning::Check,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Meaning::PriorYear => "prior_year",
            Meaning::Target => "target",
            Meaning::Actual => "actual",
            Meaning::Forecast => "forecast",
            Meaning::Budget => "budget",
            Meaning::Attainment => "attainment",
            Meaning::Pace => "pace",
            Meaning::Lead => "lead",
            Meaning::Delta => "delta",
            Meaning::DeltaPercent => "delta_percent",
            Meaning::DeltaPriorYear => "delta_prior_year",
            Meaning::DeltaPriorYearPercent => "delta_prior_year_percent",
            Meaning::DeltaBudget => "delta_budget",
            Meaning::DeltaBudgetPercent => "delta_budget_percent",
            Meaning::YearToDate => "year_to_date",
            Meaning::PeriodTarget => "period_target",
            Meaning::PeriodAttainment => "period_attainment",
            Meaning::Required => "required",
            Meaning::Rank => "rank",
            Meaning::DaysAssigned => "days_assigned",
            Meaning::NewCustomers => "new_customers",
            Meaning::CollectionRate => "collection_rate",
            Meaning::Contribution => "contribution",
            Meaning::Cumulative => "cumulative",
            Meaning::WorkDays => "work_days",
            Meaning::TargetAddedUp => "target_added_up",
            Meaning::ActualAddedUp => "actual_added_up",
            Meaning::AttainmentAddedUp => "attainment_added_up",
            Meaning::NeededPerWeek => "needed_per_week",
            Meaning::QuantityBefore => "quantity_before",
            Meaning::PriceBefore => "price_before",
            Meaning::ValueBefore => "value_before",
            Meaning::QuantityNow => "quantity_now",
            Meaning::PriceNow => "price_now",
            Meaning::ValueNow => "value_now",
            Meaning::Volume => "volume",
            Meaning::Mix => "mix",
            Meaning::Price => "price",
            Meaning::New => "new",
            Meaning::Lost => "lost",
            Meaning::Other => "other",
            Meaning::Difference => "difference",
            Meaning::Check => "check",
        }
    }
}

/// Rows that a chart covers from the heading of its table on, with one of air.
pub const CHART_ROWS: usize = 16;
/// Small charts beside each other, and rows that each of them covers.
pub const PANELS_ACROSS: usize = 3;
pub const PANEL_ROWS: usize = 11;

/// First row of a page's first table, zero-based.
pub const FIRST_ROW: u32 = 6;

impl Block {
    /// The row of the header, where the block begins in this one.
    pub fn header_row(&self, first: u32) -> u32 {
        first + u32::from(!self.title.is_empty())
    }

    /// The row in which the block after this one begins: two rows of air between them.
    pub fn next_row(&self, first: u32) -> u32 {
        self.header_row(first) + self.height() + 3
    }

    /// Rows below the header.
    fn height(&self) -> u32 {
        let rows = match &self.panels {
            Some(panels) => panels.panels.len().div_ceil(PANELS_ACROSS) * PANEL_ROWS,
            // A chart stands beside its table, and the next table below both.
            None if self.chart.is_some() => self.lines.len().max(CHART_ROWS - 3),
            None => self.lines.len(),
        };
        u32::try_from(rows).unwrap_or(0)
    }

    /// What a line is about, first of all.
    pub fn subject(&self, line: usize) -> Option<&Subject> {
        let first = self.subjects.partition_point(|(other, _)| *other < line);
        self.subjects.get(first).filter(|(other, _)| *other == line).map(|(_, subject)| subject)
    }
}

impl Block {
    /// What a cell shows: a quantity of what its line is about, or of that in the month of its column.
    pub fn shown(&self, line: usize, column: usize) -> Option<(Subject, Meaning)> {
        let subject = self.subject(line)?;
        if let (Subject::Series { metric, unit, scenario }, Some(series)) = (subject, &self.series) {
            let month = series.months.get(column.checked_sub(series.first)?)?;
            let meaning = match scenario {
                Scenario::PriorYear => Meaning::PriorYear,
                Scenario::Plan => Meaning::PeriodTarget,
                _ => Meaning::Actual,
            };
            return Some((Subject::of(*metric, *unit, *month), meaning));
        }
        Some((subject.clone(), self.columns[column].meaning?))
    }
}

/// What stands in a cell of a page.
#[derive(Clone, Copy, Debug)]
pub enum Standing<'a> {
    /// The sentence above all.
    Message,
    /// Who, what, when: one line each.
    Title(&'a str),
    /// The heading of a table.
    Heading(&'a str),
    /// The header of a column.
    Header(&'a str),
    /// A table's cell: block, line, column.
    Cell(usize, usize, usize),
    Nothing,
}

impl Page {
    /// What stands in a row and column, zero-based.
    pub fn standing(&self, row: u32, column: u32) -> Standing<'_> {
        if row < FIRST_ROW {
            let title = (row as usize).checked_sub(1).and_then(|title| self.titles.get(title));
            return match (row, column, title) {
                (0, 0, _) => Standing::Message,
                (_, 0, Some(title)) => Standing::Title(title),
                _ => Standing::Nothing,
            };
        }
        let column = column as usize;
        for (index, first, block) in self.blocks_at() {
            let header = block.header_row(first);
            if row < first || row >= block.next_row(first) {
                continue;
            }
            if row < header {
                return if column == 0 { Standing::Heading(&block.title) } else { Standing::Nothing };
            }
            if row == header {
                return block.columns.get(column).map_or(Standing::Nothing, |spec| Standing::Header(&spec.header));
            }
            let line = (row - header - 1) as usize;
            let is_item = block.lines.get(line).is_some_and(|line| line.items.len() > column);
            return if is_item { Standing::Cell(index, line, column) } else { Standing::Nothing };
        }
        Standing::Nothing
    }

    /// Blocks with their places and first rows.
    pub fn blocks_at(&self) -> impl Iterator<Item = (usize, u32, &Block)> {
        self.blocks.iter().enumerate().scan(FIRST_ROW, |row, (index, block)| {
            let first = *row;
            *row = block.next_row(first);
            Some((index, first, block))
        })
    }

    /// The cell with a number that is nearest to a place: in its row before others.
    pub fn nearest_figure(&self, row: u32, column: u32) -> Option<(u32, u32)> {
        let figures = self.blocks_at().flat_map(|(_, first, block)| {
            let rows = (block.header_row(first) + 1..).zip(&block.lines);
            rows.flat_map(|(row, line)| {
                let is_number = |(_, item): &(u32, &Item)| matches!(item, Item::Number(_));
                (0u32..).zip(&line.items).filter(is_number).map(move |(column, _)| (row, column))
            })
        });
        figures.min_by_key(|place| (place.0.abs_diff(row), place.1.abs_diff(column)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Amount;
    use crate::report::{Column, Line, LineRole, Look};

    fn page() -> Page {
        let line = |items| Line { role: LineRole::Detail, depth: 0, items };
        let number = Item::number(Some(Amount::ONE), Look::Amount(0));
        let first =
            Block::new("A", vec![Column::new("x"), Column::new("y")], vec![line(vec![Item::text("l"), number])]);
        let second = Block::new("", vec![Column::new("z")], vec![line(vec![Item::text("m")])]);
        Page {
            key: "summary",
            number: 1,
            message: "all".to_string(),
            titles: vec!["who".to_string()],
            blocks: vec![first, second],
            worst: None,
            frozen_columns: 0,
        }
    }

    /// Title in row 7, header in 8, one line in 9, two rows of air, header of the second in 12, its line in 13.
    #[test]
    fn rows_follow_from_titles_and_lines() {
        let page = page();
        assert!(matches!(page.standing(0, 0), Standing::Message));
        assert!(matches!(page.standing(1, 0), Standing::Title("who")));
        assert!(matches!(page.standing(6, 0), Standing::Heading("A")));
        assert!(matches!(page.standing(7, 1), Standing::Header("y")));
        assert!(matches!(page.standing(8, 1), Standing::Cell(0, 0, 1)));
        assert!(matches!(page.standing(9, 0), Standing::Nothing));
        assert!(matches!(page.standing(11, 0), Standing::Header("z")));
        assert!(matches!(page.standing(12, 0), Standing::Cell(1, 0, 0)));
        assert_eq!(page.nearest_figure(12, 0), Some((8, 1)));
    }
}
