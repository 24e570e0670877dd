//! Months: every unit's months of a year across, with a line in a cell for each, and the largest units beside each
//! other on one scale. What other pages draw in a cell lies here.

use rustc_hash::FxHashMap;

use crate::analysis::attainment::Attainment;
use crate::facts::Unit;
use crate::measure::Amount;
use crate::period::{Kind, Period};

use super::subject::Subject;
use super::{Block, Column, Findings, Formula, Item, Line, LineRole, Look, Page, Panel, Panels, Scenario, Series};

/// Units beside each other.
const MOST_PANELS: usize = 12;
/// Columns before the months.
const FIRST_MONTH: usize = 4;

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    let focus = findings.focus?;
    let calendar = &findings.facts.calendar;
    let year = calendar.containing(Kind::Year, calendar.span(focus).first);
    let mut figures: FxHashMap<(usize, Unit, Period), &Attainment> = FxHashMap::default();
    for figure in findings.attainment.iter().filter(|figure| figure.period.kind == Kind::Month) {
        figures.insert((figure.metric, figure.unit, figure.period), figure);
    }
    let (metrics, months) = shown(findings, focus, &figures, calendar.months(year));
    if months.len() < 2 {
        return None;
    }
    let table = Table { findings, figures, months };
    let mut blocks: Vec<Block> = metrics.iter().filter_map(|metric| table.block(*metric)).collect();
    if blocks.is_empty() {
        return None;
    }
    if let Some(panels) = table.panels(metrics[0], &blocks[0]) {
        blocks.insert(0, panels);
    }
    let message = findings.lang.say("message.trend", &[("year", &findings.period_words(year))]);
    Some(Page {
        key: "trend",
        number: 17,
        message,
        titles: findings.titles(Some(year), findings.word("legend.trend").to_string()),
        blocks,
        worst: None,
        frozen_columns: 0,
    })
}

/// The metrics of the summary, and the months that say anything of the company.
fn shown(
    findings: &Findings<'_>,
    focus: Period,
    figures: &FxHashMap<(usize, Unit, Period), &Attainment>,
    months: Vec<Period>,
) -> (Vec<usize>, Vec<Period>) {
    let of_company = findings.attainment.iter().filter(|f| f.unit == Unit::Company && f.period == focus);
    let metrics: Vec<usize> = of_company.map(|figure| figure.metric).collect();
    let is_known = |month: &Period| {
        metrics.iter().any(|metric| {
            let has_plan = findings.facts.plans.get(*metric, Unit::Company, *month).full.value().is_some();
            has_plan || figures.contains_key(&(*metric, Unit::Company, *month))
        })
    };
    let months = months.into_iter().filter(is_known).collect();
    (metrics, months)
}

struct Table<'a> {
    findings: &'a Findings<'a>,
    /// By metric, unit and month.
    figures: FxHashMap<(usize, Unit, Period), &'a Attainment>,
    months: Vec<Period>,
}

impl Table<'_> {
    /// One metric: up to three lines a unit, for the prior year, the plan and the actual; of people the last two.
    fn block(&self, metric: usize) -> Option<Block> {
        let findings = self.findings;
        let units = &findings.facts.units;
        let is_shown = |unit: &Unit| *unit == Unit::Company || findings.shows(*unit) && units.name(*unit).is_some();
        let mut lines = Vec::new();
        let mut subjects = Vec::new();
        for unit in units.all().into_iter().filter(is_shown) {
            // People have two lines: their prior years stand on the page of people, and there are many of them.
            let scenarios = [Scenario::PriorYear, Scenario::Plan, Scenario::Actual];
            let first = usize::from(matches!(unit, Unit::Person(_)));
            for scenario in scenarios.into_iter().skip(first) {
                let values: Vec<Option<Amount>> =
                    self.months.iter().map(|month| self.value(metric, unit, *month, scenario)).collect();
                if values.iter().all(Option::is_none) {
                    continue;
                }
                subjects.push((lines.len(), Subject::Series { metric, unit, scenario }));
                lines.push(self.line(metric, unit, scenario, &values));
            }
        }
        if lines.is_empty() {
            return None;
        }
        let word = |key: &str| findings.word(key);
        let mut columns = vec![
            Column::new(word("head.level")),
            Column::new(word("head.unit")),
            Column::new(word("head.scenario")),
            Column::new(word("head.trend")),
        ];
        columns.extend(self.months.iter().map(|month| Column::new(findings.period_name(*month))));
        columns.push(Column::new(word("head.year_total")));
        let series = Series { first: FIRST_MONTH, months: self.months.clone() };
        Some(Block { series: Some(series), ..Block::new(findings.metric_name(metric), columns, lines).about(subjects) })
    }

    fn value(&self, metric: usize, unit: Unit, month: Period, scenario: Scenario) -> Option<Amount> {
        let figure = self.figures.get(&(metric, unit, month));
        match scenario {
            Scenario::PriorYear => figure?.prior_year,
            // The plan of months that have not begun is known, too.
            Scenario::Plan => {
                let of_figure = figure.and_then(|figure| figure.period_target.value());
                of_figure.or_else(|| self.findings.facts.plans.get(metric, unit, month).full.value())
            }
            _ => figure?.actual.value(),
        }
    }

    fn line(&self, metric: usize, unit: Unit, scenario: Scenario, values: &[Option<Amount>]) -> Line {
        let findings = self.findings;
        let look = findings.look(metric);
        let code = match scenario {
            Scenario::PriorYear => "head.py",
            Scenario::Plan => "head.pl",
            _ => "head.ac",
        };
        let trend = match scenario {
            Scenario::Actual => Item::sparkline(metric, unit),
            _ => Item::Blank,
        };
        let mut items = vec![
            Item::text(findings.level_name(unit)),
            Item::text(findings.unit_name(unit)),
            Item::text(findings.word(code)),
            trend,
        ];
        items.extend(values.iter().map(|value| Item::number(*value, look)));
        // Rates and levels are not added up.
        let adds_up = look != Look::Percent && !findings.facts.ledger.is_level(metric);
        let total = adds_up.then(|| values.iter().copied().flatten().sum::<Amount>());
        let across = Formula::SumAcross(FIRST_MONTH, FIRST_MONTH + values.len() - 1);
        items.push(Item::number(total, look).by(Some(across)));
        let role = if scenario == Scenario::Actual { LineRole::Subtotal } else { LineRole::Detail };
        Line { role, depth: 0, items }
    }

    /// The units of the first level that has several, the largest first: their charts have one scale.
    fn panels(&self, metric: usize, block: &Block) -> Option<Block> {
        let findings = self.findings;
        let units: Vec<(usize, Unit)> = block
            .subjects
            .iter()
            .filter_map(|(line, subject)| match subject {
                Subject::Series { unit, scenario: Scenario::Actual, .. } => Some((*line, *unit)),
                _ => None,
            })
            .collect();
        let of_level = ["region", "team", "person"].map(|level| {
            units.iter().copied().filter(|(_, unit)| unit.level() == level).collect::<Vec<(usize, Unit)>>()
        });
        let mut shown = of_level.into_iter().find(|units| units.len() > 1)?;
        let size = |line: usize| -> Amount {
            let numbers = block.lines[line].items.iter().filter_map(|item| match item {
                Item::Number(figure) => Some(figure.value),
                _ => None,
            });
            numbers.sum()
        };
        shown.sort_by_key(|(line, unit)| (std::cmp::Reverse(size(*line)), *unit));
        shown.truncate(MOST_PANELS);
        let panels = shown.into_iter().map(|(actual, unit)| {
            // The plan stands right above the actual.
            let is_plan = |line: &usize| {
                let plan = Subject::Series { metric, unit, scenario: Scenario::Plan };
                block.subject(*line) == Some(&plan)
            };
            let plan = actual.checked_sub(1).filter(is_plan);
            let series = plan.map(|plan| (plan, Scenario::Plan)).into_iter().chain([(actual, Scenario::Actual)]);
            Panel { title: findings.unit_name(unit), series: series.collect() }
        });
        let title = findings.lang.say("block.panels", &[("metric", &findings.metric_name(metric))]);
        let panels = Panels { of: 1, panels: panels.collect() };
        Some(Block { panels: Some(panels), ..Block::new(title, Vec::new(), Vec::new()) })
    }
}
